"""From records to what a page shows: pure functions that sort, group and compare, and know nothing of HTTP or HTML."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache

import msgspec

from assay.console.source import Usual
from assay.core.decision import Decision
from assay.core.finding import Finding, Reason
from assay.core.kind import Kind, kinds, load
from assay.profiles.spec import Feature

FLAGGED = ("counterfeit", "suspicious")


class ReasonGroup(msgspec.Struct, frozen=True):
    """The reasons of one detector, heaviest first. `log_odds`: a model weighed them; else weights are strengths 0..1.
    `mixed`: some speak for genuine."""

    detector: str
    log_odds: bool
    mixed: bool
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
    """Every reason of every finding by its detector, models first, heaviest first, also those that speak for genuine;
    then the reasons that only the policy gave."""
    groups = [_group(f.detector, f.probability is not None, f.reasons) for f in decision.findings if f.reasons]
    found = {reason.code for finding in decision.findings for reason in finding.reasons}
    own = tuple(reason for reason in decision.reasons if reason.code not in found)
    return sorted(groups, key=lambda g: not g.log_odds) + ([_group("", False, own)] if own else [])


def _group(detector: str, log_odds: bool, reasons: tuple[Reason, ...]) -> ReasonGroup:
    ordered = tuple(sorted(reasons, key=lambda r: -abs(r.weight)))
    return ReasonGroup(detector, log_odds, any(r.weight < 0 for r in reasons), abs(ordered[0].weight), ordered)


def measures(decision: Decision, usual: Mapping[str, Usual]) -> list[Measure]:
    """The profile's numbers, the least usual first; those nobody can compare come last, in their declared order."""
    declared = features(decision.kind)
    rows = []
    for name, value in decision.profile.items():
        band = usual.get(name)
        rows.append(Measure(name, value, declared.get(name), band, _excess(value, band) if band else -1.0))
    return sorted(rows, key=lambda m: -m.excess)


def by_entity(rows: Iterable[Measure]) -> dict[str, list[Measure]]:
    """Profile numbers by the entity they are about, as declared; '' for those nobody declared."""
    out: dict[str, list[Measure]] = {}
    for row in rows:
        out.setdefault(row.feature.entity if row.feature else "", []).append(row)
    return out


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


def told(decision: Decision) -> str:
    """What to call its outcome: `noted` for an observation, which is on record for its findings and was decided upon by
    nobody; else the outcome itself."""
    room = room_of(decision.kind)
    observed = room and any(t.tag() == decision.kind and t.WEIGHT == "observation" for t in room.evidence)
    return "noted" if observed else decision.outcome


def open_findings(history: Iterable[Decision], settled: Iterable[str]) -> list[tuple[Decision, list[Finding]]]:
    """Decisions with findings that accuse and that no label has settled (`settled`: evidence ids with a label)."""
    done = set(settled)
    accused = ((d, [f for f in d.findings if f.verdict in FLAGGED]) for d in history if d.id not in done)
    return [(d, findings) for d, findings in accused if findings]
