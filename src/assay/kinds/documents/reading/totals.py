"""The foot of an invoice or a receipt: lines to subtotal, net and tax to gross, rate to tax, paid less total to change.

Honest papers differ in what they print and where they round, so each relation is tried in every form that is in use, with
whatever stands between the two amounts added or taken off; only when no form holds is there an issue.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from decimal import Decimal

from assay.kinds.documents.reading.amounts import Number
from assay.kinds.documents.reading.figures import Figure
from assay.kinds.documents.reading.items import Items
from assay.kinds.documents.reading.paper import Issue, Paper, place_of
from assay.kinds.documents.reading.text import folded

_HUNDRED = Decimal(100)
_BETWEEN = 7  # amounts between two figures that may belong to their sum
_LINES = 10  # lines of which some may be exempt of a tax
_CASH = 4  # minor units that rounding to coins may move a total, where nothing is printed of it
_DUE = re.compile(
    r"due|payable|to pay|grand|invoice total|a payer|ttc|zu zahlen|zahlbetrag|rechnungs(betrag|summe)|gesamt(betrag|summe)|endbetrag|brutto|a pagar|da pagare|complessivo|te betalen|应付|价税合计|总计"
)


class Foot:
    """The figures of a paper by role, as minor units and numbers."""

    def __init__(self, paper: Paper, figures: Sequence[Figure], items: Items | None) -> None:
        self.paper, self.items = paper, items
        self.figures = [f for f in figures if f.number.money]

    def of(self, *roles: str) -> list[Figure]:
        return [f for f in self.figures if f.role in roles]

    def units(self, figure: Figure) -> int:
        return self.paper.minor(figure.number)


def issues_of(paper: Paper, figures: Sequence[Figure], items: Items | None) -> list[Issue]:
    """What does not add up; one issue for each relation at most."""
    foot = Foot(paper, figures, items)
    found = []
    for relation in (_lines, _gross, _tax, _change, _due):
        issue = relation(foot)
        if issue is not None:
            found.append(replace(issue, closes=_closer(foot, relation)))
    return found


def _closer(foot: Foot, relation: Callable[[Foot], Issue | None]) -> Callable[[Number, int], bool]:
    """Would the relation hold, were this number that many minor units?"""

    def closes(number: Number, units: int) -> bool:
        with foot.paper.reading(number, units if number.value >= 0 else -units):
            return relation(foot) is None

    return closes


def _lines(foot: Foot) -> Issue | None:
    """The lines' totals are the subtotal, the net or the total, with what stands between taken off or added."""
    items, paper = foot.items, foot.paper
    if items is None or not items.lines or (len(items.lines) == 1 and not items.understood):
        return None
    targets = foot.of("subtotal", "net", "total")
    first = min((paper.index_of(f.number.row) for f in targets), default=None)
    if first is None:
        return None
    sums = [paper.minor(item.total) for item in items.lines]
    total = sum(sums)
    if any(sums[i] == sum(sums[:i]) for i in range(2, len(sums))):
        return None  # a subtotal under a name that is not known stands among the lines
    counted = {id(n) for item in items.lines for n in (item.total, item.unit, item.quantity) if n is not None}
    moved = [
        paper.minor(f.number) for f in foot.of("discount", "extra", "tax", "rounding") if id(f.number) not in counted
    ]
    reach = _reach(total, moved[:_BETWEEN])
    if any(foot.units(target) in reach for target in targets):
        return None
    if any(abs(foot.units(t) - total) <= _CASH and foot.units(t) % 5 == 0 for t in targets):
        return None
    target = (
        next((f for f in targets if f.role == "subtotal"), None)
        or next((f for f in targets if f.role == "net"), None)
        or targets[0]
    )
    off = foot.units(target) - total
    if abs(off) in _loose(foot, counted):
        return None
    values = _values(paper, target.number, foot.units(target), total)
    numbers = (target.number, *(item.total for item in items.lines))
    places = (place_of(target.number), *(place_of(item.total) for item in items.lines[:3]))
    if not items.understood and paper.kind not in ("invoice", "receipt"):
        return None
    weak = not items.understood
    return Issue("documents.lines-sum", places, values, numbers, off, weak=weak, unsure=_unread_line(paper, items))


