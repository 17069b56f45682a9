"""Timelines as files: CSV and JSON lines of our own, and the three forms that plaso's `psort` writes and timeline tools read (`l2tcsv`,
17 columns; `dynamic`, the eight that it chooses by itself; `json_line`, one event a line with `data_type`, `date_time`, `timestamp` in
microseconds, `timestamp_desc`, `message`).

What has no time stands first with an empty one in our own forms, and as "Not a time" in plaso's.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import TextIO

from assay.core.happened import Happened

FORMS = ("csv", "json", "l2t", "dynamic", "plaso")
L2T = ("date", "time", "timezone", "MACB", "source", "sourcetype", "type", "user", "host", "short", "desc", "version", "filename",
       "inode", "notes", "format", "extra")  # fmt: skip
DYNAMIC = ("datetime", "timestamp_desc", "source", "source_long", "message", "parser", "display_name", "tag")
_COLUMNS = ("time", "until", "kind", "subject", "detail", "actor", "source")
_TIMES = {
    "m": "Content Modification Time",
    "c": "Metadata Modification Time",
    "b": "Creation Time",
    "a": "Last Access Time",
}
_SHORT = 80
NO_TIME = "--:--:--"


def write_timeline(happened: Iterable[Happened], out: TextIO, form: str, *, host: str = "", head: bool = True) -> int:
    """Writes events in the order given; returns how many. `form` is one of `FORMS`, `host` what they belong to; without `head`
    a table's first line, its columns, is left out."""
    if form in _TABLES:
        writer = csv.writer(out, lineterminator="\n")
        columns, row = _TABLES[form]
        if head:
            writer.writerow(columns)
        count = 0
        for one in happened:
            writer.writerow([_tame(cell) for cell in row(one, host)])
            count += 1
        return count
    count = 0
    for one in happened:
        out.write(json.dumps(_plain(one) if form == "json" else _plaso(one, host), ensure_ascii=False) + "\n")
        count += 1
    return count


def _tame(cell: str) -> str:
    """A cell that a spreadsheet does not take for a formula: names of files are an attacker's to choose."""
    return "'" + cell if cell[:1] in ("=", "+", "-", "@", "\t") and cell not in ("-", NO_TIME) else cell


def _row(one: Happened, host: str = "") -> tuple[str, ...]:
    return (
        _iso(one.time),
        _iso(one.time + one.within) if one.within else "",
        one.kind,
        one.subject,
        one.detail,
        one.actor,
        one.source,
    )


def _plain(one: Happened) -> dict[str, str]:
    return {name: value for name, value in zip(_COLUMNS, _row(one), strict=True) if value or name == "time"}


def _l2t(one: Happened, host: str) -> tuple[str, ...]:
    when = _moment(one.time)
    macb = "".join(letter.upper() if letter in one.detail else "." for letter in "macb") if _file(one) else "...."
    return (
        when.strftime("%m/%d/%Y") if when else "00/00/0000", when.strftime("%H:%M:%S") if when else NO_TIME, "UTC", macb,
        _short(one), one.kind, _said(one), one.actor or "-", host or "-", _message(one)[:_SHORT], _message(one), "2", one.source, "-",
        _note(one), "assay", "",
    )  # fmt: skip


def _dynamic(one: Happened, host: str) -> tuple[str, ...]:
    when = _moment(one.time)
    told = when.isoformat(timespec="microseconds") if when else "0000-00-00T00:00:00.000000+00:00"
    return told, _said(one), _short(one), one.kind, _message(one), "assay", one.source, "-"


_TABLES: dict[str, tuple[tuple[str, ...], Callable[[Happened, str], tuple[str, ...]]]] = {
    "csv": (_COLUMNS, _row), "l2t": (L2T, _l2t), "dynamic": (DYNAMIC, _dynamic),
}  # fmt: skip


def _plaso(one: Happened, host: str) -> dict[str, object]:
    when = _moment(one.time)
    told: dict[str, object] = {
        "__container_type__": "event", "__type__": "AttributeContainer", "data_type": f"assay:{one.kind.replace('.', ':')}",
        "date_time": {"__class_name__": "PosixTimeInMicroseconds", "__type__": "DateTimeValues", "timestamp": one.time}
        if when else {"__class_name__": "SemanticTime", "__type__": "DateTimeValues", "string": "Not set"},
        "datetime": when.isoformat() if when else "", "timestamp": one.time, "timestamp_desc": _said(one), "message": _message(one),
        "display_name": one.source, "filename": one.source, "inode": "-", "parser": "assay", "source_short": _short(one),
        "source_long": one.kind, "hostname": host, "username": one.actor, "strings": [one.subject, one.detail],
    }  # fmt: skip
    return told


def _short(one: Happened) -> str:
    return one.kind.partition(".")[0].upper()


def _message(one: Happened) -> str:
    return " ".join(part for part in (f"[{one.kind}]", one.subject, f"({one.detail})" if one.detail else "") if part)


def _said(one: Happened) -> str:
    if not one.time:
        return "Not a time"
    if _file(one):
        return "; ".join(_TIMES[letter] for letter in one.detail if letter in _TIMES)
    return {"first": "First Used Time", "last": "Last Used Time", "installed": "Installation Time", "updated": "Update Time",
            "visited": "Last Visited Time"}.get(one.kind.rpartition(".")[2], "Event Time")  # fmt: skip


def _file(one: Happened) -> bool:
    return one.kind in ("file", "folder", "link") and bool(one.detail) and set(one.detail) <= set("macb")


def _note(one: Happened) -> str:
    return f"until {_iso(one.time + one.within)}" if one.within else "-"


def _moment(time: int) -> datetime | None:
    try:
        return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=time) if time else None
    except OverflowError:
        return None


def _iso(time: int) -> str:
    when = _moment(time)
    return when.isoformat().replace("+00:00", "Z") if when else ""


__all__ = ["DYNAMIC", "FORMS", "L2T", "write_timeline"]
