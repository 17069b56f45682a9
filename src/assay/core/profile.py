"""What profiles say of a batch: one row of window features per piece of evidence. Made by `assay.profiles`, read by detectors."""

from __future__ import annotations

import numpy as np


class Profile:
    """`values` is float64[n, len(names)]; NaN means the entity is absent or has no such past."""

    __slots__ = ("_index", "names", "values")

    def __init__(self, names: tuple[str, ...], values: np.ndarray) -> None:
        self.names, self.values = names, values
        self._index = {name: i for i, name in enumerate(names)}

    def __len__(self) -> int:
        return len(self.values)

    def __contains__(self, name: object) -> bool:
        return name in self._index

    def column(self, name: str) -> np.ndarray:
        """float64[n]; `KeyError` for a feature that nobody declared."""
        return self.values[:, self._index[name]]

    def row(self, i: int) -> dict[str, float]:
        """Feature -> value of one row, without the missing ones."""
        return {n: v for n, v in zip(self.names, self.values[i].tolist(), strict=True) if v == v}

    @classmethod
    def empty(cls, n: int) -> Profile:
        return cls((), np.empty((n, 0)))
