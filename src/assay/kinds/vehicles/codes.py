"""Counters and checksums, found by themselves: what an id's frames must say of one another and of themselves.

A *counter* is a field whose value always leads to one next value, all in one cycle. A *checksum* is a byte or nibble that is
an affine function over GF(2) of all other bits (XOR, parity, every CRC of any polynomial, start value and data id), or a sum
of the others. The affine ones are not guessed but solved: frames are rows of linear equations, and a code is believed only
where every frame that the equations already settled was as they said, many times over. A constant that changes with the
counter (AUTOSAR E2E profiles 1 and 2) is a reference for each count.
"""

# mypy: disable-error-code="no-untyped-def,no-untyped-call,misc,assignment"

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from typing import NamedTuple

import numpy as np
from numba import njit

LEAST_FRAMES = 200
LEAST_PROOFS = 100  # different payloads that a code of known form must fit
_LEAST_SOLVED = 400  # different payloads foretold before one that was solved for is believed
_SURE = 0.998  # share of steps that a counter takes as its cycle says; what is lost on the way is no step
_LIVELY = 0.25  # share of changed frames in which each bit of one that is solved for must flip: it looks like noise


class Counter(NamedTuple):
    """`length` bits from `start`; `following[v]` is the value after v, -1 where v was never met."""

    start: int
    length: int
    following: tuple[int, ...]


class Checksum(NamedTuple):
    """`length` bits from `start` follow from the rest.

    `kind` 0: affine; `pivots` and `images`: a basis of the differences that it is known for, in reduced form, and the
    checksum's difference for each. 1, -1: the sum of the other bytes (of all nibbles where `length` is 4) plus or minus it is
    constant; `pivots` then holds the bits that ever moved. `counter` (start, length) where the reference depends on it, else
    length 0; `references` by count: (others, checksum), for sums (others, constant); the second -1 where that count was never
    met. `name` where the form is a known one.
    """

    start: int
    length: int
    kind: int
    counter: tuple[int, int]
    references: tuple[tuple[int, int], ...]
    pivots: tuple[int, ...] = ()
    images: tuple[int, ...] = ()
    name: str = ""


def bits(data: np.ndarray, start: int, length: int) -> np.ndarray:
    """uint64[n]: that many bits of uint64[n], the lowest at `start`."""
    return np.asarray((data >> np.uint64(start)) & np.uint64((1 << length) - 1))


def counter_of(data: np.ndarray, size: int) -> Counter | None:
    """The longest counter within a byte of the first `size` bytes of uint64[n], frames of one id in order; None where none."""
    if len(data) < LEAST_FRAMES:
        return None
    for length in (8, 7, 6, 5, 4, 3, 2):
        for byte in range(size):
            for low in range(9 - length) if length > 4 else (0, 4, 8 - length, 2):
                if low + length <= 8 and (found := _cycle(data, 8 * byte + low, length)) is not None:
                    return found
    return None


def _cycle(data: np.ndarray, start: int, length: int) -> Counter | None:
    values = bits(data, start, length).astype(np.int64)
    steps = np.bincount(values[:-1] * 256 + values[1:], minlength=65_536).reshape(256, 256)
    met = steps.sum(axis=1)
    following = steps.argmax(axis=1)
    held = steps[np.arange(256), following]
    visited = np.flatnonzero(met)
    if len(visited) < 3 or held.sum() < _SURE * met.sum() or len(values) < 4 * len(visited):
        return None
    at, seen = int(visited[0]), 0
    while seen <= len(visited):  # one cycle through all of them
        at = int(following[at])
        seen += 1
        if at == visited[0]:
            break
    if seen != len(visited) or len(visited) <= (1 << (length - 1)):
        return None
    known = np.where(met > 0, following, -1)[: 1 << length]
    return Counter(start, length, tuple(int(v) for v in known))


