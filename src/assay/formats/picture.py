"""Pictures from outside (JPEG, PNG, TIFF, WebP, BMP, GIF, AVIF, HEIC) as plain RGB pixels, bounded before a pixel is decoded.

The size is read from the header and refused when it is absurd; a huge JPEG is decoded at a half, quarter or eighth of its
size; what is left over is reduced to `max_side`. Orientation (EXIF), 16 bits, palettes, transparency and CMYK all end as
uint8 RGB on white. What cannot be decoded raises `UnreadableInput`, what is too large `TooLarge`; nothing else is raised.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np

from assay.core.errors import UnreadableInput
from assay.formats.picture_file import MAX_PIXELS, MAX_PIXELS_REDUCED, TooLarge, bound, first_line, open_picture

MAX_PIXELS_PROGRESSIVE = 150_000_000
MAX_SIDE = 4096
MAX_FRAMES = 50


@dataclass(frozen=True)
class Picture:
    """`pixels` uint8[height, width, 3] RGB, upright; `scale` is pixels here per pixel of the file (1.0 or less); `width`
    and `height` are the file's own, upright; `format` is the decoder's name ("JPEG"); `frames` counts pages (at most 50
    are counted)."""

    pixels: np.ndarray
    format: str
    width: int
    height: int
    scale: float
    frames: int


def decode(content: bytes, *, frame: int = 0, max_side: int = MAX_SIDE) -> Picture:
    """The picture in these bytes; `frame` chooses a page of a TIFF or an instant of an animation, from 0.

    Raises `UnreadableInput` for anything that is not such a picture, is cut short or has no such frame, and `TooLarge`
    when its header promises more than `MAX_PIXELS` (`MAX_PIXELS_REDUCED` for JPEG).
    """
    image = open_picture(content)
    try:
        _bound(image)
        frames = _count_frames(image)
        if frame:
            if not 0 < frame < frames:
                raise UnreadableInput(f"the picture has {frames} frames, there is no number {frame + 1}")
            image.seek(frame)
            _bound(image)
        return _decoded(image, frames, max_side)
    except UnreadableInput:
        raise
    except Exception as error:  # a decoder fed hostile bytes raises nearly anything
        raise UnreadableInput(f"the picture cannot be decoded: {first_line(error)}") from None
    finally:
        image.close()


def _bound(image: Any) -> None:
    limit = MAX_PIXELS
    if image.format in ("JPEG", "MPO"):
        # A decoder holds every coefficient of a progressive JPEG, at whatever size it is decoded.
        limit = MAX_PIXELS_PROGRESSIVE if image.info.get("progressive") else MAX_PIXELS_REDUCED
    bound(image, limit)


def _count_frames(image: Any) -> int:
    """By stepping, since asking a hostile file for its count walks it to the end."""
    if image.format in ("JPEG", "MPO", "BMP") or not getattr(image, "is_animated", image.format == "TIFF"):
        return 1
    count = 1
    try:
        while count < MAX_FRAMES:
            image.seek(count)
            count += 1
    except Exception:  # noqa: S110  the end of the file, or the place where it is broken
        pass
    try:
        image.seek(0)
    except Exception as error:
        raise UnreadableInput(f"the picture cannot be decoded: {first_line(error)}") from None
    return count


def _decoded(image: Any, frames: int, max_side: int) -> Picture:
    from PIL import Image, ImageOps

    kind, (width, height) = str(image.format), image.size
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if kind in ("JPEG", "MPO") and max(width, height) > max_side:
            image.draft(None, (max(1, width * max_side // max(width, height)),) * 2)
        image.load()
        turned = image.getexif().get(0x0112, 1) in (5, 6, 7, 8) and kind != "TIFF"
        image = ImageOps.exif_transpose(image)
        rgb = to_rgb(image)
    if turned:
        width, height = height, width
    if max(rgb.size) > max_side:
        scale = max_side / max(rgb.size)
        size = (max(1, round(rgb.width * scale)), max(1, round(rgb.height * scale)))
        rgb = rgb.resize(size, Image.Resampling.BOX if scale < 0.5 else Image.Resampling.LANCZOS)
    pixels = np.array(rgb, dtype=np.uint8)
    return Picture(pixels, kind, width, height, pixels.shape[1] / width, frames)


def to_rgb(image: Any) -> Any:
    """Any mode as RGB. Pillow cuts values over 255 off, so that 16 bits are brought to 8 first; what is transparent is
    white, as on paper."""
    from PIL import Image

    if image.mode.startswith(("I", "F")):
        deep = np.asarray(image).astype(np.float32)
        deep = np.nan_to_num(deep, nan=0.0, posinf=0.0, neginf=0.0)
        top = float(deep.max(initial=0.0))
        full = 1.0 if top <= 1.0 else 255.0 if top <= 255.0 else max(65535.0, top)
        return Image.fromarray((np.clip(deep / full, 0, 1) * 255 + 0.5).astype(np.uint8), "L").convert("RGB")
    if image.mode in ("RGBA", "LA", "PA", "RGBa", "La") or "transparency" in image.info:
        clear = image.convert("RGBA")
        white = Image.new("RGBA", clear.size, (255, 255, 255, 255))
        return Image.alpha_composite(white, clear).convert("RGB")
    return image.convert("RGB")


__all__ = ["MAX_SIDE", "Picture", "TooLarge", "decode", "to_rgb"]
