"""The one code path of profiles: operations (events and labels, in arrival order) are sorted by key, and each key's are
run through its ring. One event is a batch of one. Nothing here depends on how a stream is cut into batches.
"""

from __future__ import annotations

import numpy as np

from assay.profiles.compiled import inlined, kernel
from assay.profiles.memory import (
    CAPACITY,
    EDGES,
    HEAD,
    KEY,
    LATE,
    LINKED,
    OFFSET,
    TAIL,
    TOO_LATE,
    UNMATCHED,
    Memory,
    admit,
    copy_row,
    find,
)
from assay.profiles.minima import climb, plant
from assay.profiles.plan import Program
from assay.profiles.reading import EVERY, bisect, blank, count, evaluate, prefix
from assay.profiles.rings import widen
from assay.profiles.values import ample, enter, identity, leave
from assay.profiles.wide import plus, product


@kernel
def step(  # type: ignore[no-untyped-def]
    dims, spans, edges, features, tags, squares, minima, memories, distincts, sources,
    table, state, arena, trees, values, free, vacant, counters, chain, moment,
    ops, keys, looks, time, words, labels, order, following, scale, out, begin,
):  # fmt: skip
    """`link` first, when `begin` is -1, and `run`. Program and memory come array by array: typing a tuple of arrays at each
    call would take longer than an event does."""
    program = Program(dims, spans, edges, features, tags, squares, minima, memories, distincts, sources)
    memory = Memory(table, state, arena, trees, values, free, vacant, counters, chain, moment)
    if begin < 0:
        link(program, memory, ops, keys, looks, labels, order, following, out)
    return run(program, memory, time, words, labels, order, scale, out, max(begin, 0))


@kernel
def link(program, memory, ops, keys, looks, labels, order, following, out):  # type: ignore[no-untyped-def]
    """Sorts the operations by key, keeping each key's in order: `order[q] = (operation, slot)`.

    ops int64[m]: 0 <= i < n is event i; n + n a + i a look under key looks[i, a] at the moment of event i; -1 - j label j.
    keys uint64[n], looks uint64[n, ·], 0 absent. Keys of events are let in.
    """
    edges, fed, tagged, squares = program.dims[0], program.dims[1], program.dims[2], program.dims[3]
    lanes, n = fed + tagged + 2 * squares, len(keys)
    table, chain = memory.table, memory.chain
    touched = 0
    for o in range(len(ops)):
        op = ops[o]
        at = op // n - 1 if op >= n else -1
        if op < 0:
            key = labels[-1 - op, 0]
        elif at < 0:
            key = np.int64(keys[op])
        else:
            key = np.int64(looks[op % n, at])
        if key == 0:
            if op >= 0:
                blank(program, at, out, op % n, False)
            continue
        place = find(table, key)
        if table[place, 0] == 0:
            if op < 0:
                memory.counters[UNMATCHED] += 1
                continue
            if at >= 0:
                blank(program, at, out, op % n, True)
                continue
            slot = admit(memory, place, key, edges, lanes, program.dims[6])
        else:
            slot = table[place, 1]
        before = chain[slot]
        if before < 0:
            order[touched, 0] = o
            order[touched, 1] = slot
            touched += 1
        else:
            following[before, 0] = o
        chain[slot] = o
        following[o, 0] = -1
    # The heads lie compact at the front of `order`; move them aside, then lay out chain after chain.
    for h in range(touched):
        following[h, 1] = order[h, 0]
        following[h, 2] = order[h, 1]
    q = 0
    for h in range(touched):
        o, slot = following[h, 1], following[h, 2]
        chain[slot] = -1
        while o >= 0:
            order[q, 0] = ops[o]
            order[q, 1] = slot
            q += 1
            o = following[o, 0]
    memory.counters[LINKED] = q


