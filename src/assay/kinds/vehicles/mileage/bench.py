"""Accounts of two years, made up, in the second of which a tenth of the way is shaved off, and terms of policies with the records of
their journeys: how many are found, and how many honest ones are accused.

How fills scatter (9 % from one to the next), seasons (6 %) and lives (3 %) are assumptions after what drivers' fuel diaries show;
no real account with known fraud was at hand.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from assay.core.batch import Batch
from assay.core.clock import DAY, moment
from assay.core.finding import Verdict
from assay.core.profile import Profile
from assay.kinds.vehicles.mileage import reasons as codes
from assay.kinds.vehicles.mileage.detector import Mileage
from assay.kinds.vehicles.mileage.evidence import Journey, MileageAccount, Reading
from assay.kinds.vehicles.simulate.sensors import drive
from assay.kinds.vehicles.trips import spoof
from assay.kinds.vehicles.trips.track import Track, pack

_START = 1_704_067_200_000_000  # 2024-01-01


def account(
    rng: np.random.Generator,
    *,
    shaved: float = 0.0,
    odometer_too: bool = False,
    years: float = 2.0,
    electric: bool = False,
) -> MileageAccount:
    """Two years of one car; in the last one every claimed kilometre stands for 1 / (1 - `shaved`). With `odometer_too` the
    odometer itself is held back, so that workshops read what is claimed."""
    days = int(365 * years)
    daily = np.maximum(rng.gamma(2.5, rng.uniform(20, 60) / 2.5, days), 0.0)
    true = np.cumsum(daily)
    since = days - 365
    kept = np.where(np.arange(days) >= since, 1 - shaved, 1.0)
    claimed = np.cumsum(daily * kept)
    shown = claimed if odometer_too else true
    phase = rng.uniform(-0.3, 0.3)
    swing = (0.12 if electric else 0.06) * rng.uniform(0.5, 1.5)
    level = np.log(0.18 if electric else 0.065) + swing * np.cos(2 * np.pi * (np.arange(days) / 365.25) + phase)
    life = rng.normal(0, 0.03)
    level = level + life * (np.arange(days) >= rng.integers(60, days - 60))
    used = daily * np.exp(level)
    readings: list[Reading] = []
    tank, size = 0.0, 40.0
    start = float(rng.uniform(5_000, 90_000))
    for day in range(days):
        tank += used[day]
        if tank > rng.uniform(0.55, 0.95) * size:
            amount = max(5.0, tank * float(np.exp(rng.normal(0, 0.09))))
            # What is not filled now is filled next time.
            tank -= amount
            kind: Any = (
                {"kwh": round(float(amount), 1), "source": "charge"}
                if electric
                else {"litres": round(float(amount), 2), "source": "fuel"}
            )
            readings.append(Reading(time=_day(day), odometer=round(start + float(claimed[day]), 1), **kind))
        if day % 30 == 15:
            readings.append(Reading(time=_day(day), source="claim", odometer=round(start + float(claimed[day]), 1)))
    for day in (since + int(rng.integers(0, 40)), days - int(rng.integers(1, 40))):
        readings.append(Reading(time=_day(day), source="service", odometer=round(start + float(shown[day]), 1)))
    return MileageAccount(id="account", time=_day(days), vehicle="v", readings=tuple(readings))


def _day(day: int) -> Any:
    return moment(_START + day * DAY)


def shaving(seed: int = 7, cars: int = 300) -> dict[str, Any]:
    """Shares found of each way of shaving a tenth off, and of honest accounts accused, with 95 % intervals (Wilson)."""
    detector = Mileage()
    rng = np.random.default_rng([seed, 5])

    def told(**how: Any) -> list[tuple[str, ...]]:
        found = []
        for i in range(cars):
            made = account(rng, electric=i % 3 == 2, **how)
            findings = detector.examine(Batch.of([made]), Profile.empty(1))
            found.append(tuple(r.code for f in findings.explain(np.arange(1)) for r in f.reasons))
        return found

    grave = {codes.WORKSHOPS, codes.CONSUMPTION, codes.ROLLBACK}
    honest = told()
    return {
        "cars": cars,
        "honest accounts accused": _share([bool(grave & set(c)) for c in honest]),
        "claims shaved by a tenth, found": _share([bool(grave & set(c)) for c in told(shaved=0.1)]),
        "odometer held back by a tenth, found by fuel alone": _share([bool(grave & set(c)) for c in told(shaved=0.1, odometer_too=True)]),
        "odometer held back by a fifth, found by fuel alone": _share([bool(grave & set(c)) for c in told(shaved=0.2, odometer_too=True)]),
    }  # fmt: skip


def term(
    rng: np.random.Generator, driven: Sequence[Track], *, journeys: int = 24, shaved: float = 0.0, since: float = 0.5, replayed: float = 0.0,
) -> MileageAccount:  # fmt: skip
    """Half a year of one car by journeys out of `driven` alone. From a share `since` of them on, way and speed are less by `shaved`; and a
    share `replayed` of all is another stretch played back. Recorders' gains differ by 5 %, and by 2 % from drive to drive."""
    gain = float(np.exp(rng.normal(0, 0.05)))
    told = []
    for k, which in enumerate(rng.permutation(len(driven))[:journeys].tolist()):
        mine = gain * float(np.exp(rng.normal(0, 0.02)))
        imu = {name: v * mine if name in ("ax", "ay", "az") else v for name, v in driven[which].imu.items()}
        track = Track(driven[which].gnss, imu)
        if k >= since * journeys and shaved:
            track = spoof.mileage(track, rng, 1 - shaved)
        if rng.random() < replayed:
            track = spoof.playback(track, rng)
        told.append(Journey(time=_day(7 * k + int(rng.integers(0, 7))), name=f"{k}", content=pack(track)))
    return MileageAccount(
        id="term", time=_day(7 * journeys), vehicle="v", policy="p", readings=(), journeys=tuple(told)
    )


def terms(seed: int = 7, policies: int = 12) -> dict[str, Any]:
    """As `shaving`, of policies by their journeys of ten minutes each."""
    detector = Mileage()
    rng = np.random.default_rng([seed, 6])
    driven = [drive(rng, 600.0) for _ in range(72)]

    def accused(n: int, **how: Any) -> dict[str, Any]:
        made = (Batch.of([term(rng, driven, **how)]) for _ in range(n))
        return _share(
            [bool(detector.examine(batch, Profile.empty(1)).verdict[0] >= Verdict.SUSPICIOUS) for batch in made]
        )

    few = max(4, policies // 4)
    return {
        "policies": policies, "honest policies accused": accused(policies), "a tenth shaved off from the middle on, found": accused(few, shaved=0.1),
        "a fifth shaved off from the first day on, found": accused(few, shaved=0.2, since=0.0),
        "half of the journeys played back, found": accused(few, replayed=0.5),
    }  # fmt: skip


def _share(hits: list[bool]) -> dict[str, Any]:
    n, k = len(hits), sum(hits)
    p, z = k / n, 1.96
    middle = (p + z * z / (2 * n)) / (1 + z * z / n)
    half = z * np.sqrt(p * (1 - p) / n + z * z / (4 * n * n)) / (1 + z * z / n)
    return {"share": round(p, 3), "95 %": [round(float(middle - half), 3), round(float(middle + half), 3)]}


__all__ = ["account", "shaving", "term", "terms"]
