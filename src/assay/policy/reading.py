"""From a policy's YAML to a `Policy`: the schema, key by key, and `check`, which says everything that is wrong."""

from __future__ import annotations

import math
import re
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from assay.core.decision import OUTCOMES, Outcome
from assay.core.errors import InvalidPolicy
from assay.policy.budget import Budget, Share
from assay.policy.costs import SHARES, Costs
from assay.policy.document import Document
from assay.policy.expression import Expression, Names, Type
from assay.policy.expression.names import UnknownName, detectors_of, names_of
from assay.policy.policy import Policy, Rule
from assay.policy.problem import PolicyProblems, Problem

KEYS = ("name", "version", "about", "applies_to", "lists", "probability", "otherwise", "costs", "rules", "budget")
RULE_KEYS = ("name", "when", "then", "at_least", "at_most", "reason", "from", "until")
COST_KEYS = tuple(Costs.__dataclass_fields__)
BUDGET_KEYS = ("reviews_per_day", "threshold", "when")
_FINDINGS = re.compile(r"\bfindings\W+(\w+)")  # findings.room. and findings["room"]
_USUAL_COSTS = {"lgd": "1.0", "review_delay": "0.0"}


def load(path: Path, names: Names | None = None, *, strict: bool = False) -> Policy:
    """Reads a policy file; raises `PolicyProblems` with every mistake, `InvalidPolicy` when it cannot be read. `strict`:
    names of detectors are checked too, for which the rooms named in it are asked for theirs."""
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = (error.strerror or str(error)) if isinstance(error, OSError) else "not UTF-8 text"
        raise InvalidPolicy(f"cannot be read: {reason}", where=str(path)) from error
    return parse(text, str(path), names, path.parent, strict=strict)


def check(path: Path | str, names: Names | None = None) -> list[Problem]:
    """Every mistake in a policy file, in its order; none when it can be used. Stricter than `load`: a detector that the
    installed rooms do not have, trained or not, is a mistake too."""
    try:
        load(Path(path), names, strict=True)
    except PolicyProblems as error:
        return list(error.problems)
    return []


def parse(
    text: str,
    where: str = "policy",
    names: Names | None = None,
    folder: Path | None = None,
    *,
    strict: bool = False,
    more: Mapping[str, Sequence[str]] | None = None,
) -> Policy:
    """Reads a policy; raises `PolicyProblems` with every mistake. `strict`: as in `load`; `more`: values for its lists beside
    their own, as text."""
    document = Document(text, where, folder)
    root = document.root()
    detectors = detectors_of(_FINDINGS.findall(text)) if strict else None
    policy = None if root is None else _Reading(document, names, detectors, more or {}).policy(root)
    if document.problems or policy is None:
        raise PolicyProblems(document.problems)
    return policy


def _number(text: str) -> int | float | None:
    try:
        number = int(text) if text.lstrip("-").isdecimal() else float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) and abs(number) < 2**63 else None


