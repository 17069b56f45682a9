"""Learning the model of presentation attacks: pictures measured, as they are and as they come after a messenger, a crop or
other light; a regression and trees over them in which no source outweighs the others; thresholds from sources they did not see.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from assay.core.progress import doing
from assay.kinds.identity.presentation.features import features
from assay.kinds.identity.presentation.model import CUT, MOST_BLUR, Line, Model
from assay.kinds.identity.presentation.pictures import Presentation, opened
from assay.kinds.identity.presentation.region import region
from assay.kinds.identity.seen import Seen

COPIES = 4  # of each picture, changed
PENALTY = 0.003  # C of the regression; chosen on the folds that the card reports, among .0003 to .1
_ROUNDS = 250
_TREES = {
    "objective": "binary", "num_leaves": 6, "learning_rate": 0.03, "feature_fraction": 0.3, "bagging_fraction": 0.7,
    "bagging_freq": 1, "min_data_in_leaf": 15, "num_threads": 1, "seed": 1, "deterministic": True, "force_row_wise": True,
    "verbosity": -1,
}  # fmt: skip
BPCER, APCER = 0.05, 0.10  # at `high` and at `low`, on sources left out


class Measured(NamedTuple):
    """Rows of pictures and their copies. `values` float64[n, len(names)]; `blurred` bool[n], too much so for an answer; `row`
    the presentation each is of; `copy` 0 for the picture itself; `unseen` presentations in which no face was found."""

    names: list[str]
    values: np.ndarray
    blurred: np.ndarray
    row: np.ndarray
    copy: np.ndarray
    unseen: list[int]


Score = Callable[[np.ndarray], np.ndarray]
"""float64[n] of values[n, names]."""
Learn = Callable[[np.ndarray, np.ndarray, np.ndarray], Score]
"""Of values, attack bool[n] and weights."""
Change = Callable[[np.ndarray, np.random.Generator], np.ndarray]


def measure(
    found: Sequence[Presentation], *, copies: int = COPIES, change: Change | None = None, seed: int = 1
) -> Measured:
    """The features of every presentation and of changed copies of it; `change` makes the copies, by default `varied`."""
    rows: list[tuple[int, int, dict[str, float]]] = []
    unseen = []
    random = np.random.default_rng(seed)
    for i, one in enumerate(found):
        if i % 20 == 0:
            doing(f"{i} of {len(found)} pictures")
        view, place = opened(one)
        if place is None:
            unseen.append(i)
            continue
        rows.append((i, 0, features(place)))
        for copy in range(copies):
            again = _seen_again((change or varied)(view.pixels, random))
            if again is not None:
                rows.append((i, copy + 1, again))
    names = sorted(set(rows[0][2]) - {"blur"}) if rows else []
    blur = np.array([told["blur"] for _, _, told in rows])
    values = np.array([[told[name] for name in names] for _, _, told in rows]).reshape(len(rows), len(names))
    row, nth = (np.array([r[k] for r in rows], np.int64) for k in (0, 1))
    return Measured(names, values, blur > MOST_BLUR, row, nth, unseen)


def _seen_again(pixels: np.ndarray) -> dict[str, float] | None:
    import cv2

    view = Seen(bytes(cv2.imencode(".png", pixels[:, :, ::-1])[1]))
    place = None if view.shape is None else region(view.pixels, view.shape.points)
    return None if place is None else features(place)


def varied(pixels: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """A copy as it might have come: smaller, in other light, a little blurred or noisy, mirrored, saved again."""
    import cv2

    scale = random.uniform(0.6, 1.0)
    small = cv2.resize(pixels, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA).astype(np.float32)
    small = 255 * (small / 255) ** np.exp(random.normal(0, 0.2)) * np.exp(random.normal(0, 0.05, 3))
    if random.random() < 0.4:
        small = cv2.GaussianBlur(small, (0, 0), random.uniform(0.3, 0.9))
    if random.random() < 0.5:
        small = small + random.normal(0, random.uniform(0, 3), small.shape)
    made = np.clip(small, 0, 255).astype(np.uint8)
    if random.random() < 0.5:
        made = made[:, ::-1]
    return saved(made, int(random.integers(50, 96))) if random.random() < 0.7 else np.ascontiguousarray(made)


def saved(pixels: np.ndarray, quality: int) -> np.ndarray:
    """As a JPEG of this quality shows it."""
    import cv2

    coded = cv2.imencode(".jpg", np.ascontiguousarray(pixels[:, :, ::-1]), [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
    return np.ascontiguousarray(np.asarray(cv2.imdecode(coded, cv2.IMREAD_COLOR))[:, :, ::-1])


def fit(names: list[str], values: np.ndarray, attack: np.ndarray, weights: np.ndarray) -> Model:
    """A model without thresholds (both 0) of values[n, len(names)], attack bool[n] and weights[n]."""
    import lightgbm
    from sklearn.linear_model import LogisticRegression

    middles = np.nan_to_num(_quantile(values, 0.5))
    spreads = np.nan_to_num((_quantile(values, 0.84) - _quantile(values, 0.16)) / 2) + 1e-3
    middles, spreads = (np.array([float(f"{v:.6g}") for v in column]) for column in (middles, spreads))
    held = np.clip(np.nan_to_num((values - middles) / spreads), -CUT, CUT)
    line = LogisticRegression(C=PENALTY, max_iter=3000).fit(held, attack, sample_weight=weights)
    truth = lightgbm.Dataset(held, attack.astype(np.int8), weight=weights * len(weights) / weights.sum())
    trees = lightgbm.train(_TREES, truth, _ROUNDS)
    scales = [
        max(float(np.std(part)), 1e-3) for part in (line.decision_function(held), trees.predict(held, raw_score=True))
    ]
    weighed = [float(f"{v:.6g}") for v in line.coef_[0]]
    bias, scales = float(f"{line.intercept_[0]:.6g}"), [float(f"{v:.6g}") for v in scales]
    return Model(Line(names, middles.tolist(), spreads.tolist(), weighed, bias, (scales[0], scales[1])), trees)


def _quantile(values: np.ndarray, level: float) -> np.ndarray:
    """Of each column, over what is there; NaN where nothing is."""
    there = ~np.isnan(values).all(axis=0)
    out = np.full(values.shape[1], np.nan)
    if there.any():
        out[there] = np.nanquantile(values[:, there], level, axis=0)
    return out


def balanced(sources: Sequence[str], attack: np.ndarray) -> np.ndarray:
    """float64[n]: each side of a source weighs as the root of its pictures; together 200, whatever their number."""
    keys = np.array([f"{source}\0{bool(bad)}" for source, bad in zip(sources, attack, strict=True)], object)
    weights = np.ones(len(keys))
    for key in set(keys.tolist()):
        weights[keys == key] = 1 / np.sqrt((keys == key).sum())
    return np.asarray(weights * 200 / weights.sum())


def left_out(found: Sequence[Presentation], measured: Measured, learn: Learn) -> np.ndarray:
    """float64[len(found)]: the score of each picture by what was learned from all other sources; NaN where no face was found, it
    is blurred, or the other sources lack a side. `learn(values, attack, weights)` gives a function of values."""
    attack = np.array([bool(one.species) for one in found])
    sources = np.array([one.source for one in found], object)
    out = np.full(len(found), np.nan)
    for source in sorted(set(sources.tolist())):
        train = sources[measured.row] != source
        test = ~train & (measured.copy == 0)
        bad = attack[measured.row[train]]
        if test.any() and bad.any() and not bad.all():
            learned = learn(measured.values[train], bad, balanced(sources[measured.row[train]].tolist(), bad))
            out[measured.row[test]] = np.where(measured.blurred[test], np.nan, learned(measured.values[test]))
    return out


def thresholds(attack: np.ndarray, scored: np.ndarray) -> tuple[float, float]:
    """(low, high): at most `low` one attack in ten was missed, above `high` one bona fide presentation in twenty taken for an
    attack. One number for both where they would cross."""
    there = ~np.isnan(scored)
    high = float(np.quantile(scored[there & ~attack], 1 - BPCER))
    low = float(np.quantile(scored[there & attack], APCER))
    if low > high:
        low = high = (low + high) / 2
    return low, high
