"""What the console shows of a face: the picture, what looks put in laid over it in red, and how well the face is seen."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

import numpy as np

from assay.core.decision import Decision
from assay.core.enclosed import Enclosed
from assay.core.errors import NotFound
from assay.kinds.faces.opened import judged, open_face
from assay.vision.forged import spread

_QUALITY = 90
_RED = np.array([214.0, 24.0, 16.0], np.float32)
_PALE = 0.3  # heat up to which nothing is shown


def view(decision: Decision, exhibits: Sequence[Enclosed]) -> dict[str, Any]:
    """`kept`: is the picture still there; `width`, `height` in pixels of the file, as boxes are; `heat`: is there one;
    `seen`: size, blur, pose and light of the face."""
    content = _content(exhibits)
    opened = open_face(content) if content is not None else None
    if content is None or opened is None or opened.problem in ("unreadable", "too-large"):
        return {"kept": content is not None, "width": 0, "height": 0, "heat": False, "seen": None}
    height, width = (round(side / opened.scale) for side in opened.pixels.shape[:2])
    said = judged(content, None) if opened.shape is not None else None
    seen = None
    if opened.view is not None:
        told = opened.view
        seen = {
            "size": round(told.size / opened.scale), "blur": round(told.blur, 2), "light": round(told.exposure, 2),
            "yaw": round(told.yaw), "pitch": round(told.pitch), "roll": round(told.roll),
        }  # fmt: skip
    heat = said is not None and said.heat is not None
    return {"kept": True, "width": width, "height": height, "heat": heat, "seen": seen}


def picture(name: str, exhibits: Sequence[Enclosed]) -> bytes:
    """`face` or `heat` as a JPEG, drawn anew: no byte of the file itself leaves. Raises `NotFound`."""
    content = _content(exhibits)
    opened = open_face(content) if content is not None else None
    if content is None or opened is None or opened.problem in ("unreadable", "too-large"):
        raise NotFound(f"no picture {name!r}")
    if name == "face":
        return _jpeg(opened.pixels)
    said = judged(content, None) if name == "heat" and opened.shape is not None else None
    if said is None or said.heat is None:
        raise NotFound(f"no picture {name!r}")
    height, width = opened.pixels.shape[:2]
    share = np.clip((spread(said, height, width) - _PALE) / (1 - _PALE), 0, 1)[:, :, None] * 0.75
    grey = opened.pixels.mean(2, keepdims=True, dtype=np.float32)
    return _jpeg(np.clip(grey * (1 - share) + _RED * share, 0, 255).astype(np.uint8))


def _content(exhibits: Sequence[Enclosed]) -> bytes | None:
    return next((one.content for one in exhibits if one.content), None)


def _jpeg(pixels: np.ndarray) -> bytes:
    from PIL import Image

    out = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(pixels)).save(out, "JPEG", quality=_QUALITY)
    return out.getvalue()
