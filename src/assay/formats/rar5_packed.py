"""What RAR 5 packs, unpacked: blocks of Huffman codes for letters and for matches with what came before, and filters over stretches of
the outcome. After libarchive's reader of the format (BSD); the methods that RAR 4 and 7 pack by are others.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from assay.formats.unpack import Damaged

_LITERALS, _DISTANCES, _LOW, _LENGTHS = 306, 64, 16, 44
_CODES = _LITERALS + _DISTANCES + _LOW + _LENGTHS
_FILTERS = 8192  # of one file
_LAST, _KNOWN, _COUNT = 4, 5, 6  # places in the state, behind the four distances used last
_WINDOW = 64 << 20  # bytes of earlier members that a later one may repeat; a longer memory is not kept


@njit("uint32(uint8[::1], int64)", cache=True, nogil=True)
def _bits(data: np.ndarray, at: int) -> np.uint32:
    """The next 32 bits, the first highest; zeros behind the end."""
    value, byte = np.uint64(0), at >> 3
    for i in range(5):
        value = value << np.uint64(8) | np.uint64(data[byte + i] if byte + i < len(data) else 0)
    return np.uint32(value >> np.uint64(8 - (at & 7)) & np.uint64(0xFFFFFFFF))


@njit("void(uint8[::1], int64, int64, int64[:, ::1], int64)", cache=True, nogil=True)
def _build(lengths: np.ndarray, first: int, count: int, tables: np.ndarray, row: int) -> None:
    """A canonical code out of its lengths. Of row `row`: 0..15 where codes of each length end (of 16 bits), 16..31 where their
    letters begin, then the letters in order."""
    at, code = 32, 0
    for length in range(1, 16):
        tables[row, 16 + length] = at
        for i in range(count):
            if lengths[first + i] == length:
                tables[row, at] = i
                at += 1
                code += 1 << 16 - length
        tables[row, length] = code


@njit("int64(uint8[::1], int64[::1], int64[:, ::1], int64)", cache=True, nogil=True)
def _letter(data: np.ndarray, at: np.ndarray, tables: np.ndarray, row: int) -> int:
    """The next letter; -1 where no code stands there."""
    code, before = np.int64(_bits(data, at[0]) >> np.uint32(16)), 0
    for length in range(1, 16):
        limit = tables[row, length]
        if code < limit:
            at[0] += length
            return int(tables[row, tables[row, 16 + length] + (code - before >> 16 - length)])
        before = limit
    return -1


@njit("int64(uint8[::1], int64[::1], int64)", cache=True, nogil=True)
def _number(data: np.ndarray, at: np.ndarray, count: int) -> np.int64:
    if count == 0:
        return np.int64(0)
    value = np.int64(_bits(data, at[0]) >> np.uint32(32 - count))
    at[0] += count
    return value


@njit("int64(uint8[::1], int64[::1], int64)", cache=True, nogil=True)
def _length(data: np.ndarray, at: np.ndarray, slot: int) -> np.int64:
    if slot < 8:
        return np.int64(2 + slot)
    bits = slot // 4 - 1
    return np.int64(2 + ((4 | slot & 3) << bits) + _number(data, at, bits))


@njit("int64(uint8[::1], int64[::1])", cache=True, nogil=True)
def _told(data: np.ndarray, at: np.ndarray) -> np.int64:
    """A number of a filter: how many bytes it has, then these."""
    count, value = _number(data, at, 2) + 1, np.int64(0)
    for i in range(count):
        value |= _number(data, at, 8) << 8 * i
    return value


@njit("boolean(uint8[::1], int64[::1], uint8[::1], int64[:, ::1])", cache=True, nogil=True)
def _read_tables(data: np.ndarray, at: np.ndarray, lengths: np.ndarray, tables: np.ndarray) -> bool:
    """The lengths of all codes, which are coded themselves."""
    short = np.zeros(20, np.uint8)
    i = 0
    while i < 20:
        value = int(_number(data, at, 4))
        if value == 15:
            zeros = int(_number(data, at, 4))
            if zeros:
                i += zeros + 2
                continue
        short[i] = value
        i += 1
    _build(short, 0, 20, tables, 4)
    i = 0
    while i < _CODES:
        value = _letter(data, at, tables, 4)
        if value < 0 or (i == 0 and value in (16, 17)):
            return False
        if value < 16:
            lengths[i] = value
            i += 1
            continue
        many = int(_number(data, at, 3) + 3 if value in (16, 18) else _number(data, at, 7) + 11)
        same = lengths[i - 1] if value < 18 else 0
        for _ in range(min(many, _CODES - i)):
            lengths[i] = same
            i += 1
    _build(lengths, 0, _LITERALS, tables, 0)
    _build(lengths, _LITERALS, _DISTANCES, tables, 1)
    _build(lengths, _LITERALS + _DISTANCES, _LOW, tables, 2)
    _build(lengths, _LITERALS + _DISTANCES + _LOW, _LENGTHS, tables, 3)
    return True


@njit("int64(uint8[::1], uint8[::1], int64, int64[::1], int64[:, ::1], int64[:, ::1])", cache=True, nogil=True)
def _unpack(
    data: np.ndarray, out: np.ndarray, begins: int, state: np.ndarray, tables: np.ndarray, filters: np.ndarray
) -> int:
    """Fills `out` from `begins` on, where what came before stands in front of it; the place reached, -1 where the codes do not hold."""
    at, lengths = np.zeros(1, np.int64), np.zeros(_CODES, np.uint8)
    byte, place = 0, begins
    while True:
        if byte + 3 > len(data):
            return -1
        flags, count = data[byte], (data[byte] >> 3 & 3) + 1
        check, size = 0x5A ^ flags, np.int64(0)
        if count > 3 or byte + 2 + count > len(data):
            return -1
        for i in range(count):
            check ^= data[byte + 2 + i]
            size |= np.int64(data[byte + 2 + i]) << 8 * i
        if check != data[byte + 1] or not 0 < size <= len(data) - byte - 2 - count:
            return -1
        byte += 2 + count
        at[0], end = byte * 8, (byte + size - 1) * 8 + (flags & 7) + 1
        if flags & 0x80:
            if not _read_tables(data, at, lengths, tables):
                return -1
            state[_KNOWN] = 1
        elif not state[_KNOWN]:
            return -1
        while at[0] < end:
            letter = _letter(data, at, tables, 0)
            if letter < 0:
                return -1
            if letter < 256:
                if place >= len(out):
                    return -1
                out[place] = letter
                place += 1
                continue
            if letter == 256:
                number = state[_COUNT]
                if number >= len(filters):
                    return -1
                filters[number, 0] = place + _told(data, at)
                filters[number, 1] = _told(data, at)
                filters[number, 2] = _number(data, at, 3)
                filters[number, 3] = _number(data, at, 5) + 1 if filters[number, 2] == 0 else 0
                state[_COUNT] = number + 1
                continue
            if letter == 257:
                length, distance = state[_LAST], state[0]
            elif letter < 262:
                which = letter - 258
                distance = state[which]
                for i in range(which, 0, -1):
                    state[i] = state[i - 1]
                slot = _letter(data, at, tables, 3)
                if slot < 0:
                    return -1
                length = _length(data, at, slot)
                state[0], state[_LAST] = distance, length
            else:
                length = _length(data, at, letter - 262)
                slot = _letter(data, at, tables, 1)
                if slot < 0:
                    return -1
                distance = 1 + slot
                if slot >= 4:
                    bits = slot // 2 - 1
                    distance = 1 + ((2 | slot & 1) << bits)
                    if bits < 4:
                        distance += _number(data, at, bits)
                    else:
                        low = 0
                        distance += _number(data, at, bits - 4) << 4
                        low = _letter(data, at, tables, 2)
                        if low < 0:
                            return -1
                        distance += low
                length += (distance > 0x100) + (distance > 0x2000) + (distance > 0x40000)
                state[3], state[2], state[1], state[0], state[_LAST] = state[2], state[1], state[0], distance, length
            if length and (distance <= 0 or distance > place or place + length > len(out)):
                return -1
            for _ in range(length):
                out[place] = out[place - distance]
                place += 1
        byte += size
        if flags & 0x40:
            return place


@njit("void(uint8[::1], int64, int64)", cache=True, nogil=True)
def _calls(data: np.ndarray, offset: int, kind: int) -> None:
    """Targets of calls (1), and of jumps too (2), are told from the beginning of the file: they become relative again."""
    i = 0
    while i + 4 < len(data):
        byte = data[i]
        i += 1
        if byte != 0xE8 and not (kind == 2 and byte == 0xE9):
            continue
        here = (i + offset) & 0xFFFFFF
        target = (
            np.int64(data[i]) | np.int64(data[i + 1]) << 8 | np.int64(data[i + 2]) << 16 | np.int64(data[i + 3]) << 24
        )
        if target & 0x80000000:
            if not (target + here) & 0x80000000:
                target += 0x1000000
        elif (target - 0x1000000) & 0x80000000:
            target -= here
        for k in range(4):
            data[i + k] = target >> 8 * k & 0xFF
        i += 4


@njit("void(uint8[::1], int64)", cache=True, nogil=True)
def _branches(data: np.ndarray, offset: int) -> None:
    """The same for ARM."""
    for i in range(0, len(data) - 3, 4):
        if data[i + 3] == 0xEB:
            target = (np.int64(data[i]) | np.int64(data[i + 1]) << 8 | np.int64(data[i + 2]) << 16) - (i + offset) // 4
            for k in range(3):
                data[i + k] = target >> 8 * k & 0xFF


class Unpacker:
    """Members of one archive, in their order: where they are solid each may repeat what came before."""

    def __init__(self) -> None:
        self._begin()

    def _begin(self) -> None:
        self._before = np.empty(0, np.uint8)
        self._state, self._tables = np.zeros(8, np.int64), np.zeros((5, 32 + _LITERALS), np.int64)

    def unpack(self, packed: bytes, size: int, *, solid: bool) -> bytes:
        """The `size` bytes of a member. Raises `Damaged`."""
        if not solid:
            self._begin()
        begins = len(self._before)
        out = np.empty(begins + size, np.uint8)
        out[:begins] = self._before
        filters = np.zeros((_FILTERS, 4), np.int64)
        self._state[_COUNT] = 0
        reached = _unpack(
            np.frombuffer(packed + b"\0", np.uint8)[:-1].copy(), out, begins, self._state, self._tables, filters
        )
        if reached != begins + size:
            raise Damaged("its codes do not hold")
        self._before = out[max(0, len(out) - _WINDOW) :]
        done = out[begins:].copy()
        for start, length, kind, channels in filters[: self._state[_COUNT]].tolist():
            first = start - begins
            if first < 0 or first + length > size:
                raise Damaged("a filter reaches too far")
            piece = done[first : first + length]
            if kind == 0:
                _delta(piece, channels)
            elif kind in (1, 2):
                _calls(piece, first, kind)
            elif kind == 3:
                _branches(piece, first)
            else:
                raise Damaged("a filter of no known kind")
        return done.tobytes()


def _delta(piece: np.ndarray, channels: int) -> None:
    """Each channel's differences stand together."""
    source, at = piece.copy(), 0
    for channel in range(channels):
        count = len(range(channel, len(piece), channels))
        piece[channel::channels] = -np.cumsum(source[at : at + count], dtype=np.uint8)
        at += count


__all__ = ["Unpacker"]
