"""MIME (RFC 2045-2047, 2231, 5322) taken apart within bounds, never raising: header fields, leaves of the part tree, text
whatever its declared character set.

Written here since the standard library's parser recurses with the depth of the parts and looks at every line once for each
level; this one cuts at boundaries, at most `DEPTH` levels and `LEAVES` leaves, in time linear in the size.
"""

from __future__ import annotations

import binascii
import codecs
import quopri
import re
from dataclasses import dataclass, field
from typing import NamedTuple
from urllib.parse import unquote_to_bytes

MAX_RAW = 48 << 20  # bytes of an e-mail that are looked at
HEAD = 256 << 10  # bytes of one header
FIELDS = 500
VALUE = 16_384  # characters of one field
DEPTH = 12
LEAVES = 200


class Field(NamedTuple):
    """A header field: name in lower case, value unfolded, neither decoded nor stripped of comments."""

    name: str
    value: str


class Header(tuple[Field, ...]):
    """Fields in the order they stand (topmost first: the last server to touch the e-mail wrote it)."""

    def all(self, name: str) -> list[str]:
        return [f.value for f in self if f.name == name]

    def first(self, name: str) -> str:
        return next((f.value for f in self if f.name == name), "")


@dataclass(frozen=True)
class Leaf:
    """A part that holds no parts: `media` lower case, `name` the file name ("" for none), decoded `content`."""

    media: str
    name: str
    content: bytes
    charset: str = ""
    attached: bool = False  # said to be an attachment, or has a name
    inline: bool = False  # has a Content-ID: shown within the page

    @property
    def text(self) -> str:
        return to_text(self.content, self.charset)


@dataclass
class Mail:
    """A whole e-mail. `problems`: what was out of bounds or malformed, as short words."""

    header: Header
    leaves: list[Leaf] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


def read_mail(raw: bytes) -> Mail:
    """An e-mail taken apart; of garbage, whatever can be had."""
    problems: list[str] = []
    if len(raw) > MAX_RAW:
        raw = raw[:MAX_RAW]
        problems.append("size")
    if raw.startswith(b"From "):  # an mbox line
        raw = raw.partition(b"\n")[2]
    header, body = split(raw)
    mail = Mail(header, problems=problems)
    stack: list[tuple[Header, bytes, int, str]] = [(header, body, 0, "text/plain")]
    while stack:
        head, content, depth, otherwise = stack.pop()
        media, parameters = content_type(head.first("content-type") or otherwise)
        if media.startswith("multipart/") and parameters.get("boundary"):
            if depth >= DEPTH:
                problems.append("depth")
                continue
            inner = "message/rfc822" if media == "multipart/digest" else "text/plain"
            pieces = cut(content, parameters["boundary"], LEAVES)
            stack += [(*split(piece), depth + 1, inner) for piece in reversed(pieces)]
            continue
        if len(mail.leaves) >= LEAVES:
            problems.append("parts")
            break
        mail.leaves.append(_leaf(head, content, media, parameters))
    mail.problems = list(dict.fromkeys(problems))
    return mail


_BLANK_LINE = re.compile(rb"\r?\n\r?\n|\A\r?\n")
_FIELD = re.compile(r"([!-9;-~]{1,128})[ \t]*:(.*)", re.DOTALL)


def split(raw: bytes) -> tuple[Header, bytes]:
    """Header and body."""
    blank = _BLANK_LINE.search(raw, 0, HEAD)
    if blank is None:
        head, body = (raw[:HEAD], b"") if _looks_like_header(raw) else (b"", raw)
    else:
        head, body = raw[: blank.start()], raw[blank.end() :]
        if head and not _looks_like_header(head):
            return Header(), raw
    lines: list[list[str]] = []
    for line in head.split(b"\n", 20_000)[:20_000]:
        text = _eight_bit(line.rstrip(b"\r"))
        if text[:1] in (" ", "\t") and lines:
            if sum(map(len, lines[-1])) < VALUE:
                lines[-1].append(text)
        elif text:
            lines.append([text])
    fields = []
    for pieces in lines[:FIELDS]:
        match = _FIELD.match("".join(pieces)[: VALUE + 200])
        if match:
            fields.append(Field(match[1].lower(), match[2].strip()[:VALUE]))
    return Header(fields), body


