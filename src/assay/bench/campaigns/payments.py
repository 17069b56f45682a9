"""A simulated bank's payments through the whole flow, with the models that come with the room: what is found in them, and the
truth of each. Long enough a history goes before that customers have a past."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

import numpy as np

from assay.campaigns import Campaigns
from assay.campaigns.signs import Sign, signs_of
from assay.campaigns.state import live
from assay.core.clock import DAY, WEEK, micros
from assay.core.decision import Outcome
from assay.core.finding import Finding, Verdict
from assay.core.kind import kinds, load
from assay.engine import Engine

SIZE, BEFORE, DAYS = 2000, 60, 45  # customers, days of history, days that count
START = "2026-01-05"


class Found(NamedTuple):
    """A finding; `attack`: which fraud the payment is of, None where it is genuine. All of one fraud is reported at once, so
    the scenario and the moment tell frauds apart."""

    sign: Sign
    attack: tuple[str, int] | None


class Week(NamedTuple):
    """`stopped`, `flagged`, `frauds_flagged`: payments, none of them fraud, that were not plainly allowed; that the model calls
    suspicious; and frauds that it does."""

    payments: int = 0
    frauds: int = 0
    stopped: int = 0
    flagged: int = 0
    frauds_flagged: int = 0


class Bank(NamedTuple):
    """`first`: when the days that count begin; `weeks` of them."""

    found: list[Found]
    first: int
    days: int
    weeks: list[Week]


def bank(seed: int, *, size: int = SIZE, before: int = BEFORE, days: int = DAYS) -> Bank:
    """What is found in the payments of so many days. Raises `StopIteration` where no installed room simulates a bank."""
    room = next(kind for kind in kinds().values() if "bank" in kind.simulators)
    engine = Engine(rooms=[room], shipped=True, replaying=True)
    engine.campaigns = listening = _Listening()
    found: list[Found] = []
    weeks = [Week()] * (-(-days // 7))
    first = micros(datetime.fromisoformat(START).replace(tzinfo=UTC)) + before * DAY
    for batch in load(room.simulators["bank"])(seed, size=size, days=before + days, start=START):
        listening.heard = []
        examined = engine.examine(batch)
        stopped = engine.decide(examined).outcome != Outcome.ALLOW
        flagged = examined.findings["payments.model"].verdict >= Verdict.SUSPICIOUS
        week, fraud = (batch.time - first) // WEEK, batch.truth == 1
        for w in np.unique(week[week >= 0]).tolist():
            genuine, mine = (week == w) & ~fraud, (week == w) & fraud
            more = (genuine | mine, mine, genuine & stopped, genuine & flagged, mine & flagged)
            weeks[w] = Week(*(a + int(b.sum()) for a, b in zip(weeks[w], more, strict=True)))
        for i, sign in listening.heard:
            if week[i] >= 0:
                attack = (str(batch.scenario[i]), int(batch.known[i])) if fraud[i] else None
                found.append(Found(sign, attack))
    return Bank(found, first, days, weeks)


class _Listening(Campaigns):
    """Gathers nothing: writes down what it is told."""

    heard: list[tuple[int, Sign]] = []

    def add(self, batch: Any, i: int, findings: Iterable[Finding]) -> None:
        self.heard += [(i, sign) for sign in signs_of(batch, i, findings)]


def gathered(found: Sequence[Found]) -> tuple[Campaigns, dict[str, tuple[str, int] | None]]:
    """The campaigns that these make, and the truth of each piece of evidence."""
    campaigns, truth = Campaigns(), {}
    for sign, attack in found:
        truth[sign.evidence] = attack
        campaigns.take(sign)
    return campaigns, truth


def figures(one: Bank) -> dict[str, float]:
    """What becomes of the findings. `frauds_with_a_case` of those with two findings or more; `share_of_fraud`, `share_of_one_fraud`:
    of what cases hold, what is fraud at all, and what is of the fraud that the case holds most of."""
    campaigns, truth = gathered(one.found)
    cases = list({c.number: c for c in map(live, campaigns.cases.values()) if c is not None}.values())
    held = [{hit.evidence for tally in case.rules.values() for hit in tally.hits} for case in cases]
    told = Counter(found.attack for found in one.found if found.attack)
    reached = {truth[piece] for pieces in held for piece in pieces}
    several = [attack for attack, n in told.items() if n > 1]
    pieces = sum(map(len, held))
    sizes = sorted(len({e for t in case.rules.values() for hit in t.hits for e in hit.entities}) for case in cases)
    return {
        "findings": float(len(one.found)), "frauds_told_of": float(len(told)), "cases": float(len(cases)),
        "false_a_day": sum(not any(truth[p] for p in own) for own in held) / one.days,
        "frauds_with_a_case": sum(attack in reached for attack in several) / max(1, len(several)),
        "share_of_fraud": sum(truth[p] is not None for own in held for p in own) / max(1, pieces),
        "share_of_one_fraud": sum(_most(truth[p] for p in own) for own in held) / max(1, pieces),
        "entities_a_case": float(sizes[len(sizes) // 2]), "entities_nine_in_ten": float(sizes[len(sizes) * 9 // 10]),
        "entities_most": float(sizes[-1]),
    }  # fmt: skip


def by_week(one: Bank) -> list[dict[str, float]]:
    """Week by week: genuine payments per 1,000 that were stopped (challenged, reviewed or blocked) and that the model calls
    suspicious, the share of frauds that it does, and the cases opened, with fraud in them and without."""
    campaigns, truth = gathered(one.found)
    cases = {c.number: c for c in map(live, campaigns.cases.values()) if c is not None}.values()
    opened: Counter[tuple[int, bool]] = Counter()
    for case in cases:
        pieces = {hit.evidence for tally in case.rules.values() for hit in tally.hits}
        moment = next(event.time for event in case.history if event.what == "opened")
        opened[(moment - one.first) // WEEK, any(truth[piece] for piece in pieces)] += 1
    return [
        {
            "stopped_per_1000": 1000 * week.stopped / (week.payments - week.frauds),
            "flagged_per_1000": 1000 * week.flagged / (week.payments - week.frauds),
            "frauds_flagged": week.frauds_flagged / max(1, week.frauds),
            "cases_with_fraud": float(opened[w, True]), "false_cases": float(opened[w, False]),
        }
        for w, week in enumerate(one.weeks)
    ]  # fmt: skip


def _most(attacks: Iterable[tuple[str, int] | None]) -> int:
    found = Counter(attack for attack in attacks if attack)
    return max(found.values(), default=0)


__all__ = ["Bank", "Found", "Week", "bank", "by_week", "figures", "gathered"]
