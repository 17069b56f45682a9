"""Rings of events given out of one arena and taken back: a buddy system (Knuth 2.5), so that the small rings that keys
grow out of join into the bigger ones that they grow into."""

from __future__ import annotations

from assay.profiles.compiled import kernel
from assay.profiles.memory import CAPACITY, FREE_SLOT, HEAD, KEY, LIVE, OFFSET, ROWS, TAIL, WANTED_ROWS, copy_row
from assay.profiles.minima import plant


@kernel
def power(capacity):  # type: ignore[no-untyped-def]
    """log2 of a power of two."""
    bits = 0
    while (1 << bits) < capacity:
        bits += 1
    return bits


@kernel
def offer(memory, offset, bits):  # type: ignore[no-untyped-def]
    """Puts a free block of 2^bits rows at the front of its list; its first two rows hold the next and the one before."""
    arena, free = memory.arena, memory.free
    following = free[bits]
    arena[offset, 0], arena[offset + 1, 0] = following, -1
    if following >= 0:
        arena[following + 1, 0] = offset
    free[bits] = offset
    memory.vacant[offset >> 1] = bits


@kernel
def claim(memory, offset, bits):  # type: ignore[no-untyped-def]
    """Takes a free block out of its list."""
    arena, free = memory.arena, memory.free
    following, before = arena[offset, 0], arena[offset + 1, 0]
    if before >= 0:
        arena[before, 0] = following
    else:
        free[bits] = following
    if following >= 0:
        arena[following + 1, 0] = before
    memory.vacant[offset >> 1] = 0


@kernel
def take(memory, bits):  # type: ignore[no-untyped-def]
    """Offset of a block of 2^bits rows, bits >= 1; -1 when the arena must grow first."""
    counters, free = memory.counters, memory.free
    for larger in range(bits, len(free)):
        offset = free[larger]
        if offset >= 0:
            claim(memory, offset, larger)
            for half in range(larger - 1, bits - 1, -1):
                offer(memory, offset + (1 << half), half)
            return offset
    size, offset = 1 << bits, counters[ROWS]
    start = (offset + size - 1) & ~(size - 1)  # a block's offset is a multiple of its size
    if start + size > len(memory.arena):
        counters[WANTED_ROWS] = 2 * size
        return -1
    while offset < start:
        gap = offset & -offset
        offer(memory, offset, power(gap))
        offset += gap
    counters[ROWS] = start + size
    return start


@kernel
def release(memory, offset, capacity):  # type: ignore[no-untyped-def]
    """Gives a block back, joined with its buddy as long as that is free."""
    if capacity == 0:
        return
    bits = power(capacity)
    while True:
        buddy = offset ^ (1 << bits)
        if buddy + (1 << bits) > memory.counters[ROWS] or memory.vacant[buddy >> 1] != bits:
            break
        claim(memory, buddy, bits)
        offset = min(offset, buddy)
        bits += 1
    offer(memory, offset, bits)


@kernel
def widen(memory, slot, trees):  # type: ignore[no-untyped-def]
    """Moves a key's events to a ring twice as long (2 at first). False, with nothing changed, when the arena must grow."""
    state, arena = memory.state, memory.arena
    old, capacity = state[slot, OFFSET], state[slot, CAPACITY]
    bigger = max(2, 2 * capacity)
    offset = take(memory, power(bigger))
    if offset < 0:
        return False
    for i in range(state[slot, HEAD], state[slot, TAIL]):
        copy_row(arena, offset + (i & (bigger - 1)), arena, old + (i & (capacity - 1)))
    state[slot, OFFSET] = offset
    state[slot, CAPACITY] = bigger
    release(memory, old, capacity)
    plant(memory, offset, bigger, trees)
    return True


@kernel
def dismiss(memory, slot):  # type: ignore[no-untyped-def]
    """Gives back a slot and its ring. The table still names it: `retable` afterwards."""
    state, counters = memory.state, memory.counters
    release(memory, state[slot, OFFSET], state[slot, CAPACITY])
    state[slot, KEY] = 0
    state[slot, OFFSET] = counters[FREE_SLOT]
    counters[FREE_SLOT] = slot
    counters[LIVE] -= 1
