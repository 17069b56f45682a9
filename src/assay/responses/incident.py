"""A case as an OCSF 1.1 Incident Finding (class 2005), for other security tools.
https://schema.ocsf.io/1.1.0/classes/incident_finding

An incident is *created* when the case opens, *updated* when it reaches another stage, grows graver, is taken by somebody or
opens again, and *closed* when an analyst says what it was or it becomes part of another. Its findings bear the uids that they
have as Detection Findings (`assay.ledger.ocsf`), so that both can be joined.
"""

from __future__ import annotations

from typing import Any

from assay.core.entity import Entity
from assay.core.finding import Severity
from assay.core.tactics import FRAUD
from assay.ledger.ocsf import CLOSE, CREATE, UPDATE, activity_of, metadata, observable

# What an analyst's label says of it: status_id, status, verdict_id, verdict.
_RESOLVED = (4, "Resolved")
_VERDICT = {"fraud": (2, "True Positive"), "genuine": (1, "False Positive")}
_DUPLICATE = (5, "Closed"), (10, "Duplicate")
_SUSPECTED = 0.5  # from this probability on it is told as a suspected breach


def incident_finding(case: dict[str, Any], event: str) -> dict[str, Any]:
    """`case` as it is put on record by `assay.service.opened`; `event` this event's own name. Times are milliseconds."""
    activity = {"opened": CREATE, "closed": CLOSE, "merged": CLOSE}.get(case["change"], UPDATE)
    (status_id, status), (verdict_id, verdict) = _standing(case)
    severity = Severity[case["severity"].upper()]
    told: dict[str, Any] = activity_of(2005, "Incident Finding", activity) | {
        "time": case["at"] // 1000,
        "severity_id": int(severity),
        "severity": severity.word.capitalize(),
        "status_id": status_id,
        "status": status,
        "verdict_id": verdict_id,
        "verdict": verdict,
        "message": f"case {case['id']}: {case['findings']} findings by {case['rules']} rules",
        "desc": _about(case),
        "confidence_score": round(100 * case["probability"]),
        "is_suspected_breach": verdict_id != 1 and case["probability"] >= _SUSPECTED,
        "start_time": case["first"] // 1000,
        "end_time": case["last"] // 1000,
        "metadata": metadata(event),
        "finding_info_list": [_finding(one, case) for one in case["said"]],
        "attacks": [{"tactic": {"name": _name(t)}} for t in case["tactics"] if t not in FRAUD],
        "observables": [observable(Entity(e["kind"], e["id"]), "unmapped.about") for e in case["about"]],
        "unmapped": {"case": case["id"], "about": case["about"], "rooms": case["rooms"], "tactics": case["tactics"], "entities": case["entities"]},
    }  # fmt: skip
    if case.get("owner"):
        told["assignee"] = {"name": case["owner"]}
    if case.get("note"):
        told["comment"] = case["note"]
    if case.get("into"):
        told["unmapped"]["into"] = case["into"]
    return told


def _standing(case: dict[str, Any]) -> tuple[tuple[int, str], tuple[int, str]]:
    if case["change"] == "merged":
        return _DUPLICATE
    if case["change"] == "closed":
        return _RESOLVED, _VERDICT[case["truth"]]
    return (2, "In Progress") if case.get("owner") else (1, "New"), (0, "Unknown")


def _about(case: dict[str, Any]) -> str:
    whom = ", ".join(f"{e['kind']} {e['id']}" for e in case["about"][:3])
    reached = ", ".join(_name(tactic) for tactic in case["tactics"])
    return f"{whom or case['id']}: {reached or 'no stage told'}"


def _name(tactic: str) -> str:
    return tactic.replace("-", " ").title()


def _finding(said: dict[str, Any], case: dict[str, Any]) -> dict[str, Any]:
    """One rule of the case: its first finding, and further ones as related events."""
    uid, *others = said["found"]
    return {
        "uid": uid,
        "title": said["title"],
        "types": [said["code"]] if said["code"] else [],
        "analytic": {"type_id": 1, "type": "Rule", "name": said["title"], "uid": said["rule"] or said["code"] or said["detector"]},
        "attacks": [{"tactic": {"name": _name(tactic)}} for tactic in said["tactics"] if tactic not in FRAUD],
        "related_events": [{"uid": other, "type_uid": 200401} for other in others],
        "first_seen_time": said["first"] // 1000,
        "last_seen_time": said["last"] // 1000,
        "created_time": (case["opened"] or case["first"]) // 1000,
        "modified_time": case["at"] // 1000,
        "data_sources": [said["detector"].partition(".")[0]],
    }  # fmt: skip


__all__ = ["incident_finding"]
