"""Reads a `View` for an expression: each name as a column, once, whatever number of rules ask for it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from assay.core.clock import HOUR, micros
from assay.policy.expression.names import Field, Path
from assay.policy.expression.vector import Type, Vector
from assay.policy.view import View


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
        """Which rows have this reason code; `path` is reasons, parts.reasons or open.reasons, or campaign.tactics or
        campaign.rooms for names of those."""
        if len(path) == 2:
            codes = self._codes(path)
            return Vector(codes[code]) if code in codes else _NO
        hit = None
        for findings in self.view.findings.values():
            if code in findings.codes:
                hit = findings.codes[code] if hit is None else hit | findings.codes[code]
        return _NO if hit is None else Vector(hit)

    def _codes(self, path: Path) -> Mapping[str, np.ndarray]:
        if path[0] != "campaign":
            found: Mapping[str, np.ndarray] = getattr(self.view, path[0]).codes
            return found
        felt = self.view.campaign
        return {} if felt is None else felt.tactics if path[1] == "tactics" else felt.rooms

    def within(self, hours: float, code: str) -> Vector:
        """Which rows have an open finding no older than this with this reason code (`room.*`: any of the room's; "": any
        that counts), at the event's own time."""
        last = self.view.open.last
        if not last:
            return _NO
        since = self.view.batch.time - int(hours * HOUR)
        codes = [known for known in last if known.startswith(code[:-1])] if code.endswith(".*") else [code]
        hit = _NO.values
        for each in codes:
            if each in last:
                hit = hit | (last[each] > since)
        return Vector(hit)


_NO = Vector(np.zeros(1, dtype=bool))


def _unknown(type_: Type) -> Vector:
    blank: dict[Type, Any] = {Type.BOOL: False, Type.DOUBLE: np.nan, Type.STRING: None}
    value = blank.get(type_, 0)
    return Vector(np.array([value], dtype=object if value is None else None), np.zeros(1, dtype=bool))


def _doubles(values: np.ndarray) -> Vector:
    unknown = np.isnan(values)
    return Vector(values, ~unknown) if np.count_nonzero(unknown) else Vector(values)  # counts far faster than any()


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
    return Vector(values) if np.count_nonzero(known) == len(known) else Vector(values, known)


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


_QUIET = {
    "count": Vector(np.zeros(1, np.int64)),
    "strength": Vector(np.zeros(1)),
    "stages": Vector(np.zeros(1, np.int64)),
}


def _campaign(scope: Scope, path: Path, type_: Type) -> Vector:
    felt = scope.view.campaign
    return _QUIET[path[1]] if felt is None else Vector(getattr(felt, path[1]))


_READ: dict[str, Callable[[Scope, Path, Type], Vector]] = {
    "evidence": _evidence,
    "profile": _profile,
    "findings": _findings,
    "parts": _standing,
    "open": _standing,
    "campaign": _campaign,
}


def highest_probability(view: View) -> Vector:
    """The default for what a policy weighs: the highest calibrated probability among the evidence's findings and its
    parts'; unknown where none could say."""
    highest = view.parts.probability
    for findings in view.findings.values():
        highest = np.fmax(highest, findings.probability)
    return _doubles(highest)
