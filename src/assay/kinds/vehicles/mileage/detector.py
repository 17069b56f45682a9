"""`vehicles.mileage`: an account of mileage that does not add up, or whose journeys, taken together, cannot all be honest. A person
decides: what is accused, and how often honest accounts are, stands in the room's README."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from assay.core.batch import Batch
from assay.core.clock import moment
from assay.core.evidence import Evidence
from assay.core.finding import Finding, Findings, Reason, Severity, Where
from assay.core.profile import Profile
from assay.kinds.vehicles.mileage import reasons as codes
from assay.kinds.vehicles.mileage.evidence import MileageAccount

if TYPE_CHECKING:
    from assay.kinds.vehicles.mileage.accounts import Ratio, Rollback
    from assay.kinds.vehicles.mileage.driven import Driven

SIGMAS = 3.0  # of the way that workshops saw
BURNT = 1.9  # of consumption, whose error already covers honest changes: of 1,000 honest accounts about five lie beyond
LEAST = 0.04  # natural logarithm: less is not worth anybody's accusation


FELT = 3.0  # sigmas of what inertia felt over all journeys
FELT_SINCE = 3.5  # and of its greatest step, which was searched for
ACCUSED = "0/300 made up"
"""Honest accounts of readings accused when `assay bench trips` was run last; `mileage.bench.shaving` makes them."""
UNLIKELY = 0.02  # chance that so many honest journeys are accused
_GRAVE = frozenset({codes.ROLLBACK, codes.WORKSHOPS, codes.CONSUMPTION, codes.FELT, codes.FELT_SINCE, codes.JOURNEYS})


class Mileage:
    """Reads readings; and journeys against what is usual, by the model that `vehicles.trips` uses."""

    name = "vehicles.mileage"
    version = "2"
    reads: tuple[type[Evidence], ...] = (MileageAccount,)

    def __init__(self, models: Path | None = None) -> None:
        self._models = models

    def examine(self, batch: Batch[Any], profile: Profile) -> Findings:
        return Findings.each(self.name, self.version, (self._judged(batch.item(i)) for i in range(len(batch))))

    def _judged(self, account: MileageAccount) -> Finding | None:
        if not account.readings and not account.journeys:
            return None
        summed = total(account, self._models)
        told = _reasons(summed)
        if not told and not summed.comparable:
            told = [Reason(codes.TOO_LITTLE, 0.0, {"readings": len(account.readings)})]
        if not told:
            return None
        grave = any(reason.code in _GRAVE for reason in told)
        severity = Severity.HIGH if summed.back else Severity.MEDIUM if grave else Severity.LOW
        doubted = [Where(part=d.name, rule=told[-1].code) for d in summed.driven if d.codes]
        return Finding(
            detector=self.name, version=self.version, verdict="suspicious" if grave else "inconclusive",
            severity=severity.word, reasons=tuple(told), where=tuple(doubted[:60]), techniques=("T1565.001",) if grave else (),
            entities=tuple(account.entities()),
        )  # fmt: skip


class Total(NamedTuple):
    """An account added up. `each`: the chance, at most (95 %), that an honest stretch of five minutes is accused; `chance`: that among
    so many stretches so many are, which is no less than that so many journeys are."""

    driven: tuple[Driven, ...]
    back: tuple[Rollback, ...]
    seen: Ratio | None
    burnt: Ratio | None
    felt: Ratio | None
    since: Ratio | None
    each: float
    chance: float

    @property
    def compared(self) -> int:
        return sum(d.score == d.score for d in self.driven)

    @property
    def accused(self) -> int:
        return sum(bool(d.codes) for d in self.driven)

    @property
    def comparable(self) -> bool:
        return self.compared > 0 or self.seen is not None or self.burnt is not None


def total(account: MileageAccount, models: Path | None = None) -> Total:
    """Everything that its readings and journeys say, together."""
    from assay.kinds.vehicles.mileage import accounts
    from assay.kinds.vehicles.mileage import driven as journeys
    from assay.kinds.vehicles.trips.detector import SHIPPED
    from assay.kinds.vehicles.trips.model import open_models
    from assay.kinds.vehicles.trips.train import at_most

    told: tuple[Driven, ...] = ()
    hits, of = 0, 0
    if account.journeys:
        usual, _, honest = open_models(models, SHIPPED)
        told = tuple(journeys.driven(account.journeys, usual))
        hits, of = (int(n) for n in honest.split("/")) if re.fullmatch(r"\d+/\d+", honest) else (0, 0)
    readings = (*account.readings, *(journeys.as_readings(told) if account.complete else ()))
    stretches = sum(max(1, -(-round(d.minutes) // 5)) for d in told if d.readable)
    return Total(
        told, tuple(accounts.rollbacks(readings)), accounts.against_workshops(readings), accounts.consumption(readings),
        journeys.felt(told), journeys.felt_since(told), at_most(hits, of) or 1.0,
        journeys.chance(sum(bool(d.codes) for d in told), stretches, hits, of),
    )  # fmt: skip


def _reasons(t: Total) -> list[Reason]:
    told = []
    if t.back:
        worst = max(t.back)
        values: dict[str, Any] = {"kilometres": worst.kilometres, "days": round(worst.days), "count": len(t.back)}
        told.append(Reason(codes.ROLLBACK, 1.0, values))
    for code, ratio, sigmas in (
        (codes.WORKSHOPS, t.seen, SIGMAS), (codes.CONSUMPTION, t.burnt, BURNT), (codes.FELT, t.felt, FELT), (codes.FELT_SINCE, t.since, FELT_SINCE),
    ):  # fmt: skip
        if ratio is not None and ratio.sigmas > sigmas and ratio.log > LEAST:
            since = {"since": f"{moment(int(ratio.since)):%Y-%m}"} if ratio.since else {}
            told.append(Reason(code, _weight(ratio.sigmas), _percent(ratio) | since))
    if t.accused:
        values = {
            "accused": t.accused, "journeys": t.compared, "each": round(100 * t.each), "chance": float(f"{100 * t.chance:.2g}"),
            "kinds": " ".join(sorted({d.codes[0].partition(".")[2] for d in t.driven if d.codes})),
        }  # fmt: skip
        unlikely = t.chance < UNLIKELY
        told.append(Reason(codes.JOURNEYS if unlikely else codes.SOME_JOURNEYS, 0.8 if unlikely else 0.3, values))
    return told


def _weight(sigmas: float) -> float:
    return round(min(1.0, sigmas / 10), 3)


def _percent(ratio: Any) -> dict[str, Any]:
    """What is claimed is so many per cent less than what was driven, give or take."""
    share = 1 - float(np.exp(-ratio.log))
    return {
        "percent": round(100 * share), "error": round(100 * ratio.error * (1 - share), 1), "count": ratio.readings,
        "months": round(ratio.months),
    }  # fmt: skip


__all__ = ["ACCUSED", "Mileage", "Total", "total"]
