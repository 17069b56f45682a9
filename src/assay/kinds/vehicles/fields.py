"""Signals found by themselves in payload bits, without a DBC: where each lies, in which order of bytes, with which sign.

Within a byte a signal begins where bits start to flip and goes up while they flip ever more rarely (the bit-flip rates of
READ, Marchetti and Stabili 2018); over the edge of a byte it goes on, to either side, where the upper part moves as the lower
one runs over. Counters and checksums are taken out first.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

_LEAST_FLIPS = 4  # of a bit that is part of something that moves
_RISE = 1.35  # a bit that flips so much more often than the one below it begins another signal
_CARRIES = 6  # changes of an upper part from which it is told whether it carries
_CARRIED = 0.9
_FINER = 0.7
MOST_FIELDS = 24  # of one id


class Field(NamedTuple):
    """`length` bits; the lowest is bit `start` of the payload as a number, with the first byte lowest, or highest where
    not `little`. `signed`: two's complement. `room` bits above never moved yet: a speed may grow into them."""

    start: int
    length: int
    little: bool
    signed: bool
    room: int = 0


def raw_of(data: np.ndarray, start: int, length: int, little: bool) -> np.ndarray:
    """int64[n] of uint64[n], unsigned; `length` below 64."""
    source = data if little else data.byteswap()
    return np.asarray(((source >> np.uint64(start)) & np.uint64((1 << length) - 1)).astype(np.int64))


