"""The rules that concern one kind of event, compiled: what the values of an event meet is looked up, not tried rule by rule.

Every field has a dictionary for whole values, one automaton for the text that must stand in a value, and a short list of the
rest; what a value meets is remembered, since values repeat. A rule is looked at only when one of its *witnesses* is met: a
set of atoms of which one must hold for the rule to hold.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from assay.kinds.hosts.sigma.atoms import KEYWORD, Atom, Expression, time_part
from assay.kinds.hosts.sigma.rule import Rule

CACHED = 50_000  # values of one field whose hits are remembered; then it is forgotten and begun anew
LONG = 512  # characters: longer values are not remembered, they hardly repeat
_NUMBER = re.compile(r"-?\d+(\.\d+)?([eE][+-]?\d+)?")
_COMMON = ("null", "exists", "any")  # tests that nearly every event meets: poor witnesses
Met = tuple[int, ...]


class RouteIndex:
    """`rules` are those of one route, in order; `match` gives the numbers of those that hold."""

    def __init__(self, rules: Sequence[Rule], scanner: Callable[[Sequence[str]], Any]) -> None:
        self.atoms: dict[Atom, int] = {}
        expressions = [self._number(rule.expression) for rule in rules]
        atoms = self._atoms = list(self.atoms)
        self.rules = list(rules)
        self.places = {id(rule): i for i, rule in enumerate(rules)}
        self._expressions = expressions
        self._always: list[int] = []
        self._witness: dict[int, list[int]] = {}
        for i, expression in enumerate(expressions):
            found = _witness(expression, atoms)
            if found is None:
                self._always.append(i)
            for one in found or ():
                self._witness.setdefault(one, []).append(i)
        by_field: dict[str, list[tuple[int, Atom]]] = {}
        self._absent: list[tuple[str, int]] = []
        self._pairs: list[tuple[int, Atom]] = []
        for atom, number in self.atoms.items():
            if atom.test == "null":
                self._absent.append((atom.field, number))
            elif atom.test.endswith("field"):
                self._pairs.append((number, atom))
            else:
                by_field.setdefault(atom.field, []).append((number, atom))
        everywhere = by_field.pop(KEYWORD, None)
        self._fields = {name: FieldIndex(found, scanner) for name, found in by_field.items()}
        self._everywhere = FieldIndex(everywhere, scanner) if everywhere else None

    def _number(self, expression: Expression) -> Any:
        """The expression with its atoms as numbers."""
        if isinstance(expression, Atom):
            return self.atoms.setdefault(expression, len(self.atoms))
        return (expression[0], *(self._number(e) for e in expression[1:]))

    def match(self, event: Mapping[str, Any]) -> list[int]:
        """Which rules hold for a flat event; names that begin with `_` are not fields."""
        met: set[int] = set()
        fields, everywhere = self._fields, self._everywhere
        for name, value in event.items():
            index = fields.get(name)
            if index is not None:
                found = index.cache.get(value) if value.__class__ is str else None
                if found is None:
                    found = index.meet(value)
                if found:
                    met.update(found)
            if everywhere is not None and name[0] != "_":
                found = everywhere.cache.get(value) if value.__class__ is str else None
                if found is None:
                    found = everywhere.meet(value)
                if found:
                    met.update(found)
        for name, number in self._absent:
            if name not in event:
                met.add(number)
        for number, atom in self._pairs:
            if _pair(atom, event):
                met.add(number)
        witness = self._witness
        candidates = set(self._always)
        for one in met:
            rules = witness.get(one)
            if rules:
                candidates.update(rules)
        if not candidates:
            return []
        expressions = self._expressions
        return sorted(i for i in candidates if _holds(expressions[i], met))

    def met_by(self, event: Mapping[str, Any], rule: int) -> list[tuple[Atom, str]]:
        """The atoms of a rule that an event meets and the field that met each: why it fired."""
        names = _atoms(self._expressions[rule])
        told: list[tuple[Atom, str]] = []
        atoms = self._atoms
        for name, value in event.items():
            for index, any_field in ((self._fields.get(name), False), (self._everywhere, True)):
                if index is not None and not (any_field and name.startswith("_")):
                    told += [(atoms[n], name) for n in index.meet(value) if n in names]
        return told


def _holds(expression: Any, met: set[int]) -> bool:
    if expression.__class__ is int:
        return expression in met
    kind = expression[0]
    if kind == "not":
        return not _holds(expression[1], met)
    # Spelt out: `all` and `any` over a generator cost twice as much, and this is the inner loop.
    wanted = kind == "or"
    for part in expression[1:]:
        if (part in met if part.__class__ is int else _holds(part, met)) is wanted:
            return wanted
    return not wanted


def _atoms(expression: Any) -> set[int]:
    return {expression} if isinstance(expression, int) else {a for part in expression[1:] for a in _atoms(part)}


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
        elif atom.test in ("re", "lt", "lte", "gt", "gte", "empty") or atom.test.endswith("field"):
            cost += 50
        else:
            cost += 20 / (1 + len(atom.value)) + (2 if atom.field in ("EventID", "Channel", "Provider_Name") else 0)
    return cost


class FieldIndex:
    """`cache` value -> numbers of the atoms it meets."""

    def __init__(self, atoms: Sequence[tuple[int, Atom]], scanner: Callable[[Sequence[str]], Any]) -> None:
        self.cache: dict[Any, Met] = {}
        self._equal: dict[str, list[int]] = {}
        self._cased: dict[str, list[int]] = {}
        self._rest: list[tuple[int, Callable[[str, str], bool]]] = []
        self._always: list[int] = []
        literals: dict[str, list[tuple[int, Callable[[str, str], bool] | None]]] = {}
        for number, atom in atoms:
            if atom.test in ("exists", "any"):
                self._always.append(number)
            elif atom.test in ("equals", "empty") and not atom.part:
                (self._cased if atom.cased else self._equal).setdefault(atom.value, []).append(number)
            elif atom.test in ("contains", "starts", "ends", "like"):
                literal, check = _checked(atom)
                if literal:
                    literals.setdefault(literal, []).append((number, check))
                elif check is not None:
                    self._rest.append((number, check))
            elif atom.test != "re":
                self._rest.append((number, _test(atom)))
        self._expressions, self._expressed = _expressions([(n, a) for n, a in atoms if a.test == "re"])
        self._literals = list(literals.values())
        self._scan = scanner(list(literals)) if literals else None

    def meet(self, value: Any) -> Met:
        """What a value (text or a list of text) meets."""
        if value.__class__ is not str:
            return (
                tuple({n for one in value for n in self.meet(one)})
                if isinstance(value, list)
                else self.meet(str(value))
            )
        found = self.cache.get(value)
        if found is not None:
            return found
        lower = value.lower()
        hits = [*self._always, *self._equal.get(lower, ()), *self._cased.get(value, ())]
        if self._scan is not None:
            for literal in set(self._scan(lower)):
                for number, check in self._literals[literal]:
                    if check is None or check(value, lower):
                        hits.append(number)
        if self._expressions is not None:
            hits += [self._expressed[i] for i in self._expressions(value) or ()]
        hits += [number for number, check in self._rest if check(value, lower)]
        found = tuple(hits)
        if len(value) <= LONG:
            if len(self.cache) >= CACHED:
                self.cache.clear()
            self.cache[value] = found
        return found


def _expressions(atoms: Sequence[tuple[int, Atom]]) -> tuple[Callable[[str], Sequence[int] | None] | None, list[int]]:
    """One automaton for every regular expression of a field, and the atom that each place in it stands for. Linear in the
    value's length, whatever the expressions."""
    import re2

    if not atoms:
        return None, []
    options = re2.Options()
    options.log_errors = False
    options.max_mem = 256 << 20  # an automaton that outgrows its memory would silently find nothing
    together = re2.Set.SearchSet(options)
    for _, atom in atoms:
        together.Add(atom.value)
    together.Compile()
    return together.Match, [number for number, _ in atoms]


