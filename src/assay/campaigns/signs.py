"""A finding as a campaign takes it in: what it weighs, by which rules, at what stage of an attack, and what it links."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache, lru_cache
from typing import Any, NamedTuple

import msgspec
from msgspec.structs import replace

from assay.campaigns.linking import Link, links_of
from assay.campaigns.weights import NATS, weight_of
from assay.core.batch import Batch
from assay.core.entity import Entity
from assay.core.finding import Finding, Reason
from assay.core.kind import kinds
from assay.core.tactics import tactics_of

MOST_RULES = 8  # of one finding that are looked at
_TITLE = 120  # characters of a rule's title that are kept
_AGAIN = "-again"  # of a code that says of a rule that it was met once more: it is the same rule
_GRAVE = frozenset(("medium", "high", "critical"))


class Rule(NamedTuple):
    """What said it: a detector, its reason's code and, where a reason names one in its values, the `rule` it is of. What speaks
    by a calibrated probability has no code: reasons explain its one statement, and are no rules."""

    detector: str
    code: str = ""
    rule: str = ""

    @property
    def room(self) -> str:
        return self.detector.partition(".")[0]


class Sign(msgspec.Struct, frozen=True, gc=False):
    """`ordinal`: the finding's place among those of its evidence. `weight` in nats; `rules` the weightiest first, `titles`
    theirs where they have one. `links` may be empty: then it links nothing; `keys` are theirs. `decided`: the evidence has a
    decision of its own."""

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
    keys: tuple[str, ...]
    decided: bool = False


def signs_of(batch: Batch[Any], i: int, findings: Iterable[Finding]) -> Iterator[Sign]:
    """What row i's findings weigh, those that weigh nothing left out. Of a transaction only what is on record whatever was
    decided: findings of medium severity and above. Several detectors that accuse one piece of evidence mostly see the same
    thing: the weightiest counts in full, the next a quarter, then a ninth, …"""
    found = list(_signs(batch, i, findings))
    if len(found) < 2:
        yield from found
        return
    ranked = sorted(range(len(found)), key=lambda j: (-found[j].weight, j))
    place = {j: rank for rank, j in enumerate(ranked, 1)}
    for j, sign in enumerate(found):
        yield replace(sign, weight=sign.weight / place[j] ** 2)


def _signs(batch: Batch[Any], i: int, findings: Iterable[Finding]) -> Iterator[Sign]:
    transaction = batch.type.WEIGHT == "transaction"
    own: tuple[Entity, ...] | None = None
    for ordinal, finding in enumerate(findings):
        if transaction and finding.severity not in _GRAVE:
            continue
        entities = finding.entities
        if not entities:
            if own is None:
                own = tuple(Entity(kind, id_) for kind in batch.entity_kinds() if (id_ := batch.entity(kind)[i]))
            entities = own
        sign = sign_of(batch.ids[i], ordinal, int(batch.time[i]), finding, entities, decided=transaction)
        if sign is not None:
            yield sign


def sign_of(
    evidence: str, ordinal: int, time: int, finding: Finding, entities: tuple[Entity, ...], *, decided: bool = False
) -> Sign | None:
    """One finding about these entities; None where it weighs nothing."""
    weight = weight_of(finding)
    if weight <= 0.0:
        return None
    said = _said(finding)
    if said.exposed:
        weight = min(weight, NATS["informational"])
    links, keys = linked(entities)
    return Sign(
        evidence, ordinal, time, weight, tactics_of(finding.techniques or _usual(finding.detector)), finding.severity,
        said.rules, said.titles, links, entities, keys, decided,
    )  # fmt: skip


class _Said(NamedTuple):
    """Rules, the weightiest first, with their titles. `exposed`: all of it says what is open to an attack, and not that there
    was one."""

    rules: tuple[Rule, ...]
    titles: tuple[str, ...]
    exposed: bool


def _said(finding: Finding) -> _Said:
    detector, reasons = finding.detector, finding.reasons
    if finding.probability is not None:
        exposed = bool(reasons) and all(_of_reason(detector, reason).exposed for reason in reasons)
        return _of_rule(detector, "", "", "")._replace(exposed=exposed)
    if not reasons:
        return _of_rule(detector, detector, "", "")
    if len(reasons) == 1:  # as most often
        return _of_reason(detector, reasons[0])
    ranked = sorted(reasons, key=lambda r: -r.weight)
    rules: dict[Rule, str] = {}
    for one in (_of_reason(detector, reason) for reason in ranked[:MOST_RULES]):
        rules.setdefault(one.rules[0], one.titles[0])
    exposed = all(_of_reason(detector, reason).exposed for reason in ranked)
    return _Said(tuple(rules), tuple(rules.values()), exposed)


def _of_reason(detector: str, reason: Reason) -> _Said:
    named, title = reason.values.get("rule", ""), reason.values.get("title", "")
    named = named[:_TITLE] if isinstance(named, str) else ""
    return _of_rule(detector, reason.code, named, title[:_TITLE] if isinstance(title, str) else "")


@lru_cache(maxsize=1 << 14)
def _of_rule(detector: str, code: str, named: str, title: str) -> _Said:
    rule = Rule(detector, code.removesuffix(_AGAIN) if named else code, named)
    return _Said((rule,), (title,), code in _exposures())


@cache
def _exposures() -> frozenset[str]:
    return frozenset(code for room in kinds().values() for code in room.exposures)


@lru_cache(maxsize=1024)
def _usual(detector: str) -> tuple[str, ...]:
    """What findings of its room tell of where they name no technique themselves."""
    room = kinds().get(detector.partition(".")[0])
    return (room.technique,) if room is not None and room.technique else ()


@lru_cache(maxsize=1 << 15)
def linked(entities: tuple[Entity, ...]) -> tuple[tuple[Link, ...], tuple[str, ...]]:
    """What these entities link by, and the keys of that."""
    links = links_of(entities)
    return links, tuple(link.key for link in links)


__all__ = ["MOST_RULES", "Rule", "Sign", "linked", "sign_of", "signs_of"]
