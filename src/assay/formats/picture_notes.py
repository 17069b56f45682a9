"""What a picture file carries beside its pixels: text chunks, comments, EXIF and XMP, out of JPEG, PNG, WebP, GIF, TIFF, AVIF
and HEIC. Containers are walked by their lengths, bounded in number and size, and nothing is decoded."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field

from assay.formats.jpeg import Jpeg, read_jpeg

MAX_TEXT = 1 << 20
MAX_CHUNKS = 100_000
MAX_PACKETS = 4
_PNG = b"\x89PNG\r\n\x1a\n"
_XMP = b"http://ns.adobe.com/xap/1.0/\0"
_HEIF = {b"avif": "image/avif", b"avis": "image/avif"} | dict.fromkeys(
    (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"), "image/heic"
)


def picture_media(head: bytes) -> str:
    """The media type of a picture by its first bytes; "" for anything else. A name proves nothing.

    >>> picture_media(bytes.fromhex("ffd8ffe0"))
    'image/jpeg'
    """
    if head.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if head.startswith(_PNG):
        return "image/png"
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "image/webp"
    if head[:6] in (b"GIF87a", b"GIF89a"):
        return "image/gif"
    if head[:4] in (b"II*\x00", b"MM\x00*"):
        return "image/tiff"
    if head[4:8] == b"ftyp":
        brands = [head[8:12], *(head[at : at + 4] for at in range(16, min(64, len(head)), 4))]
        return next((_HEIF[brand] for brand in brands if brand in _HEIF and brand != b"mif1"), _HEIF.get(brands[0], ""))
    # A bitmap's header says how long itself is.
    return "image/bmp" if head.startswith(b"BM") and head[14:18] in _BITMAPS and len(head) > 54 else ""


_BITMAPS = tuple(struct.pack("<I", n) for n in (12, 16, 40, 52, 56, 64, 108, 124))


@dataclass
class Notes:
    """`texts` key of a chunk or comment -> its text; `exif` a TIFF structure; `xmp` packets; `size` (width, height) as the
    container says, (0, 0) where it was not read."""

    texts: dict[str, str] = field(default_factory=dict)
    exif: bytes = b""
    xmp: list[bytes] = field(default_factory=list)
    size: tuple[int, int] = (0, 0)
    jpeg: Jpeg | None = None


def read_notes(content: bytes) -> Notes:
    """Never raises: what cannot be read is left out."""
    media, notes = picture_media(content[:1024]), Notes()
    try:
        if media == "image/jpeg":
            _jpeg(content, notes)
        elif media == "image/png":
            _png(content, notes)
        elif media == "image/webp":
            _webp(content, notes)
        elif media == "image/gif":
            _gif(content, notes)
        elif media == "image/tiff":
            notes.exif = content
        elif media in ("image/avif", "image/heic"):
            _heif(content, notes)
    except (struct.error, IndexError):
        pass
    if not notes.xmp and media in ("image/webp", "image/gif", "image/tiff", "image/avif", "image/heic"):
        at = content.find(b"<x:xmpmeta")
        notes.xmp = [content[at : at + MAX_TEXT]] if at >= 0 else []
    del notes.xmp[MAX_PACKETS:]
    return notes


def _jpeg(content: bytes, notes: Notes) -> None:
    jpeg = notes.jpeg = read_jpeg(content)
    notes.size = jpeg.width, jpeg.height
    for comment in (s.payload for s in jpeg.segments if s.marker == 0xFE):
        notes.texts.setdefault("comment", comment[:MAX_TEXT].decode("utf-8", "replace"))
    notes.xmp = jpeg.application(0xE1, _XMP)
    notes.exif = next(iter(jpeg.application(0xE1, b"Exif\0\0")), b"")
    for payload in jpeg.application(0xED, b"Photoshop 3.0\0")[:8]:
        for key, value in _iptc(payload):
            notes.texts.setdefault(key, value)


def _iptc(resources: bytes) -> Iterator[tuple[str, str]]:
    """The datasets of IPTC-IIM that name a program or a source, out of Photoshop's image resources."""
    names = {65: "Generator", 110: "Credit", 115: "Source", 80: "Author"}
    at = resources.find(b"8BIM\x04\x04")
    if at < 0:
        return
    at += 6
    at += (resources[at] + 2) & ~1  # a Pascal string, padded
    (length,) = struct.unpack_from(">I", resources, at)
    block, at = resources[at + 4 : at + 4 + length], 0
    for _ in range(200):
        if at + 5 > len(block) or block[at] != 0x1C:
            return
        record, number, size = block[at + 1], block[at + 2], int.from_bytes(block[at + 3 : at + 5], "big")
        if record == 2 and number in names:
            yield names[number], block[at + 5 : at + 5 + min(size, 400)].decode("utf-8", "replace")
        at += 5 + size


