"""The link graph of an entity: the entities it shares evidence with, and those that these share evidence with.

Nothing is stored for it: the newest evidence of each entity is read through the index, within caps, so a merchant with a
million customers answers as fast as a card with one owner.
"""

from __future__ import annotations

from itertools import combinations
from typing import Protocol

from assay.core.decision import Decision
from assay.core.entity import Entity
from assay.core.errors import InvalidSetting
from assay.ledger.base import Edge, Links, Node

CENTRE_EVIDENCE = 400  # newest pieces of evidence looked at for the centre
NEIGHBOUR_EVIDENCE = 40  # and for each neighbour
NODES = 120
EXPANDED = 30  # neighbours that a second hop starts from


class Source(Protocol):
    def newest_of(self, entity: Entity, limit: int) -> list[tuple[Decision, int]]:
        """(decision, outcome's number) for the newest evidence of an entity, newest first."""
        ...


def links(source: Source, centre: Entity, hops: int) -> Links:
    """Nodes nearest and most often shared first. Raises `InvalidSetting` unless hops is 1 or 2."""
    if hops not in (1, 2):
        raise InvalidSetting(f"{hops} hops", where="hops", hint="1 or 2")
    seen: dict[int, tuple[Decision, int]] = {}
    hop = {centre: 0}
    cut = _look(source, centre, CENTRE_EVIDENCE, seen)
    near = _ranked(seen, hop)
    hop |= dict.fromkeys(near[: NODES - 1], 1)
    cut |= len(near) > NODES - 1
    if hops == 2:
        cut |= len(near) > EXPANDED
        for entity in near[:EXPANDED]:
            cut |= _look(source, entity, NEIGHBOUR_EVIDENCE, seen)
        far = _ranked(seen, hop)
        room = max(0, NODES - len(hop))
        hop |= dict.fromkeys(far[:room], 2)
        cut |= len(far) > room
    return _graph(seen, hop, cut)


def _look(source: Source, entity: Entity, limit: int, seen: dict[int, tuple[Decision, int]]) -> bool:
    """Add an entity's newest evidence to what was seen; True where there may be more of it."""
    found = source.newest_of(entity, limit)
    seen.update((decision.seq, (decision, outcome)) for decision, outcome in found)
    return len(found) >= limit


def _ranked(seen: dict[int, tuple[Decision, int]], known: dict[Entity, int]) -> list[Entity]:
    """Entities not yet known, those in most of the evidence first."""
    count: dict[Entity, int] = {}
    for decision, _ in seen.values():
        for entity in decision.entities:
            if entity not in known:
                count[entity] = count.get(entity, 0) + 1
    return sorted(count, key=lambda entity: (-count[entity], entity))


def _graph(seen: dict[int, tuple[Decision, int]], hop: dict[Entity, int], cut: bool) -> Links:
    nodes: dict[Entity, list[int]] = {}
    edges: dict[tuple[Entity, Entity], list[int]] = {}
    for decision, outcome in seen.values():
        present = sorted(entity for entity in set(decision.entities) if entity in hop)
        for entity in present:
            _count(nodes.setdefault(entity, []), decision.time, outcome)
        for pair in combinations(present, 2):
            _count(edges.setdefault(pair, []), decision.time, outcome)
    return Links(
        nodes=tuple(
            Node(entity=e, hop=h, count=c[0], flagged=c[1], first=c[2], last=c[3])
            for e, h in hop.items()
            if (c := nodes.get(e))
        ),
        edges=tuple(
            Edge(a=a, b=b, count=c[0], flagged=c[1], first=c[2], last=c[3])
            for (a, b), c in sorted(edges.items(), key=lambda item: (-item[1][0], item[0]))
        ),
        cut=cut,
    )


def _count(tally: list[int], time: int, outcome: int) -> None:
    """[pieces of evidence, of these not allowed, first time, last time]"""
    if not tally:
        tally += [0, 0, time, time]
    tally[0] += 1
    tally[1] += outcome > 0
    tally[2], tally[3] = min(tally[2], time), max(tally[3], time)
