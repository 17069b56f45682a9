"""PDF objects out of bytes (ISO 32000-2, 7.3): names, strings, numbers, arrays, dictionaries, references, streams.

For evidence, not for display: nothing is repaired, nesting and size are bounded before anything is built, and every error
is a `PdfError` that names the byte. Dictionaries have `str` keys without the slash; strings stay bytes.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, NamedTuple

from assay.core.errors import UnreadableInput

MAX_DEPTH = 60
MAX_NODES = 120_000  # values in one object; a page tree or an array of widths has a few thousand

_SPACE = re.compile(rb"(?:[\x00\t\n\x0c\r ]++|%[^\r\n]*+)*+")  # possessive: a million comments cost no memory
_REFERENCE = re.compile(rb"(\d{1,10})[\x00\t\n\x0c\r ]+(\d{1,5})[\x00\t\n\x0c\r ]+R(?![^\x00\t\n\x0c\r ()<>\[\]{}/%])")
_NUMBER = re.compile(rb"[+-]{0,2}(?:\d{1,40}\.?\d{0,40}|\.\d{1,40})")
_NAME = re.compile(rb"/([^\x00\t\n\x0c\r ()<>\[\]{}/%]{0,4096})")
_HEX = re.compile(rb"<([0-9A-Fa-f\x00\t\n\x0c\r ]*)>")
_WORD = re.compile(rb"[^\x00\t\n\x0c\r ()<>\[\]{}/%]{1,128}")
_IN_STRING = re.compile(rb"[()\\]")
_ESCAPED = re.compile(rb"#([0-9A-Fa-f]{2})")
_HEADER = re.compile(rb"(\d{1,10})[\x00\t\n\x0c\r ]+(\d{1,5})[\x00\t\n\x0c\r ]+obj(?![a-zA-Z])")
_ENDSTREAM = re.compile(rb"[\r\n\t\x00 ]{0,4}endstream")
_ESCAPES = {0x6E: 10, 0x72: 13, 0x74: 9, 0x62: 8, 0x66: 12}
_CLOSERS = {"true": True, "false": False, "null": None}


class PdfError(UnreadableInput):
    """What is wrong with the file, and at which byte."""

    def __init__(self, message: str, byte: int = -1) -> None:
        super().__init__(message, where=f"byte {byte}" if byte >= 0 else "")
        self.byte = byte


class PdfTooLarge(PdfError):
    """A bound was reached: inflation, number of objects, nesting, revisions."""


class Name(str):
    """A name without its slash."""

    __slots__ = ()


class Ref(NamedTuple):
    """An indirect reference."""

    number: int
    generation: int


@dataclass(frozen=True, eq=False)
class Stream:
    """A stream's dictionary and where its raw bytes are in `buffer`: `buffer[start:end]`."""

    dictionary: dict[str, Any]
    start: int
    end: int
    closed: bool  # `endstream` stood where /Length says


class Located(NamedTuple):
    """An indirect object: its number, generation, value, and where it begins and ends."""

    number: int
    generation: int
    value: Any
    start: int
    end: int


def skip_space(buffer: bytes, at: int) -> int:
    """The place of the next byte that is neither white space nor comment."""
    found = _SPACE.match(buffer, at)
    return found.end() if found else at


def parse(buffer: bytes, at: int) -> tuple[Any, int]:
    """The object at this byte and where it ends. Raises `PdfError`."""
    return _Parser(buffer).value(at, 0)


def header_at(buffer: bytes, at: int) -> tuple[int, int, int] | None:
    """(number, generation, end) of an `n g obj` at this byte (white space before it is passed over), or None."""
    if not 0 <= at < len(buffer):
        return None
    found = _HEADER.match(buffer, skip_space(buffer, at))
    return (int(found[1]), int(found[2]), found.end()) if found else None


def indirect(buffer: bytes, at: int, length_of: Any = None, end_of: Any = None) -> Located:
    """The indirect object at this byte. `length_of(ref)` resolves a stream's /Length; without it, or where it lies, the
    stream ends at the next `endstream`, which `end_of(start)` finds faster than a search. Raises `PdfError`."""
    header = header_at(buffer, at)
    if header is None:
        raise PdfError("no indirect object here", at)
    number, generation, start = header
    value, end = parse(buffer, start)
    if isinstance(value, dict):
        after = skip_space(buffer, end)
        if buffer[after : after + 6] == b"stream":
            value = _stream(buffer, value, after + 6, length_of, end_of)
            end = value.end
    return Located(number, generation, value, at, end)


def _stream(buffer: bytes, dictionary: dict[str, Any], at: int, length_of: Any, end_of: Any) -> Stream:
    start = at + 2 if buffer[at : at + 2] == b"\r\n" else at + 1 if buffer[at : at + 1] in (b"\n", b"\r") else at
    length = dictionary.get("Length")
    if isinstance(length, Ref) and length_of is not None:
        length = length_of(length)
    if isinstance(length, int) and 0 <= length <= len(buffer) - start and _ENDSTREAM.match(buffer, start + length):
        return Stream(dictionary, start, start + length, True)
    end = buffer.find(b"endstream", start) if end_of is None else end_of(start)
    if end < 0:
        raise PdfError("a stream has no end", start)
    return Stream(dictionary, start, end, False)


