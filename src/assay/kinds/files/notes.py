"""What a detector of this room noticed, and the one finding that it makes of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from assay.core.batch import Batch
from assay.core.finding import Finding, Findings, Reason, Severity, Verdict, Where
from assay.kinds.files.evidence import File

_WEIGHT = {1: 0.05, 2: 0.2, 3: 0.4, 4: 0.7, 5: 0.9}
TOLD = 24  # reasons of one finding
SHOWN = 160  # characters of a value
UNSURE = 0  # in place of a severity: nothing can be said


@dataclass(frozen=True)
class Note:
    """`severity`: 1..5 as in `Severity`, or `UNSURE`. `at`: bytes in the file, `spans`: (start, length) of what was met."""

    code: str
    severity: int
    values: dict[str, Any] = field(default_factory=dict)
    spans: tuple[tuple[int, int], ...] = ()
    techniques: tuple[str, ...] = ()


def finding_of(detector: str, version: str, notes: Sequence[Note]) -> Finding | None:
    """The gravest first; None where nothing was noticed. HIGH and above is counterfeit: it pretends, or attacks."""
    if not notes:
        return None
    ranked = sorted(notes, key=lambda note: -note.severity)[:TOLD]
    gravest = ranked[0].severity
    verdict = (
        Verdict.COUNTERFEIT if gravest >= Severity.HIGH else Verdict.SUSPICIOUS if gravest else Verdict.INCONCLUSIVE
    )
    reasons, where = [], []
    for number, note in enumerate(ranked):
        values = {k: shown(v) if isinstance(v, str) else v for k, v in note.values.items()}
        reasons.append(Reason(note.code, _WEIGHT.get(note.severity, 0.1), values))
        where += [
            Where(byte=start, span=(float(start), float(start + length)), rule=f"{note.code}#{number}")
            for start, length in note.spans
        ]
    return Finding(
        detector=detector, version=version, verdict=verdict.word, severity=Severity(max(1, gravest)).word,
        reasons=tuple(reasons), where=tuple(where),
        techniques=tuple(dict.fromkeys(t for note in ranked for t in note.techniques)),
    )  # fmt: skip


def noted(detector: Any, batch: Batch[Any], notes: Callable[[File], Iterable[Note]]) -> Findings:
    """What a detector noticed in each file of a batch, in turn."""
    items = (batch.item(i) for i in range(len(batch)))
    said = (finding_of(detector.name, detector.version, list(notes(item))) for item in items)
    return Findings.each(detector.name, detector.version, said)


def shown(text: str) -> str:
    """A value from a file as it may be told: printable, and no longer than a line."""
    plain = "".join(c if c.isprintable() else "·" for c in text[: SHOWN + 1])
    return plain[:SHOWN] + "…" if len(plain) > SHOWN else plain


__all__ = ["UNSURE", "Note", "finding_of", "noted", "shown"]
