"""Snapshots of profile state beside the ledger: `<seq>.bin`, each the state after that record, written atomically and
checked when read. One that is damaged, or newer than the ledger, is passed over: it only saves time."""

from __future__ import annotations

import hashlib
from pathlib import Path

from assay.core.errors import LedgerUnavailable
from assay.ledger.files import write_whole

_MAGIC = b"ASSAYSN1"
_KEPT = 2  # the newest, and the one before should the newest be damaged


class Snapshots:
    """The snapshots in one folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def save(self, seq: int, state: bytes) -> Path:
        """Keep the state after record `seq`, and drop all but the newest two. Raises `LedgerUnavailable`."""
        path = self.folder / f"{seq:020}.bin"
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            write_whole(path, _sealed(seq, state) + state, mode=0o600)
            for _, old in self._found()[_KEPT:]:
                old.unlink(missing_ok=True)
        except OSError as error:
            raise LedgerUnavailable(error.strerror or str(error), where=str(path)) from error
        return path

    def newest(self, upto: int) -> tuple[int, bytes] | None:
        """(seq, state) of the newest whole snapshot not after record `upto`; None where there is none."""
        for seq, path in self._found():
            if seq <= upto:
                try:
                    data = path.read_bytes()
                except OSError:
                    continue
                state = data[len(_MAGIC) + 32 :]
                if data[: len(_MAGIC) + 32] == _sealed(seq, state):
                    return seq, state
        return None

    def _found(self) -> list[tuple[int, Path]]:
        """Newest first."""
        named = [(path.stem, path) for path in self.folder.glob("*.bin")] if self.folder.is_dir() else []
        return sorted(((int(stem), path) for stem, path in named if stem.isdecimal()), reverse=True)


def _sealed(seq: int, state: bytes) -> bytes:
    """What a snapshot file begins with. The seq is hashed too, so that a renamed file is not believed."""
    hash_ = hashlib.sha256(str(seq).encode() + b"\n")
    hash_.update(state)
    return _MAGIC + hash_.digest()
