"""What a picture file says of its own making: camera, software, generator, embedded thumbnail, leftovers behind its end, and
its signed provenance. Every one of these can be removed without a trace, so their absence says nothing; what is there, and
contradicts the picture, says a lot.
"""

from __future__ import annotations

import io
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from assay.formats.c2pa import GENERATED, Provenance, read_provenance
from assay.formats.jpeg import Jpeg, read_jpeg

MAX_TEXT = 1 << 20
# Programs whose purpose is to change pictures, as they name themselves in EXIF Software, XMP CreatorTool or a comment.
EDITORS = re.compile(
    r"photoshop|lightroom|gimp|affinity|pixelmator|paint\.net|picsart|snapseed|canva|photopea|facetune|meitu|fotor|"
    r"photoscape|coreldraw|corel paint|krita|inkscape|acorn|pixlr|befunky|polarr|afterlight|vsco|remini|美图|醒图",
    re.IGNORECASE,
)
# What generators of pictures leave behind: key of a PNG text chunk (or field) -> a pattern in its value, and the name.
_TRACES = (
    ("parameters", re.compile(r"Steps: \d+.*(Sampler|CFG scale|Seed): ", re.DOTALL), "Stable Diffusion"),
    ("prompt", re.compile(r'"class_type"\s*:'), "ComfyUI"),
    ("workflow", re.compile(r'"nodes"\s*:'), "ComfyUI"),
    ("invokeai_metadata", re.compile(r"."), "InvokeAI"),
    ("sd-metadata", re.compile(r"."), "InvokeAI"),
    ("dream", re.compile(r"."), "Stable Diffusion"),
    ("generation_data", re.compile(r"."), "a generator"),
    ("fooocus_scheme", re.compile(r"."), "Fooocus"),
)  # fmt: skip
_GENERATORS = re.compile(
    r"midjourney|dall[\W_]?e|stable ?diffusion|comfyui|novelai|firefly|google imagen|gpt-?4o|gpt-image|openai|flux\.1|ideogram|"
    r"bing image creator|made with google ai|grok imag|leonardo\.ai|runway|即梦|可灵|文心一格|通义万相",
    re.IGNORECASE,
)
_SOURCE = re.compile(rb"digitalsourcetype/([A-Za-z]{4,60})")


@dataclass
class Origin:
    """`texts` key -> text of the file's own notes (bounded); `signed` its C2PA provenance, None where it has none."""

    content: bytes
    jpeg: Jpeg | None = None
    texts: dict[str, str] = field(default_factory=dict)
    signed: Provenance | None = None

    @property
    def software(self) -> str:
        """The program that says it wrote the file last; "" where none does."""
        return next(
            (self.texts[k] for k in ("Software", "software", "CreatorTool", "comment") if self.texts.get(k)), ""
        )

    @property
    def editor(self) -> str:
        """The picture editor among what the file names; "" where there is none."""
        notes = (self.texts.get(k, "") for k in ("Software", "software", "CreatorTool", "history", "comment"))
        found = next((m for note in notes if (m := EDITORS.search(note))), None)
        return found.group(0) if found else ""

    @property
    def camera(self) -> str:
        return " ".join(self.texts[k] for k in ("Make", "Model") if self.texts.get(k))

    @property
    def generator(self) -> str:
        """The generator that the file names as its maker, without any signature; "" where there is none."""
        for key, pattern, name in _TRACES:
            if pattern.search(self.texts.get(key, "")):
                return name
        if self.texts.get("source_type") in GENERATED:
            return self.software or "a generator"
        for key in ("Software", "software", "CreatorTool", "Credit", "Artist"):
            if found := _GENERATORS.search(self.texts.get(key, "")):
                return found.group(0)
        return ""

    @cached_property
    def trailing(self) -> int:
        """Bytes behind the end of a JPEG that are neither padding nor a further picture (phones append those)."""
        if self.jpeg is None or self.jpeg.end is None:
            return 0
        rest = self.content[self.jpeg.end :].strip(b"\0\xff\r\n ")
        return 0 if rest.startswith((b"\xff\xd8", b"\xd8\xff")) or b"ftyp" in rest[:64] else len(rest)

    @cached_property
    def thumbnail(self) -> float | None:
        """How unlike the picture its EXIF thumbnail is: 1 - correlation of their luminance, 0..2; None without one."""
        return _thumbnail(self.content, self.jpeg)


