"""The watch over one bus: frames in order against a vehicle's `Normal`, in one compiled pass with a few numbers an id.

*Timing*: of an id sent every p, frame i and the one k before it (k = 1, 2, 4, 8) are k·p apart; an inserted frame takes a
whole p away from that, jitter takes no more than was seen of the clean car. What follows a frame that came too early says
whether there are two senders (injection) or one that sends more often (pace). *Silence*: an id overdue by far while others go
on. *Payload*: each bit that flips from one frame of an id to the next costs what it cost to see it flip in clean traffic, so
that a random or alien payload is dear and a counter's carry is cheap. *Stuck*: one payload for far longer than ever. *Load*:
frames in a tenth of a second.

Where a payload was dearer than ever and nothing else is amiss, that is learnt; during anything else nothing is.
"""

# mypy: disable-error-code="no-untyped-def,no-untyped-call,misc"

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numba import njit

from assay.kinds.vehicles.confirm import confirmed
from assay.kinds.vehicles.content import margin
from assay.kinds.vehicles.contradict import contradictions
from assay.kinds.vehicles.frames import PART, has_parts, id_of, keyed
from assay.kinds.vehicles.normal import RARE_MEMORY, Normal
from assay.kinds.vehicles.payloads import FAINT, SET_BACK, watch_payloads
from assay.kinds.vehicles.place import place, place_table

_OF_PAYLOADS = np.array([7, 8, 9, 5, 10])  # what `payloads` numbers, as `reasons.EVENTS` does
SPANS = np.array([1, 2, 4, 8])
MOST_ALARMS = 100_000
_TICK = 50_000  # microseconds between looks for silent ids
_BREAK = 1_000_000  # a bus silent for so long was not recorded: everything begins anew
_BUCKET = 100_000
_AGAIN = 100_000  # the same alarm of the same id is not told again within this
_MEMORY = 1_000_000.0  # time constant of the payload's account
_UNKNOWN_LIMIT = 1.5  # a frame of an id never met may be a rare message of the car; one of another soon after is not
_ANOTHER = 14  # bits that differ, from which the same id counts as another: a button says much the same again
_SAME_UNKNOWN = 3.5  # else it is told from so many times within half a minute on
_AT_ONCE = 3  # bits of an id that never moved before, and do at once: that is news
_NEWS = 10_000_000  # for so many microseconds
_NEW_STATE = 2  # other ids with news, from which the car is in a state that was never learnt
_TAKEN_BACK, _SURELY_BACK = 4.0, 16.0  # bits
_ODD = 0.25  # of what an id may say anew: what one inserted frame must say to be told by itself
_LATELY = 30_000_000.0  # time constant of what came too early, microseconds
_IN_A_ROW = 12  # frames that all come too early, though none by itself
_SEVERAL, _MANY = 2.5, 6.5  # frames too early of late, from which there are two senders, or one that sends more often
_ASTRAY = 3_000_000  # after an id's beat was lost it has a pace of its own for so long
_UNEVEN, _MUCH = 0.4, 1.3  # slack, of a period, from which an id must come so many times its limit early
_MANY_TIMES = 10.0  # its usual rate: no car sends so
_ONE_MESSAGE = 300_000  # frames of one id within so long are packets of one message, or one that is said several times
_LEAPS_ALONE, _WARY = 1.6, 0.65  # of its limit, at least, and by the margin: a leap that nothing else bears out
_RESTARTS = 3_000_000  # microseconds for which an id may be silent: a computer restarts within two or three seconds
_UNHEARD = 3.5  # periods of silence after which an id may say anything
_SAME_CHANGE = 0.5  # of what may be paid: two changes that differ by less are one
_DEAREST = 3.0  # what one frame may add to the payload's account


class Alarms(NamedTuple):
    """In order of time. `kind` int64, the index in `reasons.EVENTS`; `id` uint32; `time` microseconds; `strength` from 1.
    `worst`: the greatest timing and payload strength met, with or without an alarm."""

    kind: np.ndarray
    id: np.ndarray
    time: np.ndarray
    strength: np.ndarray
    worst: tuple[float, float]


def watch(frames: np.ndarray, normal: Normal) -> Alarms:
    """`frames` FRAME[n] of one bus in order of the log."""
    return watch_keyed(keyed(frames), normal)


