"""`assay bench fleet`: a made-up town of cars, its frauds and its honest days: what is told of events and of journeys, and how quickly."""

from __future__ import annotations

import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np

from assay.kinds.vehicles.simulate import simulate


def bench(data: Path | None = None, *, seed: int = 3, short: bool = False) -> dict[str, Any]:
    """Figures of the simulated fleet; `data` is not read."""
    from assay.kinds.vehicles.cloud.reader import EventTable
    from assay.kinds.vehicles.trips.detector import SHIPPED
    from assay.kinds.vehicles.trips.judge import judge
    from assay.kinds.vehicles.trips.model import open_models
    from assay.kinds.vehicles.trips.track import unpack

    usual, _, _ = open_models(None, SHIPPED)
    told: Counter[str] = Counter()
    codes: Counter[str] = Counter()
    journeys: Counter[str] = Counter()
    examine, events, took = _examiner(), 0, 0.0
    with tempfile.TemporaryDirectory() as folder:
        for file in simulate(seed, days=10 if short else 60, size=6 if short else 24, fraud_rate=0.05, journeys=0.05):
            if file["file"].startswith("journey"):
                forged = file["label"] != "genuine"
                journeys["forged" if forged else "honest"] += 1
                journeys["forged, told" if forged else "honest, told"] += bool(
                    judge(unpack(file["content"]), usual).said
                )
            if not file["file"].startswith("events"):
                continue
            path = Path(folder) / file["file"]
            path.write_bytes(file["content"])
            for batch in EventTable().read(path, reject=lambda _error: None):
                began = time.process_time()
                findings = examine(batch)
                took += time.process_time() - began
                events += len(batch)
                assert batch.truth is not None
                fraud, hit = batch.truth == 1, findings.verdict > 0
                told["fraud"] += int(fraud.sum())
                told["fraud, told"] += int((fraud & hit).sum())
                told["honest, told"] += int((~fraud & hit).sum())
                codes.update(
                    {code: int(np.sum(held & fraud)) for code, held in findings.codes.items() if (held & fraud).any()}
                )
    return {
        "events": events, **dict(told), "by reason": dict(sorted(codes.items())), "journeys": dict(sorted(journeys.items())),
        "events a CPU second, profiles and rules": round(events / max(took, 1e-9)),
    }  # fmt: skip


def _examiner() -> Any:
    """Batch -> what the room's rules say of it, over profiles of its own that go on from batch to batch."""
    from assay.kinds.vehicles.cloud.detector import Cloud
    from assay.kinds.vehicles.cloud.features import CLOUD
    from assay.profiles import Profiles

    profiles, cloud = Profiles(CLOUD), Cloud()
    return lambda batch: cloud.examine(batch, profiles.observe(batch))


__all__ = ["bench"]
