"""`images.quality`: which pictures cannot be judged by their pixels, and why: cannot be read, too small, saved too coarsely, blurred
or enlarged until nothing of the sensor is left, or empty. Such a picture is `inconclusive`, never genuine."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from assay.core.batch import Batch
from assay.core.evidence import Evidence
from assay.core.finding import Finding, Findings, Reason
from assay.core.profile import Profile
from assay.formats.jpeg import quality_of
from assay.kinds.images.evidence import Image
from assay.kinds.images.opened import Opened, open_image

LEAST_SIDE = 128  # pixels of the shorter side
LEAST_QUALITY = 30  # of a JPEG, on the scale of the Independent JPEG Group
LEAST_DETAIL = (
    0.4  # grey levels; see `detail`: photographs have .5 to 20, those enlarged threefold or blurred .2 to .35
)
LEAST_SPREAD = 4.0  # grey levels, standard deviation: less is one colour
_CELL = 32


class Quality:
    """Says what cannot be judged; of the rest it says nothing."""

    name = "images.quality"
    version = "1"
    reads: tuple[type[Evidence], ...] = (Image,)

    def examine(self, batch: Batch[Any], profile: Profile) -> Findings:
        return Findings.of(self.name, self.version, len(batch), self._findings(batch))

    def _findings(self, batch: Batch[Any]) -> Iterator[tuple[int, Finding]]:
        for i in range(len(batch)):
            reasons = tuple(shortcomings(open_image(batch.item(i).content)))
            if reasons:
                verdict = "none" if all(reason.code == "images.moving" for reason in reasons) else "inconclusive"
                yield i, Finding(detector=self.name, version=self.version, verdict=verdict, reasons=reasons)


def shortcomings(opened: Opened) -> Iterator[Reason]:
    """Why a picture cannot be judged by its pixels; nothing where it can."""
    shown = opened.look
    if shown is None:
        yield Reason(opened.problem, 0.1, {"media": opened.media or "unknown"})
        return
    if shown.moving:
        yield Reason("images.moving")
    if min(shown.width, shown.height) < LEAST_SIDE:
        yield Reason("images.too-small", 0.1, {"width": shown.width, "height": shown.height})
    luma = opened.origin.jpeg.luma if opened.origin.jpeg is not None else None
    if luma is not None and (quality := quality_of(luma)[0]) < LEAST_QUALITY:
        yield Reason("images.coarse", 0.1, {"quality": quality})
    if float(shown.whole.std()) < LEAST_SPREAD:
        yield Reason("images.empty", 0.1)
    elif (found := detail(shown.whole if shown.middle is None else shown.middle)) is not None and found < LEAST_DETAIL:
        yield Reason("images.blurred", 0.1, {"detail": round(found, 2)})


def detail(pixels: np.ndarray) -> float | None:
    """Mean absolute diagonal second difference, grey levels, in the cells of 32 pixels that have most of it (90th percentile): what
    a sensor's noise and a lens's sharpness leave, and enlarging takes away. None of a picture smaller than a cell."""
    import cv2

    # A picture of many pixels is looked at in a part of it: reducing it would bring the detail back.
    most = 2048
    top, left = (max(0, (side - most) // 2) for side in pixels.shape[:2])
    grey = cv2.cvtColor(np.ascontiguousarray(pixels[top : top + most, left : left + most]), cv2.COLOR_RGB2GRAY)
    plane = grey.astype(np.float32)
    difference = np.abs(plane[:-1, :-1] - plane[:-1, 1:] - plane[1:, :-1] + plane[1:, 1:]) / 2
    rows, columns = difference.shape[0] // _CELL, difference.shape[1] // _CELL
    if rows * columns < 1:
        return None
    cells = difference[: rows * _CELL, : columns * _CELL].reshape(rows, _CELL, columns, _CELL).mean((1, 3))
    return float(np.quantile(cells, 0.9))


__all__ = ["LEAST_DETAIL", "LEAST_QUALITY", "LEAST_SIDE", "Quality", "detail", "shortcomings"]
