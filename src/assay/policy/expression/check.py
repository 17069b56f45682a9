"""From a tree to a typed, runnable expression, reporting every mistake on the way.

Type rules are those of CEL's checker (cel-spec, "Gradual Type Checking"): no arithmetic between int and double, text is
not a number; int and double may be compared. A pass-through column has no declared type and takes its neighbour's.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from assay.policy.expression import functions as library
from assay.policy.expression import syntax, vector
from assay.policy.expression.names import CONSTANTS, Names, Path, UnknownName
from assay.policy.expression.scope import Scope, key_of
from assay.policy.expression.vector import Op, Type, Vector
from assay.policy.problem import did_you_mean

Run = Callable[[Scope], Vector]
_NUMBERS = (Type.INT, Type.DOUBLE)
_ORDERED = (*_NUMBERS, Type.STRING, Type.BOOL, Type.TIMESTAMP, Type.DURATION)
_UNSUPPORTED = frozenset(("all", "exists", "exists_one", "map", "filter", "dyn", "type", "bytes", "uint"))


@dataclass(frozen=True)
class Typed:
    """A checked part of an expression. `items`: the elements of a list; `value`: a literal's; `path`: a name's."""

    type: Type
    run: Run
    at: int
    constant: bool = False
    reads: frozenset[str] = frozenset()
    items: tuple[Typed, ...] = ()
    value: Any = None
    path: Path = ()


def _nothing(scope: Scope) -> Vector:
    raise AssertionError("a wrong expression is never run")


class Checker:
    """`report(message, offset, hint)` is called for each mistake; checking goes on with a part of type `WRONG`."""

    def __init__(self, names: Names, report: Callable[[str, int, str], None]) -> None:
        self.names, self._report = names, report
        self.asked: set[str] = set()  # reason codes that are asked of open findings

    def wrong(self, at: int, message: str, hint: str = "") -> Typed:
        self._report(message, at, hint)
        return Typed(Type.WRONG, _nothing, at)

    def check(self, node: syntax.Node) -> Typed:
        match node:
            case syntax.Constant():
                return _literal(node.value, node.at)
            case syntax.Identifier() | syntax.Select():
                return self._name(node)
            case syntax.Unary():
                return self._unary(node)
            case syntax.Binary(op="&&" | "||"):
                return self._logic(node)
            case syntax.Binary(op="in"):
                return self._member(node)
            case syntax.Binary():
                return self._comparison(node) if node.op in vector.COMPARE else self._arithmetic(node)
            case syntax.Choice():
                return self._choice(node)
            case syntax.ListOf():
                return self._list(node)
            case syntax.Index():
                return self._index(node)
            case syntax.Call():
                return self._call(node)

    def settle(self, part: Typed, type_: Type) -> Typed:
        """A pass-through column as this type; anything else as it is."""
        if part.type is not Type.UNTYPED:
            return part
        as_type = Type.DOUBLE if type_ is Type.INT else type_
        if as_type not in (Type.DOUBLE, Type.STRING):
            return self.wrong(part.at, f"{'.'.join(part.path)} is a number or text, never {as_type}")
        return _reading(part.path, as_type, part.at)

    # Names.

    def _name(self, node: syntax.Identifier | syntax.Select) -> Typed:
        path, at = _path(node)
        if not path:
            return self.wrong(node.at, "only names have parts")
        try:
            type_ = self.names.type_of(path)
        except UnknownName as problem:
            return self.wrong(at, problem.message, problem.hint)
        if path[0] in CONSTANTS:
            return _literal(CONSTANTS[path[0]][path[1]], at)
        if type_ is Type.LIST:
            items = tuple(_literal(value, at) for value in self.names.lists[path[1]])
            return Typed(Type.LIST, _nothing, at, True, frozenset((".".join(path),)), items, path=path)
        return _reading(path, type_, at)

    # Operators.

    def _unary(self, node: syntax.Unary) -> Typed:
        of = self.check(node.of)
        if node.op == "!":
            of = self.settle(of, Type.BOOL)
            return self._apply(node.at, Type.BOOL, vector.negate, of) if self._is(of, Type.BOOL, "'!'") else of
        of = self.settle(of, Type.DOUBLE)
        if of.type not in (*_NUMBERS, Type.WRONG):
            return self.wrong(node.at, f"'-' takes a number, not {of.type}")
        return self._apply(node.at, of.type, vector.minus, of)

    def _is(self, part: Typed, type_: Type, what: str) -> bool:
        if part.type is Type.WRONG:
            return False
        if part.type is not type_:
            self.wrong(part.at, f"{what} takes {type_}, not {part.type}")
            return False
        return True

    def _logic(self, node: syntax.Binary) -> Typed:
        left, right = (self.settle(self.check(side), Type.BOOL) for side in (node.left, node.right))
        fine = [self._is(side, Type.BOOL, f"'{node.op}'") for side in (left, right)]
        if not all(fine):
            return Typed(Type.WRONG, _nothing, node.at)
        if node.op == "||" or (left.constant and right.constant):
            return self._apply(node.at, Type.BOOL, vector.conjoin if node.op == "&&" else vector.disjoin, left, right)
        return Typed(Type.BOOL, _conjoined(left.run, right.run), node.at, reads=_reads(left, right))

    def _pair(self, node: syntax.Binary) -> tuple[Typed, Typed]:
        left, right = self.check(node.left), self.check(node.right)
        if left.type is Type.UNTYPED and right.type is Type.UNTYPED:
            left = right = self.wrong(node.at, "neither side has a type", "wrap one in double(…) or string(…)")
        return self.settle(left, right.type), self.settle(right, left.type)

    def _comparison(self, node: syntax.Binary) -> Typed:
        left, right = self._pair(node)
        if Type.WRONG in (left.type, right.type):
            return Typed(Type.WRONG, _nothing, node.at)
        alike = left.type is right.type or (left.type in _NUMBERS and right.type in _NUMBERS)
        if not alike or left.type not in _ORDERED:
            hint = ""
            if {left.type, right.type} == {Type.STRING, Type.INT} and "verdict" in (*left.path, *right.path):
                hint = "write verdict.counterfeit, not text"
            return self.wrong(node.at, f"cannot compare {left.type} {node.op} {right.type}", hint)
        text = left.type is Type.STRING
        return self._apply(
            node.at, Type.BOOL, vector.comparison(node.op, text and node.op not in ("==", "!=")), left, right
        )

    def _arithmetic(self, node: syntax.Binary) -> Typed:
        left, right = self._pair(node)
        if Type.WRONG in (left.type, right.type):
            return Typed(Type.WRONG, _nothing, node.at)
        found = vector.ARITHMETIC.get((node.op, left.type, right.type))
        if found is None:
            return self.wrong(node.at, f"no {left.type} {node.op} {right.type}", _number_hint(left, right))
        return self._apply(node.at, found[0], found[1], left, right)

    def _choice(self, node: syntax.Choice) -> Typed:
        condition = self.settle(self.check(node.condition), Type.BOOL)
        yes, no = self.check(node.yes), self.check(node.no)
        yes, no = self.settle(yes, no.type), self.settle(no, yes.type)
        if not self._is(condition, Type.BOOL, "'?'") or Type.WRONG in (yes.type, no.type):
            return Typed(Type.WRONG, _nothing, node.at)
        if yes.type is not no.type or yes.type not in _ORDERED:
            message = f"both sides of ':' must be of one type, not {yes.type} and {no.type}"
            return self.wrong(node.at, message, _number_hint(yes, no))
        return self._apply(node.at, yes.type, vector.choose, condition, yes, no)

    # Lists.

    def _list(self, node: syntax.ListOf) -> Typed:
        items = tuple(self.check(item) for item in node.items)
        settled = next((i.type for i in items if i.type is not Type.UNTYPED), Type.UNTYPED)
        items = tuple(self.settle(item, settled) for item in items)
        types = {item.type for item in items}
        if Type.WRONG in types:
            return Typed(Type.WRONG, _nothing, node.at)
        if len(types) > 1 and not types <= set(_NUMBERS):
            return self.wrong(node.at, f"a list holds one type, not {' and '.join(sorted(map(str, types)))}")
        if types and not types <= set(_ORDERED):
            return self.wrong(node.at, f"a list cannot hold {types.pop()}")
        return Typed(Type.LIST, _nothing, node.at, all(i.value is not None for i in items), _reads(*items), items)

    def _member(self, node: syntax.Binary) -> Typed:
        left, right = self.check(node.left), self.check(node.right)
        if Type.WRONG in (left.type, right.type):
            return Typed(Type.WRONG, _nothing, node.at)
        if right.type is Type.CODES:
            return self._has_code(left, right)
        if right.type is not Type.LIST:
            return self.wrong(
                right.at, f"'in' takes a list, not {right.type}", 'write in ["a", "b"] or in lists.<name>'
            )
        element = right.items[0].type if right.items else left.type
        left = self.settle(left, element)
        if left.type is Type.WRONG:
            return left
        if left.type is not element and not (left.type in _NUMBERS and element in _NUMBERS):
            return self.wrong(node.at, f"{left.type} is never in a list of {element}")
        text = left.type is Type.STRING
        if right.constant:
            values = tuple(item.value for item in right.items)
            if not values:
                return self._apply(node.at, Type.BOOL, lambda a: vector.member_of(a, text=text), left)
            part = self._apply(node.at, Type.BOOL, vector.member(values, text), left)
            return Typed(part.type, part.run, part.at, part.constant, part.reads | right.reads)
        return self._apply(
            node.at, Type.BOOL, lambda a, *items: vector.member_of(a, *items, text=text), left, *right.items
        )

    def _has_code(self, left: Typed, right: Typed) -> Typed:
        code, path = left.value, right.path
        if not isinstance(code, str):
            hint = 'such as "payments.card-testing" in reasons'
            what = "a name" if path[0] == "campaign" else "a reason code"
            return self.wrong(left.at, f"{what} must be written out as text", hint)
        try:
            self.names.check_among(path, code)
        except UnknownName as problem:
            return self.wrong(left.at, problem.message, problem.hint)
        if path[0] == "open":
            self.asked.add(code)
        return Typed(Type.BOOL, lambda scope: scope.has_code(path, code), left.at, reads=right.reads)

    def _index(self, node: syntax.Index) -> Typed:
        of, index = self.check(node.of), self.check(node.index)
        if Type.WRONG in (of.type, index.type):
            return Typed(Type.WRONG, _nothing, node.at)
        if of.type is not Type.LIST or not of.constant or not of.items:
            return self.wrong(node.at, "only a list of constants can be indexed")
        if index.type is not Type.INT:
            return self.wrong(index.at, f"an index is an int, not {index.type}")
        values = np.concatenate([item.run(None).values for item in of.items])  # type: ignore[arg-type]

        def pick(i: Vector) -> Vector:
            inside = (i.values >= 0) & (i.values < len(values))
            return Vector(values[np.where(inside, i.values, 0)], vector.both(i.known, inside))

        return self._apply(node.at, of.items[0].type, pick, index)

    # Functions.

    def _call(self, node: syntax.Call) -> Typed:
        if node.name == "has" and node.target is None:
            return self._has(node)
        if isinstance(node.target, syntax.Identifier) and node.target.name == "math":
            return self._extreme(node)
        if isinstance(node.target, syntax.Identifier) and node.target.name == "open":
            return self._within(node)
        method = node.target is not None
        table = library.METHODS if method else library.FUNCTIONS
        overloads = table.get(node.name)
        if overloads is None:
            what = f"no {'method' if method else 'function'} {node.name!r}"
            hint = "not part of policies" if node.name in _UNSUPPORTED else did_you_mean(node.name, table)
            if node.name in ("min", "max"):
                hint = "write math.least(a, b) or math.greatest(a, b)"
            return self.wrong(node.at, what, hint)
        args = [self.check(arg) for arg in ((node.target, *node.args) if node.target is not None else node.args)]
        number = node.name in ("double", "int")
        args = [self.settle(arg, Type.DOUBLE if number else Type.STRING) for arg in args]
        if any(arg.type is Type.WRONG for arg in args):
            return Typed(Type.WRONG, _nothing, node.at)
        if node.name == "size" and len(args) == 1 and args[0].type is Type.LIST:
            return _literal(len(args[0].items), node.at)
        types = tuple(arg.type for arg in args)
        for overload in overloads:
            if overload.takes == types:
                return self._checked_text(node, args) or self._apply(node.at, overload.gives, overload.run, *args)
        takes = " or ".join("(" + ", ".join(map(str, o.takes[method:])) + ")" for o in overloads)
        given = f"({', '.join(map(str, types[method:]))})" + (f" on {types[0]}" if method else "")
        return self.wrong(node.at, f"{node.name} takes {takes}, not {given}")

    def _checked_text(self, node: syntax.Call, args: list[Typed]) -> Typed | None:
        """Literals that can be checked now: patterns, time zones, durations, moments. None when all is well."""
        if node.name == "matches" or (
            node.name in library.METHODS and len(args) == 2 and args[0].type is Type.TIMESTAMP
        ):
            text = args[1].value
            if text is None:
                return self.wrong(args[1].at, f"{node.name} takes text that is written out")
            problem = library.pattern_problem(text) if node.name == "matches" else library.zone_problem(text)
            return self.wrong(args[1].at, problem) if problem else None
        if node.name in ("duration", "timestamp") and args[0].value is not None:
            try:
                getattr(library, node.name)(args[0].value)
            except ValueError:
                example = '"90m" or "1h30m"' if node.name == "duration" else '"2026-01-31T00:00:00Z"'
                return self.wrong(args[0].at, f"{args[0].value!r} is not a {node.name}", f"write it as {example}")
        return None

    def _extreme(self, node: syntax.Call) -> Typed:
        overloads = library.FUNCTIONS.get(f"math.{node.name}")
        if overloads is None:
            return self.wrong(node.at, f"no function math.{node.name}", "there are: math.greatest, math.least")
        args = [self.settle(self.check(arg), Type.DOUBLE) for arg in node.args]
        types = {arg.type for arg in args}
        if Type.WRONG in types:
            return Typed(Type.WRONG, _nothing, node.at)
        if len(args) < 2 or len(types) > 1 or not types <= set(_NUMBERS):
            message = f"math.{node.name} takes two or more numbers of one type"
            return self.wrong(node.at, message, _number_hint(*args[:2]) if len(args) > 1 else "")
        return self._apply(node.at, args[0].type, overloads[0].run, *args)

    def _within(self, node: syntax.Call) -> Typed:
        """`open.within(72)`, `open.within(72, "room.code", …)`: hours, and reason codes of which one is enough."""
        if node.name != "within":
            return self.wrong(node.at, f"no function open.{node.name}", 'there is open.within(72, "room.code")')
        args = [self.check(arg) for arg in node.args]
        if any(arg.type is Type.WRONG for arg in args):
            return Typed(Type.WRONG, _nothing, node.at)
        if not args or args[0].type not in _NUMBERS or args[0].value is None or args[0].value <= 0:
            return self.wrong(node.at, "open.within takes a number of hours that is written out", "open.within(72)")
        codes = [arg.value for arg in args[1:]] or [""]
        for arg, code in zip(args[1:], codes, strict=False):
            if not isinstance(code, str):
                return self.wrong(arg.at, "a reason code must be written out as text")
            try:
                self.names.check_codes(code)
            except UnknownName as problem:
                return self.wrong(arg.at, problem.message, problem.hint)
        hours = float(args[0].value)
        self.asked.update(code for code in codes if code)

        def run(scope: Scope) -> Vector:
            found = scope.within(hours, codes[0])
            for code in codes[1:]:
                found = Vector(found.values | scope.within(hours, code).values)
            return found

        return Typed(Type.BOOL, run, node.at, reads=frozenset(("open.reasons",)))

    def _has(self, node: syntax.Call) -> Typed:
        path, at = _path(node.args[0]) if len(node.args) == 1 else ((), node.at)
        if len(path) < 2:
            return self.wrong(node.at, "has takes one name with a dot", "such as has(evidence.merchant)")
        part = self.check(node.args[0])
        if part.type in (Type.WRONG, Type.LIST, Type.CODES):
            return part if part.type is Type.WRONG else self.wrong(at, f"{'.'.join(path)} is always there")
        number, text = (part, part) if part.type is not Type.UNTYPED else _both_ways(path, at)

        def run(scope: Scope) -> Vector:
            a, b = number.run(scope).known, text.run(scope).known
            return Vector(np.ones(1, dtype=bool)) if a is None or b is None else Vector(a | b)

        return Typed(Type.BOOL, run, node.at, reads=part.reads)

    def _apply(self, at: int, type_: Type, op: Op, *args: Typed) -> Typed:
        if any(arg.type is Type.WRONG for arg in args):
            return Typed(Type.WRONG, _nothing, at)
        return _applied(at, type_, op, args)


def _conjoined(first: Run, second: Run) -> Run:
    """`first && second`; where the first is false in every row, the second is not read."""

    def run(scope: Scope) -> Vector:
        left = first(scope)
        if left.known is None and not np.count_nonzero(left.values):
            return left
        return vector.conjoin(left, second(scope))

    return run


def _applied(at: int, type_: Type, op: Op, args: tuple[Typed, ...]) -> Typed:
    constant = all(arg.constant for arg in args)
    run: Run
    if constant:  # worked out once
        with np.errstate(all="ignore"):
            result = op(*(arg.run(None) for arg in args))  # type: ignore[arg-type]
        run = lambda scope: result  # noqa: E731
    elif len(args) == 1:
        only = args[0].run
        run = lambda scope: op(only(scope))  # noqa: E731
    elif len(args) == 2:
        first, second = args[0].run, args[1].run
        run = lambda scope: op(first(scope), second(scope))  # noqa: E731
    else:
        runs = [arg.run for arg in args]
        run = lambda scope: op(*(each(scope) for each in runs))  # noqa: E731
    return Typed(type_, run, at, constant, _reads(*args))


def _reads(*parts: Typed) -> frozenset[str]:
    return frozenset().union(*(part.reads for part in parts))


def _literal(value: Any, at: int) -> Typed:
    types = {bool: Type.BOOL, int: Type.INT, float: Type.DOUBLE, str: Type.STRING}
    held = vector.constant(value)
    return Typed(types[type(value)], lambda scope: held, at, True, value=value)


def _reading(path: Path, type_: Type, at: int) -> Typed:
    key = key_of(path, type_)
    return Typed(type_, lambda scope: scope.read(path, type_, key), at, reads=frozenset((".".join(path),)), path=path)


def _both_ways(path: Path, at: int) -> tuple[Typed, Typed]:
    return _reading(path, Type.DOUBLE, at), _reading(path, Type.STRING, at)


def _path(node: syntax.Node) -> tuple[Path, int]:
    """A dotted name and where it starts; empty when the node is something else."""
    names: list[str] = []
    while isinstance(node, syntax.Select):
        names.append(node.name)
        node = node.of
    if not isinstance(node, syntax.Identifier):
        return (), node.at
    return (node.name, *reversed(names)), node.at


def _number_hint(left: Typed, right: Typed) -> str:
    """What to write where int and double meet."""
    if {left.type, right.type} != set(_NUMBERS):
        return ""
    whole = left if left.type is Type.INT else right
    return f"write {whole.value}.0" if isinstance(whole.value, int) else "wrap the int in double(…)"