def checksum_of(data: np.ndarray, size: int, counter: Counter | None) -> Checksum | None:
    """The checksum of uint64[n], frames of one id and length in order; None where none is proved."""
    if len(data) < LEAST_FRAMES or size < 2:
        return None
    distinct = np.unique(data)
    if len(distinct) < LEAST_PROOFS:
        return None
    changed = np.flatnonzero(data[1:] != data[:-1]) + 1
    flips = data[changed] ^ data[changed - 1]
    rate = [float(((flips >> np.uint64(b)) & np.uint64(1)).mean()) for b in range(64)]
    for counted in (None, counter) if counter is not None and counter.length <= 4 else (None,):
        places = [(8 * b, 8) for b in range(size)] + [(4 * n, 4) for n in range(2 * size)]
        # Of a sum any part could be the checksum; it is the one that moves most.
        for start, length in sorted(places, key=lambda p: (-p[1], -sum(rate[p[0] : p[0] + p[1]]))):
            if counter is not None and start < counter.start + counter.length and counter.start < start + length:
                continue
            if len(np.unique(bits(distinct, start, length))) < 6:
                continue
            found = _known(data, start, length, size, counted)
            if found is None and min(rate[start : start + length]) > (_LIVELY if length == 8 else 2.0):
                found = _affine(data, start, length, size, counted)
            if found is not None:
                return found
    return None


def _counts(data: np.ndarray, counted: Counter | None) -> np.ndarray:
    if counted is None:
        return np.zeros(len(data), np.int64)
    return bits(data, counted.start, counted.length).astype(np.int64)


def _affine(data: np.ndarray, start: int, length: int, size: int, counted: Counter | None) -> Checksum | None:
    mask = np.uint64(((1 << length) - 1) << start)
    counts = _counts(data, counted)
    refs_x, refs_y = np.zeros(16, np.uint64), np.full(16, -1, np.int64)
    pivots, images = np.zeros(64, np.uint64), np.zeros(64, np.int64)
    others = data & ~mask
    wrong = _solve(others, bits(data, start, length).astype(np.int64), counts, refs_x, refs_y, pivots, images)
    known = int((pivots != 0).sum() + (refs_y >= 0).sum())
    if wrong or len(np.unique(others)) - known < _LEAST_SOLVED:  # what only comes again proves nothing
        return None
    rows = [(int(p), int(i)) for p, i in zip(pivots, images, strict=True) if p]
    n = 1 if counted is None else 1 << counted.length
    references = tuple((int(x), int(y)) for x, y in zip(refs_x[:n], refs_y[:n], strict=True))
    where = (counted.start, counted.length) if counted else (0, 0)
    return Checksum(start, length, 0, where, references, tuple(p for p, _ in rows), tuple(i for _, i in rows))


@njit(cache=True, nogil=True)
def _solve(x, y, counts, refs_x, refs_y, pivots, images):
    """Was any frame other than the frames before it had foretold? Fills the references by count and a reduced basis of the
    differences, each at its highest bit."""
    for t in range(len(x)):
        c = counts[t]
        if refs_y[c] < 0:
            refs_x[c], refs_y[c] = x[t], y[t]
            continue
        d, e = x[t] ^ refs_x[c], y[t] ^ refs_y[c]
        for b in range(63, -1, -1):
            if pivots[b] and (d >> np.uint64(b)) & np.uint64(1):
                d ^= pivots[b]
                e ^= images[b]
        if d == 0:
            if e != 0:
                return True
            continue
        top = 63
        while not (d >> np.uint64(top)) & np.uint64(1):
            top -= 1
        for b in range(64):
            if pivots[b] and (pivots[b] >> np.uint64(top)) & np.uint64(1):
                pivots[b] ^= d
                images[b] ^= e
        pivots[top], images[top] = d, e
    return False


_POLYNOMIALS = (
    0x1D,
    0x2F,
    0x07,
    0x9B,
    0x31,
    0xD5,
    0x39,
    0x85,
    0xA6,
    0x4D,
)  # 0x1D is SAE J1850's and E2E's first, 0x2F its second


