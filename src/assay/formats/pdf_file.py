"""A PDF as a chain of revisions: what each added, where it ends, and any object as it stood at any of them.

Revisions are counted by following /Prev from the last `startxref`, never by counting `%%EOF`: a linearised file has two of
those in one revision, and a picture may hold one by chance. Nothing is repaired; what is wrong is listed in `problems`.

>>> from assay.formats.pdf_file import PdfFile
>>> PdfFile(b"%PDF-1.4 and nothing else").problems
['no-startxref']
"""

from __future__ import annotations

import bisect
import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from assay.formats.pdf_filters import decode, filters_of
from assay.formats.pdf_syntax import (
    Name,
    PdfError,
    PdfTooLarge,
    Ref,
    Stream,
    header_at,
    indirect,
    parse,
)
from assay.formats.pdf_xref import FREE, MAX_ENTRIES, PACKED, PLAIN, Entry, Section, section_at

MAX_SECTIONS = 500
MAX_PAGES = 2_000
MAX_STEPS = 20_000  # objects looked at in one walk
OBJECT_STREAM = 32 << 20

_HEADER = re.compile(rb"%PDF-(\d)\.(\d)")
_STARTXREF = re.compile(rb"startxref[\x00\t\n\x0c\r ]*(\d{1,12})")
_FOOTER = re.compile(rb"startxref[\x00\t\n\x0c\r ]*(\d{1,12})[\x00\t\n\x0c\r ]*%%EOF(?:\r\n|\r|\n)?")
_SECTION = re.compile(rb"(?<!start)xref|(?<![0-9])\d{1,10}[\x00\t\n\x0c\r ]+\d{1,5}[\x00\t\n\x0c\r ]+obj")
_NEAR = 12  # bytes
_ENDSTREAM = re.compile(rb"endstream")
_OBJECT = re.compile(rb"(?<![0-9])(\d{1,10})[\x00\t\n\x0c\r ]+(\d{1,5})[\x00\t\n\x0c\r ]+obj(?![a-zA-Z])")


@dataclass(frozen=True, eq=False)
class Revision:
    """One revision: its number from 0 (the oldest), its sections, the byte after its `%%EOF` (None where that is missing),
    and whether the `startxref` before it names its own section."""

    number: int
    sections: tuple[Section, ...]
    end: int | None
    consistent: bool

    @property
    def trailer(self) -> dict[str, Any]:
        return self.sections[0].trailer

    @cached_property
    def entries(self) -> dict[int, Entry]:
        """What this revision says of objects; where a table hides an object in its hybrid stream, the stream is right."""
        out: dict[int, Entry] = {}
        for section in self.sections:
            for number, entry in section.entries.items():
                if number not in out or (out[number].kind == FREE and section.stream):
                    out[number] = entry
        return out


@dataclass(frozen=True, eq=False)
class PageNode:
    """A page's dictionary with what it inherits, and the object number it has (None: written in place)."""

    number: int | None
    dictionary: dict[str, Any]


