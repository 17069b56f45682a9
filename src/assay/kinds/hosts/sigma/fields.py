"""One field of many rules: which of their atoms a value meets. A dictionary for whole values, one automaton for all the text
that must stand in a value, and the rest tried only where such text stands in it. Values repeat: what they meet is remembered, in
one bounded `Memory` for all fields.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from assay.kinds.hosts.sigma.atoms import Atom, time_part
from assay.kinds.hosts.sigma.literals import required

BETWEEN = "\0"  # values that are looked at together; no rule looks for it
LONG = 512  # characters: longer values are not remembered, they hardly repeat
MOST_REMEMBERED = 400_000  # values, of all fields together; then all is forgotten and begun anew
_NUMBER = re.compile(r"-?\d+(\.\d+)?([eE][+-]?\d+)?")
Some = tuple[tuple[int, ...], tuple[int, ...]]
"""Numbers of the atoms that are met, and of the rules that they witness."""
Met = tuple[()] | Some
Test = Callable[[str, str], bool]
"""`test(value, value in lower case)`."""


class Memory:
    """What the fields of a set of rules remember, together."""

    def __init__(self, most: int = MOST_REMEMBERED) -> None:
        self.most, self.left = most, most
        self._caches: list[dict[Any, Any]] = []

    def new(self) -> dict[Any, Any]:
        self._caches.append({})
        return self._caches[-1]

    def spend(self, room: int = 1) -> None:
        """As much as so many values take will be remembered."""
        if self.left <= 0:
            for cache in self._caches:
                cache.clear()
            self.left = self.most
        self.left -= room


class FieldIndex:
    """`atoms` by their numbers; `witness`: atom -> the rules that it witnesses."""

    def __init__(
        self,
        atoms: Sequence[tuple[int, Atom]],
        scanner: Callable[[Sequence[str]], Any],
        witness: Mapping[int, Sequence[int]],
    ) -> None:
        self._witness = witness
        equal: dict[str, list[int]] = {}
        cased: dict[str, list[int]] = {}
        self._rest: list[tuple[int, Test]] = []
        always: list[int] = []
        literals: dict[str, _Literal] = {}
        loose: list[tuple[int, Atom]] = []
        called: list[tuple[int, Atom]] = []  # expressions that a text calls
        for number, atom in atoms:
            if atom.test in ("exists", "any"):
                always.append(number)
            elif atom.test in ("equals", "empty") and not atom.part:
                (cased if atom.cased else equal).setdefault(atom.value, []).append(number)
            elif atom.test == "re":
                texts = required(atom.value)
                if not texts:
                    loose.append((number, atom))
                    continue
                called.append((number, atom))
                test = _found(atom)
                for text in texts:
                    literals.setdefault(text, _Literal()).others.append((number, test))
            elif atom.test in ("contains", "starts", "ends", "like"):
                literal, check = _checked(atom)
                if literal:
                    literals.setdefault(literal, _Literal()).add(number, atom, check)
                elif check is not None:
                    self._rest.append((number, check))
            else:
                self._rest.append((number, _test(atom)))
        # Plain tuples of numbers: the collector of garbage does not follow them, and there are tens of thousands.
        self._always = tuple(always)
        self._equal = {text: tuple(numbers) for text, numbers in equal.items()}
        self._cased = {text: tuple(numbers) for text, numbers in cased.items()}
        self._loose, self._every = _Together(loose), _Together([*loose, *called])
        self._literals = [(text, *found.told()) for text, found in literals.items()]
        self._scan = scanner(list(literals)) if literals else None

    def may_meet(self, values: str) -> bool:
        """Could one of these values, with `BETWEEN` between them, meet anything? Looked for is only what must stand in them."""
        if self._always or self._equal or self._cased or self._rest or self._loose.atoms:
            return True
        if self._every.atoms and not values.isascii():  # see `meet`
            return True
        return self._scan is not None and bool(self._scan(values.lower()))

    def meet(self, value: str) -> Met:
        """What a value meets; nothing is remembered of it here."""
        lower = value.lower()
        hits = {*self._always, *self._equal.get(lower, ()), *self._cased.get(value, ())}
        if self._scan is not None:
            for literal in self._scan(lower):
                text, anywhere, first, last, others = self._literals[literal]
                hits.update(anywhere)
                if first and lower.startswith(text):
                    hits.update(first)
                if last and lower.endswith(text):
                    hits.update(last)
                for number, check in others:
                    if number not in hits and check(value, lower):
                        hits.add(number)
        # In what is not ASCII an expression without regard to case takes for equal what lower case does not (ſ and s).
        together = self._loose if value.isascii() else self._every
        if together.atoms:
            hits.update(together.match(value))
        for number, check in self._rest:
            if check(value, lower):
                hits.add(number)
        return (tuple(hits), tuple({rule for n in hits for rule in self._witness.get(n, ())})) if hits else ()


class _Literal:
    """The atoms that one text calls: by where it must stand in the value, and those with a test of their own."""

    def __init__(self) -> None:
        self.anywhere: list[int] = []
        self.first: list[int] = []
        self.last: list[int] = []
        self.others: list[tuple[int, Test]] = []

    def add(self, number: int, atom: Atom, check: Test | None) -> None:
        if check is None:
            self.anywhere.append(number)
        elif atom.test in ("starts", "ends") and not atom.cased:
            (self.first if atom.test == "starts" else self.last).append(number)
        else:
            self.others.append((number, check))

    def told(self) -> tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...], tuple[tuple[int, Test], ...]]:
        return tuple(self.anywhere), tuple(self.first), tuple(self.last), tuple(self.others)


def merged(found: Sequence[Met]) -> Met:
    """What several values meet together."""
    some = [met for met in found if met]
    return (tuple({n for met in some for n in met[0]}), tuple({n for met in some for n in met[1]})) if some else ()


class _Together:
    """One automaton for many regular expressions, made when first needed. Linear in the value's length."""

    def __init__(self, atoms: Sequence[tuple[int, Atom]]) -> None:
        self.atoms = atoms
        self._match: Callable[[str], Sequence[int] | None] | None = None

    def match(self, value: str) -> list[int]:
        if self._match is None:
            import re2

            options = re2.Options()
            options.log_errors = False
            options.max_mem = 256 << 20  # an automaton that outgrows its memory would silently find nothing
            together = re2.Set.SearchSet(options)
            for _, atom in self.atoms:
                together.Add(atom.value)
            together.Compile()
            self._match = together.Match
        return [self.atoms[i][0] for i in self._match(value) or ()]


