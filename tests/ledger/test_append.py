"""What is appended is numbered, found again at once, and durable after `commit`."""

from pathlib import Path

import numpy as np
import pytest

from assay.core.errors import InvalidEvidence, LedgerUnavailable
from assay.core.label import Label
from assay.ledger.base import Audit
from assay.ledger.reader import SqliteReader
from assay.ledger.sqlite import SEGMENT_ROWS, SqliteLedger
from tests.ledger.sightings import TYPES, sightings


@pytest.fixture
def ledger(tmp_path: Path):
    with SqliteLedger(tmp_path, types=TYPES) as ledger:
        yield ledger


def test_records_are_numbered_from_one_without_gaps(ledger: SqliteLedger):
    for first, n in ((0, 3), (3, 1), (4, 5)):
        decisions = sightings(first, n)
        ledger.append(decisions)
        assert decisions.seq.tolist() == list(range(first + 1, first + n + 1))
    ledger.append_audit("ada", "key.created", {"role": "analyst"})
    ledger.append_labels([Label(evidence="s1", truth="fraud")], 5)
    ledger.commit()
    assert ledger.last_seq == 11
    assert [(r.seq, r.count, r.type) for r in ledger.replay()] == [
        (1, 3, "decided"), (4, 1, "decided"), (5, 5, "decided"), (10, 1, "audit"), (11, 1, "labels"),
    ]  # fmt: skip


def test_a_decision_comes_back_as_it_was_given(ledger: SqliteLedger):
    decisions = sightings(0, 50)
    ledger.append(decisions)
    ledger.commit()
    given = {d.id: d for d in map(decisions.decision, range(50))}
    assert {id_: ledger.decision(id_) for id_ in given} == given
    assert ledger.decision("s50") is None


def test_nothing_is_shown_before_it_is_durable_but_a_repeat_is_seen(ledger: SqliteLedger):
    decisions = sightings(0, 10)
    ledger.append(decisions)
    assert ledger.decision("s3") is None
    assert ledger.repeated(["new", "s3"]) == {1: decisions.decision(3)}
    ledger.commit()
    assert ledger.decision("s3") == ledger.repeated(["s3"])[0] == decisions.decision(3)


@pytest.mark.parametrize("committed", [False, True])
def test_nothing_is_decided_twice(ledger: SqliteLedger, committed: bool):
    ledger.append(sightings(0, 10))
    if committed:
        ledger.commit()
    with pytest.raises(ValueError, match="'s7' has been decided before"):
        ledger.append(sightings(7, 10))
    with pytest.raises(ValueError, match="twice"):
        ledger.append(sightings(0, 2, ids=["x", "x"]))
    ledger.commit()
    assert ledger.counts().decisions == 10


def test_rows_given_from_before_are_not_recorded_again(ledger: SqliteLedger):
    ledger.append(sightings(0, 4))
    mixed = sightings(2, 4)
    mixed.given = ledger.repeated(mixed.batch.ids)
    assert sorted(mixed.given) == [0, 1]
    mixed.seq[:2] = [3, 4]
    ledger.append(mixed)
    ledger.commit()
    assert mixed.seq.tolist() == [3, 4, 5, 6]
    assert [id_ for r in ledger.replay() for id_ in r.decisions.batch.ids] == ["s0", "s1", "s2", "s3", "s4", "s5"]
    assert ledger.decision("s5") == mixed.decision(3)


def test_a_large_batch_is_several_segments_and_reads_as_one(ledger: SqliteLedger):
    n = 2 * SEGMENT_ROWS + 7
    decisions = sightings(0, n, flagged=0.01)
    ledger.append(decisions)
    ledger.commit()
    records = list(ledger.replay())
    assert [r.count for r in records] == [SEGMENT_ROWS, SEGMENT_ROWS, 7]
    assert np.concatenate([r.decisions.seq for r in records]).tolist() == list(range(1, n + 1))
    assert all(ledger.decision(f"s{i}") == decisions.decision(i) for i in range(0, n, 97))


def test_replay_can_begin_inside_a_segment(ledger: SqliteLedger):
    decisions = sightings(0, 10)
    ledger.append(decisions)
    ledger.append_labels([Label(evidence=f"s{i}", truth="fraud") for i in range(4)], 9)
    ledger.commit()
    for after in range(15):
        seen = [seq for r in ledger.replay(after) for seq in range(r.seq, r.seq + r.count)]
        assert seen == list(range(after + 1, 15))
    tail = next(iter(ledger.replay(6)))
    assert [tail.decisions.decision(i) for i in range(4)] == [decisions.decision(i) for i in range(6, 10)]


def test_an_empty_batch_and_no_labels_record_nothing(ledger: SqliteLedger):
    ledger.append(sightings(0, 0))
    ledger.append_labels([], 1)
    ledger.commit()
    assert ledger.last_seq == 0
    assert ledger.decisions().decisions == ()


def test_a_value_that_cannot_be_recorded_leaves_nothing_behind(ledger: SqliteLedger):
    with pytest.raises(InvalidEvidence, match="cannot be recorded"):
        ledger.append(sightings(0, 2, ids=["fine", "lone \ud800"]))
    with pytest.raises(InvalidEvidence, match="policy"):
        ledger.append_audit("ada", "policy.changed", {"to": object()})
    ledger.append(sightings(0, 2, ids=["fine", "line\nfeed"]))
    ledger.commit()
    assert ledger.last_seq == 2
    assert ledger.decision("line\nfeed") is not None


def test_labels_and_audit_events_come_back(ledger: SqliteLedger):
    ledger.append(sightings(0, 3))
    first = Label(evidence="s1", truth="fraud", source="chargeback", note="card 4111 1111 1111 1111 was stolen")
    ledger.append_labels([first, Label(evidence="s2", truth="genuine")], 7)
    ledger.append_labels([Label(evidence="s1", truth="genuine")], 8)
    ledger.append_audit("ada", "policy.changed", {"to": "watch@4"})
    ledger.commit()
    labels = ledger.labels("s1")
    assert [(r.seq, r.arrived, r.known, r.label.truth) for r in labels] == [(4, 7, 7, "fraud"), (6, 8, 8, "genuine")]
    assert labels[0].label.note == "card [card] was stolen"
    assert ledger.labels("s0") == []
    assert [a.audit for a in ledger.audit()] == [Audit("ada", "policy.changed", {"to": "watch@4"})]


def test_what_was_committed_is_there_after_reopening(tmp_path: Path):
    decisions = sightings(0, 20)
    with SqliteLedger(tmp_path, types=TYPES) as ledger:
        ledger.append(decisions)
    with SqliteLedger(tmp_path, types=TYPES) as ledger:
        assert ledger.last_seq == 20
        assert ledger.repeated(["s19", "s20"]) == {0: decisions.decision(19)}
        ledger.append(sightings(20, 1))
        ledger.commit()
        assert ledger.decision("s20").seq == 21


def test_one_writer_any_readers(tmp_path: Path):
    with SqliteLedger(tmp_path, types=TYPES) as ledger:
        with pytest.raises(LedgerUnavailable, match="is writing this ledger"):
            SqliteLedger(tmp_path, types=TYPES)
        with SqliteReader(tmp_path, types=TYPES) as reader:
            assert reader.decision("s3") is None
            ledger.append(sightings(0, 5))
            ledger.commit()
            assert reader.decision("s3") == ledger.decision("s3")
            assert reader.verify() == ledger.verify()
    SqliteLedger(tmp_path, types=TYPES).close()
