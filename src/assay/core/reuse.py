"""What to say of evidence that shows what others have shown before (`core.trace`): one finding over all its sightings, for any
room. It looks back only. What many owners have shown is a form or a logo, and no reason for anything."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from assay.core.finding import Finding, Reason, Where
from assay.core.trace import Sighting

FORM = 4  # owners from which on a thing is everybody's
_ORDER = ("informational", "low", "medium", "high")


class Gravity(NamedTuple):
    """How grave it is where few share a kind of trace: severity, and the reason's weight in 0..1."""

    severity: str
    weight: float


def seen_before(
    sightings: Sequence[Sighting], grave: Mapping[str, Gravity], *, room: str, detector: str, version: str
) -> Finding | None:
    """The suspicion that sightings of these kinds of traces give, with a reason `{room}.same-{kind}` each; None where there is
    none. Where the very file was seen, what is in it says nothing more."""
    first: dict[str, Sighting] = {}
    for sighting in sightings:
        if sighting.kind in grave and sighting.owners < FORM:
            first.setdefault(sighting.kind, sighting)
    if not first:
        return None
    if "file" in first:
        first = {"file": first["file"]}
    reasons = sorted(
        (
            Reason(
                f"{room}.same-{kind}",
                grave[kind].weight,
                {"evidence": seen.evidence, "owners": seen.owners, "distance": seen.distance},
            )
            for kind, seen in first.items()
        ),
        key=lambda reason: -reason.weight,
    )
    return Finding(
        detector=detector,
        version=version,
        verdict="suspicious",
        severity=max((grave[kind].severity for kind in first), key=_ORDER.index),
        reasons=tuple(reasons),
        where=tuple(
            Where(page=seen.where.page, box=seen.where.box, rule=f"{room}.same-{kind}")
            for kind, seen in first.items()
            if seen.where.page is not None or seen.where.box is not None
        ),
    )


__all__ = ["FORM", "Gravity", "seen_before"]
