"""Something made with effort and kept on disk, so that the next start need not make it anew: known by an identity of all that it
was made of, checked by its SHA-256 before anybody decodes it, and taken only where nobody else could have written it. Anything
wrong with it, and it is as if it were not there.
"""

from __future__ import annotations

import hashlib
import os
import stat
import tempfile
from pathlib import Path

_HASH = 32


def read_kept(path: Path, magic: bytes, identity: bytes, most: int) -> bytes | None:
    """What `write_kept` put there under this identity (32 bytes); None where it is not just that."""
    try:
        with path.open("rb") as file:
            if not _only_ours(os.fstat(file.fileno())):
                return None
            head = file.read(len(magic) + 2 * _HASH)
            if head[: len(magic)] != magic or head[len(magic) : -_HASH] != identity:
                return None
            payload = file.read(most)
    except OSError:
        return None
    return payload if hashlib.sha256(payload).digest() == head[-_HASH:] else None


def write_kept(path: Path, magic: bytes, identity: bytes, payload: bytes) -> None:
    """Whole or not at all. Raises `OSError` where the folder cannot be written to."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=path.name)  # 0600
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(magic + identity + hashlib.sha256(payload).digest() + payload)
        Path(name).replace(path)
    except OSError:
        Path(name).unlink(missing_ok=True)
        raise


def _only_ours(found: os.stat_result) -> bool:
    """Could nobody but us (and root) have written it?"""
    if not hasattr(os, "geteuid"):
        return True
    return stat.S_ISREG(found.st_mode) and found.st_uid in (os.geteuid(), 0) and not found.st_mode & 0o022


__all__ = ["read_kept", "write_kept"]
