"""Whether a vehicle's mileage adds up: does any odometer run back, do claims cover the way that workshops saw, does it need more
and more fuel for each claimed kilometre? Arithmetic on readings; each answer with its standard error.

Fuel: the log of litres (or kWh) a kilometre between fills is a level, a season whose size is known roughly, and a step at an
unknown moment: least squares with a prior on the season, the step's moment the one that fits best. Shaving a tenth of the way
off raises it by eleven hundredths.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from assay.core.clock import DAY, micros
from assay.kinds.vehicles.mileage.evidence import Reading

YEAR = 365.25
BACK = 2.0  # km by which a reading may lie below one before it: rounding, and the day of the papers
LONG = 30.0  # days that two workshop readings must lie apart
FILLS = 12  # fills on either side of a step
_SEASON = {"litres": 0.05, "kwh": 0.12}  # the size of a year's swing in consumption, natural logarithm, one sigma
_LIVES = (
    0.03  # by which a car's consumption may change for honest reasons: another way to work, a roof box, other tyres
)
_HANDS = (("service", "inspection"), ("claim",), ("fuel", "charge"), ("journey",))
_MOMENTS = 60  # at most so many moments of a step are tried
_DAILY = 0.6  # spread of a day's way about the mean, as a share


class Rollback(NamedTuple):
    """Kilometres by which the odometer fell, and over how many days."""

    kilometres: float
    days: float


class Ratio(NamedTuple):
    """Natural logarithm of a ratio, its standard error, and what it was read from."""

    log: float
    error: float
    readings: int
    months: float
    since: float = 0.0  # microseconds

    @property
    def sigmas(self) -> float:
        return self.log / max(self.error, 1e-6)


def rollbacks(readings: Sequence[Reading]) -> list[Rollback]:
    """Every fall of an odometer from the highest reading before by the same hand, in order. That one hand reads less than another
    is no rollback: `against_workshops` weighs that."""
    found: list[Rollback] = []
    for hand in _HANDS:
        told = sorted((micros(r.time), r.odometer) for r in readings if r.source in hand and r.odometer is not None)
        highest, when = -np.inf, 0
        for time, odometer in told:
            if odometer < highest - BACK and time - when > DAY // 2:
                found.append(Rollback(round(highest - odometer, 1), (time - when) / DAY))
                highest, when = odometer, time  # the new level
            elif odometer >= highest:
                highest, when = odometer, time
    return found


def against_workshops(readings: Sequence[Reading]) -> Ratio | None:
    """The way that workshops saw over the way that was claimed in the same time. None where there are not two of each a month
    apart."""
    seen = _odometer(readings, ("service", "inspection"))
    said = _odometer(readings, ("claim",))
    if len(said[0]) < 2:
        said = _summed(readings)
    if len(seen[0]) < 2 or len(said[0]) < 2:
        return None
    inside = (seen[0] >= said[0][0] - 31) & (seen[0] <= said[0][-1] + 31)
    t, km = seen[0][inside], seen[1][inside]
    if len(t) < 2 or t[-1] - t[0] < LONG:
        return None
    way = float(km[-1] - km[0])
    claimed = float(_at(t[-1], said) - _at(t[0], said))
    if way < 200 or claimed < 1:
        return None
    daily = way / float(t[-1] - t[0])
    unsure = np.hypot(_between(float(t[0]), said[0], daily), _between(float(t[-1]), said[0], daily))
    return Ratio(
        float(np.log(way / claimed)), float(np.hypot(unsure / claimed, 0.005)), len(t), float(t[-1] - t[0]) / 30.4
    )


def _odometer(readings: Sequence[Reading], sources: tuple[str, ...]) -> tuple[np.ndarray, np.ndarray]:
    """(days, km) of readings of these sources, in order."""
    told = sorted(
        (micros(r.time) / DAY, r.odometer) for r in readings if r.source in sources and r.odometer is not None
    )
    return np.array([t for t, _ in told]), np.array([km for _, km in told], np.float64)


def _summed(readings: Sequence[Reading]) -> tuple[np.ndarray, np.ndarray]:
    """(days, km) of journeys added up: what a recorder claims."""
    told = sorted((micros(r.time) / DAY, r.km) for r in readings if r.source == "journey" and r.km is not None)
    return np.array([t for t, _ in told]), np.cumsum([km for _, km in told]) if told else np.zeros(0)


def _at(day: float, said: tuple[np.ndarray, np.ndarray]) -> float:
    """Kilometres claimed by that day; a little beyond the ends by the mean pace."""
    t, km = said
    pace = float(km[-1] - km[0]) / max(float(t[-1] - t[0]), 1e-9)
    if day < t[0]:
        return float(km[0]) - pace * float(t[0] - day)
    return float(km[-1]) + pace * float(day - t[-1]) if day > t[-1] else float(np.interp(day, t, km))


def _between(day: float, t: np.ndarray, daily: float) -> float:
    """Standard error, km, of the way at a day that lies between two readings: a Brownian bridge of days."""
    after = int(np.searchsorted(t, day))
    left = day - t[after - 1] if after > 0 else t[0] - day
    right = t[after] - day if after < len(t) else np.inf
    span = left * right / (left + right) if np.isfinite(right) and after > 0 else left
    return float(_DAILY * daily * np.sqrt(max(span, 0.25)))


def consumption(readings: Sequence[Reading]) -> Ratio | None:
    """How much more fuel or electricity each claimed kilometre needs since some moment, as the log of the ratio, with the standard
    error that also covers honest changes. None where there are too few fills on both sides."""
    told = _per_kilometre(readings)
    if told is None:
        return None
    days, level, unit = told
    order = np.argsort(days)
    days, level = days[order], level[order]
    n = len(level)
    middle = float(np.median(level))
    spread = max(float(np.median(np.abs(level - middle)) * 1.4826), 0.03)
    level = np.clip(level, middle - 4 * spread, middle + 4 * spread)  # a forgotten fill is no crime
    phase = 2 * np.pi * days / YEAR
    prior = np.array([0.0, 1 / _SEASON[unit] ** 2, 1 / _SEASON[unit] ** 2, 0.0])
    best: Ratio | None = None
    for cut in np.unique(np.linspace(FILLS, n - FILLS, min(_MOMENTS, n - 2 * FILLS + 1)).astype(int)).tolist():
        step = (np.arange(n) >= cut).astype(np.float64)
        x = np.stack([np.ones(n), np.cos(phase), np.sin(phase), step], 1)
        noise = max(float(np.std(level - np.where(step > 0, level[cut:].mean(), level[:cut].mean()))), 0.02)
        precision = x.T @ x / noise**2 + np.diag(prior)
        cover = np.linalg.inv(precision)
        found = cover @ (x.T @ level) / noise**2
        error = float(np.hypot(np.sqrt(cover[3, 3]), _LIVES))
        ratio = Ratio(float(found[3]), error, n, float(days[-1] - days[0]) / 30.4, float(days[cut]) * DAY)
        if best is None or abs(ratio.sigmas) > abs(best.sigmas):
            best = ratio
    return best


def _per_kilometre(readings: Sequence[Reading]) -> tuple[np.ndarray, np.ndarray, str] | None:
    """(days, log of litres or kWh a kilometre, unit) between readings that say both, several fills together where the way between
    is short."""
    for unit in ("litres", "kwh"):
        told = sorted(
            (micros(r.time) / DAY, r.odometer, getattr(r, unit)) for r in readings
            if r.odometer is not None and getattr(r, unit) is not None
        )  # fmt: skip
        days, level, taken, start = [], [], 0.0, None
        for day, odometer, amount in told:
            if start is None:
                start = odometer
                continue
            taken += amount
            gone = odometer - start
            if gone >= 100 and taken > 0.1:
                days.append(day)
                level.append(np.log(taken / gone))
                taken, start = 0.0, odometer
            elif gone < 0:
                taken, start = 0.0, odometer
        if len(days) >= 2 * FILLS:
            return np.array(days), np.array(level), unit
    return None


__all__ = ["FILLS", "Ratio", "Rollback", "against_workshops", "consumption", "rollbacks"]
