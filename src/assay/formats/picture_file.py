"""The header of a picture file from outside, opened with the decoders that are let in and no others; what is decoded of it, and
how much of that is allowed, its callers say.

JPEG, PNG, TIFF, WebP, BMP, GIF and AVIF are Pillow's own; HEIC, as telephones write it, is read where the package `pi-heif`
is installed. What cannot be opened raises `UnreadableInput`, what promises too much `TooLarge`; nothing else is raised.
"""

from __future__ import annotations

import io
import warnings
from functools import lru_cache
from typing import Any

from assay.core.errors import UnreadableInput

MAX_PIXELS = 64_000_000  # of a picture that must be decoded whole: 192 MB as RGB
MAX_PIXELS_REDUCED = 256_000_000  # of one whose decoder can skip detail: covers the largest telephone cameras


class TooLarge(UnreadableInput):
    """A picture with more pixels than are decoded."""

    code = "too-large"


def open_picture(content: bytes) -> Any:
    """The `PIL.Image.Image` of these bytes, its header read and not a pixel decoded."""
    from PIL import Image, UnidentifiedImageError

    # Pillow refuses at twice its own limit, from 179 megapixels on; here the limit is ours, and lower than twice.
    Image.MAX_IMAGE_PIXELS = MAX_PIXELS_REDUCED
    try:
        with warnings.catch_warnings():  # Pillow warns of what is bounded here
            warnings.simplefilter("ignore")
            image = Image.open(io.BytesIO(content), formats=formats())
    except Image.DecompressionBombError:
        raise TooLarge("the picture promises too many pixels", hint=f"at most {MAX_PIXELS_REDUCED} are read") from None
    except UnidentifiedImageError:
        raise UnreadableInput("this is no picture of a kind that is read", hint=", ".join(formats())) from None
    except Exception as error:  # a decoder fed hostile bytes raises nearly anything
        raise UnreadableInput(f"the picture's header is broken: {first_line(error)}") from None
    if image.width <= 0 or image.height <= 0:
        raise UnreadableInput("the picture has no pixels")
    return image


@lru_cache(maxsize=1)
def formats() -> tuple[str, ...]:
    """Pillow's names of the formats that are opened."""
    from PIL import (  # noqa: F401  a decoder is known once it is imported
        AvifImagePlugin,
        BmpImagePlugin,
        GifImagePlugin,
        JpegImagePlugin,
        PngImagePlugin,
        TiffImagePlugin,
        WebPImagePlugin,
    )

    return ("JPEG", "PNG", "TIFF", "WEBP", "BMP", "GIF", "AVIF", *(("HEIF",) if reads_heic() else ()))


@lru_cache(maxsize=1)
def reads_heic() -> bool:
    """Whether the decoder for HEIC is installed."""
    try:
        from pi_heif import register_heif_opener
    except ImportError:
        return False
    register_heif_opener(thumbnails=False, depth_images=False, aux_images=False)
    return True


def bound(image: Any, limit: int) -> None:
    """Raises `TooLarge` for more pixels than this."""
    if image.width * image.height > limit:
        raise TooLarge(f"the picture has {image.width} by {image.height} pixels", hint=f"at most {limit} are decoded")


def first_line(error: Exception) -> str:
    """What an error says, in a line."""
    return (str(error) or type(error).__name__).splitlines()[0][:200]


__all__ = [
    "MAX_PIXELS",
    "MAX_PIXELS_REDUCED",
    "TooLarge",
    "bound",
    "first_line",
    "formats",
    "open_picture",
    "reads_heic",
]
