"""What accounts remember from one part of a long log to the next: hosts' earlier hours, and what was met before. Bounded: what
comes when a memory is full is not remembered, and so is never told as new."""

from __future__ import annotations

MOST_KEYS = 2_000_000
MOST_HOURS = 24 * 28  # of one host


class Memory:
    """`since` microseconds, when watching began; `hours` host -> natural logarithms of bytes sent outside in its hours;
    `days` pairs in touch, `met` things met before, with the time of the first."""

    def __init__(self) -> None:
        self.since: int | None = None
        self.hours: dict[str, list[float]] = {}
        self.days: dict[tuple[str, str], int] = {}
        self.met: dict[tuple[str, ...], int] = {}

    def remember(self, pair: tuple[str, str], time: int) -> None:
        """That a machine inside was in touch with a destination."""
        if pair in self.days or len(self.days) < MOST_KEYS:
            self.days[pair] = min(time, self.days.get(pair, time))

    def meet(self, key: tuple[str, ...], time: int) -> bool:
        """Is this the first time? Never where there is no room to remember it."""
        if key in self.met or len(self.met) >= MOST_KEYS:
            return False
        self.met[key] = time
        return True


__all__ = ["MOST_HOURS", "MOST_KEYS", "Memory"]
