"""From records to the entries of a list: who was accused, by what, and until when.

`Register` walks the ledger once and then only what came since; what it says is the same as a walk from the beginning would.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from typing import Protocol

import msgspec

from assay.core.decision import Decision
from assay.core.entity import Entity
from assay.core.finding import Finding, Severity, Verdict
from assay.ledger.base import AuditRecord, LabelRecord
from assay.ledger.derive import about
from assay.responses.document import BlockList
from assay.responses.never import Never, canonical

STEP = 1000  # records looked at in one go
MOST_ACCUSATIONS = 1_000_000  # remembered for one list; beyond it the oldest go first


class Why(msgspec.Struct, frozen=True, omit_defaults=True):
    """What brought a value into a list: a finding (`seq.ordinal`), or a decision (`seq`), as the ledger numbers them."""

    finding: str
    evidence: str
    detector: str = ""
    reason: str = ""
    severity: str = "informational"


class Entry(msgspec.Struct, frozen=True):
    """`since`, `newest`: when it was first and last accused, `until` when it leaves the list; microseconds. `times`: by how
    many pieces of evidence. `why` is the gravest accusation, of those the newest."""

    value: str
    since: int
    newest: int
    until: int
    times: int
    why: Why


class Collected(msgspec.Struct, frozen=True):
    """`entries` in the order of their values; `refused`: value -> why it may not stand in the list; `left_out`: how many
    more there were than the list may hold."""

    entries: tuple[Entry, ...]
    refused: dict[str, str]
    left_out: int


class Records(Protocol):
    """What is asked of a ledger."""

    def news(self, after_seq: int, limit: int) -> list[Decision | LabelRecord | AuditRecord]: ...
    def last_before(self, arrived: int) -> int: ...


class _Accusation(msgspec.Struct, frozen=True):
    value: str
    entity: str  # kind:id, as on record
    evidence: str
    at: int
    severity: int
    why: Why


class Register:
    """The accusations that one list is made of."""

    def __init__(self, rules: BlockList, never: Never) -> None:
        self._rules, self._never = rules, never
        self._severity, self._verdict = Severity[rules.severity.upper()], Verdict[rules.verdict.upper()]
        self._found: dict[tuple[str, str], _Accusation] = {}  # finding and value, in the order they came
        self._truth: dict[str, str] = {}  # evidence -> its newest label
        self._after: int | None = None

    def advance(self, ledger: Records, now: int) -> None:
        """Take in what came since."""
        if self._after is None:
            self._after = ledger.last_before(now - self._rules.width)
        while records := ledger.news(self._after, STEP):
            for record in records:
                self._take(record)
            self._after = records[-1].seq
        while len(self._found) > MOST_ACCUSATIONS:
            self._found.pop(next(iter(self._found)))

    def _take(self, record: Decision | LabelRecord | AuditRecord) -> None:
        if isinstance(record, LabelRecord):
            self._truth[record.label.evidence] = record.label.truth
        if not isinstance(record, Decision):
            return
        if record.outcome in self._rules.outcomes:
            reason = record.rule or next((r.code for r in record.reasons), "")
            why = Why(
                str(record.seq), record.id, "", reason, {"block": "high", "review": "medium"}.get(record.outcome, "low")
            )
            self._accuse(record.entities, record, Severity[why.severity.upper()], why)
        for ordinal, finding in enumerate(record.findings):
            if self._counts(finding):
                code = next((r.code for r in finding.reasons), "")
                why = Why(f"{record.seq}.{ordinal}", record.id, finding.detector, code, finding.severity)
                self._accuse(about(finding, record.entities), record, Severity[finding.severity.upper()], why)

    def _counts(self, finding: Finding) -> bool:
        rules = self._rules
        grave = (
            Severity[finding.severity.upper()] >= self._severity and Verdict[finding.verdict.upper()] >= self._verdict
        )
        return grave and (not rules.detectors or finding.detector in rules.detectors)

    def _accuse(self, entities: Iterable[Entity], record: Decision, severity: int, why: Why) -> None:
        for entity in entities:
            if entity.kind in self._rules.kinds:
                try:
                    value = canonical(self._rules.holds, entity.id)
                except (ValueError, UnicodeError):
                    continue  # a name where addresses are listed, or an address where names are
                self._found[why.finding, value] = _Accusation(
                    value, str(entity), record.id, record.decided, int(severity), why
                )

    def collect(self, now: int, named: frozenset[str] = frozenset()) -> Collected:
        """The list as of this moment. `named`: the entities (kind:id) that open cases name, for a list that asks for it."""
        width = self._rules.width
        for key in [key for key, one in self._found.items() if one.at + width <= now]:
            del self._found[key]
        by_value: dict[str, list[_Accusation]] = {}
        for one in self._found.values():
            truth = self._truth.get(one.evidence)
            wanted = (truth == "fraud" or not self._rules.confirmed) and (not self._rules.cases or one.entity in named)
            if truth != "genuine" and wanted:
                by_value.setdefault(one.value, []).append(one)
        refused = {value: why for value in by_value if (why := self._never.why(self._rules.holds, value))}
        entries = [_entry(found, width) for value, found in by_value.items() if value not in refused]
        entries.sort(key=lambda e: (-Severity[e.why.severity.upper()], -e.newest, e.value))
        kept = sorted(entries[: self._rules.most], key=lambda e: order(e.value))
        return Collected(tuple(kept), dict(sorted(refused.items())), len(entries) - len(kept))


def _entry(found: list[_Accusation], width: int) -> Entry:
    gravest = max(found, key=lambda one: (one.severity, one.at, one.why.finding))
    newest = max(one.at for one in found)
    evidence = len({one.evidence for one in found})
    return Entry(gravest.value, min(one.at for one in found), newest, newest + width, evidence, gravest.why)


def order(value: str) -> tuple[int, int, str]:
    """Addresses by number, version 4 first; everything else by its letters."""
    try:
        address = ipaddress.ip_address(value)
    except ValueError:
        return 0, 0, value
    return address.version, int(address), value
