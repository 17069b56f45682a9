"""Unaligned packed encoding rules (ITU-T X.691), as far as road messages need them: a reader and a writer of bits.

Nothing here knows a message: whoever reads one asks for its fields in their order. Every count is checked against the bits that
are left before anything of that size is made.
"""

from __future__ import annotations

from assay.core.errors import UnreadableInput

MOST_BYTES = 65_535


class BitReader:
    """Bits of `content`, most significant first. Every method raises `UnreadableInput` where the content ends early or says
    what cannot be read; `at` is the number of bits read."""

    def __init__(self, content: bytes) -> None:
        if len(content) > MOST_BYTES:
            raise UnreadableInput("the message is too long", where=f"byte {MOST_BYTES}")
        self._value, self._bits, self.at = int.from_bytes(content, "big"), 8 * len(content), 0

    @property
    def left(self) -> int:
        """Bits not read yet."""
        return self._bits - self.at

    def bits(self, count: int) -> int:
        """The next `count` bits as a number."""
        end = self.at + count
        if count < 0 or end > self._bits:
            raise UnreadableInput("the message ends early", where=f"bit {self.at}")
        self.at = end
        return (self._value >> (self._bits - end)) & ((1 << count) - 1)

    def flag(self) -> bool:
        """One bit: is an optional field there, or an extension?"""
        return self.bits(1) == 1

    def whole(self, low: int, high: int) -> int:
        """INTEGER (low..high), or the index of an ENUMERATED or CHOICE from 0."""
        at = self.at
        value = low + self.bits((high - low).bit_length())
        if value > high:
            raise UnreadableInput(f"{value} is above {high}", where=f"bit {at}")
        return value

    def octets(self, count: int) -> bytes:
        """OCTET STRING (SIZE (count))."""
        if 8 * count > self.left:
            raise UnreadableInput("the message ends early", where=f"bit {self.at}")
        return self.bits(8 * count).to_bytes(count, "big")

    def length(self) -> int:
        """A length determinant below 16,384; longer values come in fragments, which no road message needs."""
        if not self.flag():
            return self.bits(7)
        if not self.flag():
            return self.bits(14)
        raise UnreadableInput("the value comes in fragments", where=f"bit {self.at}")

    def opened(self) -> BitReader:
        """An open type: a reader of its content."""
        return BitReader(self.octets(self.length()))


class BitWriter:
    """The inverse of `BitReader`. Raises `ValueError` for a value out of its range."""

    def __init__(self) -> None:
        self._value = self._bits = 0

    def bits(self, value: int, count: int) -> BitWriter:
        if not 0 <= value < 1 << count:
            raise ValueError(f"{value} does not fit into {count} bits")
        self._value, self._bits = self._value << count | value, self._bits + count
        return self

    def flag(self, value: bool) -> BitWriter:
        return self.bits(int(value), 1)

    def whole(self, value: int, low: int, high: int) -> BitWriter:
        if not low <= value <= high:
            raise ValueError(f"{value} is not between {low} and {high}")
        return self.bits(value - low, (high - low).bit_length())

    def octets(self, value: bytes) -> BitWriter:
        return self.bits(int.from_bytes(value, "big"), 8 * len(value))

    def length(self, count: int) -> BitWriter:
        return self.bits(count, 8) if count < 128 else self.bits(0b10 << 14 | count, 16)

    def opened(self, content: bytes) -> BitWriter:
        return self.length(len(content)).octets(content)

    def done(self) -> bytes:
        """The bits so far, filled up with zeros to whole bytes; at least one byte."""
        size = max(1, -(-self._bits // 8))
        return (self._value << (8 * size - self._bits)).to_bytes(size, "big")


__all__ = ["MOST_BYTES", "BitReader", "BitWriter"]
