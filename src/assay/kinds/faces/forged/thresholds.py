"""From log-odds to a verdict: calibration, and the two probabilities between which nothing is decided."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

FALSE_ALARMS = 0.02  # of real faces of sources that were not learned from, called suspicious; sources by root of size
MISSED = 0.05  # of faces called genuine, fakes, were both equally frequent
_ENOUGH = 0.1  # of real faces must lie below the lower threshold, or else nothing is called genuine
VOTERS = ("network", "regions", "tower")  # the last only where the tower is installed
_BEYOND = 0.02  # least distance between the two probabilities


class Fitted(NamedTuple):
    """`stack`: weight of each voter and `level`, in log-odds; below `doubt[0]` genuine, from `doubt[1]` suspicious."""

    stack: dict[str, float]
    doubt: tuple[float, float]


def fitted(real: np.ndarray, sources: Sequence[str], twins: np.ndarray, others: Sequence[np.ndarray] = ()) -> Fitted:
    """real: votes float64 (n, voters), of the first of `VOTERS`, on real faces of sources that were not learned from, with the source of each; twins: on
    self-blended ones, against which the stack is fitted, both classes weighing the same and sources by the root of their
    size; others: on other kinds of fakes at hand. Nothing is called genuine unless every kind of fake allows it."""
    _, at, counts = np.unique(np.asarray(sources), return_inverse=True, return_counts=True)
    heard = counts[at] ** -0.5  # as in training: a source of three faces must not weigh as much as one of a hundred
    votes = np.concatenate([real, twins])
    truth = np.concatenate([np.zeros(len(real)), np.ones(len(twins))])
    weight = np.concatenate([heard / heard.sum(), np.full(len(twins), 1 / len(twins))])
    stack = joined(votes, truth, weight * len(votes) / 2)
    of_real = real @ stack[:-1] + stack[-1]
    high = _probability(alarm(of_real, sources, FALSE_ALARMS))
    lows = [_genuine(of_real, kind @ stack[:-1] + stack[-1]) for kind in (twins, *others) if len(kind)]
    low = min((-np.inf if one is None else one) for one in lows)
    doubt = (max(0.0, min(_probability(low), high - _BEYOND)) if np.isfinite(low) else 0.0, high)
    return Fitted(dict(zip((*VOTERS[: len(stack) - 1], "level"), stack.tolist(), strict=True)), doubt)


def joined(votes: np.ndarray, truth: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """Logistic regression, float64 (voters + 1,) with the level last: slightly ridged, no voter heard against what it says."""
    heard = list(range(votes.shape[1]))
    while True:
        x = np.column_stack([votes[:, heard], np.ones(len(votes))])
        ridge = np.append(np.full(len(heard), 1.0), 1e-6)
        found = np.zeros(x.shape[1])
        for _ in range(50):  # Newton's steps; the loss is convex
            p = 1 / (1 + np.exp(-np.clip(x @ found, -30, 30)))
            slope = x.T @ (weight * (truth - p)) - ridge * found
            bend = (x * (weight * p * (1 - p))[:, None]).T @ x + np.diag(ridge)
            found = found + np.linalg.solve(bend, slope)
        if (found[:-1] >= 0).all():
            whole = np.zeros(votes.shape[1] + 1)
            whole[[*heard, -1]] = found
            return whole
        heard.pop(int(np.argmin(found[:-1])))


def _probability(log_odds: float) -> float:
    return float(1 / (1 + np.exp(-log_odds)))


def _genuine(real: np.ndarray, fake: np.ndarray) -> float | None:
    """The highest log-odds below which fakes are no more than `MISSED` of all, both classes weighing the same."""
    levels = np.sort(real)
    below = np.searchsorted(levels, levels, "right") / len(real)
    missed = np.searchsorted(np.sort(fake), levels, "right") / len(fake)
    good = (missed <= MISSED * (missed + below)) & (below >= _ENOUGH)
    return float(levels[good][-1]) if good.any() else None


def alarm(real: np.ndarray, sources: Sequence[str], share: float) -> float:
    """The least log-odds that at most this share of real faces exceeds, sources weighing by the root of their size."""
    _, at, counts = np.unique(np.asarray(sources), return_inverse=True, return_counts=True)
    weight = counts[at] ** -0.5
    order = np.argsort(-real, kind="stable")
    beyond = np.cumsum(weight[order]) / weight.sum()
    allowed = int(np.searchsorted(beyond, share, side="right"))
    return float(real[order][min(allowed, len(real) - 1)]) + 1e-6


def plain(found: dict[str, Fitted]) -> dict[str, Any]:
    """As `features.json` keeps the stacks, by their names."""
    return {
        "stacks": {name: one.stack for name, one in found.items()},
        "doubts": {name: list(one.doubt) for name, one in found.items()},
    }
