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

MOST_ROUTES = 5000  # kinds of events that are known at once; others are reduced to what rules ask of them first


class RuleSet:
    """`match(event)` gives the rules that hold, in the order they were given."""

    def __init__(self, rules: Sequence[Rule], scan: Callable[[Sequence[str]], Any] = scanner) -> None:
        self.rules, self._scan = list(rules), scan
        self._memory = Memory()
        self._routes: dict[Key, RouteIndex] = {}
        self._shared: dict[tuple[int, ...], RouteIndex] = {}
        self._plain = Plain(rule.source for rule in rules)
        self._words = {id(rule) for rule in rules if fields_of(rule.expression) == {KEYWORD}}

    def route(self, event: Mapping[str, Any]) -> RouteIndex:
        key = key_of(event)
        index = self._routes.get(key)
        if index is None:
            plain = self._plain(key)
            index = self._routes.get(plain)
            if index is None:
                index = self._routes[plain] = self._index(plain)
            if len(self._routes) < MOST_ROUTES:
                self._routes[key] = index
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

    def why(self, event: Mapping[str, Any], rule: Rule) -> list[tuple[Atom, str]]:
        """The tests of a rule that an event meets, and the field that met each; the most telling first."""
        index = self.route(event)
        told = index.met_by(event, index.places[id(rule)])
        return sorted(
            told,
            key=lambda one: (one[0].test in ("null", "exists"), one[1] in ("EventID", "Channel"), -len(one[0].value)),
        )


__all__ = ["RuleSet"]
