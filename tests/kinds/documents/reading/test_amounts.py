"""Amounts are read exactly, whatever the locale they are printed in."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.kinds.documents.reading.amounts import Locale, Number, numbers_of
from tests.kinds.documents.reading.desk import money, paper


def read(text: str, mark: str = ".") -> list[Number]:
    return numbers_of(paper([[(10, text)]]).rows[0], Locale(mark))


@pytest.mark.parametrize(
    ("text", "value", "mark"),
    [
        ("1,234.56", "1234.56", "."),
        ("1.234,56", "1234.56", ","),
        ("1 234,56", "1234.56", ","),
        ("1'234.56", "1234.56", "."),
        ("1’234.56", "1234.56", "."),
        ("12,34,567.89", "1234567.89", "."),
        ("1 234 567,89 EUR", "1234567.89", ","),
        ("-45.00", "-45.00", "."),
        ("−45.00", "-45.00", "."),
        ("45.00-", "-45.00", "."),
        ("(1,234.00)", "-1234.00", "."),
        ("€12.50", "12.50", "."),
        ("12,50 €", "12.50", ","),
        ("-€45.00", "-45.00", "."),
        ("RM 95.48", "95.48", "."),
        ("USD1,234.00", "1234.00", "."),
        ("１２３．４５", "123.45", "."),
        ("￥1,280.00", "1280.00", "."),
        ("١٢٣٫٤٥", "123.45", "."),
        (".50", "0.50", "."),
    ],
)
def test_forms_of_an_amount(text: str, value: str, mark: str) -> None:
    (number,) = read(text, mark)
    assert number.value == Decimal(value)
    assert number.money


@pytest.mark.parametrize(
    ("text", "mark"), [("99.00CR", "CR"), ("99.00 DR", "DR"), ("99.00 H", "CR"), ("99.00 S", "DR")]
)
def test_marks_of_credit_and_debit(text: str, mark: str) -> None:
    (number,) = read(text)
    assert (number.value, number.mark) == (Decimal("99.00"), mark)


@pytest.mark.parametrize(
    "text", ["12.03.2024", "21:57", "2024-03-12", "01/02/24", "INV-2024-001", "Page 1/3", "v1.2.3"]
)
def test_dates_times_and_names_are_no_amounts(text: str) -> None:
    assert not any(number.money for number in read(text))


def test_percentages_are_rates() -> None:
    rate, amount = read("VAT 7.7% 12.00")
    assert (rate.percent, rate.money, amount.money) == (True, False, True)


def test_a_quantity_beside_a_price_is_not_its_thousands() -> None:
    row = paper([[(10, "5"), (60, "300.50")]]).rows[0]
    assert [n.value for n in numbers_of(row, Locale("."))] == [Decimal(5), Decimal("300.50")]


@given(st.integers(0, 10**12), st.sampled_from(["en", "de", "fr", "ch"]), st.sampled_from(["", "-", "trail", "()"]))
def test_what_is_printed_is_what_is_read(units: int, locale: str, sign: str) -> None:
    printed = money(units, locale)
    text = {"": printed, "-": "-" + printed, "trail": printed + "-", "()": f"({printed})"}[sign]
    (number,) = read(text, "," if locale in ("de", "fr") else ".")
    assert number.value == Decimal(units if not sign else -units).scaleb(-2)


@given(st.lists(st.integers(0, 10**7), min_size=3, max_size=12), st.sampled_from(["en", "de", "fr", "ch"]))
def test_a_document_tells_its_own_locale(amounts: list[int], locale: str) -> None:
    written = paper([[(-200, money(units, locale))] for units in amounts])
    assert written.locale == Locale("," if locale in ("de", "fr") else ".", 2)
    assert [written.minor(row[0]) for row in written.numbers] == amounts


def test_yen_have_no_minor_unit() -> None:
    written = paper([[(10, "¥1,280")], [(10, "¥34,500")], [(10, "¥980")]])
    assert written.locale.decimals == 0
    assert [written.minor(row[0]) for row in written.numbers] == [1280, 34500, 980]


@given(st.text(max_size=60))
def test_any_text_can_be_read(text: str) -> None:
    for number in read(text.replace("\n", " ")):
        assert number.value.is_finite()
        assert 0 <= number.start < number.end
