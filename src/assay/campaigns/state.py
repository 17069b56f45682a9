"""What a campaign is made of: rules with their hits, the entities that link them, and its life as a case."""

from __future__ import annotations

import base64
from collections.abc import Iterable
from hashlib import blake2b
from typing import NamedTuple

import msgspec

from assay.campaigns.linking import Class
from assay.campaigns.signs import Rule, Sign
from assay.core.entity import Entity

EARLY, LATE = 4, 12  # hits of one rule that are kept: the first ones, and the newest
HISTORY = 64  # entries kept of what became of a campaign
GATHERING, OPEN, CLOSED = "gathering", "open", "closed"


class Hit(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One finding that a rule is said by. `number`: its place among all findings taken in; `links` the keys it links by;
    `decided`: its evidence has a decision of its own."""

    number: int
    evidence: str
    ordinal: int
    time: int
    weight: float
    tactics: int
    links: tuple[str, ...]
    entities: tuple[Entity, ...]
    decided: bool = False


def hit_of(number: int, sign: Sign, weight: float) -> Hit:
    """The finding as a hit of one of its rules, for which it weighs so much."""
    return Hit(
        number, sign.evidence, sign.ordinal, sign.time, weight, sign.tactics, sign.keys, sign.entities, sign.decided
    )


class Tally(msgspec.Struct, gc=False):
    """All hits of one rule in one campaign. What is kept depends on which hits there were, never on their order: the number
    of them, the greatest weight, the first and last time, and the first and newest of the hits themselves. `counted`: how much
    of what it weighs stands in the campaign's `weighs`."""

    rule: Rule
    title: str
    n: int = 0
    weight: float = 0.0
    first: int = 1 << 62
    last: int = -(1 << 62)
    tactics: int = 0
    severity: str = "informational"
    hits: tuple[Hit, ...] = ()
    counted: float = 0.0

    def add(self, hit: Hit, severity: str) -> int:
        """One more hit, numbered after all others; returns by how many more are kept now."""
        self.n += 1
        self.tactics |= hit.tactics
        if hit.weight > self.weight:
            self.weight, self.severity = hit.weight, severity
        if hit.time < self.first:
            self.first = hit.time
        if hit.time > self.last:
            self.last = hit.time
        hits = self.hits
        if len(hits) < EARLY + LATE:
            self.hits = (*hits, hit)
            return 1
        self.hits = (*hits[:EARLY], *hits[EARLY + 1 :], hit)
        return 0

    def absorb(self, other: Tally) -> None:
        """The hits of another tally of this rule."""
        self.n += other.n
        self.tactics |= other.tactics
        if other.weight > self.weight:
            self.weight, self.severity = other.weight, other.severity
        self.first, self.last = min(self.first, other.first), max(self.last, other.last)
        hits = tuple(sorted(self.hits + other.hits, key=lambda hit: hit.number))
        self.hits = hits if len(hits) <= EARLY + LATE else hits[:EARLY] + hits[-LATE:]

    def keep(self, hits: Iterable[Hit], beyond: int = 0) -> None:
        """Only these of its hits, and so many more that were not kept one by one."""
        self.hits = tuple(hits)
        self.n = len(self.hits) + beyond
        if self.hits and not beyond:
            self.weight = max(hit.weight for hit in self.hits)
            self.first, self.last = min(hit.time for hit in self.hits), max(hit.time for hit in self.hits)
        self.tactics = 0
        for hit in self.hits:
            self.tactics |= hit.tactics


class Event(msgspec.Struct, frozen=True, array_like=True):
    """Something that became of a campaign. `time`: of the finding that brought it about, or when somebody did it."""

    time: int
    what: str  # opened, merged, split, reopened, assigned, noted, labelled
    actor: str = ""
    about: str = ""
    note: str = ""


class Node:
    """An entity as it links. `others`: the lasting entities it was seen with, class -> keys, until there are too many of one
    class and it is a `hub`; `parked`: hits that lie with a hub and are its own as soon as it has a campaign of its own."""

    __slots__ = ("campaign", "hub", "key", "of", "others", "parked", "seen", "visited", "visitor")

    def __init__(self, key: str, of: Class) -> None:
        self.key, self.of = key, of
        self.campaign: Campaign | None = None
        self.others: dict[str, set[str]] | None = None
        self.hub = False
        self.parked: tuple[tuple[Rule, Hit], ...] = ()
        self.seen = 0
        self.visitor: Campaign | None = (
            None  # of a hub: the campaign that was last here, an open one before others, and when
        )
        self.visited = 0


class Weighed(NamedTuple):
    """Nats: of the rules whose findings have a calibrated probability, of the heaviest of those whose weight is stated by
    severity, and of all others of these."""

    calibrated: float
    heaviest: float
    others: float

    def left(self, share: float) -> Weighed:
        """So much of it."""
        return Weighed(self.calibrated * share, self.heaviest * share, self.others * share)


NOTHING = Weighed(0.0, 0.0, 0.0)


class Campaign:
    """Findings that belong together: below the threshold it is gathering; once above, a case.

    `number` of the finding it began with, `origin` what its id is made of. `into`: the campaign it became part of; `gone`: it
    had to make room. `settled`: rules that weigh nothing, since whoever closed it knew of them. `weighs`: no less than what they
    weigh together.
    """

    __slots__ = (
        "absorbed", "findings", "first", "gone", "history", "into", "last", "nodes", "number", "origin", "owner", "rules",
        "settled", "state", "told", "touched", "truth", "weighs",
    )  # fmt: skip

    def __init__(self, number: int, origin: str) -> None:
        self.number, self.origin = number, origin
        self.rules: dict[Rule, Tally] = {}
        self.nodes: dict[str, Node] = {}
        self.first, self.last = 1 << 62, -(1 << 62)
        self.findings, self.touched, self.weighs = 0, number, NOTHING
        self.state, self.owner, self.truth = GATHERING, "", ""
        self.history: tuple[Event, ...] = ()
        self.settled: frozenset[Rule] = frozenset()
        self.absorbed: tuple[str, ...] = ()
        self.told: frozenset[str] = frozenset()  # keys of what analysts did, so that it is done once
        self.into: Campaign | None = None
        self.gone = False

    @property
    def id(self) -> str:
        """The case's id; the same whenever the same ledger is read."""
        return case_id(self.origin)

    @property
    def decided(self) -> bool:
        """Is all of it one piece of evidence that has a decision of its own? That is no campaign yet: whoever is to look at it is
        told by the decision."""
        hits = [hit for tally in self.rules.values() for hit in tally.hits]
        return all(hit.decided for hit in hits) and len({hit.evidence for hit in hits}) == 1

    def tell(self, event: Event) -> None:
        """Adds to the history; of a long one the middle is forgotten."""
        half = HISTORY // 2
        kept = self.history if len(self.history) < HISTORY else self.history[:half] + self.history[half + 1 :]
        self.history = (*kept, event)

    def __repr__(self) -> str:
        return f"Campaign({self.id}, {self.state}, {self.findings} findings, {len(self.rules)} rules, {len(self.nodes)} entities)"


def case_id(origin: str) -> str:
    """A short id of what a campaign began with.

    >>> case_id("e-1/0")
    'case-aiizeqzaxu'
    """
    digest = blake2b(origin.encode("utf-8", "surrogatepass"), digest_size=7).digest()
    return "case-" + base64.b32encode(digest).decode().rstrip("=").lower()[:10]


def live(campaign: Campaign | None) -> Campaign | None:
    """The campaign that this one became part of; None where it is gone."""
    while campaign is not None and campaign.into is not None:
        if campaign.into.into is not None:
            campaign.into = campaign.into.into
        campaign = campaign.into
    return None if campaign is None or campaign.gone else campaign


__all__ = [
    "CLOSED",
    "GATHERING",
    "OPEN",
    "Campaign",
    "Event",
    "Hit",
    "Node",
    "Tally",
    "Weighed",
    "case_id",
    "hit_of",
    "live",
]
