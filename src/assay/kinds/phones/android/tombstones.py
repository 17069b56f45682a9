"""Tombstones: what Android writes when a native program crashed, as text or, since Android 12, as a protocol buffer beside it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import tzinfo

from assay.kinds.phones.backup.database import Broken
from assay.kinds.phones.gathering import Content, bytes_of
from assay.kinds.phones.timeline import Event, event, written

MAX_LINE, MAX_FIELDS = 8_192, 200_000
_CRASHED = re.compile(r"^pid: \d+, tid: \d+, name: .{0,200}>>> (\S.{0,500}?) <<<", re.MULTILINE)
_WHEN = re.compile(r"^Timestamp: (\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)(\.\d+)?([+-]\d{4})", re.MULTILINE)
_STAMP = re.compile(r"(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)(?:\.\d+)? ?([+-]\d{4})")
_TIMESTAMP, _COMMAND_LINE = 4, 9  # of `message Tombstone` in AOSP's tombstone.proto
_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5


def tombstone(lines: Sequence[str], source: str, zone: tzinfo) -> Iterator[Event]:
    """A `crash` of a process, from its tombstone's text."""
    text = "\n".join(line[:MAX_LINE] for line in lines[:400])
    program, when = _CRASHED.search(text), _WHEN.search(text)
    if program is None:
        raise Broken("there is no process in it")
    yield _crash(program[1].partition(" ")[0], written(when[1] + when[3]) if when else 0, source)


def packed(content: Content, source: str) -> Iterator[Event]:
    """The same from the protocol buffer. Raises `Broken`."""
    stamp = program = ""
    for number, value in fields(bytes_of(content)):
        if number == _TIMESTAMP:
            stamp = value.decode("utf-8", "replace")
        elif number == _COMMAND_LINE and not program:
            program = value.decode("utf-8", "replace")
    if not program:
        raise Broken("there is no process in it")
    when = _STAMP.match(stamp)
    yield _crash(program, written(when[1] + when[2]) if when else 0, source)


def fields(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Number and bytes of each length-delimited field of a protocol buffer; other fields are passed over. Raises `Broken`."""
    at = 0
    for _ in range(MAX_FIELDS):
        if at >= len(data):
            return
        key, at = _varint(data, at)
        wire = key & 7
        if wire == _VARINT:
            _, at = _varint(data, at)
        elif wire in (_FIXED64, _FIXED32):
            at += 8 if wire == _FIXED64 else 4
        elif wire == _BYTES:
            size, at = _varint(data, at)
            yield key >> 3, data[at : at + size]
            at += size
        else:
            raise Broken("no protocol buffer")
        if at > len(data):
            raise Broken("it is cut off")


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = 0
    for shift in range(0, 70, 7):
        if at >= len(data):
            break
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
    raise Broken("no protocol buffer")


def _crash(path: str, when: float, source: str) -> Event:
    return event(when, "crash", path.rpartition("/")[2], source, path)


__all__ = ["fields", "packed", "tombstone"]
