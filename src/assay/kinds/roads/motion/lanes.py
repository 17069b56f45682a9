"""Where others drive: a road map that is learnt from the traffic itself, cell by cell.

No map is asked for. A place is held against a sender only where the country around is well known and nobody else drove there;
a sender that is in doubt teaches nothing.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from assay.kinds.roads.motion.layout import AT

CELL = 8.0  # metres
COUNTRY = 96.0  # metres
PLACES = 1 << 18
COUNTRIES = 1 << 14
MOST = 65_000
_OTHERS, _KNOWN = AT["road_others"], AT["road_known"]


@njit(cache=True, nogil=True)
def _hash(cx, cy, size):  # type: ignore[no-untyped-def]
    mixed = np.uint64(cx) * np.uint64(0x9E3779B97F4A7C15) ^ np.uint64(cy) * np.uint64(0xC2B2AE3D27D4EB4F)
    mixed ^= mixed >> np.uint64(29)
    return int(mixed & np.uint64(size - 1)), np.uint32(mixed >> np.uint64(32)) | np.uint32(1)


@njit(cache=True, nogil=True)
def look_at_road(tags, visits, countries, x, y, out):  # type: ignore[no-untyped-def]
    """Fills how many others drove within a cell of here, and how well the country is known (natural logarithms of one more
    than visits)."""
    cx, cy = math.floor(x / CELL), math.floor(y / CELL)
    near = 0
    for i in range(-1, 2):
        for j in range(-1, 2):
            at, tag = _hash(cx + i, cy + j, PLACES)
            if tags[at] == tag:
                near += visits[at]
    at, _ = _hash(math.floor(x / COUNTRY), math.floor(y / COUNTRY), COUNTRIES)
    out[_KNOWN] = math.log1p(countries[at])
    out[_OTHERS] = math.log1p(near)


@njit(cache=True, nogil=True)
def teach(tags, visits, countries, x, y, x_before, y_before):  # type: ignore[no-untyped-def]
    """A sender that is not in doubt came from there to here: a visit, where it is another cell."""
    cx, cy = math.floor(x / CELL), math.floor(y / CELL)
    if cx == math.floor(x_before / CELL) and cy == math.floor(y_before / CELL):
        return
    at, tag = _hash(cx, cy, PLACES)
    if tags[at] != tag:  # the newer place takes the room
        tags[at], visits[at] = tag, 0
    if visits[at] < MOST:
        visits[at] += 1
    at, _ = _hash(math.floor(x / COUNTRY), math.floor(y / COUNTRY), COUNTRIES)
    if countries[at] < MOST:
        countries[at] += 1


__all__ = ["COUNTRIES", "PLACES", "look_at_road", "teach"]
