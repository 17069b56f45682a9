"""Dates that cannot be: no day of any calendar, not the weekday printed beside it, outside the statement's own period, out
of order among rows in order, after the document was handed in, due before it was issued."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from datetime import date, timedelta

from assay.kinds.documents.reading.dates import Found, settled, short_dates_of
from assay.kinds.documents.reading.paper import Issue, Paper, Place
from assay.kinds.documents.reading.repair import DOUBT
from assay.kinds.documents.reading.text import Row, folded

_ISSUED = re.compile(
    r"(invoice|issue|bill|billing|receipt|tax|document|print(ed)?|statement|pay(ment)?) date|date( of (issue|invoice|payment))?( *:|$)"
    r"|dated|issued|(rechnungs|beleg|ausstellungs|druck)datum|datum( *:|$)|date (de |d'|d' )?(facturation|facture|emission|la facture)"
    r"|fecha( de (emision|factura|expedicion|la factura))?( *:|$)|data( (fattura|emissione|documento|di emissione))?( *:|$)|factuurdatum|日期|开票日期|emitida"
)
_DUE = re.compile(
    r"\bdue\b|pay(able|ment)? by|fallig|zahlbar bis|zahlungsziel|echeance|a payer avant|vencimiento|scadenza|vervaldat|te betalen (voor|uiterlijk)|到期|付款期限"
)
_LATER = re.compile(
    r"due|valid|expir|until|till|next|return|exchange|warrant|by\b|before|best|fallig|gultig|bis\b|nachste|ablauf|zahlbar|lieferung|echeance|valable|jusqu|prochain|garantie"
    r"|vencimiento|valid[oa]|hasta|proxim|garant|scad|entro|fino|verval|geldig|tot\b|到期|有效|下次|期限|截止"
)
_PERIOD = re.compile(
    r"period|from|to\b|statement|between|zeitraum|von\b|vom|bis\b|abrechnung|auszug|periode|du\b|au\b|releve|desde|hasta|periodo|al\b|dal\b|estratto|van\b|t/m|tot\b|期间|至|从|起止|账期"
)
_SPAN = re.compile(
    r"^[\s.:,(]*(-|to|bis|bis zum|au|al|hasta( el)?|a|t/m|tot( en met)?|e|until|through|til|~|至|到)[\s.:,(]*$"
)
_CLOCK = re.compile(r"^[ ,T|-]*(um |a las |at |à )?\d{1,2}[:.h]\d{2}")
_FAR = timedelta(days=400)  # nothing but an end of something is printed so far ahead
_SLACK = timedelta(days=3)  # a booking may be printed a weekend beyond the period
_IN_ORDER = 8  # rows from which one out of order stands out


def impossible(paper: Paper) -> list[Issue]:
    """Dates that no calendar has, and weekdays that were another day."""
    issues = []
    for found in (one for row in paper.dates for one in row):
        days = settled(found, paper.date_order)
        if not found.readings:
            issues.append(_issue("documents.impossible-date", found, {"date": found.text}))
        elif found.weekday is not None and all(day.weekday() != found.weekday for day in found.readings):
            issues.append(_issue("documents.weekday", found, {"date": found.text, "weekday": days[0].isoweekday()}))
    return issues


def after(paper: Paper, handed_in: date) -> list[Issue]:
    """Issued, bought or booked after it was handed in (a day's grace for time zones); or any date more than a year ahead
    that no word on its line puts there."""
    issues = []
    said = _said(paper)
    far = [] if not paper.kind else [f for dates in paper.dates for f in dates if f not in said]
    for found in [*said, *far]:
        days = settled(found, paper.date_order)
        grace = timedelta(days=1) if found in said else _FAR
        if found not in said and (_LATER.search(folded(found.row.text)) or found.short):
            continue
        if days and min(days) > handed_in + grace:
            values: dict[str, str | int] = {"date": found.text, "handed_in": handed_in.isoformat()}
            issues.append(_issue("documents.future-date", found, values))
    return issues[:3]


def due_before_issue(paper: Paper) -> list[Issue]:
    """Where both are labelled and say one thing each."""
    issued, due = _labelled(paper, _ISSUED, without=_DUE), _labelled(paper, _DUE)
    if not issued or not due:
        return []
    orders = ("dmy", "mdy") if paper.date_order == "?" else (paper.date_order,)
    if all(_before(due[0], issued[0], order) for order in orders):
        values: dict[str, str | int] = {"date": due[0].text, "issued": issued[0].text}
        return [_issue("documents.due-before-issue", due[0], values, issued[0])]
    return []


def _before(last: Found, first: Found, order: str) -> bool:
    a, b = settled(first, order), settled(last, order)
    return len(a) == len(b) == 1 and b[0] < a[0]


def of_rows(paper: Paper, rows: Sequence[Row]) -> list[Issue]:
    """Of a table's rows in the order printed: dates outside the period the paper says it covers, and one out of order."""
    period = period_of(paper)
    column = _date_column(paper, rows)
    found = [one for row in rows if (one := _of_row(paper, row, period, column)) is not None]
    issues = []
    if period is not None:
        for date_, day in found:
            if not period[0] - _SLACK <= day <= period[1] + _SLACK:
                values: dict[str, str | int] = {"date": date_.text, "from": str(period[0]), "to": str(period[1])}
                issues.append(_issue("documents.outside-period", date_, values))
    if not issues and len(found) >= _IN_ORDER:
        issues += _out_of_order(found)
    return issues[:5]


def _out_of_order(found: list[tuple[Found, date]]) -> list[Issue]:
    """The one row whose removal leaves the rest in order, where there is exactly one such break."""
    days = [day for _, day in found]
    if days[0] > days[-1]:
        found, days = found[::-1], days[::-1]
    breaks = [i for i in range(1, len(days)) if days[i] < days[i - 1]]
    if len(breaks) != 1 or days[0] == days[-1]:
        return []
    i = breaks[0]
    for odd in (i, i - 1):
        rest = days[:odd] + days[odd + 1 :]
        if all(a <= b for a, b in itertools.pairwise(rest)):
            return [_issue("documents.date-order", found[odd][0], {"date": found[odd][0].text})]
    return []


def _date_column(paper: Paper, rows: Sequence[Row]) -> float | None:
    """Where the column of dates stands: the left edge that most rows' dates share, the leftmost of equals. Dates within
    descriptions are scattered."""
    edges = sorted(row.box_of(f.start, f.end)[0] for row in rows for f in paper.dates_in(row))
    if not edges:
        return None
    near = rows[0].height
    counts = [(sum(abs(edge - other) <= near for other in edges), -edge) for edge in edges]
    count, edge = max(counts)
    return -edge if count >= 0.6 * len(rows) else None


def _of_row(
    paper: Paper, row: Row, period: tuple[date, date] | None, column: float | None
) -> tuple[Found, date] | None:
    """The date of a row, its year taken from the period where none is printed; None where it can mean two days."""
    if column is not None:
        near = row.height
        long = next((f for f in paper.dates_in(row) if abs(row.box_of(f.start, f.end)[0] - column) <= near), None)
        if long is None:
            return None
        days = settled(long, paper.date_order)
        return (long, days[0]) if len(days) == 1 else None
    if period is None:
        return None
    short = next((f for f in short_dates_of(row) if f.start < 0.3 * len(row.text)), None)
    if short is None:
        return None
    days = settled(short, paper.date_order)
    if len(days) > 1:
        return None
    years = {period[0].year, period[1].year}
    placed = [
        date(year, day.month, day.day)
        for year in years
        for day in days
        if (day.month, day.day) != (2, 29) or _leap(year)
    ]
    inside = [day for day in placed if period[0] - _SLACK <= day <= period[1] + _SLACK]
    return (short, (inside or placed)[0]) if placed else None


def _leap(year: int) -> bool:
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


def period_of(paper: Paper) -> tuple[date, date] | None:
    """The days a statement covers, as it says itself in its first lines; None where it does not, or says two things."""
    periods = set()
    for row, found in zip(paper.rows[:60], paper.dates[:60], strict=False):
        for first, last in itertools.pairwise(found):
            between = folded(row.text[first.end : last.start])
            said = _SPAN.match(between or "-") or (between == "" and "  " not in row.text[first.end : last.start])
            if not said or not (_PERIOD.search(folded(row.text)) or (len(found) == 2 and not paper.money_in(row))):
                continue
            a, b = settled(first, paper.date_order), settled(last, paper.date_order)
            spans = [(x, y) for x in a for y in b if timedelta(days=5) <= y - x <= timedelta(days=400)]
            if len(spans) == 1:
                periods.add(spans[0])
    return periods.pop() if len(periods) == 1 else None


def _labelled(paper: Paper, label: re.Pattern[str], *, without: re.Pattern[str] | None = None) -> list[Found]:
    """Dates directly behind such a label on their line."""
    found = []
    for row, dates in zip(paper.rows, paper.dates, strict=True):
        start = 0
        for one in dates:
            text = folded(row.text[start : one.start])
            start = one.end
            if label.search(text) and not (without and without.search(text)):
                found.append(one)
    return found


def _said(paper: Paper) -> list[Found]:
    """Dates on which something is said to have happened: labelled as such, at the head of a row with an amount, or with a
    time of day behind; not those that a word on the line puts in the future."""
    found = _labelled(paper, _ISSUED, without=_LATER)
    for row, dates in zip(paper.rows, paper.dates, strict=True):
        if not dates or _LATER.search(folded(row.text)):
            continue
        if (paper.money_in(row) and dates[0].start <= 2) or _CLOCK.match(row.text[dates[0].end :]):
            found.append(dates[0])
    return found


def _issue(code: str, found: Found, values: dict[str, str | int], *others: Found) -> Issue:
    places = tuple(Place(f.row.page, f.row.index, f.row.box_of(f.start, f.end, seen=True)) for f in (found, *others))
    return Issue(code, places, {"page": found.row.page, **values}, unsure=any(_unsure(f) for f in (found, *others)))


def _unsure(found: Found) -> bool:
    """Was any of its characters, or of the words beside it, hard to recognise?"""
    beside = range(max(0, found.start - 12), found.end + 12)
    words = found.row.between(beside.start, beside.stop)
    return any(char.sure < DOUBT for k in words for char in found.row.words[k].chars)
