"""Logs as they lie on disk, plain or packed by gzip: their beginning, their bytes, and their lines, never more than a bound at
once."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, cast

from assay.core.errors import UnreadableInput
from assay.core.kind import RowError

GZIP = b"\x1f\x8b"
HEAD = 65_536  # bytes of what is packed, to know it by
MAX_UNPACKED = 16 << 30  # bytes of one packed log; what is beyond is refused aloud


def head_of(head: bytes) -> bytes:
    """The beginning of a log from the beginning of its file: unpacked where it is packed, empty where that is broken."""
    if not head.startswith(GZIP):
        return head
    try:
        return zlib.decompressobj(wbits=31).decompress(head, HEAD)
    except zlib.error:
        return b""


@contextmanager
def opened(path: Path) -> Iterator[IO[bytes]]:
    """Its bytes. Raises `UnreadableInput` where a packed one is broken, after all that could be read of it."""
    with path.open("rb") as file:
        packed = file.read(2) == GZIP
    try:
        if packed:
            with gzip.open(path, "rb") as unpacked:
                yield cast(IO[bytes], unpacked)
        else:
            with path.open("rb") as file:
                yield file
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise UnreadableInput(f"what is packed is damaged: {error}", where=str(path)) from None


def bounded_lines(file: IO[bytes], most: int, reject: Callable[[RowError], None]) -> Iterator[tuple[int, bytes]]:
    """(row, line) of every line of fewer than `most` bytes; a longer one is refused and passed over."""
    row = total = 0
    while line := file.readline(most):
        row += 1
        total += len(line)
        if total > MAX_UNPACKED:
            reject(RowError(row, f"the log has more than {MAX_UNPACKED} bytes; the rest was not read"))
            return
        if len(line) == most and not line.endswith(b"\n"):
            reject(RowError(row, f"the line has more than {most} bytes"))
            while (rest := file.readline(most)) and not rest.endswith(b"\n"):
                total += len(rest)
                if total > MAX_UNPACKED:
                    break
            continue
        yield row, line


__all__ = ["bounded_lines", "head_of", "opened"]
