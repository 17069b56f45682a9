"""Canonical octet encoding rules (ITU-T X.696), as far as IEEE 1609.2 needs them: a cursor over bytes, and their writing.

Canonical means that there is one encoding only: a length with needless bytes is refused, so that what was hashed is what is read.
"""

from __future__ import annotations

from assay.core.errors import UnreadableInput

MOST_MANY = 1024  # elements of one SEQUENCE OF


class Cursor:
    """Bytes from `at` to `end`. Every method raises `UnreadableInput` where they end early or cannot be read."""

    def __init__(self, content: bytes, at: int = 0, end: int | None = None) -> None:
        self.content, self.at, self.end = content, at, len(content) if end is None else end

    @property
    def left(self) -> int:
        return self.end - self.at

    def take(self, count: int) -> bytes:
        """The next `count` bytes."""
        if not 0 <= count <= self.left:
            raise UnreadableInput("the structure ends early", where=f"byte {self.at}")
        self.at += count
        return self.content[self.at - count : self.at]

    def number(self, size: int) -> int:
        """An unsigned integer of `size` bytes."""
        return int.from_bytes(self.take(size), "big")

    def signed(self, size: int) -> int:
        """A signed integer of `size` bytes."""
        return int.from_bytes(self.take(size), "big", signed=True)

    def length(self) -> int:
        """A length determinant."""
        first = self.number(1)
        if first < 128:
            return first
        size = first & 0x7F
        if not 1 <= size <= 4:
            raise UnreadableInput("a length of impossible size", where=f"byte {self.at}")
        value = self.number(size)
        if value < 128 or value < 1 << (8 * (size - 1)):
            raise UnreadableInput("a length that is not canonical", where=f"byte {self.at}")
        return value

    def octets(self) -> bytes:
        """An OCTET STRING of any length."""
        return self.take(self.length())

    def whole(self) -> int:
        """An unsigned INTEGER of any size, at most eight bytes."""
        size = self.length()
        if not 1 <= size <= 8:
            raise UnreadableInput("a number of impossible size", where=f"byte {self.at}")
        return self.number(size)

    def many(self) -> int:
        """How many elements a SEQUENCE OF has: never more than there are bytes left."""
        at, count = self.at, self.whole()
        if count > min(self.left, MOST_MANY):
            raise UnreadableInput(f"{count} elements in {self.left} bytes", where=f"byte {at}")
        return count

    def choice(self) -> int:
        """The tag of a CHOICE's alternative (context class, below 63)."""
        first = self.number(1)
        if first & 0xC0 != 0x80 or first & 0x3F == 0x3F:
            raise UnreadableInput("no alternative that is known", where=f"byte {self.at - 1}")
        return first & 0x3F

    def inside(self) -> Cursor:
        """An open type: a cursor over its content alone."""
        size = self.length()
        if size > self.left:
            raise UnreadableInput("the structure ends early", where=f"byte {self.at}")
        self.at += size
        return Cursor(self.content, self.at - size, self.at)

    def skip_extensions(self) -> None:
        """The extension additions behind a SEQUENCE: their bitmap, and an open type for each that is there."""
        bitmap = self.octets()
        if not 2 <= len(bitmap) <= 9:
            raise UnreadableInput("an extension bitmap of impossible size", where=f"byte {self.at}")
        for _ in range(int.from_bytes(bitmap[1:], "big").bit_count()):
            self.inside()


def length(count: int) -> bytes:
    """A length determinant."""
    if count < 128:
        return bytes([count])
    size = (count.bit_length() + 7) // 8
    return bytes([0x80 | size]) + count.to_bytes(size, "big")


def whole(value: int) -> bytes:
    """An unsigned INTEGER of any size."""
    size = max(1, (value.bit_length() + 7) // 8)
    return length(size) + value.to_bytes(size, "big")


def octets(value: bytes) -> bytes:
    """An OCTET STRING of any length, or an open type."""
    return length(len(value)) + value


def choice(tag: int, content: bytes) -> bytes:
    """An alternative of a CHOICE."""
    return bytes([0x80 | tag]) + content


__all__ = ["MOST_MANY", "Cursor", "choice", "length", "octets", "whole"]
