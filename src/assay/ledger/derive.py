"""What the derived tables hold of a decided batch: flagged decisions, findings, the entities findings name, and counts
by hour. Pure, so that `verify` can derive the same again from the segments."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import msgspec
import numpy as np

from assay.core.clock import HOUR, micros
from assay.core.decision import Decision, Decisions
from assay.core.entity import Entity
from assay.core.finding import Finding
from assay.core.label import Label


class Derived(msgspec.Struct):
    """Rows of the tables of the same names; `hours`: (hour, outcome) -> count."""

    flagged: list[tuple[object, ...]]
    finding: list[tuple[int, int, str, str, str]]
    finding_entity: list[tuple[str, int, int]]
    hours: dict[tuple[int, int], int]


def derive(decisions: Decisions, rows: range | np.ndarray, first_seq: int) -> Derived:
    """Of these rows (ascending), which are numbered from `first_seq`."""
    derived = Derived([], [], [], {})
    index = rows if isinstance(rows, np.ndarray) else np.arange(rows.start, rows.stop)
    outcome = decisions.outcome[index]
    # An observation is on record for its findings; nothing was decided.
    if decisions.batch.type.WEIGHT == "transaction":
        hours = decisions.batch.time[index] // HOUR
        for packed, n in Counter((hours * 4 + outcome).tolist()).items():
            derived.hours[packed // 4 * HOUR, packed % 4] = n
    worth = outcome != 0
    if decisions.details:
        worth |= np.isin(index, np.fromiter(decisions.details, np.int64, len(decisions.details)))
    for i in np.flatnonzero(worth).tolist():
        _derive_row(derived, decisions, int(index[i]), first_seq + i)
    return derived


def _derive_row(derived: Derived, decisions: Decisions, row: int, seq: int) -> None:
    batch, detail = decisions.batch, decisions.details.get(row)
    id_, outcome = batch.ids[row], int(decisions.outcome[row])
    findings = detail.findings if detail else ()
    if outcome:
        codes = {reason.code for reason in detail.reasons} if detail else set()
        codes |= {reason.code for finding in findings for reason in finding.reasons}
        probability, loss = float(decisions.probability[row]), float(decisions.expected_loss[row])
        derived.flagged.append(
            (
                seq, id_, batch.type.tag(), int(batch.time[row]), outcome,
                probability if probability == probability else None, loss if loss == loss else None,
                decisions.rules[decisions.rule[row]] if decisions.rule[row] >= 0 else "",
                "".join(f"|{code}" for code in sorted(codes)) + "|",
            )
        )  # fmt: skip
    if findings:
        own = [(kind, batch.entity(kind)[row]) for kind in batch.entity_kinds()]
        whole = tuple(Entity(kind, id_) for kind, id_ in own if id_)
        for ordinal, finding in enumerate(findings):
            derived.finding.append((seq, ordinal, id_, finding.detector, finding.verdict))
            derived.finding_entity += [(str(entity), seq, ordinal) for entity in sorted({*about(finding, whole)})]


def label_rows(labels: Sequence[Label], first: int, arrived: int) -> list[tuple[object, ...]]:
    """Rows of table `label` for labels numbered from `first`."""
    return [(first + i, lb.evidence, lb.truth, lb.source, known_at(lb, arrived)) for i, lb in enumerate(labels)]


def known_at(label: Label, arrived: int) -> int:
    """When the truth became known: the label's own time, else its arrival."""
    return arrived if label.time is None else micros(label.time)


def about(finding: Finding, whole: tuple[Entity, ...]) -> tuple[Entity, ...]:
    """The entities a finding is about: those it names, else every one of its evidence's."""
    return finding.entities or whole


def codes_of(decision: Decision) -> set[str]:
    """Every reason code of a decision and its findings."""
    return {r.code for r in decision.reasons} | {r.code for f in decision.findings for r in f.reasons}
