"""A small kind of evidence with a field of every type, for the policy tests."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import numpy as np

from assay.core.batch import Batch
from assay.core.evidence import Evidence
from assay.core.finding import Findings
from assay.core.profile import Profile
from assay.policy.expression import Names, Scope, Type, Vector, compile_expression
from assay.policy.expression.names import fields_of
from assay.policy.view import View


class Thing(Evidence, frozen=True, kw_only=True, tag="thing"):
    whole: int | None = None
    other: int | None = None
    number: float | None = None
    amount: float | None = None
    text: str | None = None
    word: str | None = None
    flag: bool | None = None
    mode: str = "plain"
    when: datetime | None = None
    extra: dict[str, float | str] = {}


NAMES = Names(
    fields_of(Thing),
    features=frozenset(("past", "ratio")),
    detectors=frozenset(("room.model", "room.checks", "room.far-away")),
    rooms=frozenset(("room",)),
    reasons=frozenset(("room.burst", "room.far")),
    lists={"names": ("a", "ab", "z"), "numbers": (1, 2, 7), "none": ()},
)


def columns(rows: list[dict[str, Any]]) -> dict[str, np.ndarray]:
    """Columns as batches have them: integers as int64 when none is absent, other numbers as float64, the rest objects."""
    found: dict[str, np.ndarray] = {}
    for name in ("whole", "other", "number", "amount", "text", "word", "flag", "when"):
        values = [row.get(name) for row in rows]
        if name in ("whole", "other") and None not in values:
            found[name] = np.array(values, dtype=np.int64)
        elif name in ("whole", "other", "number", "amount", "flag"):
            found[name] = np.array([np.nan if v is None else v for v in values], dtype=np.float64)
        else:
            found[name] = np.empty(len(rows), dtype=object)
            found[name][:] = values
    return found


def view_of(rows: list[dict[str, Any]], **more: Any) -> View:
    """A view of things; `more`: profile=, findings=, or columns of the batch by name."""
    n = len(rows)
    time = np.array([row.get("time", 0) for row in rows], dtype=np.int64)
    batch = Batch(Thing, [row.get("id", f"t{i}") for i, row in enumerate(rows)], time, columns(rows))
    profile: Profile | None = more.pop("profile", None)
    findings: dict[str, Findings] | None = more.pop("findings", None)
    batch.columns.update(more)
    assert all(len(values) == n for values in batch.columns.values())
    return View.of(batch, profile, findings)


def evaluate(text: str, view: View, wanted: Type = Type.BOOL, names: Names = NAMES) -> list[Any]:
    """The values of an expression for each row, None where unknown."""
    mistakes: list[str] = []
    expression = compile_expression(text, names, wanted, lambda message, at, hint: mistakes.append(f"{at}: {message}"))
    assert expression is not None, (text, mistakes)
    return plain(expression.evaluate(Scope(view, names.fields)), len(view.batch))


def plain(vector: Vector, n: int) -> list[Any]:
    return [vector.at(i) for i in range(n)]


def mistakes(text: str, wanted: Type = Type.BOOL, names: Names = NAMES) -> list[tuple[int, str, str]]:
    """What is wrong with an expression: offset, message, hint."""
    found: list[tuple[int, str, str]] = []
    compiled = compile_expression(text, names, wanted, lambda message, at, hint: found.append((at, message, hint)))
    assert (compiled is None) == bool(found)
    return found
