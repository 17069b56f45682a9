"""Speed of what comes over the air: messages decoded, envelopes read, signatures verified, a CPU second of one core."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from assay.formats.coer import Cursor
from assay.formats.ieee1609 import Signed, parse_data
from assay.formats.ieee1609_certificate import Curve
from assay.formats.ieee1609_writer import certify
from assay.kinds.roads.reading.opened import entry_of
from assay.kinds.roads.wire import bsm, etsi
from assay.kinds.roads.wire.envelope import Trust
from assay.kinds.roads.wire.heard import Heard

_MADE = 1_767_600_000.0
_HEARD = Heard("bsm", "0a0b0c0d", 47.3, 8.6, 12.34, 123.4, -1.5, 1.0, 4.6, 1.8, 0.0, 17, None, 34_567)
_CURVES: tuple[Curve, ...] = ("secp256r1", "secp384r1", "brainpoolP256r1", "brainpoolP384r1")


def wire(*, short: bool = False) -> dict[str, Any]:
    """Messages and signatures a second; certificates are verified once each and then known."""
    n = 300 if short else 2000
    plain, aware = bsm.write_bsm(_HEARD), etsi.write_cam(_HEARD._replace(form="cam"))
    out: dict[str, Any] = {
        "J2735 messages decoded": _pace(5 * n, lambda: bsm.read_bsm(plain)),
        "CAM decoded": _pace(5 * n, lambda: etsi.read_etsi(aware)),
    }
    signatures = {}
    for curve in _CURVES:
        root = certify(b"root", issues=(bsm.PSID,), start=_MADE - 3600, hours=100, curve=curve)
        signer = root.issue(b"car", permissions={bsm.PSID: b""}, start=_MADE - 60, curve=curve)
        envelope = signer.sign(bsm.PSID, plain, _MADE)
        trust = Trust([root.certificate])
        trust.meet([signer.certificate])
        if entry_of(envelope, trust, 0).signed != "valid":
            raise AssertionError(f"a right signature on {curve} does not verify")
        data = parse_data(Cursor(envelope))
        assert isinstance(data, Signed)
        if curve == _CURVES[0]:
            out["envelopes read"] = _pace(n, lambda envelope=envelope: parse_data(Cursor(envelope)))  # type: ignore[misc]
            out["envelope to verified message"] = _pace(n, lambda e=envelope, t=trust: entry_of(e, t, 0))  # type: ignore[misc]
        judged = lambda d=data, t=trust: t.judge(d, bsm.PSID, None, (47.3, 8.6))  # noqa: E731
        signatures[curve] = _pace(n if curve == _CURVES[0] else max(100, n // 10), judged)
    return out | {"signatures verified": signatures}


def _pace(n: int, work: Callable[[], Any]) -> int:
    began = time.process_time()
    for _ in range(n):
        work()
    return int(n / max(time.process_time() - began, 1e-9))


__all__ = ["wire"]
