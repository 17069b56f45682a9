"""`assay evaluate messages`: how well a model does on labelled texts or links; without a model, how well one learned from
four fifths of the data would do on the fifth it has not seen."""

from __future__ import annotations

from typing import Any

import numpy as np

from assay.core.errors import ModelError
from assay.kinds.messages.learned import links, texts
from assay.kinds.messages.learned.detectors import LinkDetector, TextDetector, open_models
from assay.kinds.messages.learned.labelled import Labelled, read_labelled
from assay.kinds.messages.learned.report import bands, rebased, told
from assay.learning import EvaluateRequest
from assay.learning.calibrate import Calibration


def evaluate(request: EvaluateRequest) -> dict[str, Any]:
    """Figures of `texts` and of `links`, as far as the data holds them. Raises `ModelError` where the folder has no model
    for what the data holds."""
    tables = read_labelled(request.data, request.mapping)
    seed = int(request.options.get("seed", 1))
    opened = {d.name: d for d in open_models(request.model)} if request.model else None
    found: dict[str, Any] = {}
    for name, rows in ((texts.NAME, tables.texts), (links.NAME, tables.links)):
        if rows is None:
            continue
        if opened is not None and name not in opened:
            if not opened:
                raise ModelError(f"there is no {name} here", where=str(request.model))
            continue
        found[name] = _of_model(opened[name], rows) if opened is not None else _crossed(name, rows, seed)
    return found


def _of_model(detector: TextDetector | LinkDetector, rows: Labelled) -> dict[str, Any]:
    score = scores(detector, rows.content)
    share = float(np.clip(rows.truth.mean(), 0.001, 0.999))
    calibration = rebased(detector.model.calibration, detector.base_rate, share)  # as many lures as are in this data
    return told(rows, score, calibration(score), detector.bands)


def scores(detector: TextDetector | LinkDetector, content: list[str]) -> np.ndarray:
    """float64[n]: a trained detector's score of each text or link."""
    every = np.arange(len(content))
    if isinstance(detector, TextDetector):
        return texts.score_rows(detector.model, texts.TextRows.of(content), every)
    return links.score_rows(detector.model, links.LinkRows.of(content), every)


def _crossed(name: str, rows: Labelled, seed: int) -> dict[str, Any]:
    calibration: Calibration
    if name == texts.NAME:
        text_model, score = texts.fit(texts.TextRows.of(rows.content, rows.group), rows.truth, seed=seed)
        calibration = text_model.calibration
    else:
        link_model, score = links.fit(links.LinkRows.of(rows.content), rows.truth, seed=seed)
        calibration = link_model.calibration
    return told(rows, score, calibration(score), bands(rows.truth, score, simulated=rows.simulated))
