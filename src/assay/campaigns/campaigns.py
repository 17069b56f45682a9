"""Findings gather into campaigns: what is linked lies together, weighs together, and becomes a case when it weighs enough.

`take` puts one finding where it belongs. Which campaign that is depends only on the findings before it, in the ledger's
order, so a replay of the ledger makes the same state again, bit for bit. An entity that too many others were seen with is a
hub: it links nothing any more, and what it alone had linked is taken apart (`splitting`). Memory is bounded; what makes room
is always the least (`room`), never what is new.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from typing import Any

from msgspec.structs import replace

from assay.campaigns import room, splitting
from assay.campaigns.calibration import REMEMBERED, Judged
from assay.campaigns.joining import MOST_ENTITIES, join
from assay.campaigns.linking import ALONE, Link, links_of
from assay.campaigns.meeting import Companies, company_of, meet
from assay.campaigns.signs import Rule, Sign, signs_of
from assay.campaigns.state import CLOSED, OPEN, Campaign, Event, Node, Tally, Weighed, hit_of, live
from assay.campaigns.strength import Strength, together
from assay.campaigns.terms import Terms
from assay.campaigns.weights import posterior, repeats
from assay.core.batch import Batch
from assay.core.clock import DAY, HOUR, MINUTE
from assay.core.entity import Entity
from assay.core.finding import Finding

MOST_RULES = 256  # rules of one campaign; the least makes room
NEAR = 15 * MINUTE  # how soon after an open campaign was at a hub what happens there is taken to be of it
PACE = 6 * HOUR  # how far one finding moves the clock by which memory makes room: a wrong time must not empty it


class Campaigns:
    """All that gathers, and the cases it became. Used by one at a time; reading (`told`) may go on beside it.

    `most`, `most_nodes`, `most_hits`: campaigns, entities, and findings kept one by one, that are remembered.
    """

    def __init__(
        self,
        terms: Terms | None = None,
        *,
        most: int = 32_768,
        most_nodes: int = 131_072,
        most_hits: int = 500_000,
    ) -> None:
        self.terms = terms or Terms()
        self.most, self.most_nodes, self.most_hits = most, most_nodes, most_hits
        self.number = self.clock = 0
        self.all: dict[int, Campaign] = {}  # by number: those that are live
        self.cases: dict[str, Campaign] = {}  # by id, those ever opened; an absorbed one leads to what it is part of
        self.nodes: dict[str, Node] = {}
        self.fleeting: dict[str, Node] = {}  # processes, log-ons, sessions: oldest first
        self.standing: dict[Rule, int] = {}  # in how many campaigns a rule stands
        self.strength = Strength(self.terms, self.standing)
        self.hits = 0  # kept one by one
        self.line: deque[int] = (
            deque()
        )  # campaigns by number, and entities that last by key, as they are looked at in turn
        self.node_line: deque[str] = deque()
        self.changed = 0  # counts what analysts and labels did
        self.judged: dict[str, Judged] = {}  # by case, what it weighed when it was closed, and what it was
        self.fresh: dict[Entity, None] | None = None  # named in open campaigns and not yet asked for; see `felt`
        self.companies = Companies()

    def add(self, batch: Batch[Any], i: int, findings: Iterable[Finding]) -> None:
        """Takes in what was found in row i."""
        for sign in signs_of(batch, i, findings):
            self.take(sign)

    def take(self, sign: Sign) -> Campaign:
        """Takes in one finding; returns the campaign that it now lies in."""
        self.number += 1
        time = sign.time
        if time != self.clock:
            ahead = time - self.clock
            near = -PACE <= ahead <= PACE or self.number == 1
            self.clock = time if near else self.clock + (PACE if ahead > 0 else -PACE)
        if not sign.links:
            alone = Link(f"evidence:{sign.evidence}", ALONE)
            sign = replace(sign, links=(alone,), keys=(alone.key,))
        company = self.companies.by_keys.get(sign.keys) or company_of(self, sign)
        if self.strength.links(sign.rules[0], sign.weight):
            if not company.met:
                meet(self, company)
            home = self._linked(sign, company.nodes)
        else:
            home = self._beside(sign, company.nodes)
        self._put(home, sign)
        while (len(self.all) > self.most or self.hits > self.most_hits) and len(self.all) > 1:
            room.for_campaign(self)  # what was taken apart made several of one
        return home

    # -- where it belongs -----------------------------------------------------------------------------------------

    def _linked(self, sign: Sign, nodes: Sequence[Node]) -> Campaign:
        """The one campaign of all that a strong finding links: theirs, joined where they were several, or a new one."""
        homes: list[Campaign] = []
        hubs: list[Node] = []
        number, time = self.number, sign.time
        for node in nodes:
            node.seen = number
            if node.hub:
                hubs.append(node)
            elif node.campaign is not None and (home := self._of(node, time)) is not None and home not in homes:
                homes.append(home)
        for node in hubs:
            if (spree := self._visiting(node, sign)) is not None and spree not in homes:
                homes.append(spree)
        if homes:
            home = homes[0] if len(homes) == 1 else join(self, homes, time)
        elif len(hubs) == len(nodes):
            home = self._at_hub(sign, nodes)
        elif hubs and (parked := self._parked(sign, nodes)) is not None:
            return parked
        else:
            home = self.begin(sign)
        for node in nodes:
            if node.campaign is not home and not node.hub:
                self._enter(node, home)
        for node in hubs:
            if home.state == OPEN or self._alone(node, time):
                node.visitor, node.visited = home, time
        return home

    def _beside(self, sign: Sign, nodes: Sequence[Node]) -> Campaign:
        """Where a weak finding lies: with the first of its entities that has a campaign, else with the first that lasts. It
        joins nothing."""
        home: Campaign | None = None
        for node in nodes:
            node.seen = self.number
            if home is None and not node.hub and node.campaign is not None:
                home = self._of(node, sign.time)
        if home is not None:
            return home
        anchors = [node for node in nodes if not node.hub]
        if not anchors:
            return self._at_hub(sign, nodes)
        home = self.begin(sign)
        self._enter(next((node for node in anchors if node.of.lasting), anchors[0]), home)
        return home

    def _of(self, node: Node, time: int) -> Campaign | None:
        """The campaign of an entity, where it still takes in what happens at this moment."""
        campaign = node.campaign
        if campaign is None:
            return None
        if campaign.into is not None or campaign.gone:
            campaign = node.campaign = live(campaign)
            if campaign is None:
                return None
        horizon = self.terms.horizon
        return campaign if campaign.first - horizon <= time <= campaign.last + horizon else None

    def _visiting(self, hub: Node, sign: Sign) -> Campaign | None:
        """The open campaign that was at this hub just now, where it goes on with what it did: one account that does the same on
        host after host is one attack, however many hosts the account is seen on otherwise."""
        visitor = None if self._alone(hub, sign.time) else live(hub.visitor)
        return visitor if visitor is not None and sign.rules[0] in visitor.rules else None

    def _alone(self, hub: Node, time: int) -> bool:
        """Was no campaign at this hub lately that is open by now?"""
        visitor = live(hub.visitor)
        return visitor is None or visitor.state != OPEN or abs(time - hub.visited) > NEAR

    def _at_hub(self, sign: Sign, nodes: Sequence[Node]) -> Campaign:
        """Of a finding that names hubs alone: the open campaign that was just there, else the hub's own."""
        for node in nodes:
            if not self._alone(node, sign.time) and (visitor := live(node.visitor)) is not None:
                node.visitor, node.visited = visitor, sign.time
                return visitor
        for node in nodes:
            if (home := self._of(node, sign.time)) is not None:
                return home
        home = self.begin(sign)
        self._enter(nodes[0], home)
        return home

    def _parked(self, sign: Sign, nodes: Sequence[Node]) -> Campaign | None:
        """The campaign of a hub that says the same again of entities without a campaign of their own: it lies there, and
        follows them as soon as they have one."""
        for node in nodes:
            if node.hub and (home := self._of(node, sign.time)) is not None and sign.rules[0] in home.rules:
                hit = hit_of(self.number, sign, sign.weight)
                for other in nodes:
                    if not other.hub and len(other.parked) < splitting.MOST_PARKED:
                        other.parked = (*other.parked, (sign.rules[0], hit))
                return home
        return None

    def _enter(self, node: Node, home: Campaign) -> None:
        """An entity becomes part of a campaign, with what was parked of it."""
        if node.of.lasting and node.key not in home.nodes:
            if len(home.nodes) >= MOST_ENTITIES:
                return
            if (before := live(node.campaign)) is not None:  # too long ago to go on
                before.nodes.pop(node.key, None)
            home.nodes[node.key] = node
        node.campaign = home
        if node.parked:
            parked, node.parked = node.parked, ()
            for rule, hit in parked:
                splitting.move(self, rule, hit, home)

    def begin(self, sign: Sign) -> Campaign:
        """A new campaign, of which this is the first finding."""
        if len(self.all) >= self.most:
            room.for_campaign(self)
        if self.number in self.all:  # a piece of what this finding took apart
            self.number += 1
        self.line.append(self.number)
        if len(self.line) > 2 * self.most:  # most of it became part of others
            self.line = deque(number for number in self.line if number in self.all or number == self.number)
        campaign = self.all[self.number] = Campaign(self.number, f"{sign.evidence}/{sign.ordinal}")
        return campaign

    # -- what it adds -----------------------------------------------------------------------------------------------

    def _put(self, home: Campaign, sign: Sign) -> None:
        rules, time, strength = home.rules, sign.time, self.strength
        calibrated, heaviest, others = home.weighs
        gathers = home.state != OPEN
        home.findings += 1
        home.touched = self.number
        if time < home.first:
            home.first = time
        if time > home.last:
            home.last = time
        weight = sign.weight
        for j, rule in enumerate(sign.rules, 1):
            tally = rules.get(rule)
            if tally is None:
                tally = self._new_rule(home, rule, sign.titles[j - 1])
            if j > 1:  # further rules that one and the same event meets say little more: a quarter, a ninth, …
                weight = sign.weight / (j * j)
            self.hits += tally.add(hit_of(self.number, sign, weight), sign.severity)
            if gathers:
                weighs = strength.says(rule, tally.weight) * repeats(tally.n)
                if (counted := tally.counted) < weighs:
                    tally.counted = weighs
                    if not rule.code:
                        calibrated += weighs - counted
                    elif counted >= heaviest:
                        heaviest = weighs
                    elif weighs <= heaviest:
                        others += weighs - counted
                    else:
                        heaviest, others = weighs, others + heaviest - counted
        if not gathers:
            if self.fresh is not None:
                self.fresh.update(dict.fromkeys(sign.entities))
            return
        # It cannot have become a case unless what came since it was last weighed could make up for what it lacked then.
        home.weighs = Weighed(calibrated, heaviest, others)
        likely = strength.line.odds(home.weighs) >= strength.opens or strength.grave(sign.rules[0], sign.weight)
        if likely and not (home.state == CLOSED and home.settled.issuperset(sign.rules)):
            self.consider(home)

    def _new_rule(self, home: Campaign, rule: Rule, title: str) -> Tally:
        if len(home.rules) >= MOST_RULES:
            least = min(home.rules.values(), key=lambda t: (t.weight, t.last, t.rule))
            self.drop_rule(home, least.rule)
        tally = home.rules[rule] = Tally(rule, title)
        self.standing[rule] = self.standing.get(rule, 0) + 1
        return tally

    def drop_rule(self, home: Campaign, rule: Rule) -> None:
        """The rule no longer stands in the campaign."""
        self.hits -= len(home.rules.pop(rule).hits)
        left = self.standing[rule] - 1
        if left:
            self.standing[rule] = left
        else:
            del self.standing[rule]

    def weigh(self, home: Campaign) -> None:
        """What it weighs as of its last finding, exactly."""
        parts = self.strength.parts(home, home.last)
        home.weighs = together(parts)
        for rule, tally in home.rules.items():
            tally.counted = parts.get(rule, 0.0)

    def consider(self, home: Campaign) -> None:
        """Opens a campaign that is a case by now, or opens it again."""
        self.weigh(home)
        odds = self.strength.line.odds(home.weighs)
        if (odds >= self.strength.opens or self._grave(home)) and not home.decided:
            again = home.state == CLOSED
            home.state = OPEN
            self.cases[home.id] = home
            self.freshen(home)
            home.tell(Event(home.last, "reopened" if again else "opened", about=f"posterior {posterior(odds):.3g}"))

    def _grave(self, home: Campaign) -> bool:
        tallies = (tally for rule, tally in home.rules.items() if rule not in home.settled)
        return any(self.strength.grave(tally.rule, tally.weight) for tally in tallies)

    def freshen(self, home: Campaign) -> None:
        """All that an open campaign names is to be felt."""
        if self.fresh is not None:
            for tally in home.rules.values():
                for hit in tally.hits:
                    self.fresh.update(dict.fromkeys(hit.entities))

    # -- labels -------------------------------------------------------------------------------------------------------

    def judge(self, case: Campaign, truth: str) -> None:
        """An analyst said what the case was; the probability of others learns from it. "" takes it back."""
        self.judged.pop(case.id, None)
        if truth:
            self.judged[case.id] = Judged(self.strength.whole(case), truth == "fraud", case.last // DAY)
            if len(self.judged) > REMEMBERED:
                del self.judged[next(iter(self.judged))]
        self.strength.learn(list(self.judged.values()))

    def dismiss(self, evidence: str, findings: Iterable[Finding], entities: Sequence[Any]) -> None:
        """This evidence was genuine: nothing that was found in it weighs any more."""
        homes: dict[int, Campaign] = {}
        for finding in findings:
            for link in links_of(tuple(finding.entities or entities)) or (Link(f"evidence:{evidence}", ALONE),):
                node = self.nodes.get(link.key) or self.fleeting.get(link.key)
                if node is not None and (home := live(node.campaign)) is not None:
                    homes[home.number] = home
        for home in homes.values():
            splitting.without(self, home, evidence)


__all__ = ["MOST_ENTITIES", "MOST_RULES", "NEAR", "Campaigns"]
