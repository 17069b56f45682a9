"""`assay train payments`: from labelled payments to a model folder with its card, and beside it the novelty detector.

Split by time, as if trained on the day the test begins: what was known by then is learned from (`Labelled.as_of`); the
last quarter of those rows calibrates; the last fifth of all time is the test that the card reports.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from assay import __version__
from assay.core.clock import iso
from assay.core.errors import InvalidSetting
from assay.kinds.payments.evaluate import report, weaknesses
from assay.kinds.payments.features import payment_features
from assay.kinds.payments.labelled import Labelled, read_labelled
from assay.kinds.payments.learn import learn_model
from assay.kinds.payments.model import CERTAIN, COUNTERFEIT, LEAST_FRAUDS, NAME, SUSPICIOUS
from assay.learning import TrainReport, TrainRequest, registry

TEST, CALIBRATION = 0.2, 0.25


def train(request: TrainRequest) -> TrainReport:
    """Options: `label_delay` ("7d"), `seed`, `licence` of the data. Writes `request.out`; the same data and seed give
    the same version. Raises `InvalidSetting` where there are too few frauds to learn from or to test on."""
    seed, licence = int(request.options.get("seed", 1)), str(request.options.get("licence", "unknown"))
    history = read_labelled(request.data, request.mapping, payment_features(), request.options.get("label_delay"))
    parts = split(history)
    test = parts[2][0]
    model = learn_model(history, *parts[0], parts[1] if len(parts[1][0]) else None, seed=seed)
    figures = report(model, history, test)
    card = {
        "detector": NAME,
        "assay": __version__,
        "data": {
            "name": request.data.name,
            "sha256": registry.file_hash(request.data),
            "licence": licence,
            "rows": len(history.batch),
            "refused_rows": history.refused,
            "mapping": history.mapping.yaml(),
        },
        "label_delay": history.delay,
        "split": {
            name: _span(history, *rows) for name, rows in zip(("train", "calibrate", "test"), parts, strict=True)
        },
        "calibration": model.calibration.method,
        "trees": len(model.trees),
        "seed": seed,
        "bands": {"suspicious": SUSPICIOUS, "counterfeit": COUNTERFEIT, "certain": CERTAIN},
        "figures": figures,
        "fails": weaknesses(figures, history),
        "rebuild": _command(request, history, seed, licence),
    }
    folder = registry.save(request.out, model.files(), card)
    _train_novelty(history, test, request.out / "novelty", card)
    return TrainReport(folder.path, folder.version, figures)


Rows = tuple[np.ndarray, np.ndarray]
"""Indices into a history, and the truth of those payments."""


def split(history: Labelled) -> tuple[Rows, Rows, Rows]:
    """What to learn from, to calibrate on, and to test on, each later than the one before. The first two with the truth
    as it was known on the day the test begins, the test with the whole truth."""
    first, last = int(history.time[0]), int(history.time[-1])
    today = last - int((last - first) * TEST)
    rows, truth = history.as_of(today, cold=True)
    test = np.flatnonzero(~np.isnan(history.truth) & (history.time >= today))
    if history.truth[test].sum() == 0:
        raise InvalidSetting("the last fifth of the time has no fraud to test on", hint="give a longer history")
    warm = history.time[rows[history.warm[rows]]]
    begin = np.quantile(warm, 1 - CALIBRATION) if len(warm) else 0
    late = history.time[rows] >= begin
    if truth[late].sum() < LEAST_FRAUDS:
        late[:] = False  # too few to calibrate apart: calibrated across blocks of time instead
    return (rows[~late], truth[~late]), (rows[late], truth[late]), (test, history.truth[test])


def _train_novelty(history: Labelled, test: np.ndarray, out: Path, card: dict[str, Any]) -> None:
    """The detector of what no label has shown, on the same history before the test; left out where that is too short."""
    from assay.kinds.payments.novelty import fit as fit_novelty

    rows = np.flatnonzero(history.warm & (history.time < history.time[test[0]]))
    try:
        model = fit_novelty(*history.part(rows), seed=int(card["seed"]))
    except InvalidSetting:
        return
    told = {name: card[name] for name in ("assay", "data", "seed", "rebuild")}
    model.save(out, **told, learned_from=_span(history, rows, np.zeros(len(rows))))


def _span(history: Labelled, rows: np.ndarray, truth: np.ndarray) -> dict[str, Any]:
    if not len(rows):
        return {"rows": 0, "frauds": 0}
    return {
        "from": iso(int(history.time[rows[0]])),
        "to": iso(int(history.time[rows[-1]])),
        "rows": len(rows),
        "frauds": int(truth.sum()),
    }


def _command(request: TrainRequest, history: Labelled, seed: int, licence: str) -> str:
    mapping = f" --mapping {request.mapping.name}" if request.mapping else ""
    delay = "" if history.delay == "as given" else f" --label-delay {history.delay}"
    return f"assay train payments --data {request.data.name}{mapping}{delay} --seed {seed} --licence '{licence}' --out MODEL"
