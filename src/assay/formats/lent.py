"""A file too large to travel stays where it is and is lent: evidence carries a name that nobody can guess, and whoever was told
the name finds the file by it, in this process or in another of the same user. When the lending ends, the name is worth nothing.

So a room can look at a file of many gigabytes piece by piece, and no text that comes from outside can name a path.
"""

from __future__ import annotations

import os
import re
import secrets
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_NAME = re.compile(r"[0-9a-f]{64}")


@contextmanager
def lent(path: Path) -> Iterator[str]:
    """Inside, `borrowed` finds the file by the name that this gives. Raises `OSError` where it cannot be lent."""
    folder = _folder()
    folder.mkdir(mode=0o700, exist_ok=True)
    if not _ours(folder):
        raise OSError(f"{folder} belongs to somebody else")
    name = secrets.token_hex(32)
    link = folder / name
    link.symlink_to(path.resolve())
    try:
        yield name
    finally:
        with suppress(OSError):
            link.unlink()


def borrowed(name: str) -> Path | None:
    """The file that was lent under this name; None where none is."""
    folder = _folder()
    if not _NAME.fullmatch(name) or not _ours(folder):
        return None
    path = folder / name
    return path if path.is_symlink() and path.is_file() else None


def _folder() -> Path:
    return Path(tempfile.gettempdir()) / f"assay-lent-{os.getuid() if hasattr(os, 'getuid') else 0}"


def _ours(folder: Path) -> bool:
    """Is it a folder of this user that nobody else may enter?"""
    try:
        state = folder.lstat()
    except OSError:
        return False
    mine = not hasattr(os, "getuid") or state.st_uid == os.getuid()
    return folder.is_dir() and not folder.is_symlink() and mine and not state.st_mode & 0o077


__all__ = ["borrowed", "lent"]