def _looks_like_header(raw: bytes) -> bool:
    line = raw[:2000].split(b"\n", 1)[0]
    return re.match(rb"[!-9;-~]{1,128}[ \t]*:", line) is not None


def _eight_bit(line: bytes) -> str:
    """Header bytes beyond ASCII are UTF-8 (RFC 6532) or, from careless senders, the Windows character set."""
    try:
        return line.decode("utf-8")
    except UnicodeDecodeError:
        return line.decode("cp1252", "replace")


def cut(body: bytes, boundary: str, most: int) -> list[bytes]:
    """The pieces between boundary lines, at most `most`; a missing last boundary ends with the body."""
    mark = re.compile(rb"(?:\A|\r?\n)--" + re.escape(boundary.encode("utf-8", "replace")) + rb"(--)?[ \t]*(?=\r?\n|\Z)")
    pieces: list[bytes] = []
    start: int | None = None
    for match in mark.finditer(body):
        if start is not None:
            pieces.append(_after_newline(body, start, match.start()))
        if match[1] or len(pieces) >= most:
            return pieces
        start = match.end()
    if start is not None and len(pieces) < most:
        pieces.append(_after_newline(body, start, len(body)))
    return pieces


def _after_newline(body: bytes, start: int, end: int) -> bytes:
    start += 2 if body[start : start + 2] == b"\r\n" else 1
    return body[start : max(start, end)]


_PARAMETER = re.compile(
    r""";\s{0,100}([!#$&+\-.\w]{1,64})(\*\d{1,2})?(\*)?\s{0,10}=\s{0,10}(?:"((?:[^"\\]|\\.){0,2000})"|([^\s;"]{0,2000}))"""
)


def content_type(value: str) -> tuple[str, dict[str, str]]:
    """The media type in lower case and its parameters, continuations and encoded values (RFC 2231) undone.

    >>> content_type('TEXT/Html; charset="utf-8"; name*0*=utf-8\\'\\'a%20; name*1="b.htm"')
    ('text/html', {'charset': 'utf-8', 'name': 'a b.htm'})
    """
    media = value.split(";", 1)[0].strip().lower()[:127]
    media = re.sub(r"\s.*", "", media, flags=re.DOTALL)
    if "/" not in media:
        media = "text/plain" if not media or media == "text" else "application/octet-stream"
    return media, _parameters(value[:VALUE])


def _parameters(value: str) -> dict[str, str]:
    pieces: dict[str, list[tuple[int, bool, str]]] = {}
    for match in _PARAMETER.finditer(value):
        plain = re.sub(r"\\(.)", r"\1", match[4]) if match[4] is not None else match[5]
        number = int(match[2][1:]) if match[2] else 0
        if len(pieces) < 64:
            pieces.setdefault(match[1].lower(), []).append((number, bool(match[3]), plain))
    out = {}
    for name, found in pieces.items():
        found.sort(key=lambda piece: piece[0])
        charset, text = "utf-8", b""
        for number, coded, plain in found:
            if coded:
                if number == 0 and plain.count("'") >= 2:
                    charset, _, plain = plain.split("'", 2)
                text += unquote_to_bytes(plain)
            else:
                text += plain.encode("utf-8", "replace")
        out[name] = to_text(text, charset)
    return out


_DISPOSITION_ONLY = ("application/pkcs7-signature", "application/x-pkcs7-signature", "application/pgp-signature", "application/pgp-encrypted")  # fmt: skip


