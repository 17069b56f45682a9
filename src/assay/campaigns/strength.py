"""How strong the case for a campaign is: the weights of its rules, each halved as time goes by, on top of the prior."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from copy import copy

from assay.campaigns.calibration import SHIPPED, Judged, learned
from assay.campaigns.signs import Rule
from assay.campaigns.state import CLOSED, GATHERING, Campaign, Tally, Weighed
from assay.campaigns.terms import Terms
from assay.campaigns.weights import NATS, STRONG, logit, posterior, rare, repeats, usual

CRITICAL, ELSEWHERE = NATS["critical"], 3  # campaigns
HEARD = 0.5  # what a rule must weigh, as of its campaign's last finding, to be told as a stage that was reached


def together(parts: Mapping[Rule, float]) -> Weighed:
    """Exactly rounded, so that the order of what was found does not matter, to the last bit."""
    stated = sorted((weight for rule, weight in parts.items() if rule.code), reverse=True)
    calibrated = math.fsum(weight for rule, weight in parts.items() if not rule.code)
    return Weighed(calibrated, stated[0] if stated else 0.0, math.fsum(stated[1:]))


class Strength:
    """`standing[rule]` less one is in how many further campaigns a rule stands."""

    def __init__(self, terms: Terms, standing: Mapping[Rule, int]) -> None:
        self.terms, self.standing = terms, standing
        self.start = self.line = SHIPPED._replace(prior=logit(terms.prior))
        self.opens = logit(terms.opens)
        self.scale = -math.log(2.0) / terms.half_life  # halved in each half-life

    def says(self, rule: Rule, weight: float) -> float:
        """What a hit of this weight says, for how common its rule is."""
        return rare(weight, self.standing.get(rule, 1) - 1) if rule.code else weight

    def holds(self, rule: Rule, tally: Tally) -> float:
        """What all its hits weigh together, before any of it has faded."""
        return self.says(rule, tally.weight) * repeats(tally.n) * usual(tally.n, tally.last - tally.first)

    def links(self, rule: Rule, weight: float) -> bool:
        """Does such a hit join what it names? Not where it is weak, nor where its rule is met all over the house."""
        return self.says(rule, weight) >= STRONG

    def grave(self, rule: Rule, weight: float) -> bool:
        """Would it be too grave to wait for more? What is critical is exact evidence; where its rule stands in several more
        campaigns, it is weighed like all else."""
        return weight >= CRITICAL and rule.code != "" and self.standing.get(rule, 1) <= ELSEWHERE

    def learn(self, judged: Sequence[Judged]) -> None:
        """From what analysts said of cases."""
        self.line = learned(judged, self.start)

    def log_odds(self, campaign: Campaign, now: int) -> float:
        return self.line.odds(self.weighed(campaign, now))

    def weighed(self, campaign: Campaign, now: int) -> Weighed:
        return together(self.parts(campaign, now))

    def parts(self, campaign: Campaign, now: int) -> dict[Rule, float]:
        """What each rule weighs at a moment (event time, microseconds), those left out that are settled."""
        settled, holds, scale = campaign.settled, self.holds, self.scale
        found = {}
        for rule, tally in list(campaign.rules.items()):
            if rule in settled:
                continue
            weight = holds(rule, tally)
            since = now - tally.last
            found[rule] = weight * math.exp(scale * since) if since > 0 else weight
        return found

    def roughly(self, campaign: Campaign, now: int) -> float:
        """No less than its log-odds, at the cost of one weight: for choosing what makes room."""
        if campaign.state != GATHERING:
            return self.log_odds(campaign, now)
        return self.line.odds(campaign.weighs.left(self.left(campaign.last, now)))

    def left(self, last: int, now: int) -> float:
        """The share of a weight that is left after a while; all of it before it began."""
        return math.exp(self.scale * (now - last)) if now > last else 1.0

    def probability(self, campaign: Campaign, now: int) -> float:
        """That it is an attack; of a closed one as it was when it was closed."""
        weighed = self.whole(campaign, now) if campaign.state == CLOSED else self.weighed(campaign, now)
        return posterior(self.line.odds(weighed))

    def whole(self, campaign: Campaign, now: int | None = None) -> Weighed:
        """What it weighs as if nothing of it were settled; as of its last finding where no moment is given."""
        anew = copy(campaign)
        anew.settled = frozenset()
        return self.weighed(anew, campaign.last if now is None else now)

    def reached(self, campaign: Campaign) -> int:
        """The stages that rules tell of which weighed something when last met, as a set of bits: a rule that is met on
        every host tells of none."""
        bits, last = 0, campaign.last
        for rule, tally in list(campaign.rules.items()):
            if tally.tactics & ~bits and self.holds(rule, tally) * self.left(tally.last, last) >= HEARD:
                bits |= tally.tactics
        return bits


__all__ = ["ELSEWHERE", "HEARD", "Strength", "together"]
