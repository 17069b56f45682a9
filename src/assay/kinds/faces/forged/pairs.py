"""Faces and their twins as voters learn from them: which are drawn, what is made of them, and by which chances both are then
disturbed alike."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from assay.kinds.faces.forged.blend import changed, self_blended
from assay.kinds.faces.forged.crops import Crop
from assay.kinds.faces.forged.partners import beside, partners, weights


def drawn(
    rng: np.random.Generator, crops: Sequence[Crop], pairs: int, others: float, *, whole: bool
) -> Iterator[tuple[Crop, np.ndarray, int]]:
    """A face, the pixels of its twin, and a seed for what befalls both. `others`: how often another's face is blended in;
    `whole`: the twin is the whole face changed, and nothing is blended."""
    near = partners(crops) if others else None
    for at in rng.choice(len(crops), pairs, p=weights(crops)).tolist():
        crop = crops[at]
        other = beside(rng, crops, near[at]) if near is not None and rng.random() < others else None
        twin = changed(rng, crop.pixels) if whole else self_blended(rng, crop.pixels, crop.points, other=other).pixels
        yield crop, twin, int(rng.integers(1 << 62))
