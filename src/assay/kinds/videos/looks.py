"""What networks see in single frames: is the picture generated, where are faces, is a face forged; and, through one stretch, a
face followed from frame to frame. Two frames are looked at side by side while the film is decoded on.

Each network is optional: where its files are not installed, its numbers are None, and `Looker.lacking` names it.
"""

from __future__ import annotations

from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, NamedTuple

import numpy as np

from assay.core.errors import ModelError
from assay.kinds.videos.body import Place, cut, place_of
from assay.kinds.videos.decode import Frame

WORKERS = 2
WAITING, WAITING_BYTES = 4, 96 << 20  # of frames held for the networks; at 8K one is 100 MB
FACES = 3  # of a frame
FOUND_ON = 640  # pixels of the longer side on which faces are looked for
FOLLOWED = 360  # frames
AGAIN = 0.5  # seconds until a face is looked for again where there was none
LEAST_FACE = 64  # pixels of a face worth looking at
TOWER_EVERY = 3  # frames, of which the faces in one go to the CLIP tower too: four times what the rest costs


class SeenFace(NamedTuple):
    """`box` x0, y0, x1, y1 pixels of the frame; `size` pixels of the face's outline; `forged` the probability by the
    face-forgery network, None where it does not say, and `why_not` why nothing should rest on it."""

    box: tuple[float, float, float, float]
    size: float
    forged: float | None
    why_not: str
    doubt: tuple[float, float] = (0.0, 1.0)
    tower: bool = False  # whether the CLIP tower was heard


class Look(NamedTuple):
    """One frame: `generated` the probability by the whole-picture model, `why_not` why nothing should rest on it, and `doubt` the
    probabilities between which it decides nothing."""

    at: float
    generated: float | None
    why_not: str
    faces: tuple[SeenFace, ...]
    doubt: tuple[float, float] = (0.0, 1.0)


class Followed(NamedTuple):
    """The largest face in one frame of the close stretch: float32 (468, 3) `points`, None where it was lost; `eyes` uint8
    (24, 80), both eyes cut out level at one size; `skin` the mean red, green and blue of forehead and cheeks; `body` uint8 grey,
    what is seen at `place`, which stays the same for as long as the face is followed; see `body.py`."""

    at: float
    points: np.ndarray | None
    eyes: np.ndarray | None
    skin: tuple[float, float, float]
    body: np.ndarray | None = None
    place: Place | None = None


