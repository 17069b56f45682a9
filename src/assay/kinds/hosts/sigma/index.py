"""The rules that concern one kind of event, compiled: what the values of an event meet is looked up, not tried rule by rule.

Every field knows which of its atoms a value meets (`fields`); a rule is looked at only when one of its *witnesses* is met: a
set of atoms of which one must hold for the rule to hold. Tests that cost much and witness nothing (expressions, networks, a
field against another) wait until a rule that needs them is looked at.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import compress
from typing import Any, NamedTuple

from assay.kinds.hosts.sigma.atoms import KEYWORD, Atom, fields_of
from assay.kinds.hosts.sigma.expressions import atoms_of, grouped, holds, is_pair, numbered, witness_of
from assay.kinds.hosts.sigma.fields import BETWEEN, LONG, FieldIndex, Memory, Met, Some, merged, pair_holds, single_test
from assay.kinds.hosts.sigma.rule import Rule

MOST_SHAPES = 5000  # sets of field names that are known at once
JUDGED = 8  # values whose room what was judged of them together takes
_COSTLY = ("re", "cidr", "lt", "lte", "gt", "gte", "null")  # that wait where they witness nothing


class _Shape(NamedTuple):
    """What the names of an event's fields alone say: `asked` are those that rules ask by name, `others` those that only words which
    may stand anywhere are looked for in; `always` rules without a witness that concern it, `absent` atoms met by what is not there."""

    number: int
    asked: _Fields
    others: _Fields
    always: tuple[int, ...]
    absent: tuple[int, ...]


class _Fields(NamedTuple):
    """Some fields of a shape: their names with what is remembered of their values, and which of all fields they are."""

    named: tuple[tuple[str, dict[Any, Met]], ...]
    mask: tuple[bool, ...]

    @classmethod
    def of(cls, names: Sequence[str], caches: Sequence[dict[Any, Met] | None]) -> _Fields:
        named = tuple((name, cache) for name, cache in zip(names, caches, strict=True) if cache is not None)
        return cls(named, tuple(cache is not None for cache in caches))


class _Judged(NamedTuple):
    """Rules that are `held` where the atoms `met` are met, and rules that wait for more; `found` stays, so that its parts' identities
    stay theirs."""

    held: list[int]
    waiting: list[int]
    met: set[int]
    found: list[Some]


class RouteIndex:
    """`rules` are those of one route, in order; `match` gives the numbers of those that hold."""

    def __init__(self, rules: Sequence[Rule], scanner: Callable[[Sequence[str]], Any], memory: Memory) -> None:
        numbers: dict[Atom, int] = {}
        self._numbered = [numbered(rule.expression, numbers) for rule in rules]
        atoms = self._atoms = list(numbers)
        self.rules = list(rules)
        self.places = {id(rule): i for i, rule in enumerate(rules)}
        self._expressions: dict[int, Any] = {}  # the same for `holds`, of rules that were looked at
        self._always: list[tuple[int, frozenset[str]]] = []
        witness: dict[int, list[int]] = {}
        for i, expression in enumerate(self._numbered):
            found = witness_of(expression, atoms)
            if found is None:
                asked = any(atoms[n].test == "exists" for n in atoms_of(expression))
                self._always.append((i, frozenset((KEYWORD,) if asked else fields_of(rules[i].expression))))
            for one in found or ():
                witness.setdefault(one, []).append(i)
        self._witness = {one: tuple(found) for one, found in witness.items()}
        waiting = {n for n, atom in enumerate(atoms) if n not in witness and (atom.test in _COSTLY or is_pair(atom))}
        self._plainly = {
            n for n in waiting if not is_pair(atoms[n]) and atoms[n].field != KEYWORD and atoms[n].test != "null"
        }
        self._waiting = {
            i: kept for i, expression in enumerate(self._numbered)
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
            elif is_pair(atom):
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
        self._judged: dict[tuple[Any, ...], _Judged] = memory.new()
        self._shapes: dict[tuple[str, ...], _Shape] = {}

    def match(self, event: Mapping[str, Any]) -> list[int]:
        """Which rules hold for a flat event; names that begin with `_` are not fields."""
        names = tuple(event)
        shape = self._shapes.get(names) or self._shape(names)
        found: list[Some] = []
        remembered = self._look(event, shape.asked, found)
        if shape.others.named and self._anywhere(compress(event.values(), shape.others.mask)):
            remembered &= self._look(event, shape.others, found)
        paired = tuple(number for number, atom in self._pairs if pair_holds(atom, event))
        if not (found or paired or shape.always or shape.absent):
            return []
        # Many events meet the same, by values as remembered: then so do the rules.
        key = (shape.number, paired, *map(id, found))
        judged = self._judged.get(key) if remembered else None
        if judged is None:
            judged = self._judge(shape, found, paired)
            if remembered:
                self._memory.spend(JUDGED)
                self._judged[key] = judged
        return self._asked(judged, event) if judged.waiting else judged.held

    def _look(self, event: Mapping[str, Any], fields: _Fields, found: list[Some]) -> bool:
        """Adds what these fields' values meet; is all of that remembered?"""
        remembered = True
        for (name, cache), value in zip(fields.named, compress(event.values(), fields.mask), strict=True):
            met = cache.get(value) if value.__class__ is str else None
            if met is None and (met := self._meet(name, value, cache)):
                remembered = False
            if met:
                found.append(met)
        return remembered

    def _anywhere(self, values: Iterable[Any]) -> bool:
        """May a word that is looked for anywhere stand in one of these? Most are times and numbers that never come again: it is
        quicker to look through all of them at once than to remember each."""
        assert self._everywhere is not None
        values = list(values)
        try:
            text = BETWEEN.join(values)
        except TypeError:  # lists among them
            text = BETWEEN.join(BETWEEN.join(map(str, v)) if isinstance(v, list) else str(v) for v in values)
        return self._everywhere.may_meet(text)

    def _shape(self, names: tuple[str, ...]) -> _Shape:
        """What depends on nothing but the names that an event has."""
        own = [self._caches.get(name) for name in names]
        others = [
            None if cache is not None or name[:1] == "_" else self._otherwise
            for name, cache in zip(names, own, strict=True)
        ]
        if len(self._shapes) >= MOST_SHAPES:
            self._shapes.clear()
            self._judged.clear()
        # A rule that only says what must not be is asked of events that have a field it speaks of, as any query would.
        shape = self._shapes[names] = _Shape(
            len(self._shapes), _Fields.of(names, own), _Fields.of(names, others),
            tuple(i for i, asked in self._always if KEYWORD in asked or not asked.isdisjoint(names)),
            tuple(number for name, number in self._absent if name not in names),
        )  # fmt: skip
        return shape

    def _judge(self, shape: _Shape, found: list[Some], paired: tuple[int, ...]) -> _Judged:
        """The rules that hold where these values' atoms are met, and those that wait for more."""
        met, candidates = {*shape.absent, *paired}, set(shape.always)
        for number in met:
            candidates.update(self._witness[number])
        for one in found:
            met.update(one[0])
            candidates.update(one[1])
        waiting = sorted(i for i in candidates if i in self._waiting)
        sure = sorted(candidates.difference(waiting))
        held = [i for i in sure if holds(self._expressions.get(i) or self._expression(i), met)]
        return _Judged(held, waiting, met if waiting else set(), found)

    def _asked(self, judged: _Judged, event: Mapping[str, Any]) -> list[int]:
        """The rules that hold, those among them that waited."""
        met, done, out = judged.met, set(), list(judged.held)
        for i in judged.waiting:
            for number in self._waiting[i]:
                if number not in done:
                    done.add(number)
                    if self._now(number, event):  # seldom
                        met = met | {number}
            if holds(self._expressions.get(i) or self._expression(i), met):
                out.append(i)
        out.sort()
        return out

    def _expression(self, rule: int) -> Any:
        expression = self._expressions[rule] = grouped(self._numbered[rule])
        return expression

    def _meet(self, name: str, value: Any, cache: dict[Any, Met]) -> Met:
        """What a value seen for the first time meets."""
        if isinstance(value, list):
            found = [one for part in value if (one := cache.get(part) or self._meet(name, part, cache))]
            return merged(found)
        text = value if isinstance(value, str) else str(value)
        index = self._fields.get(name)
        met = index.meet(text) if index is not None else ()
        if self._everywhere is not None and name[:1] != "_" and (more := self._everywhere.meet(text)):
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
            if found:
                told += [(self._atoms[n], name) for n in sorted(names.intersection(found[0]))]
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
        if is_pair(atom):
            return pair_holds(atom, event)
        return any(self._in_field(number, value) for name, value in event.items() if name[:1] != "_")

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


__all__ = ["RouteIndex"]
