"""One look at a picture file: the whole of it reduced, for what is seen in it, and its middle pixel for pixel, for what its
making left there. Both from one decoding, bounded so that a picture of 256 megapixels stays under a gigabyte and a half.

A decoder holds four bytes a pixel, and of a progressive JPEG every coefficient besides, so that a huge one of those is only
seen reduced. What cannot be read raises `UnreadableInput`, what would not fit `TooLarge`; nothing else is raised.
"""

from __future__ import annotations

import io
import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np

from assay.core.errors import UnreadableInput
from assay.formats.jpeg import read_jpeg
from assay.formats.picture import MAX_PIXELS, MAX_PIXELS_REDUCED, TooLarge, first_line, to_rgb

FORMATS = ("JPEG", "PNG", "TIFF", "WEBP", "BMP", "GIF", "AVIF")
MIDDLE = 24_000_000  # pixels of the part that is kept as it is; smaller pictures are kept entire
WHOLE_SIDE = 2048
MAX_COEFFICIENTS = 900 << 20  # bytes that a decoder may hold of a progressive JPEG
_STREAMED = ("JPEG", "MPO", "PNG")  # decoded row by row into one buffer of four bytes a pixel


@dataclass(frozen=True)
class Look:
    """`whole` uint8[h, w, 3] RGB, upright, no side over `WHOLE_SIDE`, `scale` of its pixels per pixel of the file; `middle`
    uint8[h, w, 3] RGB, upright, at the file's own size, with its left upper corner at `at` (x, y) of the upright picture, or
    None where it was not decoded so; `width` and `height` of the upright picture; `moving`: more frames follow the first;
    `orientation` (EXIF) by which it was stored, 1 upright."""

    whole: np.ndarray
    scale: float
    middle: np.ndarray | None
    at: tuple[int, int]
    width: int
    height: int
    format: str
    moving: bool
    orientation: int


def look(content: bytes, *, whole_side: int = WHOLE_SIDE, middle: int = MIDDLE) -> Look:
    """The picture in these bytes, its first frame where there are several."""
    image = _open(content)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return _look(image, content, whole_side, middle)
    except UnreadableInput:
        raise
    except Exception as error:  # a decoder fed hostile bytes raises nearly anything
        raise UnreadableInput(f"the picture cannot be decoded: {first_line(error)}") from None
    finally:
        image.close()


def _open(content: bytes) -> Any:
    from PIL import (  # noqa: F401  a decoder is known once it is imported
        AvifImagePlugin,
        BmpImagePlugin,
        GifImagePlugin,
        Image,
        JpegImagePlugin,
        PngImagePlugin,
        TiffImagePlugin,
        UnidentifiedImageError,
        WebPImagePlugin,
    )

    # Pillow refuses at twice its own limit, from 179 megapixels on; here the limit is ours, and lower than twice.
    Image.MAX_IMAGE_PIXELS = MAX_PIXELS_REDUCED
    try:
        with warnings.catch_warnings():  # Pillow warns of what is bounded here
            warnings.simplefilter("ignore")
            image = Image.open(io.BytesIO(content), formats=FORMATS)
    except Image.DecompressionBombError:
        raise TooLarge("the picture promises too many pixels", hint=f"at most {MAX_PIXELS_REDUCED} are read") from None
    except UnidentifiedImageError:
        raise UnreadableInput("this is no picture of a kind that is read", hint=", ".join(FORMATS)) from None
    except Exception as error:
        raise UnreadableInput(f"the picture's header is broken: {first_line(error)}") from None
    width, height = image.size
    limit = MAX_PIXELS_REDUCED if image.format in _STREAMED else MAX_PIXELS
    if width <= 0 or height <= 0:
        raise UnreadableInput("the picture has no pixels")
    if width * height > limit:
        raise TooLarge(f"the picture has {width} by {height} pixels", hint=f"at most {limit} are read")
    return image


