"""WebP's lossless streams, as far as their prefix codes: every code table of every stream in a file, looked at and none built.

A decoder that builds its tables before it has checked that a code is complete writes behind them (CVE-2023-4863, used by
BLASTPASS). An encoder never writes such a code, so one that is over-subscribed or incomplete is the attack itself or a broken
file. Format from the WebP Lossless Bitstream Specification (RFC 9649).
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache

MAX_STREAMS, MAX_GROUPS, MAX_STEPS = 2000, 1 << 16, 4_000_000
_ORDER = (17, 18, 0, 1, 2, 3, 4, 5, 16, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15)


@dataclass
class Streams:
    """`streams` lossless streams met; `faults` (byte offset of the stream, what is wrong with one of its codes); `problem`
    why reading stopped early, "" where it did not."""

    streams: int = 0
    faults: list[tuple[int, str]] = field(default_factory=list)
    problem: str = ""


class _Stop(Exception):
    """The stream ends, or is longer than what is looked at."""


class _Fault(Exception):
    """A code that no encoder writes."""


def is_webp(head: bytes) -> bool:
    return head[:4] == b"RIFF" and head[8:12] == b"WEBP"


def read_streams(content: bytes) -> Streams:
    """Every lossless stream of a WebP file, its alpha planes and frames included. Never raises."""
    found = Streams()
    if not is_webp(content):
        found.problem = "no WebP"
        return found
    for offset, length, header in _chunks(content):
        if found.streams >= MAX_STREAMS:
            found.problem = f"more than {MAX_STREAMS} streams"
            break
        found.streams += 1
        reader = _Reader(content, offset, offset + length)
        try:
            size = header
            if size is None:
                if reader.bits(8) != 0x2F:
                    raise _Stop("no lossless signature")
                size = reader.bits(14) + 1, reader.bits(14) + 1
                reader.bits(4)
            _image(reader, *size)
        except _Fault as fault:
            found.faults.append((offset, str(fault)))
        except _Stop as stop:
            found.problem = found.problem or str(stop)
    return found


def _chunks(content: bytes) -> Iterator[tuple[int, int, tuple[int, int] | None]]:
    """(offset, length, size or None where the stream says it) of the lossless streams."""
    canvas: tuple[int, int] | None = None
    at, end, frames = 12, len(content), 0
    stack: list[tuple[int, int, tuple[int, int] | None]] = [(at, end, canvas)]
    while stack:
        at, end, canvas = stack.pop()
        while at + 8 <= end and frames < 4 * MAX_STREAMS:
            frames += 1
            name, length = content[at : at + 4], struct.unpack_from("<I", content, at + 4)[0]
            start, stop = at + 8, min(at + 8 + length, end)
            if name == b"VP8X" and length >= 10:
                canvas = _three(content, start + 4) + 1, _three(content, start + 7) + 1
            elif name == b"VP8L":
                yield start, stop - start, None
            elif name == b"ALPH" and stop > start and content[start] & 3 == 1 and canvas is not None:
                yield start + 1, stop - start - 1, canvas
            elif name == b"ANMF" and stop - start > 16:
                frame = _three(content, start + 6) + 1, _three(content, start + 9) + 1
                stack.append((stop + (length & 1), end, canvas))
                at, end, canvas = start + 16, stop, frame
                continue
            at = stop + (length & 1)


def _three(content: bytes, at: int) -> int:
    return int.from_bytes(content[at : at + 3], "little")


class _Reader:
    """Bits, least significant first."""

    def __init__(self, content: bytes, start: int, end: int) -> None:
        self._content, self._at, self._end = content, start, end
        self._held = self._count = 0
        self.steps = 0

    def bits(self, n: int) -> int:
        while self._count < n:
            if self._at >= self._end:
                raise _Stop("a stream ends early")
            part = self._content[self._at : min(self._at + 8, self._end)]
            self._held |= int.from_bytes(part, "little") << self._count
            self._count += 8 * len(part)
            self._at += len(part)
        value = self._held & ((1 << n) - 1)
        self._held >>= n
        self._count -= n
        return value

    def step(self, n: int = 1) -> None:
        self.steps += n
        if self.steps > MAX_STEPS:
            raise _Stop("a stream is longer than what is looked at")


Code = dict[tuple[int, int], int] | int
"""(length, bits as read) -> symbol; or the only symbol, which costs no bit."""


def _image(reader: _Reader, width: int, height: int) -> None:
    """The codes of a stream: those of its transforms' pictures, of its map of groups, and of every group."""
    seen: set[int] = set()
    while reader.bits(1):
        kind = reader.bits(2)
        if kind in seen:
            raise _Fault("a transform comes twice")
        seen.add(kind)
        if kind in (0, 1):
            size = reader.bits(3) + 2
            _picture(reader, _blocks(width, size), _blocks(height, size))
        elif kind == 3:
            colours = reader.bits(8) + 1
            _picture(reader, colours, 1)
            width = _blocks(width, 3 if colours <= 2 else 2 if colours <= 4 else 1 if colours <= 16 else 0)
    cache_bits = _cache_bits(reader)
    groups = 1
    if reader.bits(1):
        size = reader.bits(3) + 2
        pixels = _picture(reader, _blocks(width, size), _blocks(height, size))
        groups = max((pixel >> 8) & 0xFFFF for pixel in pixels) + 1
    if groups > MAX_GROUPS:
        raise _Stop("more groups of codes than are looked at")
    for _ in range(groups):
        _group(reader, cache_bits)


