"""A script with its disguises undone, as far as that can be done without running it: letters joined from pieces and numbers,
strings turned round, ticks and carets that mean nothing, variables of batch files, commands in base64, packed or not.

Each step is a rewriting of text that keeps its meaning or names one string; there are at most four layers of them, and all of it
is bounded in length.
"""

from __future__ import annotations

import base64
import binascii
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from assay.formats.filetype import FileType, binary_type

MOST_TEXT = 2 << 20  # characters of a script that are looked at
MOST_LAYERS, DEPTH = 24, 4
_LEAST_BASE64 = 24  # characters from which a run of base64 is worth decoding
HOSTED = ("powershell", "vbscript", "vba", "wsf", "hta", "batch", "settingcontent", "url")


@dataclass(frozen=True)
class Layer:
    """`how` it was undone: "encoded command", "base64", "joined", …; `at`: where it stood in the text above it."""

    how: str
    text: str
    at: int = 0


class Carried(NamedTuple):
    """A file that stood in a text: what it is, at which character it began, and its bytes."""

    what: FileType
    at: int
    content: bytes


@dataclass
class Script:
    """`text` as it stands; `layers` what was found under it; `carried`: programs, archives and the like that stood in it as text;
    `packed`: it is encoded by Microsoft's script encoder, which is not undone here."""

    language: str
    text: str
    layers: list[Layer] = field(default_factory=list)
    carried: list[Carried] = field(default_factory=list)
    packed: bool = False

    @property
    def everything(self) -> str:
        return "\n".join([self.text, *(layer.text for layer in self.layers)])

    @property
    def beneath(self) -> str:
        """What could not be read before."""
        return "\n".join(layer.text for layer in self.layers)


def read_script(content: bytes, language: str) -> Script:
    """`content` is UTF-8 or Latin-1. Never raises."""
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        text = content.decode("latin-1")
    script = Script(language, text[:MOST_TEXT])
    script.packed = "#@~^" in script.text
    waiting = [(script.text, 0)]
    while waiting and len(script.layers) < MOST_LAYERS:
        current, depth = waiting.pop(0)
        if depth >= DEPTH:
            continue
        for layer in _beneath(current, script):
            if (
                len(layer.text) > 3
                and layer.text != current
                and all(layer.text != known.text for known in script.layers)
            ):
                script.layers.append(layer)
                waiting.append((layer.text, depth + 1))
    return script


def _beneath(text: str, script: Script) -> Iterator[Layer]:
    """What lies right under a text."""
    joined = _joined(text, script.language)
    if joined != text:
        yield Layer("joined", joined)
    for match in _some(_COMMAND, joined):
        decoded = _base64(match[1])
        if decoded is not None:
            plain = decoded.decode("utf-16-le", "replace") if decoded[1:2] == b"\0" else _text(decoded)
            if plain:
                yield Layer("encoded command", plain, match.start())
    for match in _some(_LITERAL, joined):
        yield from _literal(match[1], match.start(), script)
    for match in _some(_HEX, joined):
        _carry(bytes.fromhex(match[1][: len(match[1]) & ~1]), match.start(), script)
    for match in _some(_NUMBERS, joined):
        _carry(bytes(int(number) & 0xFF for number in match[1].split(",")), match.start(), script)


# -- joining what was cut into pieces ---------------------------------------------------------------------------------

