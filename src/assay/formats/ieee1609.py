"""Signed data of IEEE 1609.2 (and ETSI TS 103 097, which profiles it): the payload, its header, who signed, and what exactly was
signed.

Read in canonical octet encoding rules, with the span of bytes that hashes are taken of. Nothing is verified here: see
`assay.kinds.roads.wire.envelope`. Field order and tags are facts of the standard; no text of it is used.
"""

from __future__ import annotations

from dataclasses import dataclass

from assay.core.errors import UnreadableInput
from assay.formats.coer import Cursor
from assay.formats.ieee1609_certificate import Certificate, Signature, parse_certificate, read_signature, utc

_MOST_DEPTH = 4  # of data within data


@dataclass(frozen=True)
class Header:
    """`made`, `expires` seconds since 1970 UTC; `place` degrees."""

    psid: int
    made: float | None = None
    expires: float | None = None
    place: tuple[float, float] | None = None


@dataclass(frozen=True)
class Signed:
    """Signed data. `tbs` the bytes that were signed; `payload` what they carry; `signer` HashedId8 in hexadecimal (also of the
    certificate, where that is attached); `itself` True where nobody vouches for the signer."""

    raw: bytes
    sha384: bool
    tbs: bytes
    payload: bytes
    header: Header
    signer: str
    certificates: tuple[Certificate, ...]
    itself: bool
    signature: Signature


def parse_data(cursor: Cursor, depth: int = 0) -> Signed | bytes:
    """One Ieee1609Dot2Data from where the cursor is: signed data, or the payload where it is unsecured. Raises
    `UnreadableInput`; encrypted data too."""
    if depth > _MOST_DEPTH:
        raise UnreadableInput("data within data too deep", where=f"byte {cursor.at}")
    begin = cursor.at
    version = cursor.number(1)
    if version != 3:
        raise UnreadableInput(f"version {version} of IEEE 1609.2", where=f"byte {begin}")
    tag = cursor.choice()
    if tag == 0:
        return cursor.octets()
    if tag != 1:
        raise UnreadableInput("neither signed nor plain", where=f"byte {cursor.at - 1}")
    sha384 = cursor.number(1) == 1
    first = cursor.at
    preamble = cursor.number(1)
    if not preamble & 0x40 or preamble & 0x80:
        raise UnreadableInput("the signed data carries no payload", where=f"byte {first}")
    inner = parse_data(cursor, depth + 1)
    payload = inner if isinstance(inner, bytes) else inner.payload
    if preamble & 0x20:
        cursor.choice()
        cursor.take(32)
    header = _header(cursor)
    tbs = cursor.content[first : cursor.at]
    tag = cursor.choice()
    certificates: tuple[Certificate, ...] = ()
    signer, itself = "", False
    if tag == 0:
        signer = cursor.take(8).hex()
    elif tag == 1:
        certificates = tuple(parse_certificate(cursor) for _ in range(cursor.many()))
        if not certificates:
            raise UnreadableInput("no certificate where one is announced", where=f"byte {cursor.at}")
        signer = certificates[0].digest
    elif tag == 2:
        itself = True
    else:
        raise UnreadableInput("a signer of unknown kind", where=f"byte {cursor.at - 1}")
    signature = read_signature(cursor)
    return Signed(
        cursor.content[begin : cursor.at], sha384, tbs, payload, header, signer, certificates, itself, signature
    )


def _header(cursor: Cursor) -> Header:
    """HeaderInfo; what is only counted (requests for certificates, keys) is stepped over."""
    preamble = cursor.number(1)
    psid = cursor.whole()
    made = utc(cursor.number(8) / 1e6) if preamble & 0x40 else None
    expires = utc(cursor.number(8) / 1e6) if preamble & 0x20 else None
    place = None
    if preamble & 0x10:
        place = cursor.signed(4) / 1e7, cursor.signed(4) / 1e7
        cursor.take(2)
    if preamble & 0x08:
        cursor.take(3)
    if preamble & 0x04:  # a missing revocation list: its preamble, who makes it, its number
        cursor.take(6)
    if preamble & 0x02:
        raise UnreadableInput("an encryption key stands in the header", where=f"byte {cursor.at}")
    if preamble & 0x80:
        cursor.skip_extensions()
    return Header(psid, made, expires, place)


__all__ = ["Header", "Signed", "parse_data"]
