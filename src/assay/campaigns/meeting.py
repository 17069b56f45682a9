"""Who is named together: the entities of a finding found again at once, and who has met too many others to link any more."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from assay.campaigns import room, splitting
from assay.campaigns.linking import Link
from assay.campaigns.signs import Sign
from assay.campaigns.state import Node

if TYPE_CHECKING:
    from assay.campaigns.campaigns import Campaigns

MOST = 1 << 16  # combinations that are remembered


class Company(msgspec.Struct, gc=False, eq=False):
    """A combination of entities that findings name. `met`: a strong one named it, so they are known to have met."""

    nodes: tuple[Node, ...]
    met: bool = False


class Companies:
    """The combinations that were named lately, by the keys of their entities."""

    def __init__(self) -> None:
        self.by_keys: dict[tuple[str, ...], Company] = {}
        self._with: dict[str, list[tuple[str, ...]]] = {}

    def remember(self, keys: tuple[str, ...], company: Company) -> None:
        if len(self.by_keys) >= MOST:
            self.by_keys.clear()
            self._with.clear()
        self.by_keys[keys] = company
        for key in keys:
            self._with.setdefault(key, []).append(keys)

    def forget(self, key: str) -> None:
        """An entity was forgotten: no combination of it holds any longer."""
        for keys in self._with.pop(key, ()):
            self.by_keys.pop(keys, None)


def company_of(campaigns: Campaigns, sign: Sign) -> Company:
    """The entities that a finding names, each remembered from now on."""
    company = Company(tuple(node_of(campaigns, link) for link in sign.links))
    campaigns.companies.remember(sign.keys, company)
    return company


def node_of(campaigns: Campaigns, link: Link) -> Node:
    """The entity of a link, remembered from now on."""
    among = campaigns.nodes if link.of.lasting else campaigns.fleeting
    node = among.get(link.key)
    if node is None:
        if len(among) >= campaigns.most_nodes:
            (room.for_node if link.of.lasting else room.for_fleeting)(campaigns)
        node = among[link.key] = Node(link.key, link.of)
        if link.of.lasting:
            campaigns.node_line.append(link.key)
    node.seen = campaigns.number
    return node


def meet(campaigns: Campaigns, company: Company) -> None:
    """The entities of a strong finding were seen together; those that have met too many are hubs from now on."""
    company.met = True
    lasting = [node for node in company.nodes if node.of.lasting]
    hubs = []
    for node in company.nodes:
        if not node.hub:
            others = node.others = node.others or {}
            for other in lasting:
                if other is not node:
                    others.setdefault(other.of.name, set()).add(other.key)
            if max(map(len, others.values()), default=0) > node.of.most:
                hubs.append(node)
    for node in hubs:
        node.hub, node.others = True, None
        splitting.at(campaigns, node)


__all__ = ["Companies", "Company", "company_of", "meet", "node_of"]
