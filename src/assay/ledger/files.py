"""Files that appear whole or not at all, and the lock that keeps a ledger to one writer."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

from assay.core.errors import LedgerUnavailable


def sync(handle: int) -> None:
    """Wait until all that was written to a file is on the disk."""
    (os.fdatasync if hasattr(os, "fdatasync") else os.fsync)(handle)


def sync_folder(folder: Path) -> None:
    """Make a rename in this folder durable."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def write_whole(path: Path, data: bytes, mode: int = 0o644) -> None:
    """Replace a file atomically and durably: after a crash it holds either the old bytes or the new."""
    draft = path.with_name(path.name + ".tmp")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
    with os.fdopen(handle, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
    sync_folder(path.parent)


class WriterLock:
    """Held while a process writes a ledger. The kernel lets go of it when the process ends, however it ends."""

    def __init__(self, path: Path) -> None:
        """Raises `LedgerUnavailable` where another process holds it."""
        try:
            self._handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
        except OSError as error:
            raise LedgerUnavailable(error.strerror or str(error), where=str(path)) from error
        try:
            fcntl.flock(self._handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            holder = os.pread(self._handle, 20, 0).decode("ascii", "replace").strip()
            os.close(self._handle)
            raise LedgerUnavailable(
                f"another process ({holder or 'unknown'}) is writing this ledger",
                where=str(path.parent),
                hint="stop it, or open the ledger for reading",
            ) from error
        try:
            os.ftruncate(self._handle, 0)
            os.pwrite(self._handle, str(os.getpid()).encode(), 0)
        except OSError:
            pass  # the number is only for the message above; a full disk must not stop us here

    def release(self) -> None:
        os.close(self._handle)
