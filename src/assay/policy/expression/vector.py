"""Columns of CEL values, and CEL's operators over them.

A `Vector` is n values (or one, which stands for every row) and which of them are known. A value is *unknown* where the
evidence lacks it or where CEL would raise an error (integer overflow, division by zero, bad conversion); as CEL absorbs
errors, so `false && unknown` is false and `true || unknown` is true (langdef.md, "Logical Operators").
"""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from typing import Any, NamedTuple

import numpy as np


class Type(Enum):
    """The type of an expression. `UNTYPED` is a pass-through column before its neighbours say what it must be."""

    BOOL = "bool"
    INT = "int"
    DOUBLE = "double"
    STRING = "string"
    TIMESTAMP = "timestamp"
    DURATION = "duration"
    LIST = "list"
    CODES = "set of reason codes"
    UNTYPED = "untyped"
    WRONG = "wrong"  # has a mistake that is already reported; fits anywhere

    def __str__(self) -> str:
        return self.value


class Vector(NamedTuple):
    """`values`: bool, int64 (integers, and microseconds of time), float64 or object (text), of length n or 1.
    `known`: bool of length n or 1, or None when every value is. Unknown booleans hold False."""

    values: np.ndarray
    known: np.ndarray | None = None

    def at(self, row: int) -> Any:
        """One row's value as a plain one; None where unknown."""
        if self.known is not None and not self.known[row if len(self.known) > 1 else 0]:
            return None
        value = self.values[row if len(self.values) > 1 else 0]
        return value.item() if isinstance(value, np.generic) else value


Op = Callable[..., Vector]
LOWEST = np.int64(-(2**63))
_EVERY = np.ones(1, dtype=bool)


def constant(value: Any) -> Vector:
    """One value for every row."""
    if isinstance(value, str):
        values = np.empty(1, dtype=object)
        values[0] = value
        return Vector(values)
    return Vector(np.array([value], dtype=np.int64 if type(value) is int else None))


def both(a: np.ndarray | None, b: np.ndarray | None) -> np.ndarray | None:
    """Known where both are."""
    if a is None:
        return b
    return a if b is None else a & b


def _truth(values: np.ndarray, known: np.ndarray | None) -> Vector:
    return Vector(values if known is None else values & known, known)


# Logic.


def negate(a: Vector) -> Vector:
    return _truth(~a.values, a.known)


def conjoin(a: Vector, b: Vector) -> Vector:
    values = a.values & b.values
    if a.known is None and b.known is None:
        return Vector(values)
    ka, kb = _filled(a), _filled(b)
    return Vector(values, (ka & kb) | (ka & ~a.values) | (kb & ~b.values))


def disjoin(a: Vector, b: Vector) -> Vector:
    values = a.values | b.values
    if a.known is None and b.known is None:
        return Vector(values)
    return Vector(values, (_filled(a) & _filled(b)) | values)


def choose(condition: Vector, yes: Vector, no: Vector) -> Vector:
    values = np.where(condition.values, yes.values, no.values)
    known = condition.known
    if yes.known is not None or no.known is not None:
        known = both(known, np.where(condition.values, _filled(yes), _filled(no)))
    return _truth(values, known) if values.dtype == bool else Vector(values, known)


def _filled(a: Vector) -> np.ndarray:
    return _EVERY if a.known is None else a.known


# Comparison: numbers compare across int and double; text by code point, which is the order of its UTF-8 bytes.

COMPARE: dict[str, Callable[[Any, Any], Any]] = {
    "==": np.equal,
    "!=": np.not_equal,
    "<": np.less,
    "<=": np.less_equal,
    ">": np.greater,
    ">=": np.greater_equal,
}


def comparison(op: str, text: bool) -> Op:
    compare = COMPARE[op]
    if not text:
        return lambda a, b: _truth(compare(a.values, b.values), both(a.known, b.known))
    return lambda a, b: _truth(compare(texts(a), texts(b)).astype(bool), both(a.known, b.known))


def texts(a: Vector) -> np.ndarray:
    """The values with "" where unknown, so that text functions meet nothing but text."""
    return a.values if a.known is None else np.where(a.known, a.values, "")


