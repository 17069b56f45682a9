"""Is it one face all the way through? Its place and size from frame to frame, how long none was seen, whether a second face
came beside it, and whether the face of the end is that of the beginning. (Whether it is that of the selfie and the document,
`identity.match` says.)"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from assay.kinds.identity.challenge.watched import Watched

_SOON = 0.35  # seconds between frames that are neighbours
_JUMP = 1.2  # outer eye distances that a face moves at most between neighbours
_SCALE = 1.5  # times by which it grows or shrinks at most
LOST = 1.5  # seconds without a face that a turn of the head does not explain
_OTHERS = 3  # frames with a second face
EXCHANGED = 0.68  # Euclidean distance of embeddings beyond which two people are more likely than one
_OUTER = (33, 263)


class Continuity(NamedTuple):
    """`jump`: the watched frame at which the face is suddenly elsewhere, or -1; `lost`: the longest seconds without one;
    `others`: frames with a second face; `apart`: the largest distance between embeddings taken along the way, NaN where
    none could be compared; `seen`: share of frames with a face."""

    jump: int
    lost: float
    others: int
    apart: float
    seen: float


def continuity(watched: Watched, yaw: np.ndarray | None = None) -> Continuity:
    """`yaw` degrees, so that faces are compared where they look ahead."""
    seen = np.flatnonzero(watched.seen)
    if len(seen) < 2:
        return Continuity(-1, float("inf"), int(watched.others.sum()), float("nan"), 0.0)
    points = watched.points[seen][:, :, :2].astype(np.float64)
    middle = points.mean(1)
    size = np.linalg.norm(np.ptp(points, axis=1), axis=1)
    eyes = np.maximum(np.linalg.norm(points[:, _OUTER[0]] - points[:, _OUTER[1]], axis=1), 1.0)
    eyes = np.maximum(eyes, 0.35 * size)  # turned away, the eyes draw together and the head does not
    gap = np.diff(watched.at[seen])
    near = gap <= _SOON
    moved = np.linalg.norm(np.diff(middle, axis=0), axis=1) / eyes[:-1]
    grown = np.maximum(size[1:] / size[:-1], size[:-1] / size[1:])
    jumps = np.flatnonzero(near & ((moved > _JUMP) | (grown > _SCALE)))
    edges = np.concatenate([[watched.at[seen[0]] - watched.at[0]], gap, [watched.at[-1] - watched.at[seen[-1]]]])
    return Continuity(
        int(seen[jumps[0] + 1]) if len(jumps) else -1,
        float(edges.max()),
        int(watched.others.sum()),
        _apart(watched, seen, yaw),
        len(seen) / len(watched),
    )


def many(found: Continuity) -> bool:
    """Was a second face there for more than a passing moment?"""
    return found.others >= _OTHERS


def _apart(watched: Watched, seen: np.ndarray, yaw: np.ndarray | None) -> float:
    """The largest distance between the faces of the beginning, middle and end, each where it looks most nearly ahead."""
    from assay.core.errors import ModelError

    if not len(watched.pictures):
        return float("nan")
    try:
        from assay.vision.embedding import distance, embedding

        found = []
        for third in np.array_split(seen, 3):
            if len(third):
                level = third if yaw is None else third[np.argsort(np.abs(yaw[third] - np.nanmedian(yaw)))]
                found.append(embedding(watched.pictures[level[0]], watched.points[level[0]]))
        pairs = [distance(a, b) for i, a in enumerate(found) for b in found[i + 1 :]]
        return max(pairs, default=float("nan"))
    except (ModelError, ImportError, ValueError):
        return float("nan")
