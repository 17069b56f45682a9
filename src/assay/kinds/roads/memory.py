"""What `roads.misbehaviour` remembers between batches: what every sender did, what was told of whom, and the last few thousand
messages, of which the scene around a doubtful one is drawn.
"""

from __future__ import annotations

import numpy as np

from assay.kinds.roads.motion.layout import MESSAGE
from assay.kinds.roads.motion.watch import Watch
from assay.kinds.roads.packed import packed, unpacked
from assay.kinds.roads.rows import Said
from assay.kinds.roads.scene import TAIL, Scenes
from assay.kinds.roads.told import Told


class Memory:
    def __init__(self) -> None:
        self.watch, self.told = Watch(), Told()
        self._keys: np.ndarray = np.zeros(0, np.uint64)
        self._rows: np.ndarray = np.zeros((0, MESSAGE))
        self._names: list[str] = []

    def scenes(self, said: Said, key: np.ndarray, companion: np.ndarray) -> Scenes:
        """Scenes for these messages, which become part of what is remembered."""
        before = len(self._rows)
        keys, rows = np.concatenate([self._keys, key]), np.concatenate([self._rows, said.rows])
        names = self._names + said.names
        self._keys, self._rows, self._names = keys[-TAIL:], rows[-TAIL:], names[-TAIL:]
        return Scenes(before, keys, companion, rows, names)

    def kept(self) -> bytes:
        """Everything as bytes."""
        arrays = self.watch.kept() | {"tail_keys": self._keys, "tail_rows": self._rows}
        arrays |= {f"told_{name}": array for name, array in self.told.kept().items()}
        return packed(arrays, self._names)

    @classmethod
    def of(cls, kept: bytes) -> Memory | None:
        """The inverse of `kept`; None for anything else."""
        memory = cls()
        try:
            arrays, names = unpacked(kept)
            memory.watch.bring_back(arrays)
            memory.told.bring_back({name[5:]: array for name, array in arrays.items() if name.startswith("told_")})
            memory._keys, memory._rows, memory._names = arrays["tail_keys"], arrays["tail_rows"], names
        except (ValueError, KeyError, IndexError, TypeError):
            return None
        return memory


__all__ = ["Memory"]
