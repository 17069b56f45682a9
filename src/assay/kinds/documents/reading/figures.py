"""Amounts with a known meaning: the label on the same line before them, or right above them, says what they are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise

from assay.kinds.documents.reading.amounts import Number
from assay.kinds.documents.reading.labels import role_of
from assay.kinds.documents.reading.paper import Paper
from assay.kinds.documents.reading.text import Row


@dataclass(frozen=True)
class Figure:
    """`role` as in `labels`; `column` counts the amounts behind one label from 0 (this month, this year); `rate` is a
    percentage on the line before the amount, `base` another amount there ("VAT 20 % on 100.00   20.00")."""

    role: str
    number: Number
    label: str
    column: int = 0
    rate: Decimal | None = None
    base: Number | None = None


def figures_of(paper: Paper) -> list[Figure]:
    """Every labelled amount, in the order printed."""
    found: list[Figure] = []
    for i, row in enumerate(paper.rows):
        numbers = [n for n in paper.numbers[i] if n.money or n.percent]
        if not any(n.money for n in numbers) or _is_line(paper, paper.numbers[i]):
            continue
        found += _beside(row, numbers)
        if (
            i
            and not any(c.isalpha() for c in _without(row.text, numbers))
            and not any(n.money for n in paper.numbers[i - 1])
        ):
            found += _below(paper.rows[i - 1], row, numbers)
    return found


def _is_line(paper: Paper, numbers: Sequence[Number]) -> bool:
    """Does the row hold a quantity, a price and their product? Then its words are what was sold, not what the amount is."""
    plain = [n for n in numbers if not n.percent]
    if len(plain) < 3 or not plain[-1].money:
        return False
    total = abs(plain[-1].value)
    pairs = pairwise(plain[:-1])
    return any(a.value and abs(abs(a.value * b.value) - total) <= Decimal("0.005") and b.money for a, b in pairs)


def _without(text: str, numbers: Sequence[Number]) -> str:
    """The line less its numbers."""
    for number in reversed(numbers):
        text = text[: number.start] + text[number.end :]
    return text


def _beside(row: Row, numbers: Sequence[Number]) -> list[Figure]:
    """Labels and amounts of one line. Amounts without letters between them share the label before them."""
    found: list[Figure] = []
    role, label, column, rate, base = "", "", 0, None, None
    end = 0
    for number in numbers:
        between = row.text[end : number.start]
        end = number.end
        if number.percent:
            rate = number.value
            label = label + between if not _worded(between) else between
            if _worded(between):
                role, column, base = role_of(between), 0, None
            continue
        if _worded(between):
            fresh = role_of(between)
            if fresh or not role or "  " in between.strip(" :") or len(between.strip()) > 6:
                role, label, column, base = fresh or (role if rate is not None and not column else ""), between, 0, None
        if role:
            found.append(Figure(role, number, label.strip(" :.-"), column, rate, base))
            base = number
        column += 1
    return found


def _below(labels: Row, row: Row, numbers: Sequence[Number]) -> list[Figure]:
    """Amounts under labels: a box with headings over values."""
    if labels.page != row.page or row.box[1] - labels.box[3] > 1.5 * row.height:
        return []
    found = []
    for start, end in _cells(labels.text):
        role = role_of(labels.text[start:end])
        x0, _, x1, _ = labels.box_of(start, end)
        under = [n for n in numbers if n.money and min(x1, n.place[2]) - max(x0, n.place[0]) > 0]
        if role and len(under) == 1:
            found.append(Figure(role, under[0], labels.text[start:end]))
    return found


def _cells(text: str) -> list[tuple[int, int]]:
    """Spans of a line that wide gaps part."""
    spans, start = [], 0
    for part in text.split("  "):
        if part.strip():
            spans.append((start, start + len(part)))
        start += len(part) + 2
    return spans


def _worded(text: str) -> bool:
    return sum(char.isalpha() for char in text) >= 2 or any("\u4e00" <= char <= "\u9fff" for char in text)
