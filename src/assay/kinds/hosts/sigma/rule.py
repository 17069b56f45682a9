"""A Sigma rule (v2) out of its YAML: what it looks for, where it applies, who wrote it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from assay.core.errors import InvalidSetting
from assay.kinds.hosts.sigma.atoms import KEYWORD, Expression, field_expression
from assay.kinds.hosts.sigma.condition import parse_condition

LEVELS = ("informational", "low", "medium", "high", "critical")
HUNTING = "detection.threat-hunting"  # the tag of rules that are questions to begin a search with, and no alarms (Sigma's appendix of tags)


@dataclass(frozen=True)
class LogSource:
    """Absent parts are ""."""

    product: str = ""
    category: str = ""
    service: str = ""


@dataclass(frozen=True)
class Rule:
    """`expression` over atoms; `source` the file it came from."""

    id: str
    title: str
    source: LogSource
    expression: Expression
    level: str = "medium"
    name: str = ""
    status: str = ""
    author: str = ""
    tags: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()
    path: str = ""

    @cached_property
    def techniques(self) -> tuple[str, ...]:
        """ATT&CK techniques, such as "T1059.001"."""
        return tuple(t[7:].upper() for t in self.tags if t.lower().startswith("attack.t") and t[8:9].isdigit())


def parse_rule(document: Mapping[str, Any], lists: dict[str, Sequence[str]], path: str = "") -> Rule:
    """Raises `InvalidSetting` that names the part at fault."""
    detection, source = document.get("detection"), document.get("logsource")
    if not isinstance(detection, dict) or not isinstance(source, dict):
        raise InvalidSetting("a rule needs a detection and a logsource", where=path)
    level, tags = str(document.get("level", "medium")).lower(), tuple(str(t) for t in document.get("tags") or ())
    if HUNTING in map(str.lower, tags) and level != "informational":
        level = "low"
    return Rule(
        id=str(document.get("id") or document.get("title") or path),
        title=str(document.get("title", ""))[:300],
        source=log_source(source),
        expression=detection_expression(detection, lists),
        level=level if level in LEVELS else "medium",
        name=str(document.get("name") or ""),
        status=str(document.get("status") or ""),
        author=str(document.get("author") or "")[:300],
        tags=tags,
        fields=tuple(str(f) for f in document.get("fields") or ()),
        path=path,
    )


def log_source(source: Mapping[str, Any]) -> LogSource:
    return LogSource(*(str(source.get(k) or "").lower() for k in ("product", "category", "service")))


def detection_expression(detection: Mapping[str, Any], lists: dict[str, Sequence[str]]) -> Expression:
    """Named parts and a condition over them (of several conditions, any). Raises `InvalidSetting`."""
    named = {
        str(name): _part(value, lists, 0) for name, value in detection.items() if name not in ("condition", "timeframe")
    }
    conditions = detection.get("condition")
    texts = conditions if isinstance(conditions, list) else [conditions]
    if not texts or not all(isinstance(t, str) for t in texts):
        raise InvalidSetting("the condition is missing", where="condition")
    parts = [parse_condition(str(t), named) for t in texts]
    return parts[0] if len(parts) == 1 else ("or", *parts)


def _part(value: Any, lists: dict[str, Sequence[str]], depth: int) -> Expression:
    """A named part of a detection: a map is all of it, a list any of it, a bare value a keyword."""
    if depth > 20:
        raise InvalidSetting("the detection nests too deep")
    if isinstance(value, Mapping):
        each = [
            field_expression(str(key), inner, lists)
            if not str(key).startswith("|")
            else field_expression(KEYWORD + str(key), inner, lists)
            for key, inner in value.items()
        ]
        return each[0] if len(each) == 1 else ("and", *each)
    if isinstance(value, list):
        each = [_part(one, lists, depth + 1) for one in value]
        return each[0] if len(each) == 1 else ("or", *each)
    return field_expression(KEYWORD, value, lists)


__all__ = ["LEVELS", "LogSource", "Rule", "detection_expression", "log_source", "parse_rule"]
