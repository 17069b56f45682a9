"""A backtest's figures as the policy page shows them: what `assay backtest --out` wrote, read into types.

Only what the page needs is read; unknown fields are left alone, so that the figures may grow.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from assay.core.decision import OUTCOMES


class History(msgspec.Struct, frozen=True, rename={"since": "from", "until": "to"}):
    """What was replayed; `since` and `until` are RFC 3339."""

    rows: int
    frauds: int
    unlabelled: int
    since: str
    until: str


class Counted(msgspec.Struct, frozen=True):
    count: int


class FalsePositives(msgspec.Struct, frozen=True):
    count: int
    per_1000_genuine: float | None = None


class PerDay(msgspec.Struct, frozen=True):
    mean: float | None
    max: int


class Side(msgspec.Struct, frozen=True):
    """One policy's figures; shares are of one, money in major units, None where it cannot be said. `policy` is not said
    again for each segment."""

    outcomes: dict[str, Counted]
    alerts: int
    reviews_per_day: PerDay
    false_positives: FalsePositives
    policy: str = ""
    value_saved: float | None = None
    fraud_found: float | None = None
    fraud_value_found: float | None = None
    precision: float | None = None


class Interval(msgspec.Struct, frozen=True):
    mean: float | None = None
    low: float | None = None
    high: float | None = None


class Difference(msgspec.Struct, frozen=True):
    value_saved: float | None = None
    value_saved_per_week: Interval = Interval()
    weeks: int = 0


class Change(msgspec.Struct, frozen=True, rename={"before": "from", "after": "to"}):
    """One decision that would change; `saves` is what the change is worth."""

    id: str
    before: str
    after: str
    truth: str | None = None
    amount: float | None = None
    saves: float | None = None


class Changes(msgspec.Struct, frozen=True):
    rows: int
    matrix: dict[str, dict[str, int]]
    examples: tuple[Change, ...] = ()


class Money(msgspec.Struct, frozen=True):
    notes: tuple[str, ...] = ()


class Group(msgspec.Struct, frozen=True):
    rows: int
    candidate: Side
    baseline: Side


class Backtest(msgspec.Struct, frozen=True):
    history: History
    candidate: Side
    baseline: Side
    difference: Difference
    changes: Changes
    money: Money = Money()
    segments: dict[str, dict[str, Group]] = {}


def read(raw: Mapping[str, Any] | None) -> Backtest | None:
    """The figures, or None where there are none or they are of another shape."""
    if raw is None:
        return None
    try:
        return msgspec.convert(raw, Backtest, strict=False)
    except msgspec.ValidationError:
        return None


def heat(changes: Changes) -> dict[tuple[str, str], int]:
    """How dark a cell of the matrix is, 0 to 4: by the digits of its count, the diagonal (no change) left plain."""
    cells = {(a, b): changes.matrix.get(a, {}).get(b, 0) for a in OUTCOMES for b in OUTCOMES}
    return {(a, b): 0 if a == b or not n else min(4, len(str(n))) for (a, b), n in cells.items()}
