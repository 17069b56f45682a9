"""How the links of lures are built: linear scores over hashed runs of host, path and words, and boosted trees over those
scores and the link's structure (stacked generalisation, Wolpert 1992).

Trees learn from scores that rows got from linear models of the other folds, so that they know how far to trust them. A
registered domain is never on two sides of a fold.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from assay.core.errors import InvalidSetting, ModelError
from assay.kinds.messages.learned.hashed import Hashed, counted, rarity, rounded, weigh
from assay.kinds.messages.learned.link_rows import BITS, STRUCTURE, TABLES, Parts, structure
from assay.kinds.messages.learned.texts import FOLDS, LEAST_LURES, folds
from assay.kinds.messages.links.anatomy import anatomy
from assay.learning import registry
from assay.learning.calibrate import Calibration, calibrate
from assay.learning.trees import Growth, Trees, grow

NAME = "messages.url-model"
VIEWS = {"all": ("host", "path", "words"), "host": ("host",), "path": ("path",), "words": ("words",)}
COLUMNS = (*STRUCTURE, *(f"score.{view}" for view in VIEWS))
GROWTH = Growth(rounds=220, leaves=24, rate=0.06, seeds=2, random_seeds=0, least=20, depth=10)


@dataclass(frozen=True)
class LinkModel:
    """`tables`: (view, table) -> weights, `level`: view -> what is added; `trees` over `COLUMNS`."""

    tables: dict[tuple[str, str], Hashed]
    level: dict[str, float]
    trees: Trees
    calibration: Calibration

    def row(self, parts: Parts) -> np.ndarray:
        """float64[k]: the values of `COLUMNS`."""
        grams = {name: make(parts) for name, make in TABLES.items()}
        scores = [
            sum(self.tables[view, name].score(grams[name]) for name in names) + self.level[view]
            for view, names in VIEWS.items()
        ]
        return np.array([*structure(parts), *scores], np.float64)

    def score(self, links: Sequence[Parts]) -> np.ndarray:
        """float64[n], log-odds before calibration."""
        if not len(links):
            return np.zeros(0)
        return self.trees.score(np.stack([self.row(parts) for parts in links]))

    def files(self) -> dict[str, str]:
        """The folder's files, without the card."""
        boosters = {f"model.{i + 1}.txt": text for i, text in enumerate(self.trees.boosters)}
        tables = {f"{view}.{name}.json": registry.dumps(t.plain()) for (view, name), t in self.tables.items()}
        features = {"columns": list(COLUMNS), "level": self.level}
        calibration = registry.dumps(self.calibration.plain())
        return boosters | tables | {"features.json": registry.dumps(features), "calibration.json": calibration}

    @classmethod
    def of(cls, folder: registry.ModelFolder) -> LinkModel:
        """From an opened folder. Raises `ModelError` where it is not one of ours."""
        if folder.card.get("detector") != NAME:
            raise ModelError(f"not a {NAME}", where=str(folder.path))
        told = folder.json("features.json")
        boosters = [text for name, text in sorted(folder.files.items()) if name.startswith("model.")]
        try:
            if tuple(told["columns"]) != COLUMNS or not boosters:
                raise ValueError("its columns are not ours")
            tables = {(v, n): Hashed.of(folder.json(f"{v}.{n}.json")) for v, names in VIEWS.items() for n in names}
            level = {view: float(told["level"][view]) for view in VIEWS}
            return cls(tables, level, Trees(boosters), Calibration.of(folder.json("calibration.json")))
        except (KeyError, TypeError, ValueError) as error:
            raise ModelError(f"the model is malformed: {error}", where=str(folder.path)) from None


@dataclass
class LinkRows:
    """Links made ready once for many rounds of learning. `domain` int64[n]: rows of one registered domain share it."""

    links: list[Parts]
    counts: dict[str, Any]
    structure: np.ndarray
    domain: np.ndarray

    @classmethod
    def of(cls, urls: Sequence[str], step: Callable[[int], None] = lambda _done: None) -> LinkRows:
        links = []
        for url in urls:
            links.append(Parts(anatomy(url)))
            step(1)
        names = [parts.anatomy.registered or parts.host for parts in links]
        counts = {name: counted([make(p) for p in links], BITS[name]) for name, make in TABLES.items()}
        rows = np.array([structure(p) for p in links], np.float64).reshape(len(links), len(STRUCTURE))
        return cls(links, counts, rows, np.unique(names, return_inverse=True)[1] if names else np.zeros(0, np.int64))

    def __len__(self) -> int:
        return len(self.links)


