"""The watch over what payloads say of themselves: one compiled pass over the frames of one bus against each id's `Content`.

*Counter*: a count that does not follow the one before, though no frame was lost between. *Checksum*: not what the rest of the
payload demands. *Leap*: a smooth signal takes one great step out of calm into calm; so a lie begins, and so it ends. *Held*: a restless signal keeps one value while the rest of its payload goes on. *Replay*: a stretch
of lively frames comes again bit by bit. Nothing is learnt here while watching, so nothing can be taught wrongly.
"""

# mypy: disable-error-code="no-untyped-def,no-untyped-call,misc,assignment"

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numba import njit

from assay.kinds.vehicles.content import AFTER, BEFORE, Content
from assay.kinds.vehicles.place import place, place_table

COUNTER, CHECKSUM, LEAP, HELD, REPLAY = range(5)
_AT_REST = 0.65  # a car that stops, or a wheel let go, leaps into its rest: that tells less
HALF = 0.5  # leaps of so much of their limit are told too, for whoever knows more of that id
FAINT = (
    0.75  # strength of a rest: a car that stands says the same for long too, so another kind of alarm must bear it out
)
_BREAK = 1_000_000
SET_BACK = 50_000  # microseconds; a logger's clock was set back: what follows would seem to come all at once
_AGAIN = 100_000
_MEMORY = 1_000_000.0
_SLOTS = 4096  # stretches of one id that are remembered: 40 s of one that is sent every 10 ms
_MOST_REPLAYS = 256  # ids that are listened to for stretches that come again


class _Tables(NamedTuple):
    """`Content`s side by side, for the compiled pass; a row each, -1 or 0 where an id has none."""

    counter: np.ndarray  # int64[k, 3]: start, length, violations in a second that are one too many
    following: np.ndarray  # int16[k, 256]
    code: np.ndarray  # int64[k, 6]: start, length (0 none), kind, counter's start and length, row of its basis
    others: np.ndarray  # uint64[k, 16]: references
    images: np.ndarray  # int64[k, 16]
    leads: np.ndarray  # uint64[rows]: highest bits of the basis
    pivots: np.ndarray  # uint64[rows, 64] by highest bit
    turns: np.ndarray  # int64[rows, 64]
    first: np.ndarray  # int64[k + 1]: where an id's signals begin
    signal: np.ndarray  # int64[signals, 6]: start, length, room, little, signed, held
    limits: np.ndarray  # float64[signals, 6]: usual, leap, least, low, high, rest
    window: np.ndarray  # int64[k, 2]: frames (0 none), row
    mask: np.ndarray  # uint64[k]
    leaving: np.ndarray  # uint64[k]: what the oldest of a window's frames weighs


