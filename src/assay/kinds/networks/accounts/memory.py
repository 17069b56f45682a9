"""What accounts remember from one part of a long log, or of a stream, to the next: hosts' earlier hours, and what was met before.
Bounded: what comes when a memory is full is not remembered, and so is never told as new."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

MOST_KEYS = 2_000_000
MOST_HOURS = 24 * 28  # of one host
SHARED = 2  # machines that open a door of administration, beyond which it is a service


class _Over(dict[Any, Any]):
    """A dict of its own over another one that is only read: entries of both are there to be looked up and counted."""

    def __init__(self, below: Mapping[Any, Any]) -> None:
        super().__init__()
        self.below = below

    def __missing__(self, key: Any) -> Any:
        return self.below[key]

    def __contains__(self, key: object) -> bool:
        return super().__contains__(key) or key in self.below

    def __len__(self) -> int:
        return super().__len__() + len(self.below)

    def get(self, key: Any, default: Any = None) -> Any:
        return super().get(key, self.below.get(key, default))


class Memory:
    """`since` microseconds, when watching began; `hours` host -> natural logarithms of bytes sent outside in its hours;
    `days` pairs in touch, `met` things met before, with the time of the first. `clients` destination -> how many machines inside
    were in touch with it, of the `machines` there are; `doors` host and port of administration -> how many machines have opened it,
    `administered` host -> how many doors, services left out, it
    has opened itself."""

    def __init__(self) -> None:
        self.since: int | None = None
        self.hours: dict[str, list[float]] = {}
        self.days: dict[tuple[str, str], int] = {}
        self.met: dict[tuple[str, ...], int] = {}
        self.clients: dict[str, int] = {}
        self.machines: dict[str, bool] = {}
        self.doors: dict[tuple[str, str], int] = {}
        self.administered: dict[str, int] = {}

    def begin(self, time: int) -> None:
        """That something was heard at this time."""
        self.since = time if self.since is None else min(self.since, time)

    def remember(self, pair: tuple[str, str], time: int) -> None:
        """That a machine inside was in touch with a destination."""
        if pair not in self.days:
            if len(self.days) >= MOST_KEYS:
                return
            self.clients[pair[1]] = self.clients.get(pair[1], 0) + 1
            self.machines[pair[0]] = True
        self.days[pair] = min(time, self.days.get(pair, time))

    def meet(self, key: tuple[str, ...], time: int) -> bool:
        """Is this the first time? Never where there is no room to remember it."""
        if key in self.met or len(self.met) >= MOST_KEYS:
            return False
        self.met[key] = time
        if key[0] == "admin":
            self.doors[key[2], key[3]] = self.doors.get((key[2], key[3]), 0) + 1
            if not self.serves(key[2], key[3]):
                self.administered[key[1]] = self.administered.get(key[1], 0) + 1
        return True

    def serves(self, host: str, port: str) -> bool:
        """Do so many machines open this door that it is a service of theirs?"""
        return self.doors.get((host, port), 0) > SHARED

    def others(self, ends: Iterable[str]) -> np.ndarray:
        """float64[n]: of each destination how many machines are in touch with it beside the one that asks."""
        return np.array([max(0.0, self.clients.get(end, 1) - 1.0) for end in ends])

    def draft(self, host: str) -> Memory:
        """One in which all of this stands, and in which what is done with one host leaves no trace here."""
        new = Memory()
        new.since = self.since
        new.hours = {host: list(self.hours[host])} if host in self.hours else {}
        for name in ("days", "met", "clients", "machines", "doors", "administered"):
            setattr(new, name, _Over(getattr(self, name)))
        return new

    def kept(self) -> list[Any]:
        """All of it as plain values, for `of`."""
        return [self.since, *(list(d.items()) for d in (self.hours, self.days, self.met))]

    @classmethod
    def of(cls, kept: list[Any]) -> Memory:
        new = cls()
        new.since = kept[0]
        new.hours = {host: list(logs) for host, logs in kept[1]}
        for pair, time in kept[2]:
            new.remember((pair[0], pair[1]), time)
        for key, time in kept[3]:
            new.meet(tuple(key), time)
        return new


__all__ = ["MOST_HOURS", "MOST_KEYS", "Memory"]
