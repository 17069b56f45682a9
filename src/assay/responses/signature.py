"""Signed bodies: HMAC-SHA-256 (RFC 2104) over the moment, the delivery's id and the body, so that a receiver knows that they
are ours, unchanged, and not an old one sent again.

`Assay-Signature: t=1767225600,v1=<64 hexadecimal digits>`, over `<t>.<id>.` and the body's bytes. During a change of the secret
there may be several `v1`. A receiver refuses what is older than a few minutes, and an id that it has had.
"""

from __future__ import annotations

import hashlib
import hmac
import re

WINDOW = 300  # seconds that a signature is good for
_PART = re.compile(r"(t)=(\d{1,12})|(v1)=([0-9a-f]{64})")


def sign(secret: bytes, delivery: str, body: bytes, at: int) -> str:
    """The header's value; `at` seconds since 1970."""
    return f"t={at},v1={_mac(secret, delivery, body, at)}"


def verify(secret: bytes, header: str, delivery: str, body: bytes, now: int, window: int = WINDOW) -> bool:
    """Is it ours, unchanged, and of now?"""
    times, macs = [], []
    for part in header.split(",")[:10]:
        if match := _PART.fullmatch(part.strip()):
            times += [int(match[2])] if match[1] else []
            macs += [match[4]] if match[3] else []
    if len(times) != 1 or abs(now - times[0]) > window:
        return False
    right = _mac(secret, delivery, body, times[0])
    return any(hmac.compare_digest(right, mac) for mac in macs)


def _mac(secret: bytes, delivery: str, body: bytes, at: int) -> str:
    return hmac.new(secret, f"{at}.{delivery}.".encode() + body, hashlib.sha256).hexdigest()
