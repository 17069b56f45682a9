"""Times and numbers as people write them in tables, a column at a time; null where nothing can be read."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

ISO = "%Y-%m-%dT%H:%M:%S%.f%#z"
_DAYS = (
    "%d/%m/%y", "%m/%d/%y", "%d.%m.%y", "%d-%m-%y", "%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%d/%m/%Y", "%m/%d/%Y", "%d.%m.%Y", "%d-%m-%Y",
    "%d-%b-%Y", "%d-%b-%y", "%d %b %Y", "%b %d, %Y", "%Y年%m月%d日",
)  # fmt: skip
_CLOCKS = (" %H:%M:%S", " %H:%M", " %I:%M:%S %p", " %I:%M %p", "T%H:%M:%S", " %H.%M.%S", "")
TIME_FORMATS = (
    ISO, "%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d %H:%M:%S%.f%#z", *(day + clock for day in _DAYS for clock in _CLOCKS),
    "%Y年%m月%d日 %H时%M分%S秒", "%Y%m%d%H%M%S", "%Y%m%d %H%M%S", "%Y%m%d",
)  # fmt: skip
CLOCK = re.compile(r"\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?( ?[AaPp][Mm])?")
"""A time of day; one with dots might be a day."""


def parse_times(series: Any, form: str | Sequence[str] | None, zone: str = "UTC") -> Any:
    """A polars text series as UTC microseconds (Int64 series, null where unreadable). Of several forms the first that fits;
    None: RFC 3339, with or without a zone."""
    if isinstance(form, str) or form is None:
        return _parsed(series, form, zone)
    read = _parsed(series, form[0], zone)
    for other in form[1:]:
        read = read.fill_null(_parsed(series, other, zone))
    return read


def _parsed(series: Any, form: str | None, zone: str) -> Any:
    import polars as pl

    if form is None or form == ISO:
        parsed = series.str.strptime(pl.Datetime("us", "UTC"), ISO, strict=False)
        if form is None:
            naive = series.str.strptime(pl.Datetime("us"), "%Y-%m-%d %H:%M:%S%.f", strict=False)
            parsed = parsed.fill_null(_in_zone(naive, zone))
        return parsed.cast(pl.Int64)
    naive = "%z" not in form and "%#z" not in form and "%:z" not in form
    if not re.search(r"%[HIkMSTRcs+]", form):
        return _in_zone(series.str.strptime(pl.Date, form, strict=False).cast(pl.Datetime("us")), zone).cast(pl.Int64)
    if naive:
        return _in_zone(series.str.strptime(pl.Datetime("us"), form, strict=False), zone).cast(pl.Int64)
    return series.str.strptime(pl.Datetime("us", "UTC"), form, strict=False).cast(pl.Int64)


def _in_zone(naive: Any, zone: str) -> Any:
    return naive.dt.replace_time_zone(zone, ambiguous="earliest", non_existent="null").dt.convert_time_zone("UTC")


def joined(days: Any, clocks: Any) -> Any:
    """Two columns, the day and the time of day, as one; a midnight that a spreadsheet put behind the day is left out."""
    import polars as pl

    days = days.cast(pl.String).str.replace(r"[ T]0{1,2}:00(:00(\.0+)?)?$", "")
    return days + " " + clocks.cast(pl.String).str.strip_chars()


def numbers_in(series: Any, decimal: str = ".") -> Any:
    """A polars text series as Float64: with signs of money, spaces and marks between thousands, and a minus before, behind or as
    brackets. What is no number by this decimal sign is null: `12.50` where the fraction stands behind a comma."""
    import polars as pl

    text = series.str.replace_all(r"[\s'’€$£¥￥]|^[A-Z]{3}|[A-Z]{3}\s*$", "").str.replace("−", "-", literal=True)
    text = text.str.replace(r"^\((.*)\)$", "-$1").str.replace(r"^([^-].*)-$", "-$1")
    point, mark = (",", r"\.") if decimal == "," else (r"\.", ",")
    whole = rf"^[-+]?(\d{{1,3}}({mark}\d{{3}})+|\d+)?({point}\d*)?$"
    plain = text.str.replace_all(mark, "").str.replace(",", ".", literal=True)
    return pl.select(pl.when(text.str.contains(whole)).then(plain.cast(pl.Float64, strict=False))).to_series()
