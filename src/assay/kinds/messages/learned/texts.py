"""How lures are worded. Three views of a text, each scored apart and added up to log-odds:

`shape`     runs of characters and words, every digit alike: a linear support vector machine (Joachims 1998)
`raw`       the same with its digits, weighted by the log-count ratio of lures to others (NB-SVM, Wang and Manning 2012)
`meaning`   sentence vectors, by likeness to known ones, in any language the encoder knows

The views err on different texts; what all three say is calibrated on texts that none of them learned from.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from assay.core.errors import InvalidSetting, ModelError
from assay.kinds.messages.learned.grams import Grams, characters, words
from assay.kinds.messages.learned.hashed import Hashed, counted, rarity, rounded, weigh
from assay.kinds.messages.learned.prepared import LEAST_LETTERS, Prepared
from assay.kinds.messages.learned.sentences import Likeness, learn_likeness, vector, vectors
from assay.learning import registry
from assay.learning.calibrate import Calibration, calibrate

NAME = "messages.model"
TABLES: dict[str, Callable[[Prepared], Grams]] = {
    "shape.characters": lambda text: characters(text.shape, salt=1),
    "shape.words": lambda text: words(text.shape),
    "raw.characters": lambda text: characters(text.plain, salt=2),
    "raw.words": lambda text: words(text.plain),
}
BITS = {"shape.characters": 18, "shape.words": 17, "raw.characters": 18, "raw.words": 17}
LEAST_ROWS = {"shape.characters": 2, "shape.words": 1, "raw.characters": 2, "raw.words": 1}
SHAPE, RAW, MEANING = 1.5, 0.5, 2.0  # weights of the views; chosen on folds that no published figure uses
LEAST_LURES = 20
FOLDS = 5
ALIKE, MOST_KNOWN = (
    3,
    8000,
)  # texts of one group, and of all, that meanings are learned from: time grows with the square


@dataclass(frozen=True)
class TextModel:
    """`tables`: view -> weights; `meaning`: likeness to known texts; `level` is added to the views' scores."""

    tables: dict[str, Hashed]
    meaning: Likeness
    level: float
    calibration: Calibration

    def score(self, text: Prepared) -> float:
        """Log-odds before calibration; ranks as the probability does."""
        return self.worded(text) + MEANING * self.meaning.score(vector(text.shown))

    def worded(self, text: Prepared) -> float:
        """The part of `score` that stands in the letters."""
        return sum(table.score(TABLES[name](text)) for name, table in self.tables.items()) + self.level

    def places(self, text: Prepared) -> np.ndarray:
        """float64[len(text.plain)]: what each character adds to `worded`."""
        length = len(text.plain)
        return np.asarray(np.sum([t.places(TABLES[name](text), length) for name, t in self.tables.items()], axis=0))

    def files(self) -> dict[str, str]:
        """The folder's files, without the card."""
        return {
            "features.json": registry.dumps({"views": list(self.tables), "level": self.level}),
            "calibration.json": registry.dumps(self.calibration.plain()),
            "meaning.json": registry.dumps(self.meaning.plain()),
        } | {f"{name}.json": registry.dumps(table.plain()) for name, table in self.tables.items()}

    @classmethod
    def of(cls, folder: registry.ModelFolder) -> TextModel:
        """From an opened folder. Raises `ModelError` where it is not one of ours."""
        if folder.card.get("detector") != NAME:
            raise ModelError(f"not a {NAME}", where=str(folder.path))
        told = folder.json("features.json")
        try:
            if set(told["views"]) != set(TABLES):
                raise ValueError("its views are not ours")
            tables = {name: Hashed.of(folder.json(f"{name}.json")) for name in TABLES}
            meaning = Likeness.of(folder.json("meaning.json"))
            calibration = Calibration.of(folder.json("calibration.json"))
            return cls(tables, meaning, float(told["level"]), calibration)
        except (KeyError, TypeError, ValueError) as error:
            raise ModelError(f"the model is malformed: {error}", where=str(folder.path)) from None


@dataclass
class TextRows:
    """Texts made ready once for many rounds of learning: counts by view (CSR), sentence vectors (float32[n, 512]), and
    `group` int64[n]: rows that must stay together."""

    texts: list[Prepared]
    counts: dict[str, Any]
    vectors: np.ndarray
    group: np.ndarray

    @classmethod
    def of(cls, texts: Sequence[str], group: np.ndarray | None = None) -> TextRows:
        prepared = [Prepared(text) for text in texts]
        counts = {name: counted([view(t) for t in prepared], BITS[name]) for name, view in TABLES.items()}
        found = vectors([text.shown for text in prepared])
        return cls(prepared, counts, found, np.arange(len(prepared)) if group is None else group)

    def __len__(self) -> int:
        return len(self.texts)


