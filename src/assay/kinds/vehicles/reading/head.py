"""What the first lines of a text log say of the rest: the head of a Vector ASC, and where the columns of a table stand.

Public data sets write frames in a dozen ways: `time,id,dlc,b0..b7,R` without names (the label comes after as many bytes as
the dlc says), `Timestamp: t  ID: 0350  000  DLC: 8  05 28…`, one payload in hexadecimal, SavvyCAN's GVRET with microseconds.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import NamedTuple

TIMES = ("timestamp", "time stamp", "time", "ts", "t", "time_s", "timestamps")
IDS = ("can_id", "arbitration_id", "arb_id", "canid", "can id", "arbitration id", "aid", "identifier", "msg_id", "id")
DATA = ("payload_hex", "data_field", "payload", "data", "data_hex", "databytes", "data bytes")
LENGTHS = ("dlc", "len", "length", "datalength", "data_length", "size")
BUSES = ("bus", "channel", "interface", "can_bus", "iface")
WIDE = ("extended", "ide", "is_extended", "is_extended_id")
_FIRST_BYTE = re.compile(r"^(d|b|data|byte|data_byte|payload)[\s_\[(]*0?[01][\])]?$")
_STAMP = re.compile(r"^\d{1,19}(\.\d{1,12})?$")
_BYTE = re.compile(r"^(0[xX])?[0-9A-Fa-f]{1,3}$")
_PAYLOAD = re.compile(r"^(0[xX])?([0-9A-Fa-f]{2}\s*){0,64}$")
_BASE64 = re.compile(r"^([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$")
_ID = re.compile(r"^(0[xX])?[0-9A-Fa-f]{1,8}$")
_SAMPLE = 200  # lines that the columns are told from
_MOST_COLUMNS = 100
_BASE = re.compile(rb"(?m)^base\s+(hex|dec)\b(?:\s+timestamps\s+(absolute|relative))?")
_DATE = re.compile(rb"(?m)^date \w{3} (\w{3} \d{1,2} [\d:.]+(?: [apAP][mM])? \d{4})")
_DATES = ("%b %d %I:%M:%S.%f %p %Y", "%b %d %I:%M:%S %p %Y", "%b %d %H:%M:%S.%f %Y", "%b %d %H:%M:%S %Y")
LONG_AGO = (
    100_000_000_000_000  # a log whose times are earlier than this, in microseconds, counts from its own beginning
)


class AscHead(NamedTuple):
    """What the head of an ASC log says: ids in base 10, times since the event before, when the recording began."""

    decimal: bool = False
    relative: bool = False
    started: int = 0  # microseconds since 1970, as if the clock on the wall were UTC


def asc_head(head: bytes) -> AscHead | None:
    """None where the first lines are not those of an ASC log."""
    found = _BASE.search(head[:2000])
    if found is None:
        return None
    started, date = 0, _DATE.search(head[:2000])
    for form in _DATES if date else ():
        try:
            moment = datetime.strptime(date[1].decode("ascii", "replace"), form)  # type: ignore[index]
            started = max(0, round(moment.replace(tzinfo=UTC).timestamp() * 1e6))
            break
        except ValueError:
            continue
    return AscHead(found[1] == b"dec", found[2] == b"relative", started)


class Layout(NamedTuple):
    """Column numbers, -1 where there is none. `tick`: microseconds of one unit of time; `apart`: a column for each byte."""

    delimiter: int  # 0: blanks
    time: int
    id: int
    length: int
    data: int
    bus: int = -1
    wide: int = -1
    apart: bool = False
    tick: float = 1e6
    decimal_ids: bool = False
    decimal_bytes: bool = False
    named: bool = False
    base64: bool = False


def layout_of(head: bytes) -> Layout | None:
    """How the columns stand in the first lines of a text; None where a frame's are not among them."""
    text = head[:65_536].decode("utf-8-sig", "replace")
    lines = [line for line in text.splitlines() if line.strip() and line.lstrip()[0] not in "#;"]
    lines = (lines[:-1] if len(head) >= 65_536 else lines)[: _SAMPLE + 1]
    for delimiter in (",", ";", "\t", ""):
        rows = [_split(line, delimiter) for line in lines if len(line) < 2000]
        if len(rows) >= 1 and 3 <= len(rows[0]) <= _MOST_COLUMNS:
            found = _named(rows, ord(delimiter) if delimiter else 0) or _unnamed(
                rows, ord(delimiter) if delimiter else 0
            )
            if found is not None:
                return found
    return None


def _split(line: str, delimiter: str) -> list[str]:
    return [part.strip().strip('"').strip() for part in (line.split(delimiter) if delimiter else line.split())]


