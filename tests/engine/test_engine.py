"""The flow: the same numbers however evidence comes, each id decided once, parts and open findings felt."""

from pathlib import Path

import numpy as np
import pytest
from assay_parcels import KIND, Parcel, Photo, Scan

from assay.core.batch import Batch
from assay.core.clock import moment
from assay.core.errors import NotFound
from assay.core.label import Label
from assay.engine import Engine

from .world import START, digest, open_engine, parcel, truth


def test_one_at_a_time_and_in_batches_say_the_same(tmp_path: Path) -> None:
    items = [parcel(i) for i in range(300)]
    single, batched = open_engine(tmp_path / "a"), open_engine(tmp_path / "b")
    one = [single.assess(item) for item in items]
    many = [
        d.decision(i)
        for start in range(0, 300, 64)
        for d in [batched.assess_batch(Batch.of(items[start : start + 64]))]
        for i in range(len(d))
    ]
    for a, b in zip(one, many, strict=True):
        assert (a.id, a.outcome, a.rule, a.reasons, a.findings, a.profile) == (
            b.id,
            b.outcome,
            b.rule,
            b.reasons,
            b.findings,
            b.profile,
        )
    assert digest(single) == digest(batched)


def test_an_id_is_decided_once(tmp_path: Path) -> None:
    engine = open_engine(tmp_path)
    first = engine.assess(parcel(3))
    again = engine.assess(parcel(3, weight=1.0))
    assert again.repeated
    assert (again.outcome, again.seq, again.decided) == (first.outcome, first.seq, first.decided)
    mixed = engine.assess_batch(Batch.of([parcel(4), parcel(3), parcel(5), parcel(4, weight=99.0)]))
    told = [mixed.decision(i) for i in range(4)]
    assert [d.repeated for d in told] == [False, True, False, True]
    assert told[3].outcome == told[0].outcome == "allow"
    assert [d.id for d in told] == ["p4", "p3", "p5", "p4"]
    assert engine.ledger.last_seq == 3


def test_a_part_is_judged_by_its_own_room_and_counts_for_the_whole(tmp_path: Path) -> None:
    dark = Photo(id="x", time=parcel(1).time, brightness=0.01)
    decision = open_engine(tmp_path).assess(parcel(1, photos=(dark,)))
    assert decision.outcome == "review"
    assert [f.detector for f in decision.findings] == ["parcels.photo"]
    assert decision.reasons[0].code == "parcels.dark-photo"


def test_a_finding_on_an_entity_is_felt_by_its_next_evidence_until_a_label_clears_it(tmp_path: Path) -> None:
    engine = open_engine(tmp_path)
    speeds = np.array([1.0, 9.0])
    columns = {"speed": speeds, "depot": np.array(["d1", "d1"], object)}
    engine.assess_batch(Batch(Scan, ["b0", "b1"], np.array([START, START + 1]), columns))
    assert engine.ledger.last_seq == 1, "of observations only the findings are kept"
    assert engine.assess(parcel(1, depot="d1")).outcome == "challenge"
    assert engine.assess(parcel(2, depot="d2")).outcome == "allow"
    engine.label([Label(evidence="b1", truth="genuine")])
    assert engine.assess(parcel(4, depot="d1")).outcome == "allow"


def test_one_observation_is_answered_whether_something_was_found_or_not(tmp_path: Path) -> None:
    engine = open_engine(tmp_path)
    plain, fast = (Scan(id=id_, time=moment(START), speed=speed) for id_, speed in (("b0", 1.0), ("b1", 9.0)))
    quiet = engine.assess(plain)
    assert (quiet.id, quiet.outcome, quiet.seq, quiet.findings) == ("b0", "allow", -1, ())
    found = engine.assess(fast)
    assert (found.seq, [f.detector for f in found.findings]) == (1, ["parcels.belt"])
    again = engine.assess(fast)
    assert (again.repeated, again.seq, again.findings) == (True, 1, found.findings)
    assert engine.ledger.last_seq == 1


def test_labels_on_unknown_evidence_are_refused_whole(tmp_path: Path) -> None:
    engine = open_engine(tmp_path)
    engine.assess(parcel(1))
    with pytest.raises(NotFound, match="p99"):
        engine.label([truth(1), Label(evidence="p99", truth="fraud")])
    assert engine.ledger.last_seq == 1


@pytest.mark.parametrize("snapshot_after", [0, 120])
def test_a_restart_brings_back_the_same_bits(tmp_path: Path, snapshot_after: int) -> None:
    engine = open_engine(tmp_path)
    for i in range(200):
        engine.assess(parcel(i))
        if i % 10 == 9:
            engine.label([truth(i - 5)])
        if snapshot_after and i == snapshot_after:
            engine.snapshot()
    before = digest(engine)
    engine.ledger.close()
    again = open_engine(tmp_path)
    assert digest(again) == before
    assert len(again.open) == len(engine.open)
    a, b = again.examine(Batch.of([parcel(500)])), engine.examine(Batch.of([parcel(500)]))
    assert a.profile.values.tobytes() == b.profile.values.tobytes()


def test_without_policy_or_ledger_everything_is_only_examined() -> None:
    engine = Engine(rooms=[KIND])
    examined = engine.examine(Batch.of([parcel(3)]))
    assert examined.findings["parcels.weight"].codes["parcels.heavy"].tolist() == [True]
    assert examined.profile.column("sender_count_1d").tolist() == [1.0]
    assert type(examined.batch.item(0)) is Parcel
