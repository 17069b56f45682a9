"""Making room: memory is bounded, and what goes is the least, never what is new. A flood of findings so pushes out other
floods, and not the one that an attacker would have forgotten."""

from __future__ import annotations

from typing import TYPE_CHECKING

from assay.campaigns.state import CLOSED, GATHERING, OPEN, Campaign, Node, live

if TYPE_CHECKING:
    from assay.campaigns.campaigns import Campaigns

SHARE = 8  # at once goes an eighth, and the newest eighth is safe
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
        key=lambda c: (_STANDING[c.state], strength.log_odds(c, clock), c.touched),
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
    """Forgets entities: of those that last, the ones without a campaign first, then of campaigns that gather, and among
    them those seen longest ago; of those that are soon gone, the oldest."""
    if len(campaigns.fleeting) >= campaigns.most_nodes:
        for key in list(campaigns.fleeting)[: max(1, campaigns.most_nodes // SHARE)]:
            del campaigns.fleeting[key]
    if len(campaigns.nodes) >= campaigns.most_nodes:
        ranked = sorted(campaigns.nodes.values(), key=_worth)
        for node in ranked[: max(1, campaigns.most_nodes // SHARE)]:
            home = live(node.campaign)
            if home is not None:
                home.nodes.pop(node.key, None)
            del campaigns.nodes[node.key]
    campaigns.forget_met()


def _worth(node: Node) -> tuple[int, int]:
    home = live(node.campaign)
    return (-1 if home is None else _STANDING[home.state], node.seen)


__all__ = ["for_campaigns", "for_nodes"]