@dataclass
class PdfFile:
    """`content` with its revisions, oldest first (empty where the chain cannot be followed).

    `problems` in the order they were met: `no-header`, `no-startxref`, `no-xref` (it leads to no section), `broken-chain`
    (a /Prev does), `loop`, `too-many` (a bound was reached), `no-end` (a revision without `%%EOF`).
    """

    content: bytes
    problems: list[str] = field(default_factory=list)
    revisions: list[Revision] = field(default_factory=list)
    hybrid: bool = False

    def __post_init__(self) -> None:
        found = _HEADER.search(self.content[:1029])
        self.shift = found.start() if found else 0
        self.version = f"{found[1].decode()}.{found[2].decode()}" if found else ""
        self._packed: dict[int, tuple[bytes, int]] = {}
        if not found:
            self.problems.append("no-header")
        sections = self._follow()
        if sections:
            self._group(sections)

    def _follow(self) -> list[list[Section]]:
        """The sections from the newest to the oldest, each with the hybrid stream that belongs to it."""
        last = self.content.rfind(b"startxref")
        found = _STARTXREF.match(self.content, last) if last >= 0 else None
        if found is None:
            self.problems.append("no-startxref")
            return []
        chain: list[list[Section]] = []
        seen: set[int] = set()
        at: int | None = int(found[1])
        entries = 0
        while at is not None:
            if at in seen:
                self.problems.append("loop")
                break
            seen.add(at)
            if len(chain) >= MAX_SECTIONS or entries > 2 * MAX_ENTRIES:
                self.problems.append("too-many")
                break
            try:
                section = self._section(at)
            except PdfTooLarge:
                self.problems.append("too-many")
                break
            except PdfError:
                self.problems.append("broken-chain" if chain else "no-xref")
                break
            entries += len(section.entries)
            chain.append([section])
            beside = section.offset("XRefStm")
            if beside is not None:
                self.hybrid = True
                try:
                    chain[-1].append(self._section(beside))
                except PdfError:
                    self.problems.append("broken-chain")
            at = section.offset("Prev")
        return chain

    def _section(self, at: int) -> Section:
        try:
            return section_at(self.content, at)
        except PdfTooLarge:
            raise
        except PdfError:
            nearby = at + self.shift if self.shift else self._beside(at)
            return section_at(self.content, nearby)

    def _beside(self, at: int) -> int:
        """Where a section stands that an offset misses by a few bytes, as careless writers do and every reader forgives."""
        start = max(0, at - _NEAR)
        found = _SECTION.search(self.content, start, at + _NEAR) if at < len(self.content) else None
        return found.start() if found else at

    def _group(self, chain: list[list[Section]]) -> None:
        """Sections into revisions. The first-page section of a linearised file stands before the one its /Prev names."""
        groups: list[list[Section]] = []
        for sections in chain:
            if groups and groups[-1][0].start < sections[0].start:
                groups[-1] += sections
            else:
                groups.append(list(sections))
        for number, sections in enumerate(reversed(groups)):
            last = max(sections, key=lambda s: s.end)
            footer = _FOOTER.search(self.content, last.end, last.end + 4096)
            named = {s.start for s in sections} | {s.start - self.shift for s in sections}
            exact = footer is not None and any(abs(int(footer[1]) - at) <= _NEAR for at in named)
            if footer is None:
                self.problems.append("no-end")
            self.revisions.append(Revision(number, tuple(sections), footer.end() if footer else None, exact))

    @property
    def trailer(self) -> dict[str, Any]:
        return self.revisions[-1].trailer if self.revisions else {}

    @property
    def encrypted(self) -> bool:
        return any("Encrypt" in r.trailer for r in self.revisions) or (
            not self.revisions and b"/Encrypt" in self.content[-4096:]
        )

    @cached_property
    def linearized(self) -> int | None:
        """The length that a linearised file says of itself, None for any other file."""
        found = _OBJECT.search(self.content, self.shift, self.shift + 1024)
        if found is None or b"/Linearized" not in self.content[found.start() : found.start() + 1024]:
            return None
        try:
            value, _ = parse(self.content, found.end())
        except PdfError:
            return None
        length = value.get("L") if isinstance(value, dict) else None
        return length if isinstance(length, int) else None

    def at(self, revision: int = -1) -> View:
        """The objects as they stood at a revision (default: the newest)."""
        return View(self, revision % len(self.revisions) if self.revisions else -1)

    @cached_property
    def _ends(self) -> list[int]:
        return [found.start() for found in itertools.islice(_ENDSTREAM.finditer(self.content), MAX_ENTRIES)]

    def stream_end(self, start: int) -> int:
        """Where the first `endstream` after this byte stands, -1 where there is none: found once for all streams."""
        position = bisect.bisect_left(self._ends, start)
        return self._ends[position] if position < len(self._ends) else -1

    def objects_in_bytes(self, start: int, end: int | None = None) -> Iterator[tuple[int, int]]:
        """(byte, number) of everything that looks like an indirect object's header between these bytes."""
        for found in _OBJECT.finditer(self.content, start, len(self.content) if end is None else end):
            yield found.start(), int(found[1])

    def misses(self, most: int = 20_000) -> list[int]:
        """The numbers of objects whose offset leads to something else, among the first `most` of the newest view."""
        out: list[int] = []
        seen: set[int] = set()
        for revision in reversed(self.revisions):
            for number, entry in revision.entries.items():
                if number in seen:
                    continue
                seen.add(number)
                if len(seen) > most:
                    return out
                if entry.kind == PLAIN and entry.where:
                    header = header_at(self.content, entry.where) or (
                        header_at(self.content, entry.where + self.shift) if self.shift else None
                    )
                    if header is None or header[0] != number:
                        out.append(number)
        return out

    def mentions(self, pattern: re.Pattern[bytes], most: int = 2_000) -> bool:
        """Does the pattern stand anywhere in the file's bytes or in what its object streams decode to?"""
        if pattern.search(self.content):
            return True
        view = self.at()
        holders = {e.where for r in self.revisions for e in r.entries.values() if e.kind == PACKED}
        return any(
            pattern.search(view.stream(Ref(h, 0), OBJECT_STREAM)) for h in itertools.islice(sorted(holders), most)
        )

    def unpacked_badly(self, most: int = 2_000) -> list[int]:
        """The numbers of objects that the newest view finds in an object stream that is none, does not decode, or holds
        another object in that place; empty for encrypted files, whose streams are not read."""
        view = self.at()
        if self.encrypted or view.revision < 0:
            return []
        out: list[int] = []
        holders: dict[int, list[tuple[int, int]]] = {}
        for number in view.numbers():
            entry = view.entry(number)
            if entry is not None and entry.kind == PACKED:
                holders.setdefault(entry.where, []).append((number, entry.extra))
        for holder, inside in itertools.islice(holders.items(), most):
            pairs = view.packed(holder)
            out += [n for n, i in inside if pairs is None or 2 * i >= len(pairs) or pairs[2 * i] != n]
        return out


