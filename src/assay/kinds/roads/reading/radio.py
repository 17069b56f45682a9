"""What radios record: envelopes and messages one after the other in bytes, or one a line in hexadecimal.

Beside a recording may lie `trust.oer`: certificates one after the other, of which those that signed themselves are trusted.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from assay.core.batch import Batch
from assay.core.errors import AssayError, UnreadableInput
from assay.core.kind import RowError
from assay.formats.coer import Cursor
from assay.formats.whole import plain_file_name, read_whole
from assay.kinds.roads.evidence import RoadMessage
from assay.kinds.roads.reading.heard import Entry, batches
from assay.kinds.roads.reading.opened import entry_of, read_from, trust_of
from assay.kinds.roads.wire.envelope import Trust

TRUST = "trust.oer"
MOST_TRUST = 4 << 20  # bytes
MOST = 1 << 30
BLOCK = 1 << 22
LONGEST = 16_384  # bytes of one message
_ENVELOPE = re.compile(rb"\x03\x81[\x00\x01][\x40\x60]\x03[\x80\x81]")
_FRAME = re.compile(rb"\x00\x14(?:[\x20-\x7f]|[\x80-\xbf].)", re.DOTALL)
_HEX = re.compile(rb"(?:(\d{9,10}(?:\.\d+)?)[ ,;\t]+)?((?:0014|0381|0380)[0-9A-Fa-f]{40,})\s*")
_HEADER = struct.Struct("<BiiiHHIHBH")
Reject = Callable[[RowError], None]


def beside(path: Path, reject: Reject) -> Trust:
    """The trust beside a recording; none where there is no file, or one that cannot be read, which is told."""
    file = path.parent / TRUST
    if not file.is_file() or file.is_symlink():
        return Trust()
    try:
        return trust_of(read_whole(file, MOST_TRUST))
    except AssayError as error:
        reject(RowError(0, f"{TRUST} cannot be read, so nothing is trusted: {error}"))
        return Trust()


class Radio:
    """Told by how envelopes and frames begin."""

    name = "roads.radio"

    def sniff(self, head: bytes, path: Path) -> float:
        if _ENVELOPE.match(head):
            return 0.97
        if _HEX.match(head):
            return 0.95
        if _FRAME.match(head):
            try:
                next(_binary(head, Trust(), lambda _: None))
            except StopIteration:
                return 0.0
            return 0.9
        return 0.0

    def read(self, path: Path, *, mapping: Any = None, reject: Reject) -> Iterator[Batch[RoadMessage]]:
        trust, name = beside(path, reject), plain_file_name(path, "radio")
        with path.open("rb") as file:
            lines = _HEX.match(file.read(65_536)) is not None
        entries = _lines(path, trust, reject) if lines else _binary(read_whole(path, MOST), trust, reject)
        yield from batches(entries, name)


def _lines(path: Path, trust: Trust, reject: Reject) -> Iterator[Entry]:
    with path.open("rb") as file:
        for number, line in enumerate(iter(lambda: file.readline(4 * LONGEST), b""), 1):
            match = _HEX.fullmatch(line)
            if match is None:
                if line.strip():
                    reject(RowError(number, "no message in hexadecimal", line[:200].decode("utf-8", "replace")))
                continue
            try:
                text = match[2].decode()
                received = float(match[1]) if match[1] else None
                yield entry_of(bytes.fromhex(text[: len(text) & ~1]), trust, number, received)
            except UnreadableInput as error:
                reject(RowError(number, str(error), line[:200].decode()))


def _binary(content: bytes, trust: Trust, reject: Reject) -> Iterator[Entry]:
    """One after the other, each with or without a recorder's header; where one cannot be read, the next that begins like one is
    looked for."""
    at, signed = 0, _ENVELOPE.match(content) is not None
    while at < len(content):
        received = _recorded(content, at)
        if received is not None:
            at += _HEADER.size
        try:
            if _ENVELOPE.match(content, at):
                cursor = Cursor(content, at, min(len(content), at + LONGEST))
                yield read_from(cursor, trust, at, received)
                at = cursor.at
            else:
                size = _frame_size(content, at)
                yield entry_of(content[at : at + size], trust, at, received)
                at += size
        except UnreadableInput as error:
            ahead = _next(content, at + 1, signed)
            if content[at:ahead].strip(b"\0"):  # recorders fill up with zeros
                reject(RowError(at, str(error), content[at : at + 40].hex()))
            at = ahead


def _recorded(content: bytes, at: int) -> float | None:
    """When a message was recorded, by the header that the US DOT's roadside and vehicle units write before it: direction, where
    and how fast the unit itself was, seconds and milliseconds, what security made of it, and how long the message is."""
    if at + _HEADER.size >= len(content):
        return None
    told: tuple[int, ...] = _HEADER.unpack_from(content, at)
    way, seconds, milliseconds, size = told[0], told[6], told[7], told[9]
    begins = _ENVELOPE.match(content, at + _HEADER.size) or _FRAME.match(content, at + _HEADER.size)
    if way > 3 or milliseconds > 999 or not 1e9 < seconds < 4e9 or not begins or not 20 < size <= LONGEST:
        return None
    return seconds + milliseconds / 1000


def _frame_size(content: bytes, at: int) -> int:
    """Bytes of the message frame that begins here."""
    if not _FRAME.match(content, at):
        raise UnreadableInput("no message begins here", where=f"byte {at}")
    first = content[at + 2]
    return 3 + first if first < 128 else 4 + ((first & 0x3F) << 8 | content[at + 3])


def _next(content: bytes, at: int, signed: bool) -> int:
    """Where the next message, or the header before it, begins. Among envelopes only an envelope: the message inside a broken one
    is not one that nobody signed."""
    patterns = (_ENVELOPE,) if signed else (_ENVELOPE, _FRAME)
    found = [match.start() for pattern in patterns if (match := pattern.search(content, at))]
    begin = min(found, default=len(content))
    before = begin - _HEADER.size
    return before if before >= at and _recorded(content, before) is not None else begin


__all__ = ["LONGEST", "TRUST", "Radio", "beside"]
