"""WebP's lossless streams (VP8L), as far as their prefix codes: every code table of a stream, looked at and none built.

A decoder that builds its tables before it has checked that a code is complete writes behind them (CVE-2023-4863, used by
BLASTPASS). Two limits: a code fills its space exactly (`webp-code`: no encoder writes another, so it is the attack or damage), and
the tables of the five codes of a group fit into the room that readers keep for them (`webp-table`: only the attack does not; the
room is that of libwebp before 1.3.2, the most that complete codes can need). Format: RFC 9649, WebP Lossless Bitstream.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache

from assay.formats.breach import Breach

MAX_GROUPS, MAX_STEPS, MAX_BREACHES = 1 << 16, 4_000_000, 8
_ALPHABETS = (280, 256, 256, 256, 40)  # green and lengths (and the cache's colours), red, blue, alpha, distances
# Entries of libwebp's tables: 630 for each alphabet of 256, 410 for distances, and for green by the bits of its cache.
_ROOM = 630 * 3 + 410
_ROOM_GREEN = (654, 656, 658, 662, 670, 686, 718, 782, 912, 1168, 1680, 2704)
_GROUP = 200  # symbols' worth of time that reading a group takes at least
_ROOT, _LONGEST = 8, 15  # bits of the first table; of the longest code
_ORDER = (17, 18, 0, 1, 2, 3, 4, 5, 16, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15)


@dataclass
class Streams:
    """`streams` lossless streams met, `groups` of five codes in them; `breaches` of limits, at most a few a stream; `fullest`
    share of its room that any group's tables take; `problem` why reading stopped early, "" where it did not."""

    streams: int = 0
    groups: int = 0
    breaches: list[Breach] = field(default_factory=list)
    fullest: float = 0.0
    problem: str = ""
    steps: int = 0  # symbols read so far: what bounds the time that a file may take


class _Stop(Exception):
    """The stream ends, or is longer than what is looked at."""


class _Fault(Exception):
    """What no encoder writes, so that there is no telling what follows. `args`: value found, limit, what it is."""


def look(content: bytes, start: int, end: int, size: tuple[int, int] | None, found: Streams) -> None:
    """One lossless stream from `start` to before `end`; `size` where the container says it (an alpha plane has no header). What is
    met goes into `found`. Never raises."""
    found.streams += 1
    reader = _Reader(content, start, end, found)
    try:
        if size is None:
            if reader.bits(8) != 0x2F:
                raise _Stop("no lossless signature")
            size = reader.bits(14) + 1, reader.bits(14) + 1
            reader.bits(4)
        _image(reader, *size)
    except _Fault as fault:
        found.breaches.append(Breach("webp-code", reader.place, *fault.args))
    except _Stop as stop:
        found.problem = found.problem or str(stop)


class _Reader:
    """Bits, least significant first."""

    def __init__(self, content: bytes, start: int, end: int, found: Streams) -> None:
        self._content, self._at, self._end = content, start, end
        self._held = self._count = 0
        self.found = found

    @property
    def place(self) -> int:
        """The byte in which the next bit lies."""
        return self._at - (self._count + 7) // 8

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
        self.found.steps += n
        if self.found.steps > MAX_STEPS:
            raise _Stop("a stream is longer than what is looked at")


Code = dict[tuple[int, int], int] | int
"""(length, bits as read) -> symbol; or the only symbol, which costs no bit."""
_BROKEN: Code = {}


def _image(reader: _Reader, width: int, height: int) -> None:
    """The codes of a stream: those of its transforms' pictures, of its map of groups, and of every group."""
    seen: set[int] = set()
    while reader.bits(1):
        kind = reader.bits(2)
        if kind in seen:
            raise _Fault(f"transform {kind} twice", "each once", "a transform comes twice")
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
        raise _Fault(bits, "1 to 11", "bits of the colour cache")
    return bits


def _group(reader: _Reader, cache_bits: int) -> list[Code]:
    """The five codes of a group. One that does not fill its space is noted, and reading goes on: what follows tells how much
    room the tables would take. One that overfills it ends the stream, for every decoder too."""
    reader.step(_GROUP)
    start, entries, codes = reader.place, 0, []
    for number, alphabet in enumerate(_ALPHABETS):
        size = alphabet + ((1 << cache_bits) if cache_bits and not number else 0)
        at = reader.place
        lengths = _lengths(reader, size)
        fault = _unfilled(lengths)
        if fault is not None and fault > 1:
            raise _Fault(fault, 1, "share of its space that a prefix code fills")
        if fault is not None:
            _note(reader, Breach("webp-code", at, fault, 1, "share of its space that a prefix code fills"))
        entries += _entries(lengths)
        codes.append(_table(lengths) if fault is None else _BROKEN)
    room = _ROOM + _ROOM_GREEN[cache_bits]
    reader.found.groups += 1
    reader.found.fullest = max(reader.found.fullest, entries / room)
    if entries > room:
        _note(reader, Breach("webp-table", start, entries, room, "entries that the code tables of a group take"))
    return codes


