"""Vectors remembered to know a person's face again: their components as bytes in one array, who showed each, and the name
under which each is kept, encrypted, elsewhere (`assay.ledger.templates`). Here they lie in memory only.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Generic, Protocol, TypeVar

import msgspec
import numpy as np

from assay.core.trace import Trace

SCALE = 127.0  # a component of -1..1 as a byte: two faces half apart come out within 1 % of their distance
S = TypeVar("S")
MATCHES = 256  # looked at for one vector
THOUSAND = 1000


class Vault(Protocol):
    """Where vectors are kept; see `assay.ledger.templates`."""

    def name(self, evidence: str, number: int) -> bytes:
        """The name, 20 bytes, of this piece of evidence's trace number `number`."""
        ...

    def keep(self, owner: str, named: Sequence[tuple[bytes, bytes]]) -> None:
        """Names with their vectors, durable when this returns. Raises `LedgerUnavailable`."""
        ...

    def read(self, names: Collection[bytes]) -> dict[bytes, bytes]:
        """The vectors of these names that are still kept."""
        ...

    def erased(self) -> Sequence[bytes]:
        """Names erased since this was last asked, by whomever."""
        ...


def named(traces: Sequence[Trace], evidence: str, vault: Vault | None) -> tuple[Trace, ...]:
    """The traces as they may be recorded: in place of each vector its name; without a vault no vector at all."""
    if not any(trace.vector for trace in traces):
        return tuple(traces)
    if vault is None:
        return tuple(trace for trace in traces if not trace.vector)
    return tuple(
        msgspec.structs.replace(trace, value=vault.name(evidence, i)) if trace.vector else trace
        for i, trace in enumerate(traces)
    )


class Vectors(Generic[S]):
    """Those of one kind with who showed them, oldest first. When full, the oldest quarter is forgotten at once."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._names: list[bytes] = []
        self._shown: list[S] = []
        self._rows = np.zeros((64, 0), np.int8)

    def __len__(self) -> int:
        return len(self._names)

    def kept(self) -> list[tuple[bytes, S]]:
        """Names and showings; the vectors are in the vault."""
        return list(zip(self._names, self._shown, strict=True))

    def add(self, name: bytes, value: bytes, shown: S) -> None:
        """A vector of another length than those before is passed over: a newer network starts anew."""
        row = as_bytes(value)
        n = len(self)
        if not n:
            self._rows = np.zeros((64, len(row)), np.int8)
        if len(row) != self._rows.shape[1]:
            return
        if n >= self._most:
            self._drop(np.arange(n) >= max(1, n // 4))
            n = len(self)
        if n == len(self._rows):
            self._rows = np.concatenate([self._rows, np.zeros_like(self._rows)])
        self._rows[n] = row
        self._names.append(name)
        self._shown.append(shown)

    def forget(self, names: Collection[bytes]) -> None:
        """Those of these names; their bytes are overwritten."""
        if gone := set(names).intersection(self._names):
            self._drop(np.array([name not in gone for name in self._names]))

    def within(self, value: bytes, apart: float) -> list[tuple[int, S]]:
        """(distance in thousandths of `apart`, who showed it) of those at most `apart` away."""
        from assay.memory.nearest import scan_vectors

        wanted = as_bytes(value)
        if not len(self) or len(wanted) != self._rows.shape[1]:
            return []
        at, squared = np.empty(MATCHES, np.int64), np.empty(MATCHES, np.int64)
        limit = int((apart * SCALE) ** 2)
        found = scan_vectors(self._rows, len(self), wanted, limit, at, squared)
        shares = np.sqrt(squared[:found]) / (apart * SCALE) * THOUSAND
        return [(round(s), self._shown[i]) for i, s in zip(at[:found].tolist(), shares.tolist(), strict=True)]

    def _drop(self, keep: np.ndarray) -> None:
        n = len(self)
        left = self._rows[:n][keep]
        self._rows[: len(left)] = left
        self._rows[len(left) : n] = 0
        self._names = [name for name, stays in zip(self._names, keep.tolist(), strict=True) if stays]
        self._shown = [shown for shown, stays in zip(self._shown, keep.tolist(), strict=True) if stays]


def as_bytes(value: bytes) -> np.ndarray:
    """int8[n] of a vector's float32 components."""
    components = np.nan_to_num(np.frombuffer(value, "<f4").astype(np.float64), nan=0.0)
    return np.asarray(np.clip(np.rint(components * SCALE), -127, 127), np.int8)


def restored(most: int, kept: Mapping[str, Sequence[tuple[bytes, S]]], vault: Vault) -> dict[str, Vectors[S]]:
    """What `Vectors.kept` gave, by kind, with the vectors that the vault still has."""
    values = vault.read({name for run in kept.values() for name, _ in run})
    found: dict[str, Vectors[S]] = {}
    for kind, run in kept.items():
        found[kind] = Vectors(most)
        for name, shown in run:
            if name in values:
                found[kind].add(name, values[name], shown)
    return found