def single_test(atom: Atom) -> Callable[[str], bool]:
    """An atom's test on one value, for those that are tried alone."""
    if atom.test == "re":
        found = _found(atom)
        return lambda value: found(value, "")
    test = _test(atom)
    return lambda value: test(value, "")


def _found(atom: Atom) -> Test:
    import re2

    search = re2.compile(atom.value).search
    return lambda value, _lower: search(value) is not None


def _checked(atom: Atom) -> tuple[str, Test | None]:
    """The lower-case text that must stand in a value, and what is left to test when it does."""
    text, literal = atom.value, atom.value.lower()
    if atom.test == "like":
        import re2

        whole = re2.compile(f"(?s){text}").fullmatch  # linear in the value's length, however many wildcards
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


def _test(atom: Atom) -> Test:
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


@lru_cache(4096)
def _address(value: str) -> Any:
    try:
        return ipaddress.ip_address(value)
    except ValueError:
        return None


def _inside(value: str, network: Any) -> bool:
    address = _address(value)
    if address is None:
        return False
    if address.version == 6 and network.version == 4 and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    return address.version == network.version and address in network


def pair_holds(atom: Atom, event: Mapping[str, Any]) -> bool:
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


__all__ = ["BETWEEN", "LONG", "FieldIndex", "Memory", "Met", "Some", "merged", "pair_holds", "single_test"]
