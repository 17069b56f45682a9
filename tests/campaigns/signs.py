"""Findings made by hand, for tests of campaigns."""

from __future__ import annotations

from collections.abc import Iterable

from assay.campaigns import Campaigns
from assay.campaigns.linking import Link
from assay.campaigns.signs import Rule, Sign, linked
from assay.core.clock import HOUR
from assay.core.entity import Entity
from assay.core.tactics import tactics_of

START = 1_767_225_600_000_000
WEIGHTS = {"low": 0.5, "medium": 1.5, "high": 3.5, "critical": 8.5}


def sign(
    id_: str, names: str, rule: str = "r", severity: str = "medium", hours: float = 0, technique: str = "", ordinal: int = 0
) -> Sign:  # fmt: skip
    """`names`: entities as `kind:id`, by blanks."""
    entities = tuple(Entity.parse(name) for name in names.split())
    techniques = (technique,) if technique else ()
    return Sign(
        id_, ordinal, START + int(hours * HOUR), WEIGHTS[severity], tactics_of(techniques), severity,
        (Rule("hosts.sigma", "hosts.rule", rule),), (rule,), *_linked(entities),
    )  # fmt: skip


def _linked(entities: tuple[Entity, ...]) -> tuple[tuple[Link, ...], tuple[Entity, ...], tuple[str, ...]]:
    links, keys = linked(entities)
    return links, entities, keys


def gathered(signs: Iterable[Sign], **options: int) -> Campaigns:
    campaigns = Campaigns(**options)
    for one in signs:
        campaigns.take(one)
    return campaigns


def together(campaigns: Campaigns) -> set[frozenset[str]]:
    """Which pieces of evidence lie together."""
    found = (frozenset(hit.evidence for t in c.rules.values() for hit in t.hits) for c in campaigns.all.values())
    return {ids for ids in found if ids}
