"""ASAM MDF 4 bus logging to frames: records of CAN_DataFrame, CAN_RemoteFrame and CAN_ErrorFrame, sorted or as they came.

Payloads lie in the record or, of changing size, in a group or block of their own. Signals that somebody decoded already, LIN
and other buses are passed over. Source: ASAM MDF 4.1, bus logging.
"""

# mypy: disable-error-code="no-untyped-def,no-untyped-call,misc"

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numba import njit

from assay.core.errors import UnreadableInput
from assay.core.kind import RowError
from assay.kinds.vehicles.frames import ERROR, EXTENDED, FD, FRAME, LATEST, PARTS, REMOTE, parted
from assay.kinds.vehicles.reading.mdf import MASTER, VIRTUAL, VIRTUAL_MASTER, VLSD, Channel, Group, Mdf, Stream

MOST_FILE = 1 << 30
_FLAGS = {"CAN_DataFrame": 0, "CAN_RemoteFrame": REMOTE, "CAN_ErrorFrame": ERROR}
Reject = Callable[[RowError], None]


class _Records(NamedTuple):
    """`raw` uint8[bytes]; `starts` int64[n] where each record begins in it; `sizes` int64[n] of those that say theirs."""

    raw: np.ndarray
    starts: np.ndarray
    sizes: np.ndarray


def read_mf4(path: Path, reject: Reject) -> Iterator[np.ndarray]:
    """One FRAME block in order of time; raises `UnreadableInput` where the file is no MDF 4 or holds too much."""
    if path.stat().st_size > MOST_FILE:
        raise UnreadableInput("the measurement file is too large to be read at once", where=str(path), hint="split it")
    try:
        frames = frames_of_mdf(path.read_bytes(), reject)
    except UnreadableInput as error:
        raise UnreadableInput(error.message, where=str(path), hint=error.hint) from None
    if len(frames):
        yield frames


def frames_of_mdf(content: bytes, reject: Reject) -> np.ndarray:
    """FRAME[n] in order of time; what is damaged is told and left out."""
    mdf = Mdf.open(memoryview(content))
    parts = [part for stream in mdf.streams for part in _of_stream(mdf, stream, reject)]
    if not parts:
        return np.zeros(0, FRAME)
    frames = np.concatenate(parts)
    return frames[np.argsort(frames["time"], kind="stable")]


def _of_stream(mdf: Mdf, stream: Stream, reject: Reject) -> Iterator[np.ndarray]:
    wanted = [(group, what) for group in stream.groups if (what := _what(group)) is not None]
    if not wanted:
        return
    raw = np.frombuffer(mdf.data(stream.data), np.uint8)
    by_address: dict[int, _Records] = {}
    for group, records in zip(stream.groups, _sorted_out(raw, stream, mdf.unfinished, reject), strict=True):
        by_address[group.address] = records
    for group, flag in wanted:
        yield _frames(mdf, group, flag, by_address, reject)


def _what(group: Group) -> int | None:
    """The flag of the frames that a group's records are, None where they are none."""
    for channel in group.channels:
        flag = _FLAGS.get(channel.name.partition(".")[0])
        if flag is not None:
            return flag
    return None


def _sorted_out(raw: np.ndarray, stream: Stream, unfinished: bool, reject: Reject) -> list[_Records]:
    """The records of each group of a stream, in the stream's order of groups."""
    none = np.zeros(0, np.int64)
    if stream.id_size == 0 or stream.id_size not in (1, 2, 4, 8):
        if len(stream.groups) != 1 or stream.groups[0].width <= 0:
            return [_Records(raw, none, none) for _ in stream.groups]
        group = stream.groups[0]
        count = len(raw) // group.width
        if group.cycles and not unfinished:
            count = min(count, group.cycles)
        starts = np.arange(count, dtype=np.int64) * group.width
        return [_Records(raw, starts, np.full(count, group.width))]
    ids = np.array([g.record_id for g in stream.groups], np.uint64)
    order = np.argsort(ids)
    widths = np.array([-1 if g.vlsd else g.width for g in stream.groups], np.int64)[order]
    count, end = _walk(raw, stream.id_size, ids[order], widths, none, none, none)
    if end < len(raw):
        reject(RowError(count + 1, f"the records are damaged from byte {end} on"))
    which, starts, sizes = np.zeros(count, np.int64), np.zeros(count, np.int64), np.zeros(count, np.int64)
    _walk(raw, stream.id_size, ids[order], widths, which, starts, sizes)
    found = []
    for place in np.argsort(order):
        mine = which == place
        found.append(_Records(raw, starts[mine], sizes[mine]))
    return found


