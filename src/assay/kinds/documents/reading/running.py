"""The running balance of a statement, row by row: each balance is the one before it plus what was moved.

Which column is the balance, which are amounts, what sign each has and whether the newest row comes first is not read from
headings but found: the assignment under which the rows agree. Where nearly all agree the few that do not are findings;
where few agree the table was not understood and nothing is said. With r the difference of a row, one changed amount
leaves one r, one changed balance r and then -r.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise, product

from assay.kinds.documents.reading.amounts import Number
from assay.kinds.documents.reading.columns import columns_of
from assay.kinds.documents.reading.labels import headers_of, role_of
from assay.kinds.documents.reading.paper import Issue, Paper, Place, place_of
from assay.kinds.documents.reading.text import Row

_FEW, _MANY = 3, 0.2  # rows that disagree, and their share, beyond which the table was only half understood
_AGREE = 0.6  # share of rows that must agree before the others are findings
_MAX_ROWS = 2500
_MAX_COLUMNS = 8
_SUMS = ("credits", "debits", "total", "subtotal", "net")
Key = tuple[int, str]  # column, printed sign


@dataclass
class Step:
    """A printed balance and the amounts since the one before. `off` is printed minus computed, None where unchecked."""

    balance: Number
    amounts: list[Number]
    own: list[Number]
    role: str
    off: int | None = None


@dataclass
class Running:
    """A table understood: its steps in order of time, the sign of each kind of amount, and how many rows agree."""

    steps: list[Step]
    signs: dict[Key, int]
    column: dict[int, int]  # id of a number -> its column
    agree: int
    checked: int
    newest_first: bool
    amounts: list[tuple[Number, int]] = field(default_factory=list)  # each with its sign

    def key(self, number: Number) -> Key:
        """What decides the sign of an amount."""
        return _key(number, self.column)

    @property
    def rows(self) -> list[Row]:
        """The rows that something moved on, as printed."""
        rows = {id(n.row): n.row for n, _ in self.amounts}
        return sorted(rows.values(), key=lambda row: (row.page, row.index))


def running_of(paper: Paper) -> Running | None:
    """The running balance of a document, None where there is none that nearly all rows agree with."""
    rows = [
        [n for n in numbers if n.money and not n.percent and n.decimals == paper.locale.decimals]
        for numbers in paper.numbers[:_MAX_ROWS]
    ]
    table = [n for i, row in enumerate(rows) if len(row) >= 2 or (row and paper.dates[i]) for n in row]
    columns = columns_of(table or [n for row in rows for n in row])
    if len(columns) > _MAX_COLUMNS:
        columns = sorted(sorted(columns, key=len)[-_MAX_COLUMNS:], key=lambda c: c[0].place[2])
    if len(columns) < 2:
        return None
    column = _assign(rows, columns)
    labelled = _balance_columns(paper, columns)
    best: tuple[float, Running] | None = None
    for balance, newest_first in product(range(len(columns)), (False, True)):
        if len(columns[balance]) < 3:
            continue
        steps = _steps(paper, rows, column, balance, newest_first=newest_first)
        found = _fit(paper, steps, column, newest_first=newest_first)
        needed = 2 if balance in labelled else 3
        if found.agree < needed or found.agree < _AGREE * found.checked:
            continue
        rank = found.agree + found.agree / max(1, found.checked)
        if best is None or rank > best[0]:
            best = (rank, found)
    return best[1] if best else None


def _assign(rows: Sequence[Sequence[Number]], columns: Sequence[Sequence[Number]]) -> dict[int, int]:
    """id of a number -> the column it stands under, for every number of the document."""
    edges = []
    for column in columns:
        lefts, rights = sorted(n.place[0] for n in column), sorted(n.place[2] for n in column)
        edges.append((lefts[len(lefts) // 2], rights[len(rights) // 2]))
    known = {id(n): i for i, column in enumerate(columns) for n in column}
    for row in rows:
        for number in row:
            if id(number) in known:
                continue
            shares = [
                (min(number.place[2], right) - max(number.place[0], left))
                / max(1e-6, min(right - left, number.place[2] - number.place[0]))
                for left, right in edges
            ]
            best = max(range(len(shares)), key=shares.__getitem__)
            if shares[best] >= 0.5:
                known[id(number)] = best
    return known


def _balance_columns(paper: Paper, columns: Sequence[Sequence[Number]]) -> set[int]:
    """Columns under a heading that says balance."""
    found: set[int] = set()
    for row in paper.rows:
        heads = headers_of(row.text)
        if len(heads) < 2:
            continue
        for role, start, end in heads:
            if role != "balance":
                continue
            x0, _, x1, _ = row.box_of(start, end)
            for i, column in enumerate(columns):
                if any(min(x1, n.place[2]) > max(x0, n.place[0]) - 5 for n in column[:3]):
                    found.add(i)
    return found


def _steps(
    paper: Paper, rows: Sequence[Sequence[Number]], column: dict[int, int], balance: int, *, newest_first: bool
) -> list[Step]:
    steps: list[Step] = []
    pending: list[Number] = []
    order = range(len(rows) - 1, -1, -1) if newest_first else range(len(rows))
    for i in order:
        label = paper.rows[i].text[: rows[i][0].start] if rows[i] else ""
        role = role_of(label) if rows[i] and not paper.dates[i] else ""
        here = [n for n in rows[i] if column.get(id(n)) == balance]
        moved = [n for n in rows[i] if id(n) in column and column[id(n)] != balance]
        if role in _SUMS and not (here and moved):
            continue
        pending += moved
        if here:
            steps.append(Step(here[-1], pending, moved, role))
            pending = []
    return steps


def signed(number: Number) -> int:
    """-1 where the print says so."""
    return -1 if number.value < 0 or number.mark == "DR" else 1


def _key(number: Number, column: dict[int, int]) -> Key:
    return column[id(number)], number.mark or ("-" if number.value < 0 else "")


def _fit(paper: Paper, steps: list[Step], column: dict[int, int], *, newest_first: bool) -> Running:
    """Signs by vote of the rows with one amount, then every step checked."""
    votes: dict[Key, Counter[int]] = {}
    for before, step in pairwise(steps):
        if len(step.amounts) == 1 and (size := abs(paper.minor(step.amounts[0]))):
            moved = _balance(paper, step.balance) - _balance(paper, before.balance)
            if abs(moved) == size:
                votes.setdefault(_key(step.amounts[0], column), Counter())[1 if moved > 0 else -1] += 1
    signs = {key: _decided(count, alone=len(votes) == 1) for key, count in votes.items()}
    found = Running(steps, signs, column, 0, 0, newest_first)
    for before, step in pairwise(steps):
        step.off = _off(paper, before, step, found)
        if step.amounts:
            found.checked += 1
            found.agree += step.off == 0
    for step in steps:
        found.amounts += [(n, signs.get(_key(n, column), 0)) for n in step.amounts]
    return found


def _decided(count: Counter[int], *, alone: bool) -> int:
    """The sign of one kind of amount. Where there is one kind only, amounts printed without sign may go either way (0);
    else a lone row against the others is no vote but a movement turned round."""
    plus, minus = count[1], count[-1]
    if alone and plus and minus:
        return 0
    return 1 if plus >= 8 * minus else -1 if minus >= 8 * plus else 0


def _balance(paper: Paper, number: Number) -> int:
    return abs(paper.minor(number)) * signed(number)


def _off(paper: Paper, before: Step, step: Step, found: Running) -> int:
    """Printed minus computed. Where a sign is open, or amounts stand on lines without a balance that may be no movements
    (a total), the reading that agrees is taken; else, of a kind not seen elsewhere, the sign that no other kind has."""
    moved = _balance(paper, step.balance) - _balance(paper, before.balance)
    readings = [step.amounts] if step.own == step.amounts else [step.amounts, step.own]
    known = set(found.signs.values()) - {0}
    first = -next(iter(known)) if len(known) == 1 else 1
    closest: int | None = None
    for amounts in readings:
        fixed, open_ = 0, []
        for number in amounts:
            size, sign = abs(paper.minor(number)), found.signs.get(_key(number, found.column))
            if sign:
                fixed += sign * size
            else:  # of a kind never seen to move the balance: it may also be no movement at all
                both = (first * size, -first * size)
                open_.append(both if sign == 0 or len(amounts) == 1 else (*both, 0))
        for chosen in product(*open_[:6]):
            off = moved - fixed - sum(chosen)
            if off == 0:
                return 0
            if closest is None or (0 in found.signs.values() and abs(off) < abs(closest)):
                closest = off
    return closest if closest is not None else moved


def issues_of(paper: Paper, found: Running) -> list[Issue]:
    """What does not follow, each with the cell most likely changed first.

    A balance without amounts (opening, carried forward, closing) is held to the rows before it only where there were any:
    a box of figures above the table, or another account behind it, starts anew.
    """
    issues: list[Issue] = []
    steps = found.steps
    moving = bool(steps and steps[0].amounts)
    i = 1
    while i < len(steps):
        before, step, off = steps[i - 1], steps[i], steps[i].off
        i += 1
        if not step.amounts and (not moving or step.role == "opening"):
            moving = False
            continue
        moving |= bool(step.amounts)
        if not off:
            continue
        back = i < len(steps) and steps[i].off == -off and bool(steps[i].amounts or step.amounts)
        if back:
            i += 1
        if step.amounts or back:
            issues.append(_row(paper, before, step, off, back=back, last=i >= len(steps)))
        elif step.role == "carried" or (step.role == "closing" and i >= len(steps)):
            issues.append(_carried(paper, before, step, off))
        else:
            moving = False
    if len(issues) > max(_FEW, _MANY * found.checked):
        return [replace(issue, unsure=True) for issue in issues]
    return issues


def _row(paper: Paper, before: Step, step: Step, off: int, *, back: bool, last: bool) -> Issue:
    printed = _balance(paper, step.balance)
    values: dict[str, str | int] = {
        "page": step.balance.row.page,
        "printed": paper.show(printed),
        "computed": paper.show(printed - off),
        "off": paper.show(off),
    }
    numbers = (before.balance, *step.amounts, step.balance)
    if back:
        code, first = "documents.running-balance-changed", step.balance
    elif len(step.amounts) == 1 and not last:
        amount = step.amounts[0]
        code, first = "documents.running-amount-changed", amount
        values["amount"] = paper.show(abs(paper.minor(amount)))
    else:
        code, first = "documents.running-balance", step.balance
    places = (place_of(first), *(place_of(n) for n in numbers if n is not first))
    return Issue(code, places, values, numbers, off)


def _carried(paper: Paper, before: Step, step: Step, off: int) -> Issue:
    printed = _balance(paper, step.balance)
    values: dict[str, str | int] = {
        "page": step.balance.row.page, "printed": paper.show(printed), "computed": paper.show(printed - off)
    }  # fmt: skip
    places: tuple[Place, ...] = (place_of(step.balance), place_of(before.balance))
    return Issue("documents.carry-forward", places, values, (before.balance, step.balance), off)
