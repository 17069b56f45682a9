"""One look at a picture file: the whole of it reduced, for what is seen in it, and its middle pixel for pixel, for what its
making left there. Bounded so that a picture of 256 megapixels stays under a gigabyte.

A decoder holds three or four bytes a pixel, so that a huge JPEG is decoded at an eighth of its size, a huge PNG by one that holds
three, and of either only the upper half pixel for pixel, by a copy of the file whose header promises no more. Of a progressive
JPEG a decoder holds every coefficient: a huge one is seen reduced alone. What cannot be read raises `UnreadableInput`, what would not fit `TooLarge`; nothing else is raised.
"""

from __future__ import annotations

import warnings
import zlib
from dataclasses import dataclass
from typing import Any

import numpy as np

from assay.core.errors import UnreadableInput
from assay.formats.exif import read_exif
from assay.formats.jpeg import Jpeg, read_jpeg
from assay.formats.picture import to_rgb
from assay.formats.picture_file import MAX_PIXELS, MAX_PIXELS_REDUCED, TooLarge, bound, first_line, open_picture
from assay.formats.picture_notes import read_notes

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
    image = open_picture(content)
    bound(image, MAX_PIXELS_REDUCED if image.format in _STREAMED else MAX_PIXELS)
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


def _look(image: Any, content: bytes, whole_side: int, middle: int) -> Look:
    kind, (width, height) = str(image.format), image.size
    moving = bool(getattr(image, "is_animated", False)) and kind in ("GIF", "WEBP", "PNG", "AVIF")
    orientation = _orientation(image, content, kind)
    turn = _TURNS.get(orientation)
    if width * height > MAX_PIXELS:
        whole, part, at = _huge(image, content, whole_side, middle)
    else:
        image.load()
        part, at = _middle(image, width, height, middle)
        whole = _reduced(image, whole_side, part)
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


def _orientation(image: Any, content: bytes, kind: str) -> int:
    """EXIF's word for it. Not asked of Pillow, which decodes a PNG to its end in search of it; but for AVIF and HEIC, whose own
    turn it translates or has done, and TIFF, which it turns itself."""
    if kind == "TIFF":
        return 1
    if kind in ("AVIF", "HEIF"):
        return int(image.getexif().get(0x0112, 1))
    return int(read_exif(read_notes(content).exif).number("Orientation") or 1)


# EXIF orientation -> what makes the picture upright (PIL.Image.Transpose).
_TURNS = {2: 0, 3: 3, 4: 1, 5: 5, 6: 4, 7: 6, 8: 2}


def _reduced(image: Any, whole_side: int, part: Any) -> Any:
    """RGB with a longer side of `whole_side` at most; `part`, where that is all of it already."""
    from PIL import Image

    share = whole_side / max(image.size)
    if share >= 1:
        return part if part is not None and part.size == image.size else to_rgb(image)
    step = max(1, int(0.5 / share))
    small = image.reduce(step) if step > 1 and image.mode in ("L", "RGB", "RGBA", "CMYK") else image
    size = max(1, round(image.width * share)), max(1, round(image.height * share))
    return to_rgb(small).resize(size, Image.Resampling.BOX if share < 0.5 else Image.Resampling.LANCZOS)


def _huge(image: Any, content: bytes, whole_side: int, middle: int) -> tuple[Any, Any, tuple[int, int]]:
    """The whole reduced, and a part from above the middle (or none), of a JPEG or PNG of more than `MAX_PIXELS`."""
    import cv2
    from PIL import Image

    width, height = image.size
    if image.mode not in ("L", "RGB", "RGBA", "CMYK"):
        raise TooLarge(f"the picture has {width} by {height} pixels in a form that must be decoded entire")
    jpeg = read_jpeg(content) if image.format != "PNG" else None
    if jpeg is not None:
        if (held := _coefficients(jpeg)) > MAX_COEFFICIENTS:
            raise TooLarge(f"the picture's {width} by {height} pixels are stored progressively")
        image.draft(None, (max(1, width * whole_side // max(width, height)),) * 2)
        image.load()
        whole = _reduced(image, whole_side, None)
        upper = None if held or jpeg.frame is None else _with_height(content, jpeg.frame + 5, 2, height // 2)
    else:
        flag = cv2.IMREAD_REDUCED_COLOR_8 if max(width, height) > 6 * whole_side else cv2.IMREAD_REDUCED_COLOR_4
        read = cv2.imdecode(np.frombuffer(content, np.uint8), flag | cv2.IMREAD_IGNORE_ORIENTATION)
        if read is None:
            raise UnreadableInput("the picture cannot be decoded")
        whole = _reduced(Image.fromarray(np.ascontiguousarray(read[:, :, ::-1])), whole_side, None)
        upper = None if content[28] else _png_with_height(content, height // 2)  # not of an interlaced one
    if upper is None:
        return whole, None, (0, 0)
    with open_picture(upper) as half:
        half.load()
        part, (x, y) = _middle(half, width, half.height, middle)
    return whole, part, (x, y)


def _with_height(content: bytes, at: int, size: int, height: int) -> bytes:
    return content[:at] + height.to_bytes(size, "big") + content[at + size :]


def _png_with_height(content: bytes, height: int) -> bytes:
    changed = _with_height(content, 20, 4, height)
    return changed[:29] + zlib.crc32(changed[12:29]).to_bytes(4, "big") + changed[33:]


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


def _coefficients(jpeg: Jpeg) -> int:
    """Bytes that the decoder of a progressive JPEG holds; 0 for one that is decoded row by row."""
    if not jpeg.progressive or not jpeg.sampling:
        return 0
    h, v = max(s[0] for s in jpeg.sampling) or 1, max(s[1] for s in jpeg.sampling) or 1
    share = sum(sh * sv for sh, sv in jpeg.sampling) / (h * v)
    return int(jpeg.width * jpeg.height * share * 2)


__all__ = ["MIDDLE", "WHOLE_SIDE", "Look", "look"]