def read_origin(content: bytes) -> Origin:
    """Never raises; a part that cannot be read is left out."""
    origin = Origin(content, signed=read_provenance(content))
    if content[:2] == b"\xff\xd8":
        origin.jpeg = read_jpeg(content)
        for comment in (s.payload for s in origin.jpeg.segments if s.marker == 0xFE):
            origin.texts.setdefault("comment", comment[:2000].decode("utf-8", "replace"))
        packets = origin.jpeg.application(0xE1, b"http://ns.adobe.com/xap/1.0/\0")
        exif = next(iter(origin.jpeg.application(0xE1, b"Exif\0\0")), b"")
    else:
        packets, exif = [], b""
        for key, value in _png_texts(content):
            if key == "exif":
                exif = value
            elif "xmp" in key.lower():
                packets.append(value)
            else:
                origin.texts.setdefault(key, value.decode("utf-8", "replace"))
        at = content.find(b"<x:xmpmeta") if content[:4] == b"RIFF" else -1
        if at >= 0:
            packets.append(content[at : at + MAX_TEXT])
    _note_exif(origin, exif)
    for packet in packets[:4]:
        _note_xmp(origin, packet[:MAX_TEXT])
    return origin


def _note_exif(origin: Origin, exif: bytes) -> None:
    from PIL import Image

    if not exif:
        return
    try:
        read = Image.Exif()
        read.load(b"Exif\0\0" + exif)
        for tag, name in ((0x010F, "Make"), (0x0110, "Model"), (0x0131, "Software"), (0x010E, "Description"),
                          (0x013B, "Artist"), (0x0132, "modified")):  # fmt: skip
            value = read.get(tag)
            if isinstance(value, str) and value.strip("\0 "):
                origin.texts.setdefault(name, value.strip("\0 ")[:500])
        taken = read.get_ifd(0x8769).get(0x9003)
        if isinstance(taken, str):
            origin.texts.setdefault("taken", taken[:40])
    except Exception:  # EXIF is broken in more ways than Pillow names
        origin.texts.setdefault("exif", "unreadable")


def _note_xmp(origin: Origin, packet: bytes) -> None:
    """A handful of properties, found as text: the packet is not parsed as XML, so nothing in it can expand."""
    for name in (b"CreatorTool", b"Credit"):
        found = re.search(rb"%s(?:=\"([^\"]{1,200})|>([^<]{1,200}))" % name, packet)
        if found:
            origin.texts.setdefault(name.decode(), (found.group(1) or found.group(2)).decode("utf-8", "replace"))
    agents = re.findall(rb"softwareAgent(?:=\"([^\"]{1,200})|>([^<]{1,200}))", packet)[:50]
    if agents:
        origin.texts.setdefault("history", "; ".join((a or b).decode("utf-8", "replace") for a, b in agents)[:2000])
    if found := _SOURCE.search(packet):
        origin.texts.setdefault("source_type", found.group(1).decode())


def _png_texts(content: bytes) -> Iterator[tuple[str, bytes]]:
    """(keyword, text) of every text chunk, inflated within bounds; ("exif", …) for an EXIF chunk."""
    if content[:8] != b"\x89PNG\r\n\x1a\n":
        return
    at = 8
    for _ in range(100_000):
        length, kind = int.from_bytes(content[at : at + 4], "big"), content[at + 4 : at + 8]
        if len(kind) < 4 or kind == b"IEND":
            return
        body = content[at + 8 : at + 8 + min(length, MAX_TEXT)]
        keyword, _, rest = body.partition(b"\0")
        name = keyword[:79].decode("latin-1")
        if kind == b"tEXt":
            yield name, rest
        elif kind == b"zTXt":
            yield name, _inflate(rest[1:])
        elif kind == b"iTXt" and len(rest) > 2:
            text = rest[2:].split(b"\0", 2)[-1]
            yield name, _inflate(text) if rest[0] else text
        elif kind == b"eXIf":
            yield "exif", body
        at += 12 + length


def _inflate(data: bytes) -> bytes:
    try:
        return zlib.decompressobj().decompress(data, MAX_TEXT)
    except zlib.error:
        return b""


def _thumbnail(content: bytes, jpeg: Jpeg | None) -> float | None:
    from PIL import Image

    for payload in jpeg.application(0xE1, b"Exif\0\0") if jpeg else ():
        start = payload.find(b"\xff\xd8\xff", 8)
        if start < 0:
            continue
        try:
            small = Image.open(io.BytesIO(payload[start:]))
            full = Image.open(io.BytesIO(content))
            if small.width * small.height > 1_000_000:
                continue
            full.draft("L", (256, 256))
            if abs(small.width / small.height - full.width / full.height) > 0.05:
                continue  # letterboxed, or the picture was turned: not comparable
            a, b = (np.asarray(i.convert("L").resize((64, 64)), np.float64).ravel() for i in (small, full))
        except Exception:
            return None
        if a.std() < 4 or b.std() < 4:
            return None
        return float(1 - np.corrcoef(a, b)[0, 1])
    return None


__all__ = ["EDITORS", "Origin", "read_origin"]
