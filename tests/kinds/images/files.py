"""Picture files made by code: photograph-like pixels, and everything that cameras, editors and generators write around them."""

from __future__ import annotations

import io
import struct
from typing import Any

import numpy as np
from PIL import Image, PngImagePlugin

PARAMETERS = "a harbour\nNegative prompt: people\nSteps: 20, Sampler: Euler a, CFG scale: 7, Seed: 1, Size: 512x512"


def photograph(seed: int = 0, height: int = 480, width: int = 640, noise: float = 3.0) -> np.ndarray:
    """Something with soft shapes, edges and sensor noise, away from black and white, and without a line of print."""
    rng = np.random.default_rng(seed)
    coarse = rng.integers(50, 200, (height // 60 + 2, width // 60 + 2, 3), np.uint8)
    soft = np.asarray(Image.fromarray(coarse).resize((width, height), Image.Resampling.BICUBIC), np.float64)
    for _ in range(40):
        x, y = rng.integers(0, width - 40), rng.integers(0, height - 40)
        w, h = rng.integers(10, 80), rng.integers(10, 80)
        soft[y : y + h, x : x + w] += rng.uniform(-50, 50)
    return np.clip(soft + rng.normal(0, noise, soft.shape), 10, 245).astype(np.uint8)


def jpeg(pixels: np.ndarray, quality: int = 90, exif: bytes = b"", **options: Any) -> bytes:
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "JPEG", quality=quality, exif=exif, **options)
    return file.getvalue()


def png(pixels: np.ndarray, exif: bytes = b"", **texts: str) -> bytes:
    file, info = io.BytesIO(), PngImagePlugin.PngInfo()
    for key, value in texts.items():
        info.add_text(key, value, zip=len(value) > 60)
    Image.fromarray(pixels).save(file, "PNG", pnginfo=info, exif=exif)
    return file.getvalue()


def saved(pixels: np.ndarray, format: str, **options: Any) -> bytes:
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, format, **options)
    return file.getvalue()


def decoded(content: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(content)).convert("RGB"))


def exif(
    *, size: tuple[int, int] | None = None, taken: str = "2026:01:05 10:00:00", changed: str = "", software: str = "",
    camera: bool = True, shot: bool = True, comment: bytes = b"", orientation: int = 1,
    place: tuple[float, float] | None = None, zone: str = "", thumbnail: np.ndarray | None = None,
) -> bytes:  # fmt: skip
    """What a camera writes, with what one cares to change. `place`: latitude, longitude in degrees; a thumbnail stands in a
    directory of its own, as cameras put it."""
    written = Image.Exif()
    if camera:
        written[0x010F], written[0x0110] = "Maker", "Camera 7"
    if software:
        written[0x0131] = software
    written[0x0112] = orientation
    written[0x0132] = changed or taken
    inner = written.get_ifd(0x8769)
    inner[0x9003] = inner[0x9004] = taken
    if shot:
        inner[0x829A], inner[0x829D], inner[0x8827], inner[0x920A] = 0.01, 2.8, 200, 24.0
        inner[0x927C] = b"Maker's own notes, as long as they like"
    if size:
        inner[0xA002], inner[0xA003] = size
    if zone:
        inner[0x9011] = zone
    if comment:
        inner[0x9286] = comment
    if place:
        gps = written.get_ifd(0x8825)
        gps[1], gps[2] = "N" if place[0] >= 0 else "S", (abs(place[0]), 0.0, 0.0)
        gps[3], gps[4] = "E" if place[1] >= 0 else "W", (abs(place[1]), 0.0, 0.0)
    block = written.tobytes()
    return block if thumbnail is None else with_thumbnail(block, jpeg(thumbnail, 80))


def with_thumbnail(block: bytes, small: bytes) -> bytes:
    """An EXIF block ("Exif\\0\\0" and a TIFF structure) with a second directory that names a JPEG behind it."""
    tiff = bytearray(block[6:])
    order = "<" if tiff[:2] == b"II" else ">"
    (first,) = struct.unpack_from(order + "I", tiff, 4)
    (count,) = struct.unpack_from(order + "H", tiff, first)
    struct.pack_into(order + "I", tiff, first + 2 + 12 * count, len(tiff))
    start = len(tiff) + 2 + 2 * 12 + 4
    tiff += struct.pack(order + "HHHIIHHIII", 2, 0x0201, 4, 1, start, 0x0202, 4, 1, len(small), 0)
    return b"Exif\0\0" + bytes(tiff) + small


def xmp(*properties: str) -> bytes:
    """A packet with these properties of one description, as attributes or elements."""
    attributes = " ".join(p for p in properties if not p.startswith("<"))
    elements = "".join(p for p in properties if p.startswith("<"))
    return (
        '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF><rdf:Description '
        f"{attributes}>{elements}</rdf:Description></rdf:RDF></x:xmpmeta>"
    ).encode()


def with_xmp(content: bytes, packet: bytes) -> bytes:
    """The JPEG with an XMP segment behind its start."""
    payload = b"http://ns.adobe.com/xap/1.0/\0" + packet
    return content[:2] + b"\xff\xe1" + struct.pack(">H", len(payload) + 2) + payload + content[2:]
