"""What the exact detectors say, cue by cue, and how cues become one finding."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import msgspec

from assay.core.batch import Batch
from assay.core.entity import Entity
from assay.core.finding import Finding, Findings, Reason, Severity, Verdict, Where
from assay.kinds.messages.evidence import Message
from assay.kinds.messages.opened import Opened, open_row


class Cue(NamedTuple):
    """One reason with where it stands. `weight` 0..1 is its strength; `values` must be safe to record."""

    code: str
    weight: float
    severity: Severity
    where: Where
    values: dict[str, Any] = {}
    verdict: Verdict = Verdict.SUSPICIOUS


MAX_REASONS = 12


def statement(detector: str, version: str, cues: Sequence[Cue], entities: Sequence[Entity] = ()) -> Finding:
    """One finding of at least one cue: as grave as the gravest, a reason a code (the strongest), every place."""
    ordered = sorted(cues, key=lambda cue: (-cue.severity, -cue.weight))
    strongest: dict[str, Cue] = {}
    for cue in ordered:
        strongest.setdefault(cue.code, cue)
    kept = list(strongest.values())[:MAX_REASONS]
    codes = {cue.code for cue in kept}
    places = dict.fromkeys(cue.where for cue in ordered if cue.code in codes)
    return Finding(
        detector=detector,
        version=version,
        verdict=max(cue.verdict for cue in cues).word,
        severity=max(cue.severity for cue in cues).word,
        reasons=tuple(Reason(cue.code, cue.weight, cue.values) for cue in kept),
        where=tuple(places)[:40],
        entities=tuple(entities),
    )


def about(message: Message, *, sender: bool) -> tuple[Entity, ...]:
    """The entities that a finding on a message stands on: whoever got it, and the account it wants paid; its sender only
    where that is really its sender, since a forged name belongs to the one who is imitated."""
    kinds = ("customer", "account", "device", "payee", *(("sender",) if sender else ()))
    return tuple(Entity(kind, getattr(message, kind) or "") for kind in kinds)


def examined(
    detector: str, version: str, batch: Batch[Any], look: Callable[[Opened], Finding | None], broken: str
) -> Findings:
    """`look` at every row; where it fails, an inconclusive finding with the code `broken`."""
    found = []
    for i in range(len(batch)):
        try:
            finding = look(open_row(batch, i))
        except Exception:  # hostile input must not stop the flow; that nothing is known is said
            finding = Finding(
                detector=detector,
                version=version,
                verdict="inconclusive",
                severity="low",
                reasons=(Reason(broken, 1.0),),
            )
        if finding is not None:
            found.append((i, _named(finding, batch, i)))
    return Findings.of(detector, version, len(batch), found)


def _named(finding: Finding, batch: Batch[Any], i: int) -> Finding:
    """The finding with its entities as the batch names them: where that is sealed, by their tokens."""
    if not finding.entities:
        return finding
    ids = {entity.kind: batch.entity(entity.kind)[i] for entity in finding.entities}
    named = tuple(Entity(kind, str(id_)) for kind, id_ in ids.items() if id_)
    return msgspec.structs.replace(finding, entities=named)


def excerpt(text: str, most: int = 80) -> str:
    """A piece of a text for a sentence: one line, cut in the middle where long.

    >>> excerpt("a" * 100, 11)
    'aaaaa…aaaaa'
    """
    line = " ".join("".join(c for c in text if c.isprintable() or c.isspace()).split())
    half = (most - 1) // 2
    return line if len(line) <= most else f"{line[:half]}…{line[-half:]}"
