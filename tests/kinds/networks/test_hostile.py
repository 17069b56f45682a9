"""Logs that were whole and were bent: bytes changed, pieces cut out, doubled or swapped for hostile values. What can be read goes all
the way through accounts and detectors, and nothing gets out but refusals."""

from __future__ import annotations

import contextlib
import random
from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from assay.core.errors import UnreadableInput
from assay.core.kind import load
from assay.core.profile import Profile
from assay.kinds.networks import KIND
from assay.kinds.networks.simulate import simulate
from tests.kinds.networks.packets import conversation, ethernet, pcap
from tests.kinds.networks.test_nfcapd import file_of
from tests.kinds.networks.test_reading import TABLES

VALUES = (
    b"-", b"(empty)", b"1e309", b"-1", b"nan", b"inf", b"99999999999999999999", b"0x", b"\0", b"\xff\xfe", b"null", b"[]", b"{}",
    b'"', b"1.2.3.4.5", b"::", b"a" * 3000, b"256.1.1.1", "ü̈".encode(), b"../../etc", b"2023-13-45T99:00:00Z", b"\x1b[31m", b"0",
)  # fmt: skip


@cache
def logs() -> dict[str, bytes]:
    made = {file["file"]: file["content"] for file in simulate(2, size=8, days=1)}
    eve = b"".join(
        b'{"timestamp":"2023-11-15T00:%02d:00.0+0000","event_type":"%s","src_ip":"10.0.0.5","dest_ip":"1.2.3.%d","dest_port":443,'
        b'"proto":"TCP","flow_id":%d,"flow":{"bytes_toserver":9,"bytes_toclient":9,"pkts_toclient":1,"age":3},'
        b'"dns":{"type":"answer","rrname":"a%d.example.com","rcode":"NXDOMAIN","id":%d},"tls":{"sni":"x.example","fingerprint":"ab:cd"},'
        b'"alert":{"severity":1,"signature":"s","metadata":{"mitre_technique_id":["T1071"]}},"http":{"hostname":"h","status":200}}\n'
        % (i % 60, kind, i % 250, i, i, i)
        for i in range(120) for kind in (b"flow", b"dns", b"tls", b"alert", b"http", b"fileinfo")
    )  # fmt: skip
    names = ("conn.log", "dns.log")
    return {name: b"\n".join(made[name].split(b"\n")[:600]) for name in names} | {
        "eve.json": eve, "nfcapd.1": file_of(1, 1), "nfcapd.2": file_of(2, 3), **{f"{k}.txt": v.encode() * 5 for k, v in TABLES.items()},
    }  # fmt: skip


def bent(data: bytes, rng: random.Random) -> bytes:
    out = bytearray(data)
    for _ in range(rng.randint(1, 12)):
        at = rng.randrange(len(out) or 1)
        kind = rng.randrange(5)
        if kind == 0:
            out[at : at + 1] = bytes([rng.randrange(256)])
        elif kind == 1:
            del out[at : at + rng.randint(1, 40)]
        elif kind == 2:
            out[at:at] = out[at : at + rng.randint(1, 200)]
        elif kind == 3:
            ends = [i for i in range(at, min(at + 400, len(out))) if out[i] in b'\t,:" ']
            if len(ends) > 1:
                out[ends[0] + 1 : ends[1]] = rng.choice(VALUES)
        else:
            out = out[: max(at, 1)]
    return bytes(out)


def through(path: Path, reader: int, refuse: Callable[[object], None]) -> None:
    detectors = load(KIND.detectors)(None)  # type: ignore[arg-type]
    with contextlib.suppress(UnreadableInput):
        for batch in KIND.open_readers()[reader].read(path, reject=refuse):
            for detector in detectors:
                if batch.type in detector.reads:
                    told = detector.examine(batch, Profile.empty(len(batch)))
                    told.explain(np.flatnonzero(told.verdict))
            batch.item(len(batch) - 1)


READERS = {"conn.log": 0, "dns.log": 0, "eve.json": 1, "nfcapd.1": 3, "nfcapd.2": 3, **{f"{k}.txt": 2 for k in TABLES}}


@pytest.mark.parametrize("name", READERS)
def test_a_bent_log_goes_through(tmp_path: Path, name: str) -> None:
    rng, path = random.Random(name), tmp_path / name
    for _ in range(12):
        path.write_bytes(bent(logs()[name], rng))
        through(path, READERS[name], lambda _: None)


def test_a_bent_capture_goes_through(tmp_path: Path) -> None:
    rng, path = random.Random(1), tmp_path / "x.pcap"
    asked = [b"GET / HTTP/1.1\r\nHost: a.example\r\n\r\n"]
    frames = [
        f
        for i in range(30)
        for f in conversation("10.0.0.5", f"1.2.3.{i}", 80, asked, [b"HTTP/1.1 200 OK\r\n\r\n"], 40_000 + i)
    ]
    pcap(path, [(1_700_000_000 + i / 9, ethernet(frame)) for i, frame in enumerate(frames)])
    whole = path.read_bytes()
    for _ in range(25):
        path.write_bytes(bent(whole, rng))
        through(path, 4, lambda _: None)
