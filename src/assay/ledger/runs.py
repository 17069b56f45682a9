"""Sorted runs: an index from 64-bit keys to seqs, kept as immutable files of sorted arrays that are mapped, not read.

The write side of a log-structured merge tree (O'Neil et al. 1996): entries gather in memory (`recent.py`), are written
as one sorted run, and neighbouring runs of like size are merged, so there are about log2(n / 131072) of them. A run is
derived data: deleting the folder costs a rebuild at the next start and nothing else.
"""

from __future__ import annotations

import mmap
import os
import re
import struct
import zlib
from pathlib import Path

import numpy as np
from numba import njit

from assay.ledger.files import sync_folder

# magic, bits of the directory, entries, first and last seq covered, crc32 of the arrays; then the header's own crc32.
_HEADER = struct.Struct("<8sIIqqqI")
_MAGIC, _HEAD = b"ASSAYRN1", 64
_NAME = re.compile(r"([a-z]+)\.(\d{20})-(\d{20})\.run")


@njit("void(uint32[::1], int64, uint64[::1], uint64[::1], int64[::1])", cache=True, nogil=True)
def _find(directory, bits, keys, wanted, out):  # type: ignore[no-untyped-def]
    """out[i] = the first place of wanted[i] in keys, or -1. The directory says where each prefix begins."""
    shift = np.uint64(64 - bits)
    for i in range(len(wanted)):
        key = wanted[i]
        low = np.int64(directory[np.int64(key >> shift)])
        high = np.int64(directory[np.int64(key >> shift) + 1])
        while low < high:
            middle = (low + high) // 2
            if keys[middle] < key:
                low = middle + 1
            else:
                high = middle
        out[i] = low if low < len(keys) and keys[low] == key else -1


@njit(
    "void(uint64[::1], uint32[::1], uint64[::1], uint32[::1], uint32, uint64[::1], uint32[::1])", cache=True, nogil=True
)
def _merge(keys_a, seqs_a, keys_b, seqs_b, shift_b, keys, seqs):  # type: ignore[no-untyped-def]
    """Two sorted runs as one; of equal keys a's come first, since a is the older."""
    i, j = 0, 0
    for k in range(len(keys)):
        if j >= len(keys_b) or (i < len(keys_a) and keys_a[i] <= keys_b[j]):
            keys[k], seqs[k] = keys_a[i], seqs_a[i]
            i += 1
        else:
            keys[k], seqs[k] = keys_b[j], seqs_b[j] + shift_b
            j += 1


class Run:
    """One file: `keys` uint64[n] ascending, `seqs` uint32[n] from `first`, both mapped from disk."""

    def __init__(self, path: Path) -> None:
        """Raises ValueError where the file is not a whole run."""
        self.path = path
        with path.open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            if size < _HEAD:
                raise ValueError(f"{path.name}: too short")
            # Private rather than read-only, since the compiled functions take writable arrays; nothing writes to it.
            mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_COPY)
        header = mapped[: _HEADER.size]
        magic, self.bits, check, self.n, self.first, self.last, self._crc = _HEADER.unpack(header)
        if magic != _MAGIC or check != zlib.crc32(header[:12] + b"\0\0\0\0" + header[16:]):
            raise ValueError(f"{path.name}: damaged header")
        slots = (1 << self.bits) + 1
        if size != _HEAD + 12 * self.n + 4 * slots:
            raise ValueError(f"{path.name}: wrong size")
        self.keys = np.frombuffer(mapped, np.uint64, self.n, _HEAD)
        self.seqs = np.frombuffer(mapped, np.uint32, self.n, _HEAD + 8 * self.n)
        self.directory = np.frombuffer(mapped, np.uint32, slots, _HEAD + 12 * self.n)

    def intact(self) -> bool:
        """Do the arrays still have the checksum they were written with? Reads the whole file."""
        return _checksum(self.keys, self.seqs, self.directory) == int(self._crc)

    def find(self, wanted: np.ndarray) -> np.ndarray:
        """int64: the first place of each wanted key, -1 where absent."""
        out = np.empty(len(wanted), np.int64)
        _find(self.directory, self.bits, self.keys, wanted, out)
        return out

    def newest(self, key: np.uint64, before: int, limit: int) -> np.ndarray:
        """The highest seqs below `before` under one key, at most `limit`, ascending; int64."""
        low = int(np.searchsorted(self.keys, key, "left"))
        high = int(np.searchsorted(self.keys, key, "right"))
        end = low + int(np.searchsorted(self.seqs[low:high].astype(np.int64), before - self.first, "left"))
        newest: np.ndarray = self.seqs[max(low, end - limit) : end].astype(np.int64) + self.first
        return newest

    def count(self, key: np.uint64) -> int:
        return int(np.searchsorted(self.keys, key, "right") - np.searchsorted(self.keys, key, "left"))


