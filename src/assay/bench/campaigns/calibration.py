"""How well the probability of a campaign counts, and how its constants were learned.

`python -m assay.bench.campaigns.calibration` learns them anew, on made banks and simulated payments that no figure is measured
on, and prints them; they stand in `assay.campaigns.calibration`.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Any

from assay.bench.campaigns.figures import signs_of_world
from assay.bench.campaigns.payments import Bank, bank, gathered
from assay.bench.campaigns.world import KNOWN, World, world
from assay.campaigns import Campaigns
from assay.campaigns.calibration import SHIPPED, Calibration, Judged, fitted, learned
from assay.campaigns.state import Campaign
from assay.campaigns.weights import posterior

LEARN_WORLDS, LEARN_BANKS = range(101, 113), (301, 302, 303)
LABELLED = range(21, 29)
BINS = (0.0, 0.01, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 0.95, 1.0)
ANY = Calibration(10.0, 10.0)  # a prior that says next to nothing
LEAST = 2  # findings of an attack that make a campaign one; or half of them


def points_of_world(one: World) -> list[Judged]:
    """Of every campaign, case or not, what it weighs at its last finding, and whether it was an attack."""
    campaigns, truth = Campaigns(), {made.id: made.attack >= 0 for made in one.findings}
    for sign, _, _ in signs_of_world(one):
        campaigns.take(sign)
    return _points(campaigns, truth)


def points_of_bank(one: Bank) -> list[Judged]:
    campaigns, truth = gathered(one.found)
    return _points(campaigns, {evidence: attack is not None for evidence, attack in truth.items()})


def cases_among(one: World) -> list[Judged]:
    """Only those that an analyst would have seen."""
    return [(w, hit) for w, hit in points_of_world(one) if posterior(SHIPPED.odds(w)) >= Campaigns().terms.opens]


def _points(campaigns: Campaigns, truth: dict[str, bool]) -> list[Judged]:
    return [(campaigns.strength.weighed(c, c.last), _attack(c, truth)) for c in campaigns.all.values()]


def _attack(campaign: Campaign, truth: dict[str, bool]) -> bool:
    pieces = {hit.evidence for tally in campaign.rules.values() for hit in tally.hits}
    harmful = sum(truth[piece] for piece in pieces)
    return harmful >= LEAST or 2 * harmful >= len(pieces) > 0


def reliability(points: Iterable[Judged], line: Calibration = SHIPPED) -> dict[str, Any]:
    """Expected calibration error (the mean gap between what is said and what was, over bins; Naeini et al. 2015), Brier score,
    and the bins."""
    told = [(posterior(line.odds(weighed)), hit) for weighed, hit in points]
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
    own = [judged for seed in LABELLED for judged in cases_among(world(seed, shapes=KNOWN, attacks=len(KNOWN)))]
    rest = [judged for one in worlds for judged in cases_among(one)]
    line = learned(own, SHIPPED)
    return {
        "hosts": reliability([p for one in worlds for p in points_of_world(one)]),
        "payments": reliability([p for one in banks for p in points_of_bank(one)]),
        "cases_with_the_operators_labels": {
            "labels": len(own), "prior": round(posterior(line.prior), 4), "slope": round(line.slope, 2),
            "ece_before": reliability(rest)["ece"], "ece_after": reliability(rest, line)["ece"],
        },
    }  # fmt: skip


def learn() -> Calibration:
    """The constants, each source of campaigns counting alike."""
    sources = [
        [p for seed in LEARN_WORLDS for p in points_of_world(world(seed, shapes=KNOWN, attacks=5))],
        [p for seed in LEARN_BANKS for p in points_of_bank(bank(seed))],
    ]
    rows = [(weighed, hit, 1000.0 / len(points)) for points in sources for weighed, hit in points]
    return fitted(rows, SHIPPED, ANY)


if __name__ == "__main__":
    found = learn()
    print(json.dumps({"prior": round(posterior(found.prior), 4), "slope": round(found.slope, 2)}))

__all__ = ["learn", "points_of_bank", "points_of_world", "reliability", "report"]
