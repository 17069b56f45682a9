"""A forest in arrays, in the terms of LightGBM's text format: what scoring and explaining share."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

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
