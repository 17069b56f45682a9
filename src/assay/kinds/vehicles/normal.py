"""A vehicle's normal: which ids it sends, how evenly, how their payloads move, and how busy its bus gets.

Learnt from one clean trace: the first four fifths teach the numbers of each id, the last fifth, unseen till then, sets the
two thresholds that are common to all ids.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from assay.core.errors import InvalidSetting, ModelError
from assay.kinds.vehicles import content as contents
from assay.kinds.vehicles import foretell
from assay.kinds.vehicles.content import Content, learn_content, margin
from assay.kinds.vehicles.foretell import Forecast, forecasts
from assay.kinds.vehicles.frames import ERROR, REMOTE, has_parts, heads, id_of, keyed, part_of

MOST_IDS = 4096
LEAST_FRAMES = 1000
_LEAST_OF_ID = 60  # frames from which an id has a period
_TEACHING = 0.8
_ACCOUNT = 2.5  # a payload dearer than ever and the way back, with a margin
_ON_CHANGE = 0.65  # of a period: an id that ever came so early is sent when something changes, and has a rate instead
_NEVER_STILL = 0.02  # of an id's frames: one that was never of one payload for longer moves all the time
_EVEN = 3.0  # an id without a period is missed only where its gaps were never longer than so many usual ones
_UNEVEN = 20.0  # an id whose longest gap is so many periods is sent when something happens
_NEVER = 1e18  # frames: what has no timing of its own is never too many
_PAUSE = 1_000_000  # microseconds without a frame: not recorded
_ARRAYS = ("period", "slack", "silence", "rare", "still", "cost", "surprise")
RARE_MEMORY = 3_000_000.0  # time constant of the account of an id without a period, microseconds


@dataclass(frozen=True)
class Normal:
    """`ids` uint32[k] sorted, and keys of what stands beyond the eighth byte of CAN FD (see `frames.keyed`), which have no timing of
    their own; the rest in their order. Times in microseconds.

    period    float64[k], 0 where the id has none
    slack     float64[k, 4]: by how much 1, 2, 4, 8 gaps together were shorter than as many periods, at most
    silence   float64[k]: from which gap an id is missing, 0 where it may be
    rare      float64[k]: limit of the account of frames of an id that has no period, 0 where it has one
    still     float64[k]: frames of one payload from which an id is stuck, 0 where it may be
    cost      float64[k, 64]: of each bit's flip, in bits
    surprise  float64[k]: what the dearest change of a payload cost, with a margin
    timing    by what the limits of timing are widened; `payload` the limit of the payload's account
    load      frames in a tenth of a second from which the bus is flooded
    seconds   of driving that this was learnt from
    false_most  false events in 1,000 hours of driving that clean driving leaves possible (95 %), 0 where none was tried
    contents  what each id's payloads are like, in the order of `ids`
    forecasts of signals from one another
    """

    ids: np.ndarray
    period: np.ndarray
    slack: np.ndarray
    silence: np.ndarray
    rare: np.ndarray
    still: np.ndarray
    cost: np.ndarray
    surprise: np.ndarray
    timing: float
    payload: float
    load: float
    seconds: float = 0.0
    false_most: float = 0.0
    contents: tuple[Content, ...] = ()
    forecasts: tuple[Forecast, ...] = ()

    @classmethod
    def learn(cls, frames: np.ndarray) -> Normal:
        """From FRAME[n] of one bus in order of time; raises `InvalidSetting` where that is too little or too much."""
        from assay.kinds.vehicles.watch import watch_keyed

        frames = keyed(frames[(frames["flags"] & (ERROR | REMOTE)) == 0])
        if len(frames) < LEAST_FRAMES:
            raise InvalidSetting(f"{len(frames)} frames are too few to learn from", hint=f"at least {LEAST_FRAMES}")
        cut = int(len(frames) * _TEACHING)
        taught = _taught(frames[:cut], cls)
        seen = watch_keyed(frames[cut:], taught)
        # What is met in the last fifth is met again; a quarter is added, since a fifth is short.
        timing = max(1.0, 1.1 * seen.worst[0])
        payload = max(_ACCOUNT, 1.25 * seen.worst[1])
        whole = _taught(frames, cls)
        seconds = _driven(frames["time"])
        said = tuple(_contents(frames, whole, seconds))
        held = tuple(forecasts(frames, whole.ids, said))
        return replace(whole, timing=timing, payload=payload, seconds=seconds, contents=said, forecasts=held)

    @cached_property
    def owner(self) -> np.ndarray:
        """int64[k]: where the id stands whose timing is a key's own; itself where it is an id."""
        head = id_of(self.ids)
        at = np.minimum(np.searchsorted(self.ids, head), len(self.ids) - 1)
        return np.where(self.ids[at] == head, at, np.arange(len(self.ids)))

    @cached_property
    def timed(self) -> np.ndarray:
        """bool[k]: the ids among them."""
        return np.asarray(self.rare < _NEVER)

    @cached_property
    def moves(self) -> np.ndarray:
        """uint64[k]: the bits that were seen to move."""
        moved = [c.moves for c in self.contents] or [0] * len(self.ids)
        return np.array(moved, np.uint64)

    @cached_property
    def matter(self) -> np.ndarray:
        """uint64[k]: those of them that are neither counter nor checksum."""
        out = self.moves.copy()
        for i, content in enumerate(self.contents):
            for code in (content.counter, content.checksum):
                if code is not None:
                    out[i] &= ~np.uint64(((1 << code.length) - 1) << code.start)
        return out

    @cached_property
    def restless(self) -> np.ndarray:
        """bool[k]: an id that never says the same twice."""
        return np.array([c.restless for c in self.contents], bool) if self.contents else np.zeros(len(self.ids), bool)

    def as_json(self) -> dict[str, Any]:
        told: dict[str, Any] = {"ids": [int(i) for i in self.ids]}
        for name in _ARRAYS:
            told[name] = np.round(getattr(self, name), 4).tolist()
        return told | {
            "timing": self.timing,
            "payload": self.payload,
            "load": self.load,
            "seconds": self.seconds,
            "false_most": self.false_most,
            "contents": [contents.as_json(c) for c in self.contents],
            "forecasts": [foretell.as_json(f) for f in self.forecasts],
        }

    @classmethod
    def from_json(cls, told: Any) -> Normal:
        """Raises `ModelError` where shapes or values are not those of a normal."""
        try:
            ids = np.array(told["ids"], np.uint32)
            arrays: dict[str, Any] = {name: np.array(told[name], np.float64) for name in _ARRAYS}
            said = tuple(contents.from_json(c) for c in told["contents"])
            held = tuple(foretell.from_json(f) for f in told["forecasts"])
            seconds, false_most = float(told["seconds"]), float(told["false_most"])
            common: dict[str, Any] = {name: float(told[name]) for name in ("timing", "payload", "load")}
        except (KeyError, TypeError, ValueError, OverflowError) as error:
            raise ModelError(f"no normal of a vehicle: {error}") from None
        k = len(ids)
        shapes = {"slack": (k, 4), "cost": (k, 64)}
        whole = all(a.shape == shapes.get(name, (k,)) and np.isfinite(a).all() for name, a in arrays.items())
        whole = whole and len(said) in (0, k) and len(held) <= foretell.MOST_FORECASTS
        if not (whole and 0 < k <= MOST_IDS and (np.diff(ids.astype(np.int64)) > 0).all()):
            raise ModelError("no normal of a vehicle: its tables do not fit together")
        if not all(np.isfinite(v) and v > 0 for v in common.values()) or not (arrays["surprise"] > 0).all():
            raise ModelError("no normal of a vehicle: a threshold is not positive")
        return cls(ids=ids, **arrays, **common, seconds=seconds, false_most=false_most, contents=said, forecasts=held)


