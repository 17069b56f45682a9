"""Columns picked out of a matrix, compiled: for a single row it costs a tenth of numpy's way."""

from __future__ import annotations

from numba import njit


@njit("void(float64[:, :], int64[::1], float64[:, ::1])", cache=True, nogil=True)
def spread(values, source, out):  # type: ignore[no-untyped-def]
    """out[:, j] = values[:, source[j]]; where source[j] is negative, column j is left as it is."""
    for i in range(len(out)):
        for j in range(len(source)):
            if source[j] >= 0:
                out[i, j] = values[i, source[j]]
