"""Arrays that grow where they lie. To copy a large one takes tens of milliseconds, in which no payment is answered; so one
that outgrows `_SMALL` moves once into a stretch of addresses reserved far beyond its end. Reserved addresses are not memory:
the system gives a page when it is first written to."""

from __future__ import annotations

import mmap
from math import prod
from typing import Any

import numpy as np

_SMALL = 1 << 20  # bytes; less is copied in well under a millisecond
_REACH = 1 << 32  # bytes reserved for one array
_NO_RESERVE = getattr(mmap, "MAP_NORESERVE", 0x4000)  # Linux's number, where Python does not name it yet


def longer(array: np.ndarray, rows: int) -> np.ndarray:
    """The array with room for `rows` rows, the new ones unset; in place where what was reserved for it reaches so far."""
    whole: Any = array.base
    if isinstance(getattr(whole, "base", None), mmap.mmap) and rows <= len(whole):
        in_place: np.ndarray = whole[:rows]
        return in_place
    shape, size = array.shape[1:], array.itemsize * prod(array.shape[1:])
    bigger = None if rows * size < _SMALL else _reserved(max(_REACH, 4 * rows * size) // size, shape, array.dtype)
    bigger = np.empty((rows, *shape), array.dtype) if bigger is None else bigger[:rows]
    bigger[: len(array)] = array
    return bigger


def _reserved(rows: int, shape: tuple[int, ...], dtype: np.dtype) -> np.ndarray | None:
    """An array over reserved addresses; None where the system (or a limit set on this process) has none to give."""
    try:
        flags = mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | _NO_RESERVE
        place = mmap.mmap(-1, rows * dtype.itemsize * prod(shape), flags=flags)
        place.madvise(mmap.MADV_HUGEPAGE)  # as numpy does with its own
    except (AttributeError, OSError):
        return None
    return np.ndarray((rows, *shape), dtype, buffer=place)
