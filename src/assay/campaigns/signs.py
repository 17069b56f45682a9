"""A finding as a campaign takes it in: what it weighs, by which rules, at what stage of an attack, and what it links."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Any, NamedTuple

from assay.campaigns.linking import Link, links_of
from assay.campaigns.weights import weight_of
from assay.core.batch import Batch
from assay.core.entity import Entity
from assay.core.finding import Finding
from assay.core.tactics import tactics_of

MOST_RULES = 8  # of one finding that are looked at
_TITLE = 120  # characters of a rule's title that are kept
_GRAVE = frozenset(("medium", "high", "critical"))
_AGAINST = frozenset(("suspicious", "counterfeit"))


class Rule(NamedTuple):
    """What said it: a detector, its reason's code and, where a reason names one in its values, the `rule` it is of."""

    detector: str
    code: str
    rule: str = ""

    @property
    def room(self) -> str:
        return self.detector.partition(".")[0]


class Sign(NamedTuple):
    """`ordinal`: the finding's place among those of its evidence. `weight` in nats; `rules` the weightiest first, `titles`
    theirs where they have one. `links` may be empty: then it links nothing."""

    evidence: str
    ordinal: int
    time: int
    weight: float
    tactics: int
    severity: str
    rules: tuple[Rule, ...]
    titles: tuple[str, ...]
    links: tuple[Link, ...]
    entities: tuple[Entity, ...]


def signs_of(batch: Batch[Any], i: int, findings: Iterable[Finding]) -> Iterator[Sign]:
    """What row i's findings weigh, those that weigh nothing left out. Of a transaction only what is on record whatever was
    decided: findings of medium severity and above."""
    transaction = batch.type.WEIGHT == "transaction"
    own: tuple[Entity, ...] | None = None
    for ordinal, finding in enumerate(findings):
        if finding.verdict not in _AGAINST or (transaction and finding.severity not in _GRAVE):
            continue
        weight = weight_of(finding)
        if weight <= 0.0:
            continue
        entities = finding.entities
        if not entities:
            if own is None:
                own = tuple(Entity(kind, id_) for kind in batch.entity_kinds() if (id_ := batch.entity(kind)[i]))
            entities = own
        rules, titles = _rules(finding)
        yield Sign(
            batch.ids[i], ordinal, int(batch.time[i]), weight, tactics_of(finding.techniques), finding.severity, rules,
            titles, _links(entities), entities,
        )  # fmt: skip


def _rules(finding: Finding) -> tuple[tuple[Rule, ...], tuple[str, ...]]:
    reasons = finding.reasons
    if len(reasons) > 1:
        reasons = tuple(sorted(reasons, key=lambda r: -r.weight))[:MOST_RULES]
    rules: dict[Rule, str] = {}
    for reason in reasons:
        values = reason.values
        named = values.get("rule", "")
        rule = Rule(finding.detector, reason.code, named[:_TITLE] if isinstance(named, str) else "")
        title = values.get("title", "")
        rules.setdefault(rule, title[:_TITLE] if isinstance(title, str) else "")
    if not rules:
        rules[Rule(finding.detector, "")] = ""
    return tuple(rules), tuple(rules.values())


_links = lru_cache(maxsize=1 << 15)(links_of)

__all__ = ["MOST_RULES", "Rule", "Sign", "signs_of"]
