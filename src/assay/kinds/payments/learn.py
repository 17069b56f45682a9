"""From rows of labelled history to a model: which columns, how many trees, how many genuine payments are enough."""

from __future__ import annotations

import numpy as np

from assay.kinds.payments.derive import matrix, settle
from assay.kinds.payments.labelled import Labelled
from assay.kinds.payments.model import PaymentModel, fit
from assay.learning.trees import Growth

MOST_GENUINE = 1_000_000  # genuine rows learned from; frauds are all kept, and calibration sets the rate right
MANY_FRAUDS = 5_000  # from here on trees may be more and larger


def learn_model(
    history: Labelled, learn: np.ndarray, tune: np.ndarray, seed: int = 1, growth: Growth | None = None
) -> PaymentModel:
    """A model from these rows; columns are settled on what the learning rows have."""
    frauds = int(history.truth[learn].sum())
    if growth is None:
        growth = Growth(rounds=80, leaves=63, least=20) if frauds >= MANY_FRAUDS else Growth()
    genuine = learn[history.truth[learn] == 0]
    if len(genuine) > MOST_GENUINE and len(tune):
        kept = np.random.default_rng(seed).choice(genuine, MOST_GENUINE, replace=False)
        learn = np.sort(np.concatenate([learn[history.truth[learn] == 1], kept]))
    batch, profile = history.part(learn)
    layout = settle(batch, profile)
    later = (matrix(layout, *history.part(tune)), history.truth[tune]) if len(tune) else None
    rows = matrix(layout, batch, profile)
    return fit(layout, rows, history.truth[learn], later, growth=growth, seed=seed, threads=2)