@njit(cache=True, nogil=True)
def _walk(raw, id_size, ids, widths, which, starts, sizes):
    """(whole records, where they end); fills the three arrays where they are not empty. A width of -1: the record says it."""
    n, at, size = 0, 0, len(raw)
    while at + id_size <= size:
        id_ = np.uint64(0)
        for b in range(id_size):
            id_ |= np.uint64(raw[at + b]) << np.uint64(8 * b)
        place = np.searchsorted(ids, id_)
        if place >= len(ids) or ids[place] != id_:
            break
        start, width = at + id_size, widths[place]
        if width < 0:
            if start + 4 > size:
                break
            width = 0
            for b in range(4):
                width |= np.int64(raw[start + b]) << (8 * b)
            start += 4
        if start + width > size:
            break
        if len(which):
            which[n], starts[n], sizes[n] = place, start, width
        n += 1
        at = start + width
    return n, at


def _frames(mdf: Mdf, group: Group, flag: int, all_records: dict[int, _Records], reject: Reject) -> np.ndarray:
    records = all_records[group.address]
    n = len(records.starts)
    frames = np.zeros(n, FRAME)
    channels = {c.name.rpartition(".")[2]: c for c in group.channels}

    def number(name: str) -> np.ndarray | None:
        channel = channels.get(name)
        return None if channel is None else _numbers(records, group.width, channel)

    master = next((c for c in group.channels if c.kind in (MASTER, VIRTUAL_MASTER)), None)
    seconds = None if master is None else _numbers(records, group.width, master)
    if n == 0 or seconds is None:
        return frames[:0]
    with np.errstate(invalid="ignore", over="ignore"):
        micros = np.rint(seconds * 1e6) + mdf.started // 1000
    good = (micros >= 0) & (micros <= LATEST)
    frames["time"][good] = micros[good].astype(np.int64)
    ids, extended = number("ID"), number("IDE")
    if ids is not None:
        whole = ids.astype(np.int64) & 0xFFFFFFFF
        wide = ((whole & EXTENDED) != 0) | ((whole & 0x1FFFFFFF) > 0x7FF)
        wide |= extended != 0 if extended is not None else False
        frames["id"] = (whole & 0x1FFFFFFF) | np.where(wide, EXTENDED, 0)
    elif flag != ERROR:
        return frames[:0]
    bus, fd = number("BusChannel"), number("EDL")
    frames["bus"] = 0 if bus is None else bus.astype(np.int64) & 0xFFFF
    frames["flags"] = flag | (0 if fd is None else np.where(fd != 0, FD, 0).astype(np.uint8))
    length = number("DataLength")
    told_length = (number("DLC") if length is None else length) if flag == 0 else length
    told = np.zeros(n, np.int64) if told_length is None else np.clip(told_length, 0, 64).astype(np.int64)
    words, size = np.zeros((n, 1), np.uint64), np.minimum(told, 8)
    if "DataBytes" in channels and flag == 0:
        words, size = _payloads(mdf, group, channels["DataBytes"], records, told, all_records)
    frames["data"], frames["length"] = words[:, 0], size
    if not good.all():
        reject(RowError(int(np.flatnonzero(~good)[0]) + 1, "no time that can be said"))
    return parted(frames[good], words[good, 1:])


