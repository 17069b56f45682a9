"""When much of a phone turned over at once: an upgrade, a restore, a move to a new phone, an update. What comes together then comes
together for that reason, and says nothing of a compromise."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence

from assay.core.clock import MINUTE
from assay.kinds.phones.marks import Mark, is_setting
from assay.kinds.phones.timeline import Event

# Half-widths around a moment, and how many first uses, births of settings, births of files within make a storm.
SCALES = ((5 * MINUTE, 6, 12, 200), (30 * MINUTE, 10, 20, 400), (180 * MINUTE, 18, 30, 800))
BOTH = (3, 5)  # a few of both at once are an update too
UPDATE = 4  # new programs and settings together, where no message was emptied at once


def calm(marks: Sequence[Mark], events: Sequence[Event]) -> list[Mark]:
    """The marks that lie in no storm."""
    processes = sorted(e.time for e in events if e.kind == "process.first" and e.time)
    born = [e for e in events if e.kind == "file" and "b" in e.detail and e.time]
    settings = sorted(e.time for e in born if is_setting(e))
    files = sorted(e.time for e in born)
    quick = sorted(m.time for m in marks if m.kind == "a")
    programs = sorted(e.time for e in events if e.kind == "process.first" and e.time and not e.detail)

    def near(times: Sequence[int], at: int, half: int) -> int:
        return bisect_right(times, at + half) - bisect_left(times, at - half)

    def stormy(at: int) -> bool:
        for half, most_processes, most_settings, most_files in SCALES:
            if (
                near(processes, at, half) >= most_processes
                or near(settings, at, half) >= most_settings
                or near(files, at, half) >= most_files
            ):
                return True
        half = SCALES[0][0]
        if near(processes, at, half) >= BOTH[0] and near(settings, at, half) >= BOTH[1]:
            return True
        half = 15 * MINUTE
        return near(programs, at, half) + near(settings, at, half) >= UPDATE and not near(quick, at, half)

    return _kept(marks, stormy)


def _kept(marks: Sequence[Mark], stormy: Callable[[int], bool]) -> list[Mark]:
    known: dict[int, bool] = {}
    out = []
    for mark in marks:
        if mark.time not in known:
            known[mark.time] = stormy(mark.time)
        if not known[mark.time]:
            out.append(mark)
    return out


__all__ = ["calm"]
