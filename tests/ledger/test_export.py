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


def test_another_form_is_refused(ledger: SqliteLedger):
    with pytest.raises(InvalidSetting, match="no export form 'xml'"):
        ledger.export("xml")