class _Reading:
    def __init__(
        self,
        document: Document,
        names: Names | None,
        detectors: frozenset[str] | None,
        more: Mapping[str, Sequence[str]],
    ) -> None:
        self.document, self.given, self.detectors, self.more = document, names, detectors, more
        self.names = names or Names({})

    def policy(self, root: yaml.MappingNode) -> Policy | None:
        document = self.document
        keys = document.mapping(root, "a policy", KEYS, ("name", "version", "applies_to"))
        applies_to = self.applies_to(keys["applies_to"]) if "applies_to" in keys else ()
        if not applies_to:
            return None  # without knowing the evidence every name would look wrong
        lists = {
            str(key.value): self.listed(value, str(key.value))
            for key, value in (document.entries(keys["lists"], "lists") if "lists" in keys else [])
        }
        self.names = self.names.with_lists(lists)
        return Policy(
            name=document.word(keys["name"], "name") if "name" in keys else "",
            version=document.word(keys["version"], "version") if "version" in keys else "",
            about=str(document.scalar(keys["about"], "about")) if "about" in keys else "",
            applies_to=applies_to,
            names=self.names,
            costs=self.costs(keys["costs"]) if "costs" in keys else None,
            rules=tuple(self.rules(keys["rules"])) if "rules" in keys else (),
            probability=self.weighed(keys["probability"]) if "probability" in keys else None,
            otherwise=self.otherwise(keys),
            budget=self.budget(keys["budget"]) if "budget" in keys else None,
            text=document.text,
            where=document.where,
            folder=document.folder,
        )

    def listed(self, node: yaml.Node, name: str) -> tuple[Any, ...]:
        """A list's own values, and those that it holds beside them."""
        own, more = self.document.values(node, name), self.more.get(name, ())
        if not own or isinstance(own[0], str):
            return (*own, *more)
        numbers = [_number(text) for text in more]
        for text, number in zip(more, numbers, strict=True):
            if number is None:
                self.document.wrong(node, f"list {name} holds numbers, and {text!r} is none")
        return (*own, *(number for number in numbers if number is not None))

    def applies_to(self, node: yaml.Node) -> tuple[str, ...]:
        items = [node] if isinstance(node, yaml.ScalarNode) else self.document.items(node, "applies_to")
        tags = []
        for item in items:
            tag = self.document.word(item, "a kind of evidence")
            try:
                if tag and self.given is None:
                    names_of((tag,))
            except UnknownName as problem:
                self.document.wrong(item, problem.message, problem.hint)
                continue
            if tag:
                tags.append(tag)
        if not tags and not self.document.problems:
            self.document.wrong(node, "applies_to names no kind of evidence")
        if tags and self.given is None:
            self.names = names_of(tags, detectors=self.detectors)
        return tuple(tags)

    def outcome(self, node: yaml.Node, what: str) -> Outcome | None:
        word = self.document.word(node, what, OUTCOMES)
        return Outcome[word.upper()] if word else None

    def otherwise(self, keys: dict[str, yaml.Node]) -> Outcome:
        given = self.outcome(keys["otherwise"], "otherwise") if "otherwise" in keys else None
        return Outcome.REVIEW if given is None else given

    def weighed(self, node: yaml.Node) -> Expression | None:
        return self.document.expression(node, "probability", self.names.unweighed(), Type.DOUBLE)

    def costs(self, node: yaml.Node) -> Costs | None:
        document, usual = self.document, dict(_USUAL_COSTS)
        if "amount" in self.names.fields:
            usual["at_stake"] = "evidence.amount"
        required = [name for name in COST_KEYS if name not in usual]
        keys = document.mapping(node, "costs", COST_KEYS, required)
        found: dict[str, Any] = {}
        for name in COST_KEYS:
            if name in keys:
                found[name] = self.cost(keys[name], name)
            elif name in usual:
                text = yaml.ScalarNode("tag:yaml.org,2002:str", usual[name], node.start_mark, node.start_mark)
                found[name] = document.expression(text, name, self.names, Type.DOUBLE)
        complete = len(found) == len(COST_KEYS) and all(value is not None for value in found.values())
        return Costs(**found) if complete else None

    def cost(self, node: yaml.Node, name: str) -> Expression | None:
        expression = self.document.expression(node, name, self.names, Type.DOUBLE)
        if expression is None or not expression.constant:
            return expression
        value = expression.run(None).values[0]  # type: ignore[arg-type]
        if not 0 <= value <= (1.0 if name in SHARES else sys.float_info.max):
            self.document.wrong(
                node, f"{name} must be {'between 0 and 1' if name in SHARES else 'a number, 0 or more'}"
            )
        return expression

    def rules(self, node: yaml.Node) -> list[Rule]:
        found: list[Rule] = []
        names: set[str] = set()
        for item in self.document.items(node, "rules"):
            rule = self.rule(item)
            if rule is None:
                continue
            if rule.name in names:
                self.document.wrong(item, f"a second rule named {rule.name!r}")
            names.add(rule.name)
            found.append(rule)
        return found

    def rule(self, node: yaml.Node) -> Rule | None:
        document = self.document
        keys = document.mapping(node, "a rule", RULE_KEYS, ("name", "when"))
        given = [key for key in ("then", "at_least", "at_most") if key in keys]
        if isinstance(node, yaml.MappingNode) and not given:
            document.wrong(node, "a rule needs then:, at_least: or at_most:")
        if "then" in given and len(given) > 1:
            document.wrong(keys["then"], "then: settles the outcome; it goes without at_least: and at_most:")
        bounds = {key: self.outcome(keys[key], key) for key in given}
        lowest = bounds.get("then") or bounds.get("at_least") or Outcome.ALLOW
        highest = bounds.get("at_most", Outcome.BLOCK) if "then" not in bounds else lowest
        if highest is not None and lowest > highest:
            document.wrong(keys["at_least"], "at_least is above at_most")
        since = document.moment(keys["from"], "from") if "from" in keys else None
        until = document.moment(keys["until"], "until") if "until" in keys else None
        if since is not None and until is not None and since >= until:
            document.wrong(keys["until"], "until is not after from")
        name = document.word(keys["name"], "a rule's name") if "name" in keys else ""
        reason = document.word(keys["reason"], "reason") if "reason" in keys else ""
        when = document.expression(keys["when"], "when", self.names, Type.BOOL) if "when" in keys else None
        if when is None or not name or not given or highest is None or None in bounds.values():
            return None
        return Rule(name, when, lowest, highest, reason, since, until, node.start_mark.line + 1)

    def budget(self, node: yaml.Node) -> Budget | None:
        document = self.document
        items = node.value if isinstance(node, yaml.SequenceNode) else [node]
        shares = []
        for item in items:
            keys = document.mapping(item, "budget", BUDGET_KEYS, ("reviews_per_day",))
            number = document.number(keys["reviews_per_day"], "reviews_per_day") if "reviews_per_day" in keys else None
            threshold = document.number(keys["threshold"], "threshold") if "threshold" in keys else None
            when = document.expression(keys["when"], "when", self.names, Type.BOOL) if "when" in keys else None
            if number is not None:
                shares.append(Share(number, when, threshold))
        return Budget(tuple(shares)) if shares else None