def _checksum(*arrays: np.ndarray) -> int:
    crc = 0
    for array in arrays:
        crc = zlib.crc32(array.data, crc)
    return crc


def write_run(folder: Path, name: str, keys: np.ndarray, seqs: np.ndarray, first: int, last: int) -> Run:
    """Write sorted `keys` and their `seqs` (uint32 from `first`) as one run covering the seqs first..last; the file
    appears whole or not at all."""
    n = len(keys)
    bits = max(1, min(28, (max(n, 1) // 8).bit_length()))
    starts = np.searchsorted(keys, np.arange(1 << bits, dtype=np.uint64) << np.uint64(64 - bits)).astype(np.uint32)
    directory = np.append(starts, np.uint32(n))
    crc = _checksum(keys, seqs, directory)
    bare = _HEADER.pack(_MAGIC, bits, 0, n, first, last, crc)
    header = _HEADER.pack(_MAGIC, bits, zlib.crc32(bare), n, first, last, crc)
    path = folder / f"{name}.{first:020}-{last:020}.run"
    with path.with_suffix(".tmp").open("wb") as file:
        file.write(header.ljust(_HEAD, b"\0"))
        for part in (keys, seqs, directory):
            file.write(part.data)
        file.flush()
        os.fsync(file.fileno())
    path.with_suffix(".tmp").replace(path)
    sync_folder(folder)
    return Run(path)


class Runs:
    """Every run of one index, oldest first, together covering the seqs 1..`covered` without a gap."""

    def __init__(self, folder: Path, name: str, upto: int, *, writable: bool, check: bool) -> None:
        """Use what is there and whole. Runs past `upto`, damaged, or merged into a larger one are passed over, and
        removed where we may write. With `check` each is read and held against its checksum."""
        self.folder, self.name = folder, name
        self.runs: list[Run] = []
        paths = [p for p in folder.glob(f"{name}.*.run") if _NAME.fullmatch(p.name)] if folder.is_dir() else []
        at = {path: tuple(int(x) for x in _NAME.fullmatch(path.name).groups()[1:]) for path in paths}  # type: ignore[union-attr]
        for path in sorted(paths, key=lambda p: (at[p][0], -at[p][1])):
            first, last = at[path]
            if first == self.covered + 1 and last <= upto:
                try:
                    run = Run(path)
                    if not check or run.intact():
                        self.runs.append(run)
                        continue
                except (OSError, ValueError):
                    pass
            if writable:
                path.unlink(missing_ok=True)

    @property
    def covered(self) -> int:
        return self.runs[-1].last if self.runs else 0

    def find(self, wanted: np.ndarray) -> list[tuple[int, int]]:
        """(row, seq) for every entry under each wanted key, in no particular order."""
        hits: list[tuple[int, int]] = []
        for run in self.runs:
            places = run.find(wanted)
            for row in np.flatnonzero(places >= 0).tolist():
                place = int(places[row])
                while place < run.n and run.keys[place] == wanted[row]:
                    hits.append((row, int(run.seqs[place]) + run.first))
                    place += 1
        return hits

    def newest(self, key: np.uint64, before: int, limit: int) -> np.ndarray:
        """The highest seqs below `before` under one key, at most `limit`, ascending; int64."""
        found: list[np.ndarray] = []
        for run in reversed(self.runs):
            if limit <= 0:
                break
            seqs = run.newest(key, before, limit)
            found.append(seqs)
            limit -= len(seqs)
        return np.concatenate(found[::-1]) if found else np.empty(0, np.int64)

    def count(self, key: np.uint64) -> int:
        return sum(run.count(key) for run in self.runs)

    def add(self, keys: np.ndarray, seqs: np.ndarray, last: int) -> None:
        """Write unsorted entries, all after `covered` and ascending in seq, as the newest run."""
        first = self.covered + 1
        order = np.argsort(keys, kind="stable")
        self.runs = [
            *self.runs,
            write_run(self.folder, self.name, keys[order], (seqs - first).astype(np.uint32)[order], first, last),
        ]

    def merge(self) -> None:
        """Merge the newest runs until each is more than twice as long as the next."""
        while len(self.runs) > 1 and self.runs[-2].n <= 2 * self.runs[-1].n:
            a, b = self.runs[-2:]
            keys, seqs = np.empty(a.n + b.n, np.uint64), np.empty(a.n + b.n, np.uint32)
            _merge(a.keys, a.seqs, b.keys, b.seqs, np.uint32(b.first - a.first), keys, seqs)
            self.runs = [*self.runs[:-2], write_run(self.folder, self.name, keys, seqs, a.first, b.last)]
            # Readers that still hold the old runs keep their mappings; the names can go.
            a.path.unlink(missing_ok=True)
            b.path.unlink(missing_ok=True)