def _driven(time: np.ndarray) -> float:
    """Seconds, without pauses of the recording."""
    gaps = np.diff(time)
    return float(gaps[(gaps > 0) & (gaps < _PAUSE)].sum()) / 1e6


def _contents(frames: np.ndarray, taught: Normal, seconds: float) -> Iterator[Content]:
    """Of each id of the normal."""
    order = np.argsort(np.searchsorted(taught.ids, frames["id"]), kind="stable")
    bounds = np.searchsorted(frames["id"][order], taught.ids)
    for start, end in zip(bounds, [*bounds[1:], len(order)], strict=True):
        own = frames[order[start:end]]
        yield learn_content(np.ascontiguousarray(own["data"]), own["length"], seconds)


def _taught(frames: np.ndarray, make: type[Normal]) -> Normal:
    ids, index = np.unique(frames["id"], return_inverse=True)
    if len(ids) > MOST_IDS:
        raise InvalidSetting(f"{len(ids)} ids are more than a vehicle has", hint=f"at most {MOST_IDS}")
    k, seconds = len(ids), _driven(frames["time"])
    order = np.argsort(index, kind="stable")
    bounds = np.searchsorted(index[order], np.arange(k + 1))
    period, slack, silence = np.zeros(k), np.zeros((k, 4)), np.zeros(k)
    rare, still, cost, surprise = np.zeros(k), np.zeros(k), np.zeros((k, 64)), np.zeros(k)
    timed = part_of(ids) == 0 if has_parts(frames) else np.ones(k, bool)
    for i in range(k):
        own = frames[order[bounds[i] : bounds[i + 1]]]
        if timed[i]:
            period[i], slack[i], silence[i] = _timing(own["time"])
            rare[i] = 0.0 if period[i] > 0 else margin(seconds) * _busiest(own["time"]) + 1.5
        else:
            rare[i] = _NEVER
        cost[i], surprise[i] = _payload(np.ascontiguousarray(own["data"]))
        still[i] = _still(own["data"])
    buckets = np.unique(heads(frames)["time"] // 100_000, return_counts=True)[1]
    return make(ids, period, slack, silence, rare, still, cost, surprise, 1.0, _ACCOUNT, float(1.3 * buckets.max() + 5))


def _timing(time: np.ndarray) -> tuple[float, np.ndarray, float]:
    """(period, slack[4], silence) of one id."""
    gaps = np.diff(time)
    gaps = gaps[(gaps >= 0) & (gaps < 10_000_000)]
    if len(gaps) < _LEAST_OF_ID:
        return 0.0, np.zeros(4), 0.0
    period = float(np.median(gaps))
    longest = float(gaps.max())
    if period <= 0:
        return 0.0, np.zeros(4), 0.0
    slack = np.array([max(0.0, float((k * period - (time[k:] - time[:-k])).max(initial=0))) for k in (1, 2, 4, 8)])
    silence = 0.0 if longest > _UNEVEN * period else max(2 * longest, longest + 3 * period)
    if slack[0] >= _ON_CHANGE * period:
        return 0.0, np.zeros(4), silence if longest < _EVEN * period else 0.0
    return period, slack, silence


def _busiest(time: np.ndarray) -> float:
    """The most that the account of an id without a period came to."""
    account = most = 0.0
    for gap in np.diff(time, prepend=time[:1]).tolist():
        account = account * float(np.exp(-max(gap, 0) / RARE_MEMORY)) + 1.0
        most = max(most, account)
    return most


def _still(data: np.ndarray) -> float:
    """Three of the longest stretches of one payload, but for the payload at which it rested longest."""
    if len(data) < 100:
        return 0.0
    ends = np.flatnonzero(np.append(np.diff(data) != 0, True))
    runs = np.diff(ends, prepend=-1)
    elsewhere = runs[data[ends] != data[ends[np.argmax(runs)]]]
    longest = float(elsewhere.max(initial=0))
    return 3 * longest + 20 if 0 < longest <= _NEVER_STILL * len(data) and len(elsewhere) > len(data) // 10 else 0.0


def _payload(data: np.ndarray) -> tuple[np.ndarray, float]:
    """(cost[64], surprise) of one id: a flip costs -log2 of its share among the frames, with half a flip never seen."""
    change = data[1:] ^ data[:-1]
    bits = np.unpackbits(change.view(np.uint8).reshape(-1, 8), axis=1, bitorder="little").astype(np.float64)
    cost = -np.log2((bits.sum(axis=0) + 0.5) / (len(change) + 1))
    dearest = float((bits @ cost).max(initial=0.0))
    return cost, max(1.5 * dearest, dearest + 15.0, 20.0)


__all__ = ["LEAST_FRAMES", "MOST_IDS", "Normal"]
