"""A statement's running balance: understood in any layout, silent when it holds, exact about the one cell that does not."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assay.kinds.documents.reading import statement
from assay.kinds.documents.reading.figures import figures_of
from assay.kinds.documents.reading.paper import Issue, Paper
from assay.kinds.documents.reading.running import issues_of, running_of
from tests.kinds.documents.reading.desk import Cell, money, paper

STYLES = ("two columns", "leading minus", "trailing sign", "CR and DR", "S and H", "unsigned")


@dataclass
class Table:
    """Amounts with their sign, and the balances printed behind them."""

    opening: int
    amounts: list[int]
    balances: list[int]
    style: str = "two columns"
    locale: str = "en"
    newest_first: bool = False
    per_page: int = 1000

    @classmethod
    def of(cls, opening: int, amounts: list[int], **how: object) -> Table:
        balances, balance = [], opening
        for amount in amounts:
            balance += amount
            balances.append(balance)
        return cls(opening, list(amounts), balances, **how)  # type: ignore[arg-type]

    def paper(self) -> Paper:
        rows: list[list[Cell]] = [[(10, "Statement of account")], [(10, "Brought forward"), self.balance(self.opening)]]
        body = [
            [(10, f"{1 + i % 28:02d}.03.2024"), (80, f"Payment {i}"), self.amount(amount), self.balance(balance)]
            for i, (amount, balance) in enumerate(zip(self.amounts, self.balances, strict=True))
        ]
        return paper([rows[0], *body[::-1], rows[1]] if self.newest_first else rows + body, per_page=self.per_page)

    def amount(self, units: int) -> Cell:
        text, minus = money(units, self.locale), units < 0
        if self.style == "two columns":
            return (-300 if minus else -400), text
        signs = {
            "leading minus": ("-" if minus else "") + text, "trailing sign": text + ("-" if minus else "+"),
            "CR and DR": text + (" DR" if minus else " CR"), "S and H": text + (" S" if minus else " H"), "unsigned": text,
        }  # fmt: skip
        return -400, signs[self.style]

    def balance(self, units: int) -> Cell:
        return -500, ("-" if units < 0 else "") + money(units, self.locale)

    def issues(self) -> list[Issue]:
        written = self.paper()
        found = running_of(written)
        assert found is not None
        return issues_of(written, found)


movements = st.lists(st.integers(-500_00, 400_00).filter(lambda a: abs(a) > 10), min_size=9, max_size=30, unique_by=abs)
layouts = st.tuples(st.sampled_from(STYLES), st.sampled_from(["en", "de", "fr", "ch"]), st.booleans())


@settings(max_examples=60, deadline=None)
@given(st.integers(1000_00, 5000_00), movements, layouts)
def test_a_genuine_table_is_left_alone(opening: int, amounts: list[int], layout: tuple[str, str, bool]) -> None:
    style, locale, newest_first = layout
    assert Table.of(opening, amounts, style=style, locale=locale, newest_first=newest_first).issues() == []


@settings(max_examples=60, deadline=None)
@given(st.integers(1000_00, 5000_00), movements, layouts, st.data())
def test_one_changed_amount_is_one_issue_at_that_cell(
    opening: int, amounts: list[int], layout: tuple[str, str, bool], data: st.DataObject
) -> None:
    style, locale, newest_first = layout
    table = Table.of(opening, amounts, style=style, locale=locale, newest_first=newest_first)
    i = data.draw(st.integers(1, len(amounts) - 2))
    table.amounts[i] += 777_77 if amounts[i] > 0 else -777_77
    (issue,) = table.issues()
    assert issue.code == "documents.running-amount-changed"
    assert issue.values["amount"] == money(table.amounts[i], "de" if locale in ("de", "fr") else "en")


@settings(max_examples=60, deadline=None)
@given(st.integers(1000_00, 5000_00), movements, layouts, st.data())
def test_one_changed_balance_is_one_issue_at_that_cell(
    opening: int, amounts: list[int], layout: tuple[str, str, bool], data: st.DataObject
) -> None:
    style, locale, newest_first = layout
    table = Table.of(opening, amounts, style=style, locale=locale, newest_first=newest_first)
    i = data.draw(st.integers(1, len(amounts) - 2))
    table.balances[i] += 5000_00
    if style == "unsigned":  # which way each amount went is a guess there
        assert table.issues()
        return
    (issue,) = table.issues()
    assert issue.code == "documents.running-balance-changed"
    mark = "de" if locale in ("de", "fr") else "en"
    assert issue.values["computed"].lstrip("-") == money(table.balances[i] - 5000_00, mark)


def test_a_row_left_out_or_put_in_breaks_the_balance() -> None:
    amounts = [-120_00, -33_10, 1500_00, -9_99, -250_00, -61_45, -7_00, 80_00]
    missing = Table.of(1000_00, amounts)
    del missing.amounts[3], missing.balances[3]
    assert len(missing.issues()) == 1
    added = Table.of(1000_00, amounts)
    added.amounts.insert(4, 900_00)
    added.balances.insert(4, added.balances[3] + 900_00)
    assert len(added.issues()) == 1


def test_pages_carry_their_balance_over() -> None:
    amounts = [-120_00, -33_10, 1500_00, -9_99, -250_00, -61_45, -7_00, 80_00, -12_34, -45_67, -89_01, 23_45]
    assert Table.of(1000_00, amounts, per_page=5).issues() == []


def carried(balance: int) -> Paper:
    one = Table.of(1000_00, [-120_00, -33_10, 1500_00, -9_99, -250_00])
    two = Table.of(one.balances[-1], [-61_45, -7_00, 80_00, -12_34])
    rows = []
    for table in (one, two):
        if table is two:
            rows.append([(10, "Carried forward"), table.balance(balance)])
        rows += [
            [(10, f"{i + 1:02d}.03.2024"), table.amount(a), table.balance(b)]
            for i, (a, b) in enumerate(zip(table.amounts, table.balances, strict=True))
        ]
    return paper(rows, per_page=5)


def test_a_balance_carried_forward_wrongly() -> None:
    right = 1000_00 - 120_00 - 33_10 + 1500_00 - 9_99 - 250_00
    for balance, codes in ((right, []), (right + 100_00, ["documents.running-balance-changed"])):
        written = carried(balance)
        found = running_of(written)
        assert found is not None
        assert [issue.code for issue in issues_of(written, found)] == codes


@pytest.mark.parametrize(
    "rows", [[], [[(10, "Dear customer,")]], [[(10, "Total"), (-300, "12.00"), (-400, "15.00")]] * 5]
)
def test_what_is_no_statement_is_left_alone(rows: list[list[Cell]]) -> None:
    assert running_of(paper(rows)) is None


def summary(opening: int, credits_: int, debits: int, closing: int) -> list[Issue]:
    written = paper(
        [
            [(10, "Opening balance"), (-400, money(opening))],
            [(10, "Total credits"), (-400, money(credits_))],
            [(10, "Total debits"), (-400, money(debits))],
            [(10, "Closing balance"), (-400, money(closing))],
        ]
    )
    return statement.issues_of(written, figures_of(written), running_of(written))


@given(st.integers(0, 10**7), st.integers(0, 10**7), st.integers(0, 10**6), st.integers(1, 10**6))
def test_opening_credits_debits_and_closing(opening: int, credits_: int, debits: int, off: int) -> None:
    closing = opening + credits_ - debits
    if closing < 0 or len({opening, credits_, debits, closing}) < 4:
        return
    assert summary(opening, credits_, debits, closing) == []
    (issue,) = summary(opening, credits_, debits, closing + off)
    assert issue.code == "documents.statement-sum"


def test_rows_without_running_balances() -> None:
    def written(last: str) -> Paper:
        return paper(
            [
                [(10, "Alter Kontostand"), (-400, "1.000,00 H")],
                [(10, "01.03."), (60, "Miete"), (-400, "600,00 S")],
                [(10, "03.03."), (60, "Lohn"), (-400, "2.000,00 H")],
                [(10, "09.03."), (60, "Strom"), (-400, last)],
                [(10, "Summe Haben"), (-400, "2.000,00 H")],
                [(10, "Summe Soll"), (-400, "680,00 S")],
                [(10, "Neuer Kontostand"), (-400, "2.320,00 H")],
            ]
        )

    def issues(last: str) -> list[str]:
        one = written(last)
        return [issue.code for issue in statement.issues_of(one, figures_of(one), running_of(one))]

    assert issues("80,00 S") == []
    assert issues("30,00 S") == ["documents.statement-sum"]
