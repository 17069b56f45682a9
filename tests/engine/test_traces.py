"""The memory of traces: the second one to show a thing is told of the first at once; it survives, is keyed, and bounded."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
from assay_parcels.waybill import HEAD, Waybill
from hypothesis import given, settings
from hypothesis import strategies as st

from assay.core.batch import Batch
from assay.core.clock import moment
from assay.core.finding import Where
from assay.core.trace import Trace
from assay.memory.traces import Traces, keyed

from .test_parts import codes, holding
from .world import START, open_engine

ACCOUNT = HEAD + b"account DE12345\n"


def waybill(id_: str, content: bytes, customer: str | None = None, day: int = 0) -> Waybill:
    return Waybill(id=id_, time=moment(START) + timedelta(days=day), content=content, customer=customer)


def page(bits: int = 0) -> bytes:
    """A waybill whose page hash differs in so many bits from that of `page()`."""
    value = int.from_bytes(hashlib.sha256(b"page").digest()) ^ ((1 << bits) - 1)
    return HEAD + b"page " + value.to_bytes(32).hex().encode() + b"\n"


def test_the_second_owner_is_told_at_once_and_the_first_never(tmp_path: Path) -> None:
    engine = open_engine(tmp_path)
    assert codes(engine.assess(waybill("w1", ACCOUNT, "c1"))) == set()
    assert codes(engine.assess(waybill("w2", ACCOUNT, "c1"))) == set(), "a customer may show their own again"
    reused = engine.assess(waybill("w3", ACCOUNT, "c2"))
    assert codes(reused) == {"parcels.reused"}
    assert reused.findings[0].reasons[0].values == {"evidence": "w1", "kind": "account"}
    assert codes(engine.assess(waybill("w4", ACCOUNT, "c1"))) == {"parcels.reused"}, (
        "now the first is told of the second"
    )


def test_two_in_one_batch_see_each_other_in_order(tmp_path: Path) -> None:
    told = open_engine(tmp_path).assess_batch(
        Batch.of([waybill("a", ACCOUNT, "c1"), waybill("b", HEAD, "c3"), waybill("c", ACCOUNT, "c2")])
    )
    assert [codes(told.decision(i)) for i in range(3)] == [set(), set(), {"parcels.reused"}]


def test_a_page_is_known_again_though_some_bits_differ(tmp_path: Path) -> None:
    engine = open_engine(tmp_path)
    engine.assess(waybill("w", page(), "c1"))
    assert codes(engine.assess(waybill("near", page(10), "c2"))) == {"parcels.reused"}
    assert codes(engine.assess(waybill("far", page(22), "c3"))) == set()


def test_a_part_leaves_traces_of_its_whole_s_owner(tmp_path: Path) -> None:
    engine = open_engine(tmp_path)
    engine.assess(waybill("m", holding(ACCOUNT), "c1"))
    assert codes(engine.assess(waybill("own", ACCOUNT, "c1"))) == set()
    reused = engine.assess(waybill("other", holding(ACCOUNT), "c2"))
    assert codes(reused) == {"parcels.reused"}
    assert reused.findings[0].where[0].part == "other/0"


def test_a_restart_remembers_the_same_with_or_without_a_snapshot(tmp_path: Path) -> None:
    engine = open_engine(tmp_path)
    for i in range(6):
        engine.assess(waybill(f"w{i}", page(i) + b"account A%d\n" % (i % 3), f"c{i}", day=i))
        if i == 3:
            engine.snapshot()
    expected = engine.traces.kept()
    engine.ledger.close()
    again = open_engine(tmp_path)
    assert again.traces.kept() == expected
    again.ledger.close()
    for snapshot in (tmp_path / "snapshots").glob("*.bin"):
        snapshot.unlink()
    assert open_engine(tmp_path).traces.kept() == expected


def test_nothing_on_disk_shows_what_was_remembered(tmp_path: Path) -> None:
    engine = open_engine(tmp_path)
    engine.assess(waybill("w", page() + b"account DE12345\n", "c1"))
    engine.snapshot()
    engine.ledger.close()
    plain = [b"DE12345", hashlib.sha256(b"page").digest(), hashlib.sha256(b"DE12345").digest()]
    for file in tmp_path.rglob("*"):
        if file.is_file():
            data = file.read_bytes()
            assert not any(value in data for value in plain), file


def test_keying_keeps_distances_and_hides_values() -> None:
    def seal(kind: str, value: str) -> str:
        return f"{kind}_{hashlib.sha256(value.encode()).hexdigest()[:28].translate(str.maketrans('0189', 'wxyz'))}"

    a, b = (Trace("page", bytes([x]) * 32, near=4) for x in (0b1010, 0b1000))
    assert keyed(a, seal).value != a.value
    apart = int.from_bytes(keyed(a, seal).value) ^ int.from_bytes(keyed(b, seal).value)
    assert apart.bit_count() == 32
    with pytest.raises(ValueError):
        Trace("page", b"short", near=3)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 6), st.booleans()), max_size=30))
def test_sightings_are_those_of_a_slow_search(shown: list[tuple[int, int, bool]]) -> None:
    memory, past = Traces(), []
    for n, (owner, flipped, exact) in enumerate(shown):
        value = ((1 << flipped) - 1).to_bytes(32)
        trace = Trace("t", value, near=0 if exact else 2, where=Where(page=n))
        seen = memory.sightings([trace], str(owner))
        expected = {}
        for other, bits, was_exact, _m in past:
            apart = abs(bits - flipped)
            if other != owner and was_exact == exact and apart <= (0 if exact else 2):
                expected[other] = min(expected.get(other, 99), apart)
        assert {int(s.owner): s.distance for s in seen} == expected
        assert all(s.owners == len(expected) and s.where.page == n for s in seen)
        memory.remember([trace], str(owner), f"e{n}", n)
        past.append((owner, flipped, exact, n))


def test_memory_is_bounded_and_forgets_the_oldest() -> None:
    memory = Traces(most=100)
    rng = np.random.default_rng(3)
    values = [rng.bytes(32) for _ in range(500)]
    for n, value in enumerate(values):
        memory.remember([Trace("p", value, near=3), Trace("x", value[:16])], f"o{n}", f"e{n}", n)
    assert len(memory) <= 200
    assert memory.sightings([Trace("p", values[-1], near=3)], "me")
    assert not memory.sightings([Trace("p", values[0], near=3), Trace("x", values[0][:16])], "me")
