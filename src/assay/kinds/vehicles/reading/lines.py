"""Lines of text logs to frames, byte by byte: candump (`-L` and the form with brackets) and Vector ASC.

One compiled pass over a block of whole lines; every line is a frame, a comment, or refused with its number.
"""

# mypy: disable-error-code="no-untyped-def,no-untyped-call,misc"

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numba import njit

from assay.kinds.vehicles.frames import EXTENDED, FRAME, LATEST, PARTS, parted
from assay.kinds.vehicles.reading.head import LONG_AGO, AscHead

MOST_REFUSED = 1000  # lines of one block told one by one


def parse(
    block: bytes, asc: AscHead | None = None, clock: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray, int]:
    """(FRAME[n], int64[k] of the refused lines counted from 0, lines in the block). `clock` int64[1] carries relative times
    from one block to the next."""
    raw, head = np.frombuffer(block, np.uint8), asc or AscHead()
    clock = np.zeros(1, np.int64) if clock is None else clock
    began = clock[0]

    def parsed(out: np.ndarray, rest: np.ndarray, refused: np.ndarray) -> Any:
        clock[0] = began
        return _parse(
            raw, asc is not None, head.decimal, head.relative, clock, out["time"], out["id"], out["length"], out["flags"], out["bus"],
            out["data"], rest, refused, LATEST,
        )  # fmt: skip

    frames, refused, seen = framed(block, parsed)
    if head.started and len(frames) and int(frames["time"][0]) < LONG_AGO:
        frames["time"] += head.started
    return frames, refused, seen


def framed(
    block: bytes, parsed: Callable[[np.ndarray, np.ndarray, np.ndarray], tuple[int, int, int]]
) -> tuple[np.ndarray, np.ndarray, int]:
    """As `parse`. `parsed` fills FRAME[lines], uint64[lines, 7] behind their first eight bytes and int64[k] of refused lines, and says
    how many frames, refused and lines there are; where there is anything behind eight bytes it is asked a second time, with room."""
    lines = block.count(b"\n") + (not block.endswith(b"\n"))
    out, refused = np.zeros(lines, FRAME), np.zeros(MOST_REFUSED, np.int64)
    rest = np.zeros((0, PARTS - 1), np.uint64)
    n, bad, seen = parsed(out, rest, refused)
    if n and int(out["length"][:n].max()) > 8:
        rest = np.zeros((lines, PARTS - 1), np.uint64)
        n, bad, seen = parsed(out, rest, refused)
        return parted(out[:n], rest[:n]), refused[: min(bad, MOST_REFUSED)], seen
    return out[:n], refused[: min(bad, MOST_REFUSED)], seen


@njit(cache=True, nogil=True, inline="always")
def _hex(c):
    if 48 <= c <= 57:
        return c - 48
    c |= 32
    return c - 87 if 97 <= c <= 102 else -1


@njit(cache=True, nogil=True, inline="always")
def _space(c):
    return c == 32 or c == 9


@njit(cache=True, nogil=True)
def _time(raw, i, end, latest):
    """Seconds with up to nine decimals, as (microseconds or -1, where it ends)."""
    whole, digits = 0, 0
    while i < end and 48 <= raw[i] <= 57 and digits < 13:
        whole = whole * 10 + (raw[i] - 48)
        digits += 1
        i += 1
    if digits == 0:
        return -1, i
    part, scale = 0, 1_000_000
    if i < end and raw[i] == 46:
        i += 1
        while i < end and 48 <= raw[i] <= 57:
            if scale > 1:
                scale //= 10
                part += (raw[i] - 48) * scale
            i += 1
    micro = whole * 1_000_000 + part
    return (micro if micro <= latest else -1), i


@njit(cache=True, nogil=True)
def keep(rest, row, n, octet):
    """Puts the n-th byte of a frame, from the ninth on, where there is room for it."""
    if row < len(rest):
        if n == 8:
            rest[row, :] = 0
        rest[row, (n >> 3) - 1] |= np.uint64(octet) << np.uint64(8 * (n & 7))


