"""Campaigns as people and programs read them: a line in the queue, and one case whole, laid out along the tactics.

Everything here is made of plain values from the state as it is; reading may go on while findings come in.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import combinations

import msgspec

from assay.campaigns.campaigns import Campaigns
from assay.campaigns.linking import link_of
from assay.campaigns.signs import Rule
from assay.campaigns.state import CLOSED, GATHERING, OPEN, Campaign, Event, Hit, Tally, live
from assay.campaigns.weights import posterior
from assay.campaigns.work import found
from assay.core.entity import Entity
from assay.core.finding import Severity
from assay.core.tactics import TACTICS, names_of
from assay.core.words import catalogue, say

FADED = "faded"
STATES = (OPEN, FADED, CLOSED, GATHERING)
FADES = 0.02  # an open case that nobody took leaves the queue below this probability, until something new is found
ABOUT = 6  # entities that a line names
EDGES = 400
RELATED = 20
COMMON = 0.05  # nats, below which what a rule says is not shown at once
_ENTITY = re.compile(r"[a-z]+(_[a-z]+)*:.")
NO_TACTIC = ""  # the lane of findings that name no technique


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """A campaign in the queue. Times are event times, microseconds.

    probability  that it is an attack, as of its last finding, by the stated weights
    now          the same as of now: without new findings it fades
    findings     how many lie in it, by so many `rules`; `severity` the gravest
    tactics      stages of an attack that what weighs tells of, in order; `rooms` who found them
    about        entities that most of them name; `entities` how many there are
    faded        it is open, but nobody took it and so long nothing new was found that it is hardly likely by now
    """

    id: str
    state: str
    owner: str = ""
    truth: str = ""
    probability: float
    now: float
    severity: str
    findings: int
    rules: int
    tactics: tuple[str, ...]
    rooms: tuple[str, ...]
    about: tuple[Entity, ...]
    entities: int
    first: int
    last: int
    opened: int | None = None
    faded: bool = False


class Piece(msgspec.Struct, frozen=True, kw_only=True):
    """One finding: the evidence it was found in, its place among that evidence's findings, what it names."""

    evidence: str
    ordinal: int
    time: int
    entities: tuple[Entity, ...]


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """One rule with its hits: the first few and the newest of them. `weight` is what it adds now, in nats; `elsewhere` in how
    many other campaigns it stands; `common`: so many that it says next to nothing. `settled`: it weighs nothing, since it was
    known when the case was closed."""

    detector: str
    code: str
    rule: str
    title: str
    severity: str
    n: int
    weight: float
    elsewhere: int
    common: bool
    settled: bool
    first: int
    last: int
    tactics: tuple[str, ...]
    pieces: tuple[Piece, ...]


class Stage(msgspec.Struct, frozen=True, kw_only=True):
    """A lane: what its rules say, the weightiest first. `tactic` is empty for those that name no technique."""

    tactic: str
    findings: int
    first: int
    last: int
    said: tuple[Said, ...]


class Named(msgspec.Struct, frozen=True, kw_only=True):
    """An entity of the campaign, named by `n` of the findings kept one by one. `hub`: too many share it to link by it."""

    entity: Entity
    n: int
    hub: bool = False


class Tie(msgspec.Struct, frozen=True, kw_only=True):
    """Two entities named together by `n` findings."""

    a: Entity
    b: Entity
    n: int


class Whole(msgspec.Struct, frozen=True, kw_only=True):
    """A case, whole. `related`: other open campaigns at the same hubs; `absorbed`: ids of those that became part of it."""

    case: Line
    stages: tuple[Stage, ...]
    entities: tuple[Named, ...]
    ties: tuple[Tie, ...]
    history: tuple[Event, ...]
    related: tuple[str, ...] = ()
    absorbed: tuple[str, ...] = ()


def queue(
    campaigns: Campaigns, now: int | None, *, states: Iterable[str] = (OPEN,), owner: str | None = None,
    about: Entity | str = "", limit: int = 100,
) -> list[Line]:  # fmt: skip
    """The worst first: those open before those faded, closed or gathering, and by what they weigh now; of history (None), by what
    each weighed at its last finding, and nothing has faded. `about`: only those that this entity is part of, or, where it is
    text, whose id or one of whose entities' holds it."""
    wanted = frozenset(states)
    names = _mentions(about) if isinstance(about, str) else _names(about)
    ranked = []
    for campaign in list(campaigns.all.values()):
        if (campaign.state not in wanted and campaign.state != OPEN) or (owner is not None and campaign.owner != owner):
            continue
        if about and not names(campaign):
            continue
        odds = campaigns.strength.log_odds(campaign, campaign.last if now is None else now)
        state = FADED if now is not None and _faded(campaign, posterior(odds)) else campaign.state
        if state in wanted:
            ranked.append((STATES.index(state), -odds, -campaign.last, campaign.number, campaign))
    ranked.sort(key=lambda one: one[:4])
    return [line(campaigns, one[4], now) for one in ranked[:limit]]


