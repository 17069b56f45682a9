"""Figures of presentation attack detection in the terms of ISO/IEC 30107-3, for the room's bench, beside two baselines on the same
pictures and folds: colour texture with a support vector machine (after Boulkenafet et al. 2016), and the peak of the spectrum
alone, by which moiré is told.

`test sources`: learned from the sources for training, judged on those kept for testing. `each source left out`: over all of
them; some show the same people, so that only the first is strict. `ordinary portraits`: how often bona fide pictures that are
no selfies are suspected. `saved again`: the test once more, each picture as a JPEG of quality 50 at seven tenths of its size.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from assay.kinds.identity.presentation import iso
from assay.kinds.identity.presentation.learn import (
    Learn,
    Measured,
    Score,
    balanced,
    left_out,
    measure,
    saved,
    thresholds,
)
from assay.kinds.identity.presentation.pictures import Presentation, presentations
from assay.kinds.identity.presentation.train import learner

_PORTRAITS = 120


def figures(data: Path, portraits: Sequence[Path] = (), *, seed: int = 1) -> dict[str, Any]:
    """`data` as `pictures.presentations` reads it; `portraits`: folders of bona fide portraits that nothing was learned from."""
    found = presentations(data)
    measured = measure(found, seed=seed)
    told: dict[str, Any] = {
        "pictures": {
            one: {
                "bona fide": sum(not p.species for p in found if p.source == one),
                "attacks": sum(bool(p.species) for p in found if p.source == one),
                "test": any(p.split == "dev" for p in found if p.source == one),
            }
            for one in sorted({p.source for p in found})
        },
        "people": "about 30 in all, by the makers of the pictures; the figures say little beyond them",
    }
    methods = {
        "assay": learner(measured.names),
        "texture with a support vector machine": _texture(measured.names),
        "peak of the spectrum alone": _peak(measured.names),
    }
    if any(p.split == "dev" for p in found) and any(p.split != "dev" for p in found):
        told["test sources"] = {name: _tested(found, measured, learn) for name, learn in methods.items()}
        again = measure(
            [p for p in found if p.split == "dev"], copies=1, change=lambda pixels, _random: _shrunk(pixels), seed=seed
        )
        told["test sources saved again"] = {
            name: _again(found, measured, again, learn) for name, learn in methods.items()
        }
    told["each source left out"] = {name: _left_out(found, measured, learn) for name, learn in methods.items()}
    if portraits:
        told["ordinary portraits"] = _portraits(found, measured, portraits)
    return told


def _tested(found: Sequence[Presentation], measured: Measured, learn: Learn) -> dict[str, Any]:
    score, low, high = _of_training(found, measured, learn)
    test = [i for i, one in enumerate(found) if one.split == "dev"]
    own = measured.copy == 0
    scored = np.full(len(found), np.nan)
    scored[measured.row[own]] = np.where(measured.blurred[own], np.nan, score(measured.values[own]))
    return _told(scored[test], [found[i].species for i in test], low, high)


def _again(found: Sequence[Presentation], measured: Measured, again: Measured, learn: Learn) -> dict[str, Any]:
    score, low, high = _of_training(found, measured, learn)
    test = [one for one in found if one.split == "dev"]
    scored = np.full(len(test), np.nan)
    changed = again.copy == 1
    scored[again.row[changed]] = np.where(again.blurred[changed], np.nan, score(again.values[changed]))
    return _told(scored, [one.species for one in test], low, high)


def _left_out(found: Sequence[Presentation], measured: Measured, learn: Learn) -> dict[str, Any]:
    """Thresholds from these very scores: the pooled trade, and how well each source's two sides are told apart."""
    scored = left_out(found, measured, learn)
    species = [one.species for one in found]
    low, high = thresholds(np.array([bool(s) for s in species]), scored)
    by = iso.auc_by(scored, species, [one.source for one in found])
    return _told(scored, species, low, high) | {"auc_by_source": by}


def _told(scored: np.ndarray, species: list[str], low: float, high: float) -> dict[str, Any]:
    """At the upper threshold, above which it suspects, and at the lower, up to which it sees nothing; the trade; how often it
    says either."""
    there = scored[~np.isnan(scored)]
    answered = (there <= low) | (there > high)
    return {
        "auc": iso.auc(scored, species),
        "suspected": iso.detection(scored, species, high),
        "not cleared": iso.detection(scored, species, low),
        "says either": iso.rate(int(answered.sum()), len(answered)),
    } | iso.trade(scored, species)


def _of_training(found: Sequence[Presentation], measured: Measured, learn: Learn) -> tuple[Score, float, float]:
    """What was learned from the sources for training, with thresholds from those left out one by one."""
    train = [i for i, one in enumerate(found) if one.split != "dev"]
    place = {i: k for k, i in enumerate(train)}
    use = np.isin(measured.row, train)
    rows = np.array([place[int(i)] for i in measured.row[use]], np.int64)
    part = measured._replace(
        values=measured.values[use], blurred=measured.blurred[use], row=rows, copy=measured.copy[use]
    )
    chosen = [found[i] for i in train]
    attack = np.array([bool(one.species) for one in chosen])
    low, high = thresholds(attack, left_out(chosen, part, learn))
    weights = balanced([chosen[i].source for i in part.row], attack[part.row])
    return learn(part.values, attack[part.row], weights), low, high


def _portraits(found: Sequence[Presentation], measured: Measured, folders: Sequence[Path]) -> dict[str, Any]:
    score, low, high = _of_training(found, measured, learner(measured.names))
    told = {}
    for folder in folders:
        some = [Presentation(path, "", folder.name) for path in sorted(folder.iterdir())[:_PORTRAITS]]
        seen = measure(some, copies=0)
        scored = np.full(len(some), np.nan)
        if len(seen.row):
            scored[seen.row] = np.where(seen.blurred, np.nan, score(seen.values))
        told[folder.name] = {
            "suspected": iso.detection(scored, [""] * len(some), high)["bpcer"],
            "not cleared": iso.detection(scored, [""] * len(some), low)["bpcer"],
        }
    return told


def _texture(names: list[str]) -> Learn:
    """Patterns of all three channels, standardised, and a support vector machine with radial kernels."""
    columns = [i for i, name in enumerate(names) if "pattern" in name]

    def learn(values: np.ndarray, attack: np.ndarray, weights: np.ndarray) -> Score:
        from sklearn.pipeline import make_pipeline
        from sklearn.preprocessing import StandardScaler
        from sklearn.svm import SVC

        model = make_pipeline(StandardScaler(), SVC(C=1.0))
        model.fit(values[:, columns], attack, svc__sample_weight=weights * len(weights) / weights.sum())
        return lambda rows: np.asarray(model.decision_function(rows[:, columns]))

    return learn


def _peak(names: list[str]) -> Learn:
    column = names.index("y.peak")
    return lambda _values, _attack, _weights: lambda rows: rows[:, column]


def _shrunk(pixels: np.ndarray) -> np.ndarray:
    import cv2

    return saved(cv2.resize(pixels, None, fx=0.7, fy=0.7, interpolation=cv2.INTER_AREA), 50)
