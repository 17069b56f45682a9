"""State moved out of and into its memory: what a snapshot holds is the logical state, in key order, without the layout."""

from __future__ import annotations

from assay.profiles.compiled import kernel
from assay.profiles.memory import (
    CAPACITY,
    EDGES,
    HEAD,
    KEY,
    LIVE,
    OFFSET,
    ROWS,
    SLOTS,
    TAIL,
    copy_row,
    dismiss,
    enter,
    find,
    identity,
    leave,
    plant,
)


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
def copy_in(program, memory, state, events):  # type: ignore[no-untyped-def]
    """Fills empty memory, big enough, from what `copy_out` gave. False where the numbers cannot be right."""
    at, rows = 0, 0
    for slot in range(len(state)):
        size = state[slot, TAIL] - state[slot, HEAD]
        capacity = 2
        while capacity < size:
            capacity *= 2
        if size < 1 or at + size > len(events) or rows + capacity > len(memory.arena):
            return False
        copy_row(memory.state, slot, state, slot)
        memory.state[slot, OFFSET] = rows
        memory.state[slot, CAPACITY] = capacity
        for i in range(state[slot, HEAD], state[slot, TAIL]):
            copy_row(memory.arena, rows + (i & (capacity - 1)), events, at)
            at += 1
        plant(memory, rows, capacity, program.trees)
        rows += capacity
        place = find(memory.table, state[slot, KEY])
        memory.table[place, 0] = state[slot, KEY]
        memory.table[place, 1] = slot
        count_values(program, memory, slot, True)
    memory.counters[SLOTS] = memory.counters[LIVE] = len(state)
    memory.counters[ROWS] = rows
    return at == len(events)


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
