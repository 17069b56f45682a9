"""Atoms: the smallest tests a rule is made of, one field against one value. Equal atoms of different rules are one atom, so
that each is tested once for an event, however many rules ask for it.
"""

from __future__ import annotations

import base64
import ipaddress
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec

from assay.core.errors import InvalidSetting
from assay.kinds.hosts.sigma.pattern import Pattern

KEYWORD = ""  # the field of an atom that any field of the event may meet
_DASHES = "-/\u2013\u2014\u2015"
_PARTS_OF_TIME = ("minute", "hour", "day", "week", "month", "year")
_MODIFIERS = {
    "contains", "startswith", "endswith", "all", "cased", "re", "i", "m", "s", "cidr", "lt", "lte", "gt", "gte", "neq",
    "exists", "windash", "base64", "base64offset", "wide", "utf16", "utf16le", "utf16be", "fieldref", "expand",
    *_PARTS_OF_TIME,
}  # fmt: skip


TESTS = frozenset((
    "equals", "starts", "ends", "contains", "like", "any", "re", "cidr", "lt", "lte", "gt", "gte", "null", "empty", "exists",
    "equalsfield", "startsfield", "endsfield", "containsfield",
))  # fmt: skip


class Atom(msgspec.Struct, frozen=True, gc=False):
    """`test` is one of: equals, starts, ends, contains, like, any (on text, lower-cased unless `cased`); re; cidr; lt, lte,
    gt, gte; null; empty; exists; and for two fields equalsfield, startsfield, endsfield, containsfield. `part`: the part of
    a time that is compared, with Sigma's names. There are tens of thousands, and none holds another object: the collector of
    garbage need not look at them (`gc=False`)."""

    field: str
    test: str
    value: str
    cased: bool = False
    part: str = ""


Expression = Any
"""An `Atom`, ("and", e, …), ("or", e, …) or ("not", e). `("and",)` is true, `("or",)` false."""


def field_expression(key: str, value: Any, lists: dict[str, Sequence[str]]) -> Expression:
    """`Field|modifier|…: value` as an expression. `lists` name -> values for `expand`. Raises `InvalidSetting`."""
    field, *modifiers = key.split("|")
    unknown = [m for m in modifiers if m not in _MODIFIERS]
    if unknown:
        raise InvalidSetting(f"there is no modifier {unknown[0]!r}", where=key)
    values = value if isinstance(value, list) else [value]
    if "expand" in modifiers:
        values = [one for v in values for one in _expanded(v, lists, key)]
        if not values:
            return ("or",)
    if not values:
        return ("or",)
    each = [_one(field, v, modifiers, key) for v in values]
    joined = each[0] if len(each) == 1 else ("and" if "all" in modifiers else "or", *each)
    return ("not", joined) if "neq" in modifiers else joined


def _expanded(value: Any, lists: dict[str, Sequence[str]], key: str) -> list[str]:
    """The site's values for every %name% in a value."""
    found = re.search(r"%(\w+)%", str(value))
    if not found:
        return [str(value)]
    known = lists.get(found.group(1))
    if known is None:
        raise InvalidSetting(f"the list {found.group(1)!r} is not defined here", where=key)
    return [str(value).replace(found.group(0), one) for one in known]


def _one(field: str, value: Any, modifiers: Sequence[str], key: str) -> Expression:
    if "exists" in modifiers:
        atom = Atom(field, "exists", "")
        return atom if value else ("not", atom)
    for test in ("lt", "lte", "gt", "gte"):
        if test in modifiers:
            return Atom(field, test, _number(value, key), part=_part(modifiers))
    if value is None:
        return Atom(field, "null", "")
    if "fieldref" in modifiers:
        kind = (
            "contains"
            if "contains" in modifiers
            else "starts"
            if "startswith" in modifiers
            else "ends"
            if "endswith" in modifiers
            else "equals"
        )
        return Atom(field, f"{kind}field", str(value), "cased" in modifiers)
    if "cidr" in modifiers:
        try:
            return Atom(field, "cidr", str(ipaddress.ip_network(str(value), strict=False)))
        except ValueError:
            raise InvalidSetting(f"{value!r} is no network", where=key) from None
    if _part(modifiers):
        return Atom(field, "equals", str(value), part=_part(modifiers))
    if "re" in modifiers:
        return Atom(field, "re", _regex(str(value), modifiers, key), True)
    if isinstance(value, bool):
        value = "true" if value else "false"
    encoded = [
        m for m in modifiers if m in ("windash", "base64", "base64offset", "wide", "utf16", "utf16le", "utf16be")
    ]
    patterns = _encoded(str(value), encoded) if encoded else [Pattern.parse(str(value))]
    before = "contains" in modifiers or "endswith" in modifiers
    after = "contains" in modifiers or "startswith" in modifiers
    cased = "cased" in modifiers or any(m.startswith("base64") for m in encoded)
    atoms = [
        _text_atom(field, p.framed(before or field == KEYWORD, after or field == KEYWORD), cased) for p in patterns
    ]
    return atoms[0] if len(atoms) == 1 else ("or", *atoms)


