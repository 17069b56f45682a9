"""What becomes of cases, on record: cases are made from findings as they come, and whoever is to be told of them (a webhook, a
stream) is told what the ledger says, in its order and after any crash. That a case opened is put on record once, and again
each time that it reaches another stage, grows graver, is taken, closed, opened again, or becomes part of another."""

from __future__ import annotations

import asyncio
import logging
from typing import Any, NamedTuple

import msgspec

from assay.campaigns.state import CLOSED, OPEN, Campaign, live
from assay.campaigns.told import Line, Piece, Said, titled, whole
from assay.core.clock import now
from assay.core.errors import AssayError
from assay.core.finding import Severity
from assay.engine import Engine
from assay.ledger.base import Ledger
from assay.responses.news import CASE_CHANGED, CASE_OPENED
from assay.service.batcher import Batcher

log = logging.getLogger("assay.service")
EVERY = 1.0  # seconds between looks; nothing is looked at where no finding came
RULES, FOUND = 50, 4  # of a case that are told: its weightiest rules, and findings of each
MERGED = "merged"
_PAGE = 1000


class _Seen(NamedTuple):
    """A case as it was last put on record."""

    state: str
    owner: str
    truth: str
    severity: str
    tactics: frozenset[str]


class Opened:
    """Start `watch` on the event loop. Only where somebody wants to be told: it costs a look at the open cases."""

    def __init__(self, engine: Engine, ledger: Ledger, batcher: Batcher) -> None:
        self._engine, self._ledger, self._batcher = engine, ledger, batcher
        self._known: dict[str, _Seen] = {}
        self._looked: dict[str, tuple[Any, ...]] = {}  # what may have changed a case, as of the last look
        self._seen = (-1, -1)

    async def watch(self) -> None:
        """For as long as the service runs."""
        self._known = await asyncio.to_thread(self._recorded)
        while True:
            try:
                await self.look()
            except AssayError as error:
                log.error("what became of a case could not be put on record: %s", error)
            await asyncio.sleep(EVERY)

    async def look(self) -> None:
        """Puts on record what has become of cases since."""
        campaigns = self._engine.campaigns
        seen = (campaigns.number, campaigns.changed)
        if seen == self._seen:
            return
        for id_, case in list(campaigns.cases.items()):
            home = live(case)
            if home is None:
                continue
            if home.id != id_:
                await self._merge(id_, home)
                continue
            touched = (home.findings, home.state, home.owner, home.truth)
            if self._looked.get(id_) == touched:
                continue
            about = await asyncio.to_thread(self._told, home)
            if about is not None:
                await self._record(about)
            self._looked[id_] = touched
        self._looked = {id_: touched for id_, touched in self._looked.items() if id_ in campaigns.cases}
        self._seen = seen

    async def _merge(self, id_: str, home: Campaign) -> None:
        before = self._known.get(id_)
        if before is not None and before.state != MERGED:
            about = await asyncio.to_thread(reported, self._engine, self._ledger, home.id, MERGED)
            await self._record(about | {"id": id_, "into": home.id, "state": MERGED})

    async def _record(self, about: dict[str, Any]) -> None:
        action = CASE_OPENED if about["change"] == "opened" else CASE_CHANGED
        await self._batcher.call(lambda: self._ledger.append_audit("service", action, about))
        self._known[about["id"]] = _seen_of(about, self._known.get(about["id"]))

    def _told(self, case: Campaign) -> dict[str, Any] | None:
        """The case, where something has become of it that is not on record."""
        before = self._known.get(case.id)
        if before is None and case.state != OPEN:
            return None
        about = reported(self._engine, self._ledger, case.id, "opened")
        change = "opened" if before is None else _change(before, _seen_of(about, None))
        return about | {"change": change} if change else None

    def _recorded(self) -> dict[str, _Seen]:
        """Those that are on record already, as they were last."""
        found: dict[str, _Seen] = {}
        before: int | None = None
        while records := self._ledger.audit(before_seq=before, limit=_PAGE):
            for record in records:
                if record.audit.action in (CASE_OPENED, CASE_CHANGED):
                    found.setdefault(str(record.audit.about.get("id")), _seen_of(record.audit.about, None))
            before = records[-1].seq
        return found


def reported(engine: Engine, ledger: Ledger, case: str, change: str) -> dict[str, Any]:
    """A case as it is put on record: its line, `change` what has become of it, `said` its weightiest rules, each with some of its
    findings as the ledger numbers them. Raises `NotFound`."""
    found = whole(engine.campaigns, case, None)
    rules = {(s.detector, s.code, s.rule): s for stage in found.stages for s in stage.said}
    heaviest = sorted(rules.values(), key=lambda s: -s.weight)[:RULES]
    note = found.history[-1].note if found.history else ""
    return _plain(found.case) | {
        "change": change,
        "at": now(),
        "note": note,
        "said": [_said(ledger, s) for s in heaviest],
    }


def _said(ledger: Ledger, said: Said) -> dict[str, Any]:
    return {
        "detector": said.detector, "code": said.code, "rule": said.rule, "title": titled(said, "en"), "first": said.first,
        "last": said.last, "n": said.n, "tactics": said.tactics, "found": [_uid(ledger, p) for p in said.pieces[:FOUND]],
    }  # fmt: skip


def _uid(ledger: Ledger, piece: Piece) -> str:
    decision = ledger.decision(piece.evidence)
    return f"{piece.evidence}/{piece.ordinal}" if decision is None else f"{decision.seq}.{piece.ordinal}"


def _change(before: _Seen, after: _Seen) -> str:
    """What has become of it; empty where nothing has that is worth telling."""
    if after.state == CLOSED and (before.state, before.truth) != (CLOSED, after.truth):
        return "closed"
    if before.state == CLOSED and after.state == OPEN:
        return "reopened"
    if before.owner != after.owner:
        return "assigned"
    grew = after.tactics - before.tactics or Severity[after.severity.upper()] > Severity[before.severity.upper()]
    return "grew" if grew and after.state == OPEN else ""


def _seen_of(about: dict[str, Any], before: _Seen | None) -> _Seen:
    reached = frozenset(about.get("tactics", ())) | (before.tactics if before else frozenset())
    owner, truth = str(about.get("owner", "")), str(about.get("truth", ""))
    return _Seen(str(about.get("state", OPEN)), owner, truth, str(about.get("severity", "informational")), reached)


def _plain(line: Line) -> dict[str, Any]:
    """Plain values, but for what changes as time goes by."""
    plain: dict[str, Any] = msgspec.to_builtins(line)
    del plain["now"]
    return plain
