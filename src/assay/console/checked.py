"""An examination as the check page shows it: findings of the whole first, then those of each part under its name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from assay.core.decision import Part
from assay.core.finding import Finding, Reason


class Shown(msgspec.Struct, frozen=True):
    """One piece of evidence: what it comes to in plain sentences, what was found in itself, and in each part that something was
    found in."""

    id: str
    own: Sequence[Finding]
    inside: Sequence[tuple[Part, Sequence[Finding]]]
    summary: Sequence[Reason] = ()


class Item(msgspec.Struct, frozen=True):
    id: str
    findings: tuple[Finding, ...] = ()
    parts: tuple[Part, ...] = ()
    summary: tuple[Reason, ...] = ()


class Checked(msgspec.Struct, frozen=True):
    """What the page says of a file; see `assay.check.Examination`, of which this is what it needs."""

    kind: str = ""
    evidence: int = 0
    verdict: str = "none"
    flagged: int = 0
    unexamined: int = 0
    rejected: int = 0
    problem: str = ""
    counts: dict[str, int] = {}  # all there is, by reason code
    found: Sequence[Item] = msgspec.field(default_factory=list, name="items")

    @property
    def items(self) -> list[Shown]:
        return [_shown(item) for item in self.found]


def read(result: Mapping[str, Any] | None) -> Checked | None:
    """A job's result; None while there is none, or where it is of another shape."""
    if result is None:
        return None
    try:
        return msgspec.convert(result, Checked)
    except msgspec.ValidationError:
        return None


def _shown(item: Item) -> Shown:
    inside = {part.id: [f for f in item.findings if _part_of(f) == part.id] for part in item.parts}
    own = [f for f in item.findings if _part_of(f) not in inside]
    return Shown(item.id, own, [(part, inside[part.id]) for part in item.parts if inside[part.id]], item.summary)


def _part_of(finding: Finding) -> str:
    return finding.where[0].part if finding.where else ""