def png_chunks(content: bytes) -> Iterator[tuple[bytes, int, int]]:
    """(kind, offset of its body, length) of every chunk of a PNG up to IEND; a last one may run over the end."""
    at = 8
    for _ in range(MAX_CHUNKS):
        length, kind = int.from_bytes(content[at : at + 4], "big"), content[at + 4 : at + 8]
        if len(kind) < 4 or kind == b"IEND":
            return
        yield kind, at + 8, length
        at += 12 + length


def _png(content: bytes, notes: Notes) -> None:
    for kind, at, length in png_chunks(content):
        if kind == b"IHDR":
            notes.size = struct.unpack_from(">II", content, at)
        elif kind == b"eXIf":
            notes.exif = content[at : at + min(length, MAX_TEXT)]
        elif kind in (b"tEXt", b"zTXt", b"iTXt"):
            keyword, _, rest = content[at : at + min(length, MAX_TEXT)].partition(b"\0")
            _png_text(notes, kind, keyword[:79].decode("latin-1"), rest)


def _png_text(notes: Notes, kind: bytes, name: str, rest: bytes) -> None:
    if kind == b"zTXt":
        rest = _inflate(rest[1:])
    elif kind == b"iTXt" and len(rest) > 2:
        text = rest[2:].split(b"\0", 2)[-1]
        rest = _inflate(text) if rest[0] else text
    if "xmp" in name.lower():
        notes.xmp.append(rest)
    elif name.lower().startswith("raw profile type") and not notes.exif:
        # ImageMagick writes EXIF as hexadecimal text: a line break, its name, its length, the digits.
        lines = rest.decode("latin-1").split("\n", 3)
        digits = "".join(lines[3].split()) if len(lines) > 3 else ""
        profile = bytes.fromhex(digits) if len(digits) % 2 == 0 and digits.isalnum() and _hexadecimal(digits) else b""
        notes.exif = profile.removeprefix(b"Exif\0\0") if profile.startswith(b"Exif\0\0") else b""
    else:
        notes.texts.setdefault(name, rest.decode("utf-8", "replace"))


def _hexadecimal(digits: str) -> bool:
    return all(c in "0123456789abcdefABCDEF" for c in digits)


def _inflate(data: bytes) -> bytes:
    try:
        return zlib.decompressobj().decompress(data, MAX_TEXT)
    except zlib.error:
        return b""


def webp_chunks(content: bytes) -> Iterator[tuple[bytes, int, int]]:
    """(kind, offset of its body, length) of the outer chunks of a WebP."""
    at = 12
    for _ in range(10_000):
        if at + 8 > len(content):
            return
        length = int.from_bytes(content[at + 4 : at + 8], "little")
        yield content[at : at + 4], at + 8, length
        at += 8 + length + (length & 1)


def _webp(content: bytes, notes: Notes) -> None:
    for kind, at, length in webp_chunks(content):
        body = content[at : at + min(length, MAX_TEXT)]
        if kind == b"EXIF":
            notes.exif = body.removeprefix(b"Exif\0\0")
        elif kind == b"XMP ":
            notes.xmp.append(body)
        elif kind == b"VP8X" and len(body) >= 10:
            notes.size = 1 + int.from_bytes(body[4:7], "little"), 1 + int.from_bytes(body[7:10], "little")


def _gif(content: bytes, notes: Notes) -> None:
    at = content.find(b"\x21\xfe")  # the comment extension
    if at >= 0:
        notes.texts["comment"] = gif_blocks(content, at + 2, MAX_TEXT).decode("utf-8", "replace")


