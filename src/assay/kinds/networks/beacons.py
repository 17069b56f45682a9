"""Beacons: how much the connections of one pair look like a machine calling home.

The score is RITA's (version 5), as published: the mean of four, each 0..1. Evenness of intervals and of bytes sent: quartile
skew and median deviation. Evenness over the day: a histogram of 24 bins, flat or with two levels. Persistence: how much of
the time the pair is heard of at all. Rounding and quartiles are the original's, so that its published scores come out again.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

DAY = 86_400
BINS = 24
LEAST_TIMES, MOST = 4, 86_400  # distinct seconds that a score needs; connections from which it is a strobe


class Scores(NamedTuple):
    """One row a pair, in the order of the pairs' numbers: `score` and its four parts float64[pairs], NaN where there is too
    little; `connections` their number, int64."""

    score: np.ndarray
    interval: np.ndarray
    size: np.ndarray
    histogram: np.ndarray
    duration: np.ndarray
    connections: np.ndarray


def beacon_scores(
    pair: np.ndarray, time: np.ndarray, size: np.ndarray, pairs: int, since: int | None = None, until: int | None = None
) -> Scores:
    """`pair` int64[n] in 0..pairs-1, `time` int64[n] seconds, `size` int64[n] bytes sent by the source. Scored over the day
    that ends with the last connection (or `until`), or since the first (or `since`), where that is later."""
    order = np.lexsort((time, pair))
    pair, time, size = pair[order], time[order], size[order]
    last = (int(time.max()) if len(time) else 0) if until is None else until
    first = max((int(time.min()) if len(time) else 0) if since is None else since, last - DAY)
    # Rows count from the full hour in which the window begins; what is before it falls into the first bin.
    kept = (time >= first - first % 3600) & (time <= last)
    pair, time, size = pair[kept], time[kept], size[kept]
    bounds = np.searchsorted(pair, np.arange(pairs + 1))
    parts = np.full((pairs, 5), np.nan)
    _score(time, size, bounds, first, last, parts)
    return Scores(parts[:, 4], parts[:, 0], parts[:, 1], parts[:, 2], parts[:, 3], np.diff(bounds))


class Beats(NamedTuple):
    """A beat is all connections within a second of its first. `period` float64[pairs] the median of the seconds between beats,
    NaN for fewer than three; `gaps` int64[pairs] how many there are, `even` how many of them are within half of the median.

    Of times drawn at random a third are (of an exponential .36), of a clock with half its period as jitter all are, and a
    machine that slept spoils one gap and not the rest."""

    period: np.ndarray
    gaps: np.ndarray
    even: np.ndarray


def beats(time: np.ndarray, bounds: np.ndarray) -> Beats:
    """`time` int64[n] microseconds, sorted within each pair; `bounds` int64[pairs + 1]."""
    n = len(bounds) - 1
    out = Beats(np.full(n, np.nan), np.zeros(n, np.int64), np.zeros(n, np.int64))
    _beats(time, bounds, *out)
    return out


@njit(cache=True, nogil=True)
def _beats(time, bounds, period, gaps, even):  # type: ignore[no-untyped-def]
    for p in range(len(bounds) - 1):
        a, b = bounds[p], bounds[p + 1]
        found = np.empty(max(b - a, 1), np.float64)
        last, n = time[a] if b > a else 0, 0
        for i in range(a + 1, b):
            if time[i] - last >= 1_000_000:
                found[n] = (time[i] - last) / 1e6
                last = time[i]
                n += 1
        if n < 2:
            continue
        middle = np.median(found[:n])
        period[p], gaps[p] = middle, n
        for i in range(n):
            even[p] += abs(found[i] - middle) <= middle / 2


def rhythms(time: np.ndarray, bounds: np.ndarray, score: np.ndarray, least: float = 0.5) -> list[str]:
    """For pairs of at least this score, how many connections there were in each of 96 quarters of an hour of the day that ends
    with the last connection, with blanks between; "" for the others."""
    out = [""] * (len(bounds) - 1)
    last = int(time.max()) if len(time) else 0
    for p in np.flatnonzero(np.nan_to_num(score) >= least):
        quarter = 95 - np.minimum((last - time[bounds[p] : bounds[p + 1]]) // (DAY // 96), 95)
        out[p] = " ".join(map(str, np.bincount(quarter, minlength=96).tolist()))[:512]
    return out


@njit(cache=True, nogil=True)
def _score(time, size, bounds, first, last, out):  # type: ignore[no-untyped-def]
    for p in range(len(bounds) - 1):
        a, b = bounds[p], bounds[p + 1]
        if b - a < LEAST_TIMES or b - a >= MOST:
            continue
        distinct = 1
        for i in range(a + 1, b):
            distinct += time[i] != time[i - 1]
        if distinct < LEAST_TIMES:
            continue
        deltas = np.empty(distinct - 1, np.float64)
        at = 0
        for i in range(a + 1, b):
            if time[i] != time[i - 1]:
                deltas[at] = time[i] - time[i - 1]
                at += 1
        deltas.sort()
        sizes = size[a:b].astype(np.float64)
        sizes.sort()
        bins = np.zeros(BINS, np.int64)
        width = (last - first) / BINS
        for i in range(a, b):
            bin = 0 if width <= 0 else int((time[i] - first) / width)
            bins[min(max(bin, 0), BINS - 1)] += 1
        out[p, 0] = _evenness(deltas, 0.0)
        out[p, 1] = _evenness(sizes, 1.0)
        out[p, 2] = _histogram(bins)
        out[p, 3] = _duration(bins, time[a], time[b - 1], first, last)
        out[p, 4] = _round((out[p, 0] + out[p, 1] + out[p, 2] + out[p, 3]) / 4)


@njit(cache=True, nogil=True)
def _round(value):  # type: ignore[no-untyped-def]
    return np.floor(value * 1000 + 0.5) / 1000


@njit(cache=True, nogil=True)
def _median(ordered, a, b):  # type: ignore[no-untyped-def]
    n = b - a
    return ordered[a + n // 2] if n % 2 else (ordered[a + n // 2 - 1] + ordered[a + n // 2]) / 2


@njit(cache=True, nogil=True)
def _evenness(ordered, without):  # type: ignore[no-untyped-def]
    """`without`: the dispersion's score where the median is below 1, turned round (0 -> 1, 1 -> 0)."""
    n = len(ordered)
    if n < 3:
        return 0.0
    # Quartiles are medians of the halves; the middle one is left out where n is odd.
    low, middle, high = _median(ordered, 0, n // 2), _median(ordered, 0, n), _median(ordered, n - n // 2, n)
    skew = 0.0
    if high - low >= 10 and middle != low and middle != high:
        skew = (low + high - 2 * middle) / (high - low)
    if middle >= 1:
        deviations = np.abs(ordered - middle)
        deviations.sort()
        spread = max(0.0, (middle - _median(deviations, 0, n)) / middle)
    else:
        spread = 1.0 - without
    return _round((1 - abs(skew) + spread) / 2)


@njit(cache=True, nogil=True)
def _histogram(bins):  # type: ignore[no-untyped-def]
    """Flat, or of two levels."""
    mean = bins.mean()
    variation = bins.std() / mean if mean > 0 else 2.0
    flat = 0.0 if variation > 1 else _round(1 - variation)
    filled = 0
    for count in bins:
        filled += count > 0
    if filled < 11:
        return flat
    step = max(1, int(np.ceil(0.05 * bins.max())))
    levels = np.sort(bins[bins > 0] // step)
    first = second = run = 0
    for i in range(len(levels)):
        run += 1
        if i + 1 == len(levels) or levels[i + 1] != levels[i]:
            if run > first:
                first, second = run, first
            elif run > second:
                second = run
            run = 0
    two = min(1.0, _round((first + second) / max(filled - 1, 1)))
    return max(flat, two)


@njit(cache=True, nogil=True)
def _duration(bins, begun, ended, first, last):  # type: ignore[no-untyped-def]
    """Coverage of the window, or the longest run of bins without a gap (wrapping round), against half a day."""
    filled = 0
    for count in bins:
        filled += count > 0
    if filled < 6 or last <= first:
        return 0.0
    longest = run = 0
    for i in range(2 * BINS):
        run = run + 1 if bins[i % BINS] > 0 else 0
        longest = max(longest, run)
    longest = min(longest, BINS)
    covered = np.ceil((ended - begun) / (last - first) * 1000) / 1000
    return min(1.0, max(covered, np.ceil(longest / 12 * 1000) / 1000))


__all__ = ["Beats", "Scores", "beacon_scores", "beats", "rhythms"]