def _note(reader: _Reader, breach: Breach) -> None:
    if len(reader.found.breaches) < MAX_BREACHES:
        reader.found.breaches.append(breach)


def _lengths(reader: _Reader, alphabet: int) -> list[int]:
    """The lengths of a code's symbols, as many as its alphabet or fewer."""
    if reader.bits(1):  # written out
        count = reader.bits(1) + 1
        symbols = [reader.bits(8 if reader.bits(1) else 1)]
        if count == 2:
            symbols.append(reader.bits(8))
        if max(symbols) >= alphabet:
            raise _Fault(max(symbols), alphabet - 1, "a symbol that its alphabet does not have")
        lengths = [0] * (max(symbols) + 1)
        for symbol in symbols:
            lengths[symbol] = 1
        return lengths
    of_lengths = [0] * 19
    for i in range(reader.bits(4) + 4):
        of_lengths[_ORDER[i]] = reader.bits(3)
    fault = _unfilled(of_lengths)
    if fault is not None:
        raise _Fault(fault, 1, "share of its space that the code of code lengths fills")
    code = _table(of_lengths)
    most = alphabet
    if reader.bits(1):
        most = 2 + reader.bits(2 + 2 * reader.bits(3))
        if most > alphabet:
            raise _Fault(most, alphabet, "code lengths for an alphabet")
    lengths = []
    before = 8
    while len(lengths) < alphabet and most > 0:
        most -= 1
        reader.step()
        symbol = _symbol(reader, code)
        if symbol < 16:
            lengths.append(symbol)
            before = symbol or before
        else:
            value, base, bits = ((before, 3, 2), (0, 3, 3), (0, 11, 7))[symbol - 16]
            times = base + reader.bits(bits)
            if len(lengths) + times > alphabet:
                raise _Fault(len(lengths) + times, alphabet, "code lengths for an alphabet")
            lengths += [value] * times
    return lengths


def _unfilled(lengths: list[int]) -> float | None:
    """How much of its space a code fills, where that is not all of it; one symbol alone needs no bit and fills it."""
    used = [length for length in lengths if length]
    if len(used) == 1:
        return None
    filled = sum(1 << (_LONGEST - length) for length in used)
    return None if filled == 1 << _LONGEST else round(filled / (1 << _LONGEST), 4)


def _entries(lengths: list[int]) -> int:
    """Entries that libwebp's two-level table of a code takes, counted as it is built: a second table is opened whenever the
    first bits of a long code change, as large as the codes that are left could need. One symbol alone takes the first table."""
    left_of = [0] * (_LONGEST + 1)
    for length in lengths:
        left_of[length] += 1
    if len(lengths) - left_of[0] == 1:
        return 1 << _ROOT
    entries, key, low = 1 << _ROOT, 0, -1
    for length in range(1, _LONGEST + 1):
        step = 1 << (length - 1)
        while left_of[length] > 0:
            if length > _ROOT and key & 255 != low:
                low = key & 255
                bits, room = length, 1 << (length - _ROOT)
                while bits < _LONGEST:
                    room -= left_of[bits]
                    if room <= 0:
                        break
                    bits += 1
                    room <<= 1
                entries += 1 << (bits - _ROOT)
            left_of[length] -= 1
            half = step  # the next key, its bits counted from the top
            while key & half:
                half >>= 1
            key = (key & (half - 1)) + half if half else key
    return entries


def _table(lengths: list[int]) -> Code:
    """The complete code of these lengths."""
    used = [symbol for symbol, length in enumerate(lengths) if length]
    if len(used) == 1:
        return used[0]
    table: dict[tuple[int, int], int] = {}
    next_code = 0
    for length in range(1, _LONGEST + 1):
        next_code <<= 1
        for symbol in used:
            if lengths[symbol] == length:
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
    raise _Fault("none", "one", "a symbol for these bits")


def _picture(reader: _Reader, width: int, height: int) -> list[int]:
    """The pixels (ARGB) of a picture inside the stream, which must be decoded to go on behind it."""
    cache_bits = _cache_bits(reader)
    codes = _group(reader, cache_bits)
    if any(code is _BROKEN for code in codes):
        raise _Stop("a picture inside the stream has no codes to be read with")
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
                raise _Fault(f"{length} pixels from {distance} back", f"{len(pixels)} of {total} are known", "a copy")
            for _ in range(length):
                pixels.append(pixels[-distance])
                if cached:
                    cached[_hash(pixels[-1], cache_bits)] = pixels[-1]
            continue
        else:
            if green - 280 >= len(cached):
                raise _Fault(green - 280, len(cached) - 1, "a colour of the cache")
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


__all__ = ["Streams", "look"]
