"""What there is to tell, in the ledger's order: each finding, each decision that is not plainly allowed, each label, each case
that opened, and what became of it.

A `News` has an id that it always has, however often it is told: whoever hears it twice can know that.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any, Protocol

import msgspec

from assay.core.clock import iso
from assay.core.decision import Decision
from assay.core.finding import Finding, Severity
from assay.core.kind import evidence_types
from assay.ledger.base import AuditRecord, LabelRecord
from assay.ledger.derive import about
from assay.ledger.ocsf import CLOSE, UPDATE, detection_finding
from assay.responses.entries import Records
from assay.responses.incident import incident_finding

STEP = 200
CASE_OPENED, CASE_CHANGED = "case-opened", "case-changed"  # the audit events by which cases are on record


class Cursor(msgspec.Struct, frozen=True):
    """How far somebody has been told: the record, and how many of its pieces."""

    seq: int = 0
    part: int = 0


class News(msgspec.Struct, frozen=True):
    """One thing to tell. `after`: the cursor of whoever has heard it."""

    event: str  # finding, decision, label, case
    uid: str  # 12.0, 12, 15; of a case its id, and for what became of it later `id#16`
    after: Cursor
    decision: Decision | None = None
    finding: Finding | None = None
    ordinal: int = -1
    label: LabelRecord | None = None
    case: dict[str, Any] = {}

    def id(self, ledger: str, target: str) -> str:
        """What a target knows it by: the same at every try, another for every target."""
        return str(uuid.uuid5(uuid.NAMESPACE_OID, f"{ledger}/{target}/{self.event}/{self.uid}"))


class Wanted(msgspec.Struct, frozen=True):
    """What a target wants to hear of: findings of at least this severity (0: none), decisions of these outcomes, labels,
    what becomes of cases."""

    findings: int = 0
    outcomes: tuple[str, ...] = ()
    labels: bool = False
    cases: bool = False


class Judged(Records, Protocol):
    def decision(self, id_: str) -> Decision | None: ...


def severity_of(word: str | None) -> int:
    return 0 if word is None else int(Severity[word.upper()])


def news(ledger: Judged, cursor: Cursor, wanted: Wanted) -> Iterator[News | Cursor]:
    """What came after the cursor, in order; and a bare `Cursor` now and then where nothing was wanted, so that it need not
    be looked through again. Ends where the ledger ends."""
    after = cursor
    while records := ledger.news(after.seq - (after.part > 0), STEP):
        for record in records:
            told = list(_pieces(ledger, record, wanted))
            yield from told[after.part if record.seq == after.seq else 0 :]
        if not told or len(records) == STEP:
            yield Cursor(records[-1].seq, 0)
        after = Cursor(records[-1].seq, 0)


def _pieces(ledger: Judged, record: Decision | LabelRecord | AuditRecord, wanted: Wanted) -> Iterator[News]:
    """The pieces of one record; the last of them ends it."""
    found = list(_told(ledger, record, wanted))
    for i, piece in enumerate(found):
        after = Cursor(record.seq, 0 if i == len(found) - 1 else i + 1)
        yield msgspec.structs.replace(piece, after=after)


def _told(ledger: Judged, record: Decision | LabelRecord | AuditRecord, wanted: Wanted) -> Iterator[News]:
    nowhere = Cursor()
    if isinstance(record, AuditRecord):
        if wanted.cases and record.audit.action in (CASE_OPENED, CASE_CHANGED):
            id_ = str(record.audit.about.get("id"))
            uid = id_ if record.audit.action == CASE_OPENED else f"{id_}#{record.seq}"
            yield News("case", uid, nowhere, case=record.audit.about)
        return
    if isinstance(record, LabelRecord):
        decision = ledger.decision(record.label.evidence) if wanted.labels else None
        if decision is not None:
            yield News("label", str(record.seq), nowhere, decision, label=record)
        return
    if record.outcome in wanted.outcomes:
        yield News("decision", str(record.seq), nowhere, record)
    for ordinal, finding in enumerate(record.findings):
        if wanted.findings and Severity[finding.severity.upper()] >= wanted.findings and finding.verdict != "none":
            yield News("finding", f"{record.seq}.{ordinal}", nowhere, record, finding, ordinal)


def told(one: News, delivery: str) -> dict[str, Any]:
    """As our own JSON; sensitive values are tokens, as on record."""
    decision = one.decision
    if decision is None:
        return {"event": one.event, "id": delivery, "uid": one.uid, "case": _timed(one.case)}
    about_it = {
        "id": decision.id, "kind": decision.kind, "time": iso(decision.time), "outcome": decision.outcome, "seq": decision.seq,
    }  # fmt: skip
    said: dict[str, Any] = {"event": one.event, "id": delivery, "uid": one.uid, "evidence": about_it}
    if one.label is not None:
        label = one.label.label
        said["label"] = {"truth": label.truth, "source": label.source, "known": iso(one.label.known)}
    elif one.finding is not None:
        said["finding"] = msgspec.to_builtins(one.finding)
        said["entities"] = msgspec.to_builtins(about(one.finding, decision.entities))
    else:
        said |= {
            "probability": decision.probability, "expected_loss": decision.expected_loss, "rule": decision.rule,
            "policy": decision.policy, "reasons": msgspec.to_builtins(decision.reasons),
            "entities": msgspec.to_builtins(decision.entities),
        }  # fmt: skip
    return said


def _timed(case: dict[str, Any]) -> dict[str, Any]:
    """Its times as text."""
    times = ("first", "last", "opened", "at")
    return {k: iso(v) if k in times and isinstance(v, int) else v for k, v in case.items() if k != "said"}


def as_ocsf(one: News) -> list[dict[str, Any]]:
    """As OCSF events: one for a finding or a case; for a label one for each finding that it speaks of; none for a bare
    decision."""
    decision = one.decision
    if decision is None:
        return [incident_finding(one.case, one.uid)] if "said" in one.case else []
    type_ = evidence_types().get(decision.kind)
    observed = type_ is not None and type_.WEIGHT == "observation"
    if one.finding is not None:
        return [detection_finding(decision, one.ordinal, one.finding, observed=observed)]
    if one.label is None:
        return []
    activity = UPDATE if one.label.label.truth == "fraud" else CLOSE
    return [
        detection_finding(
            decision, i, finding, activity=activity, at=one.label.arrived, event=f"{decision.seq}.{i}#{one.label.seq}", observed=observed,
        )
        for i, finding in enumerate(decision.findings) if finding.verdict != "none"
    ]  # fmt: skip


__all__ = ["CASE_CHANGED", "CASE_OPENED", "Cursor", "News", "Wanted", "as_ocsf", "news", "severity_of", "told"]
