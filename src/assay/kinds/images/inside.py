"""What lies in a picture and other rooms know better: faces, the codes that telephones act on, a structure made to break
readers."""

from __future__ import annotations

import io
from collections.abc import Iterator
from functools import cache

import numpy as np

from assay.core.enclosed import Enclosed
from assay.core.kind import EnclosedReader, kinds
from assay.kinds.images.opened import Box, Opened, open_image

MOST_FACES = 8
MARGIN = 0.3  # of the face's longer side, on every side
LEAST_FACE = 24  # pixels; less shows nothing that could be judged
MOST_FACE = 1024  # pixels of a crop's longer side
SURE = 0.9  # of a room that knows the media type of a face's crop
_STRUCTURED = ("image/webp", "image/tiff")
_OURS = frozenset({"payment", "licence", "number"})  # codes that tills, warehouses and the room of documents read


def inside(name: str, content: bytes) -> Iterator[Enclosed]:
    """Never raises for what the bytes hold."""
    opened = open_image(content)
    if opened.media in _STRUCTURED:
        yield Enclosed(name=name, media="application/x-structure", content=content)
    if opened.look is None:
        return
    yield from _codes(opened)
    yield from _faces(opened)


def _codes(opened: Opened) -> Iterator[Enclosed]:
    from assay.formats.codes import read_codes
    from assay.formats.payment_code import purpose

    assert opened.look is not None
    seen: set[bytes] = set()
    for number, code in enumerate(read_codes(opened.look.whole, thorough=False), 1):
        if code.matrix and code.content not in seen and purpose(code.text) not in _OURS:
            seen.add(code.content)
            yield Enclosed(name=f"code {number}", media="text/x-code", content=code.text.encode("utf-8", "replace"))


def face_boxes(opened: Opened) -> list[Box]:
    """The faces in it, largest first, with their margin, in pixels of the upright picture; none where the networks that find
    them are not installed."""
    from assay.vision.face import faces

    shown = opened.look
    if shown is None:
        return []
    try:
        found = faces(shown.whole, most=MOST_FACES)
    except Exception:  # the networks are missing, or choke on it: the room of faces is then not asked
        return []
    boxes = []
    for face in found[:MOST_FACES]:
        x, y, w, h = (v / shown.scale for v in face.box)
        if min(w, h) >= LEAST_FACE:
            more = MARGIN * max(w, h)
            boxes.append(
                (
                    max(0.0, x - more),
                    max(0.0, y - more),
                    min(float(shown.width), x + w + more),
                    min(float(shown.height), y + h + more),
                )
            )
    return boxes


def crop(opened: Opened, box: Box) -> np.ndarray | None:
    """uint8[h, w, 3] of a box: the file's own pixels where they were kept, else those of the reduced picture."""
    shown = opened.look
    if shown is None:
        return None
    x0, y0, x1, y1 = (round(v) for v in box)
    left, top = shown.at
    if (
        shown.middle is not None
        and left <= x0
        and top <= y0
        and x1 <= left + shown.middle.shape[1]
        and y1 <= top + shown.middle.shape[0]
    ):
        part = shown.middle[y0 - top : y1 - top, x0 - left : x1 - left]
    else:
        x0, y0, x1, y1 = (round(v * shown.scale) for v in box)
        part = shown.whole[y0:y1, x0:x1]
    return part if min(part.shape[:2]) > 0 else None


def _faces(opened: Opened) -> Iterator[Enclosed]:
    from assay.vision.face import MEDIA

    if not _wanted(MEDIA):
        return
    for number, box in enumerate(face_boxes(opened), 1):
        part = crop(opened, box)
        if part is not None:
            yield Enclosed(name=f"face {number}", media=MEDIA, content=png(part, MOST_FACE))


@cache
def _wanted(media: str) -> bool:
    """Is there a room for faces? Any room of pictures would take the crops, and find the same face in them again."""
    one = Enclosed(name="face", media=media, content=b"\x89PNG\r\n\x1a\n")
    readers = (reader for kind in kinds().values() for reader in kind.open_readers())
    return any(isinstance(reader, EnclosedReader) and reader.claims(one) >= SURE for reader in readers)


def png(pixels: np.ndarray, most: int) -> bytes:
    """A PNG of uint8[h, w, 3], reduced to a longer side of `most` at most."""
    from PIL import Image

    image = Image.fromarray(np.ascontiguousarray(pixels))
    if max(image.size) > most:
        image.thumbnail((most, most), Image.Resampling.LANCZOS)
    out = io.BytesIO()
    image.save(out, "PNG", compress_level=1)
    return out.getvalue()


__all__ = ["crop", "face_boxes", "inside", "png"]