class _Parser:
    def __init__(self, buffer: bytes) -> None:
        self.buffer, self.nodes = buffer, 0

    def value(self, at: int, depth: int) -> tuple[Any, int]:
        buffer = self.buffer
        at = skip_space(buffer, at)
        self.nodes += 1
        if self.nodes > MAX_NODES or depth > MAX_DEPTH:
            raise PdfTooLarge("an object is too large or too deeply nested", at)
        first = buffer[at : at + 1]
        if first == b"/":
            return self.name(at)
        if first == b"<":
            return self.dictionary(at + 2, depth) if buffer[at + 1 : at + 2] == b"<" else self.hexadecimal(at)
        if first == b"[":
            return self.array(at + 1, depth)
        if first == b"(":
            return self.literal(at + 1)
        if first.isdigit():
            found = _REFERENCE.match(buffer, at)
            if found:
                return Ref(int(found[1]), int(found[2])), found.end()
        found = _NUMBER.match(buffer, at)
        if found:
            text = found[0].lstrip(b"+-")
            sign = -1 if found[0].startswith(b"-") else 1
            return sign * (float(text) if b"." in text else int(text)), found.end()
        found = _WORD.match(buffer, at)
        if found:
            word = found[0].decode("latin-1")
            if word in _CLOSERS:
                return _CLOSERS[word], found.end()
        raise PdfError("no PDF object here", at)

    def name(self, at: int) -> tuple[Name, int]:
        found = _NAME.match(self.buffer, at)
        assert found is not None  # the slash is there
        text = found[1]
        if b"#" in text:
            text = _ESCAPED.sub(lambda m: bytes([int(m[1], 16)]), text)
        return Name(text.decode("latin-1")), found.end()

    def hexadecimal(self, at: int) -> tuple[bytes, int]:
        found = _HEX.match(self.buffer, at)
        if found is None:
            raise PdfError("a hexadecimal string has no end", at)
        digits = found[1].translate(None, b"\x00\t\n\x0c\r ")
        return bytes.fromhex((digits + b"0" * (len(digits) % 2)).decode("ascii")), found.end()

    def literal(self, at: int) -> tuple[bytes, int]:
        buffer, depth, out, start = self.buffer, 1, bytearray(), at
        for found in _IN_STRING.finditer(buffer, at):
            here = found.start()
            if here < start:
                continue  # already taken as what a backslash escapes
            out += buffer[start:here]
            start = here + 1
            sign = buffer[here]
            if sign == 0x28:
                depth += 1
                out.append(sign)
            elif sign == 0x29:
                depth -= 1
                if not depth:
                    return bytes(out), here + 1
                out.append(sign)
            else:
                start = self._escape(here + 1, out)
        raise PdfError("a string has no end", at)

    def _escape(self, at: int, out: bytearray) -> int:
        """What follows a backslash; where the string goes on."""
        following = self.buffer[at : at + 3]
        if not following:
            return at
        if following[0] in _ESCAPES:
            out.append(_ESCAPES[following[0]])
            return at + 1
        if 0x30 <= following[0] <= 0x37:
            digits = re.match(rb"[0-7]{1,3}", following)
            assert digits is not None
            out.append(int(digits[0], 8) & 255)
            return at + len(digits[0])
        if following[:2] == b"\r\n":
            return at + 2
        if following[0] not in (10, 13):
            out.append(following[0])
        return at + 1

    def array(self, at: int, depth: int) -> tuple[list[Any], int]:
        out: list[Any] = []
        while True:
            at = skip_space(self.buffer, at)
            if self.buffer[at : at + 1] == b"]":
                return out, at + 1
            value, at = self.value(at, depth + 1)
            out.append(value)

    def dictionary(self, at: int, depth: int) -> tuple[dict[str, Any], int]:
        out: dict[str, Any] = {}
        while True:
            at = skip_space(self.buffer, at)
            if self.buffer[at : at + 2] == b">>":
                return out, at + 2
            if self.buffer[at : at + 1] != b"/":
                raise PdfError("a dictionary's key is no name", at)
            key, at = self.name(at)
            value, at = self.value(at, depth + 1)
            out[str(key)] = value


def text_of(value: Any) -> str:
    """A text string (7.9.2.2) as it reads: UTF-16 or UTF-8 by its mark, else PDFDocEncoding, near enough Latin-1."""
    if not isinstance(value, bytes):
        return ""
    if value.startswith((b"\xfe\xff", b"\xff\xfe")):
        return value.decode("utf-16", "replace")
    if value.startswith(b"\xef\xbb\xbf"):
        return value[3:].decode("utf-8", "replace")
    return value.decode("latin-1")
