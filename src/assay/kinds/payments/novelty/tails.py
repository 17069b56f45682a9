"""How far out in its tail each number lies, as a small whole number: 0 for the ordinary, about 30 for one in a hundred.

Each number of a payment is compared with the same number in ordinary payments of the same channel. The code k of a value
says that a share of at most r^k of them reached as far (r = 0.85): the empirical tail of ECOD (Li et al. 2022), on a
logarithmic scale and with the direction that fraud can take.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
from numba import njit

RATIO = 0.85  # the share of ordinary payments that reach code k + 1, of those that reach k
CODES = 80  # the last is beyond one in 400,000
LEAST = 1000  # payments a channel must have for tails of its own
_LATE = re.compile(r"fraud|unlabelled|last_seen|_previous$|^past$")  # labels, clocks and places are no quantities
_WINDOW = re.compile(r"_\d+(us|ms|s|min|m|h|d|w)$")
TOGETHER = 0.7  # numbers whose codes correlate at least so much, each with each, say one thing and not several

Numbers = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Tails:
    """names     the numbers looked at, F of them
    families  int64[F]: numbers that differ only in their window, or that rise and fall together, share a family; its
              code is the largest of theirs
    low       bool[F]: where small is unusual (an age), not large
    channels  the channels that have tables of their own; table 0 is everybody's
    knots     float64[1 + channels, F, CODES]: the value at which code k + 1 begins (of the negated number where `low`)
    """

    names: tuple[str, ...]
    families: npt.NDArray[np.int64]
    low: npt.NDArray[np.bool_]
    channels: tuple[str, ...]
    knots: Numbers

    @property
    def family_count(self) -> int:
        return int(self.families.max()) + 1 if len(self.families) else 0

    def table_of(self, channel: np.ndarray | None, n: int) -> npt.NDArray[np.int64]:
        """int64[n]: the table each row is compared with."""
        table = np.zeros(n, np.int64)
        if channel is not None:
            for i, name in enumerate(self.channels):
                table[channel == name] = i + 1
        return table

    def codes(self, numbers: Numbers, table: npt.NDArray[np.int64]) -> npt.NDArray[np.uint8]:
        """uint8[n, F]: the code of every number; 0 where it is missing."""
        out: npt.NDArray[np.uint8] = np.zeros(numbers.shape, np.uint8)
        _codes(numbers, table, self.knots, self.low, out)
        return out

    def by_family(self, codes: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
        """uint8[n, families]: the largest code of each family."""
        out: npt.NDArray[np.uint8] = np.zeros((len(codes), self.family_count), np.uint8)
        _largest(codes, self.families, out)
        return out

    def usual(self, name: int, table: int) -> float:
        """The value about half of ordinary payments reach; infinite where there were too few to say."""
        knot = float(self.knots[table, name, round(np.log(0.5) / np.log(RATIO)) - 1])
        return -knot if self.low[name] else knot


def usable(names: Sequence[str]) -> list[str]:
    """The profile features that measure how much or how often; not labels, moments or places."""
    return [name for name in names if not _LATE.search(name)]


def learn(names: Sequence[str], numbers: Numbers, channel: np.ndarray | None) -> Tails:
    """Tails of these rows (float64[n, F], NaN where missing), for all together and for each channel with rows enough."""
    common: list[Any] = []
    if channel is not None:
        found, counts = np.unique([c for c in channel.tolist() if c is not None], return_counts=True)
        common = [c for c, k in zip(found.tolist(), counts.tolist(), strict=True) if k >= LEAST]
    low = np.array([name.endswith("_age") for name in names], bool)
    masks = [np.ones(len(numbers), bool), *(np.asarray(channel == c) for c in common)]
    knots = np.full((len(masks), len(names), CODES), np.inf)
    for table, mask in enumerate(masks):
        rows = numbers[mask]
        for j in range(len(names)):
            knots[table, j] = _knots(-rows[:, j] if low[j] else rows[:, j])
    stems = [_WINDOW.sub("", name) for name in names]
    order = {stem: i for i, stem in enumerate(dict.fromkeys(stems))}
    tails = Tails(tuple(names), np.array([order[stem] for stem in stems], np.int64), low, tuple(common), knots)
    codes = tails.codes(numbers, tails.table_of(channel, len(numbers)))
    return replace(tails, families=_together(tails.by_family(codes))[tails.families])


def _together(codes: npt.NDArray[np.uint8]) -> npt.NDArray[np.int64]:
    """int64[columns]: complete-linkage clusters of columns by the correlation of their codes, in order of first appearance."""
    from scipy.cluster.hierarchy import fcluster, linkage
    from scipy.spatial.distance import squareform

    if codes.shape[1] < 2:
        return np.zeros(codes.shape[1], np.int64)
    apart = codes - codes.mean(axis=0)
    size = np.sqrt((apart**2).sum(axis=0))
    unit = apart / np.where(size > 0, size, 1.0)
    distance = np.clip(1.0 - unit.T @ unit, 0.0, 2.0)
    np.fill_diagonal(distance, 0.0)
    # Rounded, so that the last bits of a sum in another order do not move a column to another family.
    tree = linkage(squareform(np.round((distance + distance.T) / 2, 6), checks=False), "complete")
    found = fcluster(tree, 1.0 - TOGETHER, "distance")
    order = {family: i for i, family in enumerate(dict.fromkeys(found.tolist()))}
    return np.array([order[family] for family in found.tolist()], np.int64)


def _knots(values: Numbers) -> Numbers:
    """For each code, the smallest value that at most r^code of the values reach; infinite where there is none."""
    known = np.sort(values[~np.isnan(values)])
    out = np.full(CODES, np.inf)
    m = len(known)
    if m < LEAST // 5:
        return out
    reach = RATIO ** np.arange(1, CODES + 1)
    at = np.ceil(m * (1 - reach) - 1e-9).astype(np.int64)
    inside = at < m
    value = known[at[inside]]
    # Equal values reach together: take the next one up unless the run begins here.
    begins = np.searchsorted(known, value, "left")
    after = np.searchsorted(known, value, "right")
    stepped = np.where(after < m, known[np.minimum(after, m - 1)], np.inf)
    out[inside] = np.where(begins == at[inside], value, stepped)
    return np.maximum.accumulate(out)


@njit(cache=True, nogil=True)
def _codes(numbers, table, knots, low, out):  # type: ignore[no-untyped-def]
    n, width = numbers.shape
    last = knots.shape[2]
    for i in range(n):
        t = table[i]
        for j in range(width):
            x = -numbers[i, j] if low[j] else numbers[i, j]
            # Most numbers are ordinary: one comparison settles them (and NaN).
            if x >= knots[t, j, 0]:
                start, stop = 1, last
                while start < stop:
                    middle = (start + stop) // 2
                    if x >= knots[t, j, middle]:
                        start = middle + 1
                    else:
                        stop = middle
                out[i, j] = start


@njit(cache=True, nogil=True)
def _largest(codes, families, out):  # type: ignore[no-untyped-def]
    for i in range(codes.shape[0]):
        for j in range(codes.shape[1]):
            if codes[i, j] > out[i, families[j]]:
                out[i, families[j]] = codes[i, j]
