"""What pixels tell, as a transparent picture to be laid over the photograph: the redder, the more. `generated`: patches that look made
by a generator; `edited`: cells that look put in after a first compression."""

from __future__ import annotations

import io

import numpy as np

from assay.formats.jpeg import quality_of
from assay.kinds.images.edited import OPEN, REMARKABLE, traces_of
from assay.kinds.images.opened import Opened
from assay.vision.traces.quantised import CELL

HEATS = ("generated", "edited")
_RED = (214, 24, 16)
_DEEPEST = 190  # of 255: the picture stays to be seen
_SIDE = 1024  # pixels of the longer side of what is laid over
_PALE = 0.5  # a generator's share from which on a patch is shown


def heats_of(opened: Opened) -> list[str]:
    """Which of `HEATS` there are for a picture."""
    return [name for name in HEATS if _cells(name, opened) is not None]


def heat(name: str, opened: Opened) -> bytes | None:
    """A PNG with the picture's proportions; None where there is nothing to be laid over it."""
    import cv2
    from PIL import Image

    cells = _cells(name, opened)
    if cells is None or opened.look is None:
        return None
    shares, (x0, y0, x1, y1) = cells
    scale = min(1.0, _SIDE / max(opened.look.width, opened.look.height))
    whole = np.zeros((max(1, round(opened.look.height * scale)), max(1, round(opened.look.width * scale))), np.float32)
    left, top, right, bottom = (round(v * scale) for v in (x0, y0, x1, y1))
    if right > left and bottom > top:
        size = (right - left, bottom - top)
        part = cv2.resize(np.ascontiguousarray(shares, np.float32), size, interpolation=cv2.INTER_LINEAR)
        place = whole[top:bottom, left:right]
        place[:] = part[: place.shape[0], : place.shape[1]]
    over = np.zeros((*whole.shape, 4), np.uint8)
    over[:, :, :3] = _RED
    over[:, :, 3] = np.clip(whole, 0, 1) * _DEEPEST
    out = io.BytesIO()
    Image.fromarray(over, "RGBA").save(out, "PNG")
    return out.getvalue()


def _cells(name: str, opened: Opened) -> tuple[np.ndarray, tuple[float, float, float, float]] | None:
    """Shares in 0..1, upright, and the box of the picture that they cover."""
    return _edited(opened) if name == "edited" else _generated(opened)


def _edited(opened: Opened) -> tuple[np.ndarray, tuple[float, float, float, float]] | None:
    import cv2

    found = traces_of(opened)
    if found is None or found.double is None or found.peak[0] < OPEN:
        return None
    smooth = cv2.blur(np.ascontiguousarray(found.double, np.float32), (3, 2))
    h, w = (side * CELL for side in smooth.shape)
    box = found.upright((0.0, 0.0, float(w), float(h)))
    return np.rot90(np.clip(smooth / REMARKABLE, 0, 1), -found.turns), box


def _generated(opened: Opened) -> tuple[np.ndarray, tuple[float, float, float, float]] | None:
    from assay.vision.generated import judge

    shown = opened.look
    pixels = None if shown is None else shown.whole if shown.middle is None else shown.middle
    if shown is None or pixels is None or (shown.middle is None and shown.scale < 1):
        return None
    luma = opened.origin.jpeg.luma if opened.origin.jpeg is not None else None
    judged = judge(pixels, None if luma is None else quality_of(luma)[0])
    if judged.probability is None or not judged.patches.size:
        return None
    (left, top), (h, w) = shown.at, pixels.shape[:2]
    shares = np.clip((judged.patches - _PALE) / (1 - _PALE), 0, 1)
    return shares, (float(left), float(top), float(left + w), float(top + h))


__all__ = ["HEATS", "heat", "heats_of"]
