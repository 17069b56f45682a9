"""What one id's payloads are like in clean traffic: counter, checksum, the signals in them and how they move, and whether
whole stretches ever come again.

How much more than was seen is allowed shrinks with the time that was seen: what half a minute did not show may be ordinary,
what an hour did not show is not.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from assay.core.errors import ModelError
from assay.kinds.vehicles.codes import Checksum, Counter, checksum_of, counter_of
from assay.kinds.vehicles.fields import Field, fields_of, raw_of, values_of

_LEAST = 200  # frames
_LEAST_VALUES = 12
_NEVER_TWICE = 0.998  # share of frames that say something new
_RESTLESS = 0.05  # a signal that rested for a larger share of the log in midst of its span may rest as long as it likes
_RUNS, _RUNS_SHARE = 50, 0.2  # rests, and their share of the log, from which it is told how long they may be
BEFORE, AFTER = 16, 3  # steps around one that are held against it
_STRETCHES = 8  # from which a law of extremes is fitted
_FAR = 3.6e6  # seconds in a thousand hours
_LEAST_LEAP, _LEAST_OF_SPAN = 2.5, 0.05  # of a leap: times the steps around it, share of the signal's span
WINDOWS = (8, 16, 32)  # frames
_LEAST_WINDOWS = 2000  # lively ones, of which none came again
_OFTEN = 0.05  # seconds between frames of an id whose stretches are compared
_FADES = 0.002  # share of windows half as long that may have come again
_SURELY = 6  # so many times as long as what never came again
_LIVELY = 4  # of a window, every so manyth frame must bring something new before a repetition means anything


class Signal(NamedTuple):
    """A smooth field. `usual` a step of which nineteen of twenty are smaller; `leap` how many times greater than it and the
    steps around it together a step must be to be a leap, and at least `least`; `held` frames of one
    value from which it is stuck (0: it may rest), but for `rest`, where it rested longest; `low` and `high` the values seen."""

    field: Field
    usual: float
    leap: float
    least: float
    held: int
    low: float
    high: float
    rest: float = 0.0


class Content(NamedTuple):
    """`strict`: the counter was never out of step. `restless`: by its counter, no payload ever came twice in a row. `window`:
    frames of which the bits `mask` never came again, 0 where they did. `moves`: bits that ever moved."""

    counter: Counter | None = None
    strict: bool = False
    restless: bool = False
    checksum: Checksum | None = None
    signals: tuple[Signal, ...] = ()
    window: int = 0
    mask: int = 0
    moves: int = 0


def margin(seconds: float) -> float:
    """How many times the greatest of `seconds` of driving is still ordinary."""
    return float(np.clip(1.5 + 120.0 / max(seconds, 1.0), 1.5, 6.0))


def limit_of(greatest: np.ndarray, seconds: float, factor: float = 1.0) -> float:
    """What the greatest of each of many stretches hardly ever come to: the greatest of all by `factor` of the margin, or where
    they are uneven what Gumbel's law foretells for a thousand hours."""
    if not len(greatest):
        return 0.0
    far = math.log(max(_FAR / max(seconds / len(greatest), 1e-3), 2.0))
    spread = float(greatest.std()) * math.sqrt(6) / math.pi
    law = float(greatest.mean()) + (far - 0.5772) * spread if len(greatest) >= _STRETCHES else 0.0
    return max(factor * float(greatest.max()), law)


def learn_content(data: np.ndarray, length: np.ndarray, seconds: float) -> Content:
    """From uint64[n] and uint8[n] of one id's frames in order, over so many seconds."""
    moves = int(np.bitwise_or.reduce(data ^ data[:1])) if len(data) else 0
    if len(data) < _LEAST:
        return Content(moves=moves)
    size = int(min(8, length.max(initial=0)))
    counter = counter_of(data, size)
    checksum = checksum_of(data, size, counter)
    taken = [(c.start, c.length) for c in (counter, checksum) if c is not None]
    signals = tuple(s for f in fields_of(data, taken) if (s := _signal(data, f, seconds)) is not None)
    mask = moves & ~sum(((1 << length) - 1) << start for start, length in taken) if signals else 0
    strict = _in_step(data, counter)  # what moves only while the car does may stand still with it; a counter does not
    restless = strict and bool((data[1:] != data[:-1]).mean() > _NEVER_TWICE)
    window = _window(data & np.uint64(mask), mask) if seconds <= _OFTEN * len(data) else 0
    return Content(counter, strict, restless, checksum, signals, window, mask, moves)


