"""The names a policy's expressions may use, their types, and how each is read from a `View` as a column.

evidence.<field>, evidence.<field>.<key> (pass-through values), profile.<feature>,
findings.<room>.<detector>.probability|verdict|severity, parts|open.count|severity|probability, reasons, parts.reasons,
open.reasons, lists.<name>, probability, and the constants verdict.<word> and severity.<word>.
There is no clock among them: the same evidence always gets the same decision.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from dataclasses import field as dataclass_field
from functools import cache
from typing import Any

import msgspec
import numpy as np

from assay.core.clock import iso, micros
from assay.core.errors import AssayError
from assay.core.evidence import Evidence
from assay.core.finding import Severity, Verdict
from assay.core.kind import Kind, kinds, load
from assay.policy.expression.vector import Type, Vector
from assay.policy.problem import did_you_mean
from assay.policy.view import View

Path = tuple[str, ...]
ROOTS = ("evidence", "profile", "findings", "parts", "open", "reasons", "lists", "probability", "verdict", "severity")
CONSTANTS: dict[str, dict[str, int]] = {
    "verdict": {v.word: int(v) for v in Verdict},
    "severity": {"none": 0} | {s.word: int(s) for s in Severity},
}
_FINDING = {"probability": Type.DOUBLE, "verdict": Type.INT, "severity": Type.INT}
_STANDING = {"count": Type.INT, "probability": Type.DOUBLE, "severity": Type.INT, "reasons": Type.CODES}


class UnknownName(Exception):
    """A name that means nothing here."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message, self.hint = message, hint


@dataclass(frozen=True)
class Field:
    """A column of evidence; rows that lack it have `default`, or are unknown when that is None."""

    type: Type
    default: Any = None


