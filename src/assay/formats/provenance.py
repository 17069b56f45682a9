"""What a picture file says of its own making: camera, software, generator, labels, embedded thumbnail, leftovers behind its
end, and its signed provenance. Every one of these can be removed without a trace, so their absence says nothing; what is
there, and contradicts the picture, says a lot.
"""

from __future__ import annotations

import io
import re
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from assay.formats.c2pa import GENERATED, Provenance, read_provenance
from assay.formats.exif import Exif, read_exif
from assay.formats.generators import Trace, generator_trace
from assay.formats.jpeg import Jpeg
from assay.formats.jpeg_tables import Tables, tables_of
from assay.formats.picture_notes import read_notes
from assay.formats.xmp import Xmp, aigc_label

# Programs whose purpose is to change pictures, as they name themselves in EXIF Software, XMP CreatorTool or a comment.
EDITORS = re.compile(
    r"photoshop|lightroom|gimp|affinity|pixelmator|paint\.net|picsart|snapseed|canva|photopea|facetune|meitu|fotor|"
    r"photoscape|coreldraw|corel paint|krita|inkscape|acorn|pixlr|befunky|polarr|afterlight|vsco|remini|faceapp|reface|"
    r"beautyplus|youcam|airbrush|peachy|美图|醒图|轻颜|美颜",
    re.IGNORECASE,
)
_ARCHIVES = {b"PK\x03\x04": "zip", b"Rar!": "rar", b"7z\xbc\xaf": "7z", b"\x1f\x8b\x08": "gzip", b"MZ": "exe", b"\x7fELF": "elf"}  # fmt: skip
_NOTED = (
    "Make", "Model", "Software", "Artist", "ImageDescription", "UserComment", "XPComment", "XPTitle", "Copyright",
)  # fmt: skip
_LABELLED = ("AIGC", "UserComment", "ImageDescription", "Comment", "comment")


@dataclass
class Origin:
    """`texts` key -> text of the file's own notes (bounded); `signed` its C2PA provenance, None where it has none; `size`
    (width, height) as the container says."""

    content: bytes
    jpeg: Jpeg | None = None
    texts: dict[str, str] = field(default_factory=dict)
    signed: Provenance | None = None
    exif: Exif = field(default_factory=Exif)
    xmp: tuple[Xmp, ...] = ()
    size: tuple[int, int] = (0, 0)

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

    @cached_property
    def trace(self) -> Trace | None:
        """What a generator left among the notes; None where none did."""
        return generator_trace(self.texts)

    @property
    def source_type(self) -> str:
        """The IPTC digital source type that stands in the XMP, unsigned."""
        return self.texts.get("source_type", "")

    @cached_property
    def aigc(self) -> dict[str, str]:
        """The label of GB 45438-2025, from XMP, a text chunk or a comment; empty where there is none."""
        labels = (*(packet.aigc for packet in self.xmp), *(aigc_label(self.texts.get(key, "")) for key in _LABELLED))
        return next((label for label in labels if label), {})

    @property
    def generator(self) -> str:
        """The generator that the file names as its maker, without any signature; "" where there is none."""
        if self.trace is not None and self.trace.parameters:
            return self.trace.name
        if self.source_type in GENERATED:
            return self.software or "a generator"
        if self.aigc.get("Label") == "1":
            return self.aigc.get("ContentProducer") or "a generator"
        return self.trace.name if self.trace is not None else ""

    @cached_property
    def tables(self) -> Tables | None:
        return tables_of(self.jpeg) if self.jpeg is not None else None

    @cached_property
    def _tail(self) -> bytes:
        """What stands behind the end of a JPEG and is neither padding nor what cameras put there: further pictures, a short
        film, the notes of some makers."""
        if self.jpeg is None or self.jpeg.end is None:
            return b""
        rest = self.content[self.jpeg.end :].strip(b"\0\xff\r\n ")
        maker = rest.startswith((b"\xff\xd8", b"\xd8\xff", b"QDIOBS", b"vivo{", b"oplus")) or rest.endswith(
            (b"SEFT", b"SEFH")
        )
        return b"" if maker or b"ftyp" in rest[:64] or b"MotionPhoto_Data" in rest[:64] else rest

    @property
    def trailing(self) -> int:
        """How many such bytes there are."""
        return len(self._tail)

    @property
    def hidden(self) -> str:
        """The kind of archive or program behind the end of a JPEG; "" where there is none."""
        return next((kind for magic, kind in _ARCHIVES.items() if self._tail.startswith(magic)), "")

    @property
    def pictures(self) -> int:
        """Pictures in the file: the first and those behind its end that begin like one."""
        if self.jpeg is None or self.jpeg.end is None:
            return 1
        return 1 + self.content.count(b"\xff\xd8\xff", self.jpeg.end)

    @cached_property
    def thumbnail(self) -> float | None:
        """How unlike the picture its EXIF thumbnail is: 1 - correlation of their luminance, 0..2; None without one, or where
        the two have another shape."""
        return _thumbnail(self.content, self._small) if self._small else None

    @property
    def _small(self) -> bytes:
        return self.exif.thumbnail if self.exif.thumbnail.startswith(b"\xff\xd8\xff") else b""


