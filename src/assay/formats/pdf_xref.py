"""Cross-reference sections of a PDF (ISO 32000-2, 7.5.4-7.5.8): tables, streams and hybrids, one at a time, as they stand.

A section says where objects of one update lie. Bounded by the bytes that are really there: a count that a header merely
claims costs nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from assay.formats.pdf_filters import decode
from assay.formats.pdf_syntax import PdfError, PdfTooLarge, Stream, header_at, indirect, parse, skip_space

MAX_ENTRIES = 300_000

_SUBSECTION = re.compile(
    rb"[\x00\t\n\x0c\r ]*(\d{1,10})[\x00\t\n\x0c\r ]+(\d{1,10})(?![\x00\t\n\x0c\r ]*\d*[\x00\t\n\x0c\r ]*[nf])"
)
_ENTRY = re.compile(rb"[\x00\t\n\x0c\r ]*(\d{1,10})[\x00\t\n\x0c\r ]+(\d{1,5})[\x00\t\n\x0c\r ]*([nf])")
FREE, PLAIN, PACKED = 0, 1, 2


class Entry(NamedTuple):
    """Where an object is: `FREE`, `PLAIN` at byte `where` with generation `extra`, or `PACKED` as number `extra` of the
    object stream `where`."""

    kind: int
    where: int
    extra: int


@dataclass(frozen=True, eq=False)
class Section:
    """One section: where it begins and ends, whether it is a stream, its entries by object number, and its trailer."""

    start: int
    end: int
    stream: bool
    entries: dict[int, Entry]
    trailer: dict[str, Any]

    def offset(self, key: str) -> int | None:
        """`Prev` or `XRefStm` as a byte offset, None where there is none."""
        value = self.trailer.get(key)
        if isinstance(value, float) and value == int(value):
            value = int(value)
        return value if isinstance(value, int) and not isinstance(value, bool) else None


def section_at(buffer: bytes, at: int) -> Section:
    """The section at this byte. Raises `PdfError` where there is none."""
    if not 0 <= at < len(buffer):
        raise PdfError("a cross-reference offset leads out of the file", at)
    here = skip_space(buffer, at)
    if buffer[here : here + 4] == b"xref":
        return _table(buffer, here)
    if header_at(buffer, here):
        return _stream(buffer, here)
    raise PdfError("no cross-reference section here", at)


def _table(buffer: bytes, start: int) -> Section:
    entries: dict[int, Entry] = {}
    at = start + 4
    while found := _SUBSECTION.match(buffer, at):
        number, count, at = int(found[1]), int(found[2]), found.end()
        for _ in range(count):
            row = _ENTRY.match(buffer, at)
            if row is None:
                break  # fewer rows than the header claims: what is there counts
            at = row.end()
            used = row[3] == b"n"
            entries[number] = Entry(PLAIN if used else FREE, int(row[1]), int(row[2]))
            number += 1
        if len(entries) > MAX_ENTRIES:
            raise PdfTooLarge(f"more than {MAX_ENTRIES} objects", at)
    at = skip_space(buffer, at)
    if buffer[at : at + 7] != b"trailer":
        raise PdfError("a cross-reference table has no trailer", at)
    trailer, end = parse(buffer, at + 7)
    if not isinstance(trailer, dict):
        raise PdfError("a trailer is no dictionary", at)
    return Section(start, end, False, entries, trailer)


def _stream(buffer: bytes, start: int) -> Section:
    located = indirect(buffer, start)
    stream = located.value
    if not isinstance(stream, Stream) or stream.dictionary.get("Type") != "XRef":
        raise PdfError("no cross-reference stream here", start)
    trailer = stream.dictionary
    widths = trailer.get("W")
    if not isinstance(widths, list) or len(widths) < 3 or not all(isinstance(w, int) and 0 <= w <= 8 for w in widths):
        raise PdfError("a cross-reference stream has no widths", start)
    row = sum(widths)
    if not row:
        raise PdfError("a cross-reference stream has empty rows", start)
    data = decode(stream, buffer, MAX_ENTRIES * 24)
    if len(data) // row > MAX_ENTRIES:
        raise PdfTooLarge(f"more than {MAX_ENTRIES} objects", start)
    index = trailer.get("Index", [0, trailer.get("Size", 0)])
    return Section(start, located.end, True, _unpack(data, widths, index), trailer)


def _unpack(data: bytes, widths: list[int], index: Any) -> dict[int, Entry]:
    rows = np.frombuffer(data[: len(data) // sum(widths) * sum(widths)], np.uint8).reshape(-1, sum(widths))
    columns, at = [], 0
    for width in widths[:3]:
        column = np.zeros(len(rows), np.uint64)
        for i in range(at, at + width):
            column = (column << np.uint64(8)) | rows[:, i]
        columns.append(column.tolist())
        at += width
    kinds = columns[0] if widths[0] else [PLAIN] * len(rows)
    numbers = _numbers(index, len(rows))
    return {
        n: Entry(kind, where, extra)
        for n, kind, where, extra in zip(numbers, kinds, columns[1], columns[2], strict=False)
        if kind in (FREE, PLAIN, PACKED)
    }


def _numbers(index: Any, most: int) -> Iterator[int]:
    """The object numbers that /Index lists, as many as there are rows."""
    if not isinstance(index, list):
        return
    for start, count in zip(index[::2], index[1::2], strict=False):
        if not isinstance(start, int) or not isinstance(count, int) or count < 0:
            return
        yield from range(start, start + min(count, most))
        most -= min(count, most)
