"""The Fraud Detection Handbook's 15 features and two models on them, to stand beside ours in the same run.

Features (chapter 3): amount, weekend, night; the customer's count and mean amount, the terminal's count and delayed fraud
rate, over 1, 7 and 30 days. Models (chapter 5): gradient boosting, and a random forest with its defaults.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from assay.core.batch import Batch
from assay.core.clock import DAY, HOUR
from assay.core.profile import Profile
from assay.kinds.payments.features import COUNTERPARTY, DELAY, MODEL_FEATURES, PAYER
from assay.profiles.spec import Feature

_WIDTHS = ("1d", "7d", "30d")
_ALL = [
    *(Feature(entity=PAYER, stat="count", window=w, name=f"payer_count_{w}") for w in _WIDTHS),
    *(Feature(entity=PAYER, stat="mean", of="amount", window=w, name=f"payer_mean_{w}") for w in _WIDTHS),
    *(Feature(entity=COUNTERPARTY, stat="count", window=w, name=f"counterparty_count_{w}") for w in _WIDTHS),
    *(
        Feature(entity=COUNTERPARTY, stat="fraud_rate", window=w, delay=DELAY, name=f"handbook_fraud_rate_{w}")
        for w in _WIDTHS
    ),
]
_OURS = {feature.key for feature in MODEL_FEATURES}
BASELINE_FEATURES = [feature for feature in _ALL if feature.key not in _OURS]
"""What the 15 need of profiles beyond what our model asks for."""


def handbook_matrix(batch: Batch[Any], profile: Profile) -> np.ndarray:
    """float64[n, 15]."""
    weekday, hour = (batch.time // DAY + 3) % 7, batch.time // HOUR % 24
    plain = [batch.columns["amount"], weekday >= 5, hour <= 6]
    return np.nan_to_num(np.column_stack([*plain, *(profile.column(f.key) for f in _ALL)]).astype(np.float64))


def _lightgbm(learn: np.ndarray, truth: np.ndarray, test: np.ndarray, seed: int) -> np.ndarray:
    import lightgbm

    settings = {
        "objective": "binary", "num_leaves": 15, "learning_rate": 0.05, "verbosity": -1, "seed": seed,
        "num_threads": 1, "deterministic": True, "force_row_wise": True,
    }  # fmt: skip
    booster = lightgbm.train(settings, lightgbm.Dataset(learn, truth), 200)
    return np.asarray(booster.predict(test), dtype=np.float64)


def _forest(learn: np.ndarray, truth: np.ndarray, test: np.ndarray, seed: int) -> np.ndarray:
    from sklearn.ensemble import RandomForestClassifier

    forest = RandomForestClassifier(n_estimators=100, n_jobs=2, random_state=seed).fit(learn, truth)
    return np.asarray(forest.predict_proba(test)[:, 1], dtype=np.float64)


BASELINES: dict[str, Callable[[np.ndarray, np.ndarray, np.ndarray, int], np.ndarray]] = {
    "lightgbm": _lightgbm,
    "random_forest": _forest,
}
"""Name -> (learn, truth, test, seed) -> score, higher is worse."""
