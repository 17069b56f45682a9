"""Findings as OCSF 1.1.0 Detection Findings: every event fits a table of the class, written down here from its schema."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from assay.core.decision import OUTCOMES, Decision
from assay.core.entity import Entity
from assay.core.finding import Finding, Reason, Severity
from assay.ledger.ocsf import CLOSE, CREATE, UPDATE, detection_finding
from assay.ledger.sqlite import SqliteLedger
from tests.ledger.sightings import TYPES, sightings

MILLISECONDS = range(10**11, 10**14)  # 1973 to 5138: neither seconds nor microseconds
# attribute -> (is it required, what its value must be): a type, a set of values, a range, or the table of an object
OBSERVABLE = {"name": (True, str), "type_id": (True, {1, 2, 4, 5, 8, 99}), "type": (False, str), "value": (False, str)}
ANALYTIC = {
    "type_id": (True, {1, 4}), "type": (False, str), "name": (False, str), "uid": (True, str), "version": (False, str),
}  # fmt: skip
NAMED = {"uid": (True, re.compile(r"TA?\d{4}(\.\d{3})?")), "name": (False, str)}
ATTACK = {"tactic": (False, {"name": (True, str)}), "technique": (True, NAMED), "sub_technique": (False, NAMED)}
FINDING_INFO = {
    "uid": (True, str), "title": (True, str), "types": (False, [str]), "analytic": (True, ANALYTIC),
    "attacks": (True, [ATTACK]), "related_analytics": (True, [ANALYTIC]), "data_sources": (False, [str]),
    "created_time": (False, MILLISECONDS), "modified_time": (False, MILLISECONDS),
    "first_seen_time": (False, MILLISECONDS), "last_seen_time": (False, MILLISECONDS),
}  # fmt: skip
METADATA = {
    "version": (True, {"1.1.0"}), "uid": (True, str), "profiles": (False, [{"security_control"}]),
    "product": (True, {"name": (True, {"Assay"}), "vendor_name": (True, str), "version": (False, str)}),
    "sequence": (False, int), "original_time": (False, str), "log_name": (False, str),
}  # fmt: skip
DETECTION_FINDING = {
    "class_uid": (True, {2004}), "category_uid": (True, {2}), "activity_id": (True, {1, 2, 3}),
    "type_uid": (True, {200401, 200402, 200403}), "action_id": (True, {0, 1, 2}), "severity_id": (True, set(range(6))),
    "time": (True, MILLISECONDS), "metadata": (True, METADATA), "finding_info": (True, FINDING_INFO),
    "class_name": (False, {"Detection Finding"}), "category_name": (False, {"Findings"}), "activity_name": (False, str),
    "type_name": (False, str), "action": (False, str), "severity": (False, str), "status_id": (False, {1, 2, 3, 4}),
    "status": (False, str), "disposition_id": (False, {0, 1, 2, 99}), "disposition": (False, str), "message": (False, str),
    "confidence_score": (False, range(101)), "risk_score": (False, range(101)), "observables": (False, [OBSERVABLE]),
    "resources": (False, [{"type": (False, str), "name": (False, str)}]), "evidences": (False, [{"data": (False, dict)}]),
    "unmapped": (False, dict),
}  # fmt: skip


def fits(value: Any, wanted: Any, where: str = "event") -> None:
    """The value is what the table says, and nothing stands in it that the table does not know."""
    if isinstance(wanted, list):
        assert isinstance(value, list), where
        for i, one in enumerate(value):
            fits(one, wanted[0], f"{where}[{i}]")
    elif isinstance(wanted, dict):
        assert set(value) <= set(wanted), (where, set(value) - set(wanted))
        for name, (required, inner) in wanted.items():
            assert name in value or not required, f"{where}.{name} is required"
            if name in value:
                fits(value[name], inner, f"{where}.{name}")
    elif isinstance(wanted, (set, range)):
        assert value in wanted, (where, value)
    elif isinstance(wanted, re.Pattern):
        assert wanted.fullmatch(value), (where, value)
    else:
        assert isinstance(value, wanted), (where, value)
        assert value != "", where


def decision(finding: Finding, outcome: str = "review") -> Decision:
    return Decision(
        id="e1", kind="log-record", time=1_700_000_000_000_000, decided=1_700_000_060_000_000, outcome=outcome,
        findings=(finding,), entities=(Entity("host", "pc7"), Entity("ip", "203.0.113.9")), seq=12, evidence={"host": "pc7"},
    )  # fmt: skip


def found(**fields: Any) -> Finding:
    plain = {"detector": "hosts.sigma", "version": "2", "verdict": "suspicious", "severity": "high"}
    return Finding(**plain | fields)


def test_every_finding_of_a_ledger_fits_the_class(tmp_path: Path) -> None:
    with SqliteLedger(tmp_path, types=TYPES) as ledger:
        ledger.append(sightings(0, 40))
        ledger.commit()
        events = [json.loads(line) for line in ledger.export("ocsf")]
        assert len(events) == ledger.counts().findings > 0
    for event in events:
        fits(event, DETECTION_FINDING)
    assert len({event["metadata"]["uid"] for event in events}) == len(events)
    assert events[0]["confidence_score"] == 75
    assert "confidence_score" not in events[1]  # a detector that cannot say does not


@pytest.mark.parametrize("severity", [s.word for s in Severity])
@pytest.mark.parametrize("outcome", OUTCOMES)
@pytest.mark.parametrize("activity", [CREATE, UPDATE, CLOSE])
def test_every_severity_outcome_and_activity_fits(severity: str, outcome: str, activity: int) -> None:
    event = detection_finding(
        decision(found(severity=severity), outcome), 0, found(severity=severity), activity=activity
    )
    fits(json.loads(json.dumps(event)), DETECTION_FINDING)
    assert event["type_uid"] == event["class_uid"] * 100 + event["activity_id"]
    assert event["action_id"] == {"allow": 1, "block": 2}.get(outcome, 0)


def test_rules_and_techniques_are_named_as_other_tools_look_for_them() -> None:
    rules = tuple(Reason("hosts.rule", 0.7, {"rule": f"r{i}", "title": f"Rule {i}"}) for i in range(3))
    finding = found(reasons=rules, techniques=("T1059.001", "t1110", "ATM-T12"))
    info = detection_finding(decision(finding), 0, finding)["finding_info"]
    assert info["analytic"] == {"type_id": 1, "type": "Rule", "name": "Rule 0", "uid": "r0"}
    assert [a["uid"] for a in info["related_analytics"]] == ["r1", "r2"]
    assert info["attacks"] == [
        {"technique": {"uid": "T1059"}, "tactic": {"name": "Execution"}, "sub_technique": {"uid": "T1059.001"}},
        {"technique": {"uid": "T1110"}, "tactic": {"name": "Credential Access"}},
    ]


def test_the_stages_of_one_finding_share_its_uid_and_nothing_was_done_to_an_observation() -> None:
    finding = found()
    one, other = (
        detection_finding(decision(finding), 0, finding, activity=a, event=f"12.0#{a}") for a in (CREATE, CLOSE)
    )
    assert one["finding_info"]["uid"] == other["finding_info"]["uid"] == "12.0"
    assert one["metadata"]["uid"] != other["metadata"]["uid"]
    assert detection_finding(decision(finding, "allow"), 0, finding, observed=True)["action_id"] == 0
