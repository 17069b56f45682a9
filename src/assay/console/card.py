"""A model card as its page shows it, from what trainers write beside their models (`learning.registry`).

Read are: `about` (or `what`); `data` (name, licence, rows…); `split` (part -> from, to, rows, frauds); `figures`, in it numbers by name,
`calibration_curve` (bins of predicted, observed, count), `precision_recall_curve` (points of recall, precision) and
`segments` (rows of figures, each with its `segment`) and figures by a name of their own; `fails` (sentences); `rebuild`; `usual`
(feature -> p05, p50, p95). Every other plain value is a fact. What a card lacks, or holds in another shape, is left out here; its
JSON is shown whole.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

import msgspec

from assay.console.charts import Bin
from assay.console.source import Usual

HEADLINE = ("average_precision", "recall_at_1%_fpr", "calibration_error")
SHOWN_APART = ("about", "what", "version", "rebuild", "detector", "fails")
DEEP, GROUPS = 3, 60  # levels of figures by name, and how many names


class Card(msgspec.Struct, frozen=True, kw_only=True):
    """`curve` is recall and precision, point by point; `base` the share of fraud among the rows measured; `segments`
    are rows of figures, `segment_columns` their names in order; `groups` figures under a name of their own."""

    raw: Mapping[str, Any]
    version: str = ""
    about: str = ""
    rebuild: str = ""
    facts: tuple[tuple[str, Any], ...] = ()
    headline: tuple[tuple[str, float], ...] = ()
    figures: tuple[tuple[str, Any], ...] = ()
    groups: tuple[tuple[str, tuple[tuple[str, Any], ...]], ...] = ()
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
    rows, frauds, fails = figures.get("rows"), figures.get("frauds"), raw.get("fails")
    return Card(
        raw=raw,
        version=str(raw.get("version", "")),
        about=str(raw.get("about") or raw.get("what") or ""),
        rebuild=str(raw.get("rebuild", "")),
        facts=tuple((name, v) for name, v in raw.items() if _plain(v) and name not in SHOWN_APART),
        headline=tuple((name, figures[name]) for name in HEADLINE if _number(figures.get(name))),
        figures=tuple((name, v) for name, v in figures.items() if _number(v)),
        groups=tuple(islice(_groups(figures), GROUPS)),
        bins=tuple(_bins(figures.get("calibration_curve"))),
        curve=_curve(figures.get("precision_recall_curve")),
        base=frauds / rows if _number(rows) and _number(frauds) and rows else None,
        segments=segments,
        segment_columns=tuple(dict.fromkeys(name for row in segments for name in row if name != "segment")),
        data=tuple(_sources(raw.get("data") or raw.get("trained_on"))),
        split=tuple((name, _mapping(part)) for name, part in _mapping(raw.get("split")).items()),
        fails=tuple(map(str, fails if isinstance(fails, (list, tuple)) else [fails] if fails else ())),
        usual=usual(raw),
    )


def usual(raw: Mapping[str, Any]) -> dict[str, Usual]:
    """Feature -> p05, p50, p95."""
    bands = {name: tuple(band) for name, band in _mapping(raw.get("usual")).items() if isinstance(band, (list, tuple))}
    return {name: band for name, band in bands.items() if len(band) == 3 and all(map(_number, band))}


def _groups(
    figures: Mapping[str, Any], above: str = "", deep: int = DEEP
) -> Iterator[tuple[str, tuple[tuple[str, Any], ...]]]:
    """(name, figures) of what stands in a card's figures under names of its own."""
    for name, inner in figures.items():
        if isinstance(inner, Mapping):
            title = f"{above} · {name}" if above else name
            if own := tuple((key, v) for key, v in inner.items() if _number(v)):
                yield title, own
            if deep > 1:
                yield from _groups(inner, title, deep - 1)


def _sources(value: Any) -> Iterator[tuple[str, Any]]:
    """(name, what is said of it) of what a model learned from, in whatever shape its card has it."""
    if isinstance(value, str):
        yield "", value
    for row in _rows(value):
        yield str(row.get("name") or row.get("source") or ""), _said(row, ("name", "source"))
    for name, inner in _mapping(value).items():
        if isinstance(inner, (list, tuple)) and inner:
            rows = [str(row.get("name") or row.get("source") or _said(row, ())) for row in _rows(inner) if row]
            yield name, ", ".join(rows or map(str, filter(_plain, inner)))
        elif isinstance(inner, Mapping):
            yield name, _said(inner, ())
        elif _plain(inner) and "\n" not in str(inner):
            yield name, inner


def _said(row: Mapping[str, Any], apart: tuple[str, ...]) -> str:
    return ", ".join(f"{name} {v}" for name, v in row.items() if _plain(v) and name not in (*apart, "sha256"))


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
