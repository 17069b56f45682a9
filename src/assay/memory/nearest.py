"""Which of many 256-bit hashes, or of many vectors, lie near one: a plain scan, by population count or by differences of
bytes. A million take about ten milliseconds (hashes) or a few tens (vectors of 128 components) on one core, exactly, with
no index to keep; published trees and tables (multi-index hashing, Norouzi et al. 2012) gain little at the radii that
perceptual hashes need, and an index could not forget one person.
"""

from __future__ import annotations

import numpy as np
from numba import njit


@njit("uint64(uint64)", cache=True, nogil=True, inline="always")
def _bits(x):  # type: ignore[no-untyped-def]
    """How many bits are set (Warren, Hacker's Delight, 5-1)."""
    x = x - ((x >> np.uint64(1)) & np.uint64(0x5555555555555555))
    x = (x & np.uint64(0x3333333333333333)) + ((x >> np.uint64(2)) & np.uint64(0x3333333333333333))
    x = (x + (x >> np.uint64(4))) & np.uint64(0x0F0F0F0F0F0F0F0F)
    return (x * np.uint64(0x0101010101010101)) >> np.uint64(56)


@njit("int64(uint64[:, ::1], int64, uint64[::1], int64, int64[::1], int64[::1])", cache=True, nogil=True)
def scan(hashes, n, wanted, radius, at, distance):  # type: ignore[no-untyped-def]
    """Fills `at` and `distance` with the places of hashes[:n] within `radius` bits of `wanted`, in order, as far as there
    is room; returns how many it filled."""
    found = 0
    for i in range(n):
        apart = _bits(hashes[i, 0] ^ wanted[0]) + _bits(hashes[i, 1] ^ wanted[1])
        if apart > radius:
            continue
        apart += _bits(hashes[i, 2] ^ wanted[2]) + _bits(hashes[i, 3] ^ wanted[3])
        if apart <= radius:
            at[found], distance[found] = i, apart
            found += 1
            if found == len(at):
                break
    return found


@njit("int64(int8[:, ::1], int64, int8[::1], int64, int64[::1], int64[::1])", cache=True, nogil=True)
def scan_vectors(rows, n, wanted, limit, at, squared):  # type: ignore[no-untyped-def]
    """Fills `at` and `squared` with the places of rows[:n] whose squared Euclidean distance from `wanted` is at most `limit`,
    in order, as far as there is room; returns how many it filled. The second half of a row is read where the first is near."""
    found, size = 0, rows.shape[1]
    half = size // 2
    for i in range(n):
        apart = np.int64(0)
        for j in range(half):
            step = np.int32(rows[i, j]) - np.int32(wanted[j])
            apart += step * step
        if apart > limit:
            continue
        for j in range(half, size):
            step = np.int32(rows[i, j]) - np.int32(wanted[j])
            apart += step * step
        if apart <= limit:
            at[found], squared[found] = i, apart
            found += 1
            if found == len(at):
                break
    return found
