"""What profiles say of a batch: one row of window features per piece of evidence. Made by `assay.profiles`, read by detectors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache

import numpy as np

from assay.core.trace import Sighting

_NOWHERE: Mapping[int, tuple[Sighting, ...]] = {}


class Profile:
    """`values` is float64[n, len(names)]; NaN means the entity is absent or has no such past. `seen`: row -> where what
    it shows was seen before in other hands."""

    __slots__ = ("_index", "_seen", "names", "values")

    def __init__(
        self, names: tuple[str, ...], values: np.ndarray, seen: Mapping[int, tuple[Sighting, ...]] = _NOWHERE
    ) -> None:
        self.names, self.values, self._seen = names, values, seen
        self._index = _positions(names)

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

    def sightings(self, i: int) -> tuple[Sighting, ...]:
        """Where the traces of row i were seen before under other owners, nearest first; see `core.trace`."""
        return self._seen.get(i, ())

    def seeing(self, seen: Mapping[int, tuple[Sighting, ...]]) -> Profile:
        """The same numbers, with these sightings."""
        return Profile(self.names, self.values, seen)

    def spread(self, names: tuple[str, ...], out: np.ndarray) -> Sequence[int]:
        """Writes the columns of these names into out float64[n, len(names)], C order; returns the places of the names that
        are no features, whose columns are left as they are."""
        from assay.core.gather import spread  # compiled: not for those who only ask what rooms there are

        source, others = _places(self.names, names)
        spread(self.values, source, out)
        return others

    @classmethod
    def empty(cls, n: int) -> Profile:
        return cls((), np.empty((n, 0)))


@lru_cache(maxsize=256)
def _positions(names: tuple[str, ...]) -> dict[str, int]:
    return {name: i for i, name in enumerate(names)}


@lru_cache(maxsize=256)
def _places(names: tuple[str, ...], wanted: tuple[str, ...]) -> tuple[np.ndarray, tuple[int, ...]]:
    """int64[wanted]: where each wanted name stands, -1 nowhere; and which stand nowhere."""
    index = _positions(names)
    source = np.array([index.get(name, -1) for name in wanted], np.int64)
    return source, tuple(np.flatnonzero(source < 0).tolist())