@dataclass(frozen=True)
class Names:
    """What is known when a policy is checked. `None` for features, detectors or reasons: any name will do.

    `lists` are the policy's own, already read; `weighed`: the name `probability` may be used.
    """

    fields: Mapping[str, Field]
    features: frozenset[str] | None = None
    detectors: frozenset[str] | None = None
    rooms: frozenset[str] | None = None
    reasons: frozenset[str] | None = None
    lists: Mapping[str, tuple[Any, ...]] = dataclass_field(default_factory=dict)
    weighed: bool = True

    def with_lists(self, lists: Mapping[str, tuple[Any, ...]]) -> Names:
        return replace(self, lists=lists)

    def unweighed(self) -> Names:
        return replace(self, weighed=False)

    def type_of(self, path: Path) -> Type:
        """The type of a dotted name; raises `UnknownName`."""
        root, rest = path[0], path[1:]
        if root not in ROOTS:
            raise UnknownName(f"unknown name {root!r}", self._guess(path))
        if root == "probability" and not rest:
            if not self.weighed:
                raise UnknownName("the probability cannot be read where it is defined")
            return Type.DOUBLE
        if root == "reasons" and not rest:
            return Type.CODES
        if not rest:
            raise UnknownName(f"{root!r} is not a value by itself", f"write {root}.<name>")
        check: Callable[[str, Path], Type] = getattr(self, f"_{root}", self._constant)
        return check(root, rest)

    def _guess(self, path: Path) -> str:
        word = ".".join(path)
        if path[0] in self.fields:
            return f"did you mean evidence.{word}?"
        if path[0] in (self.features or ()):
            return f"did you mean profile.{word}?"
        return did_you_mean(path[0], ROOTS)

    def _evidence(self, root: str, rest: Path) -> Type:
        found = self.fields.get(rest[0])
        if found is None:
            raise UnknownName(f"evidence has no field {rest[0]!r}", did_you_mean(rest[0], self.fields))
        if found.type is Type.UNTYPED:
            if len(rest) == 2:
                return Type.UNTYPED
            raise UnknownName(f"evidence.{rest[0]} holds values by name", f"write evidence.{rest[0]}.<name>")
        return self._leaf(root, rest, 1, found.type)

    def _profile(self, root: str, rest: Path) -> Type:
        if self.features is not None and rest[0] not in self.features:
            raise UnknownName(f"no profile feature {rest[0]!r}", did_you_mean(rest[0], self.features))
        return self._leaf(root, rest, 1, Type.DOUBLE)

    def _findings(self, root: str, rest: Path) -> Type:
        shape = "findings.<room>.<detector>." + "|".join(_FINDING)
        if len(rest) < 3:
            raise UnknownName(f"findings.{'.'.join(rest)} is not a value", f"write {shape}")
        detector = f"{rest[0]}.{rest[1]}"
        if self.rooms is not None and rest[0] not in self.rooms:
            raise UnknownName(f"no room {rest[0]!r} is installed", did_you_mean(rest[0], self.rooms))
        if self.detectors is not None and detector not in self.detectors:
            raise UnknownName(f"no detector {detector!r}", did_you_mean(detector, self.detectors))
        if rest[2] not in _FINDING:
            raise UnknownName(f"a finding has no {rest[2]!r}", did_you_mean(rest[2], _FINDING))
        return self._leaf(root, rest, 3, _FINDING[rest[2]])

    def _parts(self, root: str, rest: Path) -> Type:
        if rest[0] not in _STANDING:
            raise UnknownName(f"{root} has no {rest[0]!r}", did_you_mean(rest[0], _STANDING))
        return self._leaf(root, rest, 1, _STANDING[rest[0]])

    _open = _parts

    def _lists(self, root: str, rest: Path) -> Type:
        if rest[0] not in self.lists:
            raise UnknownName(f"no list {rest[0]!r}", did_you_mean(rest[0], self.lists) or "define it under lists:")
        return self._leaf(root, rest, 1, Type.LIST)

    def _constant(self, root: str, rest: Path) -> Type:
        words = CONSTANTS.get(root, {})
        if rest[0] not in words:
            raise UnknownName(f"{root} has no {rest[0]!r}", did_you_mean(rest[0], words))
        return self._leaf(root, rest, 1, Type.INT)

    @staticmethod
    def _leaf(root: str, rest: Path, length: int, type_: Type) -> Type:
        if len(rest) > length:
            raise UnknownName(f"{'.'.join((root, *rest[:length]))} has no parts")
        return type_

    def check_code(self, code: str) -> None:
        """Raises `UnknownName` for a reason code that nobody gives."""
        if self.reasons is not None and code not in self.reasons:
            raise UnknownName(f"no detector gives the reason {code!r}", did_you_mean(code, self.reasons))


def names_of(
    tags: Iterable[str],
    *,
    features: Iterable[str] | None = None,
    detectors: Iterable[str] | None = None,
    among: Mapping[str, Kind] | None = None,
) -> Names:
    """The names for these kinds of evidence, from what their rooms declare.

    A field is usable when every kind has it with one type. `features` and `detectors`, where given (a trained model
    may ask for more), take the place of the declared ones. Raises `UnknownName` for a tag that no room brings.
    """
    rooms = kinds() if among is None else among
    known = {type_.tag(): (type_, kind) for kind in rooms.values() for type_ in kind.evidence}
    shared: dict[str, Field] | None = None
    declared: set[str] | None = set()
    for tag in tags:
        if tag not in known:
            raise UnknownName(f"no kind of evidence {tag!r}", did_you_mean(tag, known))
        type_, kind = known[tag]
        fields = fields_of(type_)
        shared = fields if shared is None else {n: f for n, f in shared.items() if fields.get(n) == f}
        own = _features(kind, type_)
        declared = None if declared is None or own is None else declared | own
    codes = frozenset(code for kind in rooms.values() for code in kind.reasons)
    return Names(
        shared or {},
        features=frozenset(features) if features is not None else None if declared is None else frozenset(declared),
        detectors=None if detectors is None else frozenset(detectors),
        rooms=frozenset(rooms),
        reasons=codes or None,
    )


def _features(kind: Kind, type_: type[Evidence]) -> frozenset[str] | None:
    """Names of the declared profile features; None where a room does not say."""
    if kind.features is None:
        return None
    try:
        declared = load(kind.features)()
    except (ImportError, AttributeError, AssayError):
        return None
    return frozenset(feature.key for feature in declared.get(type_, ()))


