"""The lists of a data folder, looked at and changed: what `assay respond`, the service and its routes all call."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from threading import RLock
from typing import Protocol

import msgspec

from assay.responses.changes import Audit, Change, Changes, Plan, names
from assay.responses.document import Document
from assay.responses.entries import Collected, Records, Register
from assay.responses.feed import Feed
from assay.responses.never import Never
from assay.responses.written import written


class Identified(Records, Protocol):
    """A ledger that says which one it is."""

    @property
    def identity(self) -> str: ...


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """A list in a line, for people. `at`: when it was last applied, microseconds."""

    list: str
    holds: str
    entries: int
    change: int
    at: int | None
    automatic: bool
    held: bool
    taxii: bool
    files: tuple[str, ...]


class Lists:
    """`document` says which lists there are; what they hold comes from `ledger`. `named` gives the entities (kind:id) that
    open cases name; asked only where a list wants it. Any thread may call."""

    def __init__(
        self, data: Path, document: Document, ledger: Identified, named: Callable[[], frozenset[str]] = frozenset
    ) -> None:
        self.document, self.changes = document, Changes(data)
        self.feeds = {name: Feed(self.changes.folder / "feed" / f"{name}.json") for name in document.lists}
        self._ledger, self._named, self._turn = ledger, named, RLock()
        never = Never(document.never)
        self._registers = {name: Register(rules, never) for name, rules in document.lists.items()}

    def plan(self, wanted: Sequence[str], now: int) -> list[Plan]:
        """What applying these lists (all, where none is named) would do."""
        with self._turn:
            return [self._planned(name, now)[0] for name in names(self.document.lists, wanted)]

    def apply(self, wanted: Sequence[str], *, now: int, actor: str, audit: Audit) -> list[Change]:
        """Puts these lists outside, those that would change; and lets subscribers know."""
        done = []
        with self._turn:
            for name in names(self.document.lists, wanted):
                plan, found, contents = self._planned(name, now)
                if not plan.empty or plan.held:
                    done.append(self.changes.apply(name, found, contents, now=now, actor=actor, audit=audit))
                self._publish(name, now)
        return done

    def keep(self, *, now: int, audit: Audit) -> list[Change]:
        """As `apply`, for the lists that keep themselves and that nobody has taken back."""
        lists = self.document.lists
        own = [name for name, rules in lists.items() if rules.automatic and not self.changes.standing(name).held]
        return self.apply(own, now=now, actor="service", audit=audit) if own else []

    def undo(self, number: int, *, now: int, actor: str, audit: Audit, force: bool = False) -> Change:
        """Takes one change back, and lets subscribers know."""
        with self._turn:
            change = self.changes.undo(number, now=now, actor=actor, audit=audit, force=force)
            if change.list in self.document.lists:
                self._publish(change.list, now)
            return change

    def told(self) -> list[Told]:
        """Every list of the document, as it stands outside."""
        found = []
        for name, rules in self.document.lists.items():
            standing = self.changes.standing(name)
            found.append(
                Told(
                    list=name, holds=rules.holds, entries=len(standing.entries), change=standing.change, at=standing.at or None,
                    automatic=rules.automatic, held=standing.held, taxii=rules.taxii,
                    files=tuple(str(self.changes.path(output.to)) for output in rules.write),
                )
            )  # fmt: skip
        return found

    def _planned(self, name: str, now: int) -> tuple[Plan, Collected, dict[str, bytes]]:
        rules, register = self.document.lists[name], self._registers[name]
        register.advance(self._ledger, now)
        found = register.collect(now, self._named() if rules.cases else frozenset())
        contents = written(name, rules, found.entries, now, self._ledger.identity)
        return self.changes.plan(name, rules, found, contents), found, contents

    def _publish(self, name: str, now: int) -> None:
        rules = self.document.lists[name]
        if rules.taxii:
            entries = self.changes.standing(name).entries
            self.feeds[name].publish(name, rules, entries, self._ledger.identity, now)
