"""What the console shows of a picture: the picture with boxes where findings lie, what pixels tell laid over it, the faces in it, and
its own account of its making as a table. The file is opened anew, within the same bounds as when it was examined."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

import numpy as np

from assay.core.decision import Decision
from assay.core.enclosed import Enclosed
from assay.core.errors import NotFound
from assay.kinds.images.heat import HEATS, heat, heats_of
from assay.kinds.images.inside import MOST_FACES, crop, face_boxes
from assay.kinds.images.opened import Opened, open_image
from assay.kinds.images.panel import panel

_QUALITY = 88
_FACE_SIDE = 320  # pixels of a face's longer side, as shown


def view(decision: Decision, exhibits: Sequence[Enclosed]) -> dict[str, Any]:
    """`kept`: is the file still there; `shown`: can its pixels be seen; `width`, `height` in pixels of the upright picture, in
    which boxes are measured; `heats`: names of what can be laid over it; `faces`: number, width and height of each as shown;
    `panel`: what the file says of its making (see `panel`)."""
    opened = _opened(exhibits)
    if opened is None:
        return {"kept": False, "shown": False, "heats": [], "faces": [], "panel": []}
    told: dict[str, Any] = {"kept": True, "shown": False, "heats": [], "faces": [], "panel": panel(opened)}
    shown = opened.look
    if shown is not None:
        told |= {"shown": True, "width": shown.width, "height": shown.height, "heats": heats_of(opened)}
        told["faces"] = [
            {"number": i, "width": round(x1 - x0), "height": round(y1 - y0)}
            for i, (x0, y0, x1, y1) in enumerate(face_boxes(opened), 1)
        ]
    return told


def picture(name: str, exhibits: Sequence[Enclosed]) -> bytes:
    """`picture` or `face-N` as a JPEG, `heat-generated` or `heat-edited` as a PNG to be laid over it: drawn anew, no byte of the file
    itself leaves. Raises `NotFound`."""
    opened = _opened(exhibits)
    shown = opened.look if opened is not None else None
    if opened is None or shown is None:
        raise NotFound(f"no picture {name!r}")
    what, _, which = name.partition("-")
    if name == "picture":
        return _jpeg(shown.whole)
    if what == "heat" and which in HEATS:
        over = heat(which, opened)
        if over is not None:
            return over
    if what == "face" and which.isdigit() and 1 <= int(which) <= MOST_FACES:
        boxes = face_boxes(opened)
        part = crop(opened, boxes[int(which) - 1]) if int(which) <= len(boxes) else None
        if part is not None:
            return _jpeg(part, _FACE_SIDE)
    raise NotFound(f"no picture {name!r}")


def _opened(exhibits: Sequence[Enclosed]) -> Opened | None:
    content = next((one.content for one in exhibits if one.content), None)
    return None if content is None else open_image(content)


def _jpeg(pixels: np.ndarray, most: int = 0) -> bytes:
    from PIL import Image

    image = Image.fromarray(np.ascontiguousarray(pixels))
    if most and max(image.size) > most:
        image.thumbnail((most, most))
    out = io.BytesIO()
    image.save(out, "JPEG", quality=_QUALITY)
    return out.getvalue()