_COMMAND = re.compile(
    r"(?i)(?:^|[\s\"'(,/;|&])[-/–]e(?:nc?|nco|ncod|ncode|ncoded|ncodedc\w*|c)?\s+[\"']?([A-Za-z0-9+/=]{16,})"
)
_LITERAL = re.compile(rf"[\"'`]([A-Za-z0-9+/]{{{_LEAST_BASE64},}}={{0,2}})(?:[\"'`]|\Z)")
_NUMBERS = re.compile(r"\[\s*((?:\d{1,3}\s*,\s*){64,}\d{1,3})\s*,?\s*\]")
_HEX = re.compile(r"[\"']((?:[0-9A-Fa-f]{2}){64,})[\"']")
_CHARS_VB = re.compile(r"(?i)\bchrw?\$?\(\s*(?:&h([0-9a-f]{1,4})|(\d{1,5}))\s*\)")
_CHARS_PS = re.compile(r"(?i)\[char\]\s*\(?\s*(?:0x([0-9a-f]{1,4})|(\d{1,5}))\s*\)?")
_CHARS_JS = re.compile(
    r"String\.fromCharCode\(\s*((?:0x[0-9a-fA-F]+|\d+)(?:\s*,\s*(?:0x[0-9a-fA-F]+|\d+)){0,4000})\s*\)"
)
_ESCAPE = re.compile(r"\\x([0-9a-fA-F]{2})|\\u00([0-9a-fA-F]{2})")
_PERCENT = re.compile(r"(?i)\bunescape\(\s*([\"'])((?:%u?[0-9a-f]{2,4}|[^\"'%]){4,40000})\1\s*\)")
_JOINTS = re.compile(r"([\"'])[ \t]{0,20}(?:[+&]|_[ \t]*\r?\n[ \t]*&|[+&][ \t]*_?[ \t]*\r?\n)[ \t]{0,20}\1")
_REVERSED = re.compile(
    r"(?i)\bstrreverse\(\s*\"([^\"]{3,20000})\"\s*\)|([\"'])((?:(?!\2).){3,20000})\2\.split\(([\"'])\4\)\.reverse\(\)\.join\([\"']{2}\)"
)
_BACKWARDS = re.compile(r"(?i)([\"'])((?:(?!\1).){3,20000})\1\s*\[\s*-\s*1\s*\.\.\s*-\s*(?:\d+|\(?[^\]]{1,40})\]")
_FORMAT = re.compile(
    r"\(\s*([\"'])((?:\{\d{1,3}\}){2,200})\1\s*-f\s*((?:[\"'][^\"']{0,2000}[\"']\s*,\s*){1,200}[\"'][^\"']{0,2000}[\"'])\s*\)"
)
_QUOTED = re.compile(r"[\"']([^\"']{0,2000})[\"']")
_REPLACED = re.compile(
    r"(?i)([\"'])([^\"']{4,40000})\1\s*(?:\.replace\(|-c?replace\s*\(?)\s*([\"'])([^\"']{1,40})\3\s*,\s*([\"'])([^\"']{0,40})\5\s*\)?"
)
_REPLACED_VB = re.compile(
    r"(?i)\breplace\(\s*\"([^\"]{4,40000})\"\s*,\s*\"([^\"]{1,40})\"\s*,\s*\"([^\"]{0,40})\"\s*\)"
)
_TICKS = re.compile(r"(?<=[A-Za-z.\-])`(?=[A-Za-z\-])")


def _joined(text: str, language: str) -> str:
    """The text with its pieces put together, by rewritings that only meet in scripts; repeated while they change something."""
    for _ in range(4):
        before = text
        text = _REVERSED.sub(lambda m: _quote((m[1] or m[3])[::-1]), text)
        text = _BACKWARDS.sub(lambda m: _quote(m[2][::-1]), text)
        if language in ("vbscript", "vba", "hta", "wsf", "asp"):
            text = _CHARS_VB.sub(lambda m: _letter(m[1], m[2]), text)
            text = _REPLACED_VB.sub(lambda m: _quote(m[1].replace(m[2], m[3])), text)
        if language in ("powershell", "batch", "vba", "hta", "vbscript", "shortcut"):
            text = _TICKS.sub("", _CHARS_PS.sub(lambda m: _letter(m[1], m[2]), text))
            text = _FORMAT.sub(_formatted, text)
        if language in ("javascript", "hta", "wsf", "html", "svg"):
            text = _CHARS_JS.sub(
                lambda m: _quote("".join(chr(int(n, 0) & 0xFFFF) for n in m[1].replace(" ", "").split(","))), text
            )
            text = _PERCENT.sub(_unescaped, text)
        if language in ("javascript", "hta", "wsf", "php", "html", "svg"):
            text = _ESCAPE.sub(lambda m: chr(int(m[1] or m[2], 16)), text)
        if language in ("batch", "shortcut"):
            text = _batch(text)
        text = _JOINTS.sub("", text)
        text = _REPLACED.sub(lambda m: _quote(m[2].replace(m[4], m[6])), text)
        text = text[:MOST_TEXT]
        if text == before:
            break
    return text


def _quote(text: str) -> str:
    return '"' + text.replace('"', "'") + '"'


def _letter(hexadecimal: str | None, decimal: str | None) -> str:
    code = int(hexadecimal, 16) if hexadecimal else int(decimal or "0")
    return '"' + (chr(code) if 9 <= code < 0xD800 and code != 34 else "") + '"'


def _formatted(match: re.Match[str]) -> str:
    pieces = [m[1] for m in _QUOTED.finditer(match[3])]
    order = [int(n) for n in re.findall(r"\d+", match[2])]
    return _quote("".join(pieces[n] for n in order if n < len(pieces)))


