"""`vehicles.trips`: was this journey driven as its record says? `vehicles.odometer`: does a vehicle's odometer run backward from
one journey to the next?

What satellites claim is held against inertia and against what the vehicle says. A person decides: nothing here is a probability,
and the card of the model says how often honest stretches were accused.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from assay.core.batch import Batch
from assay.core.entity import Entity
from assay.core.errors import UnreadableInput
from assay.core.evidence import Evidence
from assay.core.finding import Finding, Findings, Reason, Severity, Where
from assay.core.profile import Profile
from assay.kinds.vehicles.trips import reasons as codes
from assay.kinds.vehicles.trips.evidence import Trip

NAME = "vehicles.trips"
SHIPPED = Path(__file__).parent / "shipped"
_MILD = frozenset({codes.LOST, codes.TOO_SMOOTH, codes.CLOCK, codes.STEPS, codes.MOUNTED})
_TECHNIQUES = ("T0856",)  # ATT&CK for ICS: a reporting message that is forged
_BACK = 2.0  # kilometres: odometers are told rounded


class Trips:
    """Uses the model shipped with the room, or the first of its kind under `models`; a signature there of this very vehicle."""

    name = NAME
    version = "1"
    reads: tuple[type[Evidence], ...] = (Trip,)

    def __init__(self, models: Path | None = None) -> None:
        from assay.kinds.vehicles.trips.model import open_models

        self.usual, self.signatures, self.honest = open_models(models, SHIPPED)
        own = models is not None and (models / "card.json").is_file()
        self.folder = models if own else SHIPPED  # where its card lies

    def examine(self, batch: Batch[Any], profile: Profile) -> Findings:
        return Findings.each(self.name, self.version, (self._judged(batch.item(i)) for i in range(len(batch))))

    def _judged(self, trip: Trip) -> Finding | None:
        from assay.kinds.vehicles.trips.judge import Said, judge
        from assay.kinds.vehicles.trips.reading import read

        if not trip.content:
            return None
        try:
            track, _ = read(trip.content)
            judged = judge(track, self.usual)
        except (UnreadableInput, ValueError) as error:
            return self._inconclusive(trip, codes.BROKEN, {"why": str(error)[:100]})
        if judged.motion is None:
            return self._inconclusive(trip, codes.BROKEN, {"why": "fewer than ten seconds of fixes"})
        said = [*judged.said]
        if trip.distance is not None and judged.length >= 5:
            ratio = max(trip.distance, 0.1) / judged.length
            if abs(np.log(ratio)) > np.log(1.15):
                values = {"said": round(trip.distance, 1), "driven": round(judged.length, 1)}
                said.append(Said(codes.DISTANCE, 3.0, values))
        if judged.compared is not None and trip.vehicle in self.signatures:
            from assay.kinds.vehicles.trips.signature import departures, signature_of

            said += departures(signature_of(track, judged.compared), self.signatures[trip.vehicle])
        if not said and np.isnan(judged.score):
            return self._inconclusive(trip, codes.NOT_COMPARED, {"minutes": round(judged.motion.time[-1] / 60)})
        if not said:
            return None
        return self._told(trip, said)

    def _told(self, trip: Trip, said: list[Any]) -> Finding:
        grave = [s for s in said if s.code not in _MILD]
        severity = Severity.HIGH if any(s.exact for s in said) else Severity.MEDIUM if grave else Severity.LOW
        told, where = [], []
        for number, one in enumerate(said):
            told.append(Reason(one.code, round(min(1.0, one.surprise / 8), 3), one.values | {"honest": self.honest}))
            where += [Where(rule=f"{one.code}#{number}", span=span) for span in one.spans]
        return Finding(
            detector=self.name, version=self.version, verdict="suspicious" if grave else "inconclusive",
            severity=severity.word, reasons=tuple(told), where=tuple(where[:60]), techniques=_TECHNIQUES if grave else (),
            entities=_about(trip),
        )  # fmt: skip

    def _inconclusive(self, trip: Trip, code: str, values: dict[str, Any]) -> Finding:
        return Finding(
            detector=self.name, version=self.version, verdict="inconclusive", severity=Severity.LOW.word,
            reasons=(Reason(code, 0.0, values),), entities=_about(trip),
        )  # fmt: skip


class Odometers:
    """From one journey of a vehicle to the next: the odometer at a trip's end was higher before."""

    name = "vehicles.odometer"
    version = "1"
    reads: tuple[type[Evidence], ...] = (Trip,)
    looks_back = True

    def examine(self, batch: Batch[Any], profile: Profile) -> Findings:
        return Findings.each(self.name, self.version, (self._judged(batch, profile, i) for i in range(len(batch))))

    def _judged(self, batch: Batch[Any], profile: Profile, i: int) -> Finding | None:
        if "vehicle_odometer_previous" not in profile or (column := batch.column("odometer")) is None:
            return None
        now, before = float(column[i]), float(profile.column("vehicle_odometer_previous")[i])
        if not now < before - _BACK:
            return None
        days = float(profile.column("vehicle_odometer_time_since")[i]) / 86_400
        values = {"kilometres": round(before - now, 1), "days": round(days, 1)}
        vehicle = batch.entity("vehicle")[i]
        return Finding(
            detector=self.name, version=self.version, verdict="suspicious", severity=Severity.HIGH.word,
            reasons=(Reason(codes.ROLLBACK, 1.0, values),), where=(Where(field="odometer"),), techniques=("T1565.001",),
            entities=(Entity("vehicle", vehicle),) if vehicle else (),
        )  # fmt: skip


def _about(trip: Trip) -> tuple[Entity, ...]:
    return tuple(trip.entities())


__all__ = ["NAME", "Odometers", "Trips"]
