"""`assay evaluate images --data DIR`: what the whole-image judgement says of an operator's own labelled pictures, as they are.

DIR as for training. Told per source and label: how many were called generated, left open, and left in peace, and how well the
probability ranks; nothing is learned.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np

from assay.core.errors import InvalidSetting
from assay.learning import EvaluateRequest
from assay.learning.evaluate import auc, brier, recall_at

MOST = 5000


def evaluate(request: EvaluateRequest) -> dict[str, Any]:
    """One JSON object; `request.model` is a model folder, or None for what ships. Raises `InvalidSetting` where no picture can
    be read."""
    from assay.kinds.images.generated.pictures import listed, opened
    from assay.vision.generated import Judged, judge

    rows: list[tuple[int, str, Judged]] = []
    for line in listed(request.data)[:MOST]:
        for picture in opened([line]):
            rows.append(
                (picture.truth, picture.source, judge(picture.pixels, picture.quality, models=_folder(request.model)))
            )
    if not rows:
        raise InvalidSetting("no labelled picture could be read", where=str(request.data))
    scored = [(truth, judged.probability) for truth, _, judged in rows if judged.probability is not None]
    truth, probability = np.array([t for t, _ in scored]), np.array([p for _, p in scored], float)
    decided = [(t, _answer(judged)) for t, _, judged in rows]
    return {
        "data": request.data.name,
        "pictures": len(rows),
        "coverage": round(sum(answer != "open" for _, answer in decided) / len(rows), 3),
        "AUC": _rounded(auc(truth, probability)),
        "recall at 5 %": _rounded(recall_at(truth, probability, 0.05)),
        "recall at 1 %": _rounded(recall_at(truth, probability, 0.01)),
        "Brier": _rounded(brier(truth, probability)) if len(scored) else None,
        "by source": {
            source: _told([judged for _, other, judged in rows if other == source])
            for source in sorted({row[1] for row in rows})
        },
    }


def _folder(model: Path | None) -> Path | None:
    """A model folder as it was trained, or the room's folder that holds one."""
    own = model / "generated" if model is not None else None
    return own if own is not None and own.is_dir() else model


def _answer(judged: Any) -> str:
    if judged.probability is None or judged.why_not:
        return "open"
    lower, upper = judged.doubt
    return "generated" if judged.probability > upper else "open" if judged.probability >= lower else "in peace"


def _told(judged: list[Any]) -> dict[str, Any]:
    return {
        "pictures": len(judged),
        **Counter(_answer(one) for one in judged),
        "why open": dict(Counter(one.why_not for one in judged if one.why_not)),
        "mean probability": _rounded(
            float(np.mean([j.probability for j in judged if j.probability is not None] or [np.nan]))
        ),
    }


def _rounded(value: float) -> float | None:
    return round(value, 4) if np.isfinite(value) else None


__all__ = ["evaluate"]
