"""Alterations of identity papers: portrait, machine-readable zone, visual zone, the code on a licence's back."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from random import Random
from typing import Any

from assay.kinds.documents.simulate.alterations import Altered
from assay.kinds.documents.simulate.identity import Identity
from assay.kinds.documents.simulate.licences import Licence, payload


def portrait_swapped(rng: Random, facts: Any) -> Altered:
    """Another face in the portrait; the ghost, where there is one, still shows the first."""
    if not isinstance(facts, Identity | Licence):
        return None
    return replace(facts, face=f"other-{rng.getrandbits(40)}"), "portrait"


def zone_stale(rng: Random, facts: Any) -> Altered:
    """One digit of the machine-readable zone, its check digit forgotten."""
    if not isinstance(facts, Identity):
        return None
    # The days of birth and expiry stand in the second line of every shape, each before its check digit.
    line = facts.lines[1]
    starts = (0, 8) if len(facts.lines) == 3 else (13, 21)
    at = rng.choice([start + k for start in starts for k in range(6)])
    changed = line[:at] + str((int(line[at]) + rng.randrange(1, 10)) % 10) + line[at + 1 :]
    return replace(facts, lines=(facts.lines[0], changed, *facts.lines[2:])), "mrz.1"


def zone_recomputed(rng: Random, facts: Any) -> Altered:
    """The machine-readable zone alone with all its check digits, or the code on a licence alone."""
    if isinstance(facts, Licence):
        return replace(facts, payload=payload(_other_licence(rng, facts)[0])), "code"
    if not isinstance(facts, Identity):
        return None
    lines = _other_zone(rng, facts)[0].lines()
    changed = next(i for i, line in enumerate(lines) if line != facts.lines[i])
    return replace(facts, lines=lines), f"mrz.{changed}"


def visual_changed(rng: Random, facts: Any) -> Altered:
    """The visual zone alone: a day of birth, a number or an expiry that zone or code does not know."""
    if isinstance(facts, Licence):
        other, field = _other_licence(rng, facts)
        return replace(other, payload=facts.payload), f"viz.{field}"
    if not isinstance(facts, Identity):
        return None
    zone, field = _other_zone(rng, facts)
    return replace(facts, zone=zone), f"viz.{field}"


def _other_zone(rng: Random, facts: Identity) -> tuple[Any, str]:
    """The zone with another day of birth, expiry or number."""
    zone, field = facts.zone, rng.choice(("birth", "expiry", "number"))
    if field == "number":
        return replace(zone, number=_other_number(rng, zone.number)), field
    moved = getattr(zone, field) + timedelta(days=rng.choice((-1, 1)) * rng.randrange(200, 2500))
    return replace(zone, **{field: moved}), field


def _other_licence(rng: Random, facts: Licence) -> tuple[Licence, str]:
    field = rng.choice(("birth", "number"))
    if field == "number":
        return replace(facts, number=_other_number(rng, facts.number)), field
    birth = facts.person.birth + timedelta(days=rng.choice((-1, 1)) * rng.randrange(200, 2500))
    return replace(facts, person=replace(facts.person, birth=birth)), field


def _other_number(rng: Random, number: str) -> str:
    at = rng.randrange(1, len(number))
    other = rng.choice([c for c in "123456789" if c != number[at]])
    return number[:at] + other + number[at + 1 :]