def gif_blocks(content: bytes, at: int, most: int) -> bytes:
    """The bytes of a GIF's sub-blocks from an offset on: each a length and so many bytes, an empty one last."""
    pieces: list[bytes] = []
    size = 0
    while at < len(content) and content[at] and size < most:
        pieces.append(content[at + 1 : at + 1 + content[at]])
        size += content[at]
        at += 1 + content[at]
    return b"".join(pieces)


def tiff_bytes(content: bytes, wanted: int) -> bytes:
    """The bytes of a tag of a TIFF's first directory; b"" where it has none."""
    order = "<" if content[:2] == b"II" else ">"
    try:
        (at,) = struct.unpack_from(order + "I", content, 4)
        (count,) = struct.unpack_from(order + "H", content, at)
        for i in range(min(count, 512)):
            tag, _, size, place = struct.unpack_from(order + "HHII", content, at + 2 + 12 * i)
            if tag == wanted and size > 4:
                return content[place : place + size]
    except struct.error:
        pass
    return b""


def bmff_boxes(content: bytes, start: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """(kind, start of its body, end) of the ISO boxes between two offsets; ends at the first that does not fit."""
    at = start
    for _ in range(10_000):
        if at + 8 > end:
            return
        size, head = int.from_bytes(content[at : at + 4], "big"), 8
        if size == 1:
            size, head = int.from_bytes(content[at + 8 : at + 16], "big"), 16
        size = size or end - at
        if size < head or at + size > end:
            return
        yield content[at + 4 : at + 8], at + head, at + size
        at += size


def _heif(content: bytes, notes: Notes) -> None:
    """EXIF and XMP items (ISO/IEC 23008-12): `iinf` names them, `iloc` says where they lie."""
    for kind, start, end in bmff_boxes(content, 0, len(content)):
        if kind != b"meta":
            continue
        inner = {k: (s, e) for k, s, e in bmff_boxes(content, start + 4, end)}
        if b"iinf" not in inner or b"iloc" not in inner:
            return
        wanted = _heif_items(content, *inner[b"iinf"])
        for item, (at, length) in _heif_places(content, *inner[b"iloc"]).items():
            body = content[at : at + min(length, MAX_TEXT)]
            if wanted.get(item) == b"Exif" and len(body) > 4:
                skip = 4 + int.from_bytes(body[:4], "big")
                notes.exif = body[skip:] if skip < len(body) else b""
            elif wanted.get(item) == b"mime":
                notes.xmp.append(body)
        return


def _heif_items(content: bytes, start: int, end: int) -> dict[int, bytes]:
    """Item number -> type."""
    wide = content[start] > 0
    found = {}
    for kind, at, stop in bmff_boxes(content, start + (8 if wide else 6), end):
        if kind == b"infe" and content[at] >= 2 and stop - at >= 12:
            width = 4 if content[at] == 3 else 2
            number = int.from_bytes(content[at + 4 : at + 4 + width], "big")
            found[number] = content[at + 6 + width : at + 10 + width]
    return found


def _heif_places(content: bytes, start: int, end: int) -> dict[int, tuple[int, int]]:
    """Item number -> (offset, length) of its first extent, of items that lie in the file itself."""
    version, sizes = content[start], content[start + 4 : start + 6]
    offset, length, base = sizes[0] >> 4, sizes[0] & 15, sizes[1] >> 4
    index = sizes[1] & 15 if version else 0
    wide = 4 if version == 2 else 2
    at, found = start + 6, {}

    def number(width: int) -> int:
        nonlocal at
        at += width
        return int.from_bytes(content[at - width : at], "big")

    for _ in range(min(number(wide), 1000)):
        if at >= end:
            break
        item = number(wide)
        method = number(2) & 15 if version else 0
        number(2)
        begin = number(base)
        for extent in range(min(number(2), 1000)):
            number(index)
            place, size = begin + number(offset), number(length)
            if extent == 0 and method == 0:
                found[item] = place, size
    return found


__all__ = [
    "Notes",
    "bmff_boxes",
    "gif_blocks",
    "picture_media",
    "png_chunks",
    "read_notes",
    "tiff_bytes",
    "webp_chunks",
]