def _numbers(records: _Records, width: int, channel: Channel) -> np.ndarray | None:
    """float64[n] of a channel of numbers, None where it does not lie in its record."""
    if channel.kind in (VIRTUAL, VIRTUAL_MASTER):
        values = np.arange(len(records.starts), dtype=np.float64)
        return values if channel.linear is None else channel.linear[0] + channel.linear[1] * values
    if not 0 < channel.bits <= 64 or channel.number > 5:
        return None
    if channel.byte + (channel.bit + channel.bits + 7) // 8 > width:
        return None
    raw = _unsigned(records, channel)
    if channel.number in (4, 5):
        if channel.bits not in (32, 64):
            return None
        values = raw.astype(np.uint32).view(np.float32) if channel.bits == 32 else raw.view(np.float64)
        values = values.astype(np.float64)
    elif channel.number in (2, 3):
        up = np.uint64(64 - channel.bits)
        values = ((raw << up).view(np.int64) >> np.int64(64 - channel.bits)).astype(np.float64)
    else:
        values = raw.astype(np.float64)
    return values if channel.linear is None else channel.linear[0] + channel.linear[1] * values


def _unsigned(records: _Records, channel: Channel) -> np.ndarray:
    span = (channel.bit + channel.bits + 7) // 8
    first = records.starts + channel.byte
    raw = np.zeros(len(first), np.uint64)
    for k in range(min(span, 8)):
        place = span - 1 - k if channel.number in (1, 3, 5) else k
        raw |= records.raw[first + place].astype(np.uint64) << np.uint64(8 * k)
    raw >>= np.uint64(channel.bit)
    if span == 9:
        raw |= records.raw[first + 8].astype(np.uint64) << np.uint64(64 - channel.bit)
    return raw if channel.bits == 64 else raw & np.uint64((1 << channel.bits) - 1)


def _payloads(
    mdf: Mdf, group: Group, channel: Channel, records: _Records, told: np.ndarray, all_records: dict[int, _Records]
) -> tuple[np.ndarray, np.ndarray]:
    """(uint64[n, words] eight bytes a column, int64[n] length)."""
    if channel.kind != VLSD:
        size = np.minimum(told, min(channel.bits // 8, max(0, group.width - channel.byte)))
        return _gathered(records.raw, records.starts + channel.byte, size), size
    nothing = np.zeros((len(told), 1), np.uint64), np.zeros(len(told), np.int64)
    if not 0 < channel.bits <= 64 or channel.byte + (channel.bit + channel.bits + 7) // 8 > group.width:
        return nothing
    at = np.minimum(_unsigned(records, channel), np.uint64(1 << 40)).astype(np.int64)
    values = all_records.get(channel.data)
    if values is not None:
        if len(values.starts) == len(
            told
        ):  # the n-th value is the n-th record's, whatever offsets an unfinished log says
            place = np.arange(len(told))
        else:
            offsets = np.cumsum(values.sizes + 4) - values.sizes - 4
            place = np.minimum(np.searchsorted(offsets, at), max(len(offsets) - 1, 0))
            if not len(offsets):
                return nothing
        size = np.minimum(values.sizes[place], 64)
        return _gathered(values.raw, values.starts[place], size), size
    raw = np.frombuffer(mdf.data(channel.data), np.uint8)  # signal data: a length of four bytes, then the value
    sound = at + 4 <= len(raw)
    size = np.zeros(len(told), np.int64)
    for k in range(4):
        size[sound] |= raw[at[sound] + k].astype(np.int64) << (8 * k)
    size = np.where(sound & (at + 4 + size <= len(raw)), np.minimum(size, 64), 0)
    return _gathered(raw, at + 4, size), size


def _gathered(raw: np.ndarray, first: np.ndarray, size: np.ndarray) -> np.ndarray:
    """uint64[n, words] of so many bytes from each place on, as many words as the longest has."""
    longest = min(int(size.max(initial=0)), 8 * PARTS)
    words = np.zeros((len(first), max(1, -(-longest // 8))), np.uint64)
    for k in range(longest):
        has = np.flatnonzero(size > k)
        words[has, k // 8] |= raw[first[has] + k].astype(np.uint64) << np.uint64(8 * (k % 8))
    return words


__all__ = ["frames_of_mdf", "read_mf4"]
