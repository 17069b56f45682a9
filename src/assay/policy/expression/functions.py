"""CEL's functions over columns: conversions, text, time, and `math.least` and `math.greatest` of its math extension.

`FUNCTIONS` says for each name which argument types it takes and what it gives. Regular expressions run on Rust's regex
crate (through polars), which is linear in the text: hostile text cannot make one slow.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import cache
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import numpy as np

from assay.core.clock import DAY, HOUR, MINUTE, SECOND, micros, moment
from assay.policy.expression.vector import Op, Type, Vector, both, texts

_B, _I, _D, _S, _T, _P = Type.BOOL, Type.INT, Type.DOUBLE, Type.STRING, Type.TIMESTAMP, Type.DURATION


class Overload(NamedTuple):
    """`takes`: argument types, the target first when called as a method."""

    takes: tuple[Type, ...]
    gives: Type
    run: Op


def _map(a: Vector, function: Callable[[Any], Any], dtype: Any, blank: Any) -> Vector:
    """`function` of each known value; where it raises `ValueError` the result is unknown."""
    n = len(a.values)
    known = np.ones(n, dtype=bool) if a.known is None else np.broadcast_to(a.known, n).copy()
    out = np.full(n, blank, dtype=dtype)
    for i, value in enumerate(a.values.tolist()):
        if known[i]:
            try:
                out[i] = function(value)
            except (ValueError, OverflowError):
                known[i] = False
    return Vector(out, None if known.all() else known)


# Conversions.


def _int_of_double(a: Vector) -> Vector:
    fits = (a.values > -(2.0**63)) & (a.values < 2.0**63)
    return Vector(np.trunc(np.where(fits, a.values, 0.0)).astype(np.int64), both(a.known, fits))


def _int_of_text(text: str) -> int:
    if not re.fullmatch(r"[+-]?[0-9]+", text) or len(text) > 20 or not -(2**63) <= int(text) < 2**63:
        raise ValueError
    return int(text)


def _double_of_text(text: str) -> float:
    if not re.fullmatch(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?", text):
        raise ValueError
    return float(text)


def _text_of_double(value: float) -> str:
    if value != value or value in (float("inf"), float("-inf")):
        return {"nan": "NaN", "inf": "inf", "-inf": "-inf"}[str(value)]
    return str(np.format_float_positional(value, trim="-"))


def _same(a: Vector) -> Vector:
    return a


def _text(function: Callable[[Any], str]) -> Op:
    return lambda a: _map(a, function, object, "")


_SPAN = re.compile(r"(?:(\d+(?:\.\d+)?|\.\d+)(h|ms|us|µs|ns|m|s))")
_UNIT = {"h": HOUR, "m": MINUTE, "s": SECOND, "ms": 1000, "us": 1, "µs": 1, "ns": 0.001}


def duration(text: str) -> int:
    """Microseconds of a CEL duration such as "1h30m" or "-1.5s"; raises `ValueError`.

    >>> duration("1.5h")
    5400000000
    """
    body = text[1:] if text[:1] in ("-", "+") else text
    pieces = _SPAN.findall(body)
    if not pieces or "".join(number + unit for number, unit in pieces) != body:
        raise ValueError(f"{text!r} is not a duration")
    total = round(sum(float(number) * _UNIT[unit] for number, unit in pieces))
    return -total if text[0] == "-" else total


def timestamp(text: str) -> int:
    """Microseconds of an RFC 3339 moment, which must say its offset; raises `ValueError`."""
    when = datetime.fromisoformat(text)
    if when.tzinfo is None or "T" not in text.upper():
        raise ValueError(f"{text!r} is not an RFC 3339 moment")
    return micros(when)


# Text.


def _fold(function: Callable[[str, str], bool]) -> Op:
    def run(a: Vector, b: Vector) -> Vector:
        known, left = both(a.known, b.known), texts(a).tolist()
        if len(b.values) == 1:
            other = texts(b)[0]
            values = np.fromiter((function(text, other) for text in left), bool, len(left))
        else:
            left = left * (len(b.values) // len(left))
            pairs = zip(left, texts(b).tolist(), strict=True)
            values = np.fromiter((function(text, other) for text, other in pairs), bool, len(left))
        return Vector(values if known is None else values & known, known)

    return run


def _size(a: Vector) -> Vector:
    return Vector(np.fromiter(map(len, texts(a).tolist()), np.int64, len(a.values)), a.known)


def _matches(a: Vector, pattern: Vector) -> Vector:
    import polars

    found = polars.Series(texts(a).tolist(), dtype=polars.String).str.contains(str(pattern.values[0])).to_numpy()
    return Vector(found if a.known is None else found & a.known, a.known)


def pattern_problem(pattern: str) -> str:
    """What is wrong with a regular expression (RE2 syntax: no look-around, no back-references); empty when fine."""
    import polars

    if len(pattern) > 512:
        return "the pattern is longer than 512 characters"
    try:
        polars.Series([""]).str.contains(pattern)
    except polars.exceptions.PolarsError as error:
        lines = str(error).strip().splitlines()
        return next((line.removeprefix("error: ") for line in lines if line.startswith("error: ")), lines[-1])
    return ""


# Time. Days of the week count from Sunday = 0; days of the month and months from 0, but getDate from 1, as CEL has it.


def _calendar(part: str) -> Callable[[np.ndarray], np.ndarray]:
    def run(time: np.ndarray) -> np.ndarray:
        day = time.astype("datetime64[us]").astype("datetime64[D]")
        month, year = day.astype("datetime64[M]"), day.astype("datetime64[Y]")
        if part == "getMonth":
            return np.asarray(month.astype(np.int64) % 12)
        if part == "getFullYear":
            return np.asarray(year.astype(np.int64) + 1970)
        if part == "getDayOfYear":
            return np.asarray((day - year.astype("datetime64[D]")).astype(np.int64))
        return np.asarray((day - month.astype("datetime64[D]")).astype(np.int64) + (part == "getDate"))

    return run


_PARTS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "getHours": lambda t: t // HOUR % 24,
    "getMinutes": lambda t: t // MINUTE % 60,
    "getSeconds": lambda t: t // SECOND % 60,
    "getMilliseconds": lambda t: t // 1000 % 1000,
    "getDayOfWeek": lambda t: (t // DAY + 4) % 7,  # 1970-01-01 was a Thursday
    **{part: _calendar(part) for part in ("getDayOfMonth", "getDate", "getDayOfYear", "getMonth", "getFullYear")},
}
_SPANS = {"getHours": HOUR, "getMinutes": MINUTE, "getSeconds": SECOND}


def zone_problem(name: str) -> str:
    """What is wrong with a time zone; empty when fine."""
    try:
        _offset(name, 0)
    except (ValueError, OSError, KeyError):
        return f"no time zone {name!r} on this machine"
    return ""


@cache
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)


def _offset(zone: str, time: int) -> int:
    """The zone's offset from UTC at a moment, in microseconds; `zone` is an IANA name or such as "+02:00"."""
    fixed = re.fullmatch(r"([+-]?)(\d\d):(\d\d)", zone)
    if fixed:
        return (-1 if fixed[1] == "-" else 1) * (int(fixed[2]) * HOUR + int(fixed[3]) * MINUTE)
    return (moment(time).astimezone(_zone(zone)).utcoffset() or timedelta()) // timedelta(microseconds=1)


