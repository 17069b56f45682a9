"""Several batches under way at once: the same numbers, decisions and records as one after another, whatever happens."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from assay.core.batch import Batch
from assay.core.errors import InvalidEvidence, LedgerUnavailable, NotFound
from assay.core.label import Label
from assay.engine import Engine
from assay.pipeline import Pipeline

from .world import digest, open_engine, parcel, truth

Action = Batch | list[Label]


def actions(seed: int, parcels: int = 400) -> list[Action]:
    """Batches of random lengths, with ids that came before or come twice, and labels on parcels a few batches back."""
    rng, done, sizes = random.Random(seed), 0, [0, 0, 0]
    out: list[Action] = []
    while done < parcels:
        if done - sum(sizes[-3:]) > 5 and rng.random() < 0.4:
            out.append([truth(i) for i in rng.sample(range(done - sum(sizes[-3:])), rng.randint(1, 3))])
        size = rng.randint(1, 12)
        again = [rng.randrange(done + size) for _ in range(rng.choice([0, 0, 0, 2]))]
        out.append(Batch.of([parcel(i) for i in [*range(done, done + size), *again]]))
        done += size
        sizes.append(size)
    return out


def piped(engine: Engine, todo: list[Action]) -> list[tuple[object, ...]]:
    found = []
    with Pipeline(engine) as line:
        for action in todo:
            found += line.settle(1)
            if isinstance(action, list):
                line.label(action)
            else:
                line.assess(action)
        found += line.settle(0)
    return [_told(decisions.decision(i)) for _, decisions in found for i in range(len(decisions))]


def one_by_one(engine: Engine, todo: list[Action]) -> list[tuple[object, ...]]:
    found = []
    for action in todo:
        if isinstance(action, list):
            engine.label(action)
        else:
            found.append(engine.assess_batch(action))
    return [_told(decisions.decision(i)) for decisions in found for i in range(len(decisions))]


def _told(decision):  # type: ignore[no-untyped-def]
    return decision.id, decision.seq, decision.outcome, decision.repeated, decision.reasons, decision.profile


def records(engine: Engine) -> list[tuple[object, ...]]:
    return [
        (r.seq, r.count, r.decisions.batch.ids if r.decisions else [label.evidence for label in r.labels])
        for r in engine.ledger.replay()
    ]


@pytest.mark.parametrize("seed", range(4))
def test_the_same_as_one_after_another(tmp_path: Path, seed: int) -> None:
    todo = actions(seed)
    together, apart = open_engine(tmp_path / "a"), open_engine(tmp_path / "b")
    assert piped(together, todo) == one_by_one(apart, todo)
    assert records(together) == records(apart)
    assert digest(together) == digest(apart)
    assert repr(together.open.standing()) == repr(apart.open.standing())
    together.ledger.close()
    assert digest(open_engine(tmp_path / "a")) == digest(apart), "the record is in the order of the profiles"


def test_an_id_under_way_is_decided_once(tmp_path: Path) -> None:
    engine = open_engine(tmp_path)
    told = piped(engine, [Batch.of([parcel(1), parcel(2)]), Batch.of([parcel(2), parcel(3)]), Batch.of([parcel(3)])])
    assert [(id_, seq, repeated) for id_, seq, _, repeated, *_ in told] == [
        ("p1", 1, False), ("p2", 2, False), ("p2", 2, True), ("p3", 3, False), ("p3", 3, True),
    ]  # fmt: skip
    assert engine.ledger.last_seq == 3


def test_everything_is_durable_and_told_when_it_ends(tmp_path: Path) -> None:
    engine = open_engine(tmp_path)
    told: list[str] = []
    engine.listeners.append(lambda decisions: told.extend(decisions.batch.ids))
    piped(engine, [Batch.of([parcel(i)]) for i in range(9)])
    assert told == [f"p{i}" for i in range(9)]
    assert engine.ledger.decision("p8") is not None


def test_what_cannot_be_recorded_stops_it_and_leaves_no_trace(tmp_path: Path) -> None:
    engine, calm = open_engine(tmp_path / "a"), open_engine(tmp_path / "b")
    todo = [Batch.of([parcel(i)]) for i in range(20)]
    todo[7] = Batch.of([parcel(7, sender="half a pair \ud800")])
    with pytest.raises(InvalidEvidence):
        piped(engine, todo)
    one_by_one(calm, todo[:7])
    assert engine.ledger.last_seq == 7
    assert digest(engine) == digest(calm)
    assert not engine.assess(parcel(8)).repeated


def test_when_the_disk_fails_nothing_more_is_taken_and_recovery_brings_the_record_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine, calm = open_engine(tmp_path / "a"), open_engine(tmp_path / "b")
    pages = engine.ledger._db.execute("pragma page_count").fetchone()[0]
    engine.ledger._db.execute(f"pragma max_page_count={pages}")
    with pytest.raises(LedgerUnavailable):
        piped(engine, [Batch.of([parcel(i) for i in range(s, s + 200)]) for s in range(0, 20_000, 200)])
    engine.ledger._db.execute("pragma max_page_count=1073741823")
    engine.recover()
    calm.assess_batch(Batch.of([parcel(i) for i in range(engine.ledger.last_seq)] or [parcel(0)]))
    if engine.ledger.last_seq:
        assert digest(engine) == digest(calm)
    assert not engine.assess(parcel(50_000)).repeated


def test_an_error_of_the_source_loses_nothing_that_was_begun(tmp_path: Path) -> None:
    engine = open_engine(tmp_path)

    def broken() -> None:
        with Pipeline(engine) as line:
            line.assess(Batch.of([parcel(1)]))
            line.assess(Batch.of([parcel(2)]))
            raise OSError("the file ends here")

    with pytest.raises(OSError, match="ends here"):
        broken()
    assert engine.ledger.decision("p2") is not None


def test_a_label_on_the_unknown_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NotFound), Pipeline(open_engine(tmp_path)) as line:
        line.label([truth(3)])
