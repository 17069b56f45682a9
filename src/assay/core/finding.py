"""A finding is one detector's statement about evidence; `Findings` is the same, column by column, for a whole batch."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from enum import IntEnum
from typing import Any

import msgspec
import numpy as np

from assay.core.entity import Entity


class Verdict(IntEnum):
    """Ordered by how much attention it asks for. `NONE`: the detector has nothing to say of this evidence."""

    NONE = 0
    GENUINE = 1
    INCONCLUSIVE = 2
    SUSPICIOUS = 3
    COUNTERFEIT = 4

    @property
    def word(self) -> str:
        return self.name.lower()


class Severity(IntEnum):
    """How much harm, if the finding is true (names follow OCSF)."""

    INFORMATIONAL = 1
    LOW = 2
    MEDIUM = 3
    HIGH = 4
    CRITICAL = 5

    @property
    def word(self) -> str:
        return self.name.lower()


UNEXAMINED = frozenset(
    f"examination.{why}" for why in ("failed", "too-long", "crashed")
) | frozenset(f"parts.{why}" for why in ("unread", "too-deep", "too-many", "too-large", "failed"))  # fmt: skip
"""Reason codes of the engine itself: why something could not be examined."""


class Reason(msgspec.Struct, frozen=True, omit_defaults=True):
    """Why: a stable code, its weight (in log-odds where a model says it, else 0..1) and the values it was read from.

    The sentence a person reads is the word catalogue's entry for `code`, filled with `values`.
    """

    code: str
    weight: float = 0.0
    values: dict[str, Any] = {}


class Where(msgspec.Struct, frozen=True, omit_defaults=True):
    """Where in the evidence: any of these that apply. `rule` is the code of the reason that the place belongs to, or
    `code#2`, counting the finding's reasons from 0, where one code stands several times."""

    part: str = ""
    field: str = ""
    rule: str = ""
    line: int | None = None
    page: int | None = None
    frame: int | None = None
    byte: int | None = None
    span: tuple[float, float] | None = None  # start, end: characters, or seconds
    box: tuple[float, float, float, float] | None = None  # x0, y0, x1, y1 in pixels of the page or picture


class Finding(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`probability` is calibrated, or None where the detector cannot say."""

    detector: str
    version: str
    verdict: str
    severity: str = "informational"
    probability: float | None = None
    reasons: tuple[Reason, ...] = ()
    where: tuple[Where, ...] = ()
    techniques: tuple[str, ...] = ()
    entities: tuple[Entity, ...] = ()

    @property
    def part(self) -> str:
        """The part of a whole that it is about; empty for the whole itself."""
        return self.where[0].part if self.where else ""


def reason_at(finding: Finding, where: Where) -> int | None:
    """Which of the finding's reasons a place names by its `rule`; None where it names none."""
    code, _, number = where.rule.partition("#")
    if number.isdigit() and int(number) < len(finding.reasons):
        return int(number)
    return next((i for i, reason in enumerate(finding.reasons) if code and reason.code == code), None)


def tipping(findings: Sequence[Finding], rule: str = "", most: int = 6) -> tuple[Reason, ...]:
    """The reason of the rule that settled it, then those that weighed most over all findings, each code once."""
    best: dict[str, Reason] = {}
    for finding in findings:
        for reason in finding.reasons:
            if reason.code not in best or reason.weight > best[reason.code].weight:
                best[reason.code] = reason
    first = best.pop(rule, Reason(rule, 1.0)) if rule else None
    ranked = sorted((r for r in best.values() if r.weight > 0), key=lambda reason: -reason.weight)
    return tuple(([first] if first else []) + ranked)[:most]


_SUSPICIOUS, _MEDIUM = int(Verdict.SUSPICIOUS), int(Severity.MEDIUM)  # numpy is slow with enums


class Findings:
    """One detector's statements over a batch of n: row i of each array is about evidence i.

    verdict      int8[n], values of `Verdict` (0 = nothing to say)
    probability  float64[n] in 0..1, NaN where silent
    severity     int8[n], values of `Severity`
    codes        reason code -> bool[n]: what policies can ask about without paying for explanations
    `finding(i)` makes the full statement with reasons; it may be costly and is asked only where somebody will read it.
    """

    def __init__(
        self,
        detector: str,
        version: str,
        verdict: np.ndarray,
        *,
        probability: np.ndarray | None = None,
        severity: np.ndarray | None = None,
        codes: dict[str, np.ndarray] | None = None,
        explain: Callable[[np.ndarray], list[Finding]] | None = None,
    ) -> None:
        n = len(verdict)
        self.detector, self.version = detector, version
        self.verdict = verdict.astype(np.int8, copy=False)
        self.probability = np.full(n, np.nan) if probability is None else probability
        self.severity = np.ones(n, np.int8) if severity is None else severity.astype(np.int8, copy=False)
        self.codes = codes or {}
        self._explain = explain

    def __len__(self) -> int:
        return len(self.verdict)

    def notable(self) -> np.ndarray:
        """bool[n]: the rows where something was found to keep on record, whatever the outcome."""
        return np.asarray((self.verdict >= _SUSPICIOUS) & (self.severity >= _MEDIUM))

    def explain(self, rows: np.ndarray) -> list[Finding]:
        """The full findings of these rows, in their order (one batch call, so a model explains them together)."""
        if self._explain is not None:
            return self._explain(rows)
        return [
            Finding(
                detector=self.detector,
                version=self.version,
                verdict=Verdict(int(self.verdict[i])).word,
                severity=Severity(max(1, int(self.severity[i]))).word,
                probability=None if np.isnan(self.probability[i]) else float(self.probability[i]),
                reasons=tuple(Reason(code, 1.0) for code, hit in self.codes.items() if hit[i]),
            )
            for i in rows
        ]

    @classmethod
    def each(cls, detector: str, version: str, told: Iterable[Finding | None]) -> Findings:
        """From what was said of each row in turn, None where nothing was."""
        said = list(told)
        return cls.of(detector, version, len(said), ((i, f) for i, f in enumerate(said) if f is not None))

    @classmethod
    def of(cls, detector: str, version: str, n: int, found: Iterable[tuple[int, Finding]]) -> Findings:
        """From finished findings, one at most per row: for detectors that look at one piece of evidence at a time."""
        verdict, severity = np.zeros(n, np.int8), np.ones(n, np.int8)
        probability = np.full(n, np.nan)
        codes: dict[str, np.ndarray] = {}
        kept: dict[int, Finding] = {}
        for i, finding in found:
            kept[i] = finding
            verdict[i] = Verdict[finding.verdict.upper()]
            severity[i] = Severity[finding.severity.upper()]
            if finding.probability is not None:
                probability[i] = finding.probability
            for reason in finding.reasons:
                codes.setdefault(reason.code, np.zeros(n, bool))[i] = True
        silent = Finding(detector=detector, version=version, verdict=Verdict.NONE.word)
        return cls(
            detector,
            version,
            verdict,
            probability=probability,
            severity=severity,
            codes=codes,
            explain=lambda rows: [kept.get(int(i), silent) for i in rows],
        )
