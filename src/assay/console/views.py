"""From records to what a page shows: pure functions that sort, group and compare, and know nothing of HTTP or HTML."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Any

import msgspec

from assay.console.charts import Bin
from assay.console.source import Usual
from assay.core.decision import Decision
from assay.core.finding import Finding, Reason
from assay.core.kind import Kind, kinds, load
from assay.profiles.spec import Feature

FLAGGED = ("counterfeit", "suspicious")


class ReasonGroup(msgspec.Struct, frozen=True):
    """The reasons of one detector, heaviest first. `log_odds`: a model weighed them; else weights are strengths 0..1."""

    detector: str
    log_odds: bool
    scale: float
    reasons: tuple[Reason, ...]


class Measure(msgspec.Struct, frozen=True):
    """One profile number. `usual` is None where no model card says; `excess` is how many band widths it lies outside."""

    name: str
    value: float
    feature: Feature | None
    usual: Usual | None
    excess: float


def reason_groups(decision: Decision) -> list[ReasonGroup]:
    """Reasons by the detector that gave them, models first; reasons that only the policy knows form a last group."""
    owner: dict[str, Finding] = {}
    for finding in decision.findings:
        for reason in finding.reasons:
            owner.setdefault(reason.code, finding)
    grouped: dict[str, list[Reason]] = {}
    for reason in decision.reasons:
        found = owner.get(reason.code)
        grouped.setdefault(found.detector if found else "", []).append(reason)
    detectors = {f.detector: f for f in decision.findings}
    out = []
    for detector, reasons in grouped.items():
        weights = [abs(r.weight) for r in reasons]
        log_odds = detector != "" and detectors[detector].probability is not None
        ordered = tuple(sorted(reasons, key=lambda r: -abs(r.weight)))
        out.append(ReasonGroup(detector, log_odds, max(weights, default=0.0), ordered))
    return sorted(out, key=lambda g: (not g.log_odds, not g.detector))


def measures(decision: Decision, usual: Mapping[str, Usual]) -> list[Measure]:
    """The profile's numbers, the least usual first; those nobody can compare come last, in their declared order."""
    declared = features(decision.kind)
    rows = []
    for name, value in decision.profile.items():
        band = usual.get(name)
        rows.append(Measure(name, value, declared.get(name), band, _excess(value, band) if band else -1.0))
    return sorted(rows, key=lambda m: -m.excess)


def _excess(value: float, usual: Usual) -> float:
    low, _, high = usual
    width = (high - low) or abs(high) or 1.0
    return max(0.0, (value - high) / width, (low - value) / width)


@cache
def features(tag: str) -> Mapping[str, Feature]:
    """The declared features of an evidence tag, by name; empty for a room that declares none."""
    room = room_of(tag)
    if room is None or room.features is None:
        return {}
    by_type = load(room.features)()
    return {f.key: f for type_, declared in by_type.items() if type_.tag() == tag for f in declared}


def room_of(tag: str) -> Kind | None:
    """The room that brings this evidence tag."""
    return next((k for k in kinds().values() if any(t.tag() == tag for t in k.evidence)), None)


def open_findings(history: Iterable[Decision], settled: Iterable[str]) -> list[tuple[Decision, list[Finding]]]:
    """Decisions with findings that accuse and that no label has settled (`settled`: evidence ids with a label)."""
    done = set(settled)
    accused = ((d, [f for f in d.findings if f.verdict in FLAGGED]) for d in history if d.id not in done)
    return [(d, findings) for d, findings in accused if findings]


class Card(msgspec.Struct, frozen=True, kw_only=True):
    """A model card as its page shows it. Cards differ from room to room; what one lacks is left empty here."""

    raw: Mapping[str, Any]
    version: str = ""
    about: str = ""
    facts: tuple[tuple[str, str], ...] = ()
    figures: tuple[tuple[str, Any], ...] = ()
    headline: tuple[tuple[str, float], ...] = ()
    bins: tuple[Bin, ...] = ()
    curve: tuple[tuple[float, ...], tuple[float, ...]] | None = None  # recall, precision
    base: float | None = None
    segments: tuple[tuple[str, Mapping[str, Any]], ...] = ()
    segment_columns: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    fails: tuple[str, ...] = ()
    usual: Mapping[str, Usual] = {}


def bins(rows: Any) -> list[Bin]:
    """Calibration bins of a model card: each a mapping with `predicted`, `observed`, `count`, or a triple of those."""
    out = []
    for row in rows or ():
        triple = (row["predicted"], row["observed"], row["count"]) if isinstance(row, Mapping) else tuple(row)
        if len(triple) == 3 and all(isinstance(v, (int, float)) and math.isfinite(v) for v in triple):
            out.append(Bin(float(triple[0]), float(triple[1]), int(triple[2])))
    return out


def flatten(value: Any, prefix: str = "") -> Sequence[tuple[str, Any]]:
    """Nested figures of a card as dotted names with plain values, in order."""
    if isinstance(value, Mapping):
        return [pair for k, v in value.items() for pair in flatten(v, f"{prefix}.{k}" if prefix else str(k))]
    if isinstance(value, (list, tuple)) and any(isinstance(v, (Mapping, list, tuple)) for v in value):
        return [pair for i, v in enumerate(value) for pair in flatten(v, f"{prefix}.{i}")]
    return [(prefix, value)]


HEADLINE = ("average_precision", "recall_at_fpr_1", "ece")


def card(raw: Mapping[str, Any]) -> Card:
    return Card(raw=raw, version=str(raw.get("version", "")), about=str(raw.get("about", "")))
