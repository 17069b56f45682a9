"""What there is to tell, in the ledger's order: each finding, each decision that is not plainly allowed, each label.

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
from assay.ledger.base import LabelRecord
from assay.ledger.derive import about
from assay.ledger.ocsf import CLOSE, CREATE, UPDATE, detection_finding
from assay.responses.entries import Records

STEP = 200


class Cursor(msgspec.Struct, frozen=True):
    """How far somebody has been told: the record, and how many of its pieces."""

    seq: int = 0
    part: int = 0


class News(msgspec.Struct, frozen=True):
    """One thing to tell. `after`: the cursor of whoever has heard it."""

    event: str  # finding, decision, label
    uid: str  # 12.0, 12, 15
    after: Cursor
    decision: Decision
    finding: Finding | None = None
    ordinal: int = -1
    label: LabelRecord | None = None

    def id(self, ledger: str, target: str) -> str:
        """What a target knows it by: the same at every try, another for every target."""
        return str(uuid.uuid5(uuid.NAMESPACE_OID, f"{ledger}/{target}/{self.event}/{self.uid}"))


class Wanted(msgspec.Struct, frozen=True):
    """What a target wants to hear of: findings of at least this severity (0: none), decisions of these outcomes, labels."""

    findings: int = 0
    outcomes: tuple[str, ...] = ()
    labels: bool = False


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


def _pieces(ledger: Judged, record: Decision | LabelRecord, wanted: Wanted) -> Iterator[News]:
    """The pieces of one record; the last of them ends it."""
    found = list(_told(ledger, record, wanted))
    for i, (event, uid, decision, finding, ordinal, label) in enumerate(found):
        after = Cursor(record.seq, 0 if i == len(found) - 1 else i + 1)
        yield News(event, uid, after, decision, finding, ordinal, label)


_Piece = tuple[str, str, Decision, Finding | None, int, LabelRecord | None]


def _told(ledger: Judged, record: Decision | LabelRecord, wanted: Wanted) -> Iterator[_Piece]:
    if isinstance(record, LabelRecord):
        decision = ledger.decision(record.label.evidence) if wanted.labels else None
        if decision is not None:
            yield "label", str(record.seq), decision, None, -1, record
        return
    if record.outcome in wanted.outcomes:
        yield "decision", str(record.seq), record, None, -1, None
    for ordinal, finding in enumerate(record.findings):
        if wanted.findings and Severity[finding.severity.upper()] >= wanted.findings and finding.verdict != "none":
            yield "finding", f"{record.seq}.{ordinal}", record, finding, ordinal, None


def told(one: News, delivery: str) -> dict[str, Any]:
    """As our own JSON; sensitive values are tokens, as on record."""
    decision = one.decision
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


def as_ocsf(one: News) -> list[dict[str, Any]]:
    """As OCSF events: one for a finding; for a label one for each finding that it speaks of; none for a bare decision."""
    decision = one.decision
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


__all__ = ["CREATE", "Cursor", "News", "Wanted", "as_ocsf", "news", "severity_of", "told"]
