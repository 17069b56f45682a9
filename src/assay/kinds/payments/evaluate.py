"""`assay evaluate payments`: how a model does on labelled payments; without one, what training every week would give."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np

from assay.core.clock import DAY, WEEK, iso, micros
from assay.core.errors import InvalidSetting
from assay.kinds.payments.features import model_features
from assay.kinds.payments.labelled import Labelled, read_labelled
from assay.kinds.payments.learn import learn_model
from assay.kinds.payments.model import LEAST_FRAUDS, PaymentModel
from assay.learning import EvaluateRequest, registry
from assay.learning.evaluate import (
    calibration_curve,
    figures,
    over_weeks,
    precision_recall,
    thinned,
    threshold_at,
)

MOST_WEEKS = 8
LEARN_WEEKS = 4  # of labelled payments before each test week
_SEGMENTS = ("channel", "merchant_category", "country", "currency")
_MOST_SEGMENTS = 12  # of one column


def evaluate(request: EvaluateRequest) -> dict[str, Any]:
    """One JSON object. Options: `label_delay`, `seed`. With a model, every labelled payment after the warm-up counts that it did not
    learn from: of the very file it learned from those of its test alone. Without one, see `rolling`."""
    history = read_labelled(request.data, request.mapping, model_features(), request.options.get("label_delay"))
    about = {"data": request.data.name, "rows": len(history.batch), "refused_rows": history.refused}
    if request.model is not None:
        folder = registry.open_folder(request.model)
        rows = np.flatnonzero(~np.isnan(history.truth) & history.warm)
        if (seen := _seen(folder.card, request.data)) is not None:
            about["learned_from_and_left_out"] = int((history.time[rows] < seen).sum())
            rows = rows[history.time[rows] >= seen]
        if not len(rows) or not history.truth[rows].any():
            raise InvalidSetting("no labelled fraud to evaluate on", where=str(request.data))
        model = PaymentModel.of(folder)
        return about | {"model": folder.version, "label_delay": history.delay} | report(model, history, rows)
    return about | {"label_delay": history.delay} | rolling(history, int(request.options.get("seed", 1)))


def _seen(card: dict[str, Any], data: Path) -> int | None:
    """Where this is the file that the model learned from, when its test began; None where it is another."""
    if registry.file_hash(data) != card.get("data", {}).get("sha256"):
        return None
    began = card.get("split", {}).get("test", {}).get("from")
    return micros(datetime.fromisoformat(began)) if began else None


def rolling(history: Labelled, seed: int = 1) -> dict[str, Any]:
    """Each of the last weeks tested by a model that learned from the four weeks of payments whose labels had arrived
    before it (`Labelled.as_of`); mean and 95 % t interval over weeks. Raises `InvalidSetting` where there are fewer than two such weeks."""
    labelled = ~np.isnan(history.truth)
    end = (int(history.time[-1]) // DAY + 1) * DAY
    weeks: list[dict[str, Any]] = []
    for back in range(MOST_WEEKS, 0, -1):
        begin = end - back * WEEK
        if begin <= int(history.time[0]):
            continue
        rows, truth = history.as_of(begin)
        test = np.flatnonzero(labelled & (history.time >= begin) & (history.time < begin + WEEK))
        if not len(rows) or not len(test) or not history.truth[test].any():
            continue
        recent = history.time[rows] > history.time[rows[-1]] - LEARN_WEEKS * WEEK
        learn, truth = rows[recent], truth[recent]
        if truth.sum() < LEAST_FRAUDS:
            continue
        model = learn_model(history, learn, truth, seed=seed)
        batch, profile = history.part(test)
        score = model.score(batch, profile)
        told = figures(history.truth[test], score, model.calibration(score), batch.columns["amount"])
        weeks.append({"week": iso(begin)[:10], "learned_from": len(learn), **told})
    if len(weeks) < 2:
        raise InvalidSetting(
            "too little history to train and test week by week", hint="give more weeks, or a model with --model"
        )
    numbers = [{k: v for k, v in week.items() if k != "week"} for week in weeks]
    return {"weeks": weeks, "over_weeks": over_weeks(numbers)}


def report(model: PaymentModel, history: Labelled, rows: np.ndarray) -> dict[str, Any]:
    """Figures of a model on these rows, with curves small enough for a card and a table of segments."""
    batch, profile = history.part(rows)
    truth, score = history.truth[rows], model.score(batch, profile)
    probability, amount = model.calibration(score), batch.columns["amount"]
    precision, recall, _ = precision_recall(truth, score)
    days = max(1.0, float(batch.time[-1] - batch.time[0]) / DAY)
    limit = threshold_at(truth, score, 0.01)
    return {
        **figures(truth, score, probability, amount),
        "alerts_per_day_at_1%_fpr": float((score > limit).sum() / days),
        "calibration_curve": calibration_curve(truth, probability),
        "precision_recall_curve": [{"recall": r, "precision": p} for r, p in thinned([recall, precision])],
        "segments": _segments(history, rows, truth, score, probability, amount, limit),
    }


def weaknesses(told: dict[str, Any], history: Labelled) -> list[str]:
    """Where the model fails or was not tried, in sentences for its card."""
    found = []
    if told["frauds"] < 100:
        found.append(f"The test holds {told['frauds']} frauds: its figures are rough.")
    recall = told["recall_at_1%_fpr"]
    for segment in told["segments"]:
        if segment["frauds"] >= 10 and segment["recall_at_1%_fpr"] < 0.7 * recall:
            share = f"{segment['recall_at_1%_fpr']:.0%}"
            found.append(
                f"{segment['segment']}: {share} of frauds above the score that 1 % of genuine payments exceed."
            )
    absent = [
        kind for kind in ("customer", "card", "terminal", "device", "payee") if not history.batch.keys(kind).any()
    ]
    if absent:
        found.append("Not learned, since the data had none: " + ", ".join(absent) + ".")
    found.append("Fraud of a kind that the training labels do not show; the novelty detector is for that.")
    return found


def _segments(
    history: Labelled,
    rows: np.ndarray,
    truth: np.ndarray,
    score: np.ndarray,
    probability: np.ndarray,
    amount: np.ndarray,
    limit: float,
) -> list[dict[str, Any]]:
    """By category, by amount, and by how much is known of the payer. Recall at the threshold of the whole."""
    masks: list[tuple[str, np.ndarray]] = []
    for name in _SEGMENTS:
        values = history.batch.columns.get(name)
        if values is None:
            continue
        texts = np.array([str(v) if v is not None else "(none)" for v in values[rows].tolist()])
        names, counts = np.unique(texts, return_counts=True)
        if len(names) > 1:
            common = names[np.argsort(-counts, kind="stable")][:_MOST_SEGMENTS]
            masks += [(f"{name} {value}", texts == value) for value in common]
    edges = np.unique(np.quantile(amount, (0.25, 0.5, 0.75, 0.95)))
    band = np.searchsorted(edges, amount)
    bounds = ["0", *(f"{e:.2f}" for e in edges), "…"]
    masks += [(f"amount {bounds[b]} to {bounds[b + 1]}", band == b) for b in range(len(edges) + 1)]
    if "payer_age" in history.profile:
        age = history.profile.column("payer_age")[rows]
        masks += [("payer new (under 7 days)", age < 7 * 86_400), ("payer known", age >= 7 * 86_400)]
    table = []
    for label, mask in masks:
        if not mask.any():
            continue
        frauds = truth[mask] == 1
        table.append(
            {
                "segment": label,
                "rows": int(mask.sum()),
                "frauds": int(frauds.sum()),
                "recall_at_1%_fpr": float(np.mean(score[mask][frauds] > limit)) if frauds.any() else float("nan"),
                "false_positive_rate": float(np.mean(score[mask][~frauds] > limit))
                if (~frauds).any()
                else float("nan"),
                "mean_probability": float(probability[mask].mean()),
                "fraud_rate": float(frauds.mean()),
            }
        )
    return table