def _blocks(side: int, bits: int) -> int:
    return (side + (1 << bits) - 1) >> bits


def _cache_bits(reader: _Reader) -> int:
    if not reader.bits(1):
        return 0
    bits = reader.bits(4)
    if not 1 <= bits <= 11:
        raise _Fault(f"a colour cache of {bits} bits")
    return bits


def _group(reader: _Reader, cache_bits: int) -> list[Code]:
    sizes = (280 + ((1 << cache_bits) if cache_bits else 0), 256, 256, 256, 40)
    return [_code(reader, size) for size in sizes]


def _code(reader: _Reader, alphabet: int) -> Code:
    if reader.bits(1):  # written out
        count = reader.bits(1) + 1
        symbols = [reader.bits(8 if reader.bits(1) else 1)]
        if count == 2:
            symbols.append(reader.bits(8))
        if max(symbols) >= alphabet:
            raise _Fault("a symbol that its alphabet does not have")
        return symbols[0] if count == 1 else {(1, 0): symbols[0], (1, 1): symbols[1]}
    lengths = [0] * 19
    for i in range(reader.bits(4) + 4):
        lengths[_ORDER[i]] = reader.bits(3)
    of_lengths = _table(lengths, "the code of code lengths")
    most = alphabet
    if reader.bits(1):
        most = 2 + reader.bits(2 + 2 * reader.bits(3))
        if most > alphabet:
            raise _Fault("more code lengths than symbols")
    spelt: list[int] = []
    before = 8
    while len(spelt) < alphabet and most > 0:
        most -= 1
        reader.step()
        symbol = _symbol(reader, of_lengths)
        if symbol < 16:
            spelt.append(symbol)
            before = symbol or before
        else:
            value, times = (
                (before, 3 + reader.bits(2))
                if symbol == 16
                else (0, 3 + reader.bits(3))
                if symbol == 17
                else (0, 11 + reader.bits(7))
            )
            if len(spelt) + times > alphabet:
                raise _Fault("code lengths run over their alphabet")
            spelt += [value] * times
    return _table(spelt, "a prefix code")


def _table(lengths: list[int], name: str) -> Code:
    """The code of these lengths. Raises `_Fault` where they are no complete prefix code."""
    used = [length for length in lengths if length]
    if not used:
        raise _Fault(f"{name} is empty")
    if len(used) == 1:
        return next(i for i, length in enumerate(lengths) if length)
    filled = sum(1 << (15 - length) for length in used)
    if filled != 1 << 15:
        how = "over-subscribed" if filled > 1 << 15 else "incomplete"
        raise _Fault(f"{name} is {how} ({filled / (1 << 15):.3f} of the space)")
    table: dict[tuple[int, int], int] = {}
    next_code = 0
    for length in range(1, 16):
        next_code <<= 1
        for symbol, own in enumerate(lengths):
            if own == length:
                table[length, next_code] = symbol
                next_code += 1
    return table


def _symbol(reader: _Reader, code: Code) -> int:
    if isinstance(code, int):
        return code
    value = 0
    for length in range(1, 16):
        value = value << 1 | reader.bits(1)
        symbol = code.get((length, value))
        if symbol is not None:
            return symbol
    raise _Fault("bits that no symbol has")


def _picture(reader: _Reader, width: int, height: int) -> list[int]:
    """The pixels (ARGB) of a picture inside the stream, which must be decoded to go on behind it."""
    cache_bits = _cache_bits(reader)
    codes = _group(reader, cache_bits)
    total = width * height
    pixels: list[int] = []
    cached = [0] * (1 << cache_bits) if cache_bits else []
    while len(pixels) < total:
        reader.step()
        green = _symbol(reader, codes[0])
        if green < 256:
            red, blue, alpha = (_symbol(reader, code) for code in codes[1:4])
            pixels.append(alpha << 24 | red << 16 | green << 8 | blue)
        elif green < 280:
            length = _prefixed(reader, green - 256)
            reader.step(length)
            distance = _distance(_prefixed(reader, _symbol(reader, codes[4])), width)
            if distance > len(pixels) or length > total - len(pixels):
                raise _Fault("a copy from before the start or beyond the end")
            for _ in range(length):
                pixels.append(pixels[-distance])
                if cached:
                    cached[_hash(pixels[-1], cache_bits)] = pixels[-1]
            continue
        else:
            if green - 280 >= len(cached):
                raise _Fault("a colour that the cache does not have")
            pixels.append(cached[green - 280])
        if cached:
            cached[_hash(pixels[-1], cache_bits)] = pixels[-1]
    return pixels


def _hash(argb: int, bits: int) -> int:
    return (0x1E35A7BD * argb & 0xFFFFFFFF) >> (32 - bits)


def _prefixed(reader: _Reader, prefix: int) -> int:
    if prefix < 4:
        return prefix + 1
    extra = (prefix - 2) >> 1
    return ((2 + (prefix & 1)) << extra) + reader.bits(extra) + 1


def _distance(code: int, width: int) -> int:
    if code > 120:
        return code - 120
    x, y = _near()[code - 1]
    return max(1, x + y * width)


@cache
def _near() -> list[tuple[int, int]]:
    """The 120 places near a pixel that short distances mean, nearest first."""
    places = [(x, y) for y in range(8) for x in range(-7, 9) if y > 0 or x > 0]
    return sorted(places, key=lambda p: (p[0] ** 2 + p[1] ** 2, abs(p[0]), -p[0]))[:120]


__all__ = ["Streams", "is_webp", "read_streams"]
