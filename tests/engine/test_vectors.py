"""Vectors among traces: a face is known again under another name, lies on disk only encrypted, survives restarts, and is
forgotten everywhere once it is erased, by this process or another."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assay.core.trace import NAME_BYTES, Trace
from assay.engine import Engine
from assay.ledger.templates import Templates, in_memory
from assay.memory.traces import Traces
from assay.memory.vectors import Vectors, as_bytes

from .test_parts import codes
from .test_traces import HEAD, waybill
from .world import open_engine

FACE = np.random.default_rng(5).normal(0, 0.1, 16).round(3)


def shown(offset: float = 0.0) -> bytes:
    """A waybill with a face that lies so far from `FACE`."""
    moved = FACE + offset / 4  # 16 components, each moved by a quarter: together by `offset`
    return HEAD + b"face " + " ".join(f"{v:.6f}" for v in moved).encode() + b"\n"


def value(offset: float = 0.0) -> bytes:
    return (FACE + offset / 4).astype("<f4").tobytes()


def opened(folder: Path) -> Engine:
    return open_engine(folder, templates=Templates.open(folder / "templates", folder / "secrets"))


def closed(engine: Engine) -> None:
    engine.ledger.close()
    engine.traces.vault.close()


def test_the_same_face_under_another_name_is_told_and_under_the_same_never(tmp_path: Path) -> None:
    engine = opened(tmp_path)
    assert codes(engine.assess(waybill("w1", shown(), "c1"))) == set()
    assert codes(engine.assess(waybill("w2", shown(0.1), "c1"))) == set()
    assert codes(engine.assess(waybill("far", shown(0.8), "c9"))) == set()
    assert codes(engine.assess(waybill("w3", shown(0.3), "c2"))) == {"parcels.reused"}


def test_without_a_store_no_face_is_remembered_or_recorded(tmp_path: Path) -> None:
    engine = open_engine(tmp_path)
    for customer in ("c1", "c2"):
        assert codes(engine.assess(waybill(f"w-{customer}", shown(), customer))) == set()
    assert all(
        not detail.traces for r in engine.ledger.replay(0) if r.decisions for detail in r.decisions.details.values()
    )


def test_a_restart_remembers_the_same_with_or_without_a_snapshot(tmp_path: Path) -> None:
    engine = opened(tmp_path)
    for i in range(6):
        engine.assess(waybill(f"w{i}", shown(i), f"c{i}", day=i))
        if i == 3:
            engine.snapshot()
    expected = engine.traces.kept()
    assert [shown.source.owner for _, shown in expected.vectors["face"]] == [f"c{i}" for i in range(6)]
    for _ in range(2):
        closed(engine)
        engine = opened(tmp_path)
        assert engine.traces.kept() == expected
        assert engine.traces.sightings([Trace("face", value(5.1), apart=0.5)], "me")
        for snapshot in (tmp_path / "snapshots").glob("*.bin"):
            snapshot.unlink()
    closed(engine)


def test_nothing_on_disk_shows_a_face_or_whose_it_is(tmp_path: Path) -> None:
    engine = opened(tmp_path)
    engine.assess(waybill("w", shown(), "customer-17"))
    engine.snapshot()
    closed(engine)
    plain = [value(), as_bytes(value()).tobytes(), FACE.astype("<f8").tobytes()]
    for file in tmp_path.rglob("*"):
        if file.is_file():
            data = file.read_bytes()
            assert not any(one in data for one in plain), file
            assert "templates" not in file.parts or b"customer-17" not in data
    assert (tmp_path / "templates" / "templates.db").stat().st_mode & 0o077 == 0


def test_an_erased_face_is_forgotten_at_once_and_for_good(tmp_path: Path) -> None:
    engine = opened(tmp_path)
    engine.assess(waybill("w1", shown(), "c1"))
    engine.assess(waybill("w2", shown(3.0), "c2"))
    engine.snapshot()
    beside = Templates.open(tmp_path / "templates", tmp_path / "secrets")  # as another process would
    assert beside.forget("c1") == 1
    assert beside.forget("c1") == 0
    assert codes(engine.assess(waybill("w3", shown(), "c3"))) == set(), "erased, though the service still ran"
    assert codes(engine.assess(waybill("w4", shown(3.0), "c4"))) == {"parcels.reused"}
    closed(engine)
    again = opened(tmp_path)
    names = [shown.source.owner for _, shown in again.traces.kept().vectors["face"]]
    assert names == ["c2", "c3", "c4"]
    assert again.ledger.verify().ok
    closed(again)


def test_a_face_of_evidence_that_was_never_recorded_is_not_remembered(tmp_path: Path) -> None:
    engine = opened(tmp_path)
    engine.traces.vault.keep("c1", [(engine.traces.vault.name("stray", 0), value())])
    closed(engine)
    again = opened(tmp_path)
    assert codes(again.assess(waybill("w", shown(), "c2"))) == set()
    closed(again)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 3), st.floats(-1, 1)), max_size=25))
def test_sightings_are_those_of_a_slow_search(faces: list[tuple[int, float]]) -> None:
    memory, past = Traces(vault=in_memory()), []
    for n, (owner, offset) in enumerate(faces):
        seen = memory.sightings([Trace("f", value(offset), apart=0.4)], str(owner))
        apart: dict[str, float] = {}
        for other, at in past:
            if other != owner:
                apart[str(other)] = min(apart.get(str(other), 9.0), abs(at - offset))
        told = {s.owner: s.distance for s in seen}
        near = {name for name, far in apart.items() if far < 0.37}  # kept in bytes: at the edge either is right
        assert near <= set(told) <= {name for name, far in apart.items() if far < 0.43}
        assert all(abs(told[name] - 1000 * apart[name] / 0.4) < 60 for name in told)
        assert all(s.among == len(past) for s in seen)
        memory.remember([Trace("f", value(offset), apart=0.4)], str(owner), f"e{n}", n)
        past.append((owner, offset))


def test_memory_is_bounded_and_forgets_the_oldest() -> None:
    vectors: Vectors[int] = Vectors(100)
    random = np.random.default_rng(2)
    rows = random.normal(0, 0.1, (500, 128)).astype("<f4")
    for i, row in enumerate(rows):
        vectors.add(i.to_bytes(NAME_BYTES), row.tobytes(), i)
    assert len(vectors) <= 100
    assert vectors.within(rows[-1].tobytes(), 0.2) == [(0, 499)]
    assert not vectors.within(rows[0].tobytes(), 0.2)
    vectors.forget([(499).to_bytes(NAME_BYTES)])
    assert not vectors.within(rows[-1].tobytes(), 0.2)
    assert vectors.within(rows[-2].tobytes(), 0.2) == [(0, 498)]


def test_a_vector_of_another_length_is_no_match() -> None:
    vectors: Vectors[int] = Vectors(10)
    vectors.add(bytes(NAME_BYTES), np.zeros(128, "<f4").tobytes(), 1)
    vectors.add(bytes(NAME_BYTES), np.zeros(64, "<f4").tobytes(), 2)
    assert len(vectors) == 1
    assert not vectors.within(np.zeros(64, "<f4").tobytes(), 1.0)
    assert not vectors.within(np.full(128, np.nan, "<f4").tobytes()[:-4], 1.0)


def test_a_trace_is_a_vector_or_the_name_of_one() -> None:
    assert Trace("f", value(), apart=0.5).vector
    assert not Trace("f", bytes(NAME_BYTES), apart=0.5).vector
    for wrong in (b"", b"123", bytes(8), bytes(4 * 2000)):
        with pytest.raises(ValueError, match="vector"):
            Trace("f", wrong, apart=0.5)
