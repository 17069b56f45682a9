"""A model card as its page shows it. Rooms write cards of their own; this reads the terms they share.

Read are: `about`, `version`, `figures` (name -> number), `calibration` (bins of predicted, observed, count),
`precision_recall` (pairs of recall and precision), `segments` (name -> figures), `sources`, `fails` and `usual`
(feature -> p05, p50, p95). What a card lacks or holds in another shape is left empty here; its JSON is shown whole.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from assay.console.charts import Bin
from assay.console.source import Usual

HEADLINE = ("average_precision", "recall_at_1%_fpr", "calibration_error")


class Card(msgspec.Struct, frozen=True, kw_only=True):
    """`curve` is recall and precision, point by point; `base` the share of fraud among the rows measured."""

    raw: Mapping[str, Any]
    version: str = ""
    about: str = ""
    facts: tuple[tuple[str, str], ...] = ()
    headline: tuple[tuple[str, float], ...] = ()
    figures: tuple[tuple[str, Any], ...] = ()
    bins: tuple[Bin, ...] = ()
    curve: tuple[tuple[float, ...], tuple[float, ...]] | None = None
    base: float | None = None
    segments: tuple[tuple[str, Mapping[str, Any]], ...] = ()
    segment_columns: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    fails: tuple[str, ...] = ()
    usual: Mapping[str, Usual] = {}


def read(raw: Mapping[str, Any]) -> Card:
    """The card of one detector; an empty mapping gives an empty card."""
    figures = _mapping(raw.get("figures"))
    segments = {name: _mapping(row) for name, row in _mapping(raw.get("segments")).items()}
    columns = dict.fromkeys(column for row in segments.values() for column in row)
    rows, frauds = figures.get("rows"), figures.get("frauds")
    return Card(
        raw=raw,
        version=str(raw.get("version", "")),
        about=str(raw.get("about", "")),
        facts=tuple(
            (name, value) for name, value in raw.items() if isinstance(value, str) and name not in ("about", "version")
        ),
        headline=tuple((name, figures[name]) for name in HEADLINE if _number(figures.get(name))),
        figures=tuple(flatten(figures)),
        bins=tuple(_bins(raw.get("calibration"))),
        curve=_curve(raw.get("precision_recall")),
        base=frauds / rows if _number(rows) and _number(frauds) and rows else None,
        segments=tuple(segments.items()),
        segment_columns=tuple(columns),
        sources=tuple(_sentences(raw.get("sources"))),
        fails=tuple(_sentences(raw.get("fails"))),
        usual=usual(raw),
    )


def usual(raw: Mapping[str, Any]) -> dict[str, Usual]:
    """Feature -> p05, p50, p95."""
    bands = {
        name: band
        for name, band in _mapping(raw.get("usual")).items()
        if isinstance(band, (list, tuple)) and len(band) == 3
    }
    return {name: (float(a), float(b), float(c)) for name, (a, b, c) in bands.items() if all(map(_number, (a, b, c)))}


def flatten(value: Any, prefix: str = "") -> list[tuple[str, Any]]:
    """Nested figures as dotted names with plain values, in order.

    >>> flatten({"auc": 0.9, "week": {"low": 1, "high": 2}})
    [('auc', 0.9), ('week.low', 1), ('week.high', 2)]
    """
    if isinstance(value, Mapping):
        return [pair for k, v in value.items() for pair in flatten(v, f"{prefix}.{k}" if prefix else str(k))]
    if isinstance(value, (list, tuple)):
        return [pair for i, v in enumerate(value) for pair in flatten(v, f"{prefix}.{i}")]
    return [(prefix, value)]


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)


def _bins(value: Any) -> list[Bin]:
    rows = [_mapping(row) for row in value] if isinstance(value, (list, tuple)) else []
    whole = [row for row in rows if all(_number(row.get(name)) for name in ("predicted", "observed", "count"))]
    return [Bin(float(row["predicted"]), float(row["observed"]), int(row["count"])) for row in whole]


def _curve(value: Any) -> tuple[tuple[float, ...], tuple[float, ...]] | None:
    points: Sequence[Any] = value if isinstance(value, (list, tuple)) else ()
    pairs = [p for p in points if isinstance(p, (list, tuple)) and len(p) >= 2 and _number(p[0]) and _number(p[1])]
    return (tuple(float(p[0]) for p in pairs), tuple(float(p[1]) for p in pairs)) if pairs else None


def _sentences(value: Any) -> list[str]:
    """Lines of text; a mapping gives one line of its values."""
    if isinstance(value, str):
        return [value]
    if isinstance(value, Mapping):
        return [f"{name}: {', '.join(_sentences(inner)) or inner}" for name, inner in value.items()]
    if isinstance(value, (list, tuple)):
        return [" · ".join(str(x) for x in v.values()) if isinstance(v, Mapping) else str(v) for v in value]
    return []
