"""Dates on a line, in any common order and in the languages of month names below; with a printed weekday where one stands.

A date keeps every reading that is possible (03/04/2024 has two); a document's other dates decide between them. One that no
calendar has (31.02.2024) keeps none, and that is the finding.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

from assay.kinds.documents.reading.text import Row, folded

_MONTHS = (
    "january januar janvier enero gennaio janeiro januari styczen stycznia jan jän ene janv gen",
    "february februar fevrier febrero febbraio fevereiro februari luty lutego feb fev fevr",
    "march marz mars marzo marco maart marzec marca mar mrz mae maa",
    "april avril abril aprile kwiecien kwietnia apr avr abr",
    "may mai mayo maggio maio mei maj maja mag",
    "june juni juin junio giugno junho czerwiec czerwca jun giu",
    "july juli juillet julio luglio julho lipiec lipca jul juil lug",
    "august aout agosto augustus sierpien sierpnia aug ago aou",
    "september septembre septiembre settembre setembro wrzesien wrzesnia sep sept set",
    "october oktober octobre octubre ottobre outubro pazdziernik pazdziernika oct okt ott out",
    "november novembre noviembre novembro listopad listopada nov",
    "december dezember decembre diciembre dicembre dezembro grudzien grudnia dec dez dic",
)
_MONTH = {folded(name): i + 1 for i, names in enumerate(_MONTHS) for name in names.split()}
_WEEKDAYS = (
    "monday montag lundi lunes lunedi maandag mon mo lun 星期一 周一 月曜日",
    "tuesday dienstag mardi martes martedi dinsdag tue tues di mar 星期二 周二 火曜日",
    "wednesday mittwoch mercredi miercoles mercoledi woensdag wed mi mer mie 星期三 周三 水曜日",
    "thursday donnerstag jeudi jueves giovedi donderdag thu thur thurs do jeu jue gio 星期四 周四 木曜日",
    "friday freitag vendredi viernes venerdi vrijdag fri fr ven vie 星期五 周五 金曜日",
    "saturday samstag sonnabend samedi sabado sabato zaterdag sat sa sam sab 星期六 周六 土曜日",
    "sunday sonntag dimanche domingo domenica zondag sun so dim dom 星期日 星期天 周日 日曜日",
)
_WEEKDAY = {folded(name): i for i, names in enumerate(_WEEKDAYS) for name in names.split()}
_NAME = r"[A-Za-zÀ-ž]{3,12}"
_PATTERNS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"(?<![\d.,/-])(?P<y>(?:19|20)\d\d) ?(?P<sep>[-/.]) ?(?P<m>\d{1,2}) ?(?P=sep) ?(?P<d>\d{1,2})(?![\d/-]|[.,]\d)",
        r"(?<!\d)(?P<y>(?:19|20)\d\d) ?[年년] ?(?P<m>\d{1,2}) ?[月월] ?(?P<d>\d{1,2}) ?[日号일]?",
        r"(?<![\d.,/-])(?P<a>\d{1,2}) ?(?P<sep>[-/.]) ?(?P<b>\d{1,2}) ?(?P=sep) ?(?P<y>(?:19|20)\d\d|\d\d)(?![\d/-]|[.,]\d)",
        rf"(?<![\d.,/-])(?P<d>\d{{1,2}})(?:st|nd|rd|th|\.|er|º)?[ -]*(?:de |of )?(?P<name>{_NAME})\.?,?[ -]*(?:de |del )?(?P<y>(?:19|20)\d\d|'?\d\d(?![\d.,:]))",
        rf"(?<![\w])(?P<name>{_NAME})\.? +(?P<d>\d{{1,2}})(?:st|nd|rd|th)?,? +(?P<y>(?:19|20)\d\d)(?!\d)",
    )
)
_SHORT = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"(?<![\d.,/-])(?P<a>\d{1,2})(?P<sep>[-/.])(?P<b>\d{1,2})\.?(?![\d/,-]|\.\d)",
        rf"(?<![\d.,/-])(?P<d>\d{{1,2}})(?:st|nd|rd|th|\.)?[ -]*(?P<name>{_NAME})\.?(?![\w])",
        rf"(?<![\w])(?P<name>{_NAME})\.? +(?P<d>\d{{1,2}})(?![\d.,/:])",
        r"(?<!\d)(?P<m>\d{1,2}) ?月 ?(?P<d>\d{1,2}) ?日",
    )
)
_RANGE = re.compile(r"([./]\d{2,4})-(?=\d{1,2}[./])")  # 01/03/2024-31/03/2024
_DAY_BEFORE = re.compile(r"(?:^|[\s(])((?:[A-Za-zÀ-ž]{2,10})|[星周期一二三四五六日天月火水木金土曜]{2,3})\.?,? *$")
_DAY_AFTER = re.compile(r"^,? *[(]?((?:[A-Za-zÀ-ž]{2,10})|[星周期一二三四五六日天]{2,3})[.)]?(?![\w])")


@dataclass(frozen=True)
class Found:
    """A date as printed. `readings` are the days it can mean; empty where no calendar has it. `weekday` 0 (Monday) to 6 as
    printed beside it, or None. `short`: no year is printed, `readings` are then (month, day) in year 4, a leap year."""

    text: str
    start: int
    end: int
    row: Row = field(repr=False)
    readings: tuple[date, ...]
    weekday: int | None = None
    short: bool = False
    order: str = ""  # "dmy", "mdy" where only one order is possible; "?" where both are; "" where the form says it


def dates_of(row: Row) -> list[Found]:
    """Every date with a year on a line, left to right."""
    found: list[Found] = []
    text = _RANGE.sub(r"\1 ", row.text)
    for pattern in _PATTERNS:
        for match in pattern.finditer(text):
            if any(match.start() < other.end and other.start < match.end() for other in found):
                continue
            one = _found(match, row)
            if one is not None:
                found.append(one)
    return sorted(found, key=lambda f: f.start)


def short_dates_of(row: Row) -> list[Found]:
    """Dates without a year (12.03., 12 Mar): only where a column of them is expected."""
    found: list[Found] = []
    for pattern in _SHORT:
        for match in pattern.finditer(row.text):
            if any(match.start() < other.end and other.start < match.end() for other in found):
                continue
            one = _found(match, row, short=True)
            if one is not None and one.readings:
                found.append(one)
    return sorted(found, key=lambda f: f.start)


def _found(match: re.Match[str], row: Row, *, short: bool = False) -> Found | None:
    parts = match.groupdict()
    if parts.get("name") and folded(parts["name"]) not in _MONTH:
        return None
    year = 4 if short else _year(parts["y"].lstrip("'"))
    order = ""
    if parts.get("a"):
        a, b = int(parts["a"]), int(parts["b"])
        if not short and len(parts["y"]) == 2 and a > 31:
            return None
        readings = _days([(year, b, a), (year, a, b)])
        order = "?" if a <= 12 and b <= 12 and a != b else "dmy" if a > 12 >= b else "mdy" if b > 12 >= a else ""
        if a > 31 or b > 31 or (a > 12 and b > 12) or not a or not b:
            return None  # a number of another kind: version, reference, size
    else:
        month = _MONTH[folded(parts["name"])] if parts.get("name") else int(parts["m"])
        if not 1 <= month <= 12 or not 1 <= int(parts["d"]) <= 31:
            return None
        readings = _days([(year, month, int(parts["d"]))])
    weekday = _weekday_beside(row.text, match.start(), match.end())
    return Found(match[0], match.start(), match.end(), row, readings, weekday, short, order)


def _year(text: str) -> int:
    year = int(text)
    return year if year >= 100 else 2000 + year if year < 70 else 1900 + year


def _days(parts: Iterable[tuple[int, int, int]]) -> tuple[date, ...]:
    days = []
    for year, month, day in parts:
        try:
            days.append(date(year, month, day))
        except ValueError:
            continue
    return tuple(dict.fromkeys(days))


def _weekday_beside(text: str, start: int, end: int) -> int | None:
    """A day's name directly before or behind; a two-letter one only before, where it cannot be a word."""
    before = _DAY_BEFORE.search(text[:start])
    if before and (day := _WEEKDAY.get(folded(before[1]))) is not None:
        alone = not text[: before.start(1)].rstrip("( ") or text[: before.start(1)].endswith(("  ", "("))
        short = len(before[1]) == 2 and before[1].isascii()  # "di", "do", "so" are also words
        return day if not short or (alone and before[1].istitle()) else None
    after = _DAY_AFTER.search(text[end:])
    if after and len(after[1]) != 2 and (day := _WEEKDAY.get(folded(after[1]))) is not None:
        return None if folded(after[1]) in ("mar", "sam", "sat", "sun", "dim", "set") else day
    return None


def order_of(found: Iterable[Found]) -> str:
    """ "dmy" or "mdy" where the dates whose form leaves it open agree; "?" where none tells."""
    orders = {one.order for one in found if one.order in ("dmy", "mdy")}
    return orders.pop() if len(orders) == 1 else "?"


def settled(found: Found, order: str) -> tuple[date, ...]:
    """The readings that are left once the document's order is known."""
    if found.order != "?" or order == "?" or len(found.readings) < 2:
        return found.readings
    return (found.readings[0],) if order == "dmy" else (found.readings[1],)
