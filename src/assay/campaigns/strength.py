"""How strong the case for a campaign is: the weights of its rules, each halved as time goes by, on top of the prior."""

from __future__ import annotations

import math
from collections.abc import Mapping
from copy import copy

from assay.campaigns.signs import Rule
from assay.campaigns.state import CLOSED, GATHERING, Campaign, Opening
from assay.campaigns.terms import Terms
from assay.campaigns.weights import logit, posterior, rare, repeats
from assay.core.clock import DAY
from assay.core.tactics import stages

STAGES, SOURCES, SPAN = 3, 4, 7 * DAY
"""The rule of tactics: so many stages, told by so many rules, within so long."""
TELLS = 1.0  # a rule whose weight, for how common it is, is less than this counts for no stage
HEARD = 0.5  # what a rule must weigh, as of its campaign's last finding, to be told as a stage that was reached
PIECES = 3  # and all of it must not come from fewer pieces of evidence than this


class Strength:
    """`others(rule)` less one is in how many further campaigns a rule stands."""

    def __init__(self, terms: Terms, standing: Mapping[Rule, int]) -> None:
        self.terms, self.standing = terms, standing
        self.prior, self.opens = logit(terms.prior), logit(terms.opens)
        self.scale = -math.log(2.0) / terms.half_life  # halved in each half-life

    def log_odds(self, campaign: Campaign, now: int) -> float:
        """Exactly rounded, so that the order of what was found does not matter, to the last bit."""
        return self.prior + math.fsum(self.parts(campaign, now).values())

    def parts(self, campaign: Campaign, now: int) -> dict[Rule, float]:
        """What each rule weighs at a moment (event time, microseconds), those left out that are settled."""
        settled, standing, scale = campaign.settled, self.standing, self.scale
        found = {}
        for rule, tally in list(campaign.rules.items()):
            if rule in settled:
                continue
            weight = rare(tally.weight, standing.get(rule, 1) - 1) * repeats(tally.n)
            since = now - tally.last
            found[rule] = weight * math.exp(scale * since) if since > 0 else weight
        return found

    def roughly(self, campaign: Campaign, now: int) -> float:
        """No less than what its rules weigh, at the cost of one: for choosing what makes room."""
        if campaign.state != GATHERING:
            return self.log_odds(campaign, now) - self.prior
        return (self.opens - self.prior - campaign.lacks) * math.exp(self.scale * max(0, now - campaign.last))

    def left(self, last: int, now: int) -> float:
        """The share of a weight that is left after a while; all of it before it began."""
        return math.exp(self.scale * (now - last)) if now > last else 1.0

    def probability(self, campaign: Campaign, now: int) -> float:
        """That it is an attack, by the stated weights; of a closed one as it was when it was closed."""
        if campaign.state == CLOSED:
            whole = copy(campaign)
            whole.settled = frozenset()
            return posterior(self.log_odds(whole, now))
        return posterior(self.log_odds(campaign, now))

    def opening(self, campaign: Campaign) -> tuple[Opening | None, float]:
        """Why it is a case as of its last finding, None where it is none yet; and what its log-odds lack."""
        odds = self.log_odds(campaign, campaign.last)
        lacks = self.opens - odds
        if lacks <= 0.0:
            return Opening("posterior", posterior(odds)), lacks
        if len(campaign.rules) >= SOURCES and (found := self.staged(campaign)) >= STAGES:
            return Opening("tactics", float(found)), lacks
        return None, lacks

    def reached(self, campaign: Campaign) -> int:
        """The stages that rules tell of which weighed something when last met, as a set of bits: a rule that is met on
        every host tells of none."""
        bits, left = 0, campaign.last
        for rule, tally in list(campaign.rules.items()):
            if tally.tactics & ~bits:
                weight = rare(tally.weight, self.standing.get(rule, 1) - 1) * repeats(tally.n)
                if weight * math.exp(self.scale * max(0, left - tally.last)) >= HEARD:
                    bits |= tally.tactics
        return bits

    def staged(self, campaign: Campaign) -> int:
        """How many stages of an attack its rules tell of within `SPAN` of its last finding; 0 where the rules or the
        pieces of evidence are too few."""
        since, bits, rules = campaign.last - SPAN, 0, 0
        pieces: set[str] = set()
        for rule, tally in campaign.rules.items():
            if tally.last <= since or not tally.tactics or rule in campaign.settled:
                continue
            if rare(tally.weight, self.standing.get(rule, 1) - 1) >= TELLS:
                bits |= tally.tactics
                rules += 1
                pieces.update(hit.evidence for hit in tally.hits)
        return stages(bits) if rules >= SOURCES and len(pieces) >= PIECES else 0


__all__ = ["HEARD", "PIECES", "SOURCES", "SPAN", "STAGES", "TELLS", "Strength"]
