"""Dates in many orders and languages; a day that no calendar has keeps no reading."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.kinds.documents.reading import calendar
from assay.kinds.documents.reading.dates import Found, dates_of, short_dates_of
from assay.kinds.documents.reading.paper import Paper
from tests.kinds.documents.reading.desk import paper

DAY = date(2024, 3, 25)


def found(text: str) -> list[Found]:
    return dates_of(paper([[(10, text)]]).rows[0])


@pytest.mark.parametrize(
    "text",
    [
        "2024-03-25", "25.03.2024", "25/03/2024", "03/25/2024", "25-03-24", "25.3.24", "2024/3/25", "2024年3月25日",
        "25 March 2024", "25 Mar 2024", "25-MAR-2024", "March 25, 2024", "Mar 25th, 2024", "25. März 2024", "25 mars 2024",
        "25 de marzo de 2024", "25 marzo 2024", "25 maart 2024", "25 de março de 2024", "25. Mrz. 2024", "２０２４年３月２５日",
    ],
)  # fmt: skip
def test_forms_of_a_date(text: str) -> None:
    (one,) = found(text)
    assert one.readings == (DAY,)


@pytest.mark.parametrize(
    "text", ["31.02.2024", "30/02/2023", "29.02.2023", "2024-02-30", "31 April 2024", "31. Juni 2024"]
)
def test_no_calendar_has_these(text: str) -> None:
    (one,) = found(text)
    assert one.readings == ()
    assert [issue.code for issue in calendar.impossible(paper([[(10, text)]]))] == ["documents.impossible-date"]


def test_order_left_open_is_settled_by_the_other_dates() -> None:
    assert len(found("03/04/2024")[0].readings) == 2
    assert paper([[(10, "03/04/2024")], [(10, "25/04/2024")]]).date_order == "dmy"
    assert paper([[(10, "03/04/2024")], [(10, "04/25/2024")]]).date_order == "mdy"
    assert paper([[(10, "03/04/2024")]]).date_order == "?"


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("Monday, 25 March 2024", "Tuesday, 25 March 2024"),
        ("Mon 25 Mar 2024", "Fri 25 Mar 2024"),
        ("Montag, 25.03.2024", "Sonntag, 25.03.2024"),
        ("Mo 25.03.2024", "Di 25.03.2024"),
        ("lundi 25 mars 2024", "mardi 25 mars 2024"),
        ("2024年3月25日 星期一", "2024年3月25日 星期五"),
    ],
)
def test_the_weekday_printed_beside_a_date(right: str, wrong: str) -> None:
    assert calendar.impossible(paper([[(10, right)]])) == []
    assert [issue.code for issue in calendar.impossible(paper([[(10, wrong)]]))] == ["documents.weekday"]


def test_amounts_and_versions_are_no_dates() -> None:
    assert found("1.234,56") == found("12.345.678") == found("10.0.0.1") == []


def test_dates_without_a_year() -> None:
    row = paper([[(10, "25.03. Miete")]]).rows[0]
    assert [(d.month, d.day) for d in short_dates_of(row)[0].readings] == [(3, 25)]


def invoice(issued: str, due: str) -> Paper:
    return paper([[(10, "Invoice date"), (200, issued)], [(10, "Payment due"), (200, due)]])


def test_due_before_it_was_issued() -> None:
    assert calendar.due_before_issue(invoice("25.03.2024", "24.04.2024")) == []
    (issue,) = calendar.due_before_issue(invoice("25.03.2024", "24.02.2024"))
    assert issue.code == "documents.due-before-issue"


def test_issued_after_it_was_handed_in() -> None:
    written = invoice("25.03.2024", "24.04.2024")
    assert calendar.after(written, date(2024, 3, 25)) == []
    assert [i.code for i in calendar.after(written, date(2024, 3, 20))] == ["documents.future-date"]


@given(
    st.dates(date(1970, 1, 1), date(2069, 12, 31)),
    st.sampled_from(["%d.%m.%Y", "%Y-%m-%d", "%d %b %Y", "%B %d, %Y", "%Y年%m月%d日"]),
)
def test_what_is_printed_is_among_what_is_read(day: date, form: str) -> None:
    (one,) = found(day.strftime(form))
    assert day in one.readings


@given(st.text(alphabet="0123456789./- ,abcMayJun年月日", max_size=40))
def test_any_text_can_be_searched(text: str) -> None:
    for one in found(text):
        assert one.start < one.end
