"""Brings news to one target, in the ledger's order, each at least once.

The ledger is the outbox: nothing is queued anywhere else, and a cursor of each target, durable before the next thing is told,
says how far it has been told. After a crash the last thing may be told again, under the same id. What a target does not take is
tried again, later and later; after so many tries it goes to the dead letters and the next one has its turn.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

import msgspec

from assay.core.clock import SECOND, iso
from assay.core.errors import InvalidSetting
from assay.ledger.files import write_whole
from assay.responses.news import Cursor, Judged, News, Wanted, news

FIRST, LONGEST = 1.0, 3600.0  # seconds between tries: doubled each time, up to an hour
AT_ONCE = 500  # news handed to a sink that takes many
REMEMBERED = 16 << 20  # bytes of dead letters of one target; then the oldest half goes


class Undelivered(Exception):
    """The target did not take it. `about` says how, and holds no secret."""

    def __init__(self, about: str, done: int = 0) -> None:
        self.about, self.done = about[:300], done  # `done`: how many of those handed over were taken
        super().__init__(self.about)


class Sink(Protocol):
    """Where news goes. `many`: how many it takes at once."""

    many: int

    def resume(self, mark: dict[str, int]) -> None:
        """Before the first delivery: `mark` is what the last `deliver` gave."""
        ...

    def deliver(self, found: list[News], now: int) -> dict[str, int]:
        """All of these, durably; a mark to resume from. Raises `Undelivered`."""
        ...


class Progress(msgspec.Struct, frozen=True):
    """How far a target has been told, as kept on disk. `failed`: tries of the next thing; `again`: when it is tried again,
    microseconds; `problem`: how the last try ended."""

    ledger: str = ""
    cursor: Cursor = Cursor()
    told: int = 0
    dead: int = 0
    failed: int = 0
    again: int = 0
    problem: str = ""
    mark: dict[str, int] = {}


class Courier:
    """One target. `beginning`: a new target hears everything there ever was; else only what comes from now on."""

    def __init__(
        self,
        name: str,
        sink: Sink,
        wanted: Wanted,
        folder: Path,
        *,
        ledger: Judged,
        identity: str,
        tries: int,
        start: Callable[[], int],
        chance: Callable[[], float] = random.random,
    ) -> None:
        self.name, self._sink, self._wanted, self._ledger, self._tries = name, sink, wanted, ledger, tries
        self._folder, self._identity, self._chance = folder, identity, chance
        self._progress = self._load(start)
        self._resumed = False

    @property
    def progress(self) -> Progress:
        return self._progress

    def run(self, now: Callable[[], int], stop: Callable[[], bool] = lambda: False) -> float:
        """Tells what there is to tell; gives the seconds until there is something to try again, 0 where nothing is left."""
        if (wait := self._progress.again - now()) > 0:
            return wait / SECOND
        if not self._resumed:
            self._sink.resume(self._progress.mark)
            self._resumed = True
        found: list[News] = []
        for one in news(self._ledger, self._progress.cursor, self._wanted):
            if stop():
                return 0.0
            if isinstance(one, Cursor):
                if found and (wait_for := self._hand(found, now())):
                    return wait_for
                found = []
                self._save(cursor=one)
                continue
            found.append(one)
            if len(found) >= self._sink.many:
                if wait_for := self._hand(found, now()):
                    return wait_for
                found = []
        return self._hand(found, now()) if found else 0.0

    def _hand(self, found: list[News], now: int) -> float:
        """Hands these over; the seconds to wait before the next try where they were not taken."""
        progress = self._progress
        try:
            mark = self._sink.deliver(found, now)
        except Undelivered as error:
            if error.done:
                self._save(cursor=found[error.done - 1].after, told=progress.told + error.done, failed=0)
                found, progress = found[error.done :], self._progress
            if progress.failed + 1 >= self._tries:
                self._bury(found[0], error.about, now)
                self._save(cursor=found[0].after, dead=progress.dead + 1, failed=0, again=0, problem=error.about)
                return self._hand(found[1:], now) if found[1:] else 0.0
            wait = min(LONGEST, FIRST * 2.0 ** min(progress.failed, 20)) * (0.5 + self._chance() / 2)
            self._save(failed=progress.failed + 1, again=now + int(wait * SECOND), problem=error.about)
            return wait
        self._save(cursor=found[-1].after, told=progress.told + len(found), failed=0, again=0, problem="", mark=mark)
        return 0.0

    def _bury(self, one: News, problem: str, now: int) -> None:
        """What no try could bring over, for a person to look at: which it was, and why; not the body, which is on record."""
        path = self._folder / "dead-letters" / f"{self.name}.jsonl"
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        line: dict[str, Any] = {
            "time": iso(now), "id": one.id(self._identity, self.name), "event": one.event, "uid": one.uid,
            "evidence": one.decision.id if one.decision else "", "problem": problem, "tries": self._tries,
        }  # fmt: skip
        before = path.read_bytes() if path.exists() else b""
        if len(before) > REMEMBERED:
            before = before[before.index(b"\n", len(before) // 2) + 1 :]
        write_whole(path, before + msgspec.json.encode(line) + b"\n", 0o600)

    def _load(self, start: Callable[[], int]) -> Progress:
        path = self._path()
        try:
            kept = msgspec.json.decode(path.read_bytes(), type=Progress)
        except FileNotFoundError:
            kept = Progress()
        except (OSError, msgspec.MsgspecError) as error:
            raise InvalidSetting(
                f"cannot be read: {error}", where=str(path), hint="delete it, and telling begins anew"
            ) from None
        if kept.ledger != self._identity:  # another ledger's numbers mean nothing here
            kept = Progress(self._identity, Cursor(start(), 0))
            self._progress = kept
            self._save()
        return kept

    def _save(self, **changes: Any) -> None:
        self._progress = msgspec.structs.replace(self._progress, **changes)
        self._path().parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        write_whole(self._path(), msgspec.json.encode(self._progress), 0o600)

    def _path(self) -> Path:
        return self._folder / "cursors" / f"{self.name}.json"
