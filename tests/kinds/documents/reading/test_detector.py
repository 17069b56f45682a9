"""`documents.arithmetic` as a whole: what it says of a file, where, how gravely, and that nothing makes it fall over."""

from __future__ import annotations

import time
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assay.core.batch import Batch
from assay.core.finding import Finding
from assay.core.profile import Profile
from assay.kinds.documents import reasons
from assay.kinds.documents.evidence import Document
from assay.kinds.documents.opened import open_document
from assay.kinds.documents.reading.detector import Arithmetic
from tests.kinds.documents.reading.desk import Cell, pdf

STATEMENT: list[list[Cell]] = [
    [(40, "Harbour Bank"), (300, "Account statement")],
    [(40, "Statement period 01/03/2024 to 31/03/2024")],
    [(40, "Date"), (120, "Description"), (-340, "Paid out"), (-430, "Paid in"), (-530, "Balance")],
    [(120, "Brought forward"), (-530, "1,000.00")],
    [(40, "01/03/2024"), (120, "Rent"), (-340, "640.00"), (-530, "360.00")],
    [(40, "04/03/2024"), (120, "Salary"), (-430, "874.90"), (-530, "1,234.90")],
    [(40, "13/03/2024"), (120, "Electricity"), (-340, "80.50"), (-530, "1,154.40")],
    [(40, "18/03/2024"), (120, "Groceries"), (-340, "33.10"), (-530, "1,121.30")],
    [(40, "25/03/2024"), (120, "Refund"), (-430, "12.00"), (-530, "1,133.30")],
    [(40, "28/03/2024"), (120, "Telephone"), (-340, "29.99"), (-530, "1,103.31")],
]


def verdict(*contents: bytes, when: str = "2024-04-02") -> Finding | None:
    batch = Batch.of([Document(id=f"d{i}", time=datetime.fromisoformat(when).replace(tzinfo=UTC), content=content)
                      for i, content in enumerate(contents)])  # fmt: skip
    findings = Arithmetic().examine(batch, Profile.empty(len(batch)))
    found = findings.explain([0])[0]  # type: ignore[arg-type]
    return None if found.verdict == "none" else found


def changed(row: int, old: str, new: str) -> list[list[Cell]]:
    rows = [list(one) for one in STATEMENT]
    rows[row] = [(x, text.replace(old, new)) for x, text in rows[row]]
    return rows


def test_a_genuine_statement_is_passed_over() -> None:
    assert verdict(pdf([STATEMENT])) is None


@pytest.mark.parametrize(
    ("row", "old", "new", "code"),
    [
        (6, "80.50", "30.50", "documents.running-amount-changed"),
        (5, "1,234.90", "9,234.90", "documents.running-balance-changed"),
        (9, "1,103.31", "4,103.31", "documents.running-balance"),
    ],
)
def test_a_text_layer_that_contradicts_itself_is_counterfeit(row: int, old: str, new: str, code: str) -> None:
    content = pdf([changed(row, old, new)])
    found = verdict(content)
    assert found is not None
    assert (found.verdict, found.severity) == ("counterfeit", "high")
    assert [reason.code for reason in found.reasons] == [code]
    place = found.where[0]
    words = [w.text for w in open_document(content).pages[0].lines[place.line or 0].words]
    assert new in words
    assert place.page == 1
    assert place.box is not None
    box = next(w.box for w in open_document(content).pages[0].lines[place.line or 0].words if w.text == new)
    assert place.box == pytest.approx(box)


def test_weak_signs_are_suspicious_at_most() -> None:
    outside = verdict(pdf([changed(6, "13/03/2024", "13/06/2024")]), when="2024-08-01")
    assert outside is not None
    assert (outside.verdict, outside.severity) == ("suspicious", "low")
    assert {reason.code for reason in outside.reasons} <= {"documents.outside-period", "documents.date-order"}


def test_a_statement_of_the_future() -> None:
    found = verdict(pdf([STATEMENT]), when="2024-01-15")
    assert found is not None
    assert {reason.code for reason in found.reasons} == {"documents.future-date"}


def test_one_document_in_a_batch_does_not_change_another() -> None:
    good, bad = pdf([STATEMENT]), pdf([changed(6, "80.50", "30.50")])
    batch = Batch.of([Document(id=str(i), time=datetime(2024, 4, 2, tzinfo=UTC), content=c)
                      for i, c in enumerate((good, bad, b"", b"%PDF-broken", good))])  # fmt: skip
    findings = Arithmetic().examine(batch, Profile.empty(5))
    assert findings.verdict.tolist() == [0, 4, 0, 0, 0]


def test_every_code_it_may_give_is_known() -> None:
    assert set(reasons.READING) <= set(reasons.ALL)
    assert all(code.startswith("documents.") for code in reasons.READING)


def test_values_hold_no_whole_number_of_an_account() -> None:
    rows: list[list[Cell]] = [[(40, "Invoice 12")], [(40, "IBAN DE89 3704 0044 0532 0130 01")]]
    found = verdict(pdf([rows]))
    assert found is not None
    assert "0130" not in str(found.reasons)


def test_a_text_page_takes_little_time() -> None:
    content = pdf([STATEMENT * 4])
    verdict(pdf([STATEMENT]))  # what is loaded once
    began = time.process_time()
    verdict(content)
    assert time.process_time() - began < 0.25  # 0.02 s; the rest is for a machine under load


BASE = pdf([STATEMENT])


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(0, len(BASE) - 1), st.integers(0, 255)), max_size=12), st.integers(30, len(BASE)))
def test_damage_never_raises(changes: list[tuple[int, int]], end: int) -> None:
    content = bytearray(BASE)
    for at, value in changes:
        content[at] = value
    verdict(bytes(content[:end]))


@settings(max_examples=12, deadline=None)
@given(
    st.lists(
        st.lists(
            st.tuples(
                st.integers(0, 550), st.text(st.characters(max_codepoint=255, exclude_categories=["C"]), max_size=20)
            ),
            max_size=5,
        ),
        max_size=20,
    )
)
def test_any_page_can_be_examined(rows: list[list[tuple[int, str]]]) -> None:
    verdict(pdf([[[(float(x), text) for x, text in row] for row in rows]]))