def _named(rows: list[list[str]], delimiter: int) -> Layout | None:
    names = [name.lower() for name in rows[0]]

    def among(wanted: tuple[str, ...]) -> int:
        return next((names.index(name) for name in wanted if name in names), -1)

    time, id_, data = among(TIMES), among(IDS), among(DATA)
    first = next((i for i, name in enumerate(names) if _FIRST_BYTE.match(name)), -1)
    if time < 0 or id_ < 0 or max(data, first) < 0:
        return None
    apart = first >= 0 and (data < 0 or data == first)
    layout = Layout(delimiter, time, id_, among(LENGTHS), first if apart else data, among(BUSES), among(WIDE), apart)
    packed = not apart and layout.length >= 0 and all(_in_base64(row, layout) for row in rows[1:])
    return _judged(layout._replace(named=True, base64=packed), rows[1:])


def _in_base64(row: list[str], layout: Layout) -> bool:
    """Does the payload, as python-can writes it, have so many bytes as the row says?"""
    said = row[layout.data] if len(row) > layout.data else "-"
    return _BASE64.match(said) is not None and 3 * len(said) // 4 - said.count("=") == _told(row, layout)


def _unnamed(rows: list[list[str]], delimiter: int) -> Layout | None:
    first = rows[0]
    time = next((i for i, v in enumerate(first[:3]) if _STAMP.match(v) and "." in v), -1)
    if time < 0:
        return None
    id_ = next((i for i in range(time + 1, min(time + 4, len(first))) if _ID.match(first[i])), -1)
    if id_ < 0 or len(first[id_].removeprefix("0x")) < 3:
        return None
    for length in range(id_ + 1, min(id_ + 5, len(first))):
        if all(_counts(row, length) for row in rows):
            return _judged(Layout(delimiter, time, id_, length, length + 1, apart=True), rows)
    if all(len(r) > id_ + 1 and re.fullmatch(r"([0-9A-Fa-f]{2}){1,64}", r[id_ + 1]) for r in rows):
        return _judged(Layout(delimiter, time, id_, -1, id_ + 1), rows)
    return None


def _counts(row: list[str], place: int) -> bool:
    """Does this column say how many bytes stand behind it?"""
    if len(row) <= place or not (row[place].isdigit() and len(row[place]) <= 2 and int(row[place]) <= 64):
        return False
    told = row[place + 1 : place + 1 + int(row[place])]
    return len(told) == int(row[place]) and all(re.fullmatch(r"[0-9A-Fa-f]{1,3}", v) for v in told)


def _judged(layout: Layout, rows: list[list[str]]) -> Layout | None:
    """With its units: of time by its size, of ids and bytes by digits that only one base has."""
    sound = [row for row in rows if _sound(row, layout)]
    if not rows or len(sound) < 0.5 * len(rows):
        return layout if layout.named and not rows and layout.length >= 0 else None
    rows = sound
    stamps = [row[layout.time] for row in rows]
    tick = 1e6
    if not any("." in s for s in stamps):
        known = [float(s) for s in stamps if _STAMP.match(s)]
        top = max(known, default=0.0)
        tick = 1e-3 if top > 1e17 else 1.0 if top > 1e14 else 1e3 if top > 1e11 else 1e6 if top > 1e9 else 1.0
    ids = {_plain(row[layout.id]) for row in rows}
    digits = all(i.isdigit() and i[0] != "0" for i in ids) and len(ids) >= 4
    decimal_ids = digits and all(int(i) <= 0x7FF for i in ids) and any(int(i, 16) > 0x7FF for i in ids)
    said = [v for row in rows for v in row[layout.data : layout.data + 8]] if layout.apart else []
    decimal_bytes = any(len(v) == 3 and v.isdigit() and int(v) < 256 for v in said)
    return layout._replace(tick=tick, decimal_ids=decimal_ids, decimal_bytes=decimal_bytes)


def _sound(row: list[str], layout: Layout) -> bool:
    if len(row) <= max(layout.time, layout.id) or not (
        _ID.match(_plain(row[layout.id])) and _STAMP.match(row[layout.time])
    ):
        return False
    if layout.apart:
        return all(_BYTE.match(v) for v in row[layout.data : layout.data + 8][: _told(row, layout)])
    return len(row) > layout.data and (layout.base64 or _PAYLOAD.match(row[layout.data]) is not None)


def _told(row: list[str], layout: Layout) -> int:
    said = row[layout.length] if 0 <= layout.length < len(row) else ""
    return int(said) if said.isdigit() and len(said) <= 2 else 0


def _plain(id_: str) -> str:
    return id_.removeprefix("0x").removeprefix("0X").removesuffix(".0")


__all__ = ["DATA", "IDS", "LONG_AGO", "TIMES", "AscHead", "Layout", "asc_head", "layout_of"]
