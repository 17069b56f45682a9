"""One look at a picture: the whole reduced, the middle pixel for pixel, upright whatever way it was stored, and bounded."""

from __future__ import annotations

import base64
import contextlib
import io
import struct
import zlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageOps

from assay.core.errors import UnreadableInput
from assay.formats.picture import decode
from assay.formats.picture_file import TooLarge
from assay.formats.picture_look import look

# 64 by 48 pixels, the first sixteen columns blue and the rest red, with the orientation that turns the left side up.
HEIC = base64.b64decode(
    """
    AAAAHGZ0eXBoZWljAAAAAG1pZjFoZWljbWlhZgAAAchtZXRhAAAAAAAAACFoZGxyAAAAAAAAAABwaWN0AAAAAAAAAAAAAAAAAAAAADRpbG9jAAAA
    AERAAAIAAQAAAAAB7AABAAAAAAAAAJQAAgAAAAACgAABAAAAAAAAADgAAAA4aWluZgAAAAAAAgAAABVpbmZlAgAAAAABAABodmMxAAAAABVpbmZl
    AgAAAQACAABFeGlmAAAAAA5waXRtAAAAAAABAAABB2lwcnAAAADmaXBjbwAAAHZodmNDAQNwAAAAkAAAAAAAHvAA/P34+AAADwNgAAEAGEABDAH/
    /wNwAAADAJAAAAMAAAMAHroCQGEAAQAqQgEBA3AAAAMAkAAAAwAAAwAeoCCBBZbq5Ka5uAhoMCAAAAMDIAAAAwAhYgABAAZEAcFzwIkAAAATY29s
    cm5jbHgAAQANAAaAAAAAFGlzcGUAAAAAAAAAQAAAAEAAAAAoY2xhcAAAAEAAAAABAAAAMAAAAAEAAAAAAAAAAv////AAAAACAAAAEHBpeGkAAAAA
    AwgICAAAAAlpcm90AwAAABlpcG1hAAAAAAAAAAEAAQaBAgMFhIYAAAAaaXJlZgAAAAAAAAAOY2RzYwACAAEAAQAAANRtZGF0AAAAkCgBrwngITk0
    H//1F6df+hMf/615vC3q+8X/xTqN/3VUjFwkUq15tapgs740AJZ2zZ79Wf/qVMkes+c35FkTA751sXye/wfsarTRyCuv5ApZtphjvuWI674ZBUFd
    /82C81S3yYJ9nbsy2DWoaIGohZrCFFy3ulWgT28CPicp8/XXsUYjDdyYEbWIenTJmHPSogAAAAZFeGlmAABNTQAqAAAACAACAQ8AAgAAAAcAAAAm
    ARIAAwAAAAEABgAAAAAAAE5vYm9keQAA
    """
)


def scene(height: int = 120, width: int = 180) -> np.ndarray:
    y, x = np.mgrid[0:height, 0:width]
    return np.dstack([x % 256, y % 256, (x + y) % 256]).astype(np.uint8)


def saved(pixels: np.ndarray, format: str = "PNG", **options: object) -> bytes:
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, format, **options)
    return file.getvalue()


def oriented(pixels: np.ndarray, orientation: int) -> bytes:
    exif = Image.Exif()
    exif[0x0112] = orientation
    return saved(pixels, "PNG", exif=exif.tobytes())


@pytest.mark.parametrize("format", ["PNG", "BMP", "TIFF", "WEBP", "GIF", "JPEG", "AVIF"])
def test_every_kind_of_picture_is_seen(format: str) -> None:
    options = {"lossless": True} if format == "WEBP" else {"quality": 95} if format in ("JPEG", "AVIF") else {}
    shown = look(saved(scene(), format, **options))
    assert (shown.width, shown.height, shown.scale) == (180, 120, 1.0)
    assert shown.middle is not None
    if format in ("PNG", "BMP", "TIFF", "WEBP"):
        assert (shown.middle == scene()).all()


