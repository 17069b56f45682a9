"""Pictures from outside: any honest one becomes upright RGB, any dishonest one a clear error, within bounds."""

from __future__ import annotations

import io
import struct
import zlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from assay.core.errors import UnreadableInput
from assay.formats.picture import MAX_SIDE, TooLarge, decode


def saved(image: Image.Image, kind: str, **options: object) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def gradient(width: int = 64, height: int = 40) -> np.ndarray:
    across = np.linspace(0, 255, width, dtype=np.uint8)
    return np.stack([np.tile(across, (height, 1)), np.full((height, width), 90, np.uint8),
                     np.tile(np.linspace(0, 255, height, dtype=np.uint8)[:, None], (1, width))], 2)  # fmt: skip


@pytest.mark.parametrize("kind", ["PNG", "TIFF", "BMP"])
def test_lossless_formats_give_the_very_pixels(kind: str) -> None:
    picture = decode(saved(Image.fromarray(gradient()), kind))
    assert np.array_equal(picture.pixels, gradient())
    assert (picture.width, picture.height, picture.scale, picture.frames) == (64, 40, 1.0, 1)


@pytest.mark.parametrize("kind", ["JPEG", "WEBP"])
def test_lossy_formats_come_close(kind: str) -> None:
    picture = decode(saved(Image.fromarray(gradient()), kind, quality=95))
    assert np.abs(picture.pixels.astype(int) - gradient()).mean() < 6


@pytest.mark.parametrize("turn", range(1, 9))
def test_every_orientation_ends_upright(turn: int) -> None:
    upright = Image.fromarray(gradient())
    undo = {2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4}  # what a camera does to a scene for each EXIF value
    stored = upright if turn == 1 else upright.transpose(Image.Transpose(undo[turn]))
    exif = Image.Exif()
    exif[0x0112] = turn
    picture = decode(saved(stored, "PNG", exif=exif))
    assert np.array_equal(picture.pixels, gradient())
    assert (picture.width, picture.height) == (64, 40)


def test_sixteen_bits_become_eight() -> None:
    deep = np.linspace(0, 65535, 256, dtype=np.uint16).reshape(16, 16)
    for kind in ("PNG", "TIFF"):
        flat = decode(saved(Image.fromarray(deep), kind)).pixels[:, :, 0]
        assert np.abs(flat.astype(float) - deep / 257.0).max() <= 1


def test_cmyk_is_ink_on_paper() -> None:
    white = decode(saved(Image.new("CMYK", (8, 8), (0, 0, 0, 0)), "JPEG"))
    assert white.pixels.min() > 250


def test_what_is_transparent_is_white() -> None:
    picture = decode(saved(Image.new("RGBA", (4, 4), (0, 0, 0, 0)), "PNG"))
    assert picture.pixels.min() == 255


def test_pages_of_a_tiff() -> None:
    pages = [Image.new("L", (20, 30), shade) for shade in (10, 100, 200)]
    content = saved(pages[0], "TIFF", save_all=True, append_images=pages[1:])
    assert decode(content).frames == 3
    assert [int(decode(content, frame=i).pixels.mean()) for i in range(3)] == [10, 100, 200]
    with pytest.raises(UnreadableInput, match="3 frames"):
        decode(content, frame=3)


def test_a_huge_jpeg_is_decoded_reduced() -> None:
    picture = decode(saved(Image.new("RGB", (9000, 600), (120, 130, 140)), "JPEG"))
    assert picture.pixels.shape[1] == MAX_SIDE
    assert picture.width == 9000
    assert picture.scale == pytest.approx(MAX_SIDE / 9000)
    assert abs(int(picture.pixels.mean()) - 130) <= 2


def png(width: int, height: int, data: bytes) -> bytes:
    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


@pytest.mark.parametrize("side", [9_000, 50_000, 2_000_000])
def test_a_bomb_is_refused_from_its_header(side: int) -> None:
    with pytest.raises(TooLarge):
        decode(png(side, side, zlib.compress(bytes(1000))))


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "TIFF", "WEBP", "BMP"])
def test_a_picture_cut_short_is_an_error(kind: str) -> None:
    noise = Image.fromarray(np.random.default_rng(1).integers(0, 255, (90, 90, 3), dtype=np.uint8))
    content = saved(noise, kind)
    with pytest.raises(UnreadableInput):
        decode(content[: len(content) // 2])


@pytest.mark.parametrize("content", [b"", b"%PDF-1.7", b"\xff\xd8\xff", b"II*\x00" + bytes(100), b"hello" * 50])
def test_other_things_are_an_error(content: bytes) -> None:
    with pytest.raises(UnreadableInput):
        decode(content)


@settings(max_examples=150, deadline=None)
@given(
    st.sampled_from(["JPEG", "PNG", "TIFF", "WEBP", "BMP", "GIF"]),
    st.lists(st.tuples(st.integers(0, 4000), st.integers(0, 255)), min_size=1, max_size=8),
    st.integers(0, 4000),
)
def test_damage_never_raises_anything_else(kind: str, changes: list[tuple[int, int]], end: int) -> None:
    content = bytearray(saved(Image.fromarray(gradient(24, 16)), kind))
    for at, value in changes:
        content[at % len(content)] = value
    try:
        pixels = decode(bytes(content[: max(20, end)])).pixels
        assert pixels.dtype == np.uint8
        assert pixels.shape[2] == 3
    except UnreadableInput:
        pass