def _look(image: Any, content: bytes, whole_side: int, middle: int) -> Look:
    from PIL import Image

    kind, (width, height) = str(image.format), image.size
    moving = bool(getattr(image, "is_animated", False)) and kind in ("GIF", "WEBP", "PNG", "AVIF")
    orientation = image.getexif().get(0x0112, 1) if kind not in ("TIFF", "AVIF") else 1
    turn = _TURNS.get(orientation)
    huge = width * height > MAX_PIXELS
    if huge and image.mode not in ("L", "RGB", "RGBA", "CMYK"):
        raise TooLarge(f"the picture has {width} by {height} pixels in a form that must be decoded entire")
    native = True
    if kind in ("JPEG", "MPO") and huge and (held := _coefficients(content)):
        if held > MAX_COEFFICIENTS:
            raise TooLarge(f"the picture's {width} by {height} pixels are stored progressively")
        image.draft(None, (max(1, width * whole_side // max(width, height)),) * 2)
        native = False
    image.load()
    part, at = _middle(image, width, height, middle) if native else (None, (0, 0))
    share = whole_side / max(image.size)
    if share >= 1:
        whole = part if part is not None and part.size == image.size else to_rgb(image)
    else:
        step = max(1, int(0.5 / share))
        small = image.reduce(step) if step > 1 and image.mode in ("L", "RGB", "RGBA", "CMYK") else image
        size = max(1, round(image.width * share)), max(1, round(image.height * share))
        whole = to_rgb(small).resize(size, Image.Resampling.BOX if share < 0.5 else Image.Resampling.LANCZOS)
    if turn is not None:
        whole = whole.transpose(turn)
        if part is not None:
            box = (*at, at[0] + part.width, at[1] + part.height)
            part, at = part.transpose(turn), _turned_corner(box, orientation, width, height)
    if orientation in (5, 6, 7, 8):
        width, height = height, width
    pixels = np.array(whole, dtype=np.uint8)
    native_pixels = None if part is None else pixels if part is whole else np.array(part, dtype=np.uint8)
    for array in (pixels, native_pixels):
        if array is not None:
            array.flags.writeable = False
    return Look(
        pixels,
        pixels.shape[1] / width,
        native_pixels,
        at,
        width,
        height,
        kind,
        moving,
        orientation if turn is not None else 1,
    )


# EXIF orientation -> what makes the picture upright (PIL.Image.Transpose).
_TURNS = {2: 0, 3: 3, 4: 1, 5: 5, 6: 4, 7: 6, 8: 2}


def _middle(image: Any, width: int, height: int, most: int) -> tuple[Any, tuple[int, int]]:
    """The middle of so many pixels, cut on the 16-pixel grid; all of a smaller picture."""
    if width * height <= most:
        return to_rgb(image), (0, 0)
    share = (most / (width * height)) ** 0.5
    x, y = (int(side * (1 - share) / 2) // 16 * 16 for side in (width, height))
    return to_rgb(image.crop((x, y, x + int(width * share), y + int(height * share)))), (x, y)


def _turned_corner(box: tuple[int, int, int, int], orientation: int, width: int, height: int) -> tuple[int, int]:
    """Where the left upper corner of a box lies once the picture (width by height as stored) is upright."""
    x0, y0, x1, y1 = box
    return {
        2: (width - x1, y0), 3: (width - x1, height - y1), 4: (x0, height - y1), 5: (y0, x0), 6: (height - y1, x0),
        7: (height - y1, width - x1), 8: (y0, width - x1),
    }[orientation]  # fmt: skip


def _coefficients(content: bytes) -> int:
    """Bytes that the decoder of a progressive JPEG holds; 0 for one that is decoded row by row."""
    jpeg = read_jpeg(content)
    if not jpeg.progressive or not jpeg.sampling:
        return 0
    h, v = max(s[0] for s in jpeg.sampling) or 1, max(s[1] for s in jpeg.sampling) or 1
    share = sum(sh * sv for sh, sv in jpeg.sampling) / (h * v)
    return int(jpeg.width * jpeg.height * share * 2)


__all__ = ["FORMATS", "MIDDLE", "WHOLE_SIDE", "Look", "look"]