@njit(cache=True, nogil=True)
def _bytes(raw, i, end, most, blanks, rest, row):
    """Up to `most` hexadecimal bytes, with dots between or `blanks` or neither: (the first eight, how many, where it ends, all
    well)."""
    data, n = np.uint64(0), 0
    while n < most:
        while i < end and ((blanks and _space(raw[i])) or raw[i] == 46):
            i += 1
        if i >= end or (not blanks and _space(raw[i])):
            return data, n, i, True
        if i + 1 >= end:
            return data, n, i, False
        high, low = _hex(raw[i]), _hex(raw[i + 1])
        if high < 0 or low < 0:
            return data, n, i, blanks and n > 0 and high < 0
        if n < 8:
            data |= np.uint64(high * 16 + low) << np.uint64(8 * n)
        else:
            keep(rest, row, n, high * 16 + low)
        n += 1
        i += 2
    ok = i >= end or _space(raw[i])
    return data, n, i, ok


@njit(cache=True, nogil=True)
def _number(raw, i, end, base):
    """(value or -1, digits, where it ends)."""
    value, digits = 0, 0
    while i < end and digits < 10:
        d = _hex(raw[i])
        if d < 0 or d >= base:
            break
        value = value * base + d
        digits += 1
        i += 1
    return (value if digits else -1), digits, i


@njit(cache=True, nogil=True)
def _skip(raw, i, end):
    while i < end and _space(raw[i]):
        i += 1
    return i


@njit(cache=True, nogil=True)
def _word(raw, i, end):
    while i < end and not _space(raw[i]):
        i += 1
    return i


@njit(cache=True, nogil=True, inline="always")
def line_at(raw, start):
    """(its first character that is no blank, where it ends without blanks, where the next one begins) of a line."""
    stop = start
    while stop < len(raw) and raw[stop] != 10:
        stop += 1
    end = stop
    while end > start and (raw[end - 1] == 13 or _space(raw[end - 1])):
        end -= 1
    return _skip(raw, start, end), end, stop + 1


@njit(cache=True, nogil=True)
def _parse(raw, asc, decimal, relative, clock, time, ids, length, flags, bus, data, rest, refused, latest):
    n, bad, line, start = 0, 0, 0, 0
    while start < len(raw):
        first, end, start = line_at(raw, start)
        if first < end and raw[first] != 35 and raw[first] != 59:  # not empty, no comment
            what = (
                _asc(raw, first, end, decimal, relative, clock, n, time, ids, length, flags, bus, data, rest, latest)
                if asc
                else _candump(raw, first, end, n, time, ids, length, flags, bus, data, rest, latest)
            )
            if what == 1:
                n += 1
            elif what == 0:
                if bad < len(refused):
                    refused[bad] = line
                bad += 1
        line += 1
    return n, bad, line


@njit(cache=True, nogil=True)
def _candump(raw, i, end, n, time, ids, length, flags, bus, data, rest, latest):
    """1 a frame, 0 refused, 2 neither."""
    if raw[i] != 40:
        return 0
    at, i = _time(raw, i + 1, end, latest)
    if at < 0 or i >= end or raw[i] != 41:
        return 0
    i = _word(raw, _skip(raw, i + 1, end), end)
    interface, unit, back = 0, 1, i - 1
    while 48 <= raw[back] <= 57 and unit <= 100:  # can0, vcan12
        interface += (raw[back] - 48) * unit
        unit *= 10
        back -= 1
    i = _skip(raw, i, end)
    if i + 2 < end and raw[i + 1] == 88 and (raw[i] == 82 or raw[i] == 84) and _space(raw[i + 2]):  # candump -x: RX - -
        for _ in range(3):
            i = _skip(raw, _word(raw, i, end), end)
    id_, digits, i = _number(raw, i, end, 16)
    if id_ < 0 or digits > 8 or i >= end:
        return 0
    extended = digits > 3
    error = extended and id_ & 0x20000000
    if extended:
        id_ &= 0x1FFFFFFF
    elif id_ > 0x7FF:
        return 0
    flag, most, blanks = 4 if error else 0, 8, False
    if raw[i] == 35:  # '#'
        i += 1
        if i < end and raw[i] == 35:
            flag |= 2
            most = 64
            i += 2  # the flags' digit
        if i < end and (raw[i] | 32) == 114:
            flag |= 1
            most = 0
            i = end
    elif _space(raw[i]):
        i = _skip(raw, i, end)
        if i >= end or raw[i] != 91:
            return 0
        told, digits, i = _number(raw, i + 1, end, 10)
        if told < 0 or told > 64 or i >= end or raw[i] != 93:
            return 0
        most, blanks = told, True
        flag |= 2 if told > 8 else 0
        i = _skip(raw, i + 1, end)
        if i < end and (raw[i] | 32) == 114:
            flag |= 1
            most = 0
            i = end
    else:
        return 0
    value, count, i, ok = _bytes(raw, i, end, most, blanks, rest, n)
    if not ok:
        return 0
    time[n], ids[n], length[n] = at, id_ | (EXTENDED if extended else 0), count
    flags[n], bus[n], data[n] = flag, interface, value
    return 1


