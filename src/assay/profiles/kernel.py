"""The one code path of profiles: operations (events and labels, in arrival order) are sorted by key, and each key's are
run through its ring. One event is a batch of one. Nothing here depends on how a stream is cut into batches.
"""

from __future__ import annotations

import numpy as np

from assay.profiles.book import ATS, FOLLOWING, LABELS, ORDER, OWN, SCALE, floats, octets, table, vector
from assay.profiles.compiled import inlined, kernel
from assay.profiles.memory import (
    CAPACITY,
    EDGES,
    HEAD,
    KEY,
    LATE,
    LINKED,
    LIVE,
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
def step(book, pools, keys, start, time, words, labels, when, out, place):  # type: ignore[no-untyped-def]
    """Runs some pools, one after another, over n events, the looks at their moments, and the labels due before them.

    book int64[pools, ·] (see `book.py`); pools int64[·], which of them; keys uint64[kinds, ·], 0 absent, the events' from
    column `start` on; time int64[n]; words int64[n, ·], inputs of every plan (see `plan.Input`); labels int64[labelled
    kinds, m, 4]: key (0 absent), time of the event, its seq, 1 fraud or 0 not; when int64[m], ascending: label j comes
    before event when[j], and its looks; out float64[n, ·], the row of each event.

    place int64[2]: position in `pools`, and the operation to go on with there, -1 to begin. Returns -1 when all is done,
    else the pool that must grow first; then call again with the same `place`.
    """
    n = len(time)
    while place[0] < len(pools):
        p = pools[place[0]]
        program = Program(
            vector(book, p, 0), vector(book, p, 1), vector(book, p, 2), table(book, p, 3), vector(book, p, 4),
            vector(book, p, 5), vector(book, p, 6), table(book, p, 7), table(book, p, 8), vector(book, p, 9),
        )  # fmt: skip
        memory = Memory(
            table(book, p, 10), table(book, p, 11), table(book, p, 12), table(book, p, 13), table(book, p, 14),
            vector(book, p, 15), octets(book, p, 16), vector(book, p, 17), vector(book, p, 18), vector(book, p, 19),
        )  # fmt: skip
        order, ats, kind = table(book, p, ORDER), vector(book, p, ATS), book[p, LABELS]
        mine = labels[max(kind, 0)]
        if place[1] < 0:
            m = len(when) if kind >= 0 else 0
            needed = n * (1 + len(ats)) + m
            if needed > len(order) or memory.counters[LIVE] + needed > len(memory.state):
                return p
            following = table(book, p, FOLLOWING)
            link(program, memory, keys, start, book[p, OWN], ats, n, mine, when[:m], order, following, out)
            place[1] = 0
        place[1] = run(program, memory, time, words, mine, order, floats(book, p, SCALE), out, place[1])
        if place[1] < memory.counters[LINKED]:
            return p
        place[0] += 1
        place[1] = -1
    return -1


@kernel
def link(program, memory, keys, start, own, ats, n, labels, when, order, following, out):  # type: ignore[no-untyped-def]
    """Sorts the operations by key, keeping each key's in order: `order[q] = (operation, slot)`.

    An operation 0 <= i < n is event i, under key keys[own, start + i]; n + n a + i a look under keys[ats[a], start + i] at
    the moment of event i; -1 - j label j. Keys of events are let in. following int64[·, 4] is room to work in.
    """
    edges, fed, tagged, squares = program.dims[0], program.dims[1], program.dims[2], program.dims[3]
    lanes, chain = fed + tagged + 2 * squares, memory.chain
    touched = o = j = 0
    for i in range(n + 1):
        while j < len(when) and when[j] <= i:
            key = labels[j, 0]
            j += 1
            if key == 0:
                continue
            place = find(memory.table, key)
            if memory.table[place, 0] == 0:
                memory.counters[UNMATCHED] += 1
            else:
                touched += chained(chain, order, following, o, -j, memory.table[place, 1], touched)
                o += 1
        if i == n:
            break
        for look in range(len(ats)):
            key = np.int64(keys[ats[look], start + i])
            place = find(memory.table, key)
            if key == 0 or memory.table[place, 0] == 0:
                blank(program, look, out, i, key != 0)
            else:
                touched += chained(chain, order, following, o, n + n * look + i, memory.table[place, 1], touched)
                o += 1
        key = np.int64(keys[own, start + i])
        if key == 0:
            blank(program, -1, out, i, False)
            continue
        place = find(memory.table, key)
        if memory.table[place, 0] == 0:
            slot = admit(memory, place, key, edges, lanes, program.dims[6])
        else:
            slot = memory.table[place, 1]
        touched += chained(chain, order, following, o, i, slot, touched)
        o += 1
    # The heads lie compact at the front of `order`; move them aside, then lay out chain after chain.
    for h in range(touched):
        following[h, 1] = order[h, 0]
        following[h, 2] = order[h, 1]
    q = 0
    for h in range(touched):
        o, slot = following[h, 1], following[h, 2]
        chain[slot] = -1
        while o >= 0:
            order[q, 0] = following[o, 3]
            order[q, 1] = slot
            q += 1
            o = following[o, 0]
    memory.counters[LINKED] = q


@inlined
def chained(chain, order, following, o, op, slot, touched):  # type: ignore[no-untyped-def]
    """Puts operation `op`, the o-th to be linked, at the end of its slot's chain; 1 where it begins one."""
    before = chain[slot]
    chain[slot] = o
    following[o, 0] = -1
    following[o, 3] = op
    if before >= 0:
        following[before, 0] = o
        return 0
    order[touched, 0] = o
    order[touched, 1] = slot
    return 1


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
