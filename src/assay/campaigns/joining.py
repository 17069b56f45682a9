"""Putting together: campaigns that a finding links become one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from assay.campaigns.state import CLOSED, GATHERING, OPEN, Campaign, Event

if TYPE_CHECKING:
    from assay.campaigns.campaigns import Campaigns

MOST_ENTITIES = 512  # lasting entities that one campaign links
_RANK = {OPEN: 0, CLOSED: 1, GATHERING: 2}


def join(campaigns: Campaigns, homes: Sequence[Campaign], time: int) -> Campaign:
    """Several campaigns become one: a case before one that gathers, then the older. Where it would be too large, the
    first of them takes the finding alone."""
    if sum(len(home.nodes) for home in homes) > MOST_ENTITIES:
        return homes[0]
    into, *others = sorted(homes, key=lambda home: (_RANK[home.state], home.number))
    for other in others:
        _absorb(campaigns, into, other, time)
    if into.state != OPEN:
        campaigns.consider(into)
    return into


def _absorb(campaigns: Campaigns, into: Campaign, other: Campaign, time: int) -> None:
    if into.state == OPEN and other.state != OPEN:
        campaigns.freshen(other)
    alive = {r for home in (into, other) for r in home.rules if r not in home.settled}
    into.settled = (into.settled | other.settled) - alive
    for rule, tally in other.rules.items():
        own = into.rules.get(rule)
        if own is None:
            into.rules[rule] = tally
        else:
            campaigns.hits -= len(own.hits) + len(tally.hits)
            own.absorb(tally)
            campaigns.hits += len(own.hits)
            campaigns.standing[rule] -= 1
    into.nodes.update(other.nodes)
    into.first, into.last = min(into.first, other.first), max(into.last, other.last)
    into.findings += other.findings
    if other.state != GATHERING:
        into.absorbed = (*into.absorbed, *other.absorbed, other.id)[-64:]
        into.owner = into.owner or other.owner
        into.told |= other.told
        into.tell(Event(time, "merged", about=other.id))
    other.into = into
    other.rules, other.nodes = {}, {}
    del campaigns.all[other.number]


__all__ = ["MOST_ENTITIES", "join"]
