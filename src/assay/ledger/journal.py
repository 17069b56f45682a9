"""What detectors remember of observations, between two snapshots: observations are on no record, so what was taken in of them
since the last snapshot stands here, in the order in which it was taken in.

A frame is its length and CRC-32 (two little-endian uint32) and its bytes. It is durable when `sync` returns; a frame that was
cut short by a crash ends its file. Each snapshot begins a new file, and files that no kept snapshot needs are deleted.
"""

from __future__ import annotations

import os
import struct
import zlib
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from threading import Lock

from assay.core.errors import LedgerUnavailable
from assay.ledger.files import sync_folder

_HEAD = struct.Struct("<II")
LONGEST = 1 << 30  # bytes of a frame


class Journal:
    """The journal in one folder. `add` and `turn` by whoever has the engine, `sync` by any thread."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._waiting: list[bytes] = []
        self._turn = Lock()
        self._file = -1
        self._size = 0
        self.number = max((number for number, _ in self._files()), default=0) + 1
        """Of the file that is written now. A start begins a new one: what a crash cut short stays behind."""

    def add(self, frame: bytes) -> None:
        """Takes in a frame; durable after the next `sync`."""
        with self._turn:
            self._waiting.append(_HEAD.pack(len(frame), zlib.crc32(frame)) + frame)

    def sync(self) -> None:
        """Makes what was added durable. Raises `LedgerUnavailable`; then the next one tries again."""
        with self._turn:
            if not self._waiting:
                return
            try:
                if self._file < 0:
                    self._open()
                whole = b"".join(self._waiting)
                data = memoryview(whole)
                while data:
                    data = data[os.write(self._file, data) :]
                os.fdatasync(self._file)
                self._size += len(whole)
                self._waiting = []
            except OSError as error:
                if self._file >= 0:
                    with suppress(OSError):
                        os.ftruncate(self._file, self._size)
                raise LedgerUnavailable(error.strerror or str(error), where=str(self.folder)) from error

    def drop(self) -> None:
        """Forgets what was added and is not durable."""
        with self._turn:
            self._waiting = []

    def turn(self) -> int:
        """Begins a new file; its number, from which on a snapshot of now needs the journal. Everything added must be durable."""
        with self._turn:
            if self._file >= 0:
                os.close(self._file)
                self._file = -1
                self.number += 1
            return self.number

    def frames(self, since: int) -> Iterator[bytes]:
        """Every whole frame of the files from this number on, in order, and what was added since."""
        for number, path in self._files():
            if number >= since:
                yield from _whole(path.read_bytes())
        with self._turn:
            waiting = list(self._waiting)
        yield from (frame[_HEAD.size :] for frame in waiting)

    def forget(self, before: int) -> None:
        """Deletes the files before this number."""
        for number, path in self._files():
            if number < before:
                path.unlink(missing_ok=True)

    def close(self) -> None:
        with self._turn:
            if self._file >= 0:
                os.close(self._file)
                self._file = -1

    def _open(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND
        self._file = os.open(self.folder / f"{self.number:08}.journal", flags, 0o600)
        self._size = os.fstat(self._file).st_size
        sync_folder(self.folder)

    def _files(self) -> list[tuple[int, Path]]:
        """In order."""
        found = self.folder.glob("*.journal") if self.folder.is_dir() else []
        return sorted((int(path.stem), path) for path in found if path.stem.isdecimal())


def _whole(data: bytes) -> Iterator[bytes]:
    at = 0
    while at + _HEAD.size <= len(data):
        length, crc = _HEAD.unpack_from(data, at)
        frame = data[at + _HEAD.size : at + _HEAD.size + length]
        if length > LONGEST or len(frame) < length or zlib.crc32(frame) != crc:
            return
        yield frame
        at += _HEAD.size + length
