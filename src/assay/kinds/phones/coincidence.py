"""Attacks that nobody has described: traces of several kinds within minutes, where this phone's own rates make that unlikely.

Kinds: A an emptied attachment folder, P a rare setting of the system changed or B born, N a process without a bundle first and
n last on the network, L a location bundle stopped, C a crash. A window of 300 seconds that begins with one of them is scored by
how surprising the *other* kinds in it are, had each come at its own rate (Poisson; over the phone's span, or over the days around
where that is higher), less what so many windows would show by chance. Upgrades, restores and moves to a new phone touch everything at once: such moments are left out.
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from typing import NamedTuple

from assay.core.clock import DAY, SECOND
from assay.kinds.phones.evidence import Event

WINDOW = 300 * SECOND
THRESHOLD = 5.0
MIN_TRACES, MIN_KINDS = 10, 3
STORM_PROCESSES, STORM_SETTINGS, STORM_FILES = 6, 12, 200
BOTH_PROCESSES, BOTH_SETTINGS = 3, 5  # a few of both at once are an update too
_SYSTEM = ("HomeDomain/Library/Preferences/com.apple.", "RootDomain/Library/Preferences/com.apple.",
           "RootDomain/Library/Caches/")  # fmt: skip


class Trace(NamedTuple):
    time: int
    kind: str
    event: Event


class Coincidence(NamedTuple):
    """`score` in powers of ten against chance; `traces` the window's; `span` microseconds the phone was watched."""

    score: float
    traces: tuple[Trace, ...]
    all: int
    kinds: int
    span: int
    left_out: int


def coincidence(events: Sequence[Event]) -> Coincidence:
    """The most surprising window of a timeline; its score is 0 where nothing comes together."""
    traces = sorted(_traces(events), key=lambda t: (t.time, t.kind, t.event.subject))
    kept = _outside_storms(traces, events)
    left_out = len(traces) - len(kept)
    if not kept:
        return Coincidence(0.0, (), 0, 0, 0, left_out)
    span = max(kept[-1].time - kept[0].time, DAY)
    by_kind: dict[str, list[int]] = {}
    for t in kept:
        by_kind.setdefault(t.kind, []).append(t.time)
    best = 0.0
    window: tuple[Trace, ...] = ()
    times = [t.time for t in kept]
    for i, start in enumerate(kept):
        inside = kept[i : bisect_right(times, start.time + WINDOW)]
        kinds = {t.kind for t in inside}
        if len(kinds) < 2:
            continue
        surprise = sum(_surprise(by_kind[kind], start.time, span) for kind in kinds - {start.kind})
        score = surprise - math.log10(len(kept)) + ("A" in kinds)
        if score > best:
            best, window = score, tuple(inside)
    return Coincidence(best, window, len(kept), len(by_kind), span, left_out)


def _surprise(times: Sequence[int], start: int, span: int) -> float:
    """-log10 of the chance that one of these comes in the window from `start`, at their rate over the whole span or over
    the days around the window, whichever is higher: what is *last* touched crowds towards the day of the backup."""
    around = bisect_right(times, start + DAY) - bisect_left(times, start - DAY)
    inside = bisect_right(times, start + WINDOW) - bisect_left(times, start)
    rate = max(len(times) / span, (around - inside) / (2 * DAY))
    return -math.log10(-math.expm1(-rate * WINDOW))


def _traces(events: Sequence[Event]) -> set[Trace]:
    found: set[Trace] = set()
    for e in events:
        if not e.time:
            continue
        if e.kind == "attachments.emptied":
            found.add(Trace(e.time, "A", e))
        elif e.kind == "file" and e.subject.startswith(_SYSTEM) and e.subject.endswith(".plist"):
            if "b" in e.detail:
                found.add(Trace(e.time, "B", e))
            elif "m" in e.detail:
                found.add(Trace(e.time, "P", e))
        elif e.kind == "process.first" and not e.detail:
            found.add(Trace(e.time, "N", e))
        elif e.kind == "process.last" and not e.detail:
            found.add(Trace(e.time, "n", e))
        elif e.kind == "location.stopped" and e.subject.endswith(".bundle"):
            found.add(Trace(e.time, "L", e))
        elif e.kind in ("crash", "reboot"):
            found.add(Trace(e.time, "C" if e.kind == "crash" else "R", e))
    return found


def _outside_storms(traces: Sequence[Trace], events: Sequence[Event]) -> list[Trace]:
    processes = sorted(e.time for e in events if e.kind == "process.first" and e.time)
    settings = sorted(e.time for e in events if e.kind == "file" and e.subject.endswith(".plist") and e.time)
    births = sorted(e.time for e in events if e.kind == "file" and "b" in e.detail and e.time)

    def many(times: Sequence[int], at: int, limit: int) -> bool:
        return bisect_right(times, at + WINDOW) - bisect_left(times, at - WINDOW) >= limit

    return [
        t
        for t in traces
        if not many(processes, t.time, STORM_PROCESSES)
        and not many(settings, t.time, STORM_SETTINGS)
        and not many(births, t.time, STORM_FILES)
        and not (many(processes, t.time, BOTH_PROCESSES) and many(settings, t.time, BOTH_SETTINGS))
    ]


__all__ = ["MIN_KINDS", "MIN_TRACES", "THRESHOLD", "Coincidence", "coincidence"]