def values_of(data: np.ndarray, field: Field, doubt: float | None = None) -> np.ndarray:
    """float64[n] of uint64[n], frames in order. Bits of its room count where the value grows into them; where one flips by
    itself it is a flag of something else, and the value is what it would be without it, or `doubt`."""
    raw = raw_of(data, field.start, field.length, field.little)
    width = 1 << field.length
    if field.signed:
        return np.asarray(np.where(raw >= width // 2, raw - width, raw), np.float64)
    if field.room == 0 or len(data) == 0:
        return raw.astype(np.float64)
    above = raw_of(data, field.start + field.length, field.room, field.little)
    if not above.any():
        return raw.astype(np.float64)
    # All ones: a value that fell below zero. Otherwise it may have grown to four times its width; further up stand flags.
    fallen = (above == (1 << field.room) - 1) & (field.room > 1)
    above = np.where(fallen, -1, above & 3)
    whole = raw + above * width
    starts = np.flatnonzero(np.diff(above, prepend=above[0] - 1))
    near = np.append(np.abs(np.diff(whole)) < width // 3, False)
    grown = np.zeros(len(starts), bool)  # a stretch with bits above is entered or left without a jump
    grown[1:] |= near[starts[1:] - 1]
    grown[:-1] |= near[starts[1:] - 1]
    counted = np.repeat(grown, np.diff(starts, append=len(raw))) & (above != 0)
    return np.asarray(np.where(counted, whole, raw if doubt is None else np.where(above == 0, raw, doubt)), np.float64)


def with_values(data: np.ndarray, field: Field, values: np.ndarray) -> np.ndarray:
    """uint64[n] with that field replaced by float64[n], cut to its width."""
    mask = np.uint64((1 << field.length) - 1)
    raw = np.rint(values).astype(np.int64).view(np.uint64) & mask
    source = data if field.little else data.byteswap()
    changed = (source & ~(mask << np.uint64(field.start))) | (raw << np.uint64(field.start))
    return np.asarray(changed if field.little else changed.byteswap())


def fields_of(data: np.ndarray, taken: Sequence[tuple[int, int]] = ()) -> list[Field]:
    """The signals of uint64[n], frames of one id in order; `taken` are (start, length) of bits that are none."""
    if len(data) < 20:
        return []
    change = data[1:] ^ data[:-1]
    flips = np.unpackbits(change.view(np.uint8).reshape(-1, 8), axis=1, bitorder="little").sum(axis=0).astype(np.int64)
    for start, length in taken:
        flips[start : start + length] = 0
    parts = _parts(flips)
    found = [_signed(data, field) for field in _joined(data, flips, parts)]
    return [_with_room(field, int(data[0]), flips, taken) for field in found][:MOST_FIELDS]


def _with_room(field: Field, said: int, flips: np.ndarray, taken: Sequence[tuple[int, int]]) -> Field:
    """Up to the end of its byte, as far as nothing moved there and nothing else was found; and, of more than a byte, through
    the next one where that is all zeros."""
    if field.signed or field.length < 4:
        return field
    busy = {bit for start, length in taken for bit in range(start, start + length)}

    def still(bit: int) -> bool:
        place = bit if field.little else 56 - 8 * (bit // 8) + bit % 8
        return not flips[place] and place not in busy

    end = field.start + field.length
    room = next((n for n in range(-end % 8) if not still(end + n)), -end % 8)
    top = end + room
    if top % 8 == 0 and top < 64 and field.length > 4 and all(still(bit) for bit in range(top, top + 8)):
        byte = top // 8 if field.little else 7 - top // 8
        room += 8 if (said >> (8 * byte)) & 255 == 0 else 0
    return field._replace(room=room)


def _parts(flips: np.ndarray) -> list[tuple[int, int]]:
    """(first bit, number of bits) of what goes together within each byte."""
    found: list[tuple[int, int]] = []
    for byte in range(8):
        start = -1
        for bit in range(8 * byte, 8 * byte + 8):
            moves = flips[bit] >= (_LEAST_FLIPS if start < 0 else 1)
            if start >= 0 and (not moves or flips[bit] > _RISE * flips[bit - 1] + 3):
                found.append((start, bit - start))
                start = -1
            if moves and start < 0 and flips[bit] >= _LEAST_FLIPS:
                start = bit
        if start >= 0:
            found.append((start, 8 * byte + 8 - start))
    return found


def _joined(data: np.ndarray, flips: np.ndarray, parts: list[tuple[int, int]]) -> list[Field]:
    """Parts that carry into the one above them, which is in the same byte, in the byte before (big endian) or behind
    (little), as one."""
    by_start = dict(parts)
    links: dict[tuple[int, bool], int] = {}
    for start, length in parts:
        for little in (False, True):
            end = start + length
            above = end if little or end % 8 else 8 * (start // 8 - 1)
            if not (0 <= above < 64 and above in by_start):
                continue
            rises = end % 8 == 0 and flips[above] > _RISE * flips[end - 1] + 3
            if not rises and _carries(data, start, length, above, by_start[above]):
                links[start, little] = above
    uppers = set(links.values())
    used: set[int] = set()
    found: list[Field] = []
    # Chains from their lowest part; of two orders the one that reaches further.
    for start, _ in sorted(parts, key=lambda part: part[0] in uppers):
        if start in used:
            continue
        chains = {little: _chain(start, little, links, used) for little in (False, True)}
        little = len(chains[True]) > len(chains[False])
        chain = chains[little]
        used.update(chain)
        low = start if little else 56 - 8 * (start // 8) + start % 8
        found.append(Field(low, sum(by_start[part] for part in chain), little, False))
    return found


def _chain(start: int, little: bool, links: dict[tuple[int, bool], int], used: set[int]) -> list[int]:
    chain = [start]
    while (above := links.get((chain[-1], little))) is not None and above not in used and above not in chain:
        chain.append(above)
    return chain


def _carries(data: np.ndarray, low: int, low_length: int, high: int, high_length: int) -> bool:
    """Is the lower part a finer reading of the upper one? Where the upper part steps, both together step less than it alone,
    or, of a value that races, bend less."""
    if low_length < 2:
        return False
    below = ((data >> np.uint64(low)) & np.uint64((1 << low_length) - 1)).astype(np.int64)
    above = ((data >> np.uint64(high)) & np.uint64((1 << high_length) - 1)).astype(np.int64)
    half, unit = 1 << (low_length + high_length - 1), 1 << low_length
    step, alone = (_short(np.diff(part), half) for part in ((above << low_length) | below, above << low_length))
    moved = np.flatnonzero(alone)
    if len(moved) < _CARRIES:
        return False
    if float((np.abs(step[moved]) < unit // 2).mean()) >= _CARRIED:
        return True
    if len(moved) >= 5 * _CARRIES and np.abs(step[moved]).mean() < 0.5 * np.abs(alone[moved]).mean():
        return True
    bend, bend_alone = (np.minimum(np.abs(_short(np.diff(part), half)), 2 * unit) for part in (step, alone))
    return len(moved) > 0.5 * len(step) and float(bend.mean()) < _FINER * float(bend_alone.mean())


def _short(step: np.ndarray, half: int) -> np.ndarray:
    return np.asarray((step + half) % (2 * half) - half)


def _signed(data: np.ndarray, field: Field) -> Field:
    """With a sign where that makes its greatest step smaller."""
    if field.length < 4:
        return field
    plain, signed = values_of(data, field), values_of(data, field._replace(signed=True))
    fewer = np.abs(np.diff(signed)).max(initial=0) < 0.7 * np.abs(np.diff(plain)).max(initial=0)
    return field._replace(signed=bool(fewer))


__all__ = ["Field", "fields_of", "raw_of", "values_of", "with_values"]