@kernel
def run(program, memory, time, words, labels, order, scale, out, begin):  # type: ignore[no-untyped-def]
    """Runs linked operations from `begin` on; returns where it stopped, short of LINKED when memory must grow first.

    time int64[n]; words int64[n, ·] (see `plan.Input`); labels int64[·, 4]: key, event time, seq, 1 fraud or 0;
    scale float64[F]: units of one in each feature's column; out float64[n, ·], the row of each event.
    """
    state, arena, distincts = memory.state, memory.arena, program.dims[7]
    for q in range(begin, memory.counters[LINKED]):
        op, slot = order[q, 0], order[q, 1]
        if op < 0:
            mark(program, memory, slot, labels[-1 - op, 1], labels[-1 - op, 2], labels[-1 - op, 3])
            continue
        size, capacity = state[slot, TAIL] - state[slot, HEAD], state[slot, CAPACITY]
        if op >= len(time):
            if not survey(program, memory, slot, op // len(time) - 1, time[op % len(time)], scale, out, op % len(time)):
                return q
            continue
        if distincts > 0:
            last = state[slot, OFFSET] + ((state[slot, TAIL] - 1) & (capacity - 1))
            late = size > 0 and time[op] < arena[last, 0]
            if not ample(memory, distincts + (size + 1 if late else 0)):
                return q
        if size == capacity and not widen(memory, slot, program.trees):
            return q
        happen(program, memory, slot, time[op], words, op, scale, out)
    return memory.counters[LINKED]


@inlined
def happen(program, memory, slot, t, words, i, scale, out):  # type: ignore[no-untyped-def]
    """One event of one key: put in its place, window edges moved, features read, what is past retention dropped."""
    state, arena = memory.state, memory.arena
    edges, fed = program.dims[0], program.dims[1]
    lanes = fed + program.dims[2] + 2 * program.dims[3]
    offset, mask = state[slot, OFFSET], state[slot, CAPACITY] - 1
    head, tail = state[slot, HEAD], state[slot, TAIL]
    newest = arena[offset + ((tail - 1) & mask), 0] if tail > head else t
    at = tail
    if t < newest:
        memory.counters[LATE] += 1
        if t < newest - program.spans[1]:
            memory.counters[TOO_LATE] += 1
        at = bisect(arena, offset, mask, head, tail, t)
        for j in range(tail, at, -1):
            copy_row(arena, offset + (j & mask), arena, offset + ((j - 1) & mask))
    else:
        newest = t
    row = offset + (at & mask)
    if at == tail:
        for lane in range(lanes):
            arena[row, 1 + lane] = state[slot, EDGES + edges + lane]
    arena[row, 0] = t
    for word in range(program.dims[4]):
        arena[row, 1 + lanes + word] = words[i, program.sources[fed + word]]
    state[slot, TAIL] = tail + 1
    add(program, memory, slot, at + 1, words, i)
    for m in range(program.dims[6]):
        if program.memories[m, 0] < 0 or words[i, program.sources[program.memories[m, 0]]] != 0:
            first = EDGES + edges + lanes + 3 * m + 1
            if state[slot, first] > t or state[slot, first] == np.int64(-(2**63)):
                state[slot, first] = t
    if at == tail:
        if len(program.trees) > 0:
            climb(memory, offset, mask + 1, program.trees, at & mask)
        advance(program, memory, slot, at, t, lanes)
        for e in range(edges):
            memory.moment[e] = state[slot, EDGES + e]
    else:
        plant(memory, offset, mask + 1, program.trees)
        interject(program, memory, slot, at, newest, lanes)
        for e in range(edges):
            memory.moment[e] = bisect(arena, offset, mask, head, tail + 1, t - program.edges[e])
    evaluate(program, memory, slot, -1, at == tail, at + 1, at, t, scale, out, i)
    drop(program, memory, slot, newest - program.spans[0], lanes)


@inlined
def add(program, memory, slot, start, words, i):  # type: ignore[no-untyped-def]
    """Adds event i to the prefixes of the events from position `start` on, and to the totals."""
    state, arena = memory.state, memory.arena
    edges, fed = program.dims[0], program.dims[1]
    base = fed + program.dims[2]
    offset, mask, tail = state[slot, OFFSET], state[slot, CAPACITY] - 1, state[slot, TAIL]
    for lane in range(fed):
        value = words[i, program.sources[lane]]
        state[slot, EDGES + edges + lane] += value
        for j in range(start, tail):
            arena[offset + (j & mask), 1 + lane] += value
    for s in range(len(program.squares)):
        value = words[i, program.sources[program.squares[s]]]
        low, high = product(value, value)
        lane = EDGES + edges + base + 2 * s
        state[slot, lane], state[slot, lane + 1] = plus(state[slot, lane], state[slot, lane + 1], low, high)
        lane = 1 + base + 2 * s
        for j in range(start, tail):
            row = offset + (j & mask)
            arena[row, lane], arena[row, lane + 1] = plus(arena[row, lane], arena[row, lane + 1], low, high)


@inlined
def advance(program, memory, slot, at, t, lanes):  # type: ignore[no-untyped-def]
    """Moves each window edge to the first event younger than its lag. Ascending lags, so a value enters before it leaves."""
    state, arena, distincts = memory.state, memory.arena, program.distincts
    edges = program.dims[0]
    offset, mask = state[slot, OFFSET], state[slot, CAPACITY] - 1
    some = len(distincts) > 0
    if some:
        tally(program, memory, slot, at, -1, lanes)
    for e in range(edges):
        limit = t - program.edges[e]
        position = state[slot, EDGES + e]
        while arena[offset + (position & mask), 0] <= limit:
            if some:
                tally(program, memory, slot, position, e, lanes)
            position += 1
        state[slot, EDGES + e] = position


@kernel
def tally(program, memory, slot, position, edge, lanes):  # type: ignore[no-untyped-def]
    """The event at `position` passes an edge (-1: it arrives): its values enter and leave the distinct windows there."""
    state, distincts = memory.state, program.distincts
    row = state[slot, OFFSET] + (position & (state[slot, CAPACITY] - 1))
    counts = EDGES + program.dims[0] + lanes + 3 * program.dims[6]
    for d in range(len(distincts)):
        if distincts[d, 1] != edge and distincts[d, 2] != edge:
            continue
        value = memory.arena[row, distincts[d, 0]]
        if value != 0:
            id_ = identity(state[slot, KEY], d, value)
            if distincts[d, 2] == edge:
                state[slot, counts + d] += enter(memory, id_)
            else:
                state[slot, counts + d] -= leave(memory, id_)


@kernel
def interject(program, memory, slot, at, newest, lanes):  # type: ignore[no-untyped-def]
    """After a late event took position `at`: edges are found anew, and its values enter the windows that hold it."""
    state, distincts = memory.state, program.distincts
    offset, mask = state[slot, OFFSET], state[slot, CAPACITY] - 1
    head, tail = state[slot, HEAD], state[slot, TAIL]
    for e in range(program.dims[0]):
        state[slot, EDGES + e] = bisect(memory.arena, offset, mask, head, tail, newest - program.edges[e])
    counts = EDGES + program.dims[0] + lanes + 3 * program.dims[6]
    for d in range(len(distincts)):
        start = state[slot, EDGES + distincts[d, 1]]
        stop = state[slot, EDGES + distincts[d, 2]] if distincts[d, 2] >= 0 else tail
        value = memory.arena[offset + (at & mask), distincts[d, 0]]
        if start <= at < stop and value != 0:
            state[slot, counts + d] += enter(memory, identity(state[slot, KEY], d, value))


@inlined
def drop(program, memory, slot, limit, lanes):  # type: ignore[no-untyped-def]
    """Forgets the events at or before `limit`, but for when the last of them was."""
    state, arena = memory.state, memory.arena
    offset, mask = state[slot, OFFSET], state[slot, CAPACITY] - 1
    head = state[slot, HEAD]
    while head < state[slot, TAIL] and arena[offset + (head & mask), 0] <= limit:
        t = arena[offset + (head & mask), 0]
        for m in range(program.dims[6]):
            dropped = EDGES + program.dims[0] + lanes + 3 * m
            if count(program, memory, slot, program.memories[m, 0], head, head + 1) > 0 and state[slot, dropped] <= t:
                state[slot, dropped] = t
                if program.memories[m, 1] >= 0:
                    value = count(program, memory, slot, program.memories[m, 1], head, head + 1)
                    state[slot, dropped + 2] = value
        head += 1
    state[slot, HEAD] = head
    # Only a late event dropped at once can leave an edge behind the head.
    for e in range(program.dims[0]):
        if state[slot, EDGES + e] < head:
            state[slot, EDGES + e] = head


@kernel
def mark(program, memory, slot, t, seq, fraud):  # type: ignore[no-untyped-def]
    """A label: finds the event by time and seq, and counts it as fraud (or no longer) in every prefix after it."""
    state, arena = memory.state, memory.arena
    edges, fed, tagged = program.dims[0], program.dims[1], program.dims[2]
    lanes = fed + tagged + 2 * program.dims[3]
    offset, mask = state[slot, OFFSET], state[slot, CAPACITY] - 1
    head, tail = state[slot, HEAD], state[slot, TAIL]
    at = bisect(arena, offset, mask, head, tail, t) - 1
    while at >= head and arena[offset + (at & mask), 0] == t and arena[offset + (at & mask), 1 + lanes] != seq:
        at -= 1
    if at < head or arena[offset + (at & mask), 0] != t:
        memory.counters[UNMATCHED] += 1
        return
    for label in range(tagged):
        if count(program, memory, slot, program.labels[label], at, at + 1) == 0:
            continue
        lane = fed + label
        change = fraud - (prefix(memory, slot, edges, lane, at + 1) - prefix(memory, slot, edges, lane, at))
        if change != 0:
            for j in range(at + 1, tail):
                arena[offset + (j & mask), 1 + lane] += change
            state[slot, EDGES + edges + lane] += change


@kernel
def look(program, memory, key, t, scale, out):  # type: ignore[no-untyped-def]
    """Every feature of a key that is held, at a moment at which nothing happens, into `out[0]`; False as `survey`."""
    return survey(program, memory, memory.table[find(memory.table, key), 1], EVERY, t, scale, out, 0)


@kernel
def survey(program, memory, slot, at, t, scale, out, i):  # type: ignore[no-untyped-def]
    """Reads a key's features at a moment without an event of its own. False, with nothing done, when memory must grow."""
    state, arena = memory.state, memory.arena
    offset, mask = state[slot, OFFSET], state[slot, CAPACITY] - 1
    head, tail = state[slot, HEAD], state[slot, TAIL]
    if program.dims[7] > 0 and not ample(memory, tail - head):
        return False
    for e in range(program.dims[0]):
        memory.moment[e] = bisect(arena, offset, mask, head, tail, t - program.edges[e])
    end = bisect(arena, offset, mask, head, tail, t)
    evaluate(program, memory, slot, at, False, end, end, t, scale, out, i)
    return True