def _unread_line(paper: Paper, items: Items) -> bool:
    """In a picture: do few of the rows among the lines have no amount? Then it was probably missed."""
    rows = [paper.index_of(item.total.row) for item in items.lines]
    between = paper.numbers[min(rows) : max(rows) + 1]
    empty = sum(not any(n.money for n in numbers) for numbers in between)
    return not paper.layer and 0 < empty <= len(rows) / 3


def _loose(foot: Foot, counted: set[int]) -> set[int]:
    """Amounts of the paper that are neither a counted line nor a known figure: something unread may belong to the sum."""
    known = counted | {id(f.number) for f in foot.figures}
    return {abs(foot.paper.minor(n)) for row in foot.paper.numbers for n in row if n.money and id(n) not in known}


def _reach(start: int, moved: Sequence[int]) -> set[int]:
    """Every sum with each of these added, taken off, or left out."""
    found = {start}
    for amount in moved:
        found |= {value + sign * abs(amount) for value in found for sign in (1, -1)}
    return found


def _gross(foot: Foot) -> Issue | None:
    """Net (or subtotal) and taxes are the total; discounts, extras and rounding in any place between."""
    bases, totals, taxes = foot.of("net", "subtotal"), foot.of("total"), foot.of("tax")
    if not bases or not totals or not taxes:
        return None
    moved = [foot.units(f) for f in foot.of("tax", "discount", "extra", "rounding")]
    parts = [foot.units(base) for base in bases]
    starts = {*parts, sum(parts), sum(set(parts))}  # one net for each rate
    if any(_near(total, _reach(start, moved[:_BETWEEN])) for start in starts for total in map(foot.units, totals)):
        return None
    paper = foot.paper
    base, total = bases[-1], max(totals, key=foot.units)
    between = _amounts_between(foot, base.number, total.number)
    if len(between) <= _BETWEEN and foot.units(total) in _reach(foot.units(base), between):
        return None
    sum_of_taxes = sum({foot.units(f) for f in taxes}) if len(taxes) > 1 else foot.units(taxes[0])
    computed = foot.units(base) + sum_of_taxes
    values = _values(paper, total.number, foot.units(total), computed)
    numbers = (total.number, base.number, *(f.number for f in taxes))
    unclear = len(set(parts)) > 1 or len({foot.units(t) for t in totals}) > 1
    return Issue("documents.net-and-tax", tuple(map(place_of, numbers)), values, numbers,
                 foot.units(total) - computed, weak=unclear)  # fmt: skip


def _amounts_between(foot: Foot, first: Number, last: Number) -> list[int]:
    a, b = sorted((foot.paper.index_of(first.row), foot.paper.index_of(last.row)))
    return [
        foot.paper.minor(n) for row in foot.paper.numbers[a : b + 1] for n in row if n.money and n not in (first, last)
    ]


def _tax(foot: Foot) -> Issue | None:
    """A tax is its rate of some base on the paper, rounded for each line or for the whole, or is contained in the total."""
    rated = [f for f in foot.of("tax") if f.rate is not None and 0 < f.rate < _HUNDRED]
    if not rated:
        return None
    lines = len(foot.items.lines) if foot.items else 1
    slack = Decimal("0.5") * max(1, lines)
    net = [foot.units(f) for f in foot.of("net", "subtotal", "total")]
    rates = {f.rate for f in rated}
    parts = [foot.units(f) for f in foot.of("discount", "extra")]
    bases = {value for base in net for value in _reach(base, parts[:4])}
    taxes = {foot.units(f) for f in foot.of("tax")}
    bases |= {base - tax for base in list(bases) for tax in taxes}
    everything = [abs(foot.paper.minor(n)) for row in foot.paper.numbers for n in row if n.money]
    for figure in rated:
        rate, printed = figure.rate or Decimal(0), Decimal(abs(foot.units(figure)))
        own = [abs(foot.paper.minor(figure.base))] if figure.base is not None else []
        if any(_is_tax(printed, rate, Decimal(abs(base)), slack) for base in (*bases, *own)):
            continue
        if any(_is_tax(printed, rate, Decimal(value), slack) for value in everything):
            continue
        if not own and (len(rates) > 1 or _taxes_some_lines(foot, printed, rate, slack)):
            continue  # which lines it is a tax on is not said
        if not own and not foot.of("net", "subtotal"):
            continue
        base = own[0] if own else next(foot.units(f) for f in foot.of("net", "subtotal"))
        computed = int((rate * abs(base) / _HUNDRED).to_integral_value())
        values = _values(foot.paper, figure.number, int(printed), computed) | {"rate": str(rate.normalize())}
        based = figure.base or foot.of("net", "subtotal")[0].number
        numbers = (figure.number, based)
        return Issue(
            "documents.tax-rate",
            tuple(map(place_of, numbers)),
            values,
            numbers,
        )
    return None


