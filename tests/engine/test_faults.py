"""When the ledger cannot record, nobody is told; when it can again, profiles are what the record says. Clocks may go back,
evidence may come twice or out of order."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from assay.core.batch import Batch
from assay.core.errors import LedgerUnavailable
from assay.engine import Engine

from .world import digest, open_engine, parcel, truth


def test_a_full_disk_acknowledges_nothing_and_recovery_brings_the_same_bits(tmp_path: Path) -> None:
    engine, calm = open_engine(tmp_path / "a"), open_engine(tmp_path / "b")
    for i in range(100):
        engine.assess(parcel(i))
        calm.assess(parcel(i))
    ledger = engine.ledger
    pages = ledger._db.execute("pragma page_count").fetchone()[0]
    ledger._db.execute(f"pragma max_page_count={pages}")
    with pytest.raises(LedgerUnavailable):
        _assess_many(engine)
    with pytest.raises(LedgerUnavailable):
        engine.assess(parcel(50_000))
    ledger._db.execute("pragma max_page_count=1073741823")
    engine.recover()
    recorded = engine.ledger.last_seq
    for start in range(100, recorded, 500):
        calm.assess_batch(Batch.of([parcel(i) for i in range(start, start + 500)]))
    assert digest(engine) == digest(calm)
    assert engine.ledger.decision("p50000") is None
    assert not engine.assess(parcel(50_000)).repeated


def _assess_many(engine: Engine) -> None:
    """More than the disk, so made full, has room for."""
    for start in range(100, 20_000, 500):
        engine.assess_batch(Batch.of([parcel(i) for i in range(start, start + 500)]))


def test_a_commit_that_fails_is_not_told_to_listeners(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = open_engine(tmp_path)
    told: list[str] = []
    engine.listeners.append(lambda decisions: told.extend(decisions.batch.ids))

    def fail(term: int | None = None) -> None:
        raise LedgerUnavailable("the disk is full")

    with monkeypatch.context() as patch:
        patch.setattr(engine.ledger, "commit", fail)
        with pytest.raises(LedgerUnavailable):
            engine.assess(parcel(1))
    assert told == []


def test_a_wall_clock_that_goes_back_changes_no_decision(tmp_path: Path) -> None:
    forward, backward = iter(range(10**15, 2 * 10**15, 10**6)), iter(range(2 * 10**15, 10**15, -(10**6)))
    a = open_engine(tmp_path / "a", clock=lambda: next(forward))
    b = open_engine(tmp_path / "b", clock=lambda: next(backward))
    for i in range(60):
        one, two = a.assess(parcel(i)), b.assess(parcel(i))
        assert (one.outcome, one.profile, one.seq) == (two.outcome, two.profile, two.seq)
        if i % 9 == 8:
            a.label([truth(i)])
            b.label([truth(i)])
    assert digest(a) == digest(b)
    b.ledger.close()
    assert digest(open_engine(tmp_path / "b")) == digest(a)


def test_duplicates_and_disorder_are_taken_and_survive_a_restart(tmp_path: Path) -> None:
    rng = random.Random(5)
    sent = [parcel(i) for i in range(150)] * 2
    rng.shuffle(sent)
    engine = open_engine(tmp_path)
    seen: dict[str, int] = {}
    for start in range(0, len(sent), 7):
        decisions = engine.assess_batch(Batch.of(sent[start : start + 7]))
        for i in range(len(decisions)):
            told = decisions.decision(i)
            assert told.repeated == (told.id in seen)
            assert seen.setdefault(told.id, told.seq) == told.seq
    assert sorted(seen.values()) == list(range(1, 151))
    before = digest(engine)
    engine.ledger.close()
    assert digest(open_engine(tmp_path)) == before
