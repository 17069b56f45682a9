"""The 12 features worked out by comparing every payment of an entity with every other: nothing shared with the kernel."""

from __future__ import annotations

import numpy as np

from assay.bench.profiles.history import DELAY, History
from assay.core.clock import DAY


def expected(history: History, known: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """float64[len(rows), 12] for these rows (ascending), from the whole history before them.

    A fraud counts in a row when it became known by the row's moment (and had happened before the row).
    """
    out = np.empty((len(rows), 12))
    for column, of in ((0, history.customer), (6, history.terminal)):
        order = np.argsort(of, kind="stable")
        bounds = np.flatnonzero(np.diff(of[order])) + 1
        place = np.full(len(history), -1)
        place[rows] = np.arange(len(rows))
        for mine in np.split(order, bounds):
            asked = mine[place[mine] >= 0]
            if len(asked):
                part = _customer(history, mine, asked) if column == 0 else _terminal(history, known, mine, asked)
                out[place[asked], column : column + 6] = part
    return out


def _customer(history: History, mine: np.ndarray, asked: np.ndarray) -> np.ndarray:
    t, own = history.time[mine][None, :], history.time[asked][:, None]
    past = mine[None, :] <= asked[:, None]  # among equal times only what came before, and itself
    counts, means = [], []
    for days in (1, 7, 30):
        inside = past & (t > own - days * DAY)
        counts.append(inside.sum(1))
        means.append((inside @ history.minor[mine]) / inside.sum(1))
    return np.stack(counts + means, axis=1)


def _terminal(history: History, known: np.ndarray, mine: np.ndarray, asked: np.ndarray) -> np.ndarray:
    t, own = history.time[mine][None, :], history.time[asked][:, None]
    told = history.fraud[mine][None, :] & (known[mine][None, :] <= own)
    counts, rates = [], []
    for days in (1, 7, 30):
        inside = (t > own - DELAY - days * DAY) & (t <= own - DELAY)
        n, frauds = inside.sum(1), (inside & told).sum(1)
        counts.append(n)
        rates.append(np.divide(frauds, n, out=np.zeros(len(asked)), where=n > 0))
    return np.stack(counts + rates, axis=1)