def _leaf(head: Header, content: bytes, media: str, parameters: dict[str, str]) -> Leaf:
    disposition = head.first("content-disposition")
    how = disposition.split(";", 1)[0].strip().lower()
    name = _parameters(disposition).get("filename") or parameters.get("name", "")
    name = decode_words(name).replace("\x00", "")
    coding = head.first("content-transfer-encoding").strip().lower()
    attached = media not in _DISPOSITION_ONLY and (how == "attachment" or bool(name) or not media.startswith("text/"))
    return Leaf(
        media,
        name[-255:],
        decode_body(content, coding),
        parameters.get("charset", ""),
        attached,
        inline=bool(head.first("content-id")) and how != "attachment",
    )


_NOT_BASE64 = re.compile(rb"[^A-Za-z0-9+/]+")


def decode_body(content: bytes, coding: str) -> bytes:
    """The content transfer encoding undone; what is malformed is passed over."""
    if coding == "base64":
        plain = _NOT_BASE64.sub(b"", content)
        return binascii.a2b_base64(plain[: len(plain) - len(plain) % 4] + _padded(plain[len(plain) - len(plain) % 4 :]))
    if coding == "quoted-printable":
        return quopri.decodestring(content)
    return content


def _padded(rest: bytes) -> bytes:
    return rest + b"=" * (4 - len(rest)) if len(rest) >= 2 else b""


# Codecs that are no character sets, or that nobody shows text in.
_REFUSED = frozenset(
    ("unicode_escape", "raw_unicode_escape", "idna", "punycode", "utf-7", "utf_7", "mbcs", "oem", "undefined")
)


def to_text(content: bytes, charset: str) -> str:
    """Bytes as text: by a mark at the start, the declared set where it fits, UTF-8 where that fits, else the declared set
    with replacements. NULs go.

    >>> to_text(b"caf\\xe9", "us-ascii"), to_text("支付宝".encode("gb18030"), "gb2312"), to_text(b"\\xff\\xfea\\0", "")
    ('café', '支付宝', 'a')
    """
    for mark, name in (
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF16_LE, "utf-16-le"),
        (codecs.BOM_UTF16_BE, "utf-16-be"),
    ):
        if content.startswith(mark):
            return content[len(mark) :].decode(name, "replace").replace("\x00", "")
    declared = _codec(charset)
    for name in (declared, "utf-8"):
        if name:
            try:
                return content.decode(name).replace("\x00", "")
            except (UnicodeDecodeError, ValueError):
                continue
    fallback = declared if declared not in ("", "ascii", "utf-8") else "cp1252"
    return content.decode(fallback, "replace").replace("\x00", "")


_WIDER = {
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "iso8859-1": "cp1252",
    "shift_jis": "cp932",
    "euc_kr": "cp949",
    "big5": "big5hkscs",
}


def _codec(charset: str) -> str:
    try:
        found = codecs.lookup(charset.strip().strip("'\"")[:40]) if charset else None
    except (LookupError, ValueError, UnicodeError):
        return ""
    if found is None or not getattr(found, "_is_text_encoding", True) or found.name in _REFUSED:
        return ""
    return _WIDER.get(found.name, found.name)


_WORD = re.compile(r"=\?([\w.:-]{1,40})(?:\*[\w-]{0,10})?\?([bBqQ])\?([^?\s]{0,2000})\?=")
_BETWEEN = re.compile(r"(\?=)\s+(?==\?[\w.:-]{1,40}(?:\*[\w-]{0,10})?\?[bBqQ]\?)")


def decode_words(value: str) -> str:
    """A field's value with its encoded words (RFC 2047) decoded; control characters go.

    >>> decode_words("=?utf-8?B?UGF5?= =?utf-8?Q?Pal_AG?= <a@b.example>")
    'PayPal AG <a@b.example>'
    """
    value = value[:VALUE]
    if "=?" in value:
        value = _WORD.sub(_word, _BETWEEN.sub(r"\1", value))
    return _CONTROL.sub("", value)


_CONTROL = re.compile("[\x00-\x08\x0a-\x1f\x7f]")


def _word(match: re.Match[str]) -> str:
    text = match[3].encode("ascii", "replace")
    if match[2] in "bB":
        return to_text(decode_body(text, "base64"), match[1])
    return to_text(quopri.decodestring(text.replace(b"_", b" "), header=False), match[1])
