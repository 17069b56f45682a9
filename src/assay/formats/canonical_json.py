"""JSON in one form only (RFC 8785, the JSON Canonicalization Scheme), so that a signature over a document does not depend on who
wrote it: no spaces, names in order of their UTF-16 code units, numbers as ECMAScript writes them, nothing escaped that need not be.

Plain values in (`dict`, `list`, `str`, `int`, `float`, `bool`, `None`), UTF-8 out. Reading is bounded and refuses what would let
one text mean two things: repeated names, NaN, numbers beyond what a double holds.
"""

from __future__ import annotations

import json
import math
from typing import Any

MOST_DEPTH = 64
MOST_BYTES = 8 << 20
_EXACT = 1 << 53  # RFC 8785 section 3.2.2.3: numbers are IEEE 754 doubles


class NotCanonical(ValueError):
    """A value that has no canonical form, or a text that is not JSON of one meaning."""


def canonical(value: Any) -> bytes:
    """The one form of a value. Raises `NotCanonical` for NaN, infinities, integers beyond 2^53, names that are not text, lone
    surrogates, other types, and what is nested deeper than `MOST_DEPTH`.

    >>> canonical({"b": [1.0, True, None], "a": "\\u20ac"}).decode()
    '{"a":"€","b":[1,true,null]}'
    """
    pieces: list[str] = []
    _write(value, pieces, 0)
    try:
        return "".join(pieces).encode()
    except UnicodeEncodeError:
        raise NotCanonical("a lone surrogate") from None


def read(content: bytes) -> Any:
    """The value of a JSON text. Raises `NotCanonical` for one that is no JSON, larger than `MOST_BYTES`, deeper than
    `MOST_DEPTH`, or that a second reader could understand otherwise."""
    if len(content) > MOST_BYTES:
        raise NotCanonical(f"more than {MOST_BYTES} bytes")
    try:
        value = json.loads(content.decode(), object_pairs_hook=_object, parse_constant=_refuse, parse_int=_integer)
        _bound(value)
    except RecursionError:
        raise NotCanonical(f"nested deeper than {MOST_DEPTH}") from None
    except NotCanonical:
        raise
    except ValueError as error:
        raise NotCanonical(f"no JSON: {str(error)[:120]}") from None
    return value


def _write(value: Any, pieces: list[str], depth: int) -> None:
    if depth > MOST_DEPTH:
        raise NotCanonical(f"nested deeper than {MOST_DEPTH}")
    if isinstance(value, str):
        pieces.append(_text(value))
    elif value is None or isinstance(value, bool):
        pieces.append({None: "null", True: "true", False: "false"}[value])
    elif isinstance(value, (int, float)):
        pieces.append(number(value))
    elif isinstance(value, dict):
        if not all(isinstance(name, str) for name in value):
            raise NotCanonical("a name that is not text")
        pieces.append("{")
        for i, name in enumerate(sorted(value, key=lambda n: n.encode("utf-16-be", "surrogatepass"))):
            pieces.append(("," if i else "") + _text(name) + ":")
            _write(value[name], pieces, depth + 1)
        pieces.append("}")
    elif isinstance(value, (list, tuple)):
        pieces.append("[")
        for i, one in enumerate(value):
            if i:
                pieces.append(",")
            _write(one, pieces, depth + 1)
        pieces.append("]")
    else:
        raise NotCanonical(f"{type(value).__name__} is no JSON")


def _text(value: str) -> str:
    # The standard library escapes exactly what RFC 8785 section 3.2.2.2 asks for, and DEL, which that leaves as it is.
    return json.dumps(value, ensure_ascii=False)


def number(value: float) -> str:
    """A number as ECMAScript writes it (ECMA-262, Number::toString).

    >>> [number(v) for v in (0.0, -0.0, 1e21, 1e20, 1e-6, 1e-7, 123.456, 5e-324)]
    ['0', '0', '1e+21', '100000000000000000000', '0.000001', '1e-7', '123.456', '5e-324']
    """
    if isinstance(value, int):
        if abs(value) > _EXACT:
            raise NotCanonical("an integer beyond 2^53")
        return str(int(value))
    if not math.isfinite(value):
        raise NotCanonical("NaN or infinity")
    if value == 0:
        return "0"
    sign = "-" if value < 0 else ""
    mantissa, _, exponent = f"{abs(value)!r}".partition("e")
    whole, _, part = mantissa.partition(".")
    part = "" if part == "0" else part
    digits = (whole + part).lstrip("0")
    point = len(whole) + int(exponent or 0) - (len(whole + part) - len(digits))  # of 0.digits × 10^point
    digits = digits.rstrip("0")
    if len(digits) <= point <= 21:
        return sign + digits + "0" * (point - len(digits))
    if 0 < point <= 21:
        return sign + digits[:point] + "." + digits[point:]
    if -6 < point <= 0:
        return sign + "0." + "0" * -point + digits
    power = f"e{'+' if point > 0 else '-'}{abs(point - 1)}"
    return sign + digits[0] + ("." + digits[1:] if len(digits) > 1 else "") + power


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise NotCanonical("a name comes twice")
    return found


def _integer(text: str) -> float:
    """Beyond 2^53 only what a double holds exactly as it is written."""
    if len(text) <= 16 and abs(int(text)) <= _EXACT:
        return int(text)
    if len(text) > 22 or number(value := float(text)) != text:
        raise NotCanonical("an integer that no double is written as")
    return value


def _refuse(text: str) -> Any:
    raise NotCanonical(f"{text} is no JSON")


def _bound(value: Any) -> None:
    level, depth = [value], 0
    while level:
        if depth > MOST_DEPTH:
            raise NotCanonical(f"nested deeper than {MOST_DEPTH}")
        depth += 1
        inner: list[Any] = []
        for one in level:
            if isinstance(one, dict):
                inner += one.values()
            elif isinstance(one, list):
                inner += one
            elif isinstance(one, float) and not math.isfinite(one):
                raise NotCanonical("a number beyond what a double holds")
        level = inner


__all__ = ["NotCanonical", "canonical", "number", "read"]
