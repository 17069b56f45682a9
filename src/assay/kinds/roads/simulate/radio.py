"""The made-up town on the air: every message in a signed envelope as a receiver wrote it down, the certificates, and the truth.

Liars have certificates too and sign what they make up. Beside them come messages whose envelopes themselves are wrong, by nobody's
vehicle: changed on the way, signed by a forged authority, out of date, not permitted, or played again.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import numpy as np

from assay.core.clock import iso
from assay.formats.ieee1609_writer import Authority, certify, private_key
from assay.kinds.roads.simulate.attacks import Said
from assay.kinds.roads.simulate.world import BEGIN
from assay.kinds.roads.wire.bsm import PSID, write_bsm
from assay.kinds.roads.wire.heard import Heard

_PLACE = (47.30, 8.60)  # degrees: of nobody
_NORTH, _EAST = 111_200.0, 75_500.0  # metres a degree there
_ATTACH = 5  # every so many messages of a sender bring their certificate
FAULTS = ("signature", "certificate", "certificate-time", "psid", "certificate-place")


def files(said: list[Said], seed: int) -> Iterator[dict[str, Any]]:
    """`messages.jsonl`, `trust.oer`, `truth.csv` (a line each, in the same order)."""
    rng = np.random.default_rng(seed + 1)
    root = certify(b"root %d" % seed, issues=(PSID, 36, 37), start=BEGIN - 400_000, hours=800)
    issuer = root.issue(b"issuer %d" % seed, issues=(PSID, 36, 37), start=BEGIN - 300_000, hours=600)
    forger = Authority(
        private_key(b"forger %d" % seed), issuer.certificate
    )  # claims to be the issuer, and has not its key
    middle = (float(np.median([m.x for m in said])), float(np.median([m.y for m in said]))) if said else (0.0, 0.0)
    signers: dict[str, Authority] = {}
    counts: dict[str, int] = {}
    lines, truth = [], ["line,vehicle,label"]
    wrong: dict[str, str] = {}
    names = sorted({m.name for m in said if m.label == "genuine"})
    for fault, name in zip(FAULTS, rng.permutation(names).tolist(), strict=False):
        wrong[name] = fault
    aired: dict[tuple[str, float], bytes] = {}
    for number, m in enumerate(said, 1):
        fault = wrong.get(m.name, "") if m.label == "genuine" else ""
        if m.name not in signers:
            signers[m.name] = _certificate(m.name, fault, issuer, forger)
        count = counts[m.name] = counts.get(m.name, -1) + 1
        envelope = aired.get((m.name, m.made)) if m.label == "echo" else None
        if envelope is None:
            envelope = _signed(m, count, signers[m.name], middle)
            aired[m.name, m.made] = envelope
        if fault == "signature":
            envelope = envelope[:24] + bytes([envelope[24] ^ 4]) + envelope[25:]
        received = iso(round((BEGIN + m.received) * 1e6))
        lines.append(json.dumps({"received": received, "envelope": envelope.hex()}))
        truth.append(f"{number},{m.vehicle},{fault or m.label}")
    store = root.certificate.raw + issuer.certificate.raw
    for name, content in (("messages.jsonl", "\n".join(lines) + "\n"), ("truth.csv", "\n".join(truth) + "\n")):
        yield {"file": name, "content": content.encode(), "label": "mixed" if name.endswith(".jsonl") else "genuine"}
    yield {"file": "trust.oer", "content": store, "label": "genuine"}


def _certificate(name: str, fault: str, issuer: Authority, forger: Authority) -> Authority:
    by = forger if fault == "certificate" else issuer
    psid = 36 if fault == "psid" else PSID
    start = BEGIN - 90_000 if fault == "certificate-time" else BEGIN - 600
    circle = (_PLACE[0] + 2.0, _PLACE[1], 9_000) if fault == "certificate-place" else None
    hours = 2 if fault == "certificate-time" else 24
    return by.issue(name.encode(), permissions={psid: b""}, start=start, hours=hours, circle=circle)


def _signed(m: Said, count: int, signer: Authority, middle: tuple[float, float]) -> bytes:
    made = BEGIN + m.made
    heard = Heard(
        "bsm", m.name, _PLACE[0] + (m.y - middle[1]) / _NORTH, _PLACE[1] + (m.x - middle[0]) / _EAST, m.speed,
        float(np.degrees(m.heading)) % 360, m.pull, 1.0, 4.6, 1.8, 0.0, count % 128, None, round(made * 1000) % 60_000,
    )  # fmt: skip
    return signer.sign(PSID, write_bsm(heard), made, attach=count % _ATTACH == 0)


__all__ = ["FAULTS", "files"]
