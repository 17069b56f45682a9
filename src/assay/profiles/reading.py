"""What a key's ring says at a moment: every feature read from window positions, by prefix differences and bisection."""

from __future__ import annotations

import numpy as np

from assay.profiles.compiled import inlined, kernel
from assay.profiles.memory import CAPACITY, EDGES, HEAD, KEY, NEVER, OFFSET, TAIL
from assay.profiles.minima import minimum
from assay.profiles.plan import (
    AGE,
    CLEAN_SINCE_FRAUD,
    COUNT,
    DISTINCT,
    EXTREME,
    FRAUD_RATE,
    FRAUD_RUN,
    FRAUD_RUN_AGE,
    FRAUDS,
    LAST_SEEN,
    MEAN,
    PREVIOUS,
    RATIO,
    SINCE_FRAUD,
    STD,
    SUM,
    TIME_SINCE,
    ZSCORE,
)
from assay.profiles.values import enter, identity, leave
from assay.profiles.wide import minus, variance

EVERY = -2
_SECOND = 1e6


@kernel
def bisect(arena, offset, mask, low, high, t):  # type: ignore[no-untyped-def]
    """The first position in low..high whose event is younger than t."""
    while low < high:
        middle = (low + high) >> 1
        if arena[offset + (middle & mask), 0] <= t:
            low = middle + 1
        else:
            high = middle
    return low


@inlined
def prefix(memory, slot, edges, lane, at):  # type: ignore[no-untyped-def]
    """The lane's sum over the key's events before position `at`."""
    state = memory.state
    if at == state[slot, TAIL]:
        return state[slot, EDGES + edges + lane]
    return memory.arena[state[slot, OFFSET] + (at & (state[slot, CAPACITY] - 1)), 1 + lane]


@inlined
def count(program, memory, slot, lane, start, stop):  # type: ignore[no-untyped-def]
    """Events of start..stop-1 that the lane counts; -1 counts all."""
    if lane < 0:
        return stop - start
    edges = program.dims[0]
    return prefix(memory, slot, edges, lane, stop) - prefix(memory, slot, edges, lane, start)


@kernel
def clear_from(program, memory, slot, lane, low, high):  # type: ignore[no-untyped-def]
    """The first position from which on, up to `high`, the lane counts nothing: one past its last event in low..high-1."""
    stop = high
    while low < stop:
        middle = (low + stop) >> 1
        if count(program, memory, slot, lane, middle, high) == 0:
            stop = middle
        else:
            low = middle + 1
    return low


@kernel
def solid_from(program, memory, slot, lane, every, low, high):  # type: ignore[no-untyped-def]
    """The first position from which on, up to `high`, each event that `every` counts is counted by `lane` too."""
    stop = high
    while low < stop:
        middle = (low + stop) >> 1
        if count(program, memory, slot, lane, middle, high) == count(program, memory, slot, every, middle, high):
            stop = middle
        else:
            low = middle + 1
    return low


@kernel
def first_counted(program, memory, slot, lane, low, high):  # type: ignore[no-untyped-def]
    """The position of the first event in low..high-1 that the lane counts; there is one."""
    start = low
    while low < high - 1:
        middle = (low + high) >> 1
        if count(program, memory, slot, lane, start, middle) > 0:
            high = middle
        else:
            low = middle
    return low


@kernel
def distinct(program, memory, slot, d, start, stop):  # type: ignore[no-untyped-def]
    """Different values among events start..stop-1, for moments other than the newest: all enter a set and leave again."""
    state, arena, word = memory.state, memory.arena, program.distincts[d, 0]
    offset, mask = state[slot, OFFSET], state[slot, CAPACITY] - 1
    different = 0
    for i in range(start, stop):
        if arena[offset + (i & mask), word] != 0:
            different += enter(memory, identity(state[slot, KEY], -1 - d, arena[offset + (i & mask), word]))
    for i in range(start, stop):
        if arena[offset + (i & mask), word] != 0:
            leave(memory, identity(state[slot, KEY], -1 - d, arena[offset + (i & mask), word]))
    return different


@kernel
def previous(program, memory, slot, lane, me):  # type: ignore[no-untyped-def]
    """Position of the last event before `me` that the lane counts, or one before the head."""
    head = memory.state[slot, HEAD]
    return (max(me, head) if lane < 0 else clear_from(program, memory, slot, lane, head, me)) - 1


@kernel
def spread(program, memory, slot, lane, square, n, start, stop):  # type: ignore[no-untyped-def]
    """Population standard deviation of n > 0 values, in the lane's own units."""
    edges, base = program.dims[0], program.dims[1] + program.dims[2] + 2 * square
    low, high = minus(
        prefix(memory, slot, edges, base, stop),
        prefix(memory, slot, edges, base + 1, stop),
        prefix(memory, slot, edges, base, start),
        prefix(memory, slot, edges, base + 1, start),
    )
    return np.sqrt(variance(n, count(program, memory, slot, lane, start, stop), low, high))