def fit(rows: TextRows, truth: np.ndarray, *, seed: int = 1, parts: int = FOLDS) -> tuple[TextModel, np.ndarray]:
    """Learns from all rows; calibrated on scores that each of five parts of the groups got from a model of the others.
    Returns the model and those scores, float64[n]. `truth` 0/1.

    Raises `InvalidSetting` below 20 lures or 20 others."""
    lures = int(truth.sum())
    if min(lures, len(truth) - lures) < LEAST_LURES:
        raise InvalidSetting(
            f"{lures} lures among {len(truth)} texts are too few to learn from", hint=f"give {LEAST_LURES} of each"
        )
    fold = folds(rows.group, parts, seed)
    apart = np.zeros(len(truth))
    for k in range(parts):
        held = np.flatnonzero(fold == k)
        apart[held] = score_rows(learn(rows, truth, np.flatnonzero(fold != k)), rows, held)
    model = learn(rows, truth, np.arange(len(truth)))
    return TextModel(model.tables, model.meaning, model.level, calibrate(apart, truth, seed=seed)), apart


def learn(rows: TextRows, truth: np.ndarray, of: np.ndarray) -> TextModel:
    """A model from the rows `of` (indices), not calibrated."""
    from scipy.sparse import hstack

    y = truth[of]
    idf = {name: rarity(counts[of], LEAST_ROWS[name]) for name, counts in rows.counts.items()}
    unit = {name: weigh(counts[of], idf[name]) for name, counts in rows.counts.items()}
    tables, level = {}, 0.0
    for view, share, solve in (("shape", SHAPE, _machine), ("raw", RAW, _ratio)):
        names = [name for name in TABLES if name.startswith(view)]
        weight, bias = solve(hstack([unit[name] for name in names]).tocsr(), y)
        level += share * bias
        at = 0
        for name in names:
            size = 1 << BITS[name]
            tables[name] = Hashed(idf[name], rounded(share * weight[at : at + size]))
            at += size
    few = of[_first_of(rows.group[of], ALIKE)][:MOST_KNOWN]
    meaning = learn_likeness(rows.vectors[few], truth[few])
    return TextModel(tables, meaning, level, calibrate(np.zeros(0), np.zeros(0)))


def score_rows(model: TextModel, rows: TextRows, of: np.ndarray) -> np.ndarray:
    """float64[len(of)], what `model.score` gives, many at a time (equal but for rounding)."""
    score = np.full(len(of), model.level)
    for name, table in model.tables.items():
        score += weigh(rows.counts[name][of], table.rarity) @ table.weight.astype(np.float64)
    return np.asarray(score + MEANING * model.meaning.scores(rows.vectors[of]))


def folds(group: np.ndarray, count: int, seed: int) -> np.ndarray:
    """int64[n]: the fold of each row, 0..count-1; a group lies in one fold."""
    names, which = np.unique(group, return_inverse=True)
    order = np.random.default_rng(seed).permutation(len(names))
    return np.asarray((order % count)[which])


def _first_of(group: np.ndarray, most: int) -> np.ndarray:
    """bool[n]: the first `most` rows of each group."""
    order = np.argsort(group, kind="stable")
    start = np.flatnonzero(np.diff(group[order], prepend=-1))
    rank = np.arange(len(group)) - np.repeat(start, np.diff(start, append=len(group)))
    out = np.zeros(len(group), bool)
    out[order] = rank < most
    return out


def _machine(unit: Any, truth: np.ndarray) -> tuple[np.ndarray, float]:
    from sklearn.svm import LinearSVC

    machine = LinearSVC(C=1.0, random_state=1).fit(unit, truth)
    return machine.coef_[0], float(machine.intercept_[0])


def _ratio(unit: Any, truth: np.ndarray) -> tuple[np.ndarray, float]:
    """Logistic regression on columns scaled by their log-count ratio; the weights are those of the unscaled columns."""
    from scipy.sparse import diags
    from sklearn.linear_model import LogisticRegression

    present = unit > 0
    lures = np.asarray(present[truth == 1].sum(axis=0)).ravel() + 1.0
    others = np.asarray(present[truth == 0].sum(axis=0)).ravel() + 1.0
    ratio = np.log((lures / lures.sum()) / (others / others.sum()))
    ratio[np.asarray(present.sum(axis=0)).ravel() == 0] = 0.0
    machine = LogisticRegression(C=4.0, solver="liblinear").fit((unit @ diags(ratio)).tocsr(), truth)
    return machine.coef_[0] * ratio, float(machine.intercept_[0])


def readable(text: Prepared) -> bool:
    """Does it say enough to be judged?"""
    return text.letters >= LEAST_LETTERS


__all__ = ["NAME", "TextModel", "TextRows", "fit", "folds", "learn", "readable", "score_rows"]
