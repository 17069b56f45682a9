"""The rules that concern one kind of event, compiled: what the values of an event meet is looked up, not tried rule by rule.

Every field knows which of its atoms a value meets (`fields`); a rule is looked at only when one of its *witnesses* is met: a
set of atoms of which one must hold for the rule to hold. Tests that cost much and witness nothing (expressions, networks, a
field against another) wait until a rule that needs them is looked at.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from assay.kinds.hosts.sigma.atoms import KEYWORD, Atom, Expression, fields_of
from assay.kinds.hosts.sigma.fields import LONG, FieldIndex, Memory, Met, merged, pair_holds, single_test
from assay.kinds.hosts.sigma.rule import Rule

_COMMON = ("null", "exists", "any")  # tests that nearly every event meets: poor witnesses
_COSTLY = ("re", "cidr", "lt", "lte", "gt", "gte", "null")  # that wait where they witness nothing


class RouteIndex:
    """`rules` are those of one route, in order; `match` gives the numbers of those that hold."""

    def __init__(self, rules: Sequence[Rule], scanner: Callable[[Sequence[str]], Any], memory: Memory) -> None:
        numbers: dict[Atom, int] = {}
        numbered = [_numbered(rule.expression, numbers) for rule in rules]
        atoms = self._atoms = list(numbers)
        self.rules = list(rules)
        self.places = {id(rule): i for i, rule in enumerate(rules)}
        self._numbered = numbered
        self._expressions: dict[int, Any] = {}  # the same for `holds`, of rules that were looked at
        self._always: list[tuple[int, frozenset[str]]] = []
        witness: dict[int, list[int]] = {}
        for i, expression in enumerate(numbered):
            found = _witness(expression, atoms)
            if found is None:
                asked = any(atoms[n].test == "exists" for n in atoms_of(expression))
                self._always.append((i, frozenset((KEYWORD,) if asked else fields_of(rules[i].expression))))
            for one in found or ():
                witness.setdefault(one, []).append(i)
        self._witness = {one: tuple(found) for one, found in witness.items()}
        waiting = {n for n, atom in enumerate(atoms) if n not in witness and (atom.test in _COSTLY or _pair(atom))}
        self._plainly = {
            n for n in waiting if not _pair(atoms[n]) and atoms[n].field != KEYWORD and atoms[n].test != "null"
        }
        self._waiting = {
            i: kept for i, expression in enumerate(numbered)
            if (kept := tuple(sorted(atoms_of(expression) & waiting)))
        }  # fmt: skip
        self._tests: dict[int, Callable[[str], bool]] = {}
        self._names: dict[int, tuple[set[int], set[str]]] = {}  # rule -> its atoms and their fields
        by_field: dict[str, list[tuple[int, Atom]]] = {}
        self._absent: list[tuple[str, int]] = []
        self._pairs: list[tuple[int, Atom]] = []
        for number, atom in enumerate(atoms):
            if number in waiting:
                continue
            if atom.test == "null":
                self._absent.append((atom.field, number))
            elif _pair(atom):
                self._pairs.append((number, atom))
            else:
                by_field.setdefault(atom.field, []).append((number, atom))
        everywhere = by_field.pop(KEYWORD, None)
        self._fields = {name: FieldIndex(found, scanner, self._witness) for name, found in by_field.items()}
        self._everywhere = FieldIndex(everywhere, scanner, self._witness) if everywhere else None
        # What a value of a field meets, and what it meets as a word anywhere, are remembered together.
        self._memory = memory
        self._caches = {name: memory.new() for name in self._fields}
        self._otherwise = memory.new() if everywhere else None
        self._told: dict[Any, Any] = memory.new()

    def match(self, event: Mapping[str, Any]) -> list[int]:
        """Which rules hold for a flat event; names that begin with `_` are not fields."""
        met: set[int] = set()
        # A rule that only says what must not be is asked of events that have a field it speaks of, as any query would.
        candidates = {i for i, names in self._always if KEYWORD in names or not names.isdisjoint(event)}
        caches, otherwise = self._caches, self._otherwise
        for name, value in event.items():
            cache = caches.get(name)
            if cache is None:
                if otherwise is None or name[0] == "_":
                    continue
                cache = otherwise
            found = cache.get(value) if value.__class__ is str else None
            if found is None:
                found = self._meet(name, value, cache)
            if found:
                met.update(found[0])
                candidates.update(found[1])
        for name, number in self._absent:
            if name not in event:
                met.add(number)
                candidates.update(self._witness[number])
        for number, atom in self._pairs:
            if pair_holds(atom, event):
                met.add(number)
                candidates.update(self._witness[number])
        if not candidates:
            return []
        waiting = self._waiting
        done: set[int] = set()
        out = []
        for i in candidates:
            for number in waiting.get(i, ()):
                if number not in done:
                    done.add(number)
                    if self._now(number, event):
                        met.add(number)
            if holds(self._expressions.get(i) or self._expression(i), met):
                out.append(i)
        out.sort()
        return out

    def _expression(self, rule: int) -> Any:
        grouped = self._expressions[rule] = _grouped(self._numbered[rule])
        return grouped

    def _meet(self, name: str, value: Any, cache: dict[Any, Met]) -> Met:
        """What a value seen for the first time meets."""
        if isinstance(value, list):
            found = [one for part in value if (one := cache.get(part) or self._meet(name, part, cache))]
            return merged(found)
        text = value if isinstance(value, str) else str(value)
        index = self._fields.get(name)
        met = index.meet(text) if index is not None else ()
        if self._everywhere is not None and name[0] != "_" and (more := self._everywhere.meet(text)):
            met = merged([met, more]) if met else more
        if len(text) <= LONG:
            self._memory.spend()
            cache[text] = met
        return met

    def met_by(self, event: Mapping[str, Any], rule: int) -> list[tuple[Atom, str]]:
        """The atoms of a rule that an event meets and the field that met each: why it fired."""
        known = self._names.get(rule)
        if known is None:
            numbers = atoms_of(self._numbered[rule])
            known = self._names[rule] = numbers, {self._atoms[n].field for n in numbers}
        names, fields = known
        told: list[tuple[Atom, str]] = []
        for name, value in event.items():
            if name not in fields and KEYWORD not in fields:
                continue
            cache = self._caches.get(name, None if name.startswith("_") else self._otherwise)
            if cache is None:
                continue
            found = cache.get(value) if isinstance(value, str) else None
            if found is None:
                found = self._meet(name, value, cache)
            told += [(self._atoms[n], name) for n in (found[0] if found else ()) if n in names]
        for number in (*self._waiting.get(rule, ()), *(n for n, _ in self._pairs if n in names)):
            atom = self._atoms[number]
            if atom.test != "null" and self._now(number, event):
                told.append((atom, atom.field or next(n for n in event if self._in_field(number, event[n]))))
        return told

    def _now(self, number: int, event: Mapping[str, Any]) -> bool:
        """Does an atom that waited hold?"""
        atom = self._atoms[number]
        if number in self._plainly:
            value = event.get(atom.field)
            return value is not None and self._in_field(number, value)
        if atom.test == "null":
            return atom.field not in event
        if _pair(atom):
            return pair_holds(atom, event)
        return any(self._in_field(number, value) for name, value in event.items() if name[0] != "_")

    def _in_field(self, number: int, value: Any) -> bool:
        if isinstance(value, list):
            return any(self._in_field(number, one) for one in value)
        text = value if isinstance(value, str) else str(value)
        known: bool | None = self._told.get((number, text))
        if known is None:
            test = self._tests.get(number)
            if test is None:
                test = self._tests[number] = single_test(self._atoms[number])
            known = test(text)
            if len(text) <= LONG:
                self._memory.spend()
                self._told[number, text] = known
        return known


def _pair(atom: Atom) -> bool:
    return atom.test.endswith("field")


def _numbered(expression: Expression, numbers: dict[Atom, int]) -> Any:
    """The expression with its atoms as numbers."""
    if isinstance(expression, Atom):
        return numbers.setdefault(expression, len(numbers))
    return (expression[0], *(_numbered(e, numbers) for e in expression[1:]))


def _grouped(expression: Any) -> Any:
    """The same for `holds`: (kind, atoms, atoms of which none may be met, sets of which each must have one, what else nests in it).
    Conjunctions take in what nests one level deep: few rules are deeper than that."""
    if isinstance(expression, int):
        expression = ("and", expression)
    kind, *parts = expression
    plain = frozenset(part for part in parts if isinstance(part, int))
    nested = [part for part in parts if not isinstance(part, int)]
    none: set[int] = set()
    each: list[frozenset[int]] = []
    rest = []
    for part in nested:
        if kind == "and" and part[0] == "or" and _flat(part):
            each.append(frozenset(part[1:]))
        elif kind == "and" and part[0] == "not" and (excluded := _none_of(part[1])):
            none |= excluded
        else:
            rest.append(_grouped(part))
    return kind, plain, frozenset(none), tuple(each), tuple(rest)


def _flat(expression: Any) -> bool:
    return all(isinstance(part, int) for part in expression[1:])


def _none_of(expression: Any) -> set[int]:
    """The atoms of which none may be met where the expression must not hold; empty where it is not so simple."""
    if isinstance(expression, int):
        return {expression}
    return set(expression[1:]) if expression[0] == "or" and _flat(expression) else set()


def holds(expression: Any, met: set[int]) -> bool:
    """Does a grouped expression hold where these atoms are met?"""
    kind, plain, none, each, nested = expression
    if kind == "and":
        if not plain <= met or not none.isdisjoint(met):
            return False
        for some in each:
            if some.isdisjoint(met):
                return False
        for part in nested:  # noqa: SIM110 - `all` over a generator costs twice as much, and this is the inner loop
            if not holds(part, met):
                return False
        return True
    if kind == "or":
        if not plain.isdisjoint(met):
            return True
        for part in nested:  # noqa: SIM110
            if holds(part, met):
                return True
        return False
    return not (holds(nested[0], met) if nested else plain <= met)


def atoms_of(expression: Any) -> set[int]:
    return {expression} if isinstance(expression, int) else {a for part in expression[1:] for a in atoms_of(part)}


def _witness(expression: Any, atoms: Sequence[Atom]) -> frozenset[int] | None:
    """The cheapest set of atoms of which one must be met; None where there is none."""
    if isinstance(expression, int):
        return frozenset((expression,))
    kind, *parts = expression
    if kind == "not":
        return None
    found = [_witness(part, atoms) for part in parts]
    if kind == "or":
        if any(f is None for f in found):
            return None
        return frozenset().union(*(f for f in found if f is not None))
    usable = [f for f in found if f is not None]
    return min(usable, key=lambda f: _cost(f, atoms)) if usable else None


def _cost(found: frozenset[int], atoms: Sequence[Atom]) -> float:
    """How often a set of atoms is likely to be met: many, short or common ones are poor witnesses."""
    cost = 0.0
    for number in found:
        atom = atoms[number]
        if atom.test in _COMMON:
            cost += 1000
        elif atom.test in ("re", "lt", "lte", "gt", "gte", "empty") or _pair(atom):
            cost += 50
        else:
            cost += 20 / (1 + len(atom.value)) + (2 if atom.field in ("EventID", "Channel", "Provider_Name") else 0)
    return cost


__all__ = ["RouteIndex", "holds"]