def fit(
    rows: LinkRows, truth: np.ndarray, *, seed: int = 1, parts: int = FOLDS, growth: Growth = GROWTH
) -> tuple[LinkModel, np.ndarray]:
    """Learns from all rows; calibrated on scores that each of five parts of the domains got from a model of the others.
    Returns the model and those scores, float64[n]. Raises `InvalidSetting` below 20 lures or 20 others."""
    lures = int(truth.sum())
    if min(lures, len(truth) - lures) < LEAST_LURES:
        raise InvalidSetting(
            f"{lures} lures among {len(truth)} links are too few to learn from", hint=f"give {LEAST_LURES} of each"
        )
    fold = folds(rows.domain, parts, seed)
    apart = np.zeros(len(truth))
    for k in range(parts):
        held = np.flatnonzero(fold == k)
        apart[held] = score_rows(learn(rows, truth, np.flatnonzero(fold != k), seed=seed, growth=growth), rows, held)
    model = learn(rows, truth, np.arange(len(truth)), seed=seed, growth=growth)
    return LinkModel(model.tables, model.level, model.trees, calibrate(apart, truth, seed=seed)), apart


def learn(rows: LinkRows, truth: np.ndarray, of: np.ndarray, *, seed: int = 1, growth: Growth = GROWTH) -> LinkModel:
    """A model from the rows `of` (indices), not calibrated."""
    inner = folds(rows.domain[of], FOLDS, seed + 100)
    crossed = np.zeros((len(of), len(VIEWS)))
    for k in range(FOLDS):
        tables, level = _linear(rows, truth, of[inner != k])
        crossed[inner == k] = _scores(tables, level, rows, of[inner == k])
    tables, level = _linear(rows, truth, of)
    trees = Trees(grow(np.hstack([rows.structure[of], crossed]), truth[of], (), growth, seed=seed))
    return LinkModel(tables, level, trees, calibrate(np.zeros(0), np.zeros(0)))


def score_rows(model: LinkModel, rows: LinkRows, of: np.ndarray) -> np.ndarray:
    """float64[len(of)], what `model.score` gives, many at a time (equal but for rounding)."""
    scores = _scores(model.tables, model.level, rows, of)
    return model.trees.score(np.ascontiguousarray(np.hstack([rows.structure[of], scores])))


def _linear(
    rows: LinkRows, truth: np.ndarray, of: np.ndarray
) -> tuple[dict[tuple[str, str], Hashed], dict[str, float]]:
    """Logistic regression for each view, on unit rows of its tables."""
    from scipy.sparse import hstack
    from sklearn.linear_model import LogisticRegression

    idf = {name: rarity(counts[of], 2) for name, counts in rows.counts.items()}
    unit = {name: weigh(counts[of], idf[name]) for name, counts in rows.counts.items()}
    tables, level = {}, {}
    for view, names in VIEWS.items():
        machine = LogisticRegression(C=10.0, solver="liblinear", tol=1e-3)
        machine.fit(hstack([unit[name] for name in names]).tocsr(), truth[of])
        level[view] = float(machine.intercept_[0])
        at = 0
        for name in names:
            size = 1 << BITS[name]
            tables[view, name] = Hashed(idf[name], rounded(machine.coef_[0][at : at + size]))
            at += size
    return tables, level


def _scores(
    tables: dict[tuple[str, str], Hashed], level: dict[str, float], rows: LinkRows, of: np.ndarray
) -> np.ndarray:
    out = np.zeros((len(of), len(VIEWS)))
    unit = {name: weigh(counts[of], tables["all", name].rarity) for name, counts in rows.counts.items()}
    for j, (view, names) in enumerate(VIEWS.items()):
        out[:, j] = level[view] + sum(unit[name] @ tables[view, name].weight.astype(np.float64) for name in names)
    return out


__all__ = ["NAME", "LinkModel", "LinkRows", "fit", "learn", "score_rows"]