class View:
    """The objects of a file as they stood at one revision. Values that cannot be read are None."""

    def __init__(self, file: PdfFile, revision: int) -> None:
        self.file, self.revision = file, revision
        self._values: dict[int, Any] = {}
        self._reading: set[int] = set()
        self._pairs: dict[int, list[int]] = {}

    @property
    def trailer(self) -> dict[str, Any]:
        return self.file.revisions[self.revision].trailer if self.revision >= 0 else {}

    def entry(self, number: int) -> Entry | None:
        for revision in range(self.revision, -1, -1):
            entry = self.file.revisions[revision].entries.get(number)
            if entry is not None:
                return entry
        return None

    def numbers(self) -> set[int]:
        """The numbers of every object in use."""
        out: set[int] = set()
        for revision in self.file.revisions[: self.revision + 1]:
            for number, entry in revision.entries.items():
                (out.discard if entry.kind == FREE else out.add)(number)
        return out

    def of(self, value: Any) -> Any:
        """A value with its reference followed (at most 16 in a row)."""
        for _ in range(16):
            if not isinstance(value, Ref):
                return value
            value = self.object(value.number)
        return None

    def dictionary(self, value: Any) -> dict[str, Any]:
        """The dictionary a value is or refers to, of a stream its own; {} for anything else."""
        value = self.of(value)
        if isinstance(value, Stream):
            return value.dictionary
        return value if isinstance(value, dict) else {}

    def array(self, value: Any) -> list[Any]:
        value = self.of(value)
        return value if isinstance(value, list) else []

    def object(self, number: int) -> Any:
        """The object of this number, None where it is free, missing or unreadable."""
        if number not in self._values:
            if number in self._reading or len(self._reading) > 32:
                return None
            self._reading.add(number)
            try:
                self._values[number] = self._read(number)
            except (PdfError, RecursionError):
                self._values[number] = None
            finally:
                self._reading.discard(number)
        return self._values[number]

    def _read(self, number: int) -> Any:
        entry = self.entry(number)
        if entry is None or entry.kind == FREE:
            return None
        if entry.kind == PACKED:
            return self._unpack(entry, number)
        content, at = self.file.content, entry.where
        header = header_at(content, at)
        if (header is None or header[0] != number) and self.file.shift:
            at += self.file.shift
            header = header_at(content, at)
        if header is None or header[0] != number:
            return None
        return indirect(content, at, self._length, self.file.stream_end).value

    def _length(self, ref: Ref) -> int | None:
        value = self.object(ref.number)
        return value if isinstance(value, int) else None

    def _unpack(self, entry: Entry, number: int) -> Any:
        pairs = self.packed(entry.where)
        if pairs is None or 2 * entry.extra + 1 >= len(pairs) or pairs[2 * entry.extra] != number:
            return None
        data, first = self.file._packed[self.object(entry.where).start]
        return parse(data, first + pairs[2 * entry.extra + 1])[0]

    def packed(self, holder: int) -> list[int] | None:
        """Number and offset, in turn, of the objects in an object stream; None where it is none or cannot be decoded."""
        entry = self.entry(holder)
        stream = self.object(holder)
        if self.file.encrypted or entry is None or entry.kind != PLAIN or not isinstance(stream, Stream):
            return None
        if stream.start not in self.file._packed:
            try:
                data = decode(stream, self.file.content, OBJECT_STREAM)
            except PdfError:
                return None
            first = self.of(stream.dictionary.get("First"))
            if not isinstance(first, int) or not 0 <= first <= len(data):
                return None
            if len(self.file._packed) > 64:
                self.file._packed.clear()
            self.file._packed[stream.start] = (data, first)
        data, first = self.file._packed[stream.start]
        found = self._pairs.get(stream.start)
        if found is None:
            words = data[:first].split()[: 2 * MAX_STEPS]
            found = self._pairs[stream.start] = [int(w) if w.isdigit() and len(w) < 12 else -1 for w in words]
        return found

    @property
    def root(self) -> dict[str, Any]:
        return self.dictionary(self.trailer.get("Root"))

    def pages(self, most: int = MAX_PAGES) -> list[PageNode]:
        """The pages in reading order with what they inherit, at most `most`."""
        out: list[PageNode] = []
        seen: set[int] = set()
        stack: list[tuple[Any, dict[str, Any]]] = [(self.root.get("Pages"), {})]
        steps = 0
        while stack and len(out) < most and steps < MAX_STEPS:
            steps += 1
            value, inherited = stack.pop()
            number = value.number if isinstance(value, Ref) else None
            if number is not None:
                if number in seen:
                    continue
                seen.add(number)
            node = self.dictionary(value)
            if not node:
                continue
            passed = inherited | {k: node[k] for k in ("Resources", "MediaBox", "CropBox", "Rotate") if k in node}
            kids = self.of(node.get("Kids"))
            if isinstance(kids, list):
                stack += [(kid, passed) for kid in reversed(kids[:MAX_STEPS])]
            else:
                out.append(PageNode(number, passed | node))
        return out

    def reach(self, value: Any, without: frozenset[str] = frozenset({"Parent", "P"}), most: int = 5_000) -> set[int]:
        """The numbers of the objects that can be reached from a value, not through the named keys."""
        seen: set[int] = set()
        stack = [value]
        steps = 0
        while stack and len(seen) < most and steps < MAX_STEPS * 10:
            steps += 1
            item = stack.pop()
            if isinstance(item, Ref):
                if item.number in seen:
                    continue
                seen.add(item.number)
                item = self.object(item.number)
            if isinstance(item, Stream):
                item = item.dictionary
            if isinstance(item, dict):
                stack += [v for k, v in item.items() if k not in without]
            elif isinstance(item, list):
                stack += [v for v in item if isinstance(v, (Ref, list, dict, Stream))]
        return seen

    def stream(self, value: Any, cap: int = 16 << 20) -> bytes:
        """A stream's decoded content; b"" where it cannot be decoded here."""
        value = self.of(value)
        if not isinstance(value, Stream) or self.file.encrypted:
            return b""
        try:
            return decode(value, self.file.content, cap)
        except PdfError:
            return b""

    def raw(self, value: Any) -> bytes:
        """A stream's bytes as they stand in the file."""
        value = self.of(value)
        return self.file.content[value.start : value.end] if isinstance(value, Stream) else b""

    def streams(self, filter_name: str = "") -> Iterator[tuple[int, Stream]]:
        """(number, stream) of every stream in use, or only of those with this filter (JBIG2Decode, DCTDecode…)."""
        for number in sorted(self.numbers()):
            value = self.object(number)
            if isinstance(value, Stream) and (not filter_name or filter_name in filters_of(value)):
                yield number, value


__all__ = ["MAX_PAGES", "Name", "PageNode", "PdfError", "PdfFile", "PdfTooLarge", "Ref", "Revision", "Stream", "View"]
