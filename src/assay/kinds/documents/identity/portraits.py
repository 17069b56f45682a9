"""The portraits on a paper: where they are, whether the small pale one shows the same picture as the large one, and a hash by
which a picture is known again on another paper.

Compared is the picture, not the person: two prints of one photograph correlate when laid upon each other (.8 and more on the
mock identity papers at hand, photographed too), two people's faces hardly over .7, and what is no face at all under .4.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from assay.vision.face import Face

Box = tuple[float, float, float, float]
_MOST = 6  # faces of a page
_WIDE, _HIGH = 2.75, 0.28  # side and middle of the square from brows to chin, in distances from eyes to mouth
SAME, OTHER, NO_FACE = 0.76, 0.66, 0.42
CLEARLY_OTHER = 0.61
_LEAST = 44  # pixels of a ghost's face: less is too little to compare
_SIZE = 96


@dataclass(frozen=True)
class Portraits:
    """boxes: of the portraits, hair to collar, the main one first; likeness: correlation of main and ghost portrait, None
    where there are not both; mark: `portrait_hash` of the main one."""

    boxes: tuple[Box, ...]
    likeness: float | None = None
    mark: bytes | None = None

    @property
    def verdict(self) -> str:
        """ "same", "other", or "" where it cannot be said."""
        if self.likeness is None or self.likeness < NO_FACE:
            return ""
        return "same" if self.likeness >= SAME else "other" if self.likeness < OTHER else ""


def portraits(pixels: np.ndarray) -> list[Box]:
    """Boxes of upright portraits in uint8[h, w, 3] pixels, hair to collar, the most certain first."""
    return list(compare_portraits(pixels).boxes)


def compare_portraits(pixels: np.ndarray) -> Portraits:
    """The portraits of an upright page, main and ghost compared. Raises `ModelError` where the networks that find faces are not
    installed."""
    import cv2

    from assay.vision.face import faces

    found = [_square(face) for face in faces(pixels, _MOST)]
    if not found:
        return Portraits(())
    main, *others = sorted(found, key=_side, reverse=True)
    ghosts = [box for box in others if 0.2 < _side(box) / _side(main) < 0.85]
    boxes = tuple(_framed(box, pixels.shape) for box in (main, *ghosts))
    mark = portrait_hash(pixels, main)
    if not ghosts or _side(ghosts[0]) < _LEAST:
        return Portraits(boxes, None, mark)
    grey = np.asarray(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY))
    return Portraits(boxes, likeness(grey, main, grey, ghosts[0]), mark)


def turned_portraits(pixels: np.ndarray, turns: int) -> Portraits:
    """The same on a page whose text runs `turns` quarters clockwise from rightwards; boxes in pixels of the page given."""
    found = compare_portraits(np.ascontiguousarray(np.rot90(pixels, turns)))
    height, width = pixels.shape[:2]
    boxes = []
    for x0, y0, x1, y1 in found.boxes:
        x, y = np.array([x0, x1]), np.array([y0, y1])
        x, y = ((x, y), (width - y, x), (width - x, height - y), (y, height - x))[turns % 4]
        boxes.append((float(x.min()), float(y.min()), float(x.max()), float(y.max())))
    return Portraits(tuple(boxes), found.likeness, found.mark)


def likeness(grey: np.ndarray, one: Box, other_grey: np.ndarray, other: Box) -> float:
    """The highest correlation of two faces' middles, -1..1, over shifts and sizes; light and contrast taken out."""
    import cv2

    large = _level(_cut(grey, one, 1.0))[14:-14, 14:-14]
    best = -1.0
    for zoom in np.linspace(0.8, 1.3, 11):
        small = _level(_cut(other_grey, other, 1.25 * float(zoom), round(_SIZE * 1.25)))
        best = max(best, float(cv2.matchTemplate(small, large, cv2.TM_CCOEFF_NORMED).max()))
    return best


def portrait_hash(pixels: np.ndarray, face: Box) -> bytes:
    """32 bytes: signs of the low frequencies of a face's picture, upright. `face`: the square from brows to chin."""
    import cv2

    grey = np.asarray(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY))
    level = _level(_cut(grey, face, 1.15, 64), 8.0)
    low = cv2.dct(cv2.GaussianBlur(level, (0, 0), 1.5))[:16, :16].ravel()
    low[0] = 0.0
    return np.packbits(low > np.median(low)).tobytes()


def _square(face: Face) -> Box:
    """From brows to chin, by eyes and mouth: where hair begins or a beard ends does not move it."""
    from assay.vision.face import LEFT_EYE, MOUTH, RIGHT_EYE

    eyes = (face.points[RIGHT_EYE] + face.points[LEFT_EYE]) / 2
    down = face.points[MOUTH] - eyes
    half = _WIDE / 2 * float(np.hypot(*down))
    x, y = (float(v) for v in eyes + _HIGH * down)
    return x - half, y - half, x + half, y + half


def _side(box: Box) -> float:
    return box[2] - box[0]


def _framed(face: Box, shape: tuple[int, ...]) -> Box:
    x0, y0, x1, y1 = face
    side = x1 - x0
    return (
        max(0.0, x0 - 0.25 * side), max(0.0, y0 - 0.45 * side), min(float(shape[1]), x1 + 0.25 * side),
        min(float(shape[0]), y1 + 0.45 * side),
    )  # fmt: skip


def _cut(grey: np.ndarray, box: Box, reach: float, size: int = _SIZE) -> np.ndarray:
    """A square of `size` pixels around a box, `reach` times as wide."""
    import cv2

    x0, y0, x1, y1 = box
    scale = size / ((x1 - x0) * reach)
    matrix = np.array(
        [[scale, 0, size / 2 - scale * (x0 + x1) / 2], [0, scale, size / 2 - scale * (y0 + y1) / 2]], np.float32
    )
    soft = grey
    if scale < 1:  # an average before it is shrunk
        margin = round((x1 - x0) * reach)
        left, top = max(0, int(x0) - margin), max(0, int(y0) - margin)
        soft = cv2.GaussianBlur(grey[top : int(y1) + margin, left : int(x1) + margin], (0, 0), 0.5 / scale - 0.4)
        matrix[:, 2] += scale * np.array([left, top], np.float32)
    return np.asarray(
        cv2.warpAffine(soft, matrix, (size, size), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    )


def _level(grey: np.ndarray, reach: float = 7.0) -> np.ndarray:
    """Local mean 0, local deviation 1."""
    import cv2

    grey = grey.astype(np.float32)
    mean = cv2.GaussianBlur(grey, (0, 0), reach)
    deviation = np.sqrt(cv2.GaussianBlur((grey - mean) ** 2, (0, 0), reach * 1.3)) + 3
    return np.asarray((grey - mean) / deviation, np.float32)