def step_of(values: np.ndarray, field: Field) -> np.ndarray:
    """float64[n - 1]: from one value to the next, the short way round where the field runs over."""
    plain = np.diff(values)
    width = float(1 << field.length)
    short = (plain + width / 2) % width - width / 2
    return np.asarray(np.where(np.abs(short) < np.abs(plain), short, plain))


def _signal(data: np.ndarray, field: Field, seconds: float) -> Signal | None:
    """None where it is too narrow or does not move as a thing that has mass."""
    values = values_of(data, field)
    if field.length + field.room < 5 or len(np.unique(values)) < _LEAST_VALUES:
        return None
    step, span = np.abs(step_of(values, field)), float(np.ptp(values))
    if step.mean() > 0.25 * values.std() or step.max() > 0.6 * span:
        return None
    usual = max(float(np.quantile(step, 0.95)), 1.0)
    leap = max(_LEAST_LEAP, (1 + 0.4 * margin(seconds)) * float(_isolation(step, usual).max(initial=0.0)))
    held, rest = _held(values, margin(seconds))
    least = max(3.0, _LEAST_OF_SPAN * span)
    return Signal(field, usual, leap, least, held, float(values.min()), float(values.max()), rest)


def _isolation(step: np.ndarray, usual: float) -> np.ndarray:
    """float64[k]: each step over the usual one and the greatest of those just before and after it. A signal that has mass
    takes no great step out of calm into calm, however hard the driving; where a lie begins or ends it does."""
    if len(step) < BEFORE + AFTER + 1:
        return np.zeros(0)
    before = sliding_window_view(step, BEFORE)[: -AFTER - 1].max(axis=1)
    after = sliding_window_view(step, AFTER)[BEFORE + 1 :].max(axis=1)
    return np.asarray(step[BEFORE:-AFTER] / (usual + np.maximum(before, after)))


def _held(values: np.ndarray, margin: float) -> tuple[int, float]:
    """(frames of one value from which it is stuck, 0 where it may rest anywhere; the one value at which it may rest)."""
    ends = np.flatnonzero(np.diff(values, append=np.nan) != 0)
    runs, at = np.diff(ends, prepend=-1), values[ends]
    rest = float(at[np.argmax(runs)])
    elsewhere = runs[(at != rest) & (at > values.min()) & (at < values.max())]
    if (
        len(elsewhere) < _RUNS
        or elsewhere.sum() < _RUNS_SHARE * len(values)
        or elsewhere.max() > _RESTLESS * len(values)
    ):
        return 0, rest
    return int(max(2.0, margin) * float(elsewhere.max())) + 20, rest


def _in_step(data: np.ndarray, counter: Counter | None) -> bool:
    if counter is None:
        return False
    values = raw_of(data, counter.start, counter.length, True)
    return bool((np.array(counter.following)[values[:-1]] == values[1:]).all())