def _text_atom(field: str, pattern: Pattern, cased: bool) -> Atom:
    pattern = pattern if cased else pattern.lower()
    test, text = pattern.shape()
    if test == "equals" and not text:
        return Atom(field, "empty", "")
    return Atom(field, test, pattern.regex() if test == "like" else text, cased)


def _part(modifiers: Sequence[str]) -> str:
    return next((m for m in modifiers if m in _PARTS_OF_TIME), "")


def _number(value: Any, key: str) -> str:
    try:
        return repr(float(value))
    except (TypeError, ValueError):
        raise InvalidSetting(f"{value!r} is no number", where=key) from None


def _regex(text: str, modifiers: Sequence[str], key: str) -> str:
    """Checked, and with its flags in front. Expressions beyond RE2 (look-around, back references) are refused: those can
    take for ever."""
    import re2

    flags = "".join(f for f in "ims" if f in modifiers)
    whole = f"(?{flags}){text}" if flags else text
    if "contains" not in modifiers:
        if "startswith" in modifiers:
            whole = f"^(?:{whole})"
        elif "endswith" in modifiers:
            whole = f"(?:{whole})$"
    try:
        re2.compile(whole)
    except re2.error as error:
        raise InvalidSetting(f"the expression cannot be used: {error}", where=key) from None
    return whole


def _encoded(text: str, modifiers: Sequence[str]) -> list[Pattern]:
    """The text as attackers write it: with other dashes, in UTF-16, in base64 at any offset."""
    if list(modifiers) == ["windash"]:
        return [Pattern.parse(t) for t in _dashed(text)]
    texts = [_plain(text)]
    raw: list[bytes] | None = None
    for modifier in modifiers:
        if modifier == "windash":
            texts = [t for one in texts for t in _dashed(one)]
            continue
        current = raw if raw is not None else [t.encode() for t in texts]
        if modifier in ("wide", "utf16le"):
            raw = [t.encode("utf-16-le") for t in texts]
        elif modifier == "utf16be":
            raw = [t.encode("utf-16-be") for t in texts]
        elif modifier == "utf16":
            raw = [b"\xff\xfe" + t.encode("utf-16-le") for t in texts]
        elif modifier == "base64":
            return [Pattern.text(base64.b64encode(b).decode()) for b in current]
        else:
            return [Pattern.text(t) for b in current for t in _offsets(b)]
    return [Pattern.text(b.decode("latin-1")) for b in raw or []] or [Pattern.text(t) for t in texts]


def _plain(text: str) -> str:
    return Pattern.parse(text).plain or text


def _dashed(text: str) -> list[str]:
    """Every way to write the dashes before options (Sigma: each `-` or `/` between a non-word and a word character)."""
    places = [m.start() for m in re.finditer(r"\B[-/]\b", text)]
    out = [text]
    for place in places[:4]:
        out = [t[:place] + dash + t[place + 1 :] for t in out for dash in _DASHES]
    return list(dict.fromkeys(out))


def _offsets(content: bytes) -> list[str]:
    """The three texts of which one stands in any base64 text around these bytes."""
    return [
        base64.b64encode(b" " * i + content)[(0, 2, 3)[i] : (None, -3, -2)[(len(content) + i) % 3]].decode()
        for i in range(3)
    ]


def fields_of(expression: Expression) -> set[str]:
    """The fields that an expression looks at."""
    if isinstance(expression, Atom):
        return {expression.field}
    return {field for part in expression[1:] for field in fields_of(part)}


def time_part(value: str, part: str) -> int | None:
    """Minute, hour, day, week, month or year of a time in ISO 8601 or seconds since 1970; None where it is no time."""
    try:
        moment = (
            datetime.fromtimestamp(float(value), UTC)
            if re.fullmatch(r"\d+(\.\d+)?", value)
            else datetime.fromisoformat(value.replace(" UTC", "+00:00"))
        )
    except (ValueError, OverflowError, OSError):
        return None
    return moment.isocalendar().week if part == "week" else int(getattr(moment, part))


__all__ = ["KEYWORD", "TESTS", "Atom", "Expression", "field_expression", "fields_of", "time_part"]
