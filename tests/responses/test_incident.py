"""Cases as OCSF 1.1 Incident Findings: every event fits a table of the class, written down here from its schema."""

from __future__ import annotations

import json
from typing import Any

import pytest

from assay.responses.incident import incident_finding
from tests.ledger.test_ocsf import ANALYTIC, METADATA, MILLISECONDS, OBSERVABLE, fits

TACTIC = {"tactic": (True, {"name": (True, str)})}
FINDING_INFO = {
    "uid": (True, str), "title": (True, str), "types": (False, [str]), "analytic": (True, ANALYTIC), "attacks": (False, [TACTIC]),
    "related_events": (False, [{"uid": (True, str), "type_uid": (False, {200401})}]), "data_sources": (False, [str]),
    "created_time": (False, MILLISECONDS), "modified_time": (False, MILLISECONDS),
    "first_seen_time": (False, MILLISECONDS), "last_seen_time": (False, MILLISECONDS),
}  # fmt: skip
INCIDENT_FINDING = {
    "class_uid": (True, {2005}), "category_uid": (True, {2}), "activity_id": (True, {1, 2, 3}),
    "type_uid": (True, {200501, 200502, 200503}), "severity_id": (True, set(range(6))), "time": (True, MILLISECONDS),
    "metadata": (True, METADATA), "finding_info_list": (True, [FINDING_INFO]), "status_id": (True, {1, 2, 4, 5}),
    "class_name": (False, {"Incident Finding"}), "category_name": (False, {"Findings"}), "activity_name": (False, str),
    "type_name": (False, str), "severity": (False, str), "status": (False, str), "verdict_id": (False, {0, 1, 2, 10}),
    "verdict": (False, str), "message": (False, str), "desc": (False, str), "confidence_score": (False, range(101)),
    "is_suspected_breach": (False, bool), "start_time": (False, MILLISECONDS), "end_time": (False, MILLISECONDS),
    "assignee": (False, {"name": (True, str)}), "comment": (False, str), "attacks": (False, [TACTIC]),
    "observables": (False, [OBSERVABLE]), "unmapped": (False, dict),
}  # fmt: skip


def case(**fields: Any) -> dict[str, Any]:
    said = {
        "detector": "hosts.sigma", "code": "hosts.rule", "rule": "r1", "title": "A rule", "first": 1_700_000_000_000_000,
        "last": 1_700_000_100_000_000, "n": 3, "tactics": ["execution", "monetization"], "found": ["12.0", "15.1"],
    }  # fmt: skip
    plain = {
        "id": "case-aiizeqzaxu", "state": "open", "owner": "", "truth": "", "probability": 0.72, "severity": "high", "findings": 4,
        "rules": 2, "tactics": ["execution", "impact", "monetization"], "rooms": ["hosts", "payments"], "entities": 3,
        "about": [{"kind": "host", "id": "ws-7"}, {"kind": "customer", "id": "c-1"}], "first": 1_700_000_000_000_000,
        "last": 1_700_000_100_000_000, "opened": 1_700_000_050_000_000, "change": "opened", "at": 1_700_000_200_000_000, "note": "",
        "said": [said, said | {"detector": "payments.model", "code": "", "rule": "", "found": ["16.0"]}],
    }  # fmt: skip
    return plain | fields


@pytest.mark.parametrize(
    ("fields", "activity", "status", "verdict"),
    [
        ({}, 1, 1, 0),
        ({"change": "grew", "severity": "critical"}, 2, 1, 0),
        ({"change": "assigned", "owner": "anna"}, 2, 2, 0),
        ({"change": "closed", "state": "closed", "truth": "fraud", "note": "called back"}, 3, 4, 2),
        ({"change": "closed", "state": "closed", "truth": "genuine"}, 3, 4, 1),
        ({"change": "reopened"}, 2, 1, 0),
        ({"change": "merged", "state": "merged", "into": "case-b"}, 3, 5, 10),
        ({"opened": None, "about": [], "tactics": [], "said": []}, 1, 1, 0),
    ],
)
def test_whatever_becomes_of_a_case_fits_the_class(
    fields: dict[str, Any], activity: int, status: int, verdict: int
) -> None:
    event = incident_finding(case(**fields), "case-aiizeqzaxu#17")
    fits(json.loads(json.dumps(event)), INCIDENT_FINDING)
    assert (event["activity_id"], event["status_id"], event["verdict_id"]) == (activity, status, verdict)
    assert event["type_uid"] == 200500 + activity


def test_an_incident_names_its_findings_as_they_are_told_themselves_and_only_tactics_of_attack() -> None:
    event = incident_finding(case(), "case-aiizeqzaxu")
    first, second = event["finding_info_list"]
    assert (first["uid"], first["related_events"]) == ("12.0", [{"uid": "15.1", "type_uid": 200401}])
    assert second["analytic"]["uid"] == "payments.model"
    assert [a["tactic"]["name"] for a in event["attacks"]] == ["Execution", "Impact"]
    assert event["confidence_score"] == 72