def watch_payloads(
    frames: np.ndarray, ids: np.ndarray, period: np.ndarray, contents: Sequence[Content], most: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """(kind int64[n], id uint32[n], microseconds int64[n], strength float64[n]) of at most `most` alarms, in order of time."""
    kind, who = np.zeros(most, np.int64), np.zeros(most, np.uint32)
    when, strength = np.zeros(most, np.int64), np.zeros(most)
    n = _watch(
        frames["time"], frames["id"], frames["flags"], frames["data"], place_table(ids), ids, period, *_tables(contents),
        kind, who, when, strength,
    )  # fmt: skip
    return kind[:n], who[:n], when[:n], strength[:n]


def _tables(contents: Sequence[Content]) -> _Tables:
    k = len(contents)
    counter, following = np.zeros((k, 3), np.int64), np.full((k, 256), -1, np.int16)
    code, others, images = np.zeros((k, 6), np.int64), np.zeros((k, 16), np.uint64), np.full((k, 16), -1, np.int64)
    coded = [i for i, c in enumerate(contents) if c.checksum is not None]
    leads, pivots = np.zeros(len(coded), np.uint64), np.zeros((len(coded), 64), np.uint64)
    turns, first = np.zeros((len(coded), 64), np.int64), np.zeros(k + 1, np.int64)
    window, mask, leaving = np.zeros((k, 2), np.int64), np.zeros(k, np.uint64), np.zeros(k, np.uint64)
    rows, limits, replays = [], [], 0
    for i, content in enumerate(contents):
        if (found := content.counter) is not None:
            counter[i] = found.start, found.length, 1 if content.strict else 3
            following[i, : len(found.following)] = found.following
        if (sum_ := content.checksum) is not None:
            row = coded.index(i)
            code[i] = sum_.start, sum_.length, sum_.kind, *sum_.counter, row
            for count, (x, y) in enumerate(sum_.references):
                others[i, count], images[i, count] = x, y
            if sum_.kind:
                pivots[row, 0] = sum_.pivots[0]
            for pivot, turn in zip(sum_.pivots, sum_.images, strict=False):
                top = pivot.bit_length() - 1
                leads[row] |= np.uint64(1 << top)
                pivots[row, top], turns[row, top] = pivot, turn
        for one in content.signals:
            f = one.field
            rows.append((f.start, f.length, f.room, f.little, f.signed, one.held))
            limits.append((one.usual, one.leap, one.least, one.low, one.high, one.rest))
        first[i + 1] = len(rows)
        if content.window and replays < _MOST_REPLAYS:
            window[i], mask[i] = (content.window, replays), content.mask
            leaving[i] = pow(0x9E3779B97F4A7C15, content.window, 1 << 64)
            replays += 1
    signal = np.array(rows, np.int64).reshape(-1, 6)
    return _Tables(
        counter, following, code, others, images, leads, pivots, turns, first, signal,
        np.array(limits, np.float64).reshape(-1, 6), window, mask, leaving,
    )  # fmt: skip


@njit(cache=True, nogil=True)
def _demanded(x, count, code, others, images, leads, pivots, turns):
    """What the checksum must be, -1 where that is not known."""
    if images[count] < 0:
        return -1
    if code[2] == 0:
        row = code[5]
        d, out = x ^ others[count], images[count]
        for top in range(63, -1, -1):
            bit = np.uint64(1) << np.uint64(top)
            if d & leads[row] & bit:
                d ^= pivots[row, top]
                out ^= turns[row, top]
        return out if d == 0 else -1
    if (x ^ others[count]) & ~pivots[code[5], 0]:
        return -1
    unit = (np.uint64(1) << np.uint64(code[1])) - np.uint64(1)
    total = 0
    for at in range(0, 64, code[1]):
        total += np.int64((x >> np.uint64(at)) & unit)
    return (code[2] * (images[count] - total)) & np.int64(unit)


@njit(cache=True, nogil=True)
def _rests(value, before, half, signed, rest, near):
    """Is a raw value, or the one before it, that at which the signal rests longest?"""
    for raw in (value, before):
        level = raw - 2 * half if signed and raw >= half else raw
        if abs(level - rest) <= near:
            return True
    return False


@njit(cache=True, nogil=True)
def _parked(i, held, signal, first):
    """Do a quarter of the other ids rest too that are restless while driving? Then the car does."""
    able = resting = 0
    for other in range(len(first) - 1):
        can = rests = False
        for j in range(first[other], first[other + 1]):
            if signal[j, 5] > 0:
                can = True
                rests = rests or 2 * held[j] > signal[j, 5]
        if can and other != i:
            able += 1
            resting += rests
    return resting > 0 and 4 * resting >= able


@njit(cache=True, nogil=True)
def _watch(
    time, frame_id, flags, data, table, ids, period, counter, following, code, others, images, leads, pivots, turns,
    first, signal, limits, window, mask, leaving, out_kind, out_id, out_time, out_strength,
):  # fmt: skip
    k, s, w = len(ids), len(signal), 0
    for i in range(k):
        w = max(w, window[i, 1] + 1 if window[i, 0] else 0)
    seen, last = np.zeros(k, np.bool_), np.zeros(k, np.int64)
    before = np.zeros(k, np.uint64)
    wrong, wrong_at = np.zeros((2, k)), np.zeros((2, k), np.int64)
    raw, held, wait, steps = np.zeros(s, np.int64), np.zeros(s, np.int64), np.zeros(s, np.int64), np.zeros(s, np.int64)
    great, around, ring_of = np.zeros(s), np.zeros(s), np.zeros((s, BEFORE), np.int64)
    rested = np.zeros(s, np.bool_)
    told = np.full((5, k), -(1 << 62), np.int64)
    ring, fresh = np.zeros((w, 256), np.uint64), np.zeros((w, 256), np.bool_)
    rolled, lively, length = np.zeros(w, np.uint64), np.zeros(w, np.int64), np.zeros(w, np.int64)
    slot, slot_at = np.zeros((w, _SLOTS), np.uint64), np.zeros((w, _SLOTS), np.int64)
    n, now, most = 0, -1, len(out_kind)
    for f in range(len(time)):
        t = time[f]
        if flags[f] & 5:
            continue
        if now < 0 or abs(t - now) > _BREAK or now - t > SET_BACK:
            seen[:] = False
            wrong[:] = 0.0
            told[:] = -(1 << 62)
            held[:] = 0
            wait[:] = 0
            steps[:] = 0
            length[:] = 0
            lively[:] = 0
        elif t < now:
            t = now
        now = t
        i = place(frame_id[f], table, ids)
        if i < 0:
            continue
        x, gap = data[f], t - last[i]
        last[i] = t
        known = seen[i]
        on_time = known and period[i] > 0 and gap < 1.5 * period[i]
        strong = 0.0
        if counter[i, 1] and on_time:
            unit = np.uint64((1 << counter[i, 1]) - 1)
            was = np.int64((before[i] >> np.uint64(counter[i, 0])) & unit)
            count = np.int64((x >> np.uint64(counter[i, 0])) & unit)
            if following[i, was] >= 0 and following[i, was] != count:
                wrong[0, i] = wrong[0, i] * math.exp(-(t - wrong_at[0, i]) / _MEMORY) + 1.0
                wrong_at[0, i] = t
                if wrong[0, i] > counter[i, 2] - 0.5 and t - told[0, i] > _AGAIN and n < most:
                    out_kind[n], out_id[n], out_time[n], out_strength[n] = 0, ids[i], t, wrong[0, i] / counter[i, 2]
                    n += 1
                    told[0, i] = t
        if code[i, 1]:
            unit = (np.uint64(1) << np.uint64(code[i, 1])) - np.uint64(1)
            said = np.int64((x >> np.uint64(code[i, 0])) & unit)
            count = np.int64((x >> np.uint64(code[i, 3])) & np.uint64((1 << code[i, 4]) - 1)) if code[i, 4] else 0
            must = _demanded(
                x & ~(unit << np.uint64(code[i, 0])), count, code[i], others[i], images[i], leads, pivots, turns
            )
            if must >= 0 and must != said:
                wrong[1, i] = wrong[1, i] * math.exp(-(t - wrong_at[1, i]) / _MEMORY) + 1.0
                wrong_at[1, i] = t
                if wrong[1, i] > 1.5 and t - told[1, i] > _AGAIN and n < most:
                    out_kind[n], out_id[n], out_time[n], out_strength[n] = 1, ids[i], t, wrong[1, i]
                    n += 1
                    told[1, i] = t
        swapped = np.uint64(0)
        if first[i + 1] > first[i]:
            for b in range(8):
                swapped |= ((x >> np.uint64(8 * b)) & np.uint64(255)) << np.uint64(56 - 8 * b)
        for j in range(first[i], first[i + 1]):
            start, width = signal[j, 0], signal[j, 1]
            source = x if signal[j, 3] else swapped
            value = np.int64((source >> np.uint64(start)) & ((np.uint64(1) << np.uint64(width)) - np.uint64(1)))
            if known:
                half = np.int64(1) << (width - 1)
                step = abs(((value - raw[j] + half) & (2 * half - 1)) - half)
                if wait[j] > 0:  # a great step some frames ago: did calm follow?
                    around[j] = max(around[j], step)
                    wait[j] -= 1
                    if wait[j] == 0:
                        ratio = great[j] / (limits[j, 0] + around[j]) / limits[j, 1]
                        ratio *= _AT_REST if rested[j] else 1.0
                        if ratio > HALF and ratio > strong:
                            strong = ratio
                elif (
                    on_time and step > limits[j, 2] and step > HALF * limits[j, 1] * limits[j, 0] and steps[j] >= BEFORE
                ):
                    around[j] = 0.0
                    for b in range(BEFORE):
                        around[j] = max(around[j], ring_of[j, b])
                    if step > HALF * limits[j, 1] * (limits[j, 0] + around[j]):
                        great[j], wait[j] = step, AFTER
                        rested[j] = _rests(value, raw[j], half, signal[j, 4], limits[j, 5], 2 * limits[j, 0])
                ring_of[j, steps[j] & (BEFORE - 1)] = step
                steps[j] += 1
                if step:
                    held[j] = 0
                elif x != before[i]:
                    held[j] += 1
                    if held[j] == signal[j, 5]:
                        level = value - 2 * half if signal[j, 4] and value >= half else value
                        above = (source >> np.uint64(start + width)) & np.uint64((1 << signal[j, 2]) - 1)
                        inside = limits[j, 3] < level < limits[j, 4] and level != limits[j, 5]
                        if above == 0 and inside and n < most and not _parked(i, held, signal, first):
                            out_kind[n], out_id[n], out_time[n], out_strength[n] = 3, ids[i], t, FAINT
                            n += 1
            raw[j] = value
        if strong > 0 and t - told[2, i] > _AGAIN and n < most:
            out_kind[n], out_id[n], out_time[n], out_strength[n] = 2, ids[i], t, strong
            n += 1
            told[2, i] = t
        if window[i, 0]:
            size, row = window[i, 0], window[i, 1]
            part = x & mask[i]
            spread = (part ^ (part >> np.uint64(31))) * np.uint64(0xBF58476D1CE4E5B9)
            spread ^= spread >> np.uint64(29)
            new = known and part != before[i] & mask[i]
            at = length[row] & 255
            rolled[row] = (rolled[row] if length[row] else np.uint64(0)) * np.uint64(0x9E3779B97F4A7C15) + spread
            if length[row] >= size:  # the oldest of the window leaves it
                old = (length[row] - size) & 255
                rolled[row] -= ring[row, old] * leaving[i]
                lively[row] -= fresh[row, old]
            ring[row, at], fresh[row, at] = spread, new
            lively[row] += new
            length[row] += 1
            if length[row] >= size and lively[row] * 4 >= size:
                here = np.int64(rolled[row] >> np.uint64(52))
                again = slot[row, here] == rolled[row] and length[row] - slot_at[row, here] >= size
                if again and t - told[4, i] > _AGAIN and n < most:
                    out_kind[n], out_id[n], out_time[n], out_strength[n] = 4, ids[i], t, 1.0
                    n += 1
                    told[4, i] = t
                slot[row, here], slot_at[row, here] = rolled[row], length[row]
        before[i] = x
        seen[i] = True
    return n


__all__ = ["CHECKSUM", "COUNTER", "FAINT", "HALF", "HELD", "LEAP", "REPLAY", "SET_BACK", "watch_payloads"]