def read_origin(content: bytes) -> Origin:
    """Never raises; a part that cannot be read is left out."""
    notes = read_notes(content)
    origin = Origin(content, notes.jpeg, dict(notes.texts), read_provenance(content), size=notes.size)
    origin.xmp = tuple(Xmp(packet) for packet in notes.xmp)
    if notes.exif:
        origin.exif = read_exif(notes.exif)
        if not origin.exif.thumbnail and (at := notes.exif.find(b"\xff\xd8\xff", 8)) > 0:
            origin.exif.thumbnail = notes.exif[at:]  # a maker's own notes may hold the preview
        _note_exif(origin)
    for packet in origin.xmp:
        _note_xmp(origin, packet)
    return origin


def _note_exif(origin: Origin) -> None:
    for name in _NOTED:
        if value := origin.exif.text(name):
            origin.texts.setdefault(name, value)
    for tag, name in (("ImageDescription", "Description"), ("DateTime", "modified"), ("DateTimeOriginal", "taken")):
        if value := origin.exif.text(tag):
            origin.texts.setdefault(name, value[:500])
    if origin.exif.problem and not origin.exif.tags:
        origin.texts.setdefault("exif", "unreadable")


def _note_xmp(origin: Origin, packet: Xmp) -> None:
    for name, key in (("CreatorTool", "CreatorTool"), ("photoshop:Credit", "Credit"), ("photoshop:Source", "Source"), ("dc:description", "description")):  # fmt: skip
        if value := packet.value(name):
            origin.texts.setdefault(key, value)
    if packet.agents:
        origin.texts.setdefault("history", "; ".join(packet.agents)[:2000])
    if packet.source_type:
        origin.texts.setdefault("source_type", packet.source_type)


def _thumbnail(content: bytes, thumbnail: bytes) -> float | None:
    from PIL import Image

    try:
        small, full = Image.open(io.BytesIO(thumbnail)), Image.open(io.BytesIO(content))
        if small.width * small.height > 1_000_000 or full.width * full.height > 256_000_000:
            return None
        full.draft("L", (256, 256))
        small = _without_bars(small.convert("L"), full.width / full.height)
        if abs(small.width / small.height - full.width / full.height) > 0.05 * full.width / full.height:
            return None  # cropped, or turned: not comparable
        a, b = (np.asarray(i.convert("L").resize((64, 64)), np.float64).ravel() for i in (small, full))
    except Exception:  # a decoder fed hostile bytes raises nearly anything
        return None
    if a.std() < 4 or b.std() < 4:
        return None
    return float(1 - np.corrcoef(a, b)[0, 1])


def _without_bars(small: Any, shape: float) -> Any:
    """Cameras make every thumbnail 4:3 and fill up with black bars: those that would make it the picture's shape are cut."""
    width, height = small.size
    pixels = np.asarray(small)
    bar = round((height - width / shape) / 2)
    if bar > 1 and pixels[: bar - 1].max() < 24 and pixels[height - bar + 1 :].max() < 24:
        return small.crop((0, bar, width, height - bar))
    bar = round((width - height * shape) / 2)
    if bar > 1 and pixels[:, : bar - 1].max() < 24 and pixels[:, width - bar + 1 :].max() < 24:
        return small.crop((bar, 0, width - bar, height))
    return small


__all__ = ["EDITORS", "Origin", "read_origin"]
