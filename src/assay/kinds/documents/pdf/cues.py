"""A cue: one thing that one look at a PDF found, with how much it proves. The detector adds cues up to a verdict.

`PROOF` stands alone and shows what was changed; `STRONG` is flagged alone; `WEAK` cues are flagged only together (their
weights add up to 1); `NOTE` is a fact worth knowing that speaks for no forgery; `UNKNOWN` says what could not be examined.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any

from assay.core.finding import Where


class Force(IntEnum):
    NOTE = 0
    UNKNOWN = 1
    WEAK = 2
    STRONG = 3
    PROOF = 4


@dataclass(frozen=True)
class Cue:
    """`weight` in 0..1 matters for weak cues only; `values` fill the sentence; `where` at most a few places."""

    code: str
    force: Force
    weight: float = 1.0
    values: dict[str, Any] = field(default_factory=dict)
    where: tuple[Where, ...] = ()
