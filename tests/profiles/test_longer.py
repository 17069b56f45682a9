"""Arrays that grow: the same rows, and once they are large, in the same place."""

from __future__ import annotations

import numpy as np
import pytest

from assay.profiles import longer as growing
from assay.profiles.longer import longer


def test_rows_are_kept_and_a_large_array_stays_where_it_is() -> None:
    array = np.arange(12, dtype=np.int64).reshape(4, 3)
    places = set()
    for rows in (5, 100, 50_000, 100_000, 1_000_000):
        array = longer(array, rows)
        assert array.shape == (rows, 3)
        assert array.flags.carray
        assert array[:4].tolist() == [[0, 1, 2], [3, 4, 5], [6, 7, 8], [9, 10, 11]]
        places |= {array.ctypes.data} if rows >= 50_000 else set()
    assert len(places) == 1
    array[-1] = 7  # what was reserved can be written to


def test_a_system_that_reserves_nothing_gets_copies(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(growing.mmap, "MAP_ANONYMOUS")
    array = longer(np.ones(1 << 18), 1 << 19)
    assert array.base is None
    assert array[: 1 << 18].all()
