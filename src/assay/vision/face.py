"""Finding faces: MediaPipe's BlazeFace networks (Bazarevsky et al. 2019) over the whole picture and over tiles of it.

The short-range network sees faces that fill the picture, the full-range one those from a tenth of its view; tiles at the
picture's own scale find small ones. Every network proposes boxes from fixed anchors; proposals of one face are averaged by
their scores. It says where a face is, never whose.
"""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import numpy as np

from assay.vision.lite import lite

MEDIA = "image/png; face"
"""Media type of an enclosed crop that holds one face with some margin: what rooms of pictures hand to the room of faces."""

RIGHT_EYE, LEFT_EYE, NOSE, MOUTH, RIGHT_EAR, LEFT_EAR = range(6)  # the person's own right, left in the picture

LEAST_SIDE = 16  # pixels of a picture below which nothing is looked for
_WORK = 1600  # longest side in pixels at which tiles are cut
_TILE, _STEP = 640, 480  # tiles overlap by 160 px: a face that the whole picture's view is too coarse for lies in one
_SURE = 0.6  # least score of a proposal
_CERTAIN = 0.85  # score from which no second opinion is asked
_LOOKED = 24  # proposals looked at beyond the number that is asked for
_SAME = 0.3  # intersection over union above which two proposals are one face
_INSIDE = 0.6  # share of the smaller box inside the larger above which they are one face
_EDGE = 0.02  # of the tile: a box cut by a tile's inner border is left to another view
_PADS = (0.0, 0.35)  # of the longer side on every side, round the whole picture: a face that fills it needs air
_CLIP = 80.0  # logits beyond are as good as certain


class Face(NamedTuple):
    """`box` is x, y, width, height in pixels (may reach beyond the picture); `score` 0..1; `points` float32 (6, 2) in
    pixels: right eye, left eye, nose tip, mouth, right ear, left ear (the person's right, left in the picture)."""

    box: tuple[float, float, float, float]
    score: float
    points: np.ndarray


def faces(pixels: np.ndarray, most: int = 8) -> list[Face]:
    """The faces in uint8 (height, width, 3) RGB pixels, largest first, at most `most`.

    Raises `ModelError` where the networks are not installed, `ValueError` for an array of another form.
    """
    if pixels.ndim != 3 or pixels.shape[2] != 3 or pixels.dtype != np.uint8:
        raise ValueError(f"pixels must be uint8 (height, width, 3), not {pixels.dtype} {pixels.shape}")
    height, width = pixels.shape[:2]
    if min(height, width) < LEAST_SIDE:
        return []
    found = [_seen(pixels, _around(width, height, pad), near) for pad in _PADS for near in (False, True)]
    found += [_whole(_seen(pixels, tile, False), tile, width, height) for tile in _tiles(width, height)]
    kept = merged(np.concatenate(found))
    kept = kept[_in_picture(kept, width, height)]
    largest = np.argsort(-kept[:, 3] * kept[:, 4], kind="stable")[: _LOOKED + most]
    told: list[Face] = []
    for face in (_face(row) for row in kept[largest]):
        if len(told) < most and (face.score >= _CERTAIN or _confirmed(pixels, face)):
            told.append(face)
    return told


def _confirmed(pixels: np.ndarray, face: Face) -> bool:
    """Does the mesh see a face there too? Of doubtful proposals on scenes and animals it turns four in five away."""
    from assay.vision.mesh import mesh  # it builds on this module

    return mesh(pixels, face) is not None


def _face(row: np.ndarray) -> Face:
    x, y, w, h = (float(v) for v in row[1:5])
    return Face((x, y, w, h), float(row[0]), row[5:17].reshape(6, 2).astype(np.float32))


View = tuple[float, float, float]
"""A square of the picture that a network looks at: left, top and side in pixels; may reach beyond the picture."""


def _around(width: int, height: int, pad: float) -> View:
    """The smallest square that holds the picture, in its middle, with `pad` of its side more on each side."""
    side = max(width, height) * (1 + 2 * pad)
    return (width - side) / 2, (height - side) / 2, side


def _tiles(width: int, height: int) -> list[View]:
    """Overlapping squares at the working scale; none where the whole picture is hardly larger than one of them."""
    scale = max(1.0, max(width, height) / _WORK)
    side, step = _TILE * scale, _STEP * scale
    if max(width, height) <= side:
        return []
    return [(x, y, side) for y in _starts(height, side, step) for x in _starts(width, side, step)]


def _starts(length: float, side: float, step: float) -> list[float]:
    """Where tiles begin so that they cover the length, evenly."""
    if length <= side:
        return [(length - side) / 2]
    count = int(np.ceil((length - side) / step)) + 1
    return [float(v) for v in np.linspace(0, length - side, count)]


def _seen(pixels: np.ndarray, view: View, near: bool) -> np.ndarray:
    """Proposals of one network in one view, float64 (n, 17): score, x, y, width, height, six points, in the picture's
    pixels."""
    network = lite("face_short_range.tflite" if near else "face_full_range.tflite")
    side = network.shape[1]
    shapes, logits = network(_looked_at(pixels, view, side))
    proposals = decoded(shapes, logits[:, 0], side)
    proposals[:, 1:] *= view[2]
    proposals[:, [1, *range(5, 17, 2)]] += view[0]
    proposals[:, [2, *range(6, 17, 2)]] += view[1]
    return merged(proposals)


