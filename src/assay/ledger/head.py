"""The end of the hash chain, noted in a file beside the database now and then: records cut off the end of a chain leave
a whole chain, so something outside it has to remember how far it went."""

from __future__ import annotations

from pathlib import Path

import msgspec

from assay.ledger.files import write_whole


class Head(msgspec.Struct, frozen=True):
    """After record `seq` the chain's hash was `head` (hex)."""

    seq: int
    head: str


def note_head(folder: Path, head: Head) -> None:
    """Raises OSError."""
    write_whole(folder / "head.json", msgspec.json.encode(head))


def noted_head(folder: Path) -> Head | None:
    """What was noted last, if anything."""
    try:
        return msgspec.json.decode((folder / "head.json").read_bytes(), type=Head)
    except (OSError, msgspec.DecodeError):
        return None
