"""Attacks that nobody has described: marks of several kinds that come together where this phone's own rates make that unlikely.

Marks of kinds k with rates r are taken as coming by chance, each at its own rate (Poisson). Within five minutes their order says nothing:
the number of times that all of them are expected to meet in so short a window, over the time T that the phone was watched, is
`T k r1 ... rk w^(k-1)` (each kind may begin it). Beyond that a delivery must come first, and all others within w of it: `T r1 (r2 w) ... (rk w)`,
where w is as long as it took, up to twelve hours; what is expected of meetings at least as close is a fair measure at any w, so that
slow sequences are weighed on the same scale as quick ones. The score is how many powers of ten below one that is, less what trying several
sets of kinds would find. A rate is the phone's own, over the whole time or over the days around, whichever is higher: what is *last*
touched crowds towards the day of the backup. Marks in storms are left out (`storms`).
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from assay.core.clock import DAY, HOUR, SECOND
from assay.kinds.phones.marks import DELIVERY, Mark, marks_of
from assay.kinds.phones.storms import calm
from assay.kinds.phones.timeline import Event

# Within these the order says nothing; the least width too, for what people do at once is no chance meeting.
MINUTES = 300 * SECOND
LONGEST = 12 * HOUR
FEWEST = 3  # marks of a slow sequence: two things hours apart are no sequence
SLOW = 0.5  # powers of ten: a second way to read the same marks
THRESHOLD = 2.5
TRIED = 1.0  # powers of ten: sets of kinds that a window may be read as
WITHOUT_DELIVERY = 2.0  # what an update does to settings, programs and bundles comes together too
WITHOUT_PROGRAM = 1.0  # a person who clears a conversation may change a setting as well
PROGRAM = frozenset("NKUDV")
ORDINARY = 0.5  # a program of the system that is used for the first time is no strange one
# Marks of one thing: several attachments go at once, several settings come at once.
FAMILIES = {"A": "a", "B": "b", "N": "U", "K": "U", "V": "D"}
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
    for i, first in enumerate(kept):
        ways = [(MINUTES, 0.0)] + [(LONGEST, SLOW)] * (first.kind in DELIVERY)
        for longest, cost in ways:
            inside = kept[i : bisect_right(times, first.time + longest)]
            for score, chosen, width in _scores(first, inside, rates):
                if score - cost > best.score:
                    best = best._replace(score=score - cost, traces=tuple(chosen), width=width)
    return best


def _scores(first: Mark, inside: Sequence[Mark], rates: _Rates) -> Iterator[tuple[float, list[Mark], int]]:
    """The score of a first mark with the nearest other family, the two nearest, and so on; with the marks and the width. Of a
    family that comes more than once the rarest mark counts."""
    chosen: dict[str, Mark] = {}
    own = FAMILIES.get(first.kind, first.kind)
    for n, mark in enumerate(inside):
        family = FAMILIES.get(mark.kind, mark.kind)
        if family == own:
            continue
        width = max(MINUTES, mark.time - first.time)
        before = chosen.get(family)
        if before is None or rates.at(mark.kind, first.time, width) < rates.at(before.kind, first.time, width):
            chosen[family] = mark
        elif n + 1 < len(inside):
            continue
        yield _score(first, list(chosen.values()), width, rates)


def _score(first: Mark, others: Sequence[Mark], width: int, rates: _Rates) -> tuple[float, list[Mark], int]:
    expected = math.log10(rates.at(first.kind, first.time, width) * rates.span)
    chosen = [first]
    for mark in others:
        chance = math.log10(rates.at(mark.kind, first.time, width) * (width + mark.within))
        if chance < -0.5:
            expected += chance
            chosen.append(mark)
    if len(chosen) < (2 if width == MINUTES else FEWEST):
        return 0.0, [], width
    if width == MINUTES:
        expected += math.log10(len(chosen))
    kinds = {m.kind for m in chosen}
    penalty = (
        TRIED
        + WITHOUT_DELIVERY * (not kinds & DELIVERY)
        + WITHOUT_PROGRAM * (not kinds & PROGRAM)
        + ORDINARY * ("K" in kinds)
    )
    return -expected - penalty, chosen, width


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
