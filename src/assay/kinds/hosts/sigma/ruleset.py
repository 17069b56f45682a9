"""A set of rules ready to run: an index for each kind of event, made when the first such event comes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from assay.kinds.hosts.sigma.atoms import KEYWORD, Atom, fields_of
from assay.kinds.hosts.sigma.fields import Memory
from assay.kinds.hosts.sigma.index import RouteIndex
from assay.kinds.hosts.sigma.route import Key, Plain, concerns, key_of, told_to_be
from assay.kinds.hosts.sigma.rule import Rule
from assay.kinds.hosts.sigma.scan import scanner

Why = list[tuple[Atom, str]]
"""Tests that an event meets, and the field that met each."""
MOST_ROUTES = 5000  # kinds of events that are known at once; others are reduced to what rules ask of them first


class RuleSet:
    """`match(event)` gives the rules that hold, in the order they were given."""

    def __init__(self, rules: Sequence[Rule], scan: Callable[[Sequence[str]], Any] = scanner) -> None:
        self.rules, self._scan = list(rules), scan
        self._memory = Memory()
        self._told: dict[tuple[Any, ...], RouteIndex] = {}  # by what stands in an event
        self._routes: dict[Key, RouteIndex] = {}
        self._shared: dict[tuple[int, ...], RouteIndex] = {}
        self._plain = Plain(rule.source for rule in rules)
        self._words = {id(rule) for rule in rules if fields_of(rule.expression) == {KEYWORD}}

    def route(self, event: Mapping[str, Any]) -> RouteIndex:
        get = event.get
        told = (get("_channel"), get("_id"), get("_product"), get("_category"), get("_service"))
        index = self._told.get(told)
        if index is None:
            plain = self._plain(key_of(event))
            index = self._routes.get(plain)
            if index is None:
                index = self._routes[plain] = self._index(plain)
            if len(self._told) < MOST_ROUTES:
                self._told[told] = index
        return index

    def _index(self, key: Key) -> RouteIndex:
        concerned = tuple(i for i, rule in enumerate(self.rules) if concerns(rule.source, key))
        index = self._shared.get(concerned)
        if index is None:
            made = RouteIndex([self.rules[i] for i in concerned], self._scan, self._memory)
            index = self._shared[concerned] = made
        return index

    def match(self, event: Mapping[str, Any]) -> list[Rule]:
        index = self.route(event)
        held = [index.rules[i] for i in index.match(event)]
        if held and not self._words.isdisjoint(map(id, held)):
            return [rule for rule in held if id(rule) not in self._words or told_to_be(rule.source, event)]
        return held

    def why(self, event: Mapping[str, Any], rule: Rule) -> Why:
        """The tests of a rule that an event meets, and the field that met each; the most telling first."""
        index = self.route(event)
        told = index.met_by(event, index.places[id(rule)])
        return sorted(
            told,
            key=lambda one: (one[0].test in ("null", "exists"), one[1] in ("EventID", "Channel"), -len(one[0].value)),
        )

    def places(
        self, event: Mapping[str, Any], rule: Rule, why: Why | None = None
    ) -> list[tuple[str, tuple[int, int] | None]]:
        """(field, characters of its value) where a rule is met, the most telling first; each field and stretch once. `why`: where
        that is known already."""
        found = []
        for atom, field in self.why(event, rule) if why is None else why:
            value = event.get(field)
            found.append((field, stretch(atom, value) if isinstance(value, str) else None))
        return list(dict.fromkeys(found))


def stretch(atom: Atom, value: str) -> tuple[int, int] | None:
    """The characters of a value that an atom is met by; None where that is all of it, or no part of it alone."""
    text = atom.value if atom.cased else atom.value.lower()
    found = value if atom.cased else value.lower()
    if len(found) != len(value) or atom.part:  # a letter that is two in lower case
        return None
    if atom.test == "contains" and (at := found.find(text)) >= 0:
        return at, at + len(text)
    if atom.test == "starts":
        return 0, len(text)
    if atom.test == "ends":
        return len(value) - len(text), len(value)
    if atom.test == "equals":
        return 0, len(value)
    if atom.test == "re":
        import re2

        match = re2.compile(atom.value).search(value)
        return match.span() if match else None
    return None


__all__ = ["RuleSet", "Why", "stretch"]
