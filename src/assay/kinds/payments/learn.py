"""From rows of labelled history to a model: which columns, how many trees, how many genuine payments are enough."""

from __future__ import annotations

import numpy as np

from assay.kinds.payments.derive import matrix, settle
from assay.kinds.payments.labelled import Labelled
from assay.kinds.payments.model import PaymentModel, fit
from assay.learning.trees import Growth

MOST_GENUINE = 1_000_000  # genuine rows learned from; frauds are all kept, and calibration sets the rate right
MANY_ROWS = 200_000  # from here on a second thread pays
MANY_FRAUDS = 5_000  # from here on trees may be more and larger


def learn_model(
    history: Labelled,
    learn: np.ndarray,
    truth: np.ndarray,
    later: tuple[np.ndarray, np.ndarray] | None = None,
    *,
    seed: int = 1,
    growth: Growth | None = None,
) -> PaymentModel:
    """A model from these rows (indices) and their truth as it was known; `later` rows and truth calibrate it. Columns are
    settled on what the learning rows have."""
    if growth is None:
        growth = Growth(rounds=60, leaves=63, least=20) if truth.sum() >= MANY_FRAUDS else Growth()
    genuine = np.flatnonzero(truth == 0)
    if len(genuine) > MOST_GENUINE and later is not None:
        kept = np.random.default_rng(seed).choice(genuine, MOST_GENUINE, replace=False)
        kept = np.sort(np.concatenate([np.flatnonzero(truth == 1), kept]))
        learn, truth = learn[kept], truth[kept]
    batch, profile = history.part(learn)
    layout = settle(batch, profile)
    apart = None if later is None else (matrix(layout, *history.part(later[0])), later[1])
    threads = 2 if len(truth) >= MANY_ROWS else 1
    return fit(layout, matrix(layout, batch, profile), truth, apart, growth=growth, seed=seed, threads=threads)
