"""Where the arrays of every pool lie, written down in one array: so one call of a kernel runs through all pools.

To hand over an array costs a fifth of a microsecond, and a dozen pools have hundreds: far more than an event's own work. A
row of the book holds address and shape of each array of one pool. The pool keeps its arrays alive, and writes down the new
place of one that it replaces before any kernel runs again.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic
from numba.np.arrayobj import populate_array

from assay.profiles.memory import Memory
from assay.profiles.plan import Program

# What a row holds: three words (address, rows, columns) for each array, then three plain numbers.
PROGRAM = 0
MEMORY = PROGRAM + len(Program._fields)
ORDER, FOLLOWING, SCALE, ATS = range(MEMORY + len(Memory._fields), MEMORY + len(Memory._fields) + 4)
OWN = 3 * (ATS + 1)  # the row of the key matrix that holds the pool's own keys
LABELS = OWN + 1  # which of the labelled entity kinds it is; -1: its features read no labels
WORDS = LABELS + 1


def note(row: np.ndarray, first: int, arrays: Sequence[np.ndarray]) -> None:
    """Writes down where these arrays lie, from entry `first` on."""
    for at, array in enumerate(arrays, start=first):
        if not array.flags.carray:
            raise ValueError("a pool's arrays are contiguous and writable")
        row[3 * at : 3 * at + 3] = array.ctypes.data, array.shape[0], array.shape[1] if array.ndim == 2 else 1


def _array(dtype: Any, dims: int) -> Any:
    """An intrinsic `(book, p, at) -> array`: what entry `at` of row p tells of. A function of numba's own would count the
    references to it."""
    kind = types.Array(dtype, dims, "C")

    @intrinsic
    def made(typing: Any, book: Any, p: Any, at: Any) -> Any:
        def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            def number(value: int) -> Any:
                return context.get_constant(types.intp, value)

            def word(i: int) -> Any:
                place = [arguments[1], builder.add(first, number(i))]
                return builder.load(cgutils.get_item_pointer(context, builder, book, whole, place))  # type: ignore[no-untyped-call]

            whole = context.make_array(book)(context, builder, arguments[0])
            first = builder.mul(arguments[2], number(3))
            array = context.make_array(kind)(context, builder)
            size = number(context.get_abi_sizeof(context.get_data_type(dtype)))
            shape = [word(1 + i) for i in range(dims)]
            strides = [builder.mul(shape[1], size), size] if dims == 2 else [size]
            data = builder.inttoptr(word(0), array.data.type)
            populate_array(array, data=data, shape=shape, strides=strides, itemsize=size, meminfo=None)  # type: ignore[no-untyped-call]
            return array._getvalue()

        return kind(book, types.intp, types.intp), generate

    return made


vector, table = _array(types.int64, 1), _array(types.int64, 2)
octets, floats = _array(types.int8, 1), _array(types.float64, 1)
