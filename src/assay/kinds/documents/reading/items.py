"""Lines of an invoice or a receipt: quantity times unit price is the line's total, and the totals add up.

Which columns are quantity, price and total is found by which agree; a discount or tax rate on the line may stand between.
A table in which most lines agree is understood, and a line that does not is a finding.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise, permutations

from assay.kinds.documents.reading.amounts import Number
from assay.kinds.documents.reading.columns import columns_of
from assay.kinds.documents.reading.figures import Figure
from assay.kinds.documents.reading.labels import headers_of
from assay.kinds.documents.reading.paper import Issue, Paper, place_of

_ENDS = ("subtotal", "net", "tax", "total", "paid", "change", "rounding")
_AGREE = 0.6
_HUNDRED = Decimal(100)
_TIMES = re.compile(r" *[^\W\d]{0,4}\.? *[x×*@✕] *| *[^\W\d]{0,4}\.? +(à|a|at) +", re.IGNORECASE)


@dataclass(frozen=True)
class Item:
    """A line: its total, and quantity and unit price where they stand; `factor` is what a discount on the line leaves."""

    total: Number
    quantity: Number | None = None
    unit: Number | None = None
    factors: tuple[Decimal, ...] = (Decimal(1),)

    def computed(self, decimals: int) -> list[Decimal]:
        """Quantity times unit price in minor units, unrounded, for each factor that may apply."""
        if self.quantity is None or self.unit is None:
            return []
        exact = abs(self.quantity.value) * abs(self.unit.value)
        return [(exact * factor).scaleb(decimals) for factor in self.factors]


@dataclass(frozen=True)
class Items:
    """`agree` of `checked` lines have a product that is their total; `headed`: the column of totals stands under a heading
    that says so; `said`: a line spells its product out (3 x 2.50)."""

    lines: tuple[Item, ...]
    agree: int
    checked: int
    headed: bool
    said: bool = False

    @property
    def understood(self) -> bool:
        """Is it known which number of a line is which?"""
        enough = 1 if self.headed or self.said else 2
        return self.agree >= enough and self.agree >= _AGREE * self.checked


def items_of(paper: Paper, figures: Sequence[Figure]) -> Items | None:
    """The lines above the totals, None where there are none."""
    ends = [paper.index_of(f.number.row) for f in figures if f.role in _ENDS]
    rows = []
    last = min(ends) if ends else len(paper.rows)
    named = {id(f.number) for f in figures}
    for numbers, dates in zip(paper.numbers[:last], paper.dates[:last], strict=True):
        money = [n for n in numbers if n.money]
        if money and not (dates and len(numbers) < 2) and not any(id(n) in named for n in money):
            rows.append(numbers)
    if not rows:
        return None
    columns = columns_of([n for row in rows for n in row])[:12]
    place = {id(n): c for c, column in enumerate(columns) for n in column}
    totals = [c for c, column in enumerate(columns) if sum(n.money for n in column) >= 0.5 * len(column)]
    if not totals:
        return None
    best: tuple[tuple[int, int, int], tuple[int, int, int] | None] = ((0, 0, 0), None)
    for quantity, unit, total in permutations(range(len(columns)), 3):
        if total not in totals:
            continue
        agree, worth, checked = _votes(paper, rows, place, quantity, unit, total)
        if agree >= max(1, _AGREE * checked) and (rank := (worth, agree, total)) > best[0] and (worth or agree >= 2):
            best = (rank, (quantity, unit, total))
    chosen = best[1]
    total_column = chosen[2] if chosen else totals[-1]
    lines, agree, checked, said = [], 0, 0, False
    for row in rows:
        spelt = _spelt(row)
        item = spelt or _item(row, place, chosen, total_column)
        if item is None:
            continue
        lines.append(item)
        said |= spelt is not None
        products = item.computed(paper.locale.decimals)
        if products:
            checked += 1
            agree += any(_same(p, paper.minor(item.total)) for p in products)
    return Items(tuple(lines), agree, checked, _headed(paper, columns[total_column]), said)


def _spelt(row: Sequence[Number]) -> Item | None:
    """A line that says "3 x 2.50   7.50", in whatever columns."""
    for i, (quantity, unit) in enumerate(pairwise(row)):
        between = quantity.row.text[quantity.end : unit.start]
        total = next((n for n in row[i + 2 :] if n.money), None)
        if _TIMES.fullmatch(between) and unit.money and total is not None and not quantity.percent:
            return Item(total, quantity, unit, _factors(row))
    return None


def _votes(
    paper: Paper, rows: Sequence[Sequence[Number]], place: dict[int, int], quantity: int, unit: int, total: int
) -> tuple[int, int, int]:
    """Lines that agree, those among them whose quantity is not 1, and lines that have all three."""
    agree = worth = checked = 0
    for row in rows:
        item = _item(row, place, (quantity, unit, total), total)
        if item is None or item.quantity is None or item.unit is None:
            continue
        checked += 1
        if any(_same(p, paper.minor(item.total)) for p in item.computed(paper.locale.decimals)):
            agree += 1
            worth += abs(item.quantity.value) not in (0, 1) and item.unit.value != 1
    return agree, worth, checked


def _item(
    row: Sequence[Number], place: dict[int, int], chosen: tuple[int, int, int] | None, total_column: int
) -> Item | None:
    by_column = {place[id(n)]: n for n in row if id(n) in place}
    total = by_column.get(total_column)
    if total is None or not total.money:
        return None
    if chosen is None:
        return Item(total)
    quantity, unit = by_column.get(chosen[0]), by_column.get(chosen[1])
    if (quantity is not None and quantity.percent) or (unit is not None and unit.percent):
        return Item(total)
    return Item(total, quantity, unit, _factors(row))


def _factors(row: Sequence[Number]) -> tuple[Decimal, ...]:
    """What a discount or a tax printed on the line may make of its product."""
    factors = [Decimal(1)]
    for rate in [n.value for n in row if n.percent and 0 < n.value < _HUNDRED][:2]:
        factors += [1 - rate / _HUNDRED, 1 + rate / _HUNDRED]
    return tuple(factors)


def _same(product: Decimal, units: int) -> bool:
    """Equal but for rounding to a whole minor unit."""
    return abs(product - abs(units)) <= Decimal("0.5")


def _headed(paper: Paper, column: Sequence[Number]) -> bool:
    left, right = min(n.place[0] for n in column), max(n.place[2] for n in column)
    for row in paper.rows:
        heads = headers_of(row.text)
        if len({role for role, _, _ in heads} & {"quantity", "unit", "amount", "rate"}) < 2:
            continue
        for role, start, end in heads:
            x0, _, x1, _ = row.box_of(start, end)
            if role == "amount" and min(x1, right) > max(x0, left) - 5:
                return True
    return False


def wrong_products(paper: Paper, items: Items) -> list[Issue]:
    """Lines whose total is not quantity times price, beyond what rounding the price could do."""
    if not items.understood:
        return []
    issues = []
    for item in items.lines:
        products = item.computed(paper.locale.decimals)
        printed = abs(paper.minor(item.total))
        if not products or item.quantity is None or item.unit is None:
            continue
        slack = Decimal("0.5") + abs(item.quantity.value) * Decimal("0.5").scaleb(
            paper.locale.decimals - max(item.unit.decimals, paper.locale.decimals)
        )
        if any(abs(product - printed) <= slack for product in products):
            continue
        nearest = min(products, key=lambda p: abs(p - printed))
        values: dict[str, str | int] = {
            "page": item.total.row.page,
            "quantity": str(abs(item.quantity.value)),
            "unit": str(abs(item.unit.value)),
            "printed": paper.show(printed),
            "computed": paper.show(int(nearest.to_integral_value())),
        }
        numbers = (item.total, item.unit, item.quantity)
        issues.append(
            Issue("documents.line-total", tuple(map(place_of, numbers)), values, numbers, closes=_closer(paper, item))
        )
    return issues


def _closer(paper: Paper, item: Item) -> Callable[[Number, int], bool]:
    """Would quantity times price be the total, were one of the three this many minor units?"""
    decimals = paper.locale.decimals

    def closes(number: Number, units: int) -> bool:
        value = Decimal(units).scaleb(-decimals)
        quantity = value if number is item.quantity else abs(item.quantity.value) if item.quantity else Decimal(0)
        unit = value if number is item.unit else abs(item.unit.value) if item.unit else Decimal(0)
        total = abs(units) if number is item.total else abs(paper.minor(item.total))
        return any(_same((quantity * unit * factor).scaleb(decimals), total) for factor in item.factors)

    return closes