@cache
def fields_of(type_: type[Evidence]) -> dict[str, Field]:
    """The fields of an evidence type that expressions can read."""
    found: dict[str, Field] = {}
    for each in msgspec.structs.fields(type_):
        kind = _type(msgspec.inspect.type_info(each.type))
        if kind is not None:
            default = each.default if isinstance(each.default, (bool, int, float, str)) else None
            found[each.name] = Field(kind, default)
    return found


def _type(info: Any) -> Type | None:
    inspect = msgspec.inspect
    if isinstance(info, inspect.Metadata):
        return _type(info.type)
    if isinstance(info, inspect.UnionType):
        found = {_type(t) for t in info.types if not isinstance(t, inspect.NoneType)}
        return found.pop() if len(found) == 1 else None
    if isinstance(info, inspect.LiteralType):
        return Type.STRING if all(isinstance(v, str) for v in info.values) else None
    table: list[tuple[Any, Type]] = [
        (inspect.BoolType, Type.BOOL),
        (inspect.IntType, Type.INT),
        ((inspect.FloatType, inspect.DecimalType), Type.DOUBLE),
        ((inspect.StrType, inspect.EnumType), Type.STRING),
        (inspect.DateTimeType, Type.TIMESTAMP),
        (inspect.DictType, Type.UNTYPED),
    ]
    return next((type_ for classes, type_ in table if isinstance(info, classes)), None)


def key_of(path: Path, type_: Type) -> str:
    return f"{'.'.join(path)}:{type_}"


class Scope:
    """One evaluation over a view: columns are read once and shared by every rule. `probability` is set when weighed."""

    __slots__ = ("_read", "fields", "probability", "view")

    def __init__(self, view: View, fields: Mapping[str, Field]) -> None:
        self.view, self.fields = view, fields
        self.probability: Vector = Vector(np.full(1, np.nan), np.zeros(1, dtype=bool))
        self._read: dict[str, Vector] = {}

    def read(self, path: Path, type_: Type, key: str = "") -> Vector:
        """The column of a name that `Names.type_of` accepted. `key`: what it is kept under, where the caller has it."""
        key = key or key_of(path, type_)
        found = self._read.get(key)
        if found is None:
            if path == ("probability",):
                return self.probability
            found = self._read[key] = _READ[path[0]](self, path, type_)
        return found

    def has_code(self, path: Path, code: str) -> Vector:
        """Which rows have this reason code; `path` is reasons, parts.reasons or open.reasons."""
        if len(path) == 2:
            codes = getattr(self.view, path[0]).codes
            return Vector(codes[code]) if code in codes else _NO
        hit = _NO.values
        for findings in self.view.findings.values():
            if code in findings.codes:
                hit = hit | findings.codes[code]
        return Vector(hit)

    def plain(self, name: str, row: int, names: Names) -> Any:
        """One row's value of a dotted name, for people: codes as a list, times as RFC 3339, None where unknown."""
        path = tuple(name.split("."))
        type_ = names.type_of(path)
        if type_ is Type.CODES:
            codes = (
                [self.view.findings[d].codes for d in self.view.findings]
                if len(path) == 1
                else [getattr(self.view, path[0]).codes]
            )
            return sorted(code for found in codes for code, hit in found.items() if hit[row])
        if type_ is Type.UNTYPED:
            number = self.read(path, Type.DOUBLE).at(row)
            return self.read(path, Type.STRING).at(row) if number is None else number
        value = self.read(path, type_).at(row)
        return iso(value) if type_ is Type.TIMESTAMP and value is not None else value


_NO = Vector(np.zeros(1, dtype=bool))


def _unknown(type_: Type) -> Vector:
    blank: dict[Type, Any] = {Type.BOOL: False, Type.DOUBLE: np.nan, Type.STRING: None}
    value = blank.get(type_, 0)
    return Vector(np.array([value], dtype=object if value is None else None), np.zeros(1, dtype=bool))


