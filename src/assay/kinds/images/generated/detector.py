"""`images.generated`: whether a generator made the whole picture, judged by pixels alone.

Never exact, so never more than MEDIUM. Three answers: suspicious above the model's upper threshold, nothing to say below its
lower one (a picture that looks real to us is not thereby genuine), and `inconclusive` between them or where the pixels cannot
bear a judgement.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from assay.core.batch import Batch
from assay.core.evidence import Evidence
from assay.core.finding import Finding, Findings, Reason, Where
from assay.core.profile import Profile
from assay.formats.jpeg import quality_of
from assay.kinds.images.evidence import Image
from assay.kinds.images.opened import Opened, open_image

GENERATED, PARTS, UNSURE = "images.pixels-generated", "images.pixels-parts", "images.pixels-unsure"
WHY_NOT = {
    "small": "images.pixels-small",
    "low-quality": "images.pixels-coarse",
    "smooth": "images.pixels-smooth",
    "unlike": "images.pixels-unlike",
    "contradictory": "images.pixels-contradictory",
    "no-model": "images.pixels-no-model",
}
CODES = (GENERATED, PARTS, UNSURE, *WHY_NOT.values())
SURE = 0.95  # probability from which the severity is MEDIUM
HOT, MOST_BOXES = 0.9, 12
SHIPPED = Path(__file__).parents[1] / "shipped" / "generated"


class Generated:
    """The whole-image judgement; `models` is the room's folder of trained models, or None for what ships."""

    name = "images.generated"
    version = "1"
    reads: tuple[type[Evidence], ...] = (Image,)

    def __init__(self, models: Path | None = None) -> None:
        own = None if models is None else models / "generated"
        self._models = own if own is not None and (own / "features.json").is_file() else None
        self.folder = self._models or SHIPPED  # where its card lies

    def examine(self, batch: Batch[Any], profile: Profile) -> Findings:
        return Findings.of(self.name, self.version, len(batch), self._findings(batch))

    def _findings(self, batch: Batch[Any]) -> Iterator[tuple[int, Finding]]:
        for i in range(len(batch)):
            finding = self._finding(open_image(batch.item(i).content))
            if finding is not None:
                yield i, finding

    def _finding(self, opened: Opened) -> Finding | None:
        from assay.vision.generated import judge

        shown = opened.look
        if shown is None:
            return None  # images.quality says why
        luma = opened.origin.jpeg.luma if opened.origin.jpeg is not None else None
        native = shown.middle
        if native is None:  # seen reduced only: what a generator leaves is gone
            return self._open("no-native", None)
        judged = judge(native, None if luma is None else quality_of(luma)[0], models=self._models)
        if judged.probability is None or judged.why_not:
            return self._open(judged.why_not, judged.probability)
        lower, upper = judged.doubt
        if judged.probability < lower:
            return None
        values = {"percent": round(100 * judged.probability), "patches": int(judged.patches.size)}
        if judged.probability <= upper:
            return self._open("", judged.probability)
        places = tuple(_hot(judged, native.shape, shown.at))
        reasons = [Reason(GENERATED, judged.probability, values)]
        if places and len(places) <= judged.patches.size // 3:
            reasons.append(Reason(PARTS, 0.2, {"places": len(places)}))
        return Finding(
            detector=self.name,
            version=self.version,
            verdict="suspicious",
            severity="medium" if judged.probability >= SURE else "low",
            probability=round(judged.probability, 4),
            reasons=tuple(reasons),
            where=places,
        )

    def _open(self, why: str, probability: float | None) -> Finding:
        """The matter is open, and why."""
        values = {} if probability is None else {"percent": round(100 * probability)}
        code = WHY_NOT.get(why, "images.pixels-reduced" if why else UNSURE)
        return Finding(
            detector=self.name,
            version=self.version,
            verdict="inconclusive",
            probability=None if probability is None or why else round(probability, 4),
            reasons=(Reason(code, 0.1, values),),
        )


def _hot(judged: Any, shape: tuple[int, ...], at: tuple[int, int]) -> Iterator[Where]:
    """Boxes of the patches that speak loudest, in pixels of the upright picture, hottest first."""
    from assay.vision.generated import box

    order = np.argsort(-judged.patches, axis=None, kind="stable")[:MOST_BOXES]
    for place in order:
        row, col = divmod(int(place), judged.patches.shape[1])
        if judged.patches[row, col] >= HOT:
            x0, y0, x1, y1 = box(judged, row, col, shape[0], shape[1])
            yield Where(rule=GENERATED, box=(x0 + at[0], y0 + at[1], x1 + at[0], y1 + at[1]))


__all__ = ["CODES", "Generated"]
