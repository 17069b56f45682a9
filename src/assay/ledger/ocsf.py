"""A finding as an OCSF 1.1 Detection Finding (class 2004), for other security tools.
https://schema.ocsf.io/1.1.0/classes/detection_finding, with the profile `security_control`

A finding is *created* when it is recorded, *updated* when a label says that it was right, and *closed* when one says that it
was not. Its `finding_info.uid` is the same throughout; `metadata.uid` names the event.
"""

from __future__ import annotations

import re
from typing import Any

import msgspec

import assay
from assay.core.clock import iso
from assay.core.decision import Decision
from assay.core.entity import Entity
from assay.core.finding import Finding, Reason, Severity
from assay.core.tactics import FRAUD, tactic_of
from assay.ledger.derive import about

VERSION = "1.1.0"
CREATE, UPDATE, CLOSE = 1, 2, 3
_ACTIVITY = {CREATE: "Create", UPDATE: "Update", CLOSE: "Close"}
_STATUS = {CREATE: (1, "New"), UPDATE: (2, "In Progress"), CLOSE: (4, "Resolved")}
# Observable types of the OCSF dictionary; anything else is 99, other, with our own word for it.
_OBSERVABLE = {
    "host": (1, "Hostname"),
    "domain": (1, "Hostname"),
    "ip": (2, "IP Address"),
    "user": (4, "User Name"),
    "email": (5, "Email Address"),
    "file": (8, "Hash"),
}
# What was done: action_id, action, disposition_id, disposition. A payment held for a person is neither let through nor refused.
_DONE = {
    "allow": (1, "Allowed", 1, "Allowed"),
    "challenge": (0, "Unknown", 99, "Challenged"),
    "review": (0, "Unknown", 99, "Held for review"),
    "block": (2, "Denied", 2, "Blocked"),
}
_TECHNIQUE = re.compile(r"(T\d{4})(?:\.(\d{3}))?")
_RULE, _LEARNED = (1, "Rule"), (4, "Learning (ML/DL)")


def detection_finding(
    decision: Decision,
    ordinal: int,
    finding: Finding,
    *,
    activity: int = CREATE,
    at: int | None = None,
    event: str = "",
    observed: bool = False,
) -> dict[str, Any]:
    """One finding; times are milliseconds, as OCSF has them. `at`: when this event happened (microseconds; by default when
    the decision was made), `event` its own name. `observed`: nothing was decided about the evidence."""
    severity = Severity[finding.severity.upper()]
    action_id, action, disposition_id, disposition = _DONE[decision.outcome]
    if observed:
        action_id, action, disposition_id, disposition = 0, "Unknown", 0, "Unknown"
    uid, at = f"{decision.seq}.{ordinal}", decision.decided if at is None else at
    status_id, status = _STATUS[activity]
    analytics = _analytics(finding)
    told: dict[str, Any] = activity_of(2004, "Detection Finding", activity) | {
        "time": at // 1000,
        "severity_id": int(severity),
        "severity": severity.word.capitalize(),
        "status_id": status_id,
        "status": status,
        "message": f"{decision.kind} {decision.id}: {finding.verdict}",
        "action_id": action_id,
        "action": action,
        "disposition_id": disposition_id,
        "disposition": disposition,
        "metadata": metadata(event or uid)
        | {"profiles": ["security_control"], "sequence": decision.seq, "original_time": iso(decision.time)},
        "finding_info": {
            "uid": uid,
            "title": f"{finding.verdict.capitalize()} {decision.kind}",
            "types": [reason.code for reason in finding.reasons],
            "created_time": decision.decided // 1000,
            "modified_time": at // 1000,
            "first_seen_time": decision.time // 1000,
            "last_seen_time": decision.time // 1000,
            "analytic": analytics[0],
            "attacks": _attacks(finding),
            "related_analytics": analytics[1:],
            "data_sources": [decision.kind],
        },
        "resources": [{"type": entity.kind, "name": entity.id} for entity in about(finding, decision.entities)],
        "observables": [observable(entity) for entity in about(finding, decision.entities)],
        "evidences": [{"data": {"id": decision.id, "kind": decision.kind, **decision.evidence}}],
        "unmapped": {
            "detector": finding.detector,
            "verdict": finding.verdict,
            "reasons": msgspec.to_builtins(finding.reasons),
            "where": msgspec.to_builtins(finding.where),
            "techniques": list(finding.techniques),
            "policy": decision.policy,
            "rule": decision.rule,
        },
    }
    if finding.probability is not None:
        told["confidence_score"] = round(100 * finding.probability)
        told["risk_score"] = round(100 * finding.probability)
    return told


def activity_of(class_uid: int, name: str, activity: int) -> dict[str, Any]:
    """The attributes by which every event of the category says what it is."""
    return {
        "activity_id": activity,
        "activity_name": _ACTIVITY[activity],
        "category_uid": 2,
        "category_name": "Findings",
        "class_uid": class_uid,
        "class_name": name,
        "type_uid": class_uid * 100 + activity,
        "type_name": f"{name}: {_ACTIVITY[activity]}",
    }


def metadata(uid: str) -> dict[str, Any]:
    """Who tells it; `uid` names the event."""
    product = {"name": "Assay", "vendor_name": "Assay", "version": assay.__version__}
    return {"version": VERSION, "product": product, "uid": uid, "log_name": "assay ledger"}


def _analytics(finding: Finding) -> list[dict[str, Any]]:
    """What found it, the most telling first: the rules that its reasons name, else the detector itself."""
    type_id, type_ = _RULE if finding.probability is None else _LEARNED
    named: dict[str, dict[str, Any]] = {}
    for reason in finding.reasons:
        if rule := _rule(reason):
            title = str(reason.values.get("title") or rule)
            named.setdefault(rule, {"type_id": 1, "type": "Rule", "name": title, "uid": rule})
    own = {
        "type_id": type_id,
        "type": type_,
        "name": finding.detector,
        "uid": finding.detector,
        "version": finding.version,
    }
    return list(named.values()) or [own]


def _rule(reason: Reason) -> str:
    """The id of the rule that a reason names; empty where it names none."""
    rule = reason.values.get("rule")
    return rule if isinstance(rule, str) else ""


def _attacks(finding: Finding) -> list[dict[str, Any]]:
    """The ATT&CK techniques; codes of other catalogues stand in `unmapped`."""
    found = []
    for code in finding.techniques:
        if match := _TECHNIQUE.fullmatch(code.upper()):
            attack: dict[str, Any] = {"technique": {"uid": match[1]}}
            if (tactic := tactic_of(code)) and tactic not in FRAUD:
                attack["tactic"] = {"name": tactic.replace("-", " ").title()}
            if match[2]:
                attack["sub_technique"] = {"uid": f"{match[1]}.{match[2]}"}
            found.append(attack)
    return found


def observable(entity: Entity, where: str = "evidences[0].data") -> dict[str, Any]:
    """What other tools search by; `where` it stands in the event."""
    type_id, type_ = _OBSERVABLE.get(entity.kind, (99, entity.kind))
    return {"name": f"{where}.{entity.kind}", "type_id": type_id, "type": type_, "value": entity.id}
