"""Unpacking within bounds: streams of deflate, bzip2, LZMA and Zstandard, read piece by piece, never further than a budget
allows. What an archive says of its own sizes is never believed.
"""

from __future__ import annotations

import bz2
import io
import lzma
import time
import zlib
from collections.abc import Callable, Iterator
from typing import Any

MEMBER = 64 << 20  # bytes of one thing unpacked
TOTAL = 256 << 20  # of everything unpacked from one archive
SECONDS = 20.0
_STEP = 1 << 20
_DOUBTED, _GROWTH = 16 << 20, 200  # bytes from which so many for each one packed are too many
_LZMA_MEMORY = 256 << 20
_UNTOLD = 2**64 - 2  # of a frame's length, from which it is none
DAMAGE = (zlib.error, lzma.LZMAError, OSError, EOFError, ValueError, MemoryError)


class Exhausted(Exception):
    """More than the budget allows; `ratio` unpacked bytes a packed one so far."""

    def __init__(self, ratio: float = 0.0) -> None:
        super().__init__(f"unpacks to more than is looked at ({ratio:.0f} to 1)")
        self.ratio = ratio


class Damaged(Exception):
    """The packed bytes are not what they should be."""


class Budget:
    """What may still be unpacked; `spend` raises `Exhausted`."""

    def __init__(self, total: int = TOTAL, member: int = MEMBER, seconds: float = SECONDS) -> None:
        self.left, self.member = total, member
        self._ends = time.monotonic() + seconds

    def spend(self, amount: int, ratio: float) -> None:
        self.left -= amount
        if self.left < 0 or time.monotonic() > self._ends:
            raise Exhausted(ratio)

    def trial(self) -> Budget:
        """As much again within the same time: for an attempt that may come to nothing."""
        other = Budget(self.left, self.member)
        other._ends = self._ends
        return other


def pieces(form: str, packed: memoryview, budget: Budget) -> Iterator[bytes]:
    """What a stream unpacks to, a piece of at most 1 MiB at a time; streams one behind the other (gz, bz2, xz) are one.
    Raises `Damaged`, `Exhausted`."""
    try:
        yield from _zstandard(packed, budget) if form == "zst" else _chained(_MAKERS[form], packed, budget)
    except DAMAGE as error:
        raise Damaged(str(error)[:120] or "damaged") from None


def _chained(make: Callable[[], Any], packed: memoryview, budget: Budget) -> Iterator[bytes]:
    at, out = 0, 0
    while at < len(packed):
        unpacker, begun = make(), at
        while not unpacker.eof:
            if at >= len(packed):
                raise EOFError("it ends too early")
            data = bytes(packed[at : at + 65_536])
            at += len(data)
            for piece in drained(unpacker, data):
                out += len(piece)
                budget.spend(len(piece), out / max(1, at))
                yield piece
        at -= len(unpacker.unused_data)
        if at <= begun:
            return
        if bytes(packed[at : at + 2]) != bytes(packed[:2]):  # padding, or something of another kind
            return


def drained(unpacker: Any, data: bytes) -> Iterator[bytes]:
    """All that comes out for this much of the input, never more than 1 MiB at a time."""
    while True:
        piece = unpacker.decompress(data, _STEP)
        if piece:
            yield piece
        data = getattr(unpacker, "unconsumed_tail", b"")
        more = data or len(piece) == _STEP or not getattr(unpacker, "needs_input", True)
        if unpacker.eof or not more:
            return


def _zstandard(packed: memoryview, budget: Budget) -> Iterator[bytes]:
    """Frames one behind the other. One that is cut short is told where it says how long it is, as all but streamed ones do."""
    import zstandard

    out = 0
    try:
        promised = zstandard.get_frame_parameters(bytes(packed[:32])).content_size
        source = io.BytesIO(packed)
        with zstandard.ZstdDecompressor(max_window_size=1 << 27).stream_reader(
            source, read_across_frames=True
        ) as stream:
            while piece := stream.read(_STEP):
                out += len(piece)
                budget.spend(len(piece), out / max(1, source.tell()))
                yield piece
    except zstandard.ZstdError as error:
        raise Damaged(str(error)[:120]) from None
    if promised < _UNTOLD and out < promised:
        raise Damaged("it ends too early")


_MAKERS: dict[str, Callable[[], Any]] = {
    "gz": lambda: zlib.decompressobj(31),
    "deflate": lambda: zlib.decompressobj(-15),
    "zlib": lambda: zlib.decompressobj(15),
    "bz2": bz2.BZ2Decompressor,
    "xz": lambda: lzma.LZMADecompressor(memlimit=_LZMA_MEMORY),
}


def whole(form: str, packed: memoryview, budget: Budget) -> bytes:
    """All that a stream unpacks to, at most `budget.member` bytes, and less of what grows beyond measure. Raises `Damaged`,
    `Exhausted`."""
    out = bytearray()
    for piece in pieces(form, packed, budget):
        out += piece
        if len(out) > budget.member or (len(out) > _DOUBTED and len(out) > _GROWTH * len(packed)):
            raise Exhausted(len(out) / max(1, len(packed)))
    return bytes(out)


class Unpacked(io.RawIOBase):
    """Pieces as a file that can be read forwards, for `tarfile` and for members that are stretches of one stream."""

    def __init__(self, unpacked: Iterator[bytes]) -> None:
        self._pieces = unpacked
        self._waiting = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not self._waiting:
            piece = next(self._pieces, None)
            if piece is None:
                return 0
            self._waiting = memoryview(piece)
        count = min(len(buffer), len(self._waiting))
        buffer[:count] = self._waiting[:count]
        self._waiting = self._waiting[count:]
        return count


__all__ = ["DAMAGE", "Budget", "Damaged", "Exhausted", "Unpacked", "drained", "pieces", "whole"]
