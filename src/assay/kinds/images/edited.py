"""`images.edited`: traces of editing in a photograph's pixels that hold without knowing its camera: a part that was compressed once
in a picture compressed twice, and a part that stands in it twice, noise and all.

Weak by nature: low severity, always with its place, and silent about what one more coarse save, a resize or a screenshot has
wiped out. What is fitted to a channel (`vision.traces.thresholds`) serves documents; photographs come from too many cameras.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np

from assay.core.batch import Batch
from assay.core.evidence import Evidence
from assay.core.finding import Finding, Findings, Reason, Where
from assay.core.profile import Profile
from assay.kinds.images.evidence import Image
from assay.kinds.images.opened import Box, Opened, open_image
from assay.vision.traces.copies import Copy, copies
from assay.vision.traces.quantised import CELL, double_quantised
from assay.vision.traces.scores import peak

LEAST_SIDE = 256
MOST_PIXELS = 4_000_000  # looked at: the middle of a larger picture
SEARCHED = 640  # pixels of the longer side at which copies are looked for
REMARKABLE = 28.0  # 183 untouched photographs that had been saved twice reached 24 at most
OPEN = 18.0  # three of them
RECOMPRESSED, COPIED = "images.recompressed-part", "images.copied-part"
_UNTURNED = {1: 0, 3: 2, 6: 1, 8: 3}  # EXIF orientation -> quarter turns anticlockwise from upright to as stored


class Traces(NamedTuple):
    """`double` float32[cells of 16 pixels]: log odds that a cell was compressed once only, None where the picture shows no
    second compression; `peak` its strongest place; `copied` parts that stand in it twice. Boxes in pixels as stored, from
    the corner of what was looked at; `upright` turns them."""

    double: np.ndarray | None
    peak: tuple[float, Box]
    copied: tuple[Copy, ...]
    shape: tuple[int, int]
    turns: int
    at: tuple[int, int]

    def upright(self, box: Box) -> Box:
        """A box as a box in pixels of the upright picture."""
        h, w = self.shape
        x0, y0, x1, y1 = box
        for _ in range(-self.turns % 4):  # back, a quarter anticlockwise at a time
            x0, y0, x1, y1 = y0, w - x1, y1, w - x0
            h, w = w, h
        left, top = self.at
        return left + x0, top + y0, left + x1, top + y1


class Edited:
    """Looks at JPEG files for compression, at all for copies."""

    name = "images.edited"
    version = "1"
    reads: tuple[type[Evidence], ...] = (Image,)

    def examine(self, batch: Batch[Any], profile: Profile) -> Findings:
        return Findings.of(self.name, self.version, len(batch), self._findings(batch))

    def _findings(self, batch: Batch[Any]) -> Iterator[tuple[int, Finding]]:
        for i in range(len(batch)):
            found = traces_of(open_image(batch.item(i).content))
            finding = None if found is None else self._finding(found)
            if finding is not None:
                yield i, finding

    def _finding(self, found: Traces) -> Finding | None:
        reasons: list[Reason] = []
        where: list[Where] = []
        score, box = found.peak
        if score >= OPEN:
            reasons.append(Reason(RECOMPRESSED, 0.4 if score >= REMARKABLE else 0.2, {"score": round(score, 1)}))
            where.append(Where(box=found.upright(box), rule=RECOMPRESSED))
        for copy in found.copied:
            code = f"{COPIED}#{len(reasons)}"
            reasons.append(Reason(COPIED, 0.4, {"likeness": round(copy.noise, 2), "points": copy.inliers}))
            where += [Where(box=found.upright(part), rule=code) for part in (copy.source, copy.target)]
        if not reasons:
            return None
        sure = score >= REMARKABLE or bool(found.copied)
        return Finding(
            detector=self.name,
            version=self.version,
            verdict="suspicious" if sure else "inconclusive",
            severity="low" if sure else "informational",
            reasons=tuple(reasons),
            where=tuple(where),
        )


@lru_cache(maxsize=2)
def traces_of(opened: Opened) -> Traces | None:
    """The traces in a picture; None where its own pixels were not kept, or are too few."""
    import cv2

    shown = opened.look
    if shown is None or shown.middle is None or min(shown.middle.shape[:2]) < LEAST_SIDE:
        return None
    turns = _UNTURNED.get(shown.orientation)
    if turns is None:  # mirrored: no camera writes that
        return None
    part, (left, top) = _middle(shown.middle)
    at = shown.at[0] + left, shown.at[1] + top
    grey = cv2.cvtColor(np.ascontiguousarray(np.rot90(part, turns)), cv2.COLOR_RGB2GRAY)
    jpeg, double, best = opened.origin.jpeg, None, (0.0, (0.0, 0.0, 0.0, 0.0))
    aligned = (
        turns == 0 or (left, top) == (0, 0) == shown.at
    )  # else the grid of blocks is not known to begin at the corner
    if jpeg is not None and jpeg.luma is not None and jpeg.components == 3 and aligned:
        double = double_quantised(grey.astype(np.float32), jpeg.luma)
        if double is not None:
            best = peak(double, (0, 0))
    return Traces(double, best, copies(grey, side=SEARCHED), grey.shape, turns, at)


def _middle(pixels: np.ndarray) -> tuple[np.ndarray, tuple[int, int]]:
    """The middle of a picture too large to look at whole, cut on the 16-pixel grid."""
    h, w = pixels.shape[:2]
    if h * w <= MOST_PIXELS:
        return pixels, (0, 0)
    share = (MOST_PIXELS / (h * w)) ** 0.5
    y, x = (int(side * (1 - share) / 2) // CELL * CELL for side in (h, w))
    return pixels[y : y + int(h * share), x : x + int(w * share)], (x, y)


__all__ = ["COPIED", "OPEN", "RECOMPRESSED", "REMARKABLE", "Edited", "Traces", "traces_of"]
