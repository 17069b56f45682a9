"""How far apart strangers lie who look alike: what turns a distance between two embeddings into a statement.

The network puts some people closer together than others: at one and the same distance it takes strangers for one person
hundreds of times more often among East Asian faces, or small children, than among the adults it mostly learned from. So a
distance is told in shares of what a stranger *of the same neighbourhood* would have. A neighbourhood is a centre and a
spread, each over hundreds of people; the share is the square root of d² over the mean of E[d²] of the two faces, and 1
is as far as strangers are. This is score normalisation by a cohort (Z- and S-norm; Auckenthaler et al. 2000) with the cohort
replaced by its two first moments, so that no person's template is shipped.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import msgspec
import numpy as np

from assay.core.errors import ModelError
from assay.learning import registry

SHIPPED = Path(__file__).parent / "shipped"
FILE = "population.json"


class Population(msgspec.Struct, frozen=True):
    """`centres` (k, 128) and `spreads` (k), the trace of each neighbourhood's covariance. `rates`: shares, ascending, each
    with the rate at which strangers came that near, an upper bound of 95 %."""

    centres: list[list[float]]
    spreads: list[float]
    rates: list[tuple[float, float]] = []

    def expected(self, face: np.ndarray) -> float:
        """E[d²] between this embedding float32[128] and a stranger of the neighbourhood in which that is least."""
        centres = np.array(self.centres)
        return float((((centres - face) ** 2).sum(1) + np.array(self.spreads)).min())

    def share(self, one: np.ndarray, other: np.ndarray) -> float:
        """How far two faces lie apart, in shares of what strangers who look like them would: 0 the same picture, 1 and about
        it strangers."""
        apart = float(((one.astype(np.float64) - other.astype(np.float64)) ** 2).sum())
        return float(np.sqrt(2 * apart / (self.expected(one) + self.expected(other))))

    def false_match(self, share: float) -> float:
        """Rate at which strangers lie at most this near, an upper bound; 1 where nothing was measured."""
        return next((rate for limit, rate in self.rates if share <= limit), 1.0)


@cache
def population(folder: Path = SHIPPED) -> Population:
    """The shipped one. Raises `ModelError` where it is damaged."""
    opened = registry.open_folder(folder)
    try:
        return msgspec.json.decode(opened.files[FILE], type=Population)
    except (KeyError, msgspec.MsgspecError) as error:
        raise ModelError(str(error), where=str(folder)) from None