def _taxes_some_lines(foot: Foot, printed: Decimal, rate: Decimal, slack: Decimal) -> bool:
    """Is it the tax of some of the lines? The others may be exempt."""
    sums = {0}
    for item in foot.items.lines[:_LINES] if foot.items else ():
        sums |= {value + foot.paper.minor(item.total) for value in sums}
    return any(_is_tax(printed, rate, Decimal(abs(value)), slack) for value in sums)


def _is_tax(printed: Decimal, rate: Decimal, base: Decimal, slack: Decimal) -> bool:
    return abs(rate * base / _HUNDRED - printed) <= slack or abs(rate * base / (_HUNDRED + rate) - printed) <= slack


def _change(foot: Foot) -> Issue | None:
    """Paid less total is the change, where all three are printed."""
    paid, change, totals = foot.of("paid"), foot.of("change"), foot.of("total", "subtotal", "net")
    if not paid or len({foot.units(c) for c in change}) != 1 or not totals:
        return None
    back = abs(foot.units(change[0]))
    given = [foot.units(p) for p in paid]
    sums = {*given, sum(given)}
    roundings = [foot.units(f) for f in foot.of("rounding")]
    for total in totals:
        for amount in sums:
            reach = _reach(abs(amount) - abs(foot.units(total)), roundings[:2])
            if back in reach or any(abs(back - value) <= _CASH for value in reach):
                return None
    paper = foot.paper
    if back in [abs(g) for g in given] or len(set(given)) > 2:
        return None  # another meaning of the words: balance of a gift card, points
    total = max(totals, key=foot.units)
    computed = max(given) - foot.units(total)
    numbers = (change[0].number, paid[0].number, *(t.number for t in totals))
    values = _values(paper, change[0].number, back, computed)
    return Issue("documents.change", tuple(map(place_of, numbers)), values, numbers, back - computed)


def _due(foot: Foot) -> Issue | None:
    """An amount said to be the one to pay that is no other figure of the paper, nor any sum of them."""
    strict = [f for f in foot.of("total") if _DUE.search(folded(f.label))]
    others = [f for f in foot.figures if f.role not in ("paid", "change")]
    paper = foot.paper
    for figure in strict:
        units = foot.units(figure)
        rest = [foot.units(f) for f in others if f is not figure]
        if units in rest or units == 0:
            continue
        bases = [foot.units(f) for f in foot.of("subtotal", "net", "total") if f is not figure]
        if foot.items:
            bases.append(sum(paper.minor(item.total) for item in foot.items.lines))
        moved = [foot.units(f) for f in foot.of("tax", "discount", "extra", "rounding", "paid")]
        if not bases or any(_near(units, _reach(base, moved[:_BETWEEN])) for base in bases):
            continue
        between = _amounts_between(foot, foot.figures[0].number, figure.number)
        if any(_near(units, _reach(base, between[-_BETWEEN:])) for base in bases):
            continue
        gross = [f for f in foot.of("total") if f is not figure]
        against = gross[0] if gross else next(iter(foot.of("net", "subtotal")), None)
        if against is None:
            continue
        values = _values(paper, figure.number, units, foot.units(against))
        numbers = (figure.number, *(f.number for f in foot.of("subtotal", "net", "tax", "total") if f is not figure))
        return Issue("documents.amount-due", tuple(map(place_of, numbers)), values, numbers, units - foot.units(against),
                     weak=True)  # fmt: skip
    return None


def _near(units: int, reach: Iterable[int]) -> bool:
    return any(units == value or (abs(units - value) <= _CASH and units % 5 == 0) for value in reach)


def _values(paper: Paper, number: Number, printed: int, computed: int) -> dict[str, str | int]:
    return {"page": number.row.page, "printed": paper.show(printed), "computed": paper.show(computed)}
