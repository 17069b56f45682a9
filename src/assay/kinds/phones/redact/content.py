"""One file without the people in it: a text line by line, a property list value by value; what cannot be read is left out.

A text may be of any length and its lines too: it is taken in pieces that end where a line ends, or where a word does. Property lists
are read whole within a bound, so that a number under its name on another line is found. Databases, pictures and whatever else is no
text are left out and said to be: what is inside them nobody has looked at.
"""

from __future__ import annotations

import plistlib
import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any, NamedTuple, Protocol

from assay.kinds.phones.redact.identifiers import Redactor

PIECE = 1 << 20
MOST_PLIST = 32 << 20
MOST_DEPTH = 64
_SNIFF = 8192
_TOKEN = re.compile(rb"[A-Za-z0-9@._+%'\x80-\xff-]{1,4096}$")
_BINARY = {
    b"SQLite format 3\0": "a database", b"\x1f\x8b": "compressed", b"PK\x03\x04": "an archive", b"\x89PNG": "a picture",
    b"\xff\xd8\xff": "a picture", b"BZh": "compressed", b"\xfd7zXZ": "compressed", b"\x28\xb5\x2f\xfd": "compressed",
}  # fmt: skip
_DIGESTS = re.compile(
    r"hash|digest|sha\d|token|record|validation|identity|secret|key$|password|cookie|credential", re.IGNORECASE
)
_SERIALS = re.compile(r"serial|udid|imei|meid|iccid|imsi|ecid|uniquedeviceid|dsid|airdropid", re.IGNORECASE)
_NUMBERS = re.compile(r"phone|msisdn|caller|number$|handle|recipient|destination", re.IGNORECASE)


class Readable(Protocol):
    def read(self, size: int, /) -> bytes: ...


class Writable(Protocol):
    def write(self, data: bytes, /) -> object: ...


class LeftOut(Exception):
    """The file cannot be looked through; `args` says what it is."""


class Form(NamedTuple):
    """`text` (with its encoding), or `plist`."""

    name: str
    encoding: str = "utf-8"


def form_of(head: bytes) -> Form:
    """What a file is by its beginning. Raises `LeftOut` for what is no text."""
    if head.startswith(b"bplist0") or (head.lstrip()[:5] == b"<?xml" and b"<plist" in head[:2048]):
        return Form("plist")
    for magic, name in _BINARY.items():
        if head.startswith(magic):
            raise LeftOut(name)
    if head[257:262] == b"ustar":
        raise LeftOut("an archive")
    for mark, encoding in ((b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be")):
        if head.startswith(mark):
            return Form("text", encoding)
    if not _is_text(head):
        raise LeftOut("no text")
    return Form("text")


def redact(file: Readable, out: Writable, redactor: Redactor) -> None:
    """Reads all of `file` and writes it to `out` without the people in it. Raises `LeftOut`; then nothing of use was written."""
    head = file.read(_SNIFF)
    form = form_of(head)
    if form.name == "plist":
        whole = head + file.read(MOST_PLIST + 1 - len(head))
        if len(whole) > MOST_PLIST:
            raise LeftOut("a property list larger than is looked at")
        out.write(plist(whole, redactor))
        return
    if form.encoding == "utf-8":
        for piece in _pieces(head, file):
            if not _is_text(piece):
                raise LeftOut("no text")
            out.write(redactor.lines(piece))
        return
    whole = head + file.read(MOST_PLIST + 1 - len(head))
    if len(whole) > MOST_PLIST:
        raise LeftOut("a text in UTF-16 larger than is looked at")
    told = redactor.lines(whole.decode(form.encoding, "replace").encode())
    out.write(told.decode("utf-8", "replace").encode(form.encoding))


def plist(content: bytes, redactor: Redactor) -> bytes:
    """A property list in the form it came in. Raises `LeftOut` for one that cannot be read, or is nested too deeply."""
    binary = content.startswith(b"bplist0")
    try:
        found = plistlib.loads(content)
        told = _walk(found, "", redactor, 0)
        return plistlib.dumps(told, fmt=plistlib.FMT_BINARY if binary else plistlib.FMT_XML, sort_keys=False)
    except LeftOut:
        raise
    except Exception as error:  # plistlib raises a dozen kinds for what is broken
        raise LeftOut(f"a property list that cannot be read ({type(error).__name__})") from None


def _walk(value: Any, name: str, redactor: Redactor, depth: int) -> Any:
    if depth > MOST_DEPTH:
        raise LeftOut("a property list nested too deeply")
    if isinstance(value, dict):
        return {redactor.value("", str(k)): _walk(v, str(k), redactor, depth + 1) for k, v in value.items()}
    if isinstance(value, list):
        return [_walk(v, name, redactor, depth + 1) for v in value]
    if isinstance(value, bytes):
        return _data(value, name, redactor, depth)
    if isinstance(value, str):
        if _SERIALS.search(name):
            return redactor.drop("serial", value.encode("utf-8", "replace")).decode() if value else value
        if _DIGESTS.search(name) and len(value) >= 5:
            return redactor.drop("contact-digest", value.encode("utf-8", "replace")).decode()
        return redactor.value(name, value)
    if (
        isinstance(value, int)
        and not isinstance(value, bool)
        and (_NUMBERS.search(name) or _SERIALS.search(name))
        and value > 99_999
    ):
        return redactor.drop("serial" if _SERIALS.search(name) else "phone", str(value).encode()).decode()
    return value if isinstance(value, (int, float, bool, datetime, plistlib.UID)) or value is None else str(value)


def _data(value: bytes, name: str, redactor: Redactor, depth: int) -> bytes:
    """Bytes within a property list: another one, a text, a digest; anything else nobody has looked at, so it goes."""
    if value.startswith(b"bplist0") and depth < MOST_DEPTH // 2:
        try:
            return plist(value, redactor)
        except LeftOut:
            return b"[left out]"
    if not value:
        return value
    if _DIGESTS.search(name) or _SERIALS.search(name) or len(value) in (16, 20, 32, 64):
        return redactor.drop("contact-digest" if _DIGESTS.search(name) else "token", value)
    if b"\0" not in value and _controls(value) == 0 and _utf8(value):
        return redactor.lines(value)
    return b"[left out]"


def _pieces(head: bytes, file: Readable) -> Iterator[bytes]:
    """A text in pieces that end with a line, or, in a line longer than two pieces, before a word."""
    held = head
    while more := file.read(PIECE):
        held += more
        cut = held.rfind(b"\n") + 1
        if not cut and len(held) > 2 * PIECE:
            found = _TOKEN.search(held[-4096:])
            cut = len(held) - (len(found[0]) if found and len(found[0]) < 4096 else 0)
            cut = held.rfind(b" ", 0, cut) + 1 or cut  # a number may have spaces: the word before stays with it
        if cut:
            yield held[:cut]
            held = held[cut:]
    if held:
        yield held


def _is_text(piece: bytes) -> bool:
    """A dump may hold a stray NUL and still be one."""
    return piece.count(b"\0") <= len(piece) // 200 and _controls(piece) <= len(piece) // 20


def _controls(text: bytes) -> int:
    return sum(text.count(c) for c in range(1, 32) if c not in (9, 10, 11, 12, 13, 27))


def _utf8(value: bytes) -> bool:
    try:
        value.decode()
    except UnicodeDecodeError:
        return False
    return True


__all__ = ["LeftOut", "Readable", "Writable", "form_of", "plist", "redact"]