@inlined
def evaluate(program, memory, slot, at, live, end, me, t, scale, out, i):  # type: ignore[no-untyped-def]
    """The features of one key at time t into `out[i]`: those read under key `at` (see `Program.features`), or EVERY.

    memory.moment[e]: where window edge e stands at t. live: that is the newest moment, so distinct counts are at hand.
    end: one past the last event that counts. me: the event's own position, or `end` when nothing happened at t.
    """
    state, moment, features = memory.state, memory.moment, program.features
    edges, fed = program.dims[0], program.dims[1]
    lanes = fed + program.dims[2] + 2 * program.dims[3]
    head = state[slot, HEAD]
    for f in range(len(features)):
        if features[f, 8] != at and at != EVERY:
            continue
        op, lane, total, square, other = features[f, 0], features[f, 3], features[f, 4], features[f, 5], features[f, 6]
        a = moment[features[f, 1]] if features[f, 1] >= 0 else head
        b = moment[features[f, 2]] if features[f, 2] >= 0 else end
        value = np.nan
        if op <= STD:
            n = count(program, memory, slot, lane, a, b)
            if op == COUNT:
                value = np.float64(n)
            elif op == SUM:
                value = np.float64(count(program, memory, slot, total, a, b)) / scale[f]
            elif n > 0:
                if op == MEAN:
                    value = np.float64(count(program, memory, slot, total, a, b)) / (np.float64(n) * scale[f])
                else:
                    value = spread(program, memory, slot, total, square, n, a, b) / scale[f]
        elif op == FRAUDS:
            value = np.float64(count(program, memory, slot, fed + other, a, b))
        elif op == FRAUD_RATE:
            frauds = count(program, memory, slot, fed + other, a, b)
            value = np.float64(frauds) / np.float64(count(program, memory, slot, lane, a, b)) if frauds > 0 else 0.0
        elif op == EXTREME:
            if count(program, memory, slot, lane, a, b) > 0:
                offset, capacity, word = state[slot, OFFSET], state[slot, CAPACITY], program.trees[other]
                low = minimum(memory, offset, capacity, other, word, a, b)
                value = np.float64(-low if total > 0 else low) / scale[f]
        elif op == DISTINCT:
            if live:
                value = np.float64(state[slot, EDGES + edges + lanes + 3 * program.dims[6] + other])
            else:
                value = np.float64(distinct(program, memory, slot, other, a, b))
        elif op in (RATIO, ZSCORE):
            if features[f, 2] < 0:
                b = me
            n = count(program, memory, slot, lane, a, b)
            if n > 0 and count(program, memory, slot, lane, me, end) > 0:
                mine = np.float64(count(program, memory, slot, total, me, end))
                mean = np.float64(count(program, memory, slot, total, a, b)) / np.float64(n)
                if op == RATIO:
                    value = mine / mean if mean != 0.0 else np.nan
                elif n > 1:
                    std = spread(program, memory, slot, total, square, n, a, b)
                    value = (mine - mean) / std if std > 0.0 else np.nan
        elif op in (LAST_SEEN, TIME_SINCE, PREVIOUS):
            last, dropped = previous(program, memory, slot, lane, me), EDGES + edges + lanes + 3 * other
            if last >= head:
                seen = memory.arena[state[slot, OFFSET] + (last & (state[slot, CAPACITY] - 1)), 0]
            else:
                seen = state[slot, dropped]
            if seen != NEVER and seen <= t:
                if op == PREVIOUS:
                    mine = (
                        count(program, memory, slot, total, last, last + 1)
                        if last >= head
                        else state[slot, dropped + 2]
                    )
                    value = np.float64(mine) / scale[f]
                else:
                    value = np.float64(seen if op == LAST_SEEN else t - seen) / _SECOND
        elif op == AGE:
            first = state[slot, EDGES + edges + lanes + 3 * other + 1]
            if first != NEVER and first <= t:
                value = np.float64(t - first) / _SECOND
        else:
            value = run_of_frauds(program, memory, slot, op, lane, fed + other, a, b, t)
        out[i, features[f, 7]] = value


@kernel
def run_of_frauds(program, memory, slot, op, lane, frauds, a, b, t):  # type: ignore[no-untyped-def]
    """The stats that look for frauds from the end of positions a..b-1 backwards."""
    state = memory.state
    offset, mask = state[slot, OFFSET], state[slot, CAPACITY] - 1
    if count(program, memory, slot, frauds, a, b) == 0:
        return 0.0 if op == FRAUD_RUN else np.nan
    if op in (FRAUD_RUN, FRAUD_RUN_AGE):
        start = solid_from(program, memory, slot, frauds, lane, a, b)
        n = count(program, memory, slot, lane, start, b)
        if op == FRAUD_RUN:
            return np.float64(n)
        if n == 0:
            return np.nan
        first = start if lane < 0 else first_counted(program, memory, slot, lane, start, b)
        return np.float64(t - memory.arena[offset + (first & mask), 0]) / _SECOND
    after = clear_from(program, memory, slot, frauds, a, b)
    if op == SINCE_FRAUD:
        return np.float64(t - memory.arena[offset + ((after - 1) & mask), 0]) / _SECOND
    if op == CLEAN_SINCE_FRAUD:
        return np.float64(count(program, memory, slot, lane, after, b))
    return np.nan


@kernel
def blank(program, at, out, i, known):  # type: ignore[no-untyped-def]
    """Features read under key `at` into `out[i]` for an entity that is absent (NaN), or known to have no past (nothing of
    what is counted, NaN for the rest)."""
    for f in range(len(program.features)):
        if program.features[f, 8] == at:
            op = program.features[f, 0]
            counted = op in (COUNT, SUM, DISTINCT, FRAUDS, FRAUD_RATE, FRAUD_RUN)
            out[i, program.features[f, 7]] = 0.0 if known and counted else np.nan
