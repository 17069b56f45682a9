"""A small kind of evidence for the ledger's tests, and decided batches of it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import ClassVar

import numpy as np

from assay.core.batch import Batch
from assay.core.decision import Decisions, Detail
from assay.core.entity import Entity
from assay.core.evidence import Evidence, Weight
from assay.core.finding import Finding, Reason, Where


class Lens(Evidence, frozen=True, kw_only=True, tag="lens"):
    """Evidence inside evidence: a value that msgpack has no type for."""


class Sighting(Evidence, frozen=True, kw_only=True, tag="sighting"):
    ENTITIES: ClassVar[dict[str, str]] = {"person": "person", "place": "place"}

    person: str | None = None
    place: str | None = None
    distance: float | None = None
    seen: datetime | None = None
    lens: Lens | None = None


class Glance(Sighting, frozen=True, kw_only=True, tag="glance"):
    WEIGHT: ClassVar[Weight] = "observation"


TYPES = {"sighting": Sighting, "lens": Lens, "glance": Glance}
START = 1_700_000_000_000_000
NAMES = ("ada", "bob", "cyd", "dan", "eve", "fay", "gus")
PLACES = ("quay", "mill")


def sightings(
    first: int,
    n: int,
    *,
    seed: int = 0,
    flagged: float = 0.2,
    ids: list[str] | None = None,
    places: tuple[str, ...] = PLACES,
) -> Decisions:
    """n decisions on sightings numbered from `first`, some of them not allowed; the same for the same arguments."""
    rng = np.random.default_rng([seed, first, n])
    columns = {
        "person": np.array([NAMES[k] if k < len(NAMES) else None for k in rng.integers(0, len(NAMES) + 1, n)], object),
        "place": np.array([places[k] for k in rng.integers(0, len(places), n)], object),
        "distance": np.where(rng.random(n) < 0.1, np.nan, rng.random(n)),
        "steps": rng.integers(-(10**12), 10**12, n),
    }
    ids = ids or [f"s{first + i}" for i in range(n)]
    time = START + (first + np.arange(n, dtype=np.int64)) * 60_000_000
    outcome = np.where(rng.random(n) < flagged, rng.integers(1, 4, n), 0)
    decisions = Decisions(
        Batch(Sighting, ids, time, columns),
        outcome,
        rng.random(n),
        np.where(outcome == 0, np.nan, rng.random(n)),
        np.where(outcome == 3, 1, -1),
        rules=("unused", "too-far"),
        policy="watch@3",
        models={"sightings.model": "f00"},
        decided=START + first,
        took_us=17,
    )
    for i in np.flatnonzero(outcome).tolist():
        decisions.details[i] = detail(float(np.nan_to_num(columns["distance"][i])))
    return decisions


def detail(distance: float) -> Detail:
    reasons = (Reason("sightings.far", 0.5, {"distance": distance}), Reason("sightings.odd", 0.25))
    finding = Finding(
        detector="sightings.model", version="f00", verdict="suspicious", severity="high", probability=0.75,
        reasons=reasons[1:], where=(Where(field="distance"),), techniques=("T1036",),
    )  # fmt: skip
    about = Finding(detector="sightings.watch", version="1", verdict="counterfeit", entities=(Entity("boat", "mary"),))
    return Detail(reasons[:1], (finding, about), {"person_count_7d": 3.0, "person_distance_mean_1h": 0.125})


def sighting(id_: str, minute: int, **fields: object) -> Sighting:
    return Sighting(id=id_, time=datetime.fromtimestamp(START // 10**6 + 60 * minute, UTC), **fields)  # type: ignore[arg-type]
