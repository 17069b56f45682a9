"""A forest in arrays, and which side of a split a value falls on: what scoring and explaining share.

The layout and the rules for missing values and categories are those of LightGBM's text format.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

CATEGORY, DEFAULT_LEFT, NAN_IS_MISSING, ZERO_IS_MISSING = 1, 2, 8, 4  # bits of LightGBM's decision_type


class Packed(NamedTuple):
    """All trees end to end; children below zero are leaves, ~child their place in `leaves`."""

    roots: np.ndarray
    feature: np.ndarray
    threshold: np.ndarray
    kind: np.ndarray
    children: np.ndarray
    leaves: np.ndarray
    bounds: np.ndarray
    bits: np.ndarray


@njit(cache=True, nogil=True, inline="always")
def side(value, how, threshold, bounds, bits):  # type: ignore[no-untyped-def]
    """0 where the value goes left, 1 where it goes right. `how`: the split's bits; a category's threshold is its place
    in `bounds`, between which lie its words of `bits`."""
    if how & CATEGORY:
        goes = 1
        if -1 < value < 2147483648:  # missing and unseen categories go right
            code, at = np.int64(value), np.int64(threshold)
            word = bounds[at] + (code >> 5)
            if word < bounds[at + 1] and (bits[word] >> np.uint32(code & 31)) & np.uint32(1):
                goes = 0
    else:
        if value != value and not how & NAN_IS_MISSING:
            value = 0.0
        if value != value or (how & ZERO_IS_MISSING and abs(value) <= 1e-35):
            goes = 0 if how & DEFAULT_LEFT else 1
        else:
            goes = 0 if value <= threshold else 1
    return goes
