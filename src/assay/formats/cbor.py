"""CBOR (RFC 8949) to Python values, bounded in depth and number, for provenance manifests. Tags are dropped but for the one
around a whole signature; indefinite lengths are read; floats of any width are read.
"""

from __future__ import annotations

import struct
from typing import Any

from assay.core.errors import UnreadableInput

MAX_DEPTH = 32
MAX_ITEMS = 200_000


def loads(content: bytes) -> Any:
    """The one value that `content` holds; bytes behind it are ignored. Raises `UnreadableInput`."""
    try:
        return _Decoder(content).value(0)
    except _Break:
        raise UnreadableInput("CBOR is malformed", where="byte 0") from None


class _Break(Exception):
    pass


class _Decoder:
    def __init__(self, content: bytes) -> None:
        self.content, self.at, self.items = content, 0, 0

    def take(self, n: int) -> bytes:
        taken = self.content[self.at : self.at + n]
        if len(taken) != n:
            raise UnreadableInput("CBOR ends early", where=f"byte {self.at}")
        self.at += n
        return taken

    def value(self, depth: int) -> Any:
        self.items += 1
        if depth > MAX_DEPTH or self.items > MAX_ITEMS:
            raise UnreadableInput("CBOR is too deep or too long", where=f"byte {self.at}")
        first = self.take(1)[0]
        major, info = first >> 5, first & 31
        if major == 7:
            return self._simple(info)
        if info == 31:
            return self._indefinite(major, depth)
        n = info if info < 24 else self._number(info)
        if major == 0:
            return n
        if major == 1:
            return -1 - n
        if major == 2:
            return self.take(n)
        if major == 3:
            return self.take(n).decode("utf-8", "replace")
        if major == 4:
            return [self.value(depth + 1) for _ in range(self._count(n))]
        if major == 5:
            return {self._key(depth + 1): self.value(depth + 1) for _ in range(self._count(n))}
        return self.value(depth + 1)  # a tag: its content

    def _number(self, info: int) -> int:
        if info > 27:
            raise UnreadableInput("CBOR is malformed", where=f"byte {self.at}")
        return int.from_bytes(self.take(1 << (info - 24)), "big")

    def _count(self, n: int) -> int:
        if n > len(self.content) - self.at:  # every item takes a byte at least
            raise UnreadableInput("CBOR counts more than there is", where=f"byte {self.at}")
        return n

    def _key(self, depth: int) -> Any:
        key = self.value(depth)
        return key if isinstance(key, (str, int, bytes)) else repr(key)

    def _simple(self, info: int) -> Any:
        if info == 31:
            raise _Break
        if info in (25, 26, 27):
            return struct.unpack({25: ">e", 26: ">f", 27: ">d"}[info], self.take(1 << (info - 24)))[0]
        if info == 24:
            self.take(1)
        return {20: False, 21: True}.get(info)

    def _indefinite(self, major: int, depth: int) -> Any:
        parts: list[Any] = []
        try:
            while True:
                parts.append(self._key(depth + 1) if major == 5 and len(parts) % 2 == 0 else self.value(depth + 1))
        except _Break:
            pass
        if major == 2 and all(isinstance(p, bytes) for p in parts):
            return b"".join(parts)
        if major == 3 and all(isinstance(p, str) for p in parts):
            return "".join(parts)
        if major == 4:
            return parts
        if major == 5 and len(parts) % 2 == 0:
            return dict(zip(parts[::2], parts[1::2], strict=True))
        raise UnreadableInput("CBOR is malformed", where=f"byte {self.at}")


__all__ = ["loads"]