class Looker:
    """Give it frames in the order they are decoded; `finish` when all were given."""

    def __init__(self) -> None:
        self.lacking: set[str] = set()
        self.given = 0  # frames so far
        self._pool = ThreadPoolExecutor(WORKERS, "assay-look")
        self._waiting: deque[Future[Look]] = deque()
        self._looks: list[Look] = []
        self._followed: list[Followed] = []
        self._last: Any = None  # the face as it was in the frame before
        self._place: Place | None = None  # where its body is watched
        self._again = 0.0  # when a face is looked for again

    def __enter__(self) -> Looker:
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.shutdown(wait=True, cancel_futures=True)

    def look(self, frame: Frame) -> None:
        tower = self.given % TOWER_EVERY == 0
        self.given += 1
        while len(self._waiting) >= max(1, min(WAITING, WAITING_BYTES // frame.bgr.nbytes)):
            self._looks.append(self._waiting.popleft().result())
        self._waiting.append(self._pool.submit(self._seen, frame, tower))

    def follow(self, frame: Frame) -> None:
        if len(self._followed) < FOLLOWED and "faces" not in self.lacking:
            try:
                self._followed.append(self._face_in(frame))
            except ModelError:
                self.lacking.add("faces")

    def finish(self) -> tuple[tuple[Look, ...], tuple[Followed, ...]]:
        """All that was seen, in order of time."""
        while self._waiting:
            self._looks.append(self._waiting.popleft().result())
        return tuple(sorted(self._looks, key=lambda look: look.at)), tuple(sorted(self._followed, key=lambda f: f.at))

    # -- one frame ----------------------------------------------------------------------------------------------------

    def _seen(self, frame: Frame, tower: bool) -> Look:
        from assay.vision.generated import judge

        rgb = frame.rgb
        told = judge(rgb, heat=False)
        if told.why_not == "no-model":
            self.lacking.add("generated")
        return Look(frame.at, told.probability, told.why_not, self._faces(rgb, tower), told.doubt)

    def _faces(self, rgb: np.ndarray, tower: bool) -> tuple[SeenFace, ...]:
        if "faces" in self.lacking:
            return ()
        try:
            from assay.vision.mesh import mesh

            return tuple(_judged(rgb, shape, tower) for face in found(rgb) if (shape := mesh(rgb, face)) is not None)
        except ModelError:
            self.lacking.add("faces")
            return ()

    def _face_in(self, frame: Frame) -> Followed:
        """The face of the frame before, or else the largest; its mesh begins where the last one was."""
        from assay.vision.eyes import eyes
        from assay.vision.face import Face
        from assay.vision.mesh import OVAL, mesh

        rgb, face = frame.rgb, self._last
        if face is None and frame.at >= self._again:
            face = next(iter(found(rgb, 1)), None)
            self._again = frame.at + AGAIN if face is None else 0.0
        shape = None if face is None else mesh(rgb, face)
        if shape is None:
            self._last = None
            return Followed(frame.at, None, None, (float("nan"),) * 3)
        points = shape.points
        low, high = points[:, :2].min(0), points[:, :2].max(0)
        box = (float(low[0]), float(low[1]), float(high[0] - low[0]), float(high[1] - low[1]))
        six = np.stack([points[[33, 133], :2].mean(0), points[[362, 263], :2].mean(0), points[1, :2],
                        points[[13, 14], :2].mean(0), points[234, :2], points[454, :2]])  # fmt: skip
        if self._last is None:
            self._place = place_of(points[list(OVAL), :2], rgb.shape[1], rgb.shape[0])
        self._last = Face(box, 1.0, six.astype(np.float32))
        seen = cut(rgb, self._place) if self._place is not None else None
        return Followed(frame.at, points, eyes(rgb, points), skin_of(rgb, points), seen, self._place)


def _judged(rgb: np.ndarray, shape: Any, tower: bool) -> SeenFace:
    """One face whose mesh is at hand, by the face-forgery network."""
    from assay.vision.forged import judge
    from assay.vision.mesh import OVAL

    outline = shape.points[list(OVAL), :2]
    (x0, y0), (x1, y1) = outline.min(0).tolist(), outline.max(0).tolist()
    box, size = (x0, y0, x1, y1), max(x1 - x0, y1 - y0)
    if size < LEAST_FACE:
        return SeenFace(box, size, None, "small")
    told = judge(rgb, shape, tower=tower)
    return SeenFace(box, size, told.probability, told.why_not, told.doubt, "tower" in told.votes)


def found(rgb: np.ndarray, most: int = FACES) -> list[Any]:
    """Faces of a frame, found on a smaller copy of it, in the frame's own pixels."""
    import cv2

    from assay.vision.face import Face, faces

    scale = min(1.0, FOUND_ON / max(rgb.shape[:2]))
    small = rgb
    if scale < 1:
        size = (max(1, round(rgb.shape[1] * scale)), max(1, round(rgb.shape[0] * scale)))
        small = cv2.resize(rgb, size, interpolation=cv2.INTER_AREA)
    told = faces(small, most)
    return [Face(tuple(v / scale for v in face.box), face.score, face.points / scale) for face in told]


# Patches of skin between landmarks of the mesh: forehead, and both cheeks below the eyes.
_SKIN = ((109, 338, 336, 107), (117, 118, 101, 205), (346, 347, 330, 425))


def skin_of(rgb: np.ndarray, points: np.ndarray) -> tuple[float, float, float]:
    """Mean red, green and blue of forehead and cheeks."""
    import cv2

    low = np.floor(points[:, :2].min(0)).astype(int)
    high = np.ceil(points[:, :2].max(0)).astype(int) + 1
    x0, y0 = np.maximum(low, 0)
    x1, y1 = np.minimum(high, [rgb.shape[1], rgb.shape[0]])
    if x1 - x0 < 4 or y1 - y0 < 4:
        return (float("nan"),) * 3
    mask = np.zeros((y1 - y0, x1 - x0), np.uint8)
    for ring in _SKIN:
        corners = (points[list(ring), :2] - [x0, y0]).round().astype(np.int32)
        cv2.fillConvexPoly(mask, cv2.convexHull(corners), 1)
    red, green, blue, _ = cv2.mean(np.ascontiguousarray(rgb[y0:y1, x0:x1]), mask)
    return (red, green, blue) if mask.any() else (float("nan"),) * 3


__all__ = ["Followed", "Look", "Looker", "SeenFace", "found", "skin_of"]
