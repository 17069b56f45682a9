"""The frames of a challenge, looked at: for each the face's mesh, the light on skin and background, and a small picture.

One face is followed from frame to frame by its own mesh, which costs a third of finding it anew; it is found anew where it
was lost, and every two seconds, so that a second face is seen too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from assay.kinds.identity.evidence import Frame

if TYPE_CHECKING:
    from assay.vision.face import Face

MOST = 200  # frames looked at, evenly spread over what came
LONGEST = 480  # pixels of the longer side at which frames are looked at
MOST_PIXELS = 16_000_000
_AGAIN = 2.0  # seconds after which faces are looked for anew
_SKIN = (50, 280, 10)  # points of the mesh: both cheeks, forehead
_BESIDE = 0.4  # a second face counts from this share of the first one's width


@dataclass(frozen=True)
class Watched:
    """n frames in order of time. `at` float64[n] seconds; `number` int64[n] their places in the evidence; `points`
    float32[n, 468, 3] in pixels of `pictures`, NaN where no face was seen; `skin` and `ground` float64[n, 3] mean RGB 0..1 in
    linear light, NaN where unknown; `pictures` uint8 RGB, one black pixel where broken; `others` bool[n] a second face of like size; `broken` frames that
    could not be read."""

    at: np.ndarray
    number: np.ndarray
    points: np.ndarray
    skin: np.ndarray
    ground: np.ndarray
    pictures: Sequence[np.ndarray] = ()
    others: np.ndarray = field(default_factory=lambda: np.zeros(0, bool))
    broken: int = 0

    @property
    def seen(self) -> np.ndarray:
        """bool[n]: is there a face?"""
        return np.asarray(np.isfinite(self.points[:, 0, 0]))

    def __len__(self) -> int:
        return len(self.at)


def watch(frames: Sequence[Frame]) -> Watched:
    """Raises `ModelError` where the networks that find faces are not installed."""
    from assay.vision.face import faces
    from assay.vision.mesh import POINTS, mesh

    chosen = np.unique(np.linspace(0, max(0, len(frames) - 1), min(len(frames), MOST)).round().astype(int))
    order = sorted(chosen.tolist(), key=lambda i: frames[i].at)
    n = len(order)
    points = np.full((n, POINTS, 3), np.nan, np.float32)
    skin, ground, others = np.full((n, 3), np.nan), np.full((n, 3), np.nan), np.zeros(n, bool)
    pictures: list[np.ndarray] = []
    followed: Face | None = None
    looked, broken = -1e9, 0
    for k, i in enumerate(order):
        pixels = picture(frames[i].image)
        if pixels is None:
            broken += 1
            pictures.append(np.zeros((1, 1, 3), np.uint8))
            continue
        at = frames[i].at / 1000
        if followed is None or at - looked >= _AGAIN:
            found, looked = faces(pixels, 2), at
            if found:
                others[k] = len(found) > 1 and found[1].box[2] > _BESIDE * found[0].box[2]
                followed = followed or found[0]
                if _apart(followed, found[0]):
                    followed = found[0]
        seen = mesh(pixels, followed) if followed is not None else None
        pictures.append(pixels)
        followed = None
        if seen is not None:
            points[k] = seen.points
            followed = _face(seen.points)
            skin[k], ground[k] = _light(pixels, seen.points)
    at_ = np.array([frames[i].at for i in order], np.float64) / 1000
    return Watched(at_, np.array(order, np.int64), points, skin, ground, pictures, others, broken)


def picture(content: bytes) -> np.ndarray | None:
    """uint8[height, width, 3] RGB, its longer side at most `LONGEST`; None where it is no picture of a bearable size."""
    import cv2

    size = _size(content)
    if size is None or size[0] * size[1] > MOST_PIXELS or min(size) < 32:
        return None
    try:
        pixels = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_COLOR)
    except cv2.error:
        return None
    if pixels is None:
        return None
    scale = LONGEST / max(pixels.shape[:2])
    if scale < 1:
        pixels = cv2.resize(pixels, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    return np.ascontiguousarray(pixels[:, :, ::-1])


def _size(content: bytes) -> tuple[int, int] | None:
    """Width and height as the header says, before anything is unpacked."""
    import io

    from PIL import Image

    try:
        with Image.open(io.BytesIO(content), formats=("JPEG", "WEBP", "PNG")) as image:
            return image.size
    except Exception:  # PIL raises many things on hostile headers
        return None


def _face(points: np.ndarray) -> Face:
    """The face that a mesh says there is, for the next frame."""
    from assay.vision.face import Face as Found

    low, high = points[:, :2].min(0), points[:, :2].max(0)
    six = points[[159, 386, 1, 13, 234, 454], :2]
    box = (float(low[0]), float(low[1]), float(high[0] - low[0]), float(high[1] - low[1]))
    return Found(box, 1.0, np.asarray(six, np.float32))


def _apart(one: Face, other: Face) -> bool:
    """Do two faces lie apart?"""
    middle = [(f.box[0] + f.box[2] / 2, f.box[1] + f.box[3] / 2) for f in (one, other)]
    return bool(np.hypot(middle[0][0] - middle[1][0], middle[0][1] - middle[1][1]) > max(one.box[2], other.box[2]) / 2)


def _light(pixels: np.ndarray, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean light on three patches of skin, and on what lies beyond one and a half faces from the middle."""
    height, width = pixels.shape[:2]
    low, high = points[:, :2].min(0), points[:, :2].max(0)
    reach = max(2, int(0.07 * (high[0] - low[0])))
    patches = []
    for index in _SKIN:
        x, y = (int(v) for v in points[index, :2])
        patch = pixels[max(0, y - reach) : y + reach, max(0, x - reach) : x + reach]
        if patch.size:
            patches.append(_linear(patch).reshape(-1, 3).mean(0))
    skin = np.mean(patches, axis=0) if patches else np.full(3, np.nan)
    middle, half = (low + high) / 2, 0.75 * (high - low)
    outside = np.ones((height, width), bool)
    x0, y0 = (np.maximum(0, middle - half)).astype(int)
    x1, y1 = (middle + half).astype(int)
    outside[y0:, max(0, x0) : max(0, x1)] = False  # the body below the face is lit as the face is
    outside[max(0, y0) : max(0, y1), max(0, x0) : max(0, x1)] = False
    area = pixels[::4, ::4][outside[::4, ::4]]
    return skin, _linear(area).mean(0) if len(area) > 50 else np.full(3, np.nan)


def _linear(values: np.ndarray) -> np.ndarray:
    """sRGB bytes as linear light 0..1 (by the power 2.2, near enough for ratios)."""
    return np.asarray((values.astype(np.float64) / 255.0) ** 2.2)
