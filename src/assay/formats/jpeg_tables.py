"""Whose quantisation tables a JPEG has: the Independent JPEG Group's library at some quality, mozjpeg's, or a maker's own.

Which family a camera writes is its maker's choice, so a family proves nothing alone; with a file that says it came straight
from a camera it tells that another program saved it since. Base tables: ITU-T T.81 Annex K, and N. Robidoux's, which mozjpeg
and ImageMagick's examples use; both scaled by the library's quality.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np

from assay.formats.jpeg import Jpeg, quality_of, standard_table

_CHROMA = np.full((8, 8), 99)
_CHROMA[:4, :4] = [[17, 18, 24, 47], [18, 21, 26, 66], [24, 26, 56, 99], [47, 66, 99, 99]]
_ROBIDOUX = np.array([
    16, 16, 16, 18, 25, 37, 56, 85, 16, 17, 20, 27, 34, 40, 53, 75, 16, 20, 24, 31, 43, 62, 91, 135,
    18, 27, 31, 40, 53, 74, 106, 156, 25, 34, 43, 53, 69, 94, 131, 189, 37, 40, 62, 74, 94, 124, 169, 238,
    56, 53, 91, 106, 131, 169, 226, 311, 85, 75, 135, 156, 189, 238, 311, 418,
]).reshape(8, 8)  # fmt: skip


@dataclass(frozen=True)
class Tables:
    """`family`: "ijg", "mozjpeg", "flat" (one step for all) or "own"; `quality` on the library's scale, exact for the first
    two, else the nearest; `chroma` the quality of the chroma table where it is of the same family, else None."""

    family: str
    quality: int
    chroma: int | None = None

    @property
    def name(self) -> str:
        return (
            f"{self.family} {self.quality}" if self.family in ("ijg", "mozjpeg") else f"{self.family} (~{self.quality})"
        )


def tables_of(jpeg: Jpeg) -> Tables | None:
    """The family of a file's tables; None where it has no luma table."""
    luma, chroma = jpeg.luma, jpeg.tables.get(1)
    if luma is None:
        return None
    nearest, exact = quality_of(luma)
    if exact:
        return Tables("ijg", nearest, _of(_scaled_all(False), chroma))
    robidoux = _of(_scaled_all(True), luma)
    if robidoux is not None:
        return Tables("mozjpeg", robidoux, _of(_scaled_all(True), chroma))
    return Tables("flat" if luma.min() == luma.max() else "own", nearest)


def _of(among: np.ndarray, table: np.ndarray | None) -> int | None:
    if table is None:
        return None
    hits = np.flatnonzero((among == table).all((1, 2)))
    return int(hits[-1]) + 1 if len(hits) else None


@cache
def _scaled_all(robidoux: bool) -> np.ndarray:
    """int64[100, 8, 8]: the base table at every quality from 1."""
    base, scales = _ROBIDOUX if robidoux else _CHROMA, [5000 // q if q < 50 else 200 - 2 * q for q in range(1, 101)]
    return np.stack([np.clip((base * scale + 50) // 100, 1, 255) for scale in scales])


__all__ = ["Tables", "standard_table", "tables_of"]
