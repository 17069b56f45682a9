"""Attacks that nobody has described: marks of several kinds that come together where this phone's own rates make that unlikely.

Marks of kinds k with rates r are taken as coming by chance, each at its own rate (Poisson). Of a window of width w, the number of
times that all of them are expected to fall within it over the time T that the phone was watched is `T k r1 ... rk w^(k-1)` (each kind
may begin it); of a delivery followed by the others within w it is `T r1 (r2 w) ... (rk w)`. The score is how many powers of ten that is
below one, less what trying several windows and sets of kinds would find. A rate is the phone's own, over the whole time or over the days
around, whichever is higher: what is *last* touched crowds towards the day of the backup. Marks in storms are left out (`storms`).

Windows are of 5 minutes, where an exploit's steps follow each other, and of 1, 4 and 12 hours, where a delivery must come first.
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from typing import NamedTuple

from assay.core.clock import DAY, HOUR, SECOND
from assay.kinds.phones.marks import DELIVERY, Mark, marks_of
from assay.kinds.phones.storms import calm
from assay.kinds.phones.timeline import Event

MINUTES = 300 * SECOND
SCALES = ((MINUTES, 0.0), (HOUR, 0.5), (4 * HOUR, 0.5), (12 * HOUR, 0.5))  # width, and what trying it costs
THRESHOLD = 2.0
TRIED = 1.0  # powers of ten: sets of kinds that a window may be read as
WITHOUT_DELIVERY = 2.0  # what an update does to settings, programs and bundles comes together too
WITHOUT_PROGRAM = 1.0  # a person who clears a conversation may change a setting as well
PROGRAM = frozenset("NUDV")
FAMILIES = {
    "A": "a",
    "B": "b",
    "N": "U",
    "V": "D",
}  # marks of one thing: several attachments go at once, several settings come
AROUND = 2 * DAY
MIN_TRACES, MIN_KINDS = 10, 3


class Coincidence(NamedTuple):
    """`score` in powers of ten against chance; `traces` the window's; `span` microseconds the phone was watched; `width` of
    the window."""

    score: float
    traces: tuple[Mark, ...]
    all: int
    kinds: int
    span: int
    left_out: int
    width: int = MINUTES


def coincidence(events: Sequence[Event]) -> Coincidence:
    """The most surprising window of a timeline; its score is 0 where nothing comes together."""
    marks = marks_of(events)
    kept = calm(marks, events)
    left_out = len(marks) - len(kept)
    if not kept:
        return Coincidence(0.0, (), 0, 0, 0, left_out)
    rates = _Rates(kept)
    times = [m.time for m in kept]
    best = Coincidence(0.0, (), len(kept), len(rates.times), rates.span, left_out)
    for width, cost in SCALES:
        for i, first in enumerate(kept):
            if width > MINUTES and first.kind not in DELIVERY:
                continue
            inside = kept[i : bisect_right(times, first.time + width)]
            score, chosen = _score(first, inside, width, rates)
            if score - cost > best.score:
                best = best._replace(score=score - cost, traces=tuple(chosen), width=width)
    return best


def _score(first: Mark, inside: Sequence[Mark], width: int, rates: _Rates) -> tuple[float, list[Mark]]:
    others: dict[str, tuple[float, Mark]] = {}  # of each family the rarest
    for mark in inside:
        family = FAMILIES.get(mark.kind, mark.kind)
        if family != FAMILIES.get(first.kind, first.kind):
            chance = math.log10(rates.at(mark.kind, first.time, width) * (width + mark.within))
            if family not in others or chance < others[family][0]:
                others[family] = (chance, mark)
    expected = math.log10(rates.at(first.kind, first.time, width) * rates.span)
    chosen = [first]
    for chance, mark in others.values():
        if chance < -0.5:
            expected += chance
            chosen.append(mark)
    if len(chosen) < 2:
        return 0.0, []
    if width == MINUTES:
        expected += math.log10(len(chosen))
    kinds = {m.kind for m in chosen}
    penalty = TRIED + WITHOUT_DELIVERY * (not kinds & DELIVERY) + WITHOUT_PROGRAM * (not kinds & PROGRAM)
    return -expected - penalty, chosen


class _Rates:
    """Marks a microsecond of each kind, over the phone's whole time and over the days around a moment."""

    def __init__(self, marks: Sequence[Mark]) -> None:
        self.span = max(marks[-1].time - marks[0].time, DAY)
        self.times: dict[str, list[int]] = {}
        for mark in marks:
            self.times.setdefault(mark.kind, []).append(mark.time)

    def at(self, kind: str, start: int, width: int) -> float:
        times = self.times[kind]
        around = bisect_right(times, start + width + AROUND) - bisect_left(times, start - AROUND)
        return max(len(times) / self.span, (around - 1) / (2 * AROUND + width))


__all__ = ["MIN_KINDS", "MIN_TRACES", "THRESHOLD", "Coincidence", "coincidence"]
