"""A file taken whole: its name as an id that travels in lines, and its bytes within a bound."""

from __future__ import annotations

from pathlib import Path

from assay.core.errors import UnreadableInput


def plain_file_name(path: Path, otherwise: str, most: int = 90) -> str:
    """The name without folder and without what cannot be printed, its last `most` characters; `otherwise` where none are."""
    return "".join(c for c in path.name if c.isprintable())[-most:] or otherwise


def read_whole(path: Path, most: int) -> bytes:
    """The file's bytes. Raises `UnreadableInput` for more than `most`, before a byte is read."""
    size = path.stat().st_size
    if size > most:
        raise UnreadableInput(f"the file has {size} bytes", where=str(path), hint=f"at most {most} are read")
    return path.read_bytes()


__all__ = ["plain_file_name", "read_whole"]
