"""`networks.live`: what shows only in many observations, of flows and look-ups that come one by one.

Accounts of a machine are made anew when there is enough to look again (`accounts.live`), and judged by the same detectors as those
of a log. What they find is told of the row with which it showed; the same of the same ends once a day, or when it is graver. It
remembers by the order of rows alone; what is `kept` can be brought back after a start, and what was `took` since is heard `again`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec
import numpy as np

from assay.core.batch import Batch
from assay.core.evidence import Evidence
from assay.core.finding import Finding, Findings, Severity, Verdict
from assay.core.kind import Detector
from assay.core.profile import Profile
from assay.kinds.networks.accounts import COLUMNS, NUMBERS
from assay.kinds.networks.accounts.live import Live
from assay.kinds.networks.detectors.told import numbers, texts
from assay.kinds.networks.evidence import Flow, Lookup

DAY = 86_400_000_000
MOST_TOLD = 200_000  # remembered; the oldest are forgotten first
_WARM = 16  # rows of each sort from which on every account is due
Row = tuple[Any, ...]
_Key = tuple[str, ...]
_Kept = tuple[list[Any], list[Any], list[tuple[_Key, int, int]]]


class LiveAccounts:
    """`judges`: account, as `accounts.live` calls it -> the detector that judges it; one that is `silent` is not asked."""

    name = "networks.live"
    version = "1"
    reads: tuple[type[Evidence], ...] = (Flow, Lookup)

    def __init__(self, judges: dict[str, Detector]) -> None:
        self.judges = judges
        self.forget()

    def forget(self) -> None:
        """As if nothing had come yet."""
        self.live = {type_.tag(): Live(type_.tag()) for type_ in (Flow, Lookup)}
        self.told: dict[_Key, tuple[int, int]] = {}  # what was told -> when, and how grave it was

    def warm(self) -> None:
        """Has all that accounts and their judges need loaded and compiled, by rows that name nobody and are forgotten."""
        other = LiveAccounts(self.judges)
        for i in range(_WARM):
            for tag, row in _nobody(i * 300_000_000, i):
                other._hear(other.live[tag], row)

    def kept(self) -> bytes:
        """What it remembers, for a start of the service; empty where that is nothing."""
        if not any(live.machines for live in self.live.values()):
            return b""
        told = [(key, *when) for key, when in self.told.items()]
        return msgspec.msgpack.encode((*(live.kept() for live in self.live.values()), told))

    def bring_back(self, kept: bytes) -> None:
        """Takes up what `kept` gave; one that already remembers something, or is given anything else, leaves it."""
        if any(live.machines for live in self.live.values()):
            return
        try:
            *lives, told = msgspec.msgpack.decode(kept, type=_Kept)
            self.live = {tag: Live.of(tag, one) for tag, one in zip(self.live, lives, strict=True)}
            self.told = {tuple(key): (when, grave) for key, when, grave in told}
        except (msgspec.MsgspecError, ValueError, TypeError, IndexError):
            self.forget()

    def took(self, batch: Batch[Any]) -> bytes:
        """The rows of the batch just examined that nobody else adds up."""
        rows = [row for _, row in _rows(batch)]
        return msgspec.msgpack.encode((batch.type.tag(), rows)) if rows else b""

    def again(self, taken: bytes) -> None:
        """Remembers what `took` told."""
        tag, rows = msgspec.msgpack.decode(taken, type=tuple[str, list[Row]])
        for row in rows:
            self._hear(self.live[tag], row)

    def examine(self, batch: Batch[Any], profile: Profile) -> Findings:
        live, found = self.live[batch.type.tag()], []
        for i, row in _rows(batch):
            if new := self._hear(live, row):
                found.append((i, self._together(new)))
        return Findings.of(self.name, self.version, len(batch), found)

    def _hear(self, live: Live, row: Row) -> list[Finding]:
        """What showed with this row, and was not told before."""
        found = []
        due = [account for account in live.hear(row) if not getattr(self.judges[account], "silent", False)]
        for account, made in live.accounts(row, due):
            told = self.judges[account].examine(made, Profile.empty(len(made)))
            found += told.explain(np.flatnonzero(told.verdict >= Verdict.SUSPICIOUS))
        return [new for new in found if self._is_new(new, row[0])]

    def _is_new(self, finding: Finding, now: int) -> bool:
        grave = int(Severity[finding.severity.upper()])
        ends = (f"{entity.kind} {entity.id}" for entity in finding.entities)
        reason = finding.reasons[0]
        key = (reason.code, str(reason.values.get("port", "")), *ends)
        known = self.told.get(key)
        if known is not None and abs(now - known[0]) < DAY and grave <= known[1]:
            return False
        self.told.pop(key, None)
        if len(self.told) >= MOST_TOLD:
            del self.told[next(iter(self.told))]
        self.told[key] = (now, grave)
        return True

    def _together(self, found: list[Finding]) -> Finding:
        """One finding of all: the gravest, with the reasons and ends of the others."""
        worst = max(found, key=lambda f: Severity[f.severity.upper()])
        return Finding(
            detector=self.name, version=self.version, verdict=worst.verdict, severity=worst.severity,
            reasons=tuple(reason for f in found for reason in f.reasons),
            techniques=tuple(dict.fromkeys(t for f in found for t in f.techniques)),
            entities=tuple(dict.fromkeys(entity for f in (worst, *found) for entity in f.entities)),
        )  # fmt: skip


def _rows(batch: Batch[Any]) -> Iterator[tuple[int, Row]]:
    """Those that nobody else adds up, as `accounts.live` has them, with their places."""
    ours = np.flatnonzero(numbers(batch, "counted") == 0).tolist() if "source" in batch.columns else []
    if not ours:
        return
    columns: list[list[Any]] = [batch.time.tolist()]
    for name in COLUMNS[batch.type.tag()]:
        values = batch.columns.get(name)
        if name not in NUMBERS:
            columns.append(texts(batch, name))
        elif name == "port":
            columns.append(numbers(batch, name).astype(int).tolist())
        else:
            columns.append(
                [None if v != v else v for v in (np.full(len(batch), np.nan) if values is None else values).tolist()]
            )
    for i in ours:
        yield i, tuple(column[i] for column in columns)


def _nobody(time: int, i: int) -> Iterator[tuple[str, Row]]:
    """Rows of which every account is made: a pair in step, a door, what does not open, names below one domain and missing ones."""
    us, there = "10.0.0.1", "198.51.100.1"
    yield "flow", (time, us, there, 443, "tcp", 1.0, 2e7, 1e3, "open", "nobody.example.com")
    yield "flow", (time, us, f"10.0.1.{i}", 22, "tcp", 1.0, 1e3, 1e3, "attempt" if i % 4 else "open", "")
    yield "lookup", (time, us, f"name{i}.nobody.example.com", "A", "NOERROR")
    yield "lookup", (time, us, f"nobody{i}.com", "A", "NXDOMAIN")


__all__ = ["LiveAccounts"]
