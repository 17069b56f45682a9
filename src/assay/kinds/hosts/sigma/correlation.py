"""Correlation rules of Sigma v2 out of their YAML: what of other rules' hits must come together, on whom, within what time.

After the Sigma Correlation Rules Specification 2.0.2 (event_count, value_count, temporal, temporal_ordered) and what its 2.1
and 2.2 add: value_sum, value_avg, value_percentile, value_median, value_min, value_max, and conditions that are text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Any

from assay.core.errors import InvalidSetting
from assay.kinds.hosts.sigma.condition import parse_condition

COUNTS = ("event_count", "value_count", "temporal", "temporal_ordered")
NUMBERS = ("value_sum", "value_avg", "value_percentile", "value_median", "value_min", "value_max")
TYPES = (*COUNTS, *NUMBERS)
SECOND = 1_000_000  # microseconds
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800, "M": 2_629_746, "y": 31_556_952}
_SPAN = re.compile(r"(\d{1,6})([smhdwMy])")
_COMPARED: dict[str, Callable[[float, float], bool]] = {
    "lt": lambda a, b: a < b,
    "lte": lambda a, b: a <= b,
    "gt": lambda a, b: a > b,
    "gte": lambda a, b: a >= b,
    "eq": lambda a, b: a == b,
    "neq": lambda a, b: a != b,
}
MOST_RULES = 64  # that one correlation may name
MOST_ORDERED = 10  # of them in a condition in words over an order: every choice of them is looked through
MOST_COUNTED = 100_000  # the highest count that a condition may ask for
LEVELS = ("informational", "low", "medium", "high", "critical")


@dataclass(frozen=True)
class Correlation:
    """`rules` are ids or names; `span` in microseconds; `limits` (comparison, number), all of which must hold, or `text`, a
    condition in words; `fields` what is counted; `aliases` (name, ((rule, field), …))."""

    id: str
    title: str
    type: str
    rules: tuple[str, ...]
    group_by: tuple[str, ...]
    span: int
    limits: tuple[tuple[str, float], ...] = ()
    text: str = ""
    fields: tuple[str, ...] = ()
    percentile: float = 50.0
    aliases: tuple[tuple[str, tuple[tuple[str, str], ...]], ...] = ()
    generate: bool = False
    level: str = "medium"
    name: str = ""
    status: str = ""
    author: str = ""
    tags: tuple[str, ...] = ()
    path: str = ""

    @property
    def techniques(self) -> tuple[str, ...]:
        """ATT&CK techniques, such as "T1110.001"."""
        return tuple(t[7:].upper() for t in self.tags if t.lower().startswith("attack.t") and t[8:9].isdigit())

    def met(self, value: float) -> bool:
        """Does a count, sum or other number satisfy the condition?"""
        return all(_COMPARED[name](value, limit) for name, limit in self.limits)

    @property
    def highest(self) -> int:
        """The highest number that the condition speaks of."""
        return int(max((limit for _, limit in self.limits), default=0))


def parse_correlation(document: Mapping[str, Any], path: str = "") -> Correlation:
    """Raises `InvalidSetting` that names the part at fault."""
    section = document.get("correlation")
    if not isinstance(section, dict):
        raise InvalidSetting("a correlation is a map", where="correlation")
    kind = str(section.get("type"))
    if kind not in TYPES:
        raise InvalidSetting(f"there is no correlation of type {kind!r}", where="correlation.type")
    rules = _texts(section.get("rules"), "correlation.rules")
    if not 0 < len(rules) <= MOST_RULES:
        raise InvalidSetting(f"a correlation names 1 to {MOST_RULES} rules", where="correlation.rules")
    level = str(document.get("level", "medium")).lower()
    made = Correlation(
        id=str(document.get("id") or document.get("name") or document.get("title") or path),
        title=str(document.get("title", ""))[:300],
        type=kind,
        rules=rules,
        group_by=_texts(section.get("group-by", section.get("group_by")), "correlation.group-by"),
        span=timespan(section.get("timespan", section.get("timeframe"))),
        aliases=_aliases(section.get("aliases")),
        generate=bool(document.get("generate", section.get("generate", False))),
        level=level if level in LEVELS else "medium",
        name=str(document.get("name") or ""),
        status=str(document.get("status") or ""),
        author=str(document.get("author") or "")[:300],
        tags=tuple(str(t) for t in document.get("tags") or ()),
        path=path,
    )
    return _conditioned(made, section.get("condition"))


def timespan(value: Any) -> int:
    """Microseconds of "90m" and the like; `M` is a month of 30.4 days, `y` a year of 365.2."""
    found = _SPAN.fullmatch(str(value))
    if not found or int(found[1]) == 0:
        raise InvalidSetting(f"{value!r} is no timespan (90s, 15m, 1h, 7d, 2w, 1M, 1y)", where="correlation.timespan")
    return int(found[1]) * _UNITS[found[2]] * SECOND


def _conditioned(made: Correlation, condition: Any) -> Correlation:
    ordered = made.type.startswith("temporal")
    if isinstance(condition, str) and ordered:
        _sets(condition, made.rules, made.type == "temporal_ordered")  # to see that it can be read
        return replace(made, text=condition)
    if condition is None and ordered:
        return replace(made, limits=(("gte", float(len(made.rules))),))
    if not isinstance(condition, dict):
        raise InvalidSetting(f"a {made.type} needs a condition such as `gte: 10`", where="correlation.condition")
    limits = tuple((str(name), _number(limit)) for name, limit in condition.items() if name in _COMPARED)
    unknown = [n for n in condition if n not in _COMPARED and n not in ("field", "percentile")]
    if unknown or not limits:
        raise InvalidSetting(
            f"a condition is one of {', '.join(_COMPARED)}, not {unknown}", where="correlation.condition"
        )
    if made.type in COUNTS and any(limit > MOST_COUNTED for _, limit in limits):
        raise InvalidSetting(f"nothing above {MOST_COUNTED} is counted", where="correlation.condition")
    fields = _texts(condition.get("field"), "correlation.condition.field")
    if made.type.startswith("value_") and not fields:
        raise InvalidSetting("which field is counted?", where="correlation.condition.field")
    if made.type in NUMBERS and len(fields) != 1:
        raise InvalidSetting(f"a {made.type} is of one field", where="correlation.condition.field")
    percentile = _number(condition.get("percentile", 50))
    if not 0 <= percentile <= 100:
        raise InvalidSetting("a percentile is between 0 and 100", where="correlation.condition.percentile")
    return replace(made, limits=limits, fields=fields, percentile=percentile)


def _sets(text: str, rules: Sequence[str], ordered: bool) -> Callable[[frozenset[int]], bool]:
    """A condition in words over rule names, as a test on the set of places in `rules` that are present."""
    if ordered and len(rules) > MOST_ORDERED:
        raise InvalidSetting(f"a condition in words orders at most {MOST_ORDERED} rules", where="correlation.condition")
    # The names stand for their places: the parser takes any expression for them.
    expression = parse_condition(
        re.sub(r"\b(AND|OR|NOT)\b", lambda m: m[0].lower(), text), {r: i for i, r in enumerate(rules)}
    )
    return lambda present: _true(expression, present)


def _true(expression: Any, present: frozenset[int]) -> bool:
    if isinstance(expression, int):
        return expression in present
    if expression[0] == "not":
        return not _true(expression[1], present)
    return (all if expression[0] == "and" else any)(_true(part, present) for part in expression[1:])


def worded(made: Correlation) -> tuple[Callable[[frozenset[int]], bool], tuple[tuple[int, ...], ...]]:
    """The test of a condition in words on the places of the rules that are present, and, where order counts, the smallest
    sets of places that meet it alone: one of them must stand in order."""
    names = made.rules
    test = _sets(made.text, names, made.type == "temporal_ordered")
    if made.type != "temporal_ordered":
        return test, ()
    least: list[tuple[int, ...]] = []
    for size in range(1, len(names) + 1):
        for chosen in combinations(range(len(names)), size):
            if test(frozenset(chosen)) and not any(set(known) <= set(chosen) for known in least):
                least.append(chosen)
    return test, tuple(least)


def _texts(value: Any, where: str) -> tuple[str, ...]:
    """One text or a list of them."""
    listed = [] if value is None else value if isinstance(value, list) else [value]
    if not all(isinstance(one, str | int) for one in listed):
        raise InvalidSetting("a name or a list of names is wanted", where=where)
    return tuple(str(one) for one in listed)


def _aliases(value: Any) -> tuple[tuple[str, tuple[tuple[str, str], ...]], ...]:
    if value is None:
        return ()
    if not isinstance(value, dict) or not all(isinstance(fields, dict) for fields in value.values()):
        raise InvalidSetting("aliases are `name: {rule: field}`", where="correlation.aliases")
    return tuple((str(n), tuple((str(r), str(f)) for r, f in fields.items())) for n, fields in value.items())


def _number(value: Any) -> float:
    try:
        number = float(value)
    except (TypeError, ValueError):
        raise InvalidSetting(f"{value!r} is no number", where="correlation.condition") from None
    if number != number:
        raise InvalidSetting("a limit is a number", where="correlation.condition")
    return number


__all__ = ["NUMBERS", "SECOND", "TYPES", "Correlation", "parse_correlation", "timespan", "worded"]