def _faded(campaign: Campaign, probability: float) -> bool:
    return campaign.state == OPEN and not campaign.owner and probability < FADES


def asked_about(text: str) -> Entity | str:
    """What somebody looks for: kind:id is an entity, anything else part of a name.

    >>> asked_about("host:ws-7"), asked_about("ws-7"), asked_about("fe80::1")
    (Entity(kind='host', id='ws-7'), 'ws-7', 'fe80::1')
    """
    return Entity.parse(text) if _ENTITY.match(text) else text


def _names(entity: Entity) -> Callable[[Campaign], bool]:
    link = link_of(entity.kind, entity.id)

    def asked(campaign: Campaign) -> bool:
        linked = link is not None and link.key in campaign.nodes
        return linked or any(entity in hit.entities for hit in _every(campaign))

    return asked


def _mentions(text: str) -> Callable[[Campaign], bool]:
    text = text.casefold()

    def asked(campaign: Campaign) -> bool:
        return text in campaign.id or any(text in e.id.casefold() for hit in _every(campaign) for e in hit.entities)

    return asked


def _every(campaign: Campaign) -> Iterator[Hit]:
    return (hit for tally in list(campaign.rules.values()) for hit in tally.hits)


def named_by_cases(campaigns: Campaigns) -> frozenset[str]:
    """The entities, as kind:id, that open cases name; for lists that hold nothing else. May be asked beside a running engine."""
    cases = [case for case in list(campaigns.cases.values()) if case.state == OPEN and case.into is None]
    hits = [hit for case in cases for tally in list(case.rules.values()) for hit in tally.hits]
    return frozenset(str(entity) for hit in hits for entity in hit.entities)


def of_entities(campaigns: Campaigns, entities: Iterable[Entity], now: int, limit: int = 10) -> list[Line]:
    """The cases that these entities are part of, open ones first."""
    found: dict[int, Campaign] = {}
    for entity in entities:
        link = link_of(entity.kind, entity.id)
        node = None if link is None else campaigns.nodes.get(link.key) or campaigns.fleeting.get(link.key)
        home = None if node is None else live(node.campaign)
        if home is not None and home.state != GATHERING:
            found[home.number] = home
    ranked = sorted(found.values(), key=lambda c: (c.state != OPEN, -c.last, c.number))
    return [line(campaigns, c, now) for c in ranked[:limit]]


def line(campaigns: Campaigns, c: Campaign, now: int | None) -> Line:
    tallies = list(c.rules.values())
    named = Counter(e for tally in tallies for hit in tally.hits for e in hit.entities)
    opened = next((event.time for event in c.history if event.what == "opened"), None)
    likely = campaigns.strength.probability(c, c.last if now is None else now)
    return Line(
        id=c.id, state=c.state, owner=c.owner, truth=c.truth,
        probability=campaigns.strength.probability(c, c.last), now=likely,
        severity=max((t.severity for t in tallies), key=lambda s: Severity[s.upper()], default="informational"),
        findings=c.findings, rules=len(tallies), tactics=tuple(names_of(campaigns.strength.reached(c))),
        rooms=tuple(sorted({t.rule.room for t in tallies})),
        about=tuple(e for e, _ in sorted(named.items(), key=lambda one: (-one[1], _rank(one[0]), one[0]))[:ABOUT]),
        entities=len(named), first=c.first, last=c.last, opened=opened, faded=now is not None and _faded(c, likely),
    )  # fmt: skip


def _rank(entity: Entity) -> tuple[bool, int]:
    """Machines, accounts and people before addresses; what is soon gone last."""
    link = link_of(entity.kind, entity.id)
    return (True, 99) if link is None else (not link.of.lasting, link.of.rank)


