"""Parts: judged by their own room, named in findings, bounded; what cannot be examined is said and harms nobody else."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from assay_parcels import Parcel, Photo
from assay_parcels.waybill import HEAD, Waybill

from assay.core.batch import Batch
from assay.core.clock import moment
from assay.core.decision import Decision
from assay.core.enclosed import Enclosed, Unread, parts_of
from assay.core.finding import UNEXAMINED
from assay.core.progress import doing, heard
from assay.core.words import say
from assay.engine import Engine
from assay.examining import ahead, parts

from .world import START, open_engine, parcel

CHANGED = HEAD + b"weight 3\nweighed 9\n"


def waybill(id_: str, content: bytes, **fields: object) -> Waybill:
    return Waybill(id=id_, time=moment(START) + timedelta(days=1), content=content, **fields)


def holding(inner: bytes, name: bytes = b"inner.txt") -> bytes:
    return HEAD + b"weight 1\nholds " + name + b"\n" + inner


def nested(depth: int) -> bytes:
    content = CHANGED
    for _ in range(depth):
        content = holding(content)
    return content


def codes(decision: Decision) -> set[str]:
    return {reason.code for finding in decision.findings for reason in finding.reasons}


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    return open_engine(tmp_path)


@pytest.mark.parametrize("depth", [1, 2, 4])
def test_a_finding_of_a_part_names_the_part_and_counts_for_the_whole(engine: Engine, depth: int) -> None:
    decision = engine.assess(waybill("w", nested(depth)))
    part = "w" + "/0" * depth
    assert decision.outcome == "block"
    assert [(f.detector, f.where[0].part, f.where[0].box is None) for f in decision.findings] == [
        ("parcels.waybill", part, False)
    ]
    assert [(p.id, p.kind, p.name) for p in decision.parts] == [
        ("w" + "/0" * (i + 1), "waybill", "inner.txt") for i in range(depth)
    ]
    assert engine.ledger.decision("w") == decision, "the parts stand on record with the whole"


def test_what_nobody_reads_is_said_and_named(engine: Engine) -> None:
    decision = engine.assess(waybill("w", holding(b"\x00\x01 a program")))
    (finding,) = decision.findings
    assert (decision.outcome, decision.parts) == ("allow", ())
    assert (finding.verdict, finding.reasons[0].code, finding.where[0].part) == ("inconclusive", "parts.unread", "w/0")


def test_a_part_whose_room_is_not_there_is_unread(tmp_path: Path) -> None:
    whole = waybill("w", b"WAYBILL\n")
    (part,) = parts_of([Enclosed(name="x", content=b"")], whole)
    assert isinstance(part, Unread)
    assert (part.id, part.bytes) == ("w/0", 0)


def test_too_deep_or_too_many_harms_no_other_row(engine: Engine) -> None:
    many = tuple(Photo(id=f"x{i}", time=parcel(1).time) for i in range(1001))
    told = engine.assess_batch(Batch.of([parcel(1, photos=many), parcel(3), parcel(2)]))
    assert [told.decision(i).outcome for i in range(3)] == ["allow", "block", "allow"]
    assert len(told.decision(0).parts) == 1000
    deep = engine.assess_batch(Batch.of([waybill("deep", nested(6)), waybill("flat", CHANGED)]))
    assert [deep.decision(i).outcome for i in range(2)] == ["allow", "block"]
    assert len(deep.decision(0).parts) == 4
    examined = engine.examine(Batch.of([parcel(5, photos=many), parcel(6)]))
    assert examined.findings["examination"].codes["parts.too-many"].tolist() == [True, False]


def test_a_room_that_fails_on_one_whole_harms_no_other(engine: Engine) -> None:
    class Broken(Parcel, frozen=True, kw_only=True, tag="parcel"):
        def parts(self) -> tuple[Photo, ...]:
            raise RuntimeError("hostile")

    assert engine.lanes[Parcel].ahead
    engine.lanes[Broken] = engine.lanes[Parcel]
    examined = engine.examine(Batch.of([Broken(id="b", time=parcel(1).time, weight=1.0)]))
    assert list(examined.findings["examination"].codes) == ["parts.failed"]


def test_a_detector_that_fails_is_inconclusive_there_and_only_there(engine: Engine) -> None:
    rows = [waybill("a", CHANGED), waybill("b", HEAD + b"fail\n"), waybill("c", CHANGED)]
    told = engine.assess_batch(Batch.of(rows))
    assert [told.decision(i).outcome for i in range(3)] == ["block", "allow", "block"]
    assert codes(told.decision(1)) == {"examination.failed"}


def test_prepared_ahead_or_not_the_decision_is_the_same(tmp_path: Path) -> None:
    ahead, plain = open_engine(tmp_path / "a"), open_engine(tmp_path / "b")
    rows = [waybill(f"w{i}", nested(i % 3), customer=f"c{i % 2}") for i in range(7)]
    for row in rows[::2]:
        ahead.hold(row, ahead.prepare(Batch.of([row]))[0])
    one, other = ahead.assess_batch(Batch.of(rows)), plain.assess_batch(Batch.of(rows))
    for i, row in enumerate(rows):
        ahead.release(row)
        a, b = one.decision(i), other.decision(i)
        assert (a.outcome, a.findings, a.parts, a.reasons) == (b.outcome, b.findings, b.parts, b.reasons)
    assert not ahead._ready


def test_every_reason_the_engine_gives_can_be_asked_for_and_has_its_words() -> None:
    assert set(ahead.REASONS) | set(parts.REASONS) == UNEXAMINED
    for code in UNEXAMINED:
        assert say(code) != code
        assert say(f"{code}.title", "zh") != f"{code}.title"


def test_what_is_being_done_is_told_from_deep_inside(engine: Engine) -> None:
    told: list[str] = []
    engine.prepare(Batch.of([waybill("w", nested(1))]), told.append)
    assert told == ["parts", "parcels.waybill", "traces", "parcels.waybill", "traces"]
    doing("nobody listens any more")
    with heard(told.append):
        doing("page 3")
    assert told[-1] == "page 3"