def _looked_at(pixels: np.ndarray, view: View, side: int) -> np.ndarray:
    """The view as float32 (side, side, 3) in -1..1; what lies beyond the picture is 0, as the networks learned it."""
    import cv2

    x, y, span = view
    height, width = pixels.shape[:2]
    x0, y0 = max(0, int(np.floor(x))), max(0, int(np.floor(y)))
    x1, y1 = min(width, int(np.ceil(x + span))), min(height, int(np.ceil(y + span)))
    scale = side / span
    w, h = max(1, round((x1 - x0) * scale)), max(1, round((y1 - y0) * scale))
    w, h = min(w, side), min(h, side)
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    small = cv2.resize(pixels[y0:y1, x0:x1], (w, h), interpolation=how).astype(np.float32) / 127.5 - 1.0
    left = min(max(0, round((x0 - x) * scale)), side - w)
    top = min(max(0, round((y0 - y) * scale)), side - h)
    out = np.zeros((side, side, 3), np.float32)
    out[top : top + h, left : left + w] = small
    return out


def decoded(shapes: np.ndarray, logits: np.ndarray, side: int) -> np.ndarray:
    """A network's raw outputs, float32 (anchors, 16) and (anchors,), as proposals above the least score: float64 (n, 17)
    with score, left, top, width, height and six points, all in shares of the view."""
    scores = 1 / (1 + np.exp(-np.clip(logits.astype(np.float64), -_CLIP, _CLIP)))
    sure = np.flatnonzero((scores >= _SURE) & np.isfinite(shapes).all(1))
    at = anchors(side)[sure]
    shape = shapes[sure].astype(np.float64) / side
    out = np.empty((len(sure), 17))
    out[:, 0] = scores[sure]
    out[:, 3:5] = shape[:, 2:4]
    out[:, 1:3] = at + shape[:, :2] - shape[:, 2:4] / 2
    out[:, 5:] = (shape[:, 4:].reshape(-1, 6, 2) + at[:, None]).reshape(-1, 12)
    return out[(out[:, 3] > 0) & (out[:, 4] > 0)]


@cache
def anchors(side: int) -> np.ndarray:
    """Centres of the boxes that a network starts from, float64 (n, 2), x and y in shares of the view, in the order of its
    outputs: 896 for the 128 px network (two in each cell of 16 x 16, six in each of 8 x 8), 2304 for the 192 px one (one in
    each cell of 48 x 48)."""
    grids = {128: ((16, 2), (8, 6)), 192: ((48, 1),)}[side]
    found = []
    for cells, each in grids:
        middle = (np.arange(cells) + 0.5) / cells
        y, x = np.meshgrid(middle, middle, indexing="ij")
        found.append(np.repeat(np.stack([x.ravel(), y.ravel()], 1), each, axis=0))
    return np.concatenate(found)


def merged(proposals: np.ndarray) -> np.ndarray:
    """Proposals of one face made one: boxes and points are averaged with the scores as weights, the best score stays.
    float64 (n, 17) -> (m, 17), best first."""
    left = proposals[np.argsort(-proposals[:, 0], kind="stable")]
    kept = []
    while len(left):
        same = _overlaps(left[0], left)
        group = left[same]
        weight = group[:, :1]
        mean = (group * weight).sum(0) / weight.sum()
        mean[0] = group[0, 0]
        kept.append(mean)
        left = left[~same]
    return np.array(kept).reshape(-1, 17)


def _overlaps(one: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Which boxes are the same face as this one; itself among them."""
    x0, y0 = np.maximum(one[1], others[:, 1]), np.maximum(one[2], others[:, 2])
    x1 = np.minimum(one[1] + one[3], others[:, 1] + others[:, 3])
    y1 = np.minimum(one[2] + one[4], others[:, 2] + others[:, 4])
    shared = np.clip(x1 - x0, 0, None) * np.clip(y1 - y0, 0, None)
    area, areas = one[3] * one[4], others[:, 3] * others[:, 4]
    union = np.maximum(area + areas - shared, 1e-12)
    return np.asarray((shared / union > _SAME) | (shared / np.maximum(np.minimum(area, areas), 1e-12) > _INSIDE))


def _whole(proposals: np.ndarray, tile: View, width: int, height: int) -> np.ndarray:
    """Without boxes that a tile's border cuts where the picture goes on."""
    x, y, side = tile
    edge = _EDGE * side
    cut = (
        ((proposals[:, 1] < x + edge) & (x > 0))
        | ((proposals[:, 2] < y + edge) & (y > 0))
        | ((proposals[:, 1] + proposals[:, 3] > x + side - edge) & (x + side < width))
        | ((proposals[:, 2] + proposals[:, 4] > y + side - edge) & (y + side < height))
    )
    return np.asarray(proposals[~cut])


def _in_picture(proposals: np.ndarray, width: int, height: int) -> np.ndarray:
    """Boxes whose middle lies in the picture."""
    x, y = proposals[:, 1] + proposals[:, 3] / 2, proposals[:, 2] + proposals[:, 4] / 2
    return np.asarray((x >= 0) & (x < width) & (y >= 0) & (y < height))
