"""The memory of traces: who showed which page, portrait or account number, and who shows the same again.

`keyed` turns a trace into what may be kept: a value that is matched exactly becomes an HMAC, a perceptual hash is masked by
a keyed constant, under which distances stay what they were. A vector, a person's template, is remembered only where there
is a vault that keeps it encrypted and can forget it; on record there is only its name. `Traces` remembers keyed traces in the
order in which evidence came, so that replaying the ledger gives the same memory. It is bounded: beyond `most` of a kind the
oldest are forgotten.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Sequence
from typing import Any

import msgspec
import numpy as np

from assay.core.batch import Batch
from assay.core.finding import Where
from assay.core.trace import NEAR_BYTES, Sighting, Trace
from assay.memory.vectors import Vault, Vectors, restored

Seal = Callable[[str, str], str]
MOST = 1_000_000  # of one kind: 32 MB of hashes and some 150 MB of who showed them
OWNERS = 64  # remembered of one exact value: more make it a form that everybody has
MATCHES = 4096  # looked at for one near trace
TOLD = 5  # sightings told of one trace
_WORDS = NEAR_BYTES // 8


def keyed(trace: Trace, seal: Seal | None) -> Trace:
    """The trace as it may be remembered and, but for a vector, recorded."""
    if trace.apart:
        return trace
    if trace.near:
        mask = _digest(trace.kind, b"mask", seal, NEAR_BYTES)
        value = bytes(a ^ b for a, b in zip(trace.value, mask, strict=True))
    else:
        value = _digest(trace.kind, trace.value, seal, 16)
    return msgspec.structs.replace(trace, value=value)


def _digest(kind: str, value: bytes, seal: Seal | None, size: int) -> bytes:
    plain = hashlib.sha256(kind.encode() + b"\0" + value).digest()
    if seal is not None:
        token = seal("trace", plain.hex()).rpartition("_")[2].upper()
        plain = hashlib.sha256(base64.b32decode(token + "=" * (-len(token) % 8))).digest()
    return plain[:size]


def owner_of(batch: Batch[Any], i: int) -> str:
    """In whose hands the evidence of row i is: its customer's, else its own (nobody else's)."""
    return str(batch.entity("customer")[i] or batch.ids[i])


class Source(msgspec.Struct, frozen=True, array_like=True):
    """A piece of evidence that showed something."""

    owner: str
    evidence: str
    time: int


class Shown(msgspec.Struct, frozen=True, array_like=True):
    """One showing of one trace."""

    source: Source
    where: Where


class Kept(msgspec.Struct, frozen=True):
    """The whole memory in plain values: exact traces with their showings, and near ones as one run of bytes a kind with
    as many showings, in the order they came; of vectors the names."""

    exact: list[tuple[str, bytes, list[Shown]]] = []
    near: dict[str, tuple[bytes, list[Shown]]] = {}
    vectors: dict[str, list[tuple[bytes, Shown]]] = {}


class Traces:
    """Asked and told row by row: `sightings` first, then `remember`. Without a vault no vector is remembered."""

    def __init__(self, most: int = MOST, kept: Kept | None = None, vault: Vault | None = None) -> None:
        self.most, self.vault = most, vault
        self._exact: dict[str, dict[bytes, dict[str, Shown]]] = {}
        self._near: dict[str, _Hashes] = {}
        self._vectors: dict[str, Vectors[Shown]] = {}
        if kept is not None:
            self._vectors = restored(most, kept.vectors, vault) if vault is not None else {}
            for kind, value, showings in kept.exact:
                self._exact.setdefault(kind, {})[value] = {one.source.owner: one for one in showings}
            self._near = {kind: _Hashes(most, *run) for kind, run in kept.near.items()}

    def __len__(self) -> int:
        exact = sum(len(showings) for values in self._exact.values() for showings in values.values())
        return exact + sum(map(len, self._near.values())) + sum(map(len, self._vectors.values()))

    def kept(self) -> Kept:
        """All of it, to be stored and given back to a new one."""
        exact = [
            (kind, value, list(showings.values()))
            for kind, values in self._exact.items()
            for value, showings in values.items()
        ]
        self._forget_erased()
        near = {kind: hashes.kept() for kind, hashes in self._near.items()}
        return Kept(exact, near, {kind: vectors.kept() for kind, vectors in self._vectors.items()})

    def sightings(self, traces: Sequence[Trace], owner: str) -> tuple[Sighting, ...]:
        """Where these keyed traces were shown by others than `owner`, nearest first and then latest first; for each trace
        at most `TOLD`, one an owner."""
        found: list[Sighting] = []
        if any(trace.apart for trace in traces):
            self._forget_erased()
        for trace in traces:
            others: dict[str, tuple[int, Shown]] = {}
            for distance, shown in self._matches(trace):
                known = others.get(shown.source.owner)
                if shown.source.owner != owner and (known is None or distance < known[0]):
                    others[shown.source.owner] = (distance, shown)
            ranked = sorted(others.values(), key=lambda match: (match[0], -match[1].source.time))
            among = len(self._vectors[trace.kind]) if trace.apart and ranked else 0
            found += [_sighting(trace, distance, shown, len(others), among) for distance, shown in ranked[:TOLD]]
        return tuple(sorted(found, key=lambda seen: seen.distance))

    def remember(self, traces: Sequence[Trace], owner: str, evidence: str, time: int) -> None:
        """These keyed traces were shown by this evidence."""
        source = Source(owner, evidence, time)
        for i, trace in enumerate(traces):
            shown = Shown(source, trace.where)
            if trace.apart:
                self._remember_vector(trace, i, shown)
            elif trace.near:
                if trace.kind not in self._near:
                    self._near[trace.kind] = _Hashes(self.most)
                self._near[trace.kind].add(trace.value, shown)
            else:
                self._remember_exact(trace, shown)

    def _remember_vector(self, trace: Trace, number: int, shown: Shown) -> None:
        """As shown now, or on record by name."""
        if self.vault is None:
            return
        if trace.vector:
            name, value = self.vault.name(shown.source.evidence, number), trace.value
        elif (kept := self.vault.read([trace.value]).get(trace.value)) is not None:
            name, value = trace.value, kept
        else:
            return  # erased since
        if trace.kind not in self._vectors:
            self._vectors[trace.kind] = Vectors(self.most)
        self._vectors[trace.kind].add(name, value, shown)

    def _forget_erased(self) -> None:
        if self.vault is not None and (names := self.vault.erased()):
            for vectors in self._vectors.values():
                vectors.forget(names)

    def _remember_exact(self, trace: Trace, shown: Shown) -> None:
        values = self._exact.setdefault(trace.kind, {})
        showings = values.setdefault(trace.value, {})
        if shown.source.owner not in showings and len(showings) < OWNERS:
            showings[shown.source.owner] = shown
        if len(values) > self.most:
            values.pop(next(iter(values)))

    def _matches(self, trace: Trace) -> list[tuple[int, Shown]]:
        if trace.apart:
            vectors = self._vectors.get(trace.kind)
            return vectors.within(trace.value, trace.apart) if vectors is not None and trace.vector else []
        if trace.near:
            hashes = self._near.get(trace.kind)
            return [] if hashes is None else hashes.within(trace.value, trace.near)
        return [(0, shown) for shown in self._exact.get(trace.kind, {}).get(trace.value, {}).values()]


def _sighting(trace: Trace, distance: int, shown: Shown, owners: int, among: int) -> Sighting:
    source = shown.source
    return Sighting(
        trace.kind, source.evidence, source.owner, source.time, trace.where, shown.where, distance, owners, among
    )  # fmt: skip


class _Hashes:
    """Hashes of one kind with their showings, oldest first. When full, the oldest quarter is forgotten at once."""

    def __init__(self, most: int, data: bytes = b"", showings: Sequence[Shown] = ()) -> None:
        self._most, self._showings = most, list(showings)
        held = np.frombuffer(data, np.uint64).reshape(-1, _WORDS)
        self._rows = np.zeros((max(64, len(held)), _WORDS), np.uint64)
        self._rows[: len(held)] = held

    def __len__(self) -> int:
        return len(self._showings)

    def kept(self) -> tuple[bytes, list[Shown]]:
        return self._rows[: len(self)].tobytes(), self._showings

    def add(self, value: bytes, shown: Shown) -> None:
        n = len(self)
        if n >= self._most:
            gone = max(1, n // 4)
            self._rows[: n - gone] = self._rows[gone:n]
            del self._showings[:gone]
            n -= gone
        elif n == len(self._rows):
            self._rows = np.concatenate([self._rows, np.zeros_like(self._rows)])
        self._rows[n] = np.frombuffer(value, np.uint64)
        self._showings.append(shown)

    def within(self, value: bytes, radius: int) -> list[tuple[int, Shown]]:
        from assay.memory.nearest import scan

        at, distance = np.empty(MATCHES, np.int64), np.empty(MATCHES, np.int64)
        found = scan(self._rows, len(self), np.frombuffer(value, np.uint64).copy(), radius, at, distance)
        return [
            (int(d), self._showings[i]) for i, d in zip(at[:found].tolist(), distance[:found].tolist(), strict=True)
        ]
