"""Sigma's filters: one condition of a site's own, added to many rules at once. What a filter says must hold beside the rule
(`condition: not selection` leaves out what is selected), as pySigma reads the specification 2.0."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from assay.core.errors import InvalidSetting
from assay.kinds.hosts.sigma.atoms import Expression
from assay.kinds.hosts.sigma.rule import LogSource, Rule, detection_expression, log_source

EVERY = "any"  # in place of rules: all of the filter's log source


@dataclass(frozen=True)
class Filter:
    """`rules`: ids or names of those it is added to; empty: every rule of its log source."""

    id: str
    title: str
    source: LogSource
    rules: frozenset[str]
    expression: Expression
    path: str = ""

    def concerns(self, rule: Rule) -> bool:
        """Is it added to this rule? What its log source names the rule's must name too."""
        named = not self.rules or rule.id in self.rules or (rule.name != "" and rule.name in self.rules)
        parts = ((self.source.product, rule.source.product), (self.source.category, rule.source.category),
                 (self.source.service, rule.source.service))  # fmt: skip
        return named and all(mine in ("", theirs) for mine, theirs in parts)


def parse_filter(document: Mapping[str, Any], lists: dict[str, Sequence[str]], path: str = "") -> Filter:
    """Raises `InvalidSetting` that names the part at fault."""
    section = document.get("filter")
    if not isinstance(section, dict):
        raise InvalidSetting("a filter is a map", where="filter")
    named = section.get("rules")
    if named == EVERY:
        rules: frozenset[str] = frozenset()
    elif isinstance(named, list) and named and all(isinstance(name, str | int) for name in named):
        rules = frozenset(str(name) for name in named)
    else:
        raise InvalidSetting(f"a filter names its rules, or `{EVERY}`", where="filter.rules")
    source = document.get("logsource")
    if not isinstance(source, dict):
        raise InvalidSetting("a filter needs a logsource", where="logsource")
    return Filter(
        id=str(document.get("id") or document.get("title") or path),
        title=str(document.get("title", ""))[:300],
        source=log_source(source),
        rules=rules,
        expression=detection_expression({k: v for k, v in section.items() if k != "rules"}, lists),
        path=path,
    )


def filtered(rules: Sequence[Rule], filters: Sequence[Filter]) -> list[Rule]:
    """The rules with the filters that concern them."""
    out = []
    for rule in rules:
        added = [f.expression for f in filters if f.concerns(rule)]
        out.append(replace(rule, expression=("and", rule.expression, *added)) if added else rule)
    return out


__all__ = ["EVERY", "Filter", "filtered", "parse_filter"]