def _window(data: np.ndarray, mask: int) -> int:
    """Four of the shortest windows of lively frames that never came again, 0 where the longest did."""
    if not mask:
        return 0
    new = np.concatenate([[False], data[1:] != data[:-1]])
    again = (
        1.0  # share of the windows half as long that came again: it must fade, or the next length may come again too
    )
    for window in (WINDOWS[0] // 2, *WINDOWS):
        if len(data) < 8 * window:
            return 0
        hashes = np.zeros(len(data) - window + 1, np.uint64)
        for k in range(window):
            hashes = hashes * np.uint64(0x9E3779B97F4A7C15) + mixed(data[k : k + len(hashes)])
        lively = np.convolve(new, np.ones(window), "valid") >= window / _LIVELY
        many = int(lively.sum())
        before, again = again, 1 - len(np.unique(hashes[lively])) / max(many, 1)
        if many >= _LEAST_WINDOWS and again == 0 and before < _FADES and window in WINDOWS:
            return _SURELY * window
    return 0


def mixed(data: np.ndarray) -> np.ndarray:
    """uint64[n] spread over all bits."""
    spread = (data ^ (data >> np.uint64(31))) * np.uint64(0xBF58476D1CE4E5B9)
    return np.asarray(spread ^ (spread >> np.uint64(29)))


def as_json(content: Content) -> dict[str, Any]:
    """What `from_json` takes."""
    told: dict[str, Any] = {
        "strict": content.strict,
        "restless": content.restless,
        "window": content.window,
        "mask": content.mask,
        "moves": content.moves,
    }
    if content.counter is not None:
        told["counter"] = list(content.counter)
    if content.checksum is not None:
        told["checksum"] = list(content.checksum)
    told["signals"] = [[list(s.field), *s[1:]] for s in content.signals]
    return told


def from_json(told: Any) -> Content:
    """Raises `ModelError` where the values are not those of a content."""
    try:
        counter = checksum = None
        if "counter" in told:
            start, length, following = told["counter"]
            counter = Counter(_bit(start), _bit(length), tuple(int(v) for v in following))
            if len(counter.following) != 1 << counter.length or counter.length > 8:
                raise ValueError("a counter of no field")
        if "checksum" in told:
            checksum = _checksum(told["checksum"])
        signals = tuple(
            Signal(
                field_of(f), float(usual), float(leap), float(least), int(held), float(low), float(high), float(rest)
            )
            for f, usual, leap, least, held, low, high, rest in told["signals"]
        )
        if not all(s.usual >= 1 and s.leap > 0 for s in signals):
            raise ValueError("a signal without limits")
        window, mask, moves = int(told["window"]), int(told["mask"]), int(told["moves"])
        if window not in (0, *(_SURELY * w for w in WINDOWS)) or not 0 <= mask < 1 << 64 or not 0 <= moves < 1 << 64:
            raise ValueError("a window of no size")
        return Content(counter, bool(told["strict"]), bool(told["restless"]), checksum, signals, window, mask, moves)
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise ModelError(f"no normal of a vehicle: {error}") from None


def field_of(told: Any) -> Field:
    """Raises `ValueError` where it does not lie in a payload."""
    start, length, little, signed, room = told
    field = Field(_bit(start), int(length), bool(little), bool(signed), int(room))
    if not (field.length > 0 and field.room >= 0 and field.length + field.room < 64):
        raise ValueError("a field of no length")
    if field.start + field.length + field.room > 64:
        raise ValueError("a field beyond its payload")
    return field


def _bit(told: Any) -> int:
    value = int(told)
    if not 0 <= value < 64:
        raise ValueError("a bit beyond the payload")
    return value


def _checksum(told: Any) -> Checksum:
    start, length, kind, counter, references, pivots, images, name = told
    made = Checksum(
        _bit(start), int(length), int(kind), (_bit(counter[0]), int(counter[1])),
        tuple((int(a), int(b)) for a, b in references), tuple(int(p) for p in pivots), tuple(int(i) for i in images),
        str(name)[:40],
    )  # fmt: skip
    if made.length not in (4, 8) or made.kind not in (0, 1, -1) or not 0 <= made.counter[1] <= 4:
        raise ValueError("a checksum of no kind")
    if len(made.references) != 1 << made.counter[1] or len(made.pivots) > 64:
        raise ValueError("a checksum without its references")
    if len(made.images) != (len(made.pivots) if made.kind == 0 else 0) or (made.kind and len(made.pivots) != 1):
        raise ValueError("a checksum without its basis")
    if not all(0 < p < 1 << 64 for p in made.pivots) or not all(0 <= r < 1 << 64 for r, _ in made.references):
        raise ValueError("a checksum beyond the payload")
    return made


__all__ = [
    "Content", "Signal", "as_json", "field_of", "from_json", "learn_content", "limit_of", "margin", "mixed", "step_of",
]  # fmt: skip
