"""A payslip: gross less deductions is net, in this month's column and in the year's; lines add up to their totals; and no
month is more than its year."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import accumulate, product

from assay.kinds.documents.reading.amounts import Number
from assay.kinds.documents.reading.figures import Figure
from assay.kinds.documents.reading.labels import names_net_pay
from assay.kinds.documents.reading.paper import Issue, Paper, place_of
from assay.kinds.documents.reading.text import folded

_YEAR = re.compile(r"to date|ytd|y-t-d|year|jahr|cumul|kumul|acumul|progress|annuel|anual|累计|aufgelaufen|cumulat")
_ROWS = 40  # lines of one block


def issues_of(paper: Paper, figures: Sequence[Figure]) -> list[Issue]:
    """What does not add up on a payslip; nothing where gross, deductions and net are not all named."""
    found: list[Issue] = []
    month = [f for f in figures if not _YEAR.search(folded(f.label))]
    month = [replace(f, role="net_pay") if f.role in ("total", "net") and names_net_pay(f.label) else f for f in month]
    by_role = {role: [f for f in month if f.role == role] for role in ("gross_pay", "deductions", "net_pay")}
    columns = sorted({f.column for f in month if f.role in by_role})
    for column in columns:
        gross, taken, net = ([f for f in by_role[role] if f.column == column] for role in by_role)
        if not gross or not taken or not net:
            continue
        for g, d, n in product(gross, taken, net):
            if abs(paper.minor(g.number)) - abs(paper.minor(d.number)) == abs(paper.minor(n.number)):
                break
        else:
            issue = _equation(paper, gross[0], taken[0], net[0])
            if issue is not None and abs(issue.off) in _sums_of_two(paper, issue.numbers):
                continue  # expenses paid back, an advance kept: between deductions and what is paid
            if (
                issue is not None
                and max(len({abs(paper.minor(f.number)) for f in one}) for one in (gross, taken, net)) == 1
            ):
                found.append(issue)
    found += _years(paper, figures, by_role)
    found += _blocks(paper, [*by_role["gross_pay"], *by_role["deductions"]])
    return found


def _years(paper: Paper, figures: Sequence[Figure], month: dict[str, list[Figure]]) -> list[Issue]:
    """No month is more than its year to date, where each is said once, by its label or by the column under the heading."""
    found = []
    for role, named in month.items():
        here = [f for f in named if f.column == 0]
        said = [f for f in figures if f.role == role and _YEAR.search(folded(f.label)) and f.column == 0]
        if len(here) != 1 or len(said) != 1 or paper.minor(here[0].number) <= 0:
            continue
        most, printed = abs(paper.minor(said[0].number)), abs(paper.minor(here[0].number))
        if most < printed and said[0].number.row is not here[0].number.row:
            numbers = (here[0].number, said[0].number)
            values: dict[str, str | int] = {
                "page": here[0].number.row.page, "printed": paper.show(printed), "computed": paper.show(most)
            }  # fmt: skip
            places = tuple(map(place_of, numbers))
            found.append(Issue("documents.year-to-date", places, values, numbers, closes=_within(paper, *numbers)))
    return found


def _within(paper: Paper, month: Number, year: Number) -> Callable[[Number, int], bool]:
    def closes(number: Number, units: int) -> bool:
        return (abs(units) if number is month else abs(paper.minor(month))) <= (
            abs(units) if number is year else abs(paper.minor(year))
        )

    return closes


def _sums_of_two(paper: Paper, but: Sequence[Number]) -> set[int]:
    """Every amount, and every sum or difference of two, outside these numbers."""
    left_out = {id(n) for n in but}
    others = {abs(paper.minor(n)) for row in paper.numbers for n in row if n.money and id(n) not in left_out}
    some = sorted(others - {0})[:_ROWS]
    return set(some) | {a + b for a in some for b in some if a < b} | {b - a for a in some for b in some if a < b}


def _equation(paper: Paper, gross: Figure, taken: Figure, net: Figure) -> Issue | None:
    printed = abs(paper.minor(net.number))
    computed = abs(paper.minor(gross.number)) - abs(paper.minor(taken.number))
    numbers = (net.number, gross.number, taken.number)
    values: dict[str, str | int] = {
        "page": net.number.row.page, "printed": paper.show(printed), "computed": paper.show(computed)
    }  # fmt: skip
    return Issue("documents.net-pay", tuple(map(place_of, numbers)), values, numbers, printed - computed)


def _blocks(paper: Paper, totals: Sequence[Figure]) -> list[Issue]:
    """The lines right above a total, in its column, are that total; where earnings and deductions share the column, those
    of its sign. A block that does not add up is an issue where another of the paper does: then the layout is understood."""
    holds, broken = 0, []
    known = {id(f.number) for f in totals}
    for figure in totals:
        above = _above(paper, figure.number, known)
        if len(above) < 2:
            continue
        target = abs(paper.minor(figure.number))
        units = [paper.minor(n) for n in above]
        parts = [units]
        if min(units) < 0 < max(units):
            parts += [[u for u in units if u > 0], [u for u in units if u < 0]]
        if any(target in _running(part) for part in parts):
            holds += 1
        else:
            chosen = parts[0] if len(parts) == 1 else parts[2 if figure.role == "deductions" else 1]
            broken.append((figure, above, abs(sum(chosen))))
    if not holds:
        return []
    issues = []
    for figure, above, computed in broken[:2]:
        target = abs(paper.minor(figure.number))
        values: dict[str, str | int] = {
            "page": figure.number.row.page, "printed": paper.show(target), "computed": paper.show(computed)
        }  # fmt: skip
        numbers = (figure.number, *above)
        places = tuple(map(place_of, numbers[:6]))
        issues.append(Issue("documents.pay-lines", places, values, numbers, target - computed))
    return issues


def _running(units: Sequence[int]) -> set[int]:
    """Sizes of the sums of the first one, two, three … of them."""
    return {abs(total) for total in accumulate(units)} | set(accumulate(map(abs, units)))


def _above(paper: Paper, total: Number, totals: set[int]) -> list[Number]:
    """Amounts of the column right above a number, nearest first, without a gap of more than a blank line; other totals in
    between are passed over while nothing but totals was seen."""
    x0, y0, x1, _ = total.place
    height = total.row.height
    found: list[Number] = []
    at = paper.index_of(total.row)
    for i in range(at - 1, max(-1, at - _ROWS), -1):
        row = paper.rows[i]
        if row.page != total.row.page or y0 - row.box[3] > 2.2 * height:
            break
        under = [n for n in paper.numbers[i] if n.money and min(x1, n.place[2]) - max(x0, n.place[0]) > 0.3 * (x1 - x0)]
        y0 = row.box[1]
        if any(id(n) in totals for n in under):
            if found:
                break
            continue
        if under:
            found.append(under[-1])
    return found
