"""IEEE 1609.2 structures written and signed: for made-up worlds and tests, never for a radio.

Certificates are explicit, with a verification key and, where wanted, a region; `Authority` issues them. Keys come from whole
numbers, and signatures are deterministic (RFC 6979) where the library can, so that a world is the same for the same seed.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

from assay.formats.coer import Cursor, choice, octets, whole
from assay.formats.ieee1609_certificate import (
    CURVES,
    SIZE,
    Certificate,
    Curve,
    elliptic,
    hashed,
    parse_certificate,
    tai,
)

_ORDER_BITS = {"secp256r1": 255, "brainpoolP256r1": 254, "brainpoolP384r1": 382, "secp384r1": 383}


def private_key(secret: bytes, curve: Curve = "secp256r1") -> Any:
    """A key of `cryptography` made from any bytes."""
    from cryptography.hazmat.primitives.asymmetric import ec

    number = int.from_bytes(hashlib.sha512(secret).digest(), "big") % (1 << (_ORDER_BITS[curve] - 1)) + 1
    return ec.derive_private_key(number, elliptic(curve))


def point(key: Any, curve: Curve) -> bytes:
    """A public key's point, compressed."""
    numbers = key.public_key().public_numbers()
    return choice(2 + numbers.y % 2, numbers.x.to_bytes(SIZE[curve], "big"))


def _tagged(curve: Curve, content: bytes) -> bytes:
    tag = CURVES.index(curve)
    return choice(tag, octets(content) if tag >= 2 else content)


def signature(key: Any, curve: Curve, content: bytes, signer: bytes) -> bytes:
    """The signature of `content` under a certificate whose canonical encoding is `signer` (empty: it signs itself)."""
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.asymmetric.utils import Prehashed, decode_dss_signature

    digest = hashed(curve, hashed(curve, content) + hashed(curve, signer))
    algorithm = Prehashed(hashes.SHA384() if SIZE[curve] == 48 else hashes.SHA256())
    try:
        told = key.sign(digest, ec.ECDSA(algorithm, deterministic_signing=True))
    except (TypeError, UnsupportedAlgorithm, ValueError):
        told = key.sign(digest, ec.ECDSA(algorithm))
    r, s = decode_dss_signature(told)
    size = SIZE[curve]
    return _tagged(curve, choice(0, r.to_bytes(size, "big")) + s.to_bytes(size, "big"))


@dataclass(frozen=True)
class Authority:
    """Whoever can sign: its key and its own certificate."""

    key: Any
    certificate: Certificate

    def issue(self, secret: bytes, **told: Any) -> Authority:
        """A certificate for somebody else, signed with this key; `told` as in `certify`."""
        return certify(secret, issuer=self, **told)

    def sign(self, psid: int, payload: bytes, made: float, **told: Any) -> bytes:
        """Signed data; `told` as in `sign_data`."""
        return sign_data(self, psid, payload, made, **told)


def certify(
    secret: bytes, *, issuer: Authority | None = None, permissions: dict[int, bytes] | None = None, issues: tuple[int, ...] = (),
    start: float = 1.7e9, hours: int = 24, circle: tuple[float, float, int] | None = None, curve: Curve = "secp256r1",
) -> Authority:  # fmt: skip
    """An explicit certificate. Without `issuer` it signs itself. permissions PSID -> SSP (empty: none told); issues: PSIDs that it
    may give others; start seconds since 1970 UTC; circle (latitude, longitude, metres)."""
    key = private_key(secret, curve)
    permissions = permissions or {}
    has = (0x40 if circle else 0) | (0x10 if permissions else 0) | (0x08 if issues else 0)
    tbs = bytes([has]) + choice(2, octets(hashlib.sha256(secret).digest()[:8])) + bytes(5)
    tbs += round(tai(start)).to_bytes(4, "big") + choice(4, hours.to_bytes(2, "big"))
    if circle:
        places = b"".join(round(v * 1e7).to_bytes(4, "big", signed=True) for v in circle[:2])
        tbs += choice(0, places + circle[2].to_bytes(2, "big"))
    if permissions:
        tbs += whole(len(permissions))
        for psid, ssp in permissions.items():
            told = choice(1, octets(octets(ssp))) if ssp else b""
            tbs += bytes([0x80 if ssp else 0]) + whole(psid) + told
    if issues:
        listed = whole(len(issues)) + b"".join(b"\x00" + whole(psid) for psid in issues)
        tbs += whole(1) + b"\x00" + choice(0, listed)
    tbs += choice(0, _tagged(curve, point(key, curve)))
    by = (
        choice(1, b"\x01" if SIZE[curve] == 48 else b"\x00")
        if issuer is None
        else choice(0, bytes.fromhex(issuer.certificate.digest))
    )
    signing, signer = (key, b"") if issuer is None else (issuer.key, issuer.certificate.canonical)
    signed = signature(signing, curve if issuer is None else issuer.certificate.curve, tbs, signer)
    raw = b"\x80\x03\x00" + by + tbs + signed
    return Authority(key, parse_certificate(Cursor(raw)))


def sign_data(
    signer: Authority, psid: int, payload: bytes, made: float | None, *, attach: bool = False,
    place: tuple[float, float] | None = None,
) -> bytes:  # fmt: skip
    """Signed data around a payload. made seconds since 1970 UTC; attach the certificate, or only its digest; place degrees."""
    header = bytes([(0x40 if made is not None else 0) | (0x10 if place else 0)]) + whole(psid)
    if made is not None:
        header += round(tai(made) * 1e6).to_bytes(8, "big")
    if place:
        header += b"".join(round(v * 1e7).to_bytes(4, "big", signed=True) for v in place) + bytes(2)
    tbs = b"\x40\x03\x80" + octets(payload) + header
    certificate = signer.certificate
    who = choice(1, whole(1) + certificate.raw) if attach else choice(0, bytes.fromhex(certificate.digest))
    hash_id = b"\x01" if SIZE[certificate.curve] == 48 else b"\x00"
    signed = signature(signer.key, certificate.curve, tbs, certificate.canonical)
    return b"\x03" + choice(1, hash_id + tbs + who + signed)


__all__ = ["Authority", "certify", "private_key", "sign_data", "signature"]
