"""A document as checks read it: every line of every page with its numbers and dates, one locale, one order of dates."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property

from assay.kinds.documents.opened import Box, Opened
from assay.kinds.documents.reading.amounts import Locale, Number, locale_of, numbers_of
from assay.kinds.documents.reading.dates import Found, dates_of, order_of, short_dates_of
from assay.kinds.documents.reading.labels import kind_of_text
from assay.kinds.documents.reading.text import Row, row_of

MAX_ROWS = 4000  # of a document: fifty full pages


@dataclass(frozen=True)
class Place:
    """Where on the document: page from 1, line of it from 0, box in pixels of the page's picture."""

    page: int
    line: int
    box: Box


@dataclass(frozen=True)
class Issue:
    """Something that does not agree. `places`: the suspected cell first; `numbers`: the amounts that went into it (what a
    misreading could explain); `values`: what was computed and what is printed, for the sentence; `closes(number, value)`:
    would it agree, were this number that many minor units (by default, a sum of all `numbers` that is `off`); `weak`: the
    structure was only half understood; `unsure`: characters it rests on were hard to recognise."""

    code: str
    places: tuple[Place, ...]
    values: dict[str, str | int]
    numbers: tuple[Number, ...] = ()
    off: int = 0  # minor units by which it does not close, 0 where that says nothing
    weak: bool = False
    closes: Callable[[Number, int], bool] | None = None
    unsure: bool = False


class Paper:
    """Rows of a document. `layer`: every page that says anything is text painted by the file, not recognised."""

    def __init__(self, rows: Sequence[Row], *, layer: bool, pages: int, cut: bool = False) -> None:
        self.rows, self.layer, self.page_count, self.cut = list(rows[:MAX_ROWS]), layer, pages, cut
        self._read_as: dict[int, int] = {}

    @classmethod
    def of(cls, opened: Opened) -> Paper:
        rows: list[Row] = []
        layers: list[bool] = []
        for page in opened.pages:
            straight, seen = page.straight, page.lines
            if straight:
                layers.append(page.layer)
            rows += [
                row_of(line, there, page.number, i)
                for i, (line, there) in enumerate(zip(straight, seen, strict=True))
                if line.words
            ]
        return cls(rows, layer=bool(layers) and all(layers), pages=len(opened.pages), cut=opened.cut)

    @cached_property
    def locale(self) -> Locale:
        return locale_of(self.rows)

    @cached_property
    def numbers(self) -> list[list[Number]]:
        """Of each row, left to right."""
        return [_without_day(row, numbers_of(row, self.locale, recognised=not self.layer)) for row in self.rows]

    @cached_property
    def dates(self) -> list[list[Found]]:
        return [dates_of(row) for row in self.rows]

    @cached_property
    def _at(self) -> dict[int, int]:
        return {id(row): i for i, row in enumerate(self.rows)}

    def index_of(self, row: Row) -> int:
        """Which row of the document this is."""
        return self._at[id(row)]

    def dates_in(self, row: Row) -> list[Found]:
        return self.dates[self._at[id(row)]]

    def money_in(self, row: Row) -> list[Number]:
        """Amounts of money on a row."""
        return [n for n in self.numbers[self._at[id(row)]] if n.money]

    @cached_property
    def date_order(self) -> str:
        """ "dmy", "mdy", or "?" where nothing tells. Where the decimal mark is a comma nobody puts the month first."""
        order = order_of(found for row in self.dates for found in row)
        return "dmy" if order == "?" and self.locale.mark == "," else order

    @cached_property
    def kind(self) -> str:
        """What the paper calls itself: statement, payslip, invoice, receipt; "" where it does not say. What stands at the
        top counts most."""
        top = kind_of_text("\n".join(row.text for row in self.rows[:12]))
        whole = kind_of_text("\n".join(row.text for row in self.rows))
        scores = {kind: 3 * top[kind] + whole[kind] for kind in whole}
        best = max(scores, key=lambda kind: scores[kind])
        return best if scores[best] else ""

    @property
    def may_ask_for_money(self) -> bool:
        """Worth looking for a payment code: no statement and no payslip, and an amount is on it."""
        return self.kind in ("invoice", "receipt", "") and any(n.money for row in self.numbers for n in row)

    def minor(self, number: Number) -> int:
        """An amount in minor units, with its sign."""
        other = self._read_as.get(id(number))
        return minor(number.value, self.locale.decimals) if other is None else other

    @contextmanager
    def reading(self, number: Number, units: int) -> Iterator[None]:
        """Within it, this number is this many minor units: what if it had been misread?"""
        self._read_as[id(number)] = units
        try:
            yield
        finally:
            del self._read_as[id(number)]

    def show(self, units: int) -> str:
        """Minor units as the document would print them, for people."""
        return shown(units, self.locale)


def _without_day(row: Row, numbers: list[Number]) -> list[Number]:
    """Less a day and month at the head of the row (12.03.) that reads like an amount where others follow."""
    if len(numbers) < 2 or numbers[0].start > 2 or not numbers[0].money or numbers[0].currency:
        return numbers
    dates = short_dates_of(row)
    spans = [(d.start, d.end) for d in dates if d.start <= 14]
    return [n for n in numbers if not any(n.start < end and start < n.end for start, end in spans)]


def minor(value: Decimal, decimals: int) -> int:
    """Exactly; what is smaller than a minor unit is rounded half up (it does not occur in amounts)."""
    scaled = value.scaleb(decimals)
    whole = int(scaled)
    rest = scaled - whole
    return whole + (1 if rest >= Decimal("0.5") else -1 if rest <= Decimal("-0.5") else 0)


def shown(units: int, locale: Locale) -> str:
    sign = "-" if units < 0 else ""
    digits = str(abs(units)).rjust(locale.decimals + 1, "0")
    whole, part = (digits[: -locale.decimals], digits[-locale.decimals :]) if locale.decimals else (digits, "")
    mark = "." if locale.mark == "," else ","
    grouped = f"{int(whole):,}".replace(",", mark)
    return f"{sign}{grouped}{locale.mark}{part}" if part else f"{sign}{grouped}"


def place_of(number: Number) -> Place:
    return Place(number.row.page, number.row.index, number.box)


def place_of_row(row: Row) -> Place:
    from assay.kinds.documents.reading.text import around

    return Place(row.page, row.index, around([word.box for word in row.seen]))
