"""Making room: memory is bounded, and what goes is the least, never what is new. A flood of findings so pushes out other
floods, and not the one that an attacker would have forgotten.

Nobody waits for a great clearing: whenever there is one too many, a few are looked at, in turn, and the least of them go; those
that stay go to the end of the line.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from assay.campaigns.state import CLOSED, GATHERING, OPEN, Campaign, Node, live

if TYPE_CHECKING:
    from assay.campaigns.campaigns import Campaigns

SAMPLE, GO = 64, 8  # so many are looked at, and one in eight of them goes
_STANDING = {GATHERING: 0, CLOSED: 1, OPEN: 2}


def for_campaign(campaigns: Campaigns) -> None:
    """Forgets a few campaigns: those that gather before those that are closed, and these before open ones; what weighs least
    by now; at equal weight what was touched longest ago. What was touched lately stays where there is anything else."""
    line, looked = campaigns.line, list[Campaign]()
    while line and len(looked) < SAMPLE:
        campaign = campaigns.all.get(line.popleft())
        if campaign is not None:
            looked.append(campaign)
    if not looked:
        return
    lately = campaigns.number - campaigns.most // 4
    looked.sort(key=lambda c: (c.touched > lately, *_weight(campaigns, c), c.touched))
    going = max(1, len(looked) // GO)
    line.extend(sorted(campaign.number for campaign in looked[going:]))
    for campaign in looked[:going]:
        _forget(campaigns, campaign)


def _weight(campaigns: Campaigns, campaign: Campaign) -> tuple[int, float]:
    return _STANDING[campaign.state], campaigns.strength.roughly(campaign, campaigns.clock)


def _forget(campaigns: Campaigns, campaign: Campaign) -> None:
    for rule in list(campaign.rules):
        campaigns.drop_rule(campaign, rule)
    for id_ in (campaign.id, *campaign.absorbed) if campaign.state != GATHERING else ():
        campaigns.cases.pop(id_, None)
    if len(campaigns.cases) > 2 * campaigns.most:  # ids of what became part of others that are long gone
        campaigns.cases = {id_: case for id_, case in campaigns.cases.items() if live(case) is not None}
    campaign.gone = True
    campaign.nodes = {}
    del campaigns.all[campaign.number]


def for_node(campaigns: Campaigns) -> None:
    """Forgets a few entities that last, never one of the finding that is being taken in: those without a campaign before those
    of campaigns, of these the ones of what weighs least; at equal weight the ones seen longest ago."""
    line, looked = campaigns.node_line, list[Node]()
    while line and len(looked) < SAMPLE:
        node = campaigns.nodes.get(line.popleft())
        if node is not None:
            looked.append(node)
    free = sorted(
        (node for node in looked if node.seen < campaigns.number),
        key=lambda node: (*_worth(campaigns, node), node.seen),
    )
    going = {node.key for node in free[: max(1, len(looked) // GO)]}
    line.extend(node.key for node in looked if node.key not in going)
    for key in going:
        home = live(campaigns.nodes.pop(key).campaign)
        if home is not None:
            home.nodes.pop(key, None)
        campaigns.companies.forget(key)


def _worth(campaigns: Campaigns, node: Node) -> tuple[int, float]:
    home = live(node.campaign)
    return (-1, float(node.hub)) if home is None else _weight(campaigns, home)


def for_fleeting(campaigns: Campaigns) -> None:
    """Forgets the oldest of the entities that are soon gone anyway, never one of the finding that is being taken in."""
    for key, node in campaigns.fleeting.items():
        if node.seen < campaigns.number:
            del campaigns.fleeting[key]
            campaigns.companies.forget(key)
            return


__all__ = ["for_campaign", "for_fleeting", "for_node"]
