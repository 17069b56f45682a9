"""How well the probability of a campaign counts, and how its constants were learned.

`python -m assay.bench.campaigns.calibration` learns them anew, on made banks that no figure is measured on, and prints them; they stand in `assay.campaigns.calibration`.
"""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Hashable, Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

from assay.bench.campaigns.figures import signs_of_world
from assay.bench.campaigns.payments import Bank, gathered
from assay.bench.campaigns.world import KNOWN, World, world
from assay.campaigns import Campaigns
from assay.campaigns.calibration import SHIPPED, Calibration, Judged, fitted, learned
from assay.campaigns.state import OPEN, Campaign, Weighed
from assay.campaigns.weights import posterior
from assay.core.clock import DAY

LEARN_WORLDS = range(101, 113)
LABELLED = range(21, 29)
BINS = (0.0, 0.01, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 0.95, 1.0)
ANY = Calibration(10.0, 10.0, 10.0)  # a prior that says next to nothing
LEAST = 2  # findings of an attack that make a campaign one; or half of them


class Point(NamedTuple):
    """What a campaign weighs at its last finding, which attack it is of (None: of none), and the day of that finding."""

    weighed: Weighed
    attack: Hashable
    day: int


def points_of_world(one: World, *, cases: bool = False) -> list[Point]:
    """Of every campaign; or only of cases, which an analyst would have seen."""
    campaigns, truth = Campaigns(), {made.id: made.attack if made.attack >= 0 else None for made in one.findings}
    for sign, _, _ in signs_of_world(one):
        campaigns.take(sign)
    return _points(campaigns, truth, cases=cases)


def points_of_bank(one: Bank) -> list[Point]:
    return _points(*gathered(one.found))


def judged(points: Iterable[Point]) -> list[Judged]:
    return [Judged(one.weighed, one.attack is not None, one.day) for one in points]


def _points(campaigns: Campaigns, truth: Mapping[str, Hashable], *, cases: bool = False) -> list[Point]:
    """A single piece of evidence that has a decision of its own is left out: it is no campaign yet, whatever it weighs."""
    every = (c for c in campaigns.all.values() if (c.state == OPEN if cases else not c.decided))
    return [Point(campaigns.strength.weighed(c, c.last), _attack(c, truth), c.last // DAY) for c in every]


def _attack(campaign: Campaign, truth: Mapping[str, Hashable]) -> Hashable:
    pieces = {hit.evidence for tally in campaign.rules.values() for hit in tally.hits}
    harmful = Counter(attack for piece in pieces if (attack := truth[piece]) is not None)
    enough = harmful.total() >= LEAST or 2 * harmful.total() >= len(pieces) > 0
    return harmful.most_common(1)[0][0] if enough else None


def reliability(points: Iterable[Judged], line: Calibration = SHIPPED) -> dict[str, Any]:
    """Expected calibration error (the mean gap between what is said and what was, over bins; Naeini et al. 2015), Brier score,
    and the bins."""
    told = [(posterior(line.odds(one.weighed)), one.attack) for one in points]
    bins, gap = [], 0.0
    for low, high in pairwise(BINS):
        inside = [(p, hit) for p, hit in told if low <= p < high or p == high == 1.0]
        if inside:
            said, were = (math.fsum(values) / len(inside) for values in zip(*inside, strict=True))
            gap += len(inside) * abs(said - were)
            bins.append({"campaigns": len(inside), "said": round(said, 3), "were": round(were, 3)})
    brier = math.fsum((p - hit) ** 2 for p, hit in told) / len(told)
    return {"ece": round(gap / len(told), 4), "brier": round(brier, 4), "bins": bins}


def report(worlds: Sequence[World], banks: Sequence[Bank]) -> dict[str, Any]:
    """On worlds that nothing was learned on; and what an operator's own labels add: those of the cases of some earlier fortnights of
    such a house, measured on the cases of these worlds."""
    houses = [world(seed, shapes=KNOWN, attacks=len(KNOWN)) for seed in LABELLED]
    own = [
        case._replace(day=case.day + place * house.days)  # one fortnight after another
        for place, house in enumerate(houses)
        for case in judged(points_of_world(house, cases=True))
    ]
    rest = [case for one in worlds for case in judged(points_of_world(one, cases=True))]
    line = learned(own, SHIPPED)
    return {
        "hosts": reliability(case for one in worlds for case in judged(points_of_world(one))),
        "payments": reliability(case for one in banks for case in judged(points_of_bank(one))),
        "cases_with_the_operators_labels": {
            "labels": len(own), "line": told(line),
            "ece_before": reliability(rest)["ece"], "ece_after": reliability(rest, line)["ece"],
        },
    }  # fmt: skip


def told(line: Calibration) -> dict[str, float]:
    return {
        "prior": round(posterior(line.prior), 4),
        "alone": round(line.alone, 2),
        "together": round(line.together, 2),
    }


def learn() -> Calibration:
    """The constants. Each attack counts alike: one that left twenty pieces behind says no more than one that left a single large
    campaign. Payments teach nothing here, since what they weigh is calibrated by their own model."""
    rows: list[tuple[Weighed, bool, float]] = []
    for seed in LEARN_WORLDS:
        points = points_of_world(world(seed, shapes=KNOWN, attacks=len(KNOWN)))
        pieces = Counter(one.attack for one in points)
        rows += [
            (one.weighed, one.attack is not None, 1.0 if one.attack is None else 1 / pieces[one.attack])
            for one in points
        ]
    return fitted(rows, SHIPPED, ANY)


if __name__ == "__main__":
    found = learn()
    print(json.dumps(told(found)))

__all__ = ["learn", "points_of_bank", "points_of_world", "reliability", "report"]