def whole(campaigns: Campaigns, id_: str, now: int | None) -> Whole:
    """The case of this id, or the one that it became part of. Raises `NotFound`."""
    c = found(campaigns, id_)
    parts = campaigns.strength.parts(c, c.last if now is None else now)
    tallies = sorted(c.rules.values(), key=lambda t: (-parts.get(t.rule, 0.0), t.first, t.rule))
    hubs = {key for t in tallies for hit in t.hits for key in hit.links if _hub(campaigns, key)}
    return Whole(
        case=line(campaigns, c, now),
        stages=_stages(campaigns, c, tallies, parts),
        entities=_entities(tallies, hubs),
        ties=_ties(tallies),
        history=c.history,
        related=_related(campaigns, c, hubs),
        absorbed=c.absorbed,
    )


def titled(said: Said, language: str) -> str:
    """What a rule is called: by its own title, else that of its reason's code, of its detector; the code itself where nobody
    gave it one."""
    named = (f"{name}.title" for name in (said.code, said.detector))
    return said.title or next(
        (say(key, language) for key in named if key in catalogue("en")), said.code or said.detector
    )


def _hub(campaigns: Campaigns, key: str) -> bool:
    node = campaigns.nodes.get(key)
    return node is not None and node.hub


def _stages(campaigns: Campaigns, c: Campaign, tallies: Sequence[Tally], parts: dict[Rule, float]) -> tuple[Stage, ...]:
    lanes: dict[str, list[Said]] = {}
    for tally in tallies:
        tactics = tuple(names_of(tally.tactics))
        told = Said(
            detector=tally.rule.detector, code=tally.rule.code, rule=tally.rule.rule, title=tally.title,
            severity=tally.severity, n=tally.n, weight=round(parts.get(tally.rule, 0.0), 4),
            elsewhere=campaigns.standing.get(tally.rule, 1) - 1,
            common=campaigns.strength.says(tally.rule, tally.weight) < COMMON, settled=tally.rule in c.settled,
            first=tally.first, last=tally.last, tactics=tactics, pieces=tuple(_piece(hit) for hit in tally.hits),
        )  # fmt: skip
        for tactic in tactics or (NO_TACTIC,):
            lanes.setdefault(tactic, []).append(told)
    return tuple(
        Stage(
            tactic=tactic, findings=sum(s.n for s in said), first=min(s.first for s in said),
            last=max(s.last for s in said), said=tuple(said),
        )
        for tactic in (*TACTICS, NO_TACTIC) if (said := lanes.get(tactic))
    )  # fmt: skip


def _piece(hit: Hit) -> Piece:
    return Piece(evidence=hit.evidence, ordinal=hit.ordinal, time=hit.time, entities=hit.entities)


def _hits(tallies: Sequence[Tally]) -> Iterable[Hit]:
    """Each finding once, whatever number of rules it is said by."""
    return {hit.number: hit for tally in tallies for hit in tally.hits}.values()


def _entities(tallies: Sequence[Tally], hubs: set[str]) -> tuple[Named, ...]:
    count = Counter(entity for hit in _hits(tallies) for entity in set(hit.entities))
    out = []
    for entity, n in sorted(count.items(), key=lambda one: (-one[1], one[0])):
        link = link_of(entity.kind, entity.id)
        out.append(Named(entity=entity, n=n, hub=link is not None and link.key in hubs))
    return tuple(out)


def _ties(tallies: Sequence[Tally]) -> tuple[Tie, ...]:
    count: Counter[tuple[Entity, Entity]] = Counter()
    for hit in _hits(tallies):
        count.update(combinations(sorted(set(hit.entities))[:12], 2))
    busiest = sorted(count.items(), key=lambda one: (-one[1], one[0]))[:EDGES]
    return tuple(Tie(a=a, b=b, n=n) for (a, b), n in busiest)


def _related(campaigns: Campaigns, c: Campaign, hubs: set[str]) -> tuple[str, ...]:
    """Open campaigns that name a hub which this one names too."""
    if not hubs:
        return ()
    out = []
    for other in {o.number: o for o in map(live, list(campaigns.cases.values())) if o is not None}.values():
        if other is not c and other.state == OPEN:
            links = (key for tally in list(other.rules.values()) for hit in tally.hits for key in hit.links)
            if any(key in hubs for key in links):
                out.append(other.id)
    return tuple(out[:RELATED])


__all__ = [
    "STATES",
    "Line",
    "Named",
    "Piece",
    "Said",
    "Stage",
    "Tie",
    "Whole",
    "asked_about",
    "line",
    "named_by_cases",
    "of_entities",
    "queue",
    "titled",
    "whole",
]
