"""`assay train roads --data FOLDER --out DIR`: the history model, learnt from labelled recordings and from made-up towns.

Vehicles are split, never messages: those of trees, of calibration and of figures are different ones. Every recording is taken
twice, the second time as if liars had lied from their first message on, so that the model does not live on the moment a lie begins.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from assay import __version__
from assay.kinds.roads.model import COLUMNS, NAME, READ, columns
from assay.kinds.roads.recordings import GENUINE, Recording, recordings, simulated
from assay.learning import TrainReport, TrainRequest, registry
from assay.learning.calibrate import Calibration, calibrate
from assay.learning.evaluate import auc, calibration_error, recall_at
from assay.learning.trees import Trees, _without_parameters

ROUNDS = 110
TOWNS: tuple[dict[str, Any], ...] = (
    {"vehicles": 200, "seconds": 400.0, "rate": 1.0}, {"vehicles": 120, "seconds": 300.0, "noise": 1.6},
    {"vehicles": 80, "seconds": 240.0, "rate": 10.0, "noise": 0.6}, {"vehicles": 160, "seconds": 400.0},
    {"vehicles": 160, "seconds": 400.0, "rate": 1.0, "noise": 2.2}, {"vehicles": 90, "seconds": 300.0, "rate": 5.0, "noise": 0.4},
)  # fmt: skip
_TREES = {
    "objective": "binary", "num_leaves": 31, "learning_rate": 0.08, "min_data_in_leaf": 100, "feature_fraction_bynode": 0.5,
    "bagging_fraction": 0.5, "bagging_freq": 1, "lambda_l2": 1.0, "max_depth": 8, "num_threads": 1, "verbose": -1,
    "deterministic": True, "force_row_wise": True,
}  # fmt: skip
ACCUSED = 0.01  # share of honest vehicles that the model may accuse, ever
EXACT = (
    "late-sending",
    "echo",
)  # true in every motion, and found without a model: by signed time, by being said before


class Table(NamedTuple):
    """Rows ready to learn from: columns float64[n, k], lie float64[n], kind object[n], sender object[n] unique over recordings."""

    columns: np.ndarray
    lie: np.ndarray
    kind: np.ndarray
    sender: np.ndarray

    def take(self, rows: np.ndarray) -> Table:
        return Table(*(array[rows] for array in self))


def table(found: Sequence[Recording], read: tuple[int, ...] = READ) -> Table:
    """One table of several recordings."""
    parts = []
    for recording in found:
        seen = recording.seen()
        sender = np.array([f"{recording.name}/{who}" for who in recording.sender], object)
        whole = Table(columns(seen, read), recording.lie, recording.kind, sender)
        parts.append(whole.take(~np.isin(recording.kind.astype(str), EXACT)))
    return Table(*(np.concatenate(arrays) for arrays in zip(*parts, strict=True)))


def grow(rows: Table, *, rounds: int = ROUNDS, seed: int = 1) -> str:
    """Trees as LightGBM text. A doubt that grows never lowers the score (monotone constraints)."""
    import lightgbm

    parameters = _TREES | {"seed": seed, "monotone_constraints": [1] * rows.columns.shape[1]}
    data = lightgbm.Dataset(rows.columns, rows.lie, params=parameters)
    return _without_parameters(lightgbm.train(parameters, data, rounds).model_to_string(num_iteration=-1))


def share_of(sender: np.ndarray, share: float, seed: int) -> np.ndarray:
    """bool[n]: is its sender among a share of all senders, drawn from a seed?"""
    everybody = np.unique(sender.astype(str))
    drawn = np.random.default_rng(seed).permutation(everybody)[: round(share * len(everybody))]
    return np.isin(sender.astype(str), drawn)


def train(request: TrainRequest) -> TrainReport:
    """Options: `seed`, `licence` of the data."""
    seed = int(request.options.get("seed", 1))
    real = recordings(request.data)
    digest = registry.file_hash(request.data)
    towns = [simulated(seed * 100 + i, **options) for i, options in enumerate(TOWNS)]
    rows = table([*real, *towns])
    late = table([r.begun_late() for r in (*real, *towns)])
    held = share_of(rows.sender, 0.3, seed)
    judged = held & share_of(rows.sender, 0.5, seed + 1)
    calibrating = held & ~judged
    first = rows.take(~held)
    second = late.take(~np.isin(late.sender.astype(str), np.unique(rows.sender[held].astype(str))))
    text = grow(Table(*(np.concatenate(pair) for pair in zip(first, second, strict=True))), seed=seed)
    trees = Trees([text])
    score = trees.score(rows.columns)
    calibration: Calibration = calibrate(score[calibrating], rows.lie[calibrating], seed=seed)
    probability = calibration(score)
    limit = _limit(rows.take(held), probability[held])
    figures = _figures(rows.take(judged), probability[judged]) | {"limit": limit}
    card = {
        "detector": NAME, "assay": __version__, "figures": figures,
        "about": "Which messages are a liar's, from how its sender's messages agreed with one another lately.",
        "data": [{"name": r.name, "rows": len(r.batch), "vehicles": len(np.unique(r.sender.astype(str))),
                  "licence": str(request.options.get("licence", "unknown"))} for r in real]
                + [{"name": r.name, "rows": len(r.batch), "vehicles": len(np.unique(r.sender.astype(str))), "licence": "ours"}
                   for r in towns],
        "sha256": digest, "split": "by vehicle: 70 % trees, 15 % calibration, 15 % figures",
        "prevalence": round(float(rows.lie.mean()), 3),
        "fails": "A lie that was told from the first message heard on and agrees with itself (a whole track moved, delayed or "
                 "replayed) shows in no motion. Probabilities hold at the share of liars named here, and are too high where "
                 "there are fewer.",
        "rebuild": "assay train roads --data FOLDER --out DIR",
        "columns": list(COLUMNS),
    }  # fmt: skip
    files = {"trees.txt": text, "calibration.json": registry.dumps(calibration.plain())}
    folder = registry.save(request.out, files, card)
    return TrainReport(request.out, folder.version, figures)


def _limit(rows: Table, probability: np.ndarray) -> float:
    """What the worst message of an honest vehicle reaches in a share `ACCUSED` of them."""
    liars = np.unique(rows.sender[rows.lie > 0].astype(str))
    honest = ~np.isin(rows.sender.astype(str), liars)
    names, which = np.unique(rows.sender[honest].astype(str), return_inverse=True)
    worst = np.zeros(len(names))
    np.maximum.at(worst, which, probability[honest])
    return float(np.quantile(worst, 1 - ACCUSED))


def _figures(rows: Table, probability: np.ndarray) -> dict[str, Any]:
    kinds = sorted(set(rows.kind.tolist()) - {GENUINE})
    honest = rows.lie == 0
    return {
        "rows": len(rows.lie),
        "auc": round(auc(rows.lie, probability), 4),
        "recall_at_1%_fpr": round(recall_at(rows.lie, probability, 0.01), 4),
        "recall_at_0.1%_fpr": round(recall_at(rows.lie, probability, 0.001), 4),
        "calibration_error": round(float(calibration_error(rows.lie, probability)), 4),
        "segments": [
            {"segment": kind, "rows": int((rows.kind == kind).sum()),
             "recall_at_1%_fpr": round(recall_at(
                 rows.lie[honest | (rows.kind == kind)], probability[honest | (rows.kind == kind)], 0.01), 3)}
            for kind in kinds
        ],
    }  # fmt: skip


__all__ = ["Table", "grow", "share_of", "table", "train"]