def _local(part: Callable[[np.ndarray], np.ndarray]) -> Op:
    def run(a: Vector, zone: Vector) -> Vector:
        # Offsets change at whole quarters of an hour, so one look-up serves each.
        quarters, inverse = np.unique(a.values // (15 * MINUTE), return_inverse=True)
        offsets = np.array([_offset(str(zone.values[0]), int(q) * 15 * MINUTE) for q in quarters], dtype=np.int64)
        return Vector(part(a.values + offsets[inverse]), a.known)

    return run


def _utc(part: Callable[[np.ndarray], np.ndarray]) -> Op:
    return lambda a: Vector(part(a.values), a.known)


def _whole(unit: int) -> Op:
    return lambda a: Vector(np.fix(a.values / unit).astype(np.int64), a.known)


def _extreme(pick: Callable[..., Any]) -> Op:
    def run(first: Vector, *rest: Vector) -> Vector:
        for other in rest:
            first = Vector(pick(first.values, other.values), both(first.known, other.known))
        return first

    return run


FUNCTIONS: dict[str, list[Overload]] = {
    "int": [
        Overload((_I,), _I, _same),
        Overload((_D,), _I, _int_of_double),
        Overload((_S,), _I, lambda a: _map(a, _int_of_text, np.int64, 0)),
        Overload((_T,), _I, lambda a: Vector(a.values // SECOND, a.known)),
    ],
    "double": [
        Overload((_D,), _D, _same),
        Overload((_I,), _D, lambda a: Vector(a.values.astype(np.float64), a.known)),
        Overload((_S,), _D, lambda a: _map(a, _double_of_text, np.float64, 0.0)),
    ],
    "string": [
        Overload((_S,), _S, _same),
        Overload((_I,), _S, _text(str)),
        Overload((_D,), _S, _text(_text_of_double)),
        Overload((_B,), _S, _text(lambda value: "true" if value else "false")),
    ],
    "duration": [Overload((_S,), _P, lambda a: _map(a, duration, np.int64, 0))],
    "timestamp": [Overload((_S,), _T, lambda a: _map(a, timestamp, np.int64, 0))],
    "size": [Overload((_S,), _I, _size)],
    "math.least": [Overload((_D, _D), _D, _extreme(np.minimum)), Overload((_I, _I), _I, _extreme(np.minimum))],
    "math.greatest": [Overload((_D, _D), _D, _extreme(np.maximum)), Overload((_I, _I), _I, _extreme(np.maximum))],
}
METHODS: dict[str, list[Overload]] = {
    "size": FUNCTIONS["size"],
    "startsWith": [Overload((_S, _S), _B, _fold(str.startswith))],
    "endsWith": [Overload((_S, _S), _B, _fold(str.endswith))],
    "contains": [Overload((_S, _S), _B, _fold(str.__contains__))],
    "matches": [Overload((_S, _S), _B, _matches)],
    **{name: [Overload((_T,), _I, _utc(part)), Overload((_T, _S), _I, _local(part))] for name, part in _PARTS.items()},
}
for _name, _unit in _SPANS.items():
    METHODS[_name].append(Overload((_P,), _I, _whole(_unit)))
