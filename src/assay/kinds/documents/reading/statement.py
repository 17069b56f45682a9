"""What a statement says of itself as a whole: opening balance, credits and debits, closing balance, against one another and
against its rows."""

from __future__ import annotations

from collections.abc import Sequence

from assay.kinds.documents.reading.amounts import Number
from assay.kinds.documents.reading.columns import columns_of
from assay.kinds.documents.reading.figures import Figure
from assay.kinds.documents.reading.labels import headers_of
from assay.kinds.documents.reading.paper import Issue, Paper, place_of
from assay.kinds.documents.reading.running import Running, signed

_ROLES = ("opening", "closing", "credits", "debits")
_BOX = 8  # rows, and other amounts, of a box of figures
CODE = "documents.statement-sum"


class Summary:
    """The one amount that each of opening, closing, credits and debits is said to be; absent where a role is said of none
    or of two different amounts (two accounts in one file)."""

    def __init__(self, paper: Paper, figures: Sequence[Figure]) -> None:
        self.paper = paper
        self.number: dict[str, Number] = {}
        self.several = False
        for role in _ROLES:
            named = [f.number for f in figures if f.role == role]
            values = {units_of(paper, n) for n in named}
            if len(values) == 1:
                self.number[role] = named[0]
            self.several |= len(values) > 1

    def units(self, role: str) -> int | None:
        number = self.number.get(role)
        if number is None:
            return None
        units = units_of(self.paper, number)
        return abs(units) if role in ("credits", "debits") else units


def units_of(paper: Paper, number: Number) -> int:
    return abs(paper.minor(number)) * signed(number)


def issues_of(paper: Paper, figures: Sequence[Figure], running: Running | None) -> list[Issue]:
    """At most one of each: the equation, the two ends of the rows, the two sums of the rows."""
    summary = Summary(paper, figures)
    if summary.several:
        return []
    found = [_equation(summary)]
    if running is not None:
        found += [_first(summary, running), _last(summary, running)]
        found += [_moved(summary, running, role) for role in ("credits", "debits")]
    else:
        found.append(_rows(summary))
    return [issue for issue in found if issue is not None]


def _equation(summary: Summary) -> Issue | None:
    opening, closing = summary.units("opening"), summary.units("closing")
    credits_, debits = summary.units("credits"), summary.units("debits")
    if opening is None or closing is None or credits_ is None or debits is None:
        return None
    computed = opening + credits_ - debits
    if closing == computed or abs(closing - computed) in _others_in_box(summary):
        return None
    numbers = tuple(summary.number[role] for role in ("closing", "opening", "credits", "debits"))
    return _issue(summary, CODE, numbers, closing, computed)


def _others_in_box(summary: Summary) -> set[int]:
    """Sums of other amounts among the four figures: fees, interest, what another statement leaves out of its totals."""
    paper = summary.paper
    rows = [paper.index_of(n.row) for n in summary.number.values()]
    if max(rows) - min(rows) > _BOX:
        return set()
    known = {id(n) for n in summary.number.values()}
    others = [n for row in paper.numbers[min(rows) : max(rows) + 1] for n in row if n.money and id(n) not in known]
    reach = {0}
    for number in others[:_BOX]:
        reach |= {value + sign * abs(paper.minor(number)) for value in reach for sign in (1, -1)}
    return {abs(value) for value in reach} - {0}


def _first(summary: Summary, running: Running) -> Issue | None:
    """The opening balance is the one the first row starts from."""
    opening, steps = summary.units("opening"), running.steps
    if opening is None or not steps or any(step.balance is summary.number["opening"] for step in steps):
        return None
    first = units_of(summary.paper, steps[0].balance)
    if opening == first:
        return None
    moves = [(running.signs.get(running.key(n), 0), abs(summary.paper.minor(n))) for n in steps[0].amounts]
    if not moves or len(moves) > 4 or not all(sign for sign, _ in moves):
        return None
    computed = opening + sum(sign * size for sign, size in moves)
    if computed == first or opening in {units_of(summary.paper, step.balance) for step in steps}:
        return None
    numbers = (steps[0].balance, *steps[0].amounts, summary.number["opening"])
    return _issue(summary, CODE, numbers, first, computed)