def _unescaped(match: re.Match[str]) -> str:
    return _quote(re.sub(r"(?i)%u([0-9a-f]{4})|%([0-9a-f]{2})", lambda m: chr(int(m[1] or m[2], 16)), match[2]))


_SET = re.compile(r"(?im)^[ \t@(]*set[ \t]+\"?([A-Za-z_][\w.-]{0,60})=([^\r\n\"&|]{0,4000})")
_CUT = re.compile(r"%([A-Za-z_][\w.-]{0,60}):~(-?\d{1,5})(?:,(-?\d{1,5}))?%")
_USED = re.compile(r"%([A-Za-z_][\w.-]{0,60})%")


def _batch(text: str) -> str:
    """Carets taken out, variables that were set put in; longer than a batch file may be it does not grow."""
    plain = re.sub(r"\^(?=[^\s^])", "", text)
    known = {m[1].lower(): m[2] for m in _some(_SET, plain, 500)}
    if not known:
        return plain

    def cut(match: re.Match[str]) -> str:
        value = known.get(match[1].lower())
        if value is None:
            return match[0]
        start = int(match[2])
        rest = value[start:] if start >= 0 else value[max(0, len(value) + start) :]
        return rest if match[3] is None else rest[: int(match[3])]

    def used(match: re.Match[str]) -> str:
        return known.get(match[1].lower(), match[0])

    out = _USED.sub(used, _CUT.sub(cut, plain))
    return out if len(out) <= 4 * len(plain) + 4096 else plain


# -- what stands in it encoded ----------------------------------------------------------------------------------------


def _literal(text: str, at: int, script: Script) -> Iterator[Layer]:
    data = _base64(text)
    if data is None:
        return
    unpacked = _unpacked(data)
    if _carry(unpacked, at, script):
        return
    plain = _text(unpacked)
    if plain:
        yield Layer("base64" if unpacked is data else "packed base64", plain, at)


def _base64(text: str) -> bytes | None:
    try:
        return base64.b64decode(text[: MOST_TEXT & ~3] + "=" * (-len(text) % 4), validate=False)
    except (binascii.Error, ValueError):
        return None


def _unpacked(data: bytes) -> bytes:
    """What gzip, zlib or bare deflate packed; else the bytes themselves."""
    forms: tuple[tuple[bytes, int], ...] = ((b"\x1f\x8b", 31), (b"\x78", 15), (b"", -15))
    for sign, window in forms:
        if data.startswith(sign):
            try:
                out = zlib.decompressobj(window).decompress(data, MOST_TEXT)
            except zlib.error:
                continue
            if window > 0 or (len(out) > 32 and _text(out)):
                return out
    return data


_SHELLCODE = (b"\xfc\xe8", b"\xfc\x48\x83")
_LEAST_CARRIED, MOST_CARRIED = 22, 8  # bytes of one: an empty ZIP; of them all
_WORTH = frozenset((  # types whose signs are long enough to mean something in a stretch of base64
    "pe", "elf", "macho", "msi", "dex", "lnk", "zip", "jar", "apk", "appx", "7z", "rar", "cab", "iso", "udf", "vhd", "vhdx",
    "doc", "xls", "ppt", "ole", "docx", "xlsx", "pptx", "ooxml", "odf", "rtf", "onenote",
))  # fmt: skip


def _carry(data: bytes, at: int, script: Script) -> bool:
    what = FileType("code", "program") if data.startswith(_SHELLCODE) else binary_type(data)
    if what.name not in (*_WORTH, "code") or len(data) < _LEAST_CARRIED:
        return False
    if len(script.carried) < MOST_CARRIED:
        script.carried.append(Carried(what, at, data))
    return True


def _text(data: bytes) -> str:
    """The bytes as a text that a person wrote; "" where they are none."""
    if len(data) >= 8 and data[1::2].count(0) > 0.8 * (len(data) // 2):
        text = data[: len(data) & ~1].decode("utf-16-le", "replace")
    else:
        try:
            text = data.decode("utf-8")
        except UnicodeDecodeError:
            return ""
    sample = text[:4096]
    odd = sum(not (c.isprintable() or c in "\r\n\t") for c in sample)
    return text[:MOST_TEXT] if sample and odd <= 0.02 * len(sample) else ""


def _some(pattern: re.Pattern[str], text: str, most: int = 200) -> Iterator[re.Match[str]]:
    for number, match in enumerate(pattern.finditer(text)):
        if number >= most:
            return
        yield match


__all__ = ["HOSTED", "Carried", "Layer", "Script", "read_script"]