def watch_keyed(frames: np.ndarray, normal: Normal) -> Alarms:
    """As `watch`, of frames as `keyed` gives them."""
    most = min(MOST_ALARMS, 64 + 4 * len(frames))
    kind, ids = np.zeros(most, np.int64), np.zeros(most, np.uint32)
    time, strength = np.zeros(most, np.int64), np.zeros(most)
    worst = np.zeros(2)
    n = _watch(
        frames["time"], frames["id"], frames["flags"], frames["data"], place_table(normal.ids), normal.ids, normal.period,
        timing_limits(normal.period, normal.slack) * normal.timing, normal.silence, normal.rare, normal.still, normal.cost, normal.surprise.copy(),
        normal.matter, normal.moves.copy(), normal.restless, normal.owner, normal.payload, normal.load, kind, ids, time, strength, worst,
    )  # fmt: skip
    parts = [(kind[:n], ids[:n], time[:n], strength[:n])]
    if normal.contents:
        what, who, when, strong = watch_payloads(frames, normal.ids, normal.period[normal.owner], normal.contents, most)
        parts.append((_OF_PAYLOADS[what], who, when, strong))
    apart = contradictions(frames, normal.ids, normal.contents, normal.forecasts)
    parts.append((np.full(len(apart.id), 6), apart.id, apart.time, apart.strength))
    kind, ids, time, strength = (np.concatenate(column) for column in zip(*parts, strict=True))
    ids = id_of(ids) if has_parts(frames) else ids
    alone, steady = max(_LEAPS_ALONE, _WARY * margin(normal.seconds)), int((normal.silence > 0).sum())
    told = np.flatnonzero(confirmed(kind, ids, time, strength, alone, steady))
    told = told[np.argsort(time[told], kind="stable")]
    return Alarms(kind[told], ids[told], time[told], strength[told], (float(worst[0]), float(worst[1])))


def timing_limits(period: np.ndarray, slack: np.ndarray) -> np.ndarray:
    """float64[ids, 4]: how much too early is too early; midway between what was seen and what an inserted frame takes."""
    p = period[:, None]
    limits = np.where(
        slack < 0.8 * p, (p + slack) / 2, np.where(slack[:, :1] < 0.8 * p, slack + 0.5 * p, slack + 1.5 * p)
    )
    return np.where(p > 0, limits, np.inf)


@njit(cache=True, nogil=True)
def surprise(change, cost):
    """What the bits that flipped cost together."""
    total = 0.0
    while change:
        low = change & (~change + np.uint64(1))
        # the exponent of a power of two as a float is its place
        total += cost[int(math.log2(float(low)) + 0.5)]
        change ^= low
    return total


@njit(cache=True, nogil=True)
def _flips(change):
    """How many bits flipped."""
    n = 0
    while change:
        change &= change - np.uint64(1)
        n += 1
    return n


@njit(cache=True, nogil=True)
def _others_with_news(i, t, news, owner):
    n = 0
    for j in range(len(news)):
        n += owner[j] != owner[i] and t - news[j] < _NEWS
    return n


@njit(cache=True, nogil=True)
def _weight(change, cost):
    """What the dearest flip of each byte cost together: bits of one value flip together, and are not told one by one."""
    total = 0.0
    for byte in range(8):
        part, most = (change >> np.uint64(8 * byte)) & np.uint64(255), 0.0
        for bit in range(8):
            if (part >> np.uint64(bit)) & np.uint64(1):
                most = max(most, cost[8 * byte + bit])
        total += most
    return total


