"""A cue: one thing that one look at a file found, with how much it proves; and how cues add up to one finding.

`PROOF` stands alone; `STRONG` is flagged alone; `WEAK` cues are flagged only together (their weights add up to 1), since honest
files are cropped, converted and saved again every day; `UNKNOWN` says what could not be examined; `VOUCHED` speaks for the
file; `NOTE` is a fact worth knowing that speaks for nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from itertools import islice
from typing import Any

import msgspec

from assay.core.finding import Finding, Reason, Severity, Verdict, Where

ENOUGH = 1.0  # weak cues together
_MOST_REASONS = 24
_MOST_PLACES = 32


class Force(IntEnum):
    """Ordered by what a finding says first. A cue that speaks for a file is outweighed by anything that could not be seen."""

    NOTE = 0
    VOUCHED = 1
    UNKNOWN = 2
    WEAK = 3
    STRONG = 4
    PROOF = 5


@dataclass(frozen=True)
class Cue:
    """`weight` in 0..1 matters for weak cues only; `values` fill the sentence; `where` at most a few places."""

    code: str
    force: Force
    weight: float = 1.0
    values: dict[str, Any] = field(default_factory=dict)
    where: tuple[Where, ...] = ()


def judge(cues: Sequence[Cue], detector: str, version: str) -> Finding:
    """One proof is enough for a counterfeit; a strong cue, or weak ones together, for a suspicion; else what is not known,
    else what vouches.

    >>> judge([Cue("images.editor", Force.WEAK, 0.4)], "images.provenance", "1").verdict
    'none'
    """
    forces = {cue.force for cue in cues}
    weak: dict[str, float] = {}  # each code once, as strongly as it was said
    for cue in cues:
        if cue.force == Force.WEAK:
            weak[cue.code] = max(cue.weight, weak.get(cue.code, 0.0))
    verdict, severity = Verdict.NONE, Severity.INFORMATIONAL
    if Force.PROOF in forces:
        verdict, severity = Verdict.COUNTERFEIT, Severity.HIGH
    elif Force.STRONG in forces:
        verdict, severity = Verdict.SUSPICIOUS, Severity.MEDIUM
    elif sum(weak.values()) >= ENOUGH - 1e-9:
        verdict, severity = Verdict.SUSPICIOUS, Severity.LOW
    elif Force.UNKNOWN in forces:
        verdict = Verdict.INCONCLUSIVE
    elif Force.VOUCHED in forces:
        verdict = Verdict.GENUINE
    told = sorted(cues, key=lambda cue: (-cue.force, -cue.weight))[:_MOST_REASONS]
    return Finding(
        detector=detector,
        version=version,
        verdict=verdict.word,
        severity=severity.word,
        reasons=tuple(Reason(cue.code, _weight(cue), cue.values) for cue in told),
        where=tuple(islice(_places(told), _MOST_PLACES)),
    )


def _places(told: Sequence[Cue]) -> Iterator[Where]:
    """The places of what speaks against the file, each naming its reason."""
    for number, cue in enumerate(told):
        if cue.force >= Force.WEAK:
            for where in cue.where:
                yield msgspec.structs.replace(where, rule=f"{cue.code}#{number}")


def _weight(cue: Cue) -> float:
    """Alone a weak cue weighs half of what it adds."""
    return {Force.PROOF: 1.0, Force.STRONG: 0.7, Force.WEAK: cue.weight / 2, Force.VOUCHED: 0.5}.get(cue.force, 0.0)


__all__ = ["ENOUGH", "Cue", "Force", "judge"]
