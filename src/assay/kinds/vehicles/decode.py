"""Frames to signals by a DBC, a column at a time.

A message's frames are its id's; a J1939 message, whose id names no one sender, has those of its parameter group.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from assay.kinds.vehicles.dbc import Dbc, Message, Signal, last_bit
from assay.kinds.vehicles.diagnostics.j1939 import groups
from assay.kinds.vehicles.frames import EXTENDED, PART, heads, payloads_of

_DEEPEST = 8  # multiplexers inside multiplexers
Windows = dict[
    int, tuple[np.ndarray, np.ndarray]
]  # first byte -> eight bytes of each payload, and they the other way round


class Decoded(NamedTuple):
    """`rows` int64[k]: where its frames begin; `signals` name -> float64[k], NaN where a multiplexer chose another."""

    rows: np.ndarray
    signals: dict[str, np.ndarray]


def decode(frames: np.ndarray, dbc: Dbc) -> dict[int, Decoded]:
    """FRAME[n] by the frames' ids. Signals beyond the frame's own end are NaN."""
    words, begins = payloads_of(frames), np.flatnonzero(frames["flags"] >> PART == 0)
    frames = heads(frames)
    ids, place = np.unique(frames["id"], return_inverse=True)
    order = np.argsort(place.astype(np.uint16 if len(ids) < 65_536 else np.int64), kind="stable")
    bounds = np.searchsorted(place[order], np.arange(len(ids) + 1))
    by_group = _by_group(dbc)
    found: dict[int, Decoded] = {}
    for i, (id_, group) in enumerate(zip(ids.tolist(), groups(ids).tolist(), strict=True)):
        message = dbc.messages.get(id_) or by_group.get(group)
        if message is None:
            continue
        rows = order[bounds[i] : bounds[i + 1]]
        found[id_] = Decoded(begins[rows], columns(words[rows], frames["length"][rows], message))
    return found


def _by_group(dbc: Dbc) -> dict[int, Message]:
    """Messages of 29 bits that no certain computer sends (source 254 or 255) by their parameter group."""
    ids = [i for i in dbc.messages if i & EXTENDED and i & 0xFF in (0xFE, 0xFF)]
    return {int(g): dbc.messages[i] for i, g in zip(ids, groups(np.array(ids, np.uint32)), strict=True)}


def columns(words: np.ndarray, length: np.ndarray, message: Message) -> dict[str, np.ndarray]:
    """uint64[k, words] payloads, eight bytes a column, uint8[k] bytes of each -> signal name -> float64[k]. Signals that no frame
    holds, or that spread over nine bytes beyond the eighth, are left out."""
    windows: Windows = {}
    shortest = int(length.min()) if len(length) else 0
    known = {s.name: s for s in message.signals}
    there: dict[str, np.ndarray] = {}
    out: dict[str, np.ndarray] = {}
    for signal in message.signals:
        end = last_bit(signal)
        raw = _raw(words, windows, signal)
        if raw is None:
            continue
        if signal.real:
            bits = raw.astype(np.uint32).view(np.float32) if signal.length == 32 else raw.view(np.float64)
            values = bits.astype(np.float64)
        elif signal.signed:
            up = np.uint64(64 - signal.length)
            values = ((raw << up).view(np.int64) >> np.int64(64 - signal.length)).astype(np.float64)
        else:
            values = raw.astype(np.float64)
        if signal.scale != 1:
            values *= signal.scale
        if signal.offset:
            values += signal.offset
        if end > 8 * shortest:
            values[end > 8 * length.astype(np.int64)] = np.nan
        if signal.selects:
            values[~_there(signal, known, words, windows, there, 0)] = np.nan
        out[signal.name] = values
    return out


def _there(
    signal: Signal,
    known: dict[str, Signal],
    words: np.ndarray,
    windows: Windows,
    there: dict[str, np.ndarray],
    deep: int,
) -> np.ndarray:
    """bool[k]: does its multiplexer choose it, and is that itself there? One without a multiplexer always is."""
    if (done := there.get(signal.name)) is not None:
        return done
    chooser = known.get(signal.chooser)
    chosen = None if not signal.selects or chooser is None else _raw(words, windows, chooser)
    if chooser is None or chosen is None or deep > _DEEPEST:
        return np.ones(len(words), bool)
    out = np.zeros(len(words), bool)
    for low, high in signal.selects:
        out |= (chosen >= np.uint64(low)) & (chosen <= np.uint64(high))
    out &= _there(chooser, known, words, windows, there, deep + 1)
    there[signal.name] = out
    return out


def _raw(words: np.ndarray, windows: Windows, signal: Signal) -> np.ndarray | None:
    """uint64[k]; None where it does not lie in eight bytes that are there."""
    end = last_bit(signal)
    begin = end - signal.length
    byte = 0 if end <= 64 else begin // 8
    if end > 64 * words.shape[1] or end - 8 * byte > 64:
        return None
    if byte not in windows:
        plain = _window(words, byte)
        windows[byte] = plain, plain.byteswap()
    data, swapped = windows[byte]
    mask = np.uint64((1 << signal.length) - 1)
    if signal.little:
        return np.asarray((data >> np.uint64(begin - 8 * byte)) & mask)
    return np.asarray((swapped >> np.uint64(64 - (end - 8 * byte))) & mask)


def _window(words: np.ndarray, byte: int) -> np.ndarray:
    """uint64[k]: eight bytes of each payload from that one on."""
    column, shift = byte // 8, np.uint64(8 * (byte % 8))
    low = words[:, column] >> shift if shift else words[:, column]
    if shift and column + 1 < words.shape[1]:
        low = low | words[:, column + 1] << (np.uint64(64) - shift)
    return np.ascontiguousarray(low)


__all__ = ["Decoded", "columns", "decode"]
