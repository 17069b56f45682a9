"""Lines of delimited text to frames, in one compiled pass: a time, an id and payload bytes where a `Layout` says they are.

As many bytes are taken as the length's column says, so that a label behind a short frame is no byte of it.
"""

# mypy: disable-error-code="no-untyped-def,no-untyped-call,misc,assignment"

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from assay.kinds.vehicles.frames import EXTENDED, LATEST
from assay.kinds.vehicles.reading.head import Layout
from assay.kinds.vehicles.reading.lines import _hex, _number, _space, _time, framed, keep, line_at


def parse_columns(block: bytes, layout: Layout) -> tuple[np.ndarray, np.ndarray, int]:
    """(FRAME[n], int64[k] of the refused lines counted from 0, lines) of a block of whole lines."""
    raw = np.frombuffer(block, np.uint8)

    def parsed(out: np.ndarray, rest: np.ndarray, refused: np.ndarray) -> Any:
        return _parse(
            raw, layout.delimiter, layout.time, layout.id, layout.length, layout.data, layout.bus, layout.wide, layout.apart,
            layout.tick, layout.decimal_ids, layout.decimal_bytes, layout.base64, out["time"], out["id"], out["length"], out["flags"],
            out["bus"], out["data"], rest, refused, LATEST,
        )  # fmt: skip

    return framed(block, parsed)


@njit(cache=True, nogil=True)
def _tokens(raw, at, end, delimiter, first, last):
    """Begin and end of each token of a line, without blanks and quotes round it; how many."""
    n = 0
    while at <= end and n < len(first):
        if delimiter == 0:
            while at < end and _space(raw[at]):
                at += 1
            if at >= end:
                break
        stop = at
        while stop < end and not (_space(raw[stop]) if delimiter == 0 else raw[stop] == delimiter):
            stop += 1
        a, b = at, stop
        while a < b and (_space(raw[a]) or raw[a] == 34):
            a += 1
        while b > a and (_space(raw[b - 1]) or raw[b - 1] == 34):
            b -= 1
        first[n], last[n] = a, b
        n += 1
        at = stop + 1
    return n


@njit(cache=True, nogil=True)
def _payload(raw, i, end, rest, row):
    """(first eight bytes, how many or -1) of one token of hexadecimal bytes, with blanks or without."""
    data, n = np.uint64(0), 0
    if i + 1 < end and raw[i] == 48 and (raw[i + 1] | 32) == 120:
        i += 2
    while i < end:
        if _space(raw[i]):
            i += 1
            continue
        if i + 1 >= end or n >= 64:
            return data, -1
        high, low = _hex(raw[i]), _hex(raw[i + 1])
        if high < 0 or low < 0:
            return data, -1
        if n < 8:
            data |= np.uint64(high * 16 + low) << np.uint64(8 * n)
        else:
            keep(rest, row, n, high * 16 + low)
        n += 1
        i += 2
    return data, n


@njit(cache=True, nogil=True)
def _sixes(raw, i, end, rest, row):
    """As `_payload`, of base64."""
    data, n, bits, held = np.uint64(0), 0, 0, 0
    while i < end and raw[i] != 61:
        c = raw[i]
        if 65 <= c <= 90:
            six = c - 65
        elif 97 <= c <= 122:
            six = c - 71
        elif 48 <= c <= 57:
            six = c + 4
        elif c == 43 or c == 47:
            six = 62 + (c == 47)
        else:
            return data, -1
        held, bits = (held << 6) | six, bits + 6
        if bits >= 8:
            bits -= 8
            if n < 8:
                data |= np.uint64((held >> bits) & 255) << np.uint64(8 * n)
            elif n < 64:
                keep(rest, row, n, (held >> bits) & 255)
            n += 1
        held &= (1 << bits) - 1
        i += 1
    return data, n if n <= 64 else -1


@njit(cache=True, nogil=True)
def _parse(
    raw, delimiter, c_time, c_id, c_length, c_data, c_bus, c_wide, apart, tick, decimal_ids, decimal_bytes, base64,
    time, ids, length, flags, bus, data, rest, refused, latest,
):  # fmt: skip
    n, bad, line, start = 0, 0, 0, 0
    first, last = np.zeros(160, np.int64), np.zeros(160, np.int64)
    while start < len(raw):
        begin = start
        head, end, start = line_at(raw, start)
        if end > head and raw[head] != 35:
            count = _tokens(raw, begin, end, delimiter, first, last)
            at, id_, told, value = -1, -1, -1, np.uint64(0)
            wide = False
            if count > c_time and count > c_id:
                if tick == 1e6:
                    at, i = _time(raw, first[c_time], last[c_time], latest)
                    at = at if i == last[c_time] else -1
                else:
                    whole, i = np.int64(0), first[c_time]
                    while i < last[c_time] and 48 <= raw[i] <= 57 and whole < (1 << 59):
                        whole = whole * 10 + (raw[i] - 48)
                        i += 1
                    scaled = whole * tick
                    at = np.int64(scaled) if i > first[c_time] and scaled <= latest else -1
                i, e = first[c_id], last[c_id]
                if i + 1 < e and raw[i] == 48 and (raw[i + 1] | 32) == 120:
                    i += 2
                if e - i > 2 and raw[e - 2] == 46 and raw[e - 1] == 48:  # a table that had been through a spreadsheet
                    e -= 2
                id_, digits, i = _number(raw, i, e, 10 if decimal_ids else 16)
                if i != e or digits > (10 if decimal_ids else 8) or id_ > 0x1FFFFFFF:
                    id_ = -1
                wide = id_ > 0x7FF
                if c_wide >= 0 and count > c_wide and last[c_wide] > first[c_wide]:
                    c = raw[first[c_wide]] | 32
                    wide = wide or c == 116 or (c == 49 and last[c_wide] == first[c_wide] + 1)  # true, 1
            if at >= 0 and id_ >= 0:
                said = 64
                if c_length >= 0 and count > c_length:
                    said, _d, i = _number(raw, first[c_length], last[c_length], 10)
                    said = said if i == last[c_length] and 0 <= said <= 64 else -1
                if not apart:
                    if count > c_data and base64:
                        value, told = _sixes(raw, first[c_data], last[c_data], rest, n)
                    elif count > c_data:
                        value, told = _payload(raw, first[c_data], last[c_data], rest, n)
                elif said >= 0:
                    told = 0
                    while told < said and c_data + told < count:
                        i, e = first[c_data + told], last[c_data + told]
                        if i + 1 < e and raw[i] == 48 and (raw[i + 1] | 32) == 120:
                            i += 2
                        one, digits, i = _number(raw, i, e, 10 if decimal_bytes else 16)
                        if one < 0 or one > 255 or i != e:
                            break
                        if told < 8:
                            value |= np.uint64(one) << np.uint64(8 * told)
                        else:
                            keep(rest, n, told, one)
                        told += 1
                    if c_length >= 0 and told < said and told < 8:
                        told = -1
            if told >= 0:
                time[n], ids[n], length[n], data[n] = at, id_ | (EXTENDED if wide else 0), told, value
                flags[n] = 2 if told > 8 else 0
                if c_bus >= 0 and count > c_bus:
                    number, i = 0, first[c_bus]
                    while i < last[c_bus]:
                        if 48 <= raw[i] <= 57 and number < 6000:
                            number = number * 10 + (raw[i] - 48)
                        i += 1
                    bus[n] = number & 0xFFFF
                n += 1
            else:
                if bad < len(refused):
                    refused[bad] = line
                bad += 1
        line += 1
    return n, bad, line


__all__ = ["parse_columns"]