@njit(cache=True, nogil=True)
def _asc(raw, i, end, decimal, relative, clock, n, time, ids, length, flags, bus, data, rest, latest):
    """`seconds channel id[x] Rx|Tx d|r length bytes…`, or `seconds CANFD channel Rx|Tx id[x] [name] brs esi dlc length
    bytes…`; other lines are events of the tool and no frames."""
    at, i = _time(raw, i, end, latest)
    if at < 0 or i >= end or not _space(raw[i]):
        return 2
    if relative:
        clock[0] = at = min(clock[0] + at, latest)
    i = _skip(raw, i, end)
    fd = raw[i] == 67 and i + 5 < end and raw[i + 4] == 68 and _space(raw[i + 5])  # CANFD
    if fd:
        i = _skip(raw, i + 5, end)
    channel, _digits, i = _number(raw, i, end, 10)
    if channel < 0 or i >= end or not _space(raw[i]):
        return 2
    i = _skip(raw, i, end)
    if fd:
        i = _skip(raw, _word(raw, i, end), end)  # past Rx or Tx
    elif i + 5 < end and raw[i] == 69 and raw[i + 1] == 114 and raw[i + 5] == 70:  # ErrorFrame
        time[n], ids[n], length[n], data[n], flags[n], bus[n] = at, 0, 0, np.uint64(0), 4, channel & 0xFFFF
        return 1
    id_, _digits, i = _number(raw, i, end, 10 if decimal else 16)
    if id_ < 0:
        return 2
    extended = i < end and (raw[i] | 32) == 120
    if extended:
        i += 1
    if i >= end or not _space(raw[i]):
        return 2
    if id_ > (0x1FFFFFFF if extended else 0x7FF):
        return 0
    i = _skip(raw, i, end)
    flag, told = 0, 0
    if fd:
        if not (48 <= raw[i] <= 49 and i + 1 < end and _space(raw[i + 1])):  # the name of the message
            i = _skip(raw, _word(raw, i, end), end)
        for _ in range(3):  # past brs, esi and dlc
            i = _skip(raw, _word(raw, i, end), end)
        told, _digits, i = _number(raw, i, end, 10)
        flag = 2
    else:
        i = _skip(raw, _word(raw, i, end), end)  # past Rx or Tx
        if i >= end:
            return 2
        kind = raw[i] | 32
        if kind != 100 and kind != 114:
            return 2
        flag = 1 if kind == 114 else 0
        i = _skip(raw, i + 1, end)
        told, _digits, i = _number(raw, i, end, 16)
    value, count = np.uint64(0), 0
    if flag != 1:
        if told < 0 or told > (64 if fd else 8):
            return 0
        value, count, i, _ok = _bytes(raw, i, end, told, True, rest, n)
        if count < told:
            return 0
    time[n], ids[n], length[n], data[n] = at, id_ | (EXTENDED if extended else 0), count, value
    flags[n], bus[n] = flag, channel & 0xFFFF
    return 1


__all__ = ["MOST_REFUSED", "framed", "keep", "line_at", "parse"]
