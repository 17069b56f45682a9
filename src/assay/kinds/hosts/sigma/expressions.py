"""Expressions of rules over atoms that have numbers: grouped so that they are judged quickly, and which of their atoms witness them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from assay.kinds.hosts.sigma.atoms import Atom, Expression

_COMMON = ("null", "exists", "any")  # tests that nearly every event meets: poor witnesses


def is_pair(atom: Atom) -> bool:
    """Does it compare two fields?"""
    return atom.test.endswith("field")


def numbered(expression: Expression, numbers: dict[Atom, int]) -> Any:
    """The expression with its atoms as numbers."""
    if isinstance(expression, Atom):
        return numbers.setdefault(expression, len(numbers))
    return (expression[0], *(numbered(e, numbers) for e in expression[1:]))


def grouped(expression: Any) -> Any:
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
            rest.append(grouped(part))
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
    """Every atom in it, by number."""
    return {expression} if isinstance(expression, int) else {a for part in expression[1:] for a in atoms_of(part)}


def witness_of(expression: Any, atoms: Sequence[Atom]) -> frozenset[int] | None:
    """The cheapest set of atoms of which one must be met; None where there is none."""
    if isinstance(expression, int):
        return frozenset((expression,))
    kind, *parts = expression
    if kind == "not":
        return None
    found = [witness_of(part, atoms) for part in parts]
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
        elif atom.test in ("re", "lt", "lte", "gt", "gte", "empty") or is_pair(atom):
            cost += 50
        else:
            cost += 20 / (1 + len(atom.value)) + (2 if atom.field in ("EventID", "Channel", "Provider_Name") else 0)
    return cost


__all__ = ["atoms_of", "grouped", "holds", "is_pair", "numbered", "witness_of"]
