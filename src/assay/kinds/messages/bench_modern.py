"""The part of `assay bench messages` that needs no data: modern messages in eight languages that the simulator writes, and
how long a message takes.

A model learns from some templates and is judged on others, at bands that it set on its own held-out rows; the same with all
of a language held out. That says how it does on sentences it has not read, written by the same hand: no more than that.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import numpy as np

from assay.core.batch import Batch
from assay.core.profile import Profile
from assay.kinds.messages.learned import texts
from assay.kinds.messages.learned.detectors import open_models
from assay.kinds.messages.learned.labelled import Labelled, of_rows
from assay.kinds.messages.learned.masking import without_give_aways
from assay.kinds.messages.learned.report import RATES, bands, by
from assay.kinds.messages.simulate import simulate
from assay.learning.evaluate import auc, recall_at

SIZE, FOLDS = 4000, 2
APART = ("zh", "de", "es", "fr")  # languages that are held out whole


def world(seed: int, size: int = SIZE) -> Labelled:
    """Simulated texts with their truth."""
    content: list[str] = []
    truth: list[float] = []
    told: dict[str, list[str]] = {"language": [], "category": [], "template": []}
    for batch in simulate(seed, size=size):
        assert batch.truth is not None
        content += batch.columns["text"].tolist()
        truth += batch.truth.tolist()
        for name, values in told.items():
            values += batch.columns[f"extra.{name}"].tolist()
    return of_rows(content, truth, dict(told), "simulated")


def modern(seed: int, *, size: int = SIZE, languages_apart: bool = True) -> dict[str, Any]:
    """Held out by template (2 folds), the same with every give-away masked, and held out by language."""
    rows = world(seed, size)
    ready = texts.TextRows.of(rows.content, rows.group)
    found = {"held_out_templates": _held_out(rows, ready, seed)}
    masked = texts.TextRows.of([without_give_aways(text) for text in rows.content], rows.group)
    found["held_out_templates_without_give_aways"] = _held_out(rows, masked, seed, slices=("language",))
    if languages_apart:
        language = rows.told["language"]
        found["held_out_language"] = {}
        for one in APART:
            learn, test = np.flatnonzero(language != one), np.flatnonzero(language == one)
            score = texts.score_rows(texts.learn(ready, rows.truth, learn), ready, test)
            found["held_out_language"][one] = _told(rows.truth[test], score)
    return found


def _held_out(
    rows: Labelled, ready: texts.TextRows, seed: int, slices: tuple[str, ...] = ("language", "category")
) -> dict[str, Any]:
    fold = texts.folds(rows.group, FOLDS, seed)
    score = np.zeros(len(rows))
    for k in range(FOLDS):
        test = np.flatnonzero(fold == k)
        score[test] = texts.score_rows(texts.learn(ready, rows.truth, np.flatnonzero(fold != k)), ready, test)
    at = bands(rows.truth, score)
    told: dict[str, Any] = _told(rows.truth, score) | {"templates": len(np.unique(rows.group)), "rates": RATES}
    for name in slices:
        told[f"by_{name}"] = by(rows.told[name].astype(str), rows.truth, score, at)
    return told


def _told(truth: np.ndarray, score: np.ndarray) -> dict[str, float]:
    return {
        "auc": auc(truth, score),
        "recall_at_0.1%_fpr": recall_at(truth, score, 0.001),
        "recall_at_1%_fpr": recall_at(truth, score, 0.01),
        "recall_at_5%_fpr": recall_at(truth, score, 0.05),
    }


def speed(models: Path, *, singles: int = 300, batch: int = 2000) -> dict[str, Any]:
    """Milliseconds of processor time for one message alone (median and 99th percentile) and a message of a batch, for each
    shipped detector. The batch repeats its messages with a number of their own, so that nothing is remembered."""
    found: dict[str, Any] = {}
    messages = next(iter(simulate(99, size=2 * singles, batch=2 * singles)))
    for detector in open_models(models):
        took = []
        for i in range(2 * singles):
            one = _numbered(messages, np.array([i]), i)
            began = time.process_time_ns()
            detector.examine(one, Profile.empty(1))
            took.append((time.process_time_ns() - began) / 1e6)
        took = took[singles:]
        many = _numbered(messages, np.arange(batch) % len(messages), 10_000)
        began = time.process_time_ns()
        detector.examine(many, Profile.empty(len(many)))
        each = (time.process_time_ns() - began) / 1e6 / len(many)
        found[detector.name] = {
            "one_ms_median": float(np.median(took)),
            "one_ms_p99": float(np.quantile(took, 0.99)),
            "batch_ms_each": each,
            "batch_of": len(many),
        }
    return found


def _numbered(messages: Batch[Any], rows: np.ndarray, start: int) -> Batch[Any]:
    taken = messages.take(rows)
    taken.ids = [f"{start + i}" for i in range(len(rows))]
    return taken
