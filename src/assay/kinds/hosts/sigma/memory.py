"""What a correlation remembers of one group: the hits that a window can still reach, each at its own time.

A window of length w that ends at t is (t - w, t]. Hits come nearly in order. One that comes late is put where it belongs, and
every window that it stands in is looked at, so that no order of arrival hides an attack; hits are kept for two spans, so this
is exact for what comes up to one span late. Both kinds of memory are bounded.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from typing import Any, NamedTuple

KEPT = 10_000  # hits of one group of a correlation over numbers, or in order
SLACK = 4  # times the number that a condition speaks of: what is kept of counts beyond it


class Hit(NamedTuple):
    """`place` of the rule in the correlation; `value` what is counted, or a number; `event` the evidence's id."""

    place: int
    value: Any
    event: str


Judge = Callable[[Sequence[Hit]], float | None]
"""From the hits of a window, in order of time and then of arrival: the number that satisfies the condition, or None."""


class Course:
    """Every hit of a group, sorted by time; the newest `most` of them."""

    __slots__ = ("fired", "hits", "most", "newest", "times")

    def __init__(self, most: int) -> None:
        self.times: list[int] = []
        self.hits: list[Hit] = []
        self.most = most
        self.newest = -(1 << 62)
        self.fired: int | None = None

    def __len__(self) -> int:
        return len(self.times)

    def add(self, time: int, hit: Hit, span: int) -> None:
        times, hits = self.times, self.hits
        # A single wrong clock must not push out what is remembered, so two hits in a row have to agree how late it is.
        gone = bisect_right(times, min(time, self.newest) - 2 * span)
        if gone:
            del times[:gone], hits[:gone]
        self.newest = max(self.newest, time)
        if not times or time >= times[-1]:
            times.append(time)
            hits.append(hit)
        else:
            at = bisect_right(times, time)
            times.insert(at, time)
            hits.insert(at, hit)
        if len(times) > self.most:
            del times[0], hits[0]

    def windows(self, time: int, span: int) -> Iterator[tuple[int, int]]:
        """(first, beyond) of every window that a hit at `time` stands in: the one that ends there, then later ones."""
        times = self.times
        beyond = bisect_right(times, time)
        yield bisect_right(times, time - span), beyond
        last = bisect_left(times, time + span)
        while beyond < last:
            end = times[beyond]
            beyond = bisect_right(times, end)
            yield bisect_right(times, end - span), beyond

    def judge(self, time: int, span: int, judge: Judge) -> tuple[float, Sequence[Hit]] | None:
        """The first window around `time` that satisfies, with what stands in it."""
        for first, beyond in self.windows(time, span):
            inside = self.hits[first:beyond]
            value = judge(inside)
            if value is not None:
                return value, inside
        return None


class Presence:
    """Which values were there, and when: of each value only the times that a window could need.

    Of three times of one value within one span the middle one is left out: no window holds it and neither of the others.
    """

    __slots__ = ("fired", "known", "most", "newest", "size")

    def __init__(self, most: int) -> None:
        self.known: dict[Any, list[tuple[int, Hit]]] = {}  # in order of last arrival
        self.most = most
        self.newest = -(1 << 62)
        self.fired: int | None = None
        self.size = 0

    def __len__(self) -> int:
        return self.size

    def add(self, time: int, hit: Hit, span: int) -> None:
        known = self.known
        old = min(time, self.newest) - 2 * span
        self.newest = max(self.newest, time)
        for value in tuple(islice(known, 2)):  # a little at each step is enough
            if known[value][-1][0] <= old:
                self.size -= len(known.pop(value))
        times = known.pop(hit.value, [])
        self.size -= len(times)
        at = bisect_right(times, time, key=_when)
        times.insert(at, (time, hit))
        for middle in (at + 1, at, at - 1):
            if 0 < middle < len(times) - 1 and times[middle + 1][0] - times[middle - 1][0] <= span:
                del times[middle]
        while len(times) > 1 and times[0][0] <= old:
            del times[0]
        known[hit.value] = times
        self.size += len(times)
        if len(known) > self.most:
            self.size -= len(known.pop(next(iter(known))))

    def judge(self, time: int, span: int, judge: Judge) -> tuple[float, Sequence[Hit]] | None:
        ends = {time}
        if time < self.newest:
            ends |= {t for times in self.known.values() for t, _ in times if time < t < time + span}
        for end in sorted(ends):
            inside = []
            for times in self.known.values():
                at = bisect_right(times, end, key=_when) - 1
                if at >= 0 and times[at][0] > end - span:
                    inside.append(times[at])
            hits = [hit for _, hit in sorted(inside, key=_when)]
            value = judge(hits)
            if value is not None:
                return value, hits
        return None


def _when(one: tuple[int, Hit]) -> int:
    return one[0]


__all__ = ["KEPT", "SLACK", "Course", "Hit", "Judge", "Presence"]
