"""What RAR 5 packs, written by a small packer of our own: codes of one length each, matches with what came before, and filters."""

from __future__ import annotations

import struct
from collections.abc import Sequence

import numpy as np

Filter = tuple[int, int, int, int]
"""(first byte, how many, kind, channels) of a stretch that was filtered."""


class _Bits:
    def __init__(self) -> None:
        self.text: list[str] = []

    def put(self, value: int, count: int) -> None:
        if count:
            self.text.append(format(value, f"0{count}b"))

    def block(self, *, last: bool, tables: bool) -> bytes:
        bits = "".join(self.text)
        data = int(bits.ljust(-(-len(bits) // 8) * 8, "0"), 2).to_bytes(-(-len(bits) // 8), "big")
        flags = (len(bits) - 1) % 8 | 2 << 3 | 0x40 * last | 0x80 * tables
        size = len(data).to_bytes(3, "little")
        return bytes((flags, 0x5A ^ flags ^ size[0] ^ size[1] ^ size[2])) + size + data


def _tables(bits: _Bits) -> None:
    for i in range(20):
        bits.put(2 if i in (4, 6, 9) else 0, 4)
    for length, count in ((9, 306), (6, 64), (4, 16), (6, 44)):
        for _ in range(count):
            bits.put({4: 0, 6: 1, 9: 2}[length], 2)


def _slot(length: int) -> tuple[int, int, int]:
    """(slot, bits, their value) of a length."""
    for slot in range(44):
        extra = 0 if slot < 8 else slot // 4 - 1
        base = 2 + slot if slot < 8 else 2 + ((4 | slot & 3) << extra)
        if base <= length < base + (1 << extra):
            return slot, extra, length - base
    raise ValueError(length)


def packed(data: bytes, filters: Sequence[Filter] = (), before: bytes = b"", *, several: bool = False) -> bytes:
    """`before`: what earlier members of a solid archive were. `several`: in blocks, the second without tables of its own."""
    bits, whole, at = _Bits(), before + data, len(before)
    out = b""
    _tables(bits)
    known: dict[bytes, int] = {whole[i : i + 4]: i for i in range(max(0, at - 3))}
    cache, last = [0, 0, 0, 0], 0
    for start, length, kind, channels in filters:
        bits.put(256, 9)
        for value in (start, length):
            raw = struct.pack("<I", value)
            bits.put(3, 2)
            for byte in raw:
                bits.put(byte, 8)
        bits.put(kind, 3)
        if kind == 0:
            bits.put(channels - 1, 5)
    half = at + len(data) // 2 if several else -1
    tables = True
    while at < len(whole):
        if several and at >= half:
            out += bits.block(last=False, tables=True)
            bits, several, tables = _Bits(), False, False
        place = known.get(whole[at : at + 4], -1)
        length = 0
        while place >= 0 and at + length < len(whole) and whole[place + length] == whole[at + length] and length < 2000:
            length += 1
        for i in range(at, at + (length if length >= 6 else 1)):
            known[whole[i : i + 4]] = i
        distance = at - place
        if length >= 6 and distance == cache[0] and length == last:
            bits.put(257, 9)
        elif length >= 6 and distance in cache:
            which = cache.index(distance)
            slot, extra, rest = _slot(length)
            bits.put(258 + which, 9)
            bits.put(slot, 6)
            bits.put(rest, extra)
            cache.insert(0, cache.pop(which))
            last = length
        elif length >= 6:
            slot, extra, rest = _slot(length - (distance > 0x100) - (distance > 0x2000) - (distance > 0x40000))
            bits.put(262 + slot, 9)
            bits.put(rest, extra)
            _distance(bits, distance)
            cache, last = [distance, *cache[:3]], length
        else:
            bits.put(whole[at], 9)
            length = 1
        at += length
    return out + bits.block(last=True, tables=tables)


def _distance(bits: _Bits, distance: int) -> None:
    for slot in range(64):
        extra = 0 if slot < 4 else slot // 2 - 1
        base = 1 + slot if slot < 4 else 1 + ((2 | slot & 1) << extra)
        if base <= distance < base + (1 << extra):
            break
    rest = distance - base
    bits.put(slot, 6)
    if extra < 4:
        bits.put(rest, extra)
    else:
        bits.put(rest >> 4, extra - 4)
        bits.put(rest & 15, 4)


def spread(data: bytes, channels: int) -> bytes:
    """Differences, channel by channel: what the filter of kind 0 puts back."""
    out = b""
    for channel in range(channels):
        one = np.frombuffer(data, np.uint8)[channel::channels]
        out += (-np.diff(one, prepend=np.uint8(0))).astype(np.uint8).tobytes()
    return out


def absolute(code: bytes, first: int) -> bytes:
    """Targets of calls told from the beginning of the file: what the filter of kind 1 puts back."""
    out, i = bytearray(code), 0
    while i + 4 < len(out):
        i += 1
        if out[i - 1] != 0xE8:
            continue
        here = (i + first) & 0xFFFFFF
        (target,) = struct.unpack_from("<i", out, i)
        if -here <= target < 0x1000000 - here:
            struct.pack_into("<i", out, i, target + here)
        elif 0x1000000 - here <= target < 0x1000000:
            struct.pack_into("<i", out, i, target - 0x1000000)
        i += 4
    return bytes(out)
