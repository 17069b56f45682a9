"""A cue: one thing that the file says of its making, with how much it proves. The detector adds cues up to a verdict.

`PROOF` says outright that no camera took the picture; `STRONG` is flagged alone; `WEAK` cues are flagged only together (their
weights add up to 1), since honest photographs are cropped, turned and saved again every day; `VOUCHED` speaks for the picture;
`NOTE` is a fact worth knowing that speaks for nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any

from assay.core.finding import Finding, Reason, Where

ENOUGH = 1.0


class Force(IntEnum):
    NOTE = 0
    VOUCHED = 1
    WEAK = 2
    STRONG = 3
    PROOF = 4


@dataclass(frozen=True)
class Cue:
    """`weight` in 0..1 matters for weak cues only; `values` fill the sentence; `byte` is its place in the file, if it has one."""

    code: str
    force: Force
    weight: float = 1.0
    values: dict[str, Any] = field(default_factory=dict)
    byte: int | None = None


def judge(cues: Sequence[Cue], detector: str, version: str) -> Finding:
    """One proof is enough for "no camera took this"; a strong cue, or weak ones together, for a suspicion.

    >>> judge([Cue("images.editor", Force.WEAK, 0.4)], "images.provenance", "1").verdict
    'none'
    """
    force = max((cue.force for cue in cues), default=Force.NOTE)
    weak = sum({cue.code: cue.weight for cue in cues if cue.force == Force.WEAK}.values())
    verdict, severity = "none", "informational"
    if force == Force.PROOF:
        verdict, severity = "counterfeit", "high"
    elif force == Force.STRONG:
        verdict, severity = "suspicious", "medium"
    elif weak >= ENOUGH:
        verdict, severity = "suspicious", "low"
    elif force == Force.VOUCHED:
        verdict = "genuine"
    told = sorted(cues, key=lambda cue: (-cue.force, -cue.weight))
    return Finding(
        detector=detector,
        version=version,
        verdict=verdict,
        severity=severity,
        reasons=tuple(Reason(cue.code, _weight(cue), cue.values) for cue in told),
        where=tuple(Where(byte=cue.byte, rule=cue.code) for cue in told if cue.byte is not None),
    )


def _weight(cue: Cue) -> float:
    """Alone a weak cue weighs half of what it adds."""
    return {Force.PROOF: 1.0, Force.STRONG: 0.7, Force.WEAK: cue.weight / 2, Force.VOUCHED: 0.5}.get(cue.force, 0.0)


__all__ = ["ENOUGH", "Cue", "Force", "judge"]
