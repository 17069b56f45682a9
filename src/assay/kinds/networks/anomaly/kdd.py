"""`assay bench anomalies`: NSL-KDD (Tavallaee et al. 2009), learned from its normal rows alone. The threshold is the first
hundredth of normal rows held out of *training*; the test file's labels only count. Beside it each voter alone and scikit-learn's
isolation forest with the same rows and the same rule, and what one or five attacks in a hundred rows, learned as normal, do."""

from __future__ import annotations

import csv
import io
import tarfile
import time
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from assay.core.errors import UnreadableInput
from assay.kinds.networks.anomaly.normal import Normal
from assay.learning.evaluate import auc, interval

FEATURES, CATEGORIES = 41, (1, 2, 3)
TRAIN, TEST = "KDDTrain+_20Percent.txt", "KDDTest+.txt"
MOST = 64 << 20
_RATE = 0.01


class Rows(NamedTuple):
    """`values` float64[n, 41]: amounts as log(1 + x), categories as numbers; `names` of the attacks, or `normal`."""

    values: np.ndarray
    names: np.ndarray


def bench(data: Path | None = None, *, seeds: int = 5, short: bool = False, **_options: Any) -> dict[str, Any]:
    """`data`: a folder with `nsl-kdd.tar.zst`, or with its files."""
    if data is None:
        raise UnreadableInput("this bench needs NSL-KDD", hint="--data FOLDER that holds it")
    train, test = _load(data)
    attack = test.names != "normal"
    unseen = ~np.isin(test.names, np.unique(train.names)) & attack
    told: dict[str, Any] = {
        "rows": {"normal to learn from": int((train.names == "normal").sum()), "to test": len(test.names),
                 "attacks": int(attack.sum()), "attacks of unseen kinds": int(unseen.sum())},
        "threshold": "the hundredth of normal rows held out of training",
    }  # fmt: skip
    numbers = range(1 if short else seeds)
    runs: dict[str, list[dict[str, float]]] = defaultdict(list)
    poisoned: dict[str, list[dict[str, float]]] = defaultdict(list)
    weights: dict[str, list[float]] = defaultdict(list)
    began = time.process_time()
    for seed in numbers:
        rows, held = _split(train, seed)
        normal = _learned(rows, held, seed)
        runs["the voters together"].append(_figures(*_judged(normal, test.values), attack, unseen))
        alone, clean = normal.votes(test.values, all_=True), normal.votes(held, all_=True)
        for name, weight in normal.weighs.items():
            runs[f"{name} alone"].append(_figures(_limit(-np.log(clean[name])), -np.log(alone[name]), attack, unseen))
            weights[name].append(round(weight, 3))
        runs["isolation forest of 200 trees"].append(_figures(*_forest(rows, held, test.values, seed), attack, unseen))
        for share in (0.01, 0.05):
            rows, held = _split(train, seed, share)
            together = _judged(_learned(rows, held, seed), test.values)
            poisoned[f"{share:.0%}, the voters together"].append(_figures(*together, attack, unseen))
            forest = _forest(rows, held, test.values, seed)
            poisoned[f"{share:.0%}, isolation forest"].append(_figures(*forest, attack, unseen))
    told["seeds"] = len(numbers)
    told |= {what: _summary(found) for what, found in runs.items()}
    told["weights of the voters, by seed"] = dict(weights)
    told["learned with attacks among the normal rows"] = {what: _summary(found) for what, found in poisoned.items()}
    told["CPU seconds"] = round(time.process_time() - began, 1)
    return told


def _split(train: Rows, seed: int, poison: float = 0.0) -> tuple[np.ndarray, np.ndarray]:
    """(rows to learn from, rows held out), a share of attacks among both."""
    rng = np.random.default_rng(seed)
    normal = train.values[train.names == "normal"]
    order = rng.permutation(len(normal))
    cut = int(0.75 * len(normal))
    rows, held = normal[order[:cut]], normal[order[cut:]]
    if poison:
        bad = train.values[train.names != "normal"]
        n = int(len(rows) * poison)
        rows = np.concatenate([rows, bad[rng.choice(len(bad), n, replace=False)]])
        held = np.concatenate([held, bad[rng.choice(len(bad), int(len(held) * poison), replace=False)]])
    return rows, held


