"""Exports are lines of JSON that other tools read."""

import json
from pathlib import Path

import pytest

from assay.core.errors import InvalidSetting
from assay.core.label import Label
from assay.ledger.sqlite import SqliteLedger
from tests.ledger.sightings import TYPES, sightings


@pytest.fixture
def ledger(tmp_path: Path):
    with SqliteLedger(tmp_path, types=TYPES) as ledger:
        ledger.append(sightings(0, 40))
        ledger.append_labels([Label(evidence="s1", truth="fraud")], 5_000_000)
        ledger.append_audit("ada", "key.created", {"role": "analyst"})
        ledger.commit()
        yield ledger


def test_every_record_is_one_line_in_order(ledger: SqliteLedger):
    lines = [json.loads(line) for line in ledger.export()]
    assert [line["seq"] for line in lines] == list(range(1, 43))
    assert [line["record"] for line in lines] == ["decision"] * 40 + ["label", "audit"]
    assert lines[3]["id"] == "s3"
    assert lines[3]["time"] == "2023-11-14T22:16:20Z"
    assert lines[3]["evidence"]["place"] in ("quay", "mill")
    assert lines[40] == {
        "record": "label", "seq": 41, "arrived": "1970-01-01T00:00:05Z", "evidence": "s1", "truth": "fraud",
    }  # fmt: skip
    assert lines[41]["about"] == {"role": "analyst"}
    assert [json.loads(line)["seq"] for line in ledger.export(after_seq=38)] == [39, 40, 41, 42]


def test_findings_as_ocsf_carry_what_the_class_requires(ledger: SqliteLedger):
    """Required attributes of Detection Finding (2004) in OCSF 1.4: activity_id, category_uid, class_uid, finding_info
    (title, uid), metadata (product, version), severity_id, time, type_uid; type_uid = class_uid * 100 + activity_id."""
    events = [json.loads(line) for line in ledger.export("ocsf")]
    assert len(events) == ledger.counts().findings > 0
    for event in events:
        assert (event["class_uid"], event["category_uid"], event["activity_id"], event["type_uid"]) == (
            2004,
            2,
            1,
            200401,
        )
        assert event["severity_id"] in range(1, 7)
        assert event["finding_info"]["uid"] == event["metadata"]["uid"]
        assert event["finding_info"]["title"]
        assert event["metadata"]["version"] == "1.4.0"
        assert event["metadata"]["product"]["name"] == "Assay"
        assert event["time"] < 10**13  # milliseconds
        assert all(o["value"] and o["name"] and "type_id" in o for o in event["observables"])
    assert len({event["metadata"]["uid"] for event in events}) == len(events)
    assert events[0]["confidence_score"] == 75
    assert "confidence_score" not in events[1]  # a detector that cannot say does not


def test_another_form_is_refused(ledger: SqliteLedger):
    with pytest.raises(InvalidSetting, match="no export form 'xml'"):
        ledger.export("xml")
