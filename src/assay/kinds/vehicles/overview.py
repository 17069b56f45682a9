"""A trace in a few thousand characters, which is what stays on record of its frames: how busy the bus was, and each id's rate.

A hundred and twenty stretches of equal length; for each id a digit a stretch: 0 silent, 3 as often as usual, 9 three times as
often or more.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from assay.kinds.vehicles.frames import ERROR, heads, id_text

STRETCHES = 120
MOST_IDS = 96
USUAL, TOP = 3, 9
_ENOUGH = 4.0


def overview(frames: np.ndarray) -> dict[str, Any]:
    """`frames` and `ids` (how many), `seconds`, `busy` (frames of each stretch), `raster` (an id and its digits a line) of FRAME[n]; of more
    than `MOST_IDS` ids the busiest."""
    whole = heads(frames)
    frames = whole[(whole["flags"] & ERROR) == 0]
    if not len(frames):
        return {"frames": float(len(whole)), "seconds": 0.0, "ids": 0.0, "busy": "", "raster": ""}
    first, last = int(frames["time"].min()), int(frames["time"].max())
    place = np.minimum((frames["time"] - first) * STRETCHES // max(last - first + 1, 1), STRETCHES - 1).astype(np.int64)
    ids, index = np.unique(frames["id"], return_inverse=True)
    counts = np.bincount(index)
    kept = np.sort(np.argsort(-counts, kind="stable")[:MOST_IDS])
    row = np.full(len(ids), -1, np.int64)
    row[kept] = np.arange(len(kept))
    mine = row[index] >= 0
    table = np.bincount(row[index][mine] * STRETCHES + place[mine], minlength=len(kept) * STRETCHES)
    lines = [
        f"{id_text(int(ids[k]))} {_digits(t)}" for k, t in zip(kept, table.reshape(len(kept), STRETCHES), strict=True)
    ]
    busy = np.bincount(place, minlength=STRETCHES)
    return {
        "frames": float(len(whole)),
        "seconds": round((last - first) / 1e6, 3),
        "ids": float(len(ids)),
        "busy": " ".join(str(n) for n in busy.tolist()),
        "raster": "\n".join(lines),
    }


def _digits(counts: np.ndarray) -> str:
    """Of an id that is sent rarely over as many stretches together as hold four frames, or its beat would look like gaps."""
    usual = float(np.median(counts[counts > 0])) if np.median(counts) >= _ENOUGH else float(counts.mean())
    wide = min(max(1, round(_ENOUGH / max(usual, 1e-9))), STRETCHES // 4) | 1
    around = np.convolve(counts, np.ones(wide), "same") / np.convolve(np.ones(len(counts)), np.ones(wide), "same")
    level = np.clip(np.rint(USUAL * around / usual), 1, TOP).astype(int)
    return "".join(str(d) for d in np.where(around > 0.25 * usual, level, 0).tolist())


__all__ = ["MOST_IDS", "STRETCHES", "TOP", "USUAL", "overview"]
