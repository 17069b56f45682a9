"""What each type of correlation asks of the hits of one window: a number that its condition is met by, or None."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Callable, Sequence
from typing import Any

from assay.kinds.hosts.sigma.correlation import Correlation, worded
from assay.kinds.hosts.sigma.memory import Judge


def judge_of(rule: Correlation) -> Judge:
    """The hits come in order of time, and of arrival where times are equal."""
    if rule.text:
        return _in_words(rule)
    measure = _measure(rule)
    met = rule.met

    def judge(places: Sequence[int], values: Sequence[Any]) -> float | None:
        value = measure(places, values)
        return value if value is not None and met(value) else None

    return judge


def _measure(rule: Correlation) -> Judge:
    if rule.type in ("event_count", "value_count", "temporal"):
        return lambda places, _: len(places)  # of hits, of values and of rules: the memory holds each once
    if rule.type == "temporal_ordered":
        return lambda places, _: _longest(places)
    number = _NUMBERS.get(rule.type) or (lambda values: percentile(values, rule.percentile))
    return lambda _, values: number(values) if values else None


def _longest(places: Sequence[int]) -> int:
    """How many different rules follow each other in the order given: the longest strictly increasing subsequence
    (Fredman 1975). Hits of one event come in falling order, so that no event follows itself."""
    tails: list[int] = []
    for place in places:
        at = bisect_left(tails, place)
        tails[at : at + 1] = [place]
    return len(tails)


def _in_words(rule: Correlation) -> Judge:
    test, least = worded(rule)
    ordered = rule.type == "temporal_ordered"

    def judge(places: Sequence[int], _values: Sequence[Any]) -> float | None:
        present = frozenset(places)
        if not test(present):
            return None
        if not ordered or any(present.issuperset(chosen) and _follow(chosen, places) for chosen in least):
            return float(len(present))
        return None

    return judge


def _follow(chosen: Sequence[int], places: Sequence[int]) -> bool:
    left = iter(places)
    return all(any(place == wanted for place in left) for wanted in chosen)


def percentile(values: Sequence[float], share: float) -> float:
    """Between the two nearest values in proportion (SQL's percentile_cont)."""
    ranked = sorted(values)
    at = (len(ranked) - 1) * share / 100
    low = math.floor(at)
    high = min(low + 1, len(ranked) - 1)
    return ranked[low] + (ranked[high] - ranked[low]) * (at - low)


_NUMBERS: dict[str, Callable[[Sequence[float]], float]] = {
    "value_sum": math.fsum,
    "value_avg": lambda values: math.fsum(values) / len(values),
    "value_median": lambda values: percentile(values, 50),
    "value_min": min,
    "value_max": max,
}

__all__ = ["judge_of", "percentile"]
