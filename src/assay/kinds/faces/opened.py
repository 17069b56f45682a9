"""A picture of a face opened once for all detectors: its pixels, the largest face's mesh, how well it is seen, what the
network says. Bounded before it is decoded; never raises."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import numpy as np

from assay.core.errors import ModelError, UnreadableInput
from assay.vision.face import faces
from assay.vision.forged import Judged, judge, poor
from assay.vision.mesh import Mesh, mesh
from assay.vision.quality import Quality, quality

MAX_SIDE = 2048  # pixels; larger pictures are reduced


class Opened(NamedTuple):
    """`problem` is a reason code without the room ("unreadable", "none" …), "" where a face is there. `scale` is pixels
    here per pixel of the file."""

    problem: str
    pixels: np.ndarray
    scale: float = 1.0
    shape: Mesh | None = None
    view: Quality | None = None


_NOTHING = np.zeros((1, 1, 3), np.uint8)


@lru_cache(maxsize=2)
def open_face(content: bytes) -> Opened:
    """The largest face of these bytes."""
    from assay.formats import picture

    try:
        decoded = picture.decode(content, max_side=MAX_SIDE)
    except UnreadableInput as error:
        return Opened("too-large" if error.code == "too-large" else "unreadable", _NOTHING)
    pixels = decoded.pixels
    try:
        found = faces(pixels, most=1)
        shape = mesh(pixels, found[0]) if found else None
    except ModelError:
        return Opened("not-installed", pixels, decoded.scale)
    if shape is None:
        return Opened("none", pixels, decoded.scale)
    view = quality(pixels, shape)
    return Opened(poor(view), pixels, decoded.scale, shape, view)


@lru_cache(maxsize=2)
def judged(content: bytes, models: Path | None) -> Judged | None:
    """What the network says of it; None where there is no face to ask about."""
    opened = open_face(content)
    return judge(opened.pixels, opened.shape, models=models) if opened.shape is not None else None