def _checked(atom: Atom) -> tuple[str, Callable[[str, str], bool] | None]:
    """The lower-case text that must stand in a value, and what is left to test when it does."""
    text, literal = atom.value, atom.value.lower()
    if atom.test == "like":
        whole = re.compile(text, re.DOTALL).fullmatch
        literal = _longest(text).lower()
        test: Callable[[str], bool] = lambda value: whole(value) is not None  # noqa: E731
    elif atom.test == "contains":
        if not atom.cased:
            return literal, None
        test = lambda value: text in value  # noqa: E731
    elif atom.test == "starts":
        test = lambda value: value.startswith(text)  # noqa: E731
    else:
        test = lambda value: value.endswith(text)  # noqa: E731
    return literal, (lambda value, _lower: test(value)) if atom.cased else (lambda _value, lower: test(lower))


def _longest(expression: str) -> str:
    """The longest text that must stand in what a pattern's expression (escaped text, `.` and `.*`) matches."""
    texts, at = [""], 0
    while at < len(expression):
        if expression[at] == "\\":
            texts[-1] += expression[at + 1]
            at += 2
        elif expression[at] == ".":
            texts.append("")
            at += 2 if expression[at + 1 : at + 2] == "*" else 1
        else:
            texts[-1] += expression[at]
            at += 1
    return max(texts, key=len)


def _test(atom: Atom) -> Callable[[str, str], bool]:
    if atom.part:
        part, wanted, test = atom.part, float(atom.value), atom.test
        return lambda v, _l: (found := time_part(v, part)) is not None and _compare(float(found), wanted, test)
    if atom.test == "cidr":
        network = ipaddress.ip_network(atom.value)
        return lambda v, _l: _inside(v, network)
    limit, test = float(atom.value), atom.test
    return lambda v, _l: _NUMBER.fullmatch(v) is not None and _compare(float(v), limit, test)


def _compare(value: float, limit: float, test: str) -> bool:
    return (
        value < limit if test == "lt" else value <= limit if test == "lte" else value > limit if test == "gt"
        else value >= limit if test == "gte" else value == limit
    )  # fmt: skip


def _inside(value: str, network: Any) -> bool:
    try:
        address = ipaddress.ip_address(value)
    except ValueError:
        return False
    if address.version == 6 and network.version == 4 and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    return address.version == network.version and address in network


def _pair(atom: Atom, event: Mapping[str, Any]) -> bool:
    """Does one field stand in the asked relation to another?"""
    one, other = event.get(atom.field), event.get(atom.value)
    if not isinstance(one, str) or not isinstance(other, str):
        return False
    if not atom.cased:
        one, other = one.lower(), other.lower()
    return (
        one == other if atom.test == "equalsfield" else other in one if atom.test == "containsfield"
        else one.startswith(other) if atom.test == "startsfield" else one.endswith(other)
    )  # fmt: skip


__all__ = ["FieldIndex", "RouteIndex"]