def test_a_telephones_heic_is_seen_upright() -> None:
    pytest.importorskip("pi_heif")
    for shown in (look(HEIC).whole, decode(HEIC).pixels):
        assert shown.shape == (64, 48, 3)
        assert (np.abs(shown[:15].astype(int) - (20, 40, 220)) < 8).all()
        assert (np.abs(shown[17:].astype(int) - (200, 30, 30)) < 8).all()
    for cut in (40, 300, len(HEIC) - 5):
        with contextlib.suppress(UnreadableInput):
            look(HEIC[:cut])


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("most", [10**6, 6000])
def test_upright_pixels_and_their_place_fit_whatever_the_orientation(orientation: int, most: int) -> None:
    content = oriented(scene(), orientation)
    upright = np.asarray(ImageOps.exif_transpose(Image.open(io.BytesIO(content))).convert("RGB"))
    shown = look(content, middle=most)
    assert (shown.height, shown.width) == upright.shape[:2]
    assert (shown.whole == upright).all()
    assert shown.middle is not None
    (x, y), (h, w) = shown.at, shown.middle.shape[:2]
    assert h * w <= most
    assert (shown.middle == upright[y : y + h, x : x + w]).all()


@pytest.mark.parametrize("orientation", [1, 3, 6, 8])
def test_an_avif_is_seen_upright(orientation: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    content = saved(scene(), "AVIF", exif=exif.tobytes(), quality=100)
    upright = np.asarray(ImageOps.exif_transpose(Image.open(io.BytesIO(content))).convert("RGB"))
    assert (look(content).whole == upright).all()


def huge_png(width: int, height: int) -> bytes:
    """A PNG of rows that are all alike, with a column that is not."""
    row = b"\0" + bytes([90, 120, 60]) * (width - 1) + bytes(3)
    body = zlib.compressobj(1)
    data = b"".join(body.compress(row) for _ in range(height)) + body.flush()

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", data) + chunk(b"IEND", b"")


def test_a_huge_picture_is_seen_whole_and_its_part_pixel_for_pixel() -> None:
    shown = look(huge_png(8200, 8000), middle=400_000)
    assert (shown.width, shown.height) == (8200, 8000)
    assert abs(shown.whole.shape[1] / 8200 - shown.scale) < 1e-6
    assert shown.middle is not None
    assert shown.middle.shape[0] * shown.middle.shape[1] <= 400_000
    assert (shown.middle == [90, 120, 60]).all()
    assert shown.at[1] + shown.middle.shape[0] <= 4000


def test_what_is_seen_reduced_has_the_right_scale() -> None:
    shown = look(saved(scene(300, 600)), whole_side=150)
    assert shown.whole.shape == (75, 150, 3)
    assert shown.scale == pytest.approx(0.25)
    assert shown.middle is not None
    assert shown.middle.shape == (300, 600, 3)


def test_transparency_is_white_and_an_animation_says_so() -> None:
    clear = np.dstack([scene(40, 40), np.zeros((40, 40), np.uint8)])
    assert (look(saved(clear)).whole == 255).all()
    file = io.BytesIO()
    frames = [Image.fromarray(scene(40, 40) + i) for i in (0, 90)]
    frames[0].save(file, "GIF", save_all=True, append_images=frames[1:])
    assert look(file.getvalue()).moving
    assert not look(saved(scene(40, 40), "GIF")).moving


def png_header(width: int, height: int, depth: int = 8) -> bytes:
    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")


@pytest.mark.parametrize("side", [17_000, 60_000, 2_000_000])
def test_a_bomb_is_refused_by_its_header(side: int) -> None:
    with pytest.raises(TooLarge):
        look(png_header(side, side))


@settings(max_examples=80, deadline=None)
@given(st.sampled_from(["PNG", "JPEG", "GIF", "WEBP", "BMP", "TIFF", "AVIF"]), st.integers(0, 10**6), st.binary(max_size=16), st.booleans())  # fmt: skip
def test_damage_is_a_picture_or_unreadable(format: str, at: int, junk: bytes, cut: bool) -> None:
    content = saved(scene(24, 32), format)
    at %= len(content)
    with contextlib.suppress(UnreadableInput):
        look(content[:at] + junk + (b"" if cut else content[at + len(junk) :]))
