"""Packers for tests: greedy, slow, and written from the descriptions of the formats alone."""

from __future__ import annotations

from collections.abc import Iterator


def _matches(data: bytes, least: int, farthest: int, tail: int) -> Iterator[tuple[int, int, int, int]]:
    """(start of literals, end of literals, distance, length) in turn; the last has no match (distance 0)."""
    known: dict[bytes, int] = {}
    at = start = 0
    while at + least <= len(data) - tail:
        key = data[at : at + least]
        found = known.get(key)
        known[key] = at
        if found is None or at - found > farthest:
            at += 1
            continue
        length = least
        while at + length < len(data) - tail and data[found + length] == data[at + length]:
            length += 1
        yield start, at, at - found, length
        at += length
        start = at
    yield start, len(data), 0, 0


def lz4(data: bytes) -> bytes:
    def longer(length: int) -> bytes:
        return b"" if length < 15 else b"\xff" * ((length - 15) // 255) + bytes([(length - 15) % 255])

    out = b""
    for start, end, distance, length in _matches(data, 4, 65_535, 12):
        literals = end - start
        token = min(literals, 15) << 4 | (min(length - 4, 15) if distance else 0)
        out += bytes([token]) + longer(literals) + data[start:end]
        if distance:
            out += distance.to_bytes(2, "little") + longer(length - 4)
    return out


def lzo(data: bytes) -> bytes:
    def zeros(length: int, full: int) -> bytes:
        """What follows a length of 0: `length` beyond `full`."""
        length -= full
        return b"\0" * ((length - 1) // 255) + bytes([(length - 1) % 255 + 1])

    out = bytearray()
    last = -1  # where the two bits stand that say how many literals follow a match
    for start, end, distance, length in _matches(data, 4, 49_000, 0):
        literals = data[start:end]
        if not out and 4 <= len(literals) <= 238:
            out += bytes([17 + len(literals)]) + literals
        elif 0 < len(literals) <= 3 and last >= 0:
            out[last] |= len(literals)
            out += literals
        elif 0 < len(literals) <= 3:
            out += bytes([17 + len(literals)]) + literals
        elif literals:
            n = len(literals) - 3
            out += (bytes([n]) if n <= 15 else b"\0" + zeros(n, 15)) + literals
        if not distance:
            break
        if distance <= 2048 and length <= 8:
            code = (length - 5 | 4) << 5 if length >= 5 else 64 | (length - 3) << 5
            out += bytes([code | (distance - 1 & 7) << 2, distance - 1 >> 3])
            last = len(out) - 2
        elif distance <= 16_384:
            n = length - 2
            out += (bytes([32 | n]) if n <= 31 else b"\x20" + zeros(n, 31)) + ((distance - 1) << 2).to_bytes(
                2, "little"
            )
            last = len(out) - 2
        else:
            n, far = length - 2, distance - 16_384
            high = 8 if far >= 16_384 else 0
            out += bytes([16 | high | n]) if n <= 7 else bytes([16 | high]) + zeros(n, 7)
            out += ((far & 16_383) << 2).to_bytes(2, "little")
            last = len(out) - 2
    return bytes(out) + b"\x11\0\0"


__all__ = ["lz4", "lzo"]
