"""`assay bench beacons`: speed of the score, how it tells made-up beacons from noise, and what it says of real logs."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import numpy as np

from assay.core.kind import RowError
from assay.kinds.networks.beacons import beacon_scores
from assay.kinds.networks.detectors.connections import SCORES

DAY = 86_400


def bench(data: Path | None = None, *, connections: int = 1_000_000, seed: int = 1, **_options: Any) -> dict[str, Any]:
    """`data`: a folder of Zeek connection logs, or None."""
    told: dict[str, Any] = {"speed": _speed(connections, seed), "made up": _apart(seed)}
    if data is not None:
        told["logs"] = _logs(data)
    return told


def _speed(n: int, seed: int) -> dict[str, Any]:
    rng = np.random.default_rng(seed)
    pair, when, size = rng.integers(0, n // 25, n), rng.integers(0, DAY, n), rng.integers(40, 5000, n)
    beacon_scores(pair[:1000], when[:1000], size[:1000], n // 25)  # compiled first
    began = time.process_time()
    beacon_scores(pair, when, size, n // 25)
    return {"connections": n, "pairs": n // 25, "CPU seconds": round(time.process_time() - began, 3)}


def _apart(seed: int) -> dict[str, Any]:
    """Scores of 200 beacons at each jitter, and of 2,000 pairs whose connections come at random or in bursts."""
    rng = np.random.default_rng(seed)
    noise = [_random(rng) for _ in range(2000)]
    scored = _score(noise)
    told: dict[str, Any] = {"noise": _summary(scored)}
    limit = float(np.quantile(scored, 0.999))
    for jitter in (0.0, 0.1, 0.3, 0.5):
        values = _score([_beacon(rng, jitter) for _ in range(200)])
        told[f"jitter {jitter:.0%}"] = _summary(values) | {
            "above all but 1 in 1,000 of noise": round(float((values > limit).mean()), 3)
        }
    return told


def _beacon(rng: np.random.Generator, jitter: float) -> tuple[np.ndarray, np.ndarray]:
    every = rng.uniform(60, 1800)
    gaps = every * (1 + rng.uniform(-jitter, jitter, int(DAY / every)))
    when = np.cumsum(gaps)
    when = when[when < DAY].astype(np.int64)
    return when, (rng.integers(80, 400) + rng.integers(0, 8, len(when))).astype(np.int64)


def _random(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    n = int(rng.integers(4, 300))
    if rng.random() < 0.5:
        when = rng.integers(0, DAY, n)
    else:  # a person's day: bursts in some hours
        centres = rng.integers(8 * 3600, 18 * 3600, int(rng.integers(1, 6)))
        when = np.clip(rng.choice(centres, n) + rng.exponential(600, n).astype(np.int64), 0, DAY - 1)
    return np.sort(when), rng.lognormal(6, 1.2, n).astype(np.int64)


def _score(pairs: list[tuple[np.ndarray, np.ndarray]]) -> np.ndarray:
    pair = np.repeat(np.arange(len(pairs)), [len(when) for when, _ in pairs])
    when, size = np.concatenate([w for w, _ in pairs]), np.concatenate([s for _, s in pairs])
    return np.asarray(np.nan_to_num(beacon_scores(pair, when, size, len(pairs), 0, DAY).score))


def _summary(values: np.ndarray) -> dict[str, float]:
    return {
        name: round(float(np.quantile(values, q)), 3)
        for name, q in (("median", 0.5), ("1 in 20", 0.05), ("19 in 20", 0.95))
    }


def _logs(folder: Path) -> dict[str, Any]:
    from assay.kinds.networks.evidence import Contact
    from assay.kinds.networks.reading.zeek import ZeekLog

    reader = ZeekLog()
    told: dict[str, Any] = {}
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        with path.open("rb") as file:
            if not reader.sniff(file.read(65_536), path):
                continue
        refused: list[RowError] = []
        flows = 0
        levels: dict[str, int] = {}
        for batch in reader.read(path, reject=refused.append):
            if batch.type is Contact:
                score = np.nan_to_num(batch.columns["score"])
                levels = {f"score {level:g} and more": int((score >= level).sum()) for level in SCORES}
                levels["pairs"] = len(batch)
            else:
                flows += len(batch)
        told[str(path.relative_to(folder))] = {"connections": flows, "refused": len(refused), **levels}
    return told


__all__ = ["bench"]
