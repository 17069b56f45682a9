"""Many journeys of one policy taken together: how many are in doubt, against how many honest ones would be, and whether inertia felt
another size of braking and speeding up than is claimed, over all of them, or from some day on.

One journey cannot tell a tenth off its way; fifty can, where it began within them: the recorder's and the car's own errors are the
same before and after.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import NamedTuple

import numpy as np

from assay.core.clock import micros
from assay.core.errors import UnreadableInput
from assay.kinds.vehicles.mileage.accounts import Ratio
from assay.kinds.vehicles.mileage.evidence import Journey, Reading
from assay.kinds.vehicles.trips.agreement import SQUAT, scale_of
from assay.kinds.vehicles.trips.judge import Judged, judge
from assay.kinds.vehicles.trips.usual import Usual

CARS = 0.07  # natural logarithm: by which what is felt of a push differs from car to car and mounting to mounting
DRIVES = 0.05  # and from drive to drive of one car
MOUNTED = 0.025  # and where the recorder was taken off and put back
LEAST = 6  # journeys on either side of a step
MANY = 4  # journeys from which their scales are added up
_MONTH = 30.4 * 86_400e6  # microseconds


class Driven(NamedTuple):
    """One journey: kilometres of its record and minutes that were compared; `score` as `judge` has it, NaN where nothing could be;
    `codes` of its reasons, the strongest first; `scale` how many times the claimed push was felt, and its error, NaN unknown;
    `readable` whether it is a journey at all."""

    time: datetime
    name: str
    kilometres: float = 0.0
    minutes: float = 0.0
    score: float = np.nan
    codes: tuple[str, ...] = ()
    scale: float = np.nan
    error: float = np.nan
    readable: bool = True


def driven(journeys: Sequence[Journey], usual: Usual) -> Iterator[Driven]:
    """Each journey judged, in their order."""
    from assay.kinds.vehicles.trips.reading import read

    for one in journeys:
        try:
            track, _ = read(one.content)
            yield _told(one, judge(track, usual))
        except (UnreadableInput, ValueError):
            yield Driven(one.time, one.name, readable=False)


def _told(one: Journey, judged: Judged) -> Driven:
    scale = error = np.nan
    compared = judged.compared
    if compared is not None and compared.motion.reported[0]:
        scale, error = scale_of(compared.claimed_push, compared.felt_push)
    way = judged.length if one.distance is None else one.distance
    codes = tuple(said.code for said in judged.said)
    return Driven(one.time, one.name, way, judged.minutes, judged.score, codes, scale, error, judged.motion is not None)


def as_readings(told: Sequence[Driven]) -> list[Reading]:
    """What recorders claim was driven, for `accounts`."""
    return [Reading(time=d.time, source="journey", km=min(d.kilometres, 1e5)) for d in told if d.readable]


def chance(accused: int, stretches: int, hits: int, of: int) -> float:
    """The chance that so many of so many honest stretches are accused, or more, after `hits` of `of` honest ones were: beta-binomial, from
    no knowledge before."""
    from scipy.stats import betabinom

    return float(betabinom.sf(accused - 1, max(stretches, accused), 1 + hits, 1 + of - hits)) if accused else 1.0


def felt(told: Sequence[Driven]) -> Ratio | None:
    """How many times the pushes that all journeys claim were felt, less what a car leans; None of too few."""
    known = _scales(told)
    if known is None or len(known[0]) < MANY:
        return None
    time, log, error = known
    mean, own = _mean(log, error)
    return Ratio(mean, float(np.hypot(own, CARS)), len(log), float(np.ptp(time)) / _MONTH, float(time[0]))


def felt_since(told: Sequence[Driven]) -> Ratio | None:
    """By how much that grew at the moment at which it changed most; None of too few."""
    known = _scales(told)
    if known is None or len(known[0]) < 2 * LEAST:
        return None
    time, log, error = known
    best: Ratio | None = None
    for cut in range(LEAST, len(log) - LEAST + 1):
        (before, first), (after, second) = _mean(log[:cut], error[:cut]), _mean(log[cut:], error[cut:])
        step = Ratio(
            after - before,
            float(np.sqrt(first**2 + second**2 + MOUNTED**2)),
            len(log),
            float(np.ptp(time)) / _MONTH,
            float(time[cut]),
        )
        if best is None or abs(step.sigmas) > abs(best.sigmas):
            best = step
    return best


def _scales(told: Sequence[Driven]) -> tuple[np.ndarray, np.ndarray, np.ndarray] | None:
    """(microseconds, natural logarithm, standard error) of those that are known, in order of time."""
    rows = sorted(
        (micros(d.time), np.log(max(d.scale, 0.05)) - SQUAT, d.error / max(d.scale, 0.05))
        for d in told
        if d.scale == d.scale
    )
    if not rows:
        return None
    time, log, error = np.array(rows, np.float64).T
    return time, log, np.hypot(error, DRIVES)


def _mean(log: np.ndarray, error: np.ndarray) -> tuple[float, float]:
    """The weighted mean and its error, that of the scatter where that is greater."""
    weight = 1 / error**2
    mean = float(log @ weight / weight.sum())
    scatter = float(np.sqrt(np.sum(weight * (log - mean) ** 2) / max(len(log) - 1, 1)))
    return mean, float(max(1.0, scatter) / np.sqrt(weight.sum()))


__all__ = ["Driven", "as_readings", "chance", "driven", "felt", "felt_since"]
