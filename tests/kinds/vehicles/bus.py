"""A made-up bus: eight ids with a period each, a counter, a slow value, constant bytes, and jitter."""

from __future__ import annotations

import numpy as np

from assay.kinds.vehicles.frames import FRAME, id_text

IDS = (0x010, 0x0A0, 0x120, 0x150, 0x210, 0x2C5, 0x340, 0x405)
PERIODS = (10, 10, 20, 20, 25, 50, 100, 250)  # ms
LIVELY = 0x120
TWINS = (0x120, 0x150)  # two that say the same


def drive(seconds: float = 40, seed: int = 1, start: int = 1_700_000_000_000_000) -> np.ndarray:
    """FRAME[n] in order of time, `start` in microseconds."""
    rng = np.random.default_rng(seed)
    parts = []
    for number, (id_, period) in enumerate(zip(IDS, PERIODS, strict=True)):
        n = int(seconds * 1000 / period)
        part = np.zeros(n, FRAME)
        at = np.arange(n) * period * 1000 + rng.integers(0, period * 100, n) + number * 37
        part["time"], part["id"], part["length"] = start + at, id_, 8
        octets = np.zeros((n, 8), np.uint8)
        octets[:, 0] = np.arange(n) % 16  # a counter
        octets[:, 1] = 128 + 60 * np.sin(at / 3e6 + (2 if id_ in TWINS else number))  # a value that moves slowly
        octets[:, 2] = rng.integers(0, 8, n)  # noise
        octets[:, 5] = 0xA5
        part["data"] = octets.view("<u8").reshape(-1)
        parts.append(part)
    whole = np.concatenate(parts)
    return whole[np.argsort(whole["time"], kind="stable")]


def insert(frames: np.ndarray, id_: int, at: np.ndarray, data: int | np.ndarray | None = None) -> np.ndarray:
    """With frames of this id at these microseconds after the first; without `data` they repeat what the id last said."""
    extra = np.zeros(len(at), FRAME)
    extra["time"], extra["id"], extra["length"] = frames["time"][0] + at, id_, 8
    own = frames[frames["id"] == id_]
    if data is not None:
        extra["data"] = data
    elif len(own):
        extra["data"] = own["data"][np.maximum(np.searchsorted(own["time"], extra["time"]) - 1, 0)]
    whole = np.concatenate([frames, extra])
    return whole[np.argsort(whole["time"], kind="stable")]


def candump(frames: np.ndarray) -> str:
    return "".join(
        f"({t // 1_000_000}.{t % 1_000_000:06d}) can0 {id_text(i)}#{d.to_bytes(8, 'little')[:n].hex()}\n"
        for t, i, d, n in zip(*(frames[k].tolist() for k in ("time", "id", "data", "length")), strict=True)
    )
