"""A ledger as lines of JSON: its own records, or its findings as OCSF 1.4 Detection Finding (class 2004) for other
security tools. https://schema.ocsf.io/1.4.0/classes/detection_finding
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import msgspec

import assay
from assay.core.clock import iso
from assay.core.decision import Decision
from assay.core.entity import Entity
from assay.core.errors import InvalidSetting
from assay.core.finding import Finding, Severity
from assay.ledger.base import Record
from assay.ledger.derive import about

if TYPE_CHECKING:
    from assay.ledger.reader import SqliteReader

_encode = msgspec.json.Encoder().encode
# Observable types of the OCSF dictionary; anything else is 99, other, with our own word for it.
_OBSERVABLE = {
    "host": (1, "Hostname"),
    "domain": (1, "Hostname"),
    "ip": (2, "IP Address"),
    "email": (5, "Email Address"),
}
_DISPOSITION = {
    "allow": (1, "Allowed"),
    "challenge": (99, "Challenged"),
    "review": (99, "Held for review"),
    "block": (2, "Blocked"),
}


def export(ledger: SqliteReader, form: str, after_seq: int) -> Iterator[bytes]:
    """Lines, each with its line feed. Raises `InvalidSetting` for a form we do not write."""
    if form == "jsonl":
        return (_encode(line) + b"\n" for record in ledger.replay(after_seq) for line in _record(record))
    if form == "ocsf":
        return (_encode(line) + b"\n" for record in ledger.replay(after_seq) for line in _findings(record))
    raise InvalidSetting(f"no export form {form!r}", hint="jsonl or ocsf")


def _record(record: Record) -> Iterator[dict[str, Any]]:
    arrived = iso(record.arrived)
    if record.decisions is not None:
        for i in range(record.count):
            decision = record.decisions.decision(i)
            plain = msgspec.to_builtins(decision) | {"time": iso(decision.time), "decided": iso(decision.decided)}
            yield {"record": "decision", "seq": decision.seq, "arrived": arrived} | plain
    for i, label in enumerate(record.labels):
        yield {"record": "label", "seq": record.seq + i, "arrived": arrived} | msgspec.to_builtins(label)
    if record.audit is not None:
        yield {"record": "audit", "seq": record.seq, "arrived": arrived} | msgspec.to_builtins(record.audit)


def _findings(record: Record) -> Iterator[dict[str, Any]]:
    if record.decisions is None:
        return
    for row in sorted(record.decisions.details):
        decision = record.decisions.decision(row)
        for ordinal, finding in enumerate(decision.findings):
            yield detection_finding(decision, ordinal, finding)


def detection_finding(decision: Decision, ordinal: int, finding: Finding) -> dict[str, Any]:
    """One finding as an OCSF Detection Finding; times are milliseconds, as OCSF has them."""
    severity = Severity[finding.severity.upper()]
    disposition_id, disposition = _DISPOSITION[decision.outcome]
    codes = [reason.code for reason in finding.reasons]
    event: dict[str, Any] = {
        "activity_id": 1,
        "activity_name": "Create",
        "category_uid": 2,
        "category_name": "Findings",
        "class_uid": 2004,
        "class_name": "Detection Finding",
        "type_uid": 200401,
        "type_name": "Detection Finding: Create",
        "time": decision.decided // 1000,
        "severity_id": int(severity),
        "severity": severity.word.capitalize(),
        "status_id": 1,
        "status": "New",
        "message": f"{decision.kind} {decision.id}: {finding.verdict}",
        "is_alert": finding.verdict in ("suspicious", "counterfeit"),
        "disposition_id": disposition_id,
        "disposition": disposition,
        "metadata": {
            "version": "1.4.0",
            "product": {"name": "Assay", "vendor_name": "Assay", "version": assay.__version__},
            "uid": f"{decision.seq}.{ordinal}",
            "sequence": decision.seq,
            "original_time": iso(decision.time),
            "log_name": "assay ledger",
        },
        "finding_info": {
            "uid": f"{decision.seq}.{ordinal}",
            "title": f"{finding.verdict.capitalize()} {decision.kind}",
            "types": codes,
            "created_time": decision.decided // 1000,
            "first_seen_time": decision.time // 1000,
            "analytic": {
                "name": finding.detector,
                "uid": finding.detector,
                "version": finding.version,
                "type_id": 99,
                "type": "Detector",
            },
            "data_sources": [decision.kind],
        },
        "observables": [_observable(entity) for entity in about(finding, decision.entities)],
        "evidences": [{"data": {"id": decision.id, "kind": decision.kind, **decision.evidence}}],
        "unmapped": {
            "reasons": msgspec.to_builtins(finding.reasons),
            "where": msgspec.to_builtins(finding.where),
            "techniques": list(finding.techniques),
            "policy": decision.policy,
            "rule": decision.rule,
        },
    }
    if finding.probability is not None:
        event["confidence_score"] = round(100 * finding.probability)
    return event


def _observable(entity: Entity) -> dict[str, Any]:
    type_id, type_ = _OBSERVABLE.get(entity.kind, (99, entity.kind))
    return {"name": f"evidences[0].data.{entity.kind}", "type_id": type_id, "type": type_, "value": entity.id}