def _known(data: np.ndarray, start: int, length: int, size: int, counted: Counter | None) -> Checksum | None:
    """Sums, XOR and the usual CRC-8s, whose form leaves nothing to be fitted but a constant, or one for each count."""
    mask = ((1 << length) - 1) << start
    others, value = data & ~np.uint64(mask), bits(data, start, length).astype(np.int64)
    moved = int(np.bitwise_or.reduce(others ^ others[:1]))
    parts = sum(bool(moved >> at & ((1 << length) - 1)) for at in range(0, 64, length))
    # A copy of one other part is a sum too, until a third part moves. What a constant for each count takes up proves nothing, nor does
    # the other half of a nibble's own byte, which may be the rest of a sum of bytes.
    proving = moved & ~(0xFF << start // 8 * 8)
    if counted is not None:
        proving &= ~(((1 << counted.length) - 1) << counted.start)
    if parts < 2 or proving.bit_count() < 2 * length:
        return None
    counts = _counts(data, counted)
    where = (counted.start, counted.length) if counted else (0, 0)
    whole = _summed(others, length)
    for sign in (1, -1):
        found = _constants((whole + sign * value) % (1 << length), counts, counted)
        if found is not None:
            references = tuple((int(others[0]), constant) for constant in found)
            return Checksum(
                start, length, sign, where, references, (moved,), (), f"sum of {'bytes' if length == 8 else 'nibbles'}"
            )
    for name, image in _images(start, length, size):
        if _constants(image(others[:64]) ^ value[:64], counts[:64], counted) is None:
            continue
        found = _constants(image(others) ^ value, counts, counted)
        if found is not None:
            unit = np.array([1 << b for b in range(63, -1, -1) if moved >> b & 1], np.uint64)
            references = tuple((0, constant) for constant in found)
            return Checksum(
                start, length, 0, where, references, tuple(unit.tolist()), tuple(image(unit).tolist()), name
            )
    return None


def _constants(values: np.ndarray, counts: np.ndarray, counted: Counter | None) -> list[int] | None:
    """The one value for each count, -1 where a count was never met; None where a count has several."""
    found = []
    for count in range(1 if counted is None else 1 << counted.length):
        met = np.unique(values[counts == count])
        if len(met) > 1:
            return None
        found.append(int(met[0]) if len(met) else -1)
    return found


def _images(start: int, length: int, size: int) -> Iterator[tuple[str, Callable[[np.ndarray], np.ndarray]]]:
    """Linear forms of the other bits: name, and uint64[n] -> int64[n]."""

    def xor(x: np.ndarray) -> np.ndarray:
        out = np.zeros(len(x), np.int64)
        for at in range(0, 64, length):
            out ^= bits(x, at, length).astype(np.int64)
        return out

    yield f"XOR of {'bytes' if length == 8 else 'nibbles'}", xor
    if length != 8:
        return
    for polynomial in _POLYNOMIALS:
        for mirrored in (False, True):
            table = _crc_table(polynomial, mirrored)
            for order in (range(size), range(size - 1, -1, -1)):

                def crc(x: np.ndarray, table: np.ndarray = table, order: range = order) -> np.ndarray:
                    out = np.zeros(len(x), np.int64)
                    for byte in order:
                        if byte != start // 8:
                            out = table[out ^ bits(x, 8 * byte, 8).astype(np.int64)]
                    return out

                yield f"CRC-8 0x{polynomial:02X}", crc


@cache
def _crc_table(polynomial: int, mirrored: bool) -> np.ndarray:
    """int64[256]: of a CRC-8 with the highest bit first, or the lowest where `mirrored`."""
    turned = int(f"{polynomial:08b}"[::-1], 2)
    out = np.zeros(256, np.int64)
    for octet in range(256):
        value = octet
        for _ in range(8):
            if mirrored:
                value = (value >> 1) ^ (turned if value & 1 else 0)
            else:
                value = ((value << 1) ^ (polynomial if value & 0x80 else 0)) & 255
        out[octet] = value
    return out


def _summed(data: np.ndarray, length: int) -> np.ndarray:
    out = np.zeros(len(data), np.int64)
    for at in range(0, 64, length):
        out += bits(data, at, length).astype(np.int64)
    return out


__all__ = ["Checksum", "Counter", "bits", "checksum_of", "counter_of"]
