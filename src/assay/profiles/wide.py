"""128-bit integers as pairs of 64-bit words, for sums of squares that must never drift. All arithmetic is modulo 2^128."""

from __future__ import annotations

import numpy as np

from assay.profiles.compiled import kernel

_LOW = np.uint64(0xFFFFFFFF)
_HALF = np.uint64(32)


@kernel
def product(a, b):  # type: ignore[no-untyped-def]
    """(low, high) of the signed product of two int64, as int64 words."""
    ua = np.uint64(-a) if a < 0 else np.uint64(a)
    ub = np.uint64(-b) if b < 0 else np.uint64(b)
    a0, a1 = ua & _LOW, ua >> _HALF
    b0, b1 = ub & _LOW, ub >> _HALF
    low = a0 * b0
    middle = a1 * b0 + (low >> _HALF)
    cross = a0 * b1 + (middle & _LOW)
    high = a1 * b1 + (middle >> _HALF) + (cross >> _HALF)
    low = (cross << _HALF) | (low & _LOW)
    if (a < 0) != (b < 0):
        low = ~low + np.uint64(1)
        high = ~high + (np.uint64(1) if low == np.uint64(0) else np.uint64(0))
    return np.int64(low), np.int64(high)


@kernel
def plus(low, high, low2, high2):  # type: ignore[no-untyped-def]
    """(low, high) of a sum of two 128-bit integers."""
    total = np.uint64(low) + np.uint64(low2)
    carry = np.int64(1) if total < np.uint64(low) else np.int64(0)
    return np.int64(total), high + high2 + carry


@kernel
def minus(low, high, low2, high2):  # type: ignore[no-untyped-def]
    """(low, high) of a difference of two 128-bit integers."""
    borrow = np.int64(1) if np.uint64(low) < np.uint64(low2) else np.int64(0)
    return np.int64(np.uint64(low) - np.uint64(low2)), high - high2 - borrow


@kernel
def variance(n, total, low, high):  # type: ignore[no-untyped-def]
    """Population variance of n > 0 integers from their sum and their sum of squares (low, high).

    With m = floor(sum / n) and r = sum - n m, the sum of (v - m)^2 is squares - m (sum + r): an exact integer, so
    nothing is lost to cancellation however far the values lie from zero.
    """
    m = total // n
    r = total - n * m
    low2, high2 = product(m, total + r)
    low, high = minus(low, high, low2, high2)
    around = np.float64(high) * 18446744073709551616.0 + np.float64(np.uint64(low))
    return max(0.0, (around - np.float64(r) * np.float64(r) / n) / n)