def _doubles(values: np.ndarray) -> Vector:
    known = ~np.isnan(values)
    return Vector(values, None if known.all() else known)


def _evidence(scope: Scope, path: Path, type_: Type) -> Vector:
    batch, name = scope.view.batch, ".".join(path[1:])
    if name == "time":
        return Vector(batch.time)
    if name == "id":
        ids = np.empty(len(batch), dtype=object)
        ids[:] = batch.ids
        return Vector(ids)
    field, values = scope.fields[path[1]], batch.columns.get(name)
    default, mixed = field.default, field.type is Type.UNTYPED and type_ is Type.STRING
    found = _unknown(type_) if values is None else _mixed_text(values) if mixed else _AS[type_](values)
    if default is None or found.known is None:
        return found
    return Vector(np.where(found.known, found.values, default).astype(found.values.dtype, copy=False))


def _as_double(values: np.ndarray) -> Vector:
    if values.dtype == object:
        values = np.array([v if isinstance(v, (int, float)) else np.nan for v in values.tolist()], dtype=np.float64)
    return _doubles(values.astype(np.float64, copy=False))


def _as_int(values: np.ndarray) -> Vector:
    if values.dtype.kind in "iu":
        return Vector(values.astype(np.int64, copy=False))
    found = _as_double(values)
    return Vector(np.nan_to_num(found.values, nan=0.0).astype(np.int64), found.known)


def _as_bool(values: np.ndarray) -> Vector:
    if values.dtype == bool:
        return Vector(values)
    found = _as_double(values)
    return Vector(found.values == 1.0, found.known)


_NONE = np.array([None], dtype=object)


def _as_text(values: np.ndarray) -> Vector:
    if values.dtype != object:
        return _unknown(Type.STRING)
    known = np.not_equal(values, _NONE).astype(bool, copy=False)
    return Vector(values) if known.all() else Vector(values, known)


def _mixed_text(values: np.ndarray) -> Vector:
    """The text in a pass-through column, which may hold numbers too."""
    if values.dtype != object:
        return _unknown(Type.STRING)
    return _as_text(np.array([v if isinstance(v, str) else None for v in values.tolist()], dtype=object))


def _as_time(values: np.ndarray) -> Vector:
    if values.dtype != object:
        return _as_int(values)
    known = np.fromiter((v is not None for v in values.tolist()), bool, len(values))
    return Vector(np.array([0 if v is None else micros(v) for v in values.tolist()], dtype=np.int64), known)


_AS: dict[Type, Callable[[np.ndarray], Vector]] = {
    Type.DOUBLE: _as_double,
    Type.INT: _as_int,
    Type.BOOL: _as_bool,
    Type.STRING: _as_text,
    Type.TIMESTAMP: _as_time,
}


def _profile(scope: Scope, path: Path, type_: Type) -> Vector:
    profile, name = scope.view.profile, path[1]
    return _doubles(profile.column(name)) if name in profile else _unknown(type_)


def _findings(scope: Scope, path: Path, type_: Type) -> Vector:
    findings = scope.view.findings.get(f"{path[1]}.{path[2]}")
    if findings is None:
        return _unknown(type_)
    if path[3] == "probability":
        return _doubles(findings.probability)
    return Vector((findings.verdict if path[3] == "verdict" else findings.severity).astype(np.int64))


def _standing(scope: Scope, path: Path, type_: Type) -> Vector:
    values = getattr(getattr(scope.view, path[0]), path[1])
    return _doubles(values) if type_ is Type.DOUBLE else Vector(values.astype(np.int64))


_READ: dict[str, Callable[[Scope, Path, Type], Vector]] = {
    "evidence": _evidence,
    "profile": _profile,
    "findings": _findings,
    "parts": _standing,
    "open": _standing,
}


def highest_probability(view: View) -> Vector:
    """The default for what a policy weighs: the highest calibrated probability among the evidence's findings and its
    parts'; unknown where none could say."""
    highest = view.parts.probability
    for findings in view.findings.values():
        highest = np.fmax(highest, findings.probability)
    return _doubles(highest)
