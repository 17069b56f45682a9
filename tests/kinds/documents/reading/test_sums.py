"""Invoices, receipts and payslips: every honest way of rounding and summing is let be, one changed figure is not."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assay.kinds.documents.reading import pay, totals
from assay.kinds.documents.reading.figures import figures_of
from assay.kinds.documents.reading.items import items_of, wrong_products
from assay.kinds.documents.reading.paper import Paper
from tests.kinds.documents.reading.desk import Cell, money, paper

Lines = list[tuple[int, int]]
lines_of_goods = st.lists(
    st.tuples(st.integers(2, 40), st.integers(99, 90_000)), min_size=3, max_size=9, unique_by=lambda line: line[1]
)


def rounded(value: Decimal) -> int:
    return int(value.to_integral_value(ROUND_HALF_UP))


def invoice(lines: Lines, rate: str = "19", *, by_line: bool = False, **printed: int) -> Paper:
    """An invoice of (quantity, price) with tax; `printed` overrides a figure: line0…, net, tax, total."""
    sums = [quantity * price for quantity, price in lines]
    net = sum(sums)
    share = Decimal(rate) / 100
    tax = sum(rounded(share * s) for s in sums) if by_line else rounded(share * net)
    rows: list[list[Cell]] = [
        [(10, "Invoice 4711")],
        [(10, "Description"), (-300, "Qty"), (-400, "Unit price"), (-500, "Amount")],
    ]
    for i, (quantity, price) in enumerate(lines):
        total = printed.get(f"line{i}", sums[i])
        rows.append([(10, f"Article no {i}"), (-300, str(quantity)), (-400, money(price)), (-500, money(total))])
    rows += [
        [(300, "Subtotal"), (-500, money(printed.get("net", net)))],
        [(300, f"VAT {rate}%"), (-500, money(printed.get("tax", tax)))],
        [(300, "Total"), (-500, money(printed.get("total", net + tax)))],
    ]
    return paper(rows)


def codes(written: Paper) -> set[str]:
    figures = figures_of(written)
    items = items_of(written, figures)
    found = wrong_products(written, items) if items else []
    return {issue.code for issue in found + totals.issues_of(written, figures, items)}


@settings(max_examples=60, deadline=None)
@given(lines_of_goods, st.sampled_from(["19", "7", "20", "5.5", "8.875"]), st.booleans())
def test_a_genuine_invoice_is_left_alone(lines: Lines, rate: str, by_line: bool) -> None:
    assert codes(invoice(lines, rate, by_line=by_line)) == set()


@settings(max_examples=60, deadline=None)
@given(lines_of_goods, st.sampled_from(["net", "tax", "total", "line1"]), st.integers(1_00, 5000_00))
def test_one_changed_figure_is_found(lines: Lines, where: str, off: int) -> None:
    sums = [quantity * price for quantity, price in lines]
    net = sum(sums)
    truth = {"net": net, "tax": rounded(Decimal(net) * 19 / 100), "line1": sums[1]}
    truth["total"] = net + truth["tax"]
    assert codes(invoice(lines, **{where: truth[where] + off}))  # type: ignore[arg-type]


def test_a_changed_line_is_named() -> None:
    assert "documents.line-total" in codes(invoice([(2, 1000), (3, 2500), (4, 999)], line1=9500))


@pytest.mark.parametrize(
    "foot",
    [
        [("Sub total", "100.00"), ("Discount 10%", "-10.00"), ("Total", "90.00")],
        [("Sub total", "100.00"), ("Discount", "10.00"), ("Shipping", "4.90"), ("Total", "94.90")],
        [("Total", "119.00"), ("incl. VAT 19%", "19.00"), ("Net", "100.00")],
        [("Sub total", "100.00"), ("VAT 20%", "20.00"), ("Rounding", "0.02"), ("Total", "120.02")],
        [("Sub total", "99.98"), ("GST 6%", "6.00"), ("Total", "106.00")],  # cash: to the next five cents
        [("Total", "100.00"), ("Cash", "120.00"), ("Change", "20.00")],
        [("Total", "99.98"), ("Cash", "120.00"), ("Change", "20.00")],
        [("Total", "100.00"), ("Visa", "100.00"), ("Change", "0.00")],
        [("Net", "200.00"), ("VAT 7% on 100.00", "7.00"), ("VAT 19% on 100.00", "19.00"), ("Total", "226.00")],
        [("Sub total", "100.00"), ("Service charge 10%", "10.00"), ("GST 6%", "6.60"), ("Total", "116.60")],
        [("STTL", "100.00"), ("GST 6%", "6.00"), ("TTL", "106.00")],
    ],
)
def test_honest_feet(foot: list[tuple[str, str]]) -> None:
    assert codes(paper([[(10, label), (-300, amount)] for label, amount in foot])) == set()


@pytest.mark.parametrize(
    ("foot", "code"),
    [
        ([("Net", "100.00"), ("VAT 19%", "19.00"), ("Total", "149.00")], "documents.net-and-tax"),
        ([("Netto", "100.00"), ("MwSt 19%", "91.00"), ("Gesamtbetrag", "191.00")], "documents.tax-rate"),
        ([("Total", "100.00"), ("Cash", "120.00"), ("Change", "50.00")], "documents.change"),
    ],
)
def test_dishonest_feet(foot: list[tuple[str, str]], code: str) -> None:
    assert codes(paper([[(10, label), (-300, amount)] for label, amount in foot])) == {code}


def payslip(*, salary: int = 3000_00, gross: int = 3250_00, taken: int = 850_50, net: int = 2399_50) -> set[str]:
    rows: list[list[Cell]] = [
        [(10, "Payslip"), (200, "March 2024")],
        [(10, "Earnings"), (-300, "Amount")],
        [(10, "Basic salary"), (-300, money(salary))],
        [(10, "Bonus"), (-300, money(250_00))],
        [(10, "Gross pay"), (-300, money(gross))],
        [(10, "Deductions"), (-300, "Amount")],
        [(10, "Income tax"), (-300, money(600_50))],
        [(10, "Pension"), (-300, money(250_00))],
        [(10, "Total deductions"), (-300, money(taken))],
        [(10, "Net pay"), (-300, money(net))],
    ]
    written = paper(rows)
    return {issue.code for issue in pay.issues_of(written, figures_of(written))}


def test_a_payslip() -> None:
    assert payslip() == set()
    assert payslip(net=2899_50) == {"documents.net-pay"}
    assert payslip(salary=3500_00) == {"documents.pay-lines"}
    assert payslip(gross=3750_00, net=2899_50) == {"documents.pay-lines"}


def test_a_month_is_within_its_year() -> None:
    def issues(year: str) -> set[str]:
        rows: list[list[Cell]] = [
            [(10, "Payslip")], [(10, "Gross pay"), (-300, "3,000.00")], [(10, "Gross to date"), (-300, year)],
            [(10, "Total deductions"), (-300, "600.00")], [(10, "Net pay"), (-300, "2,400.00")],
        ]  # fmt: skip
        written = paper(rows)
        return {issue.code for issue in pay.issues_of(written, figures_of(written))}

    assert issues("9,000.00") == set()
    assert issues("3,000.00") == set()
    assert issues("900.00") == {"documents.year-to-date"}


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.lists(st.tuples(st.integers(0, 500), st.text(alphabet="Total VAT%net12.,- €x", max_size=14)), max_size=5),
        max_size=14,
    )
)
def test_any_rows_can_be_examined(rows: list[list[tuple[int, str]]]) -> None:
    codes(paper([[(float(x), text) for x, text in row] for row in rows if any(text.strip() for _, text in row)]))