def member(items: tuple[Any, ...], text: bool) -> Op:
    """`x in [constants]`"""
    if text:
        contains = frozenset(items).__contains__
        return lambda a: _truth(np.fromiter(map(contains, a.values.tolist()), bool, len(a.values)), a.known)
    if len(items) <= 16:
        row = np.array(items, dtype=np.float64 if any(isinstance(i, float) for i in items) else None).reshape(1, -1)
        return lambda a: _truth((a.values[:, None] == row).any(axis=1), a.known)
    return lambda a: _truth(np.isin(a.values, np.array(items)), a.known)


def member_of(a: Vector, *items: Vector, text: bool) -> Vector:
    """`x in [expressions]`: a list with an unknown element is itself unknown."""
    equal = comparison("==", text)
    found, known = np.zeros(1, dtype=bool), a.known
    for item in items:
        found, known = found | equal(a, item).values, both(known, item.known)
    return _truth(found, known)


# Arithmetic. Integers are checked; doubles follow IEEE 754.


def _wrapping(compute: Callable[..., Any], overflows: Callable[..., Any]) -> Op:
    def run(a: Vector, b: Vector) -> Vector:
        result = compute(a.values, b.values)
        bad = overflows(a.values, b.values, result)
        return Vector(result, both(both(a.known, b.known), ~bad if bad.any() else None))

    return run


def _divide(a: Vector, b: Vector) -> Vector:
    bad, divisor = _undivided(a, b)
    quotient = a.values // divisor
    quotient = quotient + ((quotient < 0) & (quotient * divisor != a.values))  # towards zero
    return Vector(quotient, both(both(a.known, b.known), ~bad))


def _remain(a: Vector, b: Vector) -> Vector:
    bad, divisor = _undivided(a, b)
    return Vector(np.fmod(a.values, divisor), both(both(a.known, b.known), ~bad))


def _undivided(a: Vector, b: Vector) -> tuple[np.ndarray, np.ndarray]:
    bad = (b.values == 0) | ((a.values == LOWEST) & (b.values == -1))
    return bad, np.where(bad, 1, b.values)


def _times_overflows(a: Any, b: Any, r: Any) -> Any:
    safe = np.where((a == 0) | (a == -1), 1, a)
    return ((a != 0) & (a != -1) & (r // safe != b)) | ((a == -1) & (b == LOWEST))


def _plain(compute: Callable[..., Any]) -> Op:
    return lambda a, b: Vector(compute(a.values, b.values), both(a.known, b.known))


def _join(a: Vector, b: Vector) -> Vector:
    return Vector(texts(a) + texts(b), both(a.known, b.known))


_ADD = _wrapping(np.add, lambda a, b, r: ((a ^ r) & (b ^ r)) < 0)
_SUBTRACT = _wrapping(np.subtract, lambda a, b, r: ((a ^ b) & (a ^ r)) < 0)
_INT, _DOUBLE, _TIME, _SPAN = Type.INT, Type.DOUBLE, Type.TIMESTAMP, Type.DURATION

ARITHMETIC: dict[tuple[str, Type, Type], tuple[Type, Op]] = {
    ("+", _INT, _INT): (_INT, _ADD),
    ("-", _INT, _INT): (_INT, _SUBTRACT),
    ("*", _INT, _INT): (_INT, _wrapping(np.multiply, _times_overflows)),
    ("/", _INT, _INT): (_INT, _divide),
    ("%", _INT, _INT): (_INT, _remain),
    ("+", _DOUBLE, _DOUBLE): (_DOUBLE, _plain(np.add)),
    ("-", _DOUBLE, _DOUBLE): (_DOUBLE, _plain(np.subtract)),
    ("*", _DOUBLE, _DOUBLE): (_DOUBLE, _plain(np.multiply)),
    ("/", _DOUBLE, _DOUBLE): (_DOUBLE, _plain(np.divide)),
    ("+", Type.STRING, Type.STRING): (Type.STRING, _join),
    ("+", _TIME, _SPAN): (_TIME, _ADD),
    ("+", _SPAN, _TIME): (_TIME, _ADD),
    ("-", _TIME, _SPAN): (_TIME, _SUBTRACT),
    ("-", _TIME, _TIME): (_SPAN, _SUBTRACT),
    ("+", _SPAN, _SPAN): (_SPAN, _ADD),
    ("-", _SPAN, _SPAN): (_SPAN, _SUBTRACT),
}


def minus(a: Vector) -> Vector:
    """Unary minus; the least integer has no opposite."""
    if a.values.dtype == np.float64:
        return Vector(-a.values, a.known)
    return _SUBTRACT(constant(0), a)
