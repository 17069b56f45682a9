"""What a correlation remembers of one group: the hits that a window can still reach, each at its own time.

A window of length w that ends at t is (t - w, t]. Hits come nearly in order. One that comes late is put where it belongs, and
every window that it stands in is looked at, so that no order of arrival hides an attack; hits are kept for two spans, so this
is exact for what comes up to one span late. Both kinds of memory are bounded.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from typing import Any, NamedTuple

KEPT_NUMBERS = 10_000  # hits of one group of a correlation over numbers
KEPT_ORDERED = 1000  # hits of one group where order counts: their order is looked at anew with each
SLACK = 4  # times the number that a condition speaks of: what is kept of counts beyond it


class Hit(NamedTuple):
    """`place` of the rule in the correlation; `value` what is counted, or a number; `event` the evidence's id."""

    place: int
    value: Any
    event: str


Judge = Callable[[Sequence[int], Sequence[Any]], float | None]
"""From the places and values of a window's hits, in order of time and then of arrival: the number that satisfies the
condition, or None."""
Judged = tuple[float, Sequence[str]]
"""That number, and the events of the window."""


class Course:
    """Every hit of a group, sorted by time. Beyond `most` the oldest goes; with `fair` the oldest of the rule that has most, so
    that many hits of one rule push out no other's."""

    __slots__ = ("events", "fair", "fired", "most", "newest", "places", "times", "values")

    def __init__(self, most: int, *, fair: bool = False) -> None:
        self.times: list[int] = []
        self.places: list[int] = []
        self.values: list[Any] = []
        self.events: list[str] = []
        self.most, self.fair = most, fair
        self.newest = -(1 << 62)
        self.fired: int | None = None

    def __len__(self) -> int:
        return len(self.times)

    def kept(self) -> list[Any]:
        return [self.newest, self.fired, self.times, self.places, self.values, self.events]

    def bring_back(self, kept: list[Any]) -> None:
        self.newest, self.fired, self.times, self.places, self.values, self.events = kept

    def add(self, time: int, hit: Hit, span: int) -> None:
        # A single wrong clock must not push out what is remembered, so two hits in a row have to agree how late it is.
        gone = bisect_right(self.times, min(time, self.newest) - 2 * span)
        if gone:
            self._remove(0, gone)
        self.newest = max(self.newest, time)
        at = len(self.times) if not self.times or time >= self.times[-1] else bisect_right(self.times, time)
        self.times.insert(at, time)
        self.places.insert(at, hit.place)
        self.values.insert(at, hit.value)
        self.events.insert(at, hit.event)
        if len(self.times) > self.most:
            oldest = self.places.index(Counter(self.places).most_common(1)[0][0]) if self.fair else 0
            self._remove(oldest, oldest + 1)

    def _remove(self, first: int, beyond: int) -> None:
        for column in (self.times, self.places, self.values, self.events):
            del column[first:beyond]

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

    def judge(self, time: int, span: int, judge: Judge) -> Judged | None:
        """The first window around `time` that satisfies."""
        for first, beyond in self.windows(time, span):
            value = judge(self.places[first:beyond], self.values[first:beyond])
            if value is not None:
                return value, self.events[first:beyond]
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

    def kept(self) -> list[Any]:
        return [self.newest, self.fired, [list(map(_plain, times)) for times in self.known.values()]]

    def bring_back(self, kept: list[Any]) -> None:
        self.newest, self.fired, values = kept
        for times in values:
            hits = [(time, Hit(place, hashable(value), event)) for time, place, value, event in times]
            self.known[hits[0][1].value] = hits
            self.size += len(hits)

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

    def judge(self, time: int, span: int, judge: Judge) -> Judged | None:
        """The first window around `time` that satisfies."""
        ends = {time}
        if time < self.newest:
            ends |= {t for times in self.known.values() for t, _ in times if time < t < time + span}
        for end in sorted(ends):
            inside = []
            for times in self.known.values():
                at = bisect_right(times, end, key=_when) - 1
                if at >= 0 and times[at][0] > end - span:
                    inside.append(times[at])
            inside.sort(key=_when)
            value = judge([hit.place for _, hit in inside], [hit.value for _, hit in inside])
            if value is not None:
                return value, [hit.event for _, hit in inside]
        return None


def _plain(one: tuple[int, Hit]) -> list[Any]:
    return [one[0], *one[1]]


def hashable(value: Any) -> Any:
    """A value that was a tuple, of tuples too, out of the lists that it was kept as."""
    return tuple(map(hashable, value)) if isinstance(value, list) else value


def _when(one: tuple[int, Hit]) -> int:
    return one[0]


__all__ = ["KEPT_NUMBERS", "KEPT_ORDERED", "SLACK", "Course", "Hit", "Judge", "Judged", "Presence", "hashable"]
