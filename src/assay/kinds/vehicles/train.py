"""`assay train vehicles --data clean.log --out DIR`: one vehicle's normal from a log of its own clean traffic."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from assay import __version__
from assay.core.errors import InvalidSetting
from assay.core.kind import RowError
from assay.kinds.vehicles.detector import NAME
from assay.kinds.vehicles.events import events as told_events
from assay.kinds.vehicles.events import poisson_most
from assay.kinds.vehicles.normal import LEAST_FRAMES, Normal
from assay.kinds.vehicles.reader import read_frames
from assay.kinds.vehicles.watch import watch
from assay.learning import TrainReport, TrainRequest, registry

MOST_FRAMES = 50_000_000
LEARNT = 0.7  # share of a log from which the rest is watched, before all of it is learnt
ALWAYS_FAILS = [
    "What the car never did in the log it learnt from may look strange: hours of all kinds of driving are better than minutes.",
    "Values that are forged in calm, or of which nothing else on the bus tells, are not seen.",
]


def train(request: TrainRequest) -> TrainReport:
    """Options: `licence` of the data. Raises `InvalidSetting` where the log is too short, too long or of several buses."""
    refused: list[RowError] = []
    parts, count = [], 0
    for block in read_frames(request.data, refused.append):
        parts.append(block)
        count += len(block)
        if count > MOST_FRAMES:
            raise InvalidSetting(f"more than {MOST_FRAMES} frames", hint="learn from a part of the log")
    if not parts:
        raise InvalidSetting(
            "the log holds no CAN frames", hint="candump, Vector ASC and BLF, MF4, columns and parquet are read"
        )
    frames = np.concatenate(parts)
    buses = np.unique(frames["bus"])
    if len(buses) > 1:
        raise InvalidSetting(f"the log is of {len(buses)} buses", hint="give the log of one bus")
    events, seconds = _unseen(frames)
    most = poisson_most(events) / max(seconds, 1e-9) * 3.6e6 if seconds else 0.0
    normal = replace(Normal.learn(frames), false_most=most)
    figures: dict[str, Any] = {
        "frames": len(frames), "refused": len(refused), "ids": len(normal.ids),
        "ids with a period": int((normal.period > 0).sum()),
        "seconds": round(float(frames["time"].max() - frames["time"].min()) / 1e6, 1),
        "seconds watched without having been learnt": round(seconds, 1), "events told of them": events,
        "false events in 1,000 hours, at most": round(most),
        "threshold of timing": round(normal.timing, 3), "threshold of payload": round(normal.payload, 3),
    }  # fmt: skip
    card = {
        "detector": NAME, "assay": __version__, "figures": figures, "always_fails": ALWAYS_FAILS,
        "data": {"sha256": registry.file_hash(request.data), "licence": str(request.options.get("licence", "unknown"))},
    }  # fmt: skip
    folder = registry.save(request.out, {"normal.json": registry.dumps(normal.as_json())}, card)
    return TrainReport(request.out, folder.version, figures)


def _unseen(frames: np.ndarray) -> tuple[int, float]:
    """(events, seconds): what a normal of the first part tells of the rest, which is clean; nothing of a log too short."""
    cut = int(frames["time"][0] + LEARNT * (frames["time"][-1] - frames["time"][0]))
    taught, unseen = frames[frames["time"] < cut], frames[frames["time"] >= cut]
    if len(taught) < LEAST_FRAMES or not len(unseen):
        return 0, 0.0
    return len(told_events(watch(unseen, Normal.learn(taught)))), float(np.ptp(unseen["time"])) / 1e6


__all__ = ["train"]
