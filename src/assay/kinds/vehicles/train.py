"""`assay train vehicles --data clean.log --out DIR`: a vehicle's normal, of each of its buses, from a log of its own clean
traffic."""

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
from assay.kinds.vehicles.reader import MOST_BUSES, read_frames
from assay.kinds.vehicles.watch import watch
from assay.learning import TrainReport, TrainRequest, registry

MOST_FRAMES = 50_000_000
LEARNT = 0.7  # share of a log from which the rest is watched, before all of it is learnt
ALWAYS_FAILS = [
    "What the car never did in the log it learnt from may look strange: hours of all kinds of driving are better than minutes.",
    "Values that are forged in calm, or of which nothing else on the bus tells, are not seen.",
]


def train(request: TrainRequest) -> TrainReport:
    """A normal of each bus of the log that has frames enough. Options: `licence` of the data. Raises `InvalidSetting` where
    the log is too short or too long."""
    refused: list[RowError] = []
    parts, count = [], 0
    for block in read_frames(request.data, refused.append):
        parts.append(block)
        count += len(block)
        if count > MOST_FRAMES:
            raise InvalidSetting(f"more than {MOST_FRAMES} frames", hint="learn from a part of the log")
    if not parts:
        raise InvalidSetting(
            "the log holds no CAN frames",
            hint="candump, Vector ASC and BLF, MF4, captures, columns and parquet are read",
        )
    frames = np.concatenate(parts)
    buses = [frames[frames["bus"] == bus] for bus in np.unique(frames["bus"])[:MOST_BUSES]]
    enough = [own for own in buses if len(own) >= LEAST_FRAMES] or buses[:1]
    normals = [_learnt(own) for own in enough]
    figures: dict[str, Any] = {"frames": len(frames), "refused": len(refused)}
    for own, (_, told) in zip(enough, normals, strict=True):
        figures |= told if len(enough) == 1 else {f"bus {own['bus'][0]}": told}
    names = ["normal.json"] if len(normals) == 1 else [f"normal-{own['bus'][0]}.json" for own in enough]
    card = {
        "detector": NAME, "assay": __version__, "normals": names, "figures": figures, "always_fails": ALWAYS_FAILS,
        "data": {"sha256": registry.file_hash(request.data), "licence": str(request.options.get("licence", "unknown"))},
    }  # fmt: skip
    files = {name: registry.dumps(normal.as_json()) for name, (normal, _) in zip(names, normals, strict=True)}
    folder = registry.save(request.out, files, card)
    return TrainReport(request.out, folder.version, figures)


def _learnt(frames: np.ndarray) -> tuple[Normal, dict[str, Any]]:
    """One bus: its normal, and the figures that tell of it."""
    events, seconds = _unseen(frames)
    most = poisson_most(events) / max(seconds, 1e-9) * 3.6e6 if seconds else 0.0
    normal = replace(Normal.learn(frames), false_most=most)
    return normal, {
        "ids": len(normal.ids), "ids with a period": int((normal.period > 0).sum()),
        "counters": sum(c.counter is not None for c in normal.contents),
        "checksums": sum(c.checksum is not None for c in normal.contents),
        "signals": sum(len(c.signals) for c in normal.contents), "forecasts": len(normal.forecasts),
        "seconds": round(normal.seconds, 1), "seconds watched without having been learnt": round(seconds, 1),
        "events told of them": events, "false events in 1,000 hours, at most": round(most),
        "threshold of timing": round(normal.timing, 3), "threshold of payload": round(normal.payload, 3),
    }  # fmt: skip


def _unseen(frames: np.ndarray) -> tuple[int, float]:
    """(events, seconds): what a normal of the first part tells of the rest, which is clean; nothing of a log too short."""
    cut = int(frames["time"][0] + LEARNT * (frames["time"][-1] - frames["time"][0]))
    taught, unseen = frames[frames["time"] < cut], frames[frames["time"] >= cut]
    if len(taught) < LEAST_FRAMES or not len(unseen):
        return 0, 0.0
    return len(told_events(watch(unseen, Normal.learn(taught)))), float(np.ptp(unseen["time"])) / 1e6


__all__ = ["train"]
