"""Making room: memory is bounded, and what goes is the least, never what is new. A flood of findings so pushes out other
floods, and not the one that an attacker would have forgotten."""

from __future__ import annotations

from typing import TYPE_CHECKING

from assay.campaigns.state import CLOSED, GATHERING, OPEN, Campaign, Node, live

if TYPE_CHECKING:
    from assay.campaigns.campaigns import Campaigns

SHARE = 4  # at once goes a quarter, and the newest quarter is safe
_STANDING = {GATHERING: 0, CLOSED: 1, OPEN: 2}


def for_campaigns(campaigns: Campaigns) -> None:
    """Forgets the campaigns that weigh least by now: those that gather before those that are closed, and these before open
    ones; at equal weight the one that was touched longest ago."""
    oldest_first = sorted(campaigns.all.values(), key=lambda campaign: campaign.touched)
    most = max(1, len(oldest_first) // SHARE)
    safe = len(oldest_first) - most
    strength, clock = campaigns.strength, campaigns.clock
    ranked = sorted(
        oldest_first[:safe],
        key=lambda c: (_STANDING[c.state], strength.roughly(c, clock), c.touched),
    )
    for campaign in ranked[:most]:
        _forget(campaigns, campaign)
    for id_ in [id_ for id_, campaign in campaigns.cases.items() if live(campaign) is None]:
        del campaigns.cases[id_]


def _forget(campaigns: Campaigns, campaign: Campaign) -> None:
    for rule in list(campaign.rules):
        campaigns.drop_rule(campaign, rule)
    if campaign.state == OPEN:
        campaigns.changed += 1
    campaign.gone = True
    campaign.nodes = {}
    del campaigns.all[campaign.number]


def for_nodes(campaigns: Campaigns) -> None:
    """Forgets entities, never those of the finding that is being taken in: of those that are soon gone, the oldest; of those
    that last, the ones without a campaign, and where these are too few, those of the campaigns that weigh least."""
    most = max(1, campaigns.most_nodes // SHARE)
    if len(campaigns.fleeting) >= campaigns.most_nodes:
        oldest = [node for node in campaigns.fleeting.values() if node.seen < campaigns.number]
        for node in oldest[:most]:
            del campaigns.fleeting[node.key]
    if len(campaigns.nodes) >= campaigns.most_nodes:
        seen = [node for node in campaigns.nodes.values() if node.seen < campaigns.number]
        homeless = [node for node in seen if not node.hub and live(node.campaign) is None]
        if len(homeless) < max(1, most // SHARE):
            weighed: dict[int, float] = {}
            homeless = sorted(seen, key=lambda node: (*_worth(campaigns, node, weighed), node.seen))
        else:
            homeless.sort(key=lambda node: node.seen)
        for node in homeless[:most]:
            home = live(node.campaign)
            if home is not None:
                home.nodes.pop(node.key, None)
            del campaigns.nodes[node.key]
    campaigns.forget_met()


def _worth(campaigns: Campaigns, node: Node, weighed: dict[int, float]) -> tuple[int, float]:
    home = live(node.campaign)
    if home is None:
        return -1, float(node.hub)
    if home.number not in weighed:
        weighed[home.number] = campaigns.strength.roughly(home, campaigns.clock)
    return _STANDING[home.state], weighed[home.number]


__all__ = ["for_campaigns", "for_nodes"]
