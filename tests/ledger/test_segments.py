"""A batch restored from a segment is bit for bit the batch that was recorded."""

from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from assay.core.batch import Batch
from assay.core.decision import Decisions, Detail
from assay.core.entity import Entity
from assay.core.errors import LedgerUnavailable
from assay.core.finding import Finding, Reason, Where
from assay.ledger.segments import Segment, encode
from tests.ledger.sightings import TYPES, Lens, Sighting, sightings

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
plain = st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats() | texts | st.binary(max_size=9)
nested = st.recursive(plain, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3))
numbers = st.sampled_from(["<f8", ">f8", "<f4", "<i8", "<u8", "<i4", "|i1", "|b1", "<M8[us]", "<U5", "<c16"])
reasons = st.lists(
    st.builds(Reason, texts, st.floats(allow_nan=False), st.dictionaries(texts, texts, max_size=2)), max_size=3
)
findings = st.builds(
    Finding,
    detector=texts, version=texts, verdict=st.sampled_from(["suspicious", "genuine"]),
    probability=st.none() | st.floats(0, 1), reasons=reasons.map(tuple),
    where=st.lists(st.builds(Where, field=texts, line=st.none() | st.integers(0, 9)), max_size=1).map(tuple),
    entities=st.lists(st.builds(Entity, texts, texts), max_size=1).map(tuple),
)  # fmt: skip
details = st.builds(
    Detail, reasons.map(tuple), st.lists(findings, max_size=2).map(tuple),
    st.dictionaries(texts, st.floats(allow_nan=False), max_size=3),
)  # fmt: skip


def bits(values: np.ndarray) -> tuple:
    """Everything that must be the same: for objects also the type and the bits of floats."""
    if values.dtype != object:
        return values.dtype.str, values.shape, values.tobytes()
    return tuple(object_bits(value) for value in values.tolist())


def object_bits(value: object) -> object:
    if isinstance(value, float):
        return np.float64(value).tobytes()
    if isinstance(value, list):
        return [object_bits(v) for v in value]
    if isinstance(value, dict):
        return {k: object_bits(v) for k, v in value.items()}
    return type(value), value


@st.composite
def decided(draw: st.DrawFn) -> Decisions:
    n = draw(st.integers(1, 70))
    few = draw(st.lists(plain | nested, min_size=1, max_size=4))
    columns = {
        "person": draw(objects(n, st.none() | texts)),
        "few": draw(objects(n, st.sampled_from(few))),
        "number": draw(hnp.arrays(np.dtype(draw(numbers)), n)),
        "same": np.full(n, draw(st.floats(width=64))),
        "rows": draw(hnp.arrays(np.float32, (n, 3))),
    }
    ids = draw(st.lists(texts.filter(bool), min_size=n, max_size=n, unique=True))
    time = draw(hnp.arrays(np.int64, n))
    rules = ("a", "b")
    decisions = Decisions(
        Batch(Sighting, ids, time, columns),
        draw(hnp.arrays(np.int8, n, elements=st.integers(0, 3))),
        draw(hnp.arrays(np.float64, n)),
        draw(hnp.arrays(np.float64, n)),
        draw(hnp.arrays(np.int32, n, elements=st.integers(-1, 1))),
        rules=rules, policy=draw(texts), models=draw(st.dictionaries(texts, texts, max_size=2)), decided=5, took_us=9,
    )  # fmt: skip
    if draw(st.booleans()):
        decisions.batch.truth = draw(hnp.arrays(np.float64, n))
        decisions.batch.known = draw(hnp.arrays(np.int64, n))
    decisions.details = draw(st.dictionaries(st.integers(0, n - 1), details, max_size=4))
    return decisions


def objects(n: int, values: st.SearchStrategy) -> st.SearchStrategy[np.ndarray]:
    return st.lists(values, min_size=n, max_size=n).map(lambda found: np.fromiter(found, object, n))


@given(decided(), st.data())
def test_every_bit_comes_back(decisions: Decisions, data: st.DataObject):
    n = len(decisions)
    start = data.draw(st.integers(0, n - 1))
    rows = data.draw(
        st.just(slice(start, n)) | st.lists(st.integers(0, n - 1), unique=True, min_size=1).map(sorted).map(np.array)
    )
    index = np.arange(n)[rows]
    ids = [decisions.batch.ids[i] for i in index]
    restored = Segment(encode(decisions, rows, ids), 41, TYPES).decisions()

    batch = restored.batch
    assert batch.type is Sighting
    assert batch.ids == ids
    assert bits(batch.time) == bits(decisions.batch.time[index])
    assert list(batch.columns) == list(decisions.batch.columns)
    for name, values in decisions.batch.columns.items():
        assert bits(batch.columns[name]) == bits(values[index]), name
    for name in ("truth", "known"):
        kept, was = getattr(batch, name), getattr(decisions.batch, name)
        assert (kept is None) == (was is None)
        assert kept is None or bits(kept) == bits(was[index])
    for name in ("outcome", "probability", "expected_loss", "rule"):
        assert bits(getattr(restored, name)) == bits(getattr(decisions, name)[index]), name
    for name in ("rules", "policy", "models", "decided", "took_us"):
        assert getattr(restored, name) == getattr(decisions, name)
    assert restored.seq.tolist() == list(range(41, 41 + len(index)))
    assert restored.details == {j: decisions.details[i] for j, i in enumerate(index.tolist()) if i in decisions.details}


def test_a_restored_batch_may_be_written_to():
    batch = Segment(encode(sightings(0, 5), slice(0, 5), list("abcde")), 1, TYPES).decisions().batch
    batch.columns["distance"][0] = batch.columns["person"][0] = 1
    batch.time += 1


def test_values_that_msgpack_has_no_type_for_come_back_as_the_field_declares_them():
    decisions = sightings(0, 2)
    moment = datetime(2024, 2, 29, 1, 2, 3, 4, UTC)
    lens = Lens(id="x", time=moment)
    decisions.batch.columns["seen"] = np.array([moment, None], object)
    decisions.batch.columns["lens"] = np.array([None, lens], object)
    columns = Segment(encode(decisions, slice(0, 2), ["a", "b"]), 1, TYPES).decisions().batch.columns
    assert columns["seen"].tolist() == [moment, None]
    assert columns["lens"].tolist() == [None, lens]


def test_recurring_text_takes_a_byte_a_row():
    decisions = sightings(0, 1000, flagged=0)
    decisions.batch.columns = {"place": np.array(["the long quay", None, "the old mill"] * 333 + [None], object)}
    with_places = len(encode(decisions, slice(0, 1000), decisions.batch.ids))
    decisions.batch.columns = {}
    assert with_places - len(encode(decisions, slice(0, 1000), decisions.batch.ids)) < 1100


@pytest.mark.parametrize("body", [b"", b"\x93", b"\xff" * 40])
def test_a_damaged_body_says_which_record(body: bytes):
    with pytest.raises(LedgerUnavailable, match="record 17"):
        Segment(body, 17, TYPES)


def test_a_kind_that_is_not_installed_is_named():
    segment = Segment(encode(sightings(0, 1), slice(0, 1), ["a"]), 9, {})
    with pytest.raises(LedgerUnavailable, match="no kind of evidence 'sighting'"):
        segment.decisions()
