"""State moved out of and into its memory: what a snapshot holds is the logical state, in key order, without the layout."""

from __future__ import annotations

from assay.profiles.compiled import kernel
from assay.profiles.memory import CAPACITY, EDGES, HEAD, KEY, LIVE, OFFSET, ROWS, SLOTS, TAIL, copy_row, find
from assay.profiles.minima import plant
from assay.profiles.rings import dismiss
from assay.profiles.values import enter, identity, leave


@kernel
def copy_out(memory, slots, state, events):  # type: ignore[no-untyped-def]
    """State rows (offset and capacity blank) and, one key after another, their events."""
    at = 0
    for k in range(len(slots)):
        slot = slots[k]
        copy_row(state, k, memory.state, slot)
        state[k, OFFSET] = state[k, CAPACITY] = 0
        offset, mask = memory.state[slot, OFFSET], memory.state[slot, CAPACITY] - 1
        for i in range(memory.state[slot, HEAD], memory.state[slot, TAIL]):
            copy_row(events, at, memory.arena, offset + (i & mask))
            at += 1


@kernel
def copy_in(program, memory, state, events, order, starts, capacities):  # type: ignore[no-untyped-def]
    """Fills empty memory, big enough, from what `copy_out` gave. order: in which the rings are laid out; starts: where in
    `events` each key's begin; capacities: how long each ring is to be."""
    rows = 0
    for k in range(len(order)):
        slot, capacity = order[k], capacities[order[k]]
        copy_row(memory.state, slot, state, slot)
        memory.state[slot, OFFSET] = rows
        memory.state[slot, CAPACITY] = capacity
        head = state[slot, HEAD]
        for i in range(head, state[slot, TAIL]):
            copy_row(memory.arena, rows + (i & (capacity - 1)), events, starts[slot] + i - head)
        plant(memory, rows, capacity, program.trees)
        rows += capacity
        place = find(memory.table, state[slot, KEY])
        memory.table[place, 0] = state[slot, KEY]
        memory.table[place, 1] = slot
        count_values(program, memory, slot, True)
    memory.counters[SLOTS] = memory.counters[LIVE] = len(state)
    memory.counters[ROWS] = rows


@kernel
def count_values(program, memory, slot, arriving):  # type: ignore[no-untyped-def]
    """Enters (or takes out) the values of every distinct window of one key as it stands."""
    state, distincts = memory.state, program.distincts
    offset, mask = state[slot, OFFSET], state[slot, CAPACITY] - 1
    for d in range(len(distincts)):
        stop = state[slot, EDGES + distincts[d, 2]] if distincts[d, 2] >= 0 else state[slot, TAIL]
        for i in range(state[slot, EDGES + distincts[d, 1]], stop):
            value = memory.arena[offset + (i & mask), distincts[d, 0]]
            if value != 0:
                id_ = identity(state[slot, KEY], d, value)
                if arriving:
                    enter(memory, id_)
                else:
                    leave(memory, id_)


@kernel
def let_go(program, memory, slots):  # type: ignore[no-untyped-def]
    """Dismisses these slots, their rings and their values."""
    for k in range(len(slots)):
        count_values(program, memory, slots[k], False)
        dismiss(memory, slots[k])