def _last(summary: Summary, running: Running) -> Issue | None:
    """The closing balance is the one the rows end with."""
    closing, steps = summary.units("closing"), running.steps
    if closing is None or not steps or steps[-1].balance is summary.number["closing"]:
        return None
    last = units_of(summary.paper, steps[-1].balance)
    if closing == last or closing in {units_of(summary.paper, s.balance) for s in steps[-3:]}:
        return None
    if summary.paper.cut or any(step.off for step in steps[-2:]):
        return None  # said already
    return _issue(summary, CODE, (summary.number["closing"], steps[-1].balance), closing, last)


def _moved(summary: Summary, running: Running, role: str) -> Issue | None:
    """Credits and debits are what the rows moved, where every row agrees on its sign."""
    said = summary.units(role)
    if said is None or summary.paper.cut or running.agree < running.checked:
        return None
    if any(step.off for step in running.steps[1:] if step.role != "opening"):
        return None  # a row whose amount was not read
    signs = [(running.signs.get(running.key(n), 0), abs(summary.paper.minor(n))) for n, _ in running.amounts]
    if not signs or not all(sign for sign, _ in signs):
        return None
    wanted = 1 if role == "credits" else -1
    computed = sum(size for sign, size in signs if sign == wanted)
    if said == computed or abs(said - computed) in {size for _, size in signs}:
        return None  # a row of the other sign, or one before the table, is counted elsewhere
    numbers = (summary.number[role], *(n for n, sign in running.amounts if sign == wanted))
    return _issue(summary, CODE, numbers, said, computed, weak=True)


def _rows(summary: Summary) -> Issue | None:
    """Without running balances: opening balance and all rows are the closing balance. Said only where the rows were
    understood: credits or debits alone agree with the rows, or every dated row has one amount under a heading."""
    paper = summary.paper
    opening, closing = summary.units("opening"), summary.units("closing")
    if opening is None or closing is None:
        return None
    rows = _dated(paper, {id(n) for n in summary.number.values()})
    if len(rows) < 3:
        return None
    readings = _signed(paper, rows)
    totals = {sum(units) for units in readings}
    if not readings or closing - opening in totals:
        return None
    said = {role: summary.units(role) for role in ("credits", "debits")}
    for units in readings:
        plus, minus = sum(u for u in units if u > 0), -sum(u for u in units if u < 0)
        holds = [said["credits"] == plus, said["debits"] == minus]
        if any(holds) or (said["credits"] is None and said["debits"] is None and _headed(paper)):
            numbers = (summary.number["closing"], summary.number["opening"], *rows)
            computed = opening + plus - minus
            return _issue(summary, CODE, numbers, closing, computed, weak=not any(holds))
    return None


def _dated(paper: Paper, known: set[int]) -> list[Number]:
    """The amount of each row that begins with a date; empty where such a row has two."""
    from assay.kinds.documents.reading.dates import short_dates_of

    found: list[Number] = []
    for row, numbers in zip(paper.rows, paper.numbers, strict=True):
        money = [n for n in numbers if n.money and not n.percent and n.decimals == paper.locale.decimals]
        if not money or any(id(n) in known for n in money):
            continue
        dates = paper.dates_in(row) or short_dates_of(row)
        if not dates or dates[0].start > 12:
            continue
        if len(money) > 1:
            return []
        found.append(money[0])
    return found


def _signed(paper: Paper, rows: Sequence[Number]) -> list[list[int]]:
    """Ways to sign the rows: as printed, or by which of two columns they stand in."""
    readings = []
    if any(signed(n) < 0 or n.mark or n.sign for n in rows):
        readings.append([abs(paper.minor(n)) * signed(n) for n in rows])
    columns = columns_of(rows)
    if len(columns) == 2:
        left = {id(n) for n in columns[0]}
        for sign in (-1, 1):
            readings.append([abs(paper.minor(n)) * (sign if id(n) in left else -sign) for n in rows])
    return readings


def _headed(paper: Paper) -> bool:
    wanted = {"amount", "debit", "credit"}
    return any(
        "date" in {role for role, _, _ in heads} and wanted & {role for role, _, _ in heads}
        for heads in (headers_of(row.text) for row in paper.rows)
    )


def _issue(
    summary: Summary, code: str, numbers: tuple[Number, ...], printed: int, computed: int, *, weak: bool = False
) -> Issue:
    paper = summary.paper
    values: dict[str, str | int] = {
        "page": numbers[0].row.page, "printed": paper.show(printed), "computed": paper.show(computed)
    }  # fmt: skip
    return Issue(code, tuple(map(place_of, numbers[:6])), values, numbers, printed - computed, weak=weak)
