"""A batch is n pieces of evidence; objects, columns and slices of it all say the same."""

from datetime import UTC, datetime
from typing import ClassVar

import numpy as np

from assay.core.batch import Batch, concat
from assay.core.evidence import Evidence


class Note(Evidence, frozen=True, kw_only=True, tag="note"):
    ENTITIES = {"author": "author"}
    author: str | None = None
    words: int = 0
    score: float | None = None
    blob: bytes = b""


def note(i: int, **fields: object) -> Note:
    return Note(id=f"n{i}", time=datetime(2026, 1, 1, 0, 0, i, tzinfo=UTC), **fields)


def test_columns_hold_plain_fields_and_mark_the_absent() -> None:
    batch = Batch.of([note(0, author="ann", words=3, blob=b"x"), note(1, score=0.5)])
    assert set(batch.columns) == {"author", "words", "score"}
    assert batch.columns["author"].tolist() == ["ann", None]
    assert np.isnan(batch.columns["score"][0])
    assert batch.row(1) == {"words": 0.0, "score": 0.5}


def test_an_item_is_rebuilt_from_columns_alone() -> None:
    made = Batch.of([note(0, author="ann", words=3)])
    read = Batch(Note, made.ids, made.time, made.columns)
    assert read.item(0) == made.item(0)


def test_keys_are_cached_and_zero_where_absent() -> None:
    batch = Batch.of([note(0, author="ann"), note(1)])
    assert batch.keys("author")[0] != 0
    assert batch.keys("author")[1] == 0
    assert batch.keys("author") is batch.keys("author")
    assert batch.keys("nobody").tolist() == [0, 0]


def test_split_and_concat_give_the_same_batch() -> None:
    batch = Batch.of([note(i, author=str(i % 3), words=i) for i in range(10)])
    batch.truth, batch.known = np.arange(10) % 2.0, batch.time + 5
    again = concat(list(batch.split(3)))
    assert again.ids == batch.ids
    assert again.truth is not None
    assert again.truth.tolist() == batch.truth.tolist()
    assert all(again.columns[c].tolist() == batch.columns[c].tolist() for c in ("author", "words"))


def test_concat_fills_columns_that_one_batch_lacks() -> None:
    a = Batch(Note, ["a"], np.array([1]), {"words": np.array([1.0])})
    b = Batch(Note, ["b"], np.array([2]), {"author": np.array(["ann"], object)})
    whole = concat([a, b])
    assert whole.columns["author"].tolist() == [None, "ann"]
    assert np.isnan(whole.columns["words"][1])


def test_heavy_evidence_keeps_its_items_when_its_columns_are_protected() -> None:
    """Detectors of heavy evidence look at the thing itself; what goes on record are the columns."""

    class Letter(Evidence, frozen=True, kw_only=True, tag="test-letter"):
        HEAVY: ClassVar[bool] = True
        text: str
        content: bytes = b""

        @classmethod
        def protect(cls, columns: dict[str, np.ndarray], seal: object) -> dict[str, np.ndarray]:
            return columns | {"text": np.array(["[hidden]"] * len(columns["text"]), dtype=object)}

    letter = Letter(id="l", time=datetime(2026, 1, 1, tzinfo=UTC), text="code 1234", content=b"whole")
    sealed = Batch.of([letter]).protected(lambda kind, value: value)
    assert sealed.item(0) is letter
    assert sealed.row(0) == {"text": "[hidden]"}