def _figures(limit: float, score: np.ndarray, attack: np.ndarray, unseen: np.ndarray) -> dict[str, float]:
    hit = score > limit
    return {
        "recall": hit[attack].mean(), "recall of unseen kinds": hit[unseen].mean(), "false positives": hit[~attack].mean(),
        "AUC": auc(attack.astype(float), score), "recall at 1 % of test normals": (score > np.quantile(score[~attack], 0.99))[attack].mean(),
    }  # fmt: skip


def _limit(held: np.ndarray) -> float:
    return float(np.quantile(held, 1 - _RATE, method="higher"))


def _learned(rows: np.ndarray, held: np.ndarray, seed: int) -> Normal:
    return Normal.learn(rows, held, [str(j) for j in range(rows.shape[1])], frozenset(CATEGORIES), seed)


def _judged(normal: Normal, test: np.ndarray) -> tuple[float, np.ndarray]:
    return _limit(normal.sums.values), normal.score(test)


def _forest(rows: np.ndarray, held: np.ndarray, test: np.ndarray, seed: int) -> tuple[float, np.ndarray]:
    from sklearn.ensemble import IsolationForest

    def wide(values: np.ndarray) -> np.ndarray:
        parts = [values[:, [j]] for j in range(FEATURES) if j not in CATEGORIES]
        return np.concatenate(parts + [values[:, [j]] == np.unique(rows[:, j]) for j in CATEGORIES], axis=1)

    trees = IsolationForest(n_estimators=200, random_state=seed, n_jobs=1).fit(wide(rows))
    return _limit(-trees.score_samples(wide(held))), -trees.score_samples(wide(test))


def _summary(runs: list[dict[str, float]]) -> dict[str, Any]:
    """Mean and 95 % interval of the mean over the seeds."""
    return {
        name: interval([float(run[name]) for run in runs]) if len(runs) > 1 else round(float(runs[0][name]), 4)
        for name in runs[0]
    }


def _load(data: Path) -> tuple[Rows, Rows]:
    texts = {name: _text(data, name) for name in (TRAIN, TEST)}
    categories: list[dict[str, int]] = [{} for _ in CATEGORIES]
    train = _rows(texts[TRAIN], categories, learn=True)
    return train, _rows(texts[TEST], categories, learn=False)


def _text(data: Path, name: str) -> str:
    there = next(iter(sorted(data.rglob(name))), None)
    if there is not None:
        return there.read_text("utf-8")
    archive = data if data.is_file() else data / "nsl-kdd.tar.zst"
    if not archive.is_file():
        raise UnreadableInput("there is no NSL-KDD here", where=str(data))
    import zstandard

    with (
        archive.open("rb") as file,
        zstandard.ZstdDecompressor().stream_reader(file) as plain,
        tarfile.open(fileobj=plain, mode="r|") as tar,
    ):
        for member in tar:
            if Path(member.name).name == name and member.isfile() and member.size <= MOST:
                found = tar.extractfile(member)
                assert found is not None
                return found.read().decode("utf-8")
    raise UnreadableInput(f"there is no {name} in it", where=str(archive))


def _rows(text: str, categories: list[dict[str, int]], *, learn: bool) -> Rows:
    values, names = [], []
    for parts in _lines(text):
        told = []
        for j in range(FEATURES):
            if j in CATEGORIES:
                known = categories[CATEGORIES.index(j)]
                told.append(float(known.setdefault(parts[j], len(known)) if learn else known.get(parts[j], 10_000)))
            else:
                told.append(float(np.log1p(max(0.0, float(parts[j])))))
        values.append(told)
        names.append(parts[FEATURES])
    return Rows(np.array(values), np.array(names))


def _lines(text: str) -> Iterator[list[str]]:
    for parts in csv.reader(io.StringIO(text)):
        if len(parts) > FEATURES and parts[0] != "duration":  # the test file begins with its columns' names
            yield parts


__all__ = ["Rows", "bench"]
