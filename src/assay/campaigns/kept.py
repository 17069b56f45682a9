"""The whole state as plain values, to be stored with a snapshot and brought back: the same to the last bit."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

import msgspec

from assay.campaigns.calibration import Judged
from assay.campaigns.linking import class_named
from assay.campaigns.signs import Rule
from assay.campaigns.state import Campaign, Event, Hit, Node, Tally, Weighed, live

if TYPE_CHECKING:
    from assay.campaigns.campaigns import Campaigns


class KeptNode(msgspec.Struct, frozen=True, array_like=True):
    """Campaigns are named by their number; 0 for none."""

    key: str
    of: str
    campaign: int
    others: list[tuple[str, list[str]]]
    hub: bool
    parked: tuple[tuple[Rule, Hit], ...]
    seen: int
    visitor: int
    visited: int


class KeptCampaign(msgspec.Struct, frozen=True, array_like=True):
    number: int
    origin: str
    rules: list[Tally]
    nodes: list[str]
    first: int
    last: int
    findings: int
    touched: int
    state: str
    owner: str
    truth: str
    history: tuple[Event, ...]
    settled: list[Rule]
    absorbed: tuple[str, ...]
    told: list[str]
    weighs: Weighed


class Kept(msgspec.Struct, frozen=True):
    """`stamp`: the terms it was made under; under others it is of no use."""

    stamp: str = ""
    number: int = 0
    clock: int = 0
    campaigns: list[KeptCampaign] = []
    nodes: list[KeptNode] = []
    fleeting: list[KeptNode] = []
    cases: list[tuple[str, int]] = []
    line: list[int] = []
    node_line: list[str] = []
    judged: list[tuple[str, Judged]] = []


def kept(campaigns: Campaigns) -> Kept:
    """All of it, in an order of its own, so that equal states give equal values."""
    return Kept(
        campaigns.terms.stamp,
        campaigns.number,
        campaigns.clock,
        [_campaign(campaign) for campaign in campaigns.all.values()],
        [_node(node) for node in campaigns.nodes.values()],
        [_node(node) for node in campaigns.fleeting.values()],
        [(id_, home.number) for id_, campaign in campaigns.cases.items() if (home := live(campaign)) is not None],
        [number for number in campaigns.line if number in campaigns.all],
        [key for key in campaigns.node_line if key in campaigns.nodes],
        list(campaigns.judged.items()),
    )


def _campaign(c: Campaign) -> KeptCampaign:
    return KeptCampaign(
        c.number, c.origin, [c.rules[rule] for rule in sorted(c.rules)], sorted(c.nodes), c.first, c.last, c.findings,
        c.touched, c.state, c.owner, c.truth, c.history, sorted(c.settled), c.absorbed, sorted(c.told), c.weighs,
    )  # fmt: skip


def _node(node: Node) -> KeptNode:
    campaign, visitor = live(node.campaign), live(node.visitor)
    return KeptNode(
        node.key, node.of.name, campaign.number if campaign else 0, _flat(node.others), node.hub, node.parked, node.seen,
        visitor.number if visitor else 0, node.visited,
    )  # fmt: skip


def _flat(others: dict[str, set[str]] | None) -> list[tuple[str, list[str]]]:
    return [(class_, sorted(keys)) for class_, keys in sorted((others or {}).items())]


def _classed(others: list[tuple[str, list[str]]]) -> dict[str, set[str]] | None:
    return {class_: set(keys) for class_, keys in others} or None


def bring_back(campaigns: Campaigns, kept: Kept) -> None:
    """Into fresh campaigns of the same terms. Raises ValueError under others."""
    if kept.stamp != campaigns.terms.stamp:
        raise ValueError("kept under other terms")
    campaigns.number, campaigns.clock = kept.number, kept.clock
    for k in kept.campaigns:
        c = campaigns.all[k.number] = Campaign(k.number, k.origin)
        c.rules = {tally.rule: tally for tally in k.rules}
        c.first, c.last, c.findings, c.touched = k.first, k.last, k.findings, k.touched
        c.state, c.owner, c.truth, c.history = k.state, k.owner, k.truth, k.history
        c.settled, c.absorbed, c.told = frozenset(k.settled), k.absorbed, frozenset(k.told)
        c.weighs = k.weighs
        for rule in c.rules:
            campaigns.standing[rule] = campaigns.standing.get(rule, 0) + 1
    for among, nodes in ((campaigns.nodes, kept.nodes), (campaigns.fleeting, kept.fleeting)):
        for n in nodes:
            node = among[n.key] = Node(n.key, class_named(n.of))
            node.campaign, node.visitor = campaigns.all.get(n.campaign), campaigns.all.get(n.visitor)
            node.others, node.hub, node.parked = _classed(n.others), n.hub, n.parked
            node.seen, node.visited = n.seen, n.visited
    for k in kept.campaigns:
        found = ((key, campaigns.nodes.get(key)) for key in k.nodes)
        campaigns.all[k.number].nodes = {key: node for key, node in found if node is not None}
    campaigns.cases = {id_: campaigns.all[number] for id_, number in kept.cases}
    campaigns.line, campaigns.node_line = deque(kept.line), deque(kept.node_line)
    campaigns.judged = dict(kept.judged)
    campaigns.strength.learn(list(campaigns.judged.values()))
    campaigns.hits = sum(len(tally.hits) for k in kept.campaigns for tally in k.rules)


__all__ = ["Kept", "bring_back", "kept"]