@njit(cache=True, nogil=True)
def _watch(
    time, frame_id, flags, data, table, ids, period, limits, silence, rare, still, cost, dear, matter, moves, restless, owner,
    account_limit, load, out_kind, out_id, out_time, out_strength, worst,
):  # fmt: skip
    k = len(ids)
    ring = np.zeros((k, 8), np.int64)
    seen = np.zeros(k, np.int64)
    last = np.zeros(k, np.int64)
    before = np.zeros(k, np.uint64)
    account = np.zeros(k)
    account_at = np.zeros(k, np.int64)
    rate = np.zeros(k)
    loud = np.full(k, -(1 << 62), np.int64)  # when the timing was last amiss
    silent = np.zeros(k, np.bool_)
    same = np.zeros(k)
    told = np.full((3, k), -(1 << 62), np.int64)
    early_by, often_by, early_at = (
        np.zeros(k),
        np.zeros(k),
        np.zeros(k, np.int64),
    )  # of a frame that came too soon, till the next one says whose it was
    twice = np.full(k, -(1 << 62), np.int64)  # when the same was last said twice in a row
    lately, lately_at = np.zeros((2, k)), np.zeros((2, k), np.int64)
    hasty, row_of_early = np.zeros(k, np.bool_), np.zeros(k, np.int64)
    known_change = np.zeros(k, np.uint64)  # what was dear last: a page that is turned back and forth is dear each time
    due, astray = np.zeros(k), np.full(k, -(1 << 62), np.int64)
    early_said, said_before = np.zeros(k, np.uint64), np.zeros(k, np.uint64)
    told_unknown = told_flood = -(1 << 62)
    unknown, newest, strange, strange_at = 0.0, 0, -1, 0
    # the last ids that were never learnt, how often each came of late, when last, and what it said
    stranger, strangers, met = np.full(16, -1, np.int64), 0, np.zeros(16)
    unknown_at, unknown_said = np.zeros(16, np.int64), np.zeros(16, np.uint64)
    news = np.full(k, -(1 << 62), np.int64)  # when bits last moved that never had
    bucket, in_bucket = -1, 0
    n, now, tick = 0, -1, 0
    most = len(out_kind)
    for f in range(len(time)):
        t = time[f]
        if flags[f] & 4:
            continue
        if now < 0 or abs(t - now) > _BREAK or now - t > SET_BACK:
            seen[:] = 0
            last[:] = t
            silent[:] = False
            early_by[:] = 0.0
            due[:] = 0.0
            astray[:] = -(1 << 62)
            lately[:] = 0.0
            account[:] = 0.0
            rate[:] = 0.0
            unknown = 0.0
            loud[:] = -(1 << 62)
            told[:] = -(1 << 62)
            told_unknown = told_flood = -(1 << 62)
            bucket, in_bucket = -1, 0
            tick = t + _TICK
        elif t < now:  # the order of the log stands
            t = now
        now = t
        if t >= tick:
            tick = t + _TICK
            for j in range(k):
                if silence[j] > 0 and seen[j] and not silent[j] and t - last[j] > silence[j]:
                    if t - last[j] < _RESTARTS + period[j]:
                        continue
                    silent[j] = True
                    if n < most:
                        out_kind[n], out_id[n], out_time[n] = 4, ids[j], t
                        out_strength[n] = (t - last[j]) / silence[j]
                        n += 1
        if t // _BUCKET != bucket:
            bucket, in_bucket = t // _BUCKET, 0
        head = flags[f] >> PART == 0
        in_bucket += head
        if in_bucket > load and t - told_flood > _AGAIN and n < most:
            out_kind[n], out_id[n], out_time[n], out_strength[n] = 3, frame_id[f], t, in_bucket / load
            n += 1
            told_flood = t
        i = place(frame_id[f], table, ids)
        if i < 0:
            if not head or (frame_id[f] == strange and t - strange_at < _ONE_MESSAGE):
                continue
            strange, strange_at = frame_id[f], t
            slot = -1
            for b in range(len(stranger)):
                slot = b if stranger[b] == strange else slot
            strength, new = 0.0, slot < 0
            if new:
                slot = strangers % len(stranger)
                strangers += 1
                stranger[slot], met[slot] = strange, 0.0
            if new or _flips(data[f] ^ unknown_said[slot]) >= _ANOTHER:
                unknown = unknown * math.exp(-max(t - newest, 0) / RARE_MEMORY) + 1.0
                newest = t
                strength = unknown / _UNKNOWN_LIMIT
            met[slot] = met[slot] * math.exp(-max(t - unknown_at[slot], 0) / _LATELY) + 1.0
            unknown_at[slot], unknown_said[slot] = t, data[f]
            strength = max(strength, met[slot] / _SAME_UNKNOWN)
            if strength >= 1.0 and t - told_unknown > _AGAIN and n < most:
                out_kind[n], out_id[n], out_time[n], out_strength[n] = 2, frame_id[f], t, strength
                n += 1
                told_unknown = t
            continue
        early = often = 0.0
        soon = False
        if period[i] > 0:
            span = 1
            for s in range(4):
                if seen[i] >= span:
                    short = span * period[i] - (t - ring[i, (seen[i] - span) & 7])
                    ratio = short / limits[i, s]
                    early = max(early, ratio)
                    soon = soon or (s == 0 and ratio >= 1.0)
                span *= 2
            if early >= 1.0 and seen[i] >= 8:
                often = 8 * period[i] / max(t - ring[i, seen[i] & 7], 1)
        else:
            rate[i] = rate[i] * math.exp(-max(t - last[i], 0) / RARE_MEMORY) + 1.0 if rate[i] > 0 else 1.0
            early = often = rate[i] / rare[i] if rate[i] >= rare[i] else 0.0
        ring[i, seen[i] & 7] = t
        worst[0] = max(worst[0], early)
        if period[i] > 0 and seen[i]:
            # The car's own frames keep their beat whatever is sent between them; a sender that skips one has a pace of its own.
            loose = max(0.1 * period[i], 1.5 * (2 * limits[i, 0] - period[i]))
            if t > due[i] + loose and due[i] > 0 and (early_by[i] > 0 or early >= 1.0):
                astray[i] = t
            if t >= due[i] - loose:
                due[i] = t + period[i]
        if early_by[i] > 0:
            # Two senders contradict one another: the frame after takes back what the early one said, or the early one said
            # again what this id never says twice. A car that sends more often does neither.
            away, back = (data[f] ^ early_said[i]) & matter[i], (data[f] ^ said_before[i]) & matter[i]
            taken = _weight(away, cost[i]) - _weight(back, cost[i])
            odd = taken > _SURELY_BACK and surprise(early_said[i] ^ said_before[i], cost[i]) > _ODD * dear[i]
            exact = restless[i] and twice[i] >= early_at[i] - period[i]
            two = exact or taken > _TAKEN_BACK
            # An id that at times comes early by itself must come much too early.
            uneven = 2 * limits[i, 0] - period[i] > _UNEVEN * period[i] and early_by[i] < _MUCH
            two = (two and period[i] > 0 and not uneven and t - astray[i] > _ASTRAY) or often_by[i] >= _MANY_TIMES
            row = 0 if two else 2
            # One such frame may be what a car sends when a button is pressed, and so may one that announces what stays so.
            side = 0 if two else 1
            counts = hasty[i] and early_at[i] - lately_at[side, i] > 0.9 * period[i] and (two or -taken < _TAKEN_BACK)
            if counts or period[i] <= 0:
                lately[side, i] = (
                    lately[side, i] * math.exp(-max(early_at[i] - lately_at[side, i], 0) / _LATELY) + 1.0 + odd
                )
                lately_at[side, i] = early_at[i]
            enough = lately[side, i] >= (_SEVERAL if two else _MANY) or (two and (exact or often_by[i] >= _MANY_TIMES))
            if enough and early_at[i] - told[row, i] > _AGAIN and n < most:
                out_kind[n], out_id[n], out_strength[n] = 0 if two else 11, ids[i], early_by[i]
                out_time[n] = early_at[i]
                n += 1
                told[row, i] = early_at[i]
            early_by[i] = 0.0
        if seen[i] > 0 and data[f] == before[i]:
            twice[i] = t
        loud_before = seen[i] > 0 and loud[i] == last[i]
        if early >= 1.0:
            loud[i] = t
            early_by[i], early_at[i], often_by[i] = early, t, often
            row_of_early[i] = row_of_early[i] + 1 if loud_before else 1
            hasty[i] = soon or row_of_early[i] > _IN_A_ROW
            early_said[i], said_before[i] = data[f], before[i]
        if seen[i] > 0 and not flags[f] & 1:
            change = data[f] ^ before[i]
            if not change:
                same[i] += 1
                if same[i] == still[i] and n < most:
                    out_kind[n], out_id[n], out_time[n], out_strength[n] = 5, ids[i], t, FAINT
                    n += 1
            else:
                same[i] = 0
                if _flips(change & ~moves[i]) >= _AT_ONCE:
                    news[i] = t
                heard = period[i] <= 0 or t - last[i] < _UNHEARD * period[i]
                paid = surprise(change, cost[i]) if heard else 0.0
                fresh = paid > dear[i] and surprise(change ^ known_change[i], cost[i]) > _SAME_CHANGE * dear[i]
                if paid > dear[i]:
                    known_change[i] = change
                if fresh:
                    ratio = min(paid / dear[i], _DEAREST)
                    account[i] = account[i] * math.exp(-max(t - account_at[i], 0) / _MEMORY) + ratio
                    account_at[i] = t
                    worst[1] = max(worst[1], account[i])
                    if account[i] >= account_limit and _others_with_news(i, t, news, owner) < _NEW_STATE:
                        if t - told[1, i] > _AGAIN and n < most:
                            out_kind[n], out_id[n], out_time[n] = 1, ids[i], t
                            out_strength[n] = account[i] / account_limit
                            n += 1
                            told[1, i] = t
                    elif t - loud[owner[i]] > _BREAK:
                        dear[i] = paid
                if t - loud[owner[i]] > _BREAK:
                    moves[i] |= change
        before[i] = data[f]
        seen[i] += 1
        last[i] = t
        silent[i] = False
    return n


__all__ = ["Alarms", "surprise", "timing_limits", "watch"]
