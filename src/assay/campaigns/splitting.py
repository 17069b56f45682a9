"""Taking apart: when an entity turns out to be a hub, what it alone had linked goes on as campaigns of its own.

What only ever met the hub, by one rule and nothing else (every customer of a proxy that one noisy rule points at), stays with
the hub, so that it is one campaign and not a thousand; what has a history of its own takes that history along.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from assay.campaigns.signs import Rule
from assay.campaigns.state import CLOSED, GATHERING, OPEN, Campaign, Event, Hit, Node, Tally, live

if TYPE_CHECKING:
    from assay.campaigns.campaigns import Campaigns

MOST_PARKED = 8
Laid = tuple[Rule, Hit]
Part = tuple[set[str], list[Laid]]  # keys of entities, and what is said of them


def at(campaigns: Campaigns, hub: Node) -> None:
    """This entity has just become a hub: its campaign is divided into what hangs together without it."""
    home = live(hub.campaign)
    hub.campaign = None
    if home is None:
        return
    home.nodes.pop(hub.key, None)
    goes, stays = _pieces(campaigns, home, hub)
    if goes:
        _divide(campaigns, home, hub, goes, stays)
        return
    for keys, laid in stays:
        _park(campaigns, home, keys, laid)
    for node in home.nodes.values():
        node.campaign = None
    _its_own(home, hub)


def _divide(campaigns: Campaigns, home: Campaign, hub: Node, goes: Sequence[Part], stays: Sequence[Part]) -> None:
    titles = {tally.rule: (tally.title, tally.severity) for tally in home.rules.values()}
    beyond = {rule: tally.n - len(tally.hits) for rule, tally in home.rules.items()}
    for rule in list(home.rules):
        campaigns.drop_rule(home, rule)
    for node in home.nodes.values():
        node.campaign = None
    state, settled = home.state, home.settled
    home.nodes = {}
    made = []
    for place, (keys, laid) in enumerate(goes):
        piece = home if place == 0 else _new(campaigns, home, laid)
        _lay(campaigns, piece, laid, titles, beyond)
        _settle(campaigns, piece, home, keys)
        if place:
            piece.settled = settled
            piece.state = CLOSED if state == CLOSED else GATHERING
        made.append(piece)
    own = [laid for _, laids in stays for laid in laids]
    if own:
        dossier = _new(campaigns, home, own)
        _lay(campaigns, dossier, own, titles, beyond)
        dossier.settled = settled
        _its_own(dossier, hub)
        for keys, laid in stays:
            _park(campaigns, home, keys, laid)
        made.append(dossier)
    if state == OPEN:
        home.tell(Event(home.last, "split", about=hub.key))
    for piece in made:
        if piece.state == GATHERING:
            campaigns.consider(piece)


def _its_own(campaign: Campaign, hub: Node) -> None:
    """The campaign is the hub's and nobody else's."""
    campaign.nodes = {hub.key: hub} if hub.of.lasting else {}
    hub.campaign = campaign


def _settle(campaigns: Campaigns, piece: Campaign, home: Campaign, keys: Iterable[str]) -> None:
    """These entities are the piece's, but for those that have long been part of another."""
    for key in sorted(keys):
        found = campaigns.nodes.get(key) or campaigns.fleeting.get(key)
        if found is not None and live(found.campaign) in (None, home):
            found.campaign = piece
            if found.of.lasting:
                piece.nodes[key] = found


def _pieces(campaigns: Campaigns, home: Campaign, hub: Node) -> tuple[list[Part], list[Part]]:
    """(keys, hits) of what hangs together without the hub: what goes, the weightiest first; and what stays with it."""
    every = sorted(
        ((rule, hit) for rule, tally in home.rules.items() for hit in tally.hits), key=lambda laid: laid[1].number
    )
    root: dict[str, str] = {}

    def find(key: str) -> str:
        while root[key] != key:
            root[key] = key = root[root[key]]
        return key

    anchors: list[list[str]] = []
    for rule, hit in every:
        keys = [key for key in hit.links if not _hub(campaigns, key)]
        if not campaigns.strength.links(
            rule, hit.weight
        ):  # it links nothing: it lies with the first of its entities that is there already
            keys = [key for key in keys if key in root][:1] or keys[:1]
        anchors.append(keys)
        for key in keys:
            root.setdefault(key, key)
            root[find(key)] = find(keys[0])
    found: dict[str, Part] = {}
    for laid, keys in zip(every, anchors, strict=True):
        name = find(keys[0]) if keys else ""
        members, hits = found.setdefault(name, (set(), []))
        members.update(keys)
        hits.append(laid)
    goes: list[Part] = []
    stays: list[Part] = []
    for name, piece in found.items():
        only = all(hub.key in hit.links for _, hit in piece[1]) and len({rule for rule, _ in piece[1]}) == 1
        (stays if only or not name else goes).append(piece)
    goes.sort(key=lambda piece: (-sum(hit.weight for _, hit in piece[1]), piece[1][0][1].number))
    return goes, stays


