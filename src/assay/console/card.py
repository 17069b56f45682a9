"""A model card as its page shows it, from what trainers write beside their models (`learning.registry`).

Read are: `about`; `data` (name, licence, rows…); `split` (part -> from, to, rows, frauds); `figures`, in it numbers by name,
`calibration_curve` (bins of predicted, observed, count), `precision_recall_curve` (points of recall, precision) and
`segments` (rows of figures, each with its `segment`); `fails`; `rebuild`; `usual` (feature -> p05, p50, p95). Every other
plain value is a fact. What a card lacks, or holds in another shape, is left out here; its JSON is shown whole.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from assay.console.charts import Bin
from assay.console.source import Usual

HEADLINE = ("average_precision", "recall_at_1%_fpr", "calibration_error")
SHOWN_APART = ("about", "version", "rebuild", "detector")


class Card(msgspec.Struct, frozen=True, kw_only=True):
    """`curve` is recall and precision, point by point; `base` the share of fraud among the rows measured; `segments`
    are rows of figures, `segment_columns` their names in order."""

    raw: Mapping[str, Any]
    version: str = ""
    about: str = ""
    rebuild: str = ""
    facts: tuple[tuple[str, Any], ...] = ()
    headline: tuple[tuple[str, float], ...] = ()
    figures: tuple[tuple[str, Any], ...] = ()
    bins: tuple[Bin, ...] = ()
    curve: tuple[tuple[float, ...], tuple[float, ...]] | None = None
    base: float | None = None
    segments: tuple[Mapping[str, Any], ...] = ()
    segment_columns: tuple[str, ...] = ()
    data: tuple[tuple[str, Any], ...] = ()
    split: tuple[tuple[str, Mapping[str, Any]], ...] = ()
    fails: tuple[str, ...] = ()
    usual: Mapping[str, Usual] = {}


def read(raw: Mapping[str, Any]) -> Card:
    """The card of one detector; an empty mapping gives an empty card."""
    figures = _mapping(raw.get("figures"))
    segments = tuple(row for row in _rows(figures.get("segments")) if "segment" in row)
    rows, frauds = figures.get("rows"), figures.get("frauds")
    return Card(
        raw=raw,
        version=str(raw.get("version", "")),
        about=str(raw.get("about", "")),
        rebuild=str(raw.get("rebuild", "")),
        facts=tuple((name, v) for name, v in raw.items() if _plain(v) and name not in SHOWN_APART),
        headline=tuple((name, figures[name]) for name in HEADLINE if _number(figures.get(name))),
        figures=tuple((name, v) for name, v in figures.items() if _number(v)),
        bins=tuple(_bins(figures.get("calibration_curve"))),
        curve=_curve(figures.get("precision_recall_curve")),
        base=frauds / rows if _number(rows) and _number(frauds) and rows else None,
        segments=segments,
        segment_columns=tuple(dict.fromkeys(name for row in segments for name in row if name != "segment")),
        data=tuple((name, v) for name, v in _mapping(raw.get("data")).items() if _plain(v) and "\n" not in str(v)),
        split=tuple((name, _mapping(part)) for name, part in _mapping(raw.get("split")).items()),
        fails=tuple(str(sentence) for sentence in raw.get("fails") or ()),
        usual=usual(raw),
    )


def usual(raw: Mapping[str, Any]) -> dict[str, Usual]:
    """Feature -> p05, p50, p95."""
    bands = {name: tuple(band) for name, band in _mapping(raw.get("usual")).items() if isinstance(band, (list, tuple))}
    return {name: band for name, band in bands.items() if len(band) == 3 and all(map(_number, band))}


def _rows(value: Any) -> list[Mapping[str, Any]]:
    return [_mapping(row) for row in value] if isinstance(value, (list, tuple)) else []


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)


def _plain(value: Any) -> bool:
    return isinstance(value, str) or _number(value)


def _bins(value: Any) -> list[Bin]:
    whole = [r for r in _rows(value) if all(_number(r.get(name)) for name in ("predicted", "observed", "count"))]
    return [Bin(float(r["predicted"]), float(r["observed"]), int(r["count"])) for r in whole]


def _curve(value: Any) -> tuple[tuple[float, ...], tuple[float, ...]] | None:
    points: Sequence[Any] = [r for r in _rows(value) if _number(r.get("recall")) and _number(r.get("precision"))]
    return (tuple(float(r["recall"]) for r in points), tuple(float(r["precision"]) for r in points)) if points else None
