"""Bytes off the air to one entry: an IEEE 1609.2 envelope around a message, or a message alone."""

from __future__ import annotations

from assay.core.errors import UnreadableInput
from assay.formats.coer import Cursor
from assay.formats.ieee1609 import Signed, parse_data
from assay.formats.ieee1609_certificate import parse_certificate
from assay.kinds.roads.reading.heard import Entry, made_of
from assay.kinds.roads.wire import bsm, etsi
from assay.kinds.roads.wire.envelope import Trust
from assay.kinds.roads.wire.heard import Heard

_AHEAD = (
    4,
    40,
    56,
)  # bytes of headers before an ETSI message: BTP alone, or GeoNetworking to one hop or to an area, and BTP


def message_of(payload: bytes) -> Heard:
    """What a payload says, whichever of the three it is. Raises `UnreadableInput`."""
    if payload[:2] == b"\x00\x14":
        return bsm.read_bsm(payload)
    if _etsi(payload):
        return etsi.read_etsi(payload)
    for ahead in _AHEAD:
        if _etsi(payload[ahead:]):
            return etsi.read_etsi(payload[ahead:])
    raise UnreadableInput("neither BSM nor CAM nor DENM", where="byte 0")


def _etsi(content: bytes) -> bool:
    return len(content) > 6 and content[0] in (1, 2) and content[1] in (etsi.CAM, etsi.DENM)


def entry_of(content: bytes, trust: Trust, where: int, received: float | None = None, receiver: str = "") -> Entry:
    """One envelope or message that fills `content`. Raises `UnreadableInput`."""
    if content[:2] in (b"\x03\x80", b"\x03\x81"):
        return read_from(Cursor(content), trust, where, received, receiver)
    heard = message_of(content)
    return Entry(heard, where, received, made_of(heard, received, None), receiver)


def read_from(cursor: Cursor, trust: Trust, where: int, received: float | None = None, receiver: str = "") -> Entry:
    """The envelope that the cursor is at. Raises `UnreadableInput`."""
    data = parse_data(cursor)
    if not isinstance(data, Signed):
        heard = message_of(data)
        return Entry(heard, where, received, made_of(heard, received, None), receiver)
    heard = message_of(data.payload)
    psid = bsm.PSID if heard.form == "bsm" else etsi.PSID[etsi.CAM if heard.form == "cam" else etsi.DENM]
    verdict = trust.judge(data, psid, heard.cause, (heard.latitude, heard.longitude))
    made = made_of(heard, received, data.header.made)
    return Entry(heard, where, received, made, receiver, verdict.signed, verdict.faults, data.signer)


def trust_of(content: bytes) -> Trust:
    """The certificates that stand one after the other in `content`; those that signed themselves are trusted. Raises
    `UnreadableInput`."""
    cursor, found = Cursor(content), []
    while cursor.left:
        found.append(parse_certificate(cursor))
    return Trust(found)


__all__ = ["entry_of", "message_of", "read_from", "trust_of"]