def _hub(campaigns: Campaigns, key: str) -> bool:
    node = campaigns.nodes.get(key)
    return node is not None and node.hub


def _new(campaigns: Campaigns, home: Campaign, laid: Iterable[Laid]) -> Campaign:
    """A piece as a campaign of its own, numbered as if it were the next finding."""
    campaigns.number += 1
    campaigns.line.append(campaigns.number)
    piece = campaigns.all[campaigns.number] = Campaign(campaigns.number, f"{home.origin}/{campaigns.number}")
    piece.touched = max(hit.number for _, hit in laid)
    return piece


def _lay(
    campaigns: Campaigns,
    piece: Campaign,
    laid: Iterable[Laid],
    titles: dict[Rule, tuple[str, str]],
    beyond: dict[Rule, int],
) -> None:
    """These hits make up the campaign. `beyond`: how many of each rule were not kept one by one; they go to the first piece
    that has the rule."""
    piece.first, piece.last = 1 << 62, -(1 << 62)
    evidence: set[tuple[str, int]] = set()
    by_rule: dict[Rule, list[Hit]] = {}
    for rule, hit in sorted(laid, key=lambda one: one[1].number):
        by_rule.setdefault(rule, []).append(hit)
        evidence.add((hit.evidence, hit.ordinal))
    piece.rules, piece.findings = {}, len(evidence)
    for rule, hits in by_rule.items():
        title, severity = titles[rule]
        tally = piece.rules[rule] = Tally(rule, title, severity=severity)
        tally.keep(hits)
        campaigns.hits += len(hits)
        more = beyond.pop(rule, 0)
        tally.n += more
        piece.findings += more
        campaigns.standing[rule] = campaigns.standing.get(rule, 0) + 1
        piece.first, piece.last = min(piece.first, tally.first), max(piece.last, tally.last)


def _park(campaigns: Campaigns, home: Campaign, keys: Iterable[str], laid: Iterable[Laid]) -> None:
    for key in sorted(keys):
        node = campaigns.nodes.get(key) or campaigns.fleeting.get(key)
        if node is not None and live(node.campaign) in (None, home):
            node.campaign = None
            node.parked = (*node.parked, *laid)[-MOST_PARKED:]


def move(campaigns: Campaigns, rule: Rule, hit: Hit, home: Campaign) -> None:
    """A hit that was parked with a hub goes to the campaign of the entity that it is about."""
    for key in hit.links:
        node = campaigns.nodes.get(key)
        source = live(node.campaign) if node is not None and node.hub else None
        tally = None if source is None else source.rules.get(rule)
        if source is None or source is home or tally is None or hit.number not in {kept.number for kept in tally.hits}:
            continue
        _take_out(campaigns, source, tally, [kept for kept in tally.hits if kept.number != hit.number])
        own = home.rules.get(rule)
        if own is None:
            own = home.rules[rule] = Tally(rule, tally.title)
            campaigns.standing[rule] = campaigns.standing.get(rule, 0) + 1
        other = Tally(rule, tally.title)
        other.add(hit, tally.severity)
        campaigns.hits -= len(own.hits)
        own.absorb(other)
        campaigns.hits += len(own.hits)
        home.first, home.last = min(home.first, hit.time), max(home.last, hit.time)
        home.findings += 1
        campaigns.weigh(home)
        return


def _take_out(campaigns: Campaigns, home: Campaign, tally: Tally, left: list[Hit]) -> None:
    """Leaves a tally with these of its kept hits; a rule without any goes."""
    gone = len(tally.hits) - len(left)
    beyond = tally.n - len(tally.hits)
    home.findings = max(0, home.findings - gone)
    if left or beyond:
        tally.keep(left, beyond)
        campaigns.hits -= gone
    else:
        campaigns.drop_rule(home, tally.rule)


def without(campaigns: Campaigns, home: Campaign, evidence: str) -> None:
    """The campaign without what was found in one piece of evidence; one of which nothing is left is closed."""
    for tally in list(home.rules.values()):
        left = [hit for hit in tally.hits if hit.evidence != evidence]
        if len(left) < len(tally.hits):
            _take_out(campaigns, home, tally, left)
    if not home.rules and home.state == OPEN:
        home.state, home.truth = CLOSED, "genuine"
        campaigns.changed += 1
        home.tell(Event(home.last, "labelled", about="genuine", note="every finding of it was of genuine evidence"))


__all__ = ["at", "move", "without"]
