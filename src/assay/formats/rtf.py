"""The objects of an RTF file, decoded from the hexadecimal that they are written in whatever is strewn between (RTF 1.9.1, and how
Word's reader takes it), bounded in number and size.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

MAX_OBJECTS, MAX_DATA, MAX_TOKENS = 200, 32 << 20, 400_000
_OBJECT = re.compile(rb"\\objdata(?![a-z])", re.IGNORECASE)
_TOKEN = re.compile(
    rb"[0-9A-Fa-f\s]+|\\bin(\d{1,9}) ?|\\'[0-9A-Fa-f]{2}|\\[A-Za-z]{1,40}-?\d{0,10} ?|\\.|[{}]|[^\\{}0-9A-Fa-f\s]+",
    re.DOTALL,
)
_TEMPLATE = re.compile(rb"\{\\\*\\template\s+([^{}]{1,2000})\}", re.IGNORECASE)
_FIELD = re.compile(rb"\\fldinst([^;]{0,200}?)\b(DDE(?:AUTO)?\b[^}]{0,400})", re.IGNORECASE)
_CONTROLS = re.compile(rb"\\[a-z*]+-?\d* ?|[{}\s]", re.IGNORECASE)


@dataclass(frozen=True)
class Embedded:
    """`at`: byte of the control word; `updates`: Word is told to bring it up to date by itself; `strewn`: its hexadecimal is
    broken up by other control words, as no writer does."""

    at: int
    data: bytes
    updates: bool
    strewn: bool


@dataclass
class Rtf:
    objects: list[Embedded] = field(default_factory=list)
    template: str = ""
    dde: str = ""
    problem: str = ""


def read_rtf(content: bytes) -> Rtf:
    """Never raises."""
    found, tokens = Rtf(), [MAX_TOKENS]
    for match in _OBJECT.finditer(content):
        if len(found.objects) >= MAX_OBJECTS:
            found.problem = f"more than {MAX_OBJECTS} objects"
            break
        if tokens[0] <= 0:
            found.problem = "its objects are broken up beyond measure"
            break
        data, strewn = _decoded(content, match.end(), tokens)
        before = content[max(0, match.start() - 600) : match.start()].lower()
        group = before[before.rfind(b"\\object") :] if b"\\object" in before else before
        found.objects.append(Embedded(match.start(), data, b"\\objupdate" in group, strewn))
    if (template := _TEMPLATE.search(content)) is not None:
        found.template = template[1].decode("latin-1").strip()
    for number, match in enumerate(_FIELD.finditer(content)):
        if number >= MAX_OBJECTS:
            break
        if not _CONTROLS.sub(b"", match[1]):  # the instruction begins with it
            found.dde = " ".join(_CONTROLS.sub(b" ", match[2].replace(b"\\\\", b"/")).decode("latin-1").split())
            break
    return found


def _decoded(content: bytes, at: int, tokens: list[int]) -> tuple[bytes, bool]:
    """The bytes written from here to the end of the group, and whether anything is strewn between them. `tokens`: how many more
    may be looked at in the whole file."""
    digits, raw, depth, odd = bytearray(), bytearray(), 0, 0
    while tokens[0] > 0:
        tokens[0] -= 1
        match = _TOKEN.match(content, at)
        if match is None or len(digits) > 2 * MAX_DATA:
            break
        token, at = match[0], match.end()
        if token == b"}":
            if depth == 0:
                break
            depth -= 1
        elif token == b"{":
            depth += 1
            odd += 1
        elif match[1]:
            length = min(int(match[1]), MAX_DATA)
            raw = bytearray(bytes.fromhex(_even(digits)))
            raw += content[at : at + length]
            digits.clear()
            at += length
            odd += 1
        elif token[:1] == b"\\":
            odd += token[:2] != b"\\*"
        elif token.strip() and depth == 0:
            digits += token.translate(None, b" \t\r\n\v\f")
    return bytes(raw) + bytes.fromhex(_even(digits)), odd > 2


def _even(digits: bytearray) -> str:
    plain = bytes(c for c in digits if c in b"0123456789abcdefABCDEF") if not digits.isalnum() else bytes(digits)
    try:
        text = plain.decode("ascii")
        bytes.fromhex(text[: len(text) & ~1])
    except ValueError:
        text = re.sub(r"[^0-9A-Fa-f]", "", plain.decode("latin-1"))
    return text[: len(text) & ~1]


__all__ = ["Embedded", "Rtf", "read_rtf"]
