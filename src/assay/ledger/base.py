"""What a ledger is: the interface that the engine, service, console and command line know, and the small records that
come out of it. Nothing here says how anything is stored.

Every record (a decision, a label, an audit event) has a `seq`: 1, 2, 3, … in the order of appending, without gaps.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Literal, Protocol

import msgspec

from assay.core.decision import Decision, Decisions
from assay.core.entity import Entity
from assay.core.finding import Finding
from assay.core.label import Label

RecordType = Literal["decided", "labels", "audit"]
Status = Literal["open", "confirmed", "dismissed"]


class Audit(msgspec.Struct, frozen=True):
    """Somebody did something to the system: a key created, a policy changed, a model changed, started, stopped."""

    actor: str
    action: str
    about: dict[str, Any] = {}


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """One segment as replayed: `count` records numbered `seq`, `seq + 1`, …; exactly one of the last three is set.

    `decisions` carries the restored batch, bit for bit what was recorded. `arrived` is wall-clock microseconds.
    """

    seq: int
    count: int
    type: RecordType
    arrived: int
    decisions: Decisions | None = None
    labels: tuple[Label, ...] = ()
    audit: Audit | None = None


class DecisionFilter(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which decisions to list; every condition that is set must hold. Times are event times, microseconds,
    `since` inclusive and `until` exclusive. Observations, of which only findings are kept, are listed where `kind` asks
    for them and are no part of `Counts`."""

    outcome: tuple[str, ...] = ()
    kind: str = ""
    entity: Entity | None = None
    since: int | None = None
    until: int | None = None
    rule: str = ""
    reason: str = ""
    min_probability: float | None = None
    id_prefix: str = ""
    before_seq: int | None = None
    limit: int = 50


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """Decisions, newest first. There may be more while `next_before` is set: ask again with it as `before_seq`.

    A page can be shorter than its limit and still have more behind it: one call looks at a bounded number of rows.
    """

    decisions: tuple[Decision, ...]
    next_before: int | None = None


class FindingRecord(msgspec.Struct, frozen=True, kw_only=True):
    """One recorded finding. `status`: `dismissed` once the newest label on its evidence says genuine, `confirmed` once
    it says fraud, else `open`."""

    seq: int  # of the decision it was found for
    ordinal: int  # its place among that decision's findings
    evidence: str
    kind: str
    time: int
    finding: Finding
    entities: tuple[Entity, ...]
    status: Status = "open"


class LabelRecord(msgspec.Struct, frozen=True, kw_only=True):
    """One label as recorded. `known` is when the truth became known: the label's own time, else its arrival."""

    seq: int
    arrived: int
    known: int
    label: Label


class AuditRecord(msgspec.Struct, frozen=True, kw_only=True):
    """One audit event as recorded."""

    seq: int
    arrived: int
    audit: Audit


class Timeline(msgspec.Struct, frozen=True, kw_only=True):
    """What is on record about one entity: `total` pieces of evidence, the newest `decisions` of them (newest first),
    the findings that name it, and the labels on the evidence listed."""

    entity: Entity
    total: int
    decisions: tuple[Decision, ...]
    findings: tuple[FindingRecord, ...]
    labels: tuple[LabelRecord, ...]


class Node(msgspec.Struct, frozen=True, kw_only=True):
    """An entity of a link graph, `hop` steps from its centre. `count` is how much of the evidence looked at names it,
    `flagged` how much of that was not allowed."""

    entity: Entity
    hop: int
    count: int
    flagged: int
    first: int
    last: int


class Edge(msgspec.Struct, frozen=True, kw_only=True):
    """Two entities that share `count` pieces of evidence, the first and last at these event times."""

    a: Entity
    b: Entity
    count: int
    flagged: int
    first: int
    last: int


class Links(msgspec.Struct, frozen=True, kw_only=True):
    """Entities that share evidence with one entity. `cut`: some were left out to keep within the caps."""

    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    cut: bool = False


class Hour(msgspec.Struct, frozen=True, kw_only=True):
    """How many decisions of one kind and outcome on evidence of one hour (`hour`: its start, event time, microseconds)."""

    hour: int
    kind: str
    outcome: str
    count: int


class Counts(msgspec.Struct, frozen=True, kw_only=True):
    """A summary: totals over the whole ledger, and hours in time order over the span asked for."""

    decisions: int
    outcomes: dict[str, int]
    findings: int
    labels: dict[str, int]
    hours: tuple[Hour, ...]


class Verification(msgspec.Struct, frozen=True, kw_only=True):
    """The answer of `verify`: `head` is the last hash (hex) that still follows from the first, at record `last_seq`.

    Where something is wrong, `first_bad` is the seq at which the chain breaks and `problem` says how.
    """

    ok: bool
    segments: int
    last_seq: int
    head: str
    first_bad: int | None = None
    problem: str = ""


class Ledger(Protocol):
    """Records, in order, durable, found again. Every method may be called from any thread.

    `failed` is set from the moment a commit could not be made durable until `reopen` succeeds; meanwhile nothing is
    taken in (`LedgerUnavailable`), and what was committed can still be read.
    """

    failed: bool

    @property
    def identity(self) -> str:
        """Which ledger this is: no two have the same."""
        ...

    @property
    def last_seq(self) -> int:
        """The last durable seq; 0 in an empty ledger."""
        ...

    def append(self, decisions: Decisions) -> int:
        """Take in a decided batch and fill `decisions.seq`; rows that are `given` have been recorded before and are not
        again. Returns the term to hand to `commit`.

        Raises ValueError, and takes in nothing, where an id has been decided before or comes twice.
        """
        ...

    def append_labels(self, labels: Sequence[Label], arrived_us: int) -> int:
        """Take in labels; returns the term."""
        ...

    def append_audit(self, actor: str, action: str, about: dict[str, Any]) -> int:
        """Take in an audit event; returns the term."""
        ...

    def write(self, term: int | None = None) -> bool:
        """The first half of `commit`, which does not wait for the disk: what was appended is written, and not yet durable.
        False, and nothing done, where another thread is at it just now. Raises as `commit` does."""
        ...

    def commit(self, term: int | None = None) -> None:
        """Make everything appended so far durable in one transaction; slow, and another thread may append meanwhile.

        With the `term` that `append` returned it also raises if that record was dropped by a failure in between.
        Raises `LedgerUnavailable`: everything not yet committed is dropped and the ledger is `failed`.
        """
        ...

    def reopen(self) -> None:
        """Try to make a failed ledger usable again, from what is durable. Raises `LedgerUnavailable`."""
        ...

    def repeated(self, ids: Sequence[str]) -> dict[int, Decision]:
        """Row -> first decision, for ids decided before, whether committed yet or not. Cheap where all are new."""
        ...

    def decision(self, id_: str) -> Decision | None:
        """The committed decision on this evidence."""
        ...

    def decisions(self, where: DecisionFilter | None = None) -> Page:
        """Committed decisions, newest first."""
        ...

    def entity(self, entity: Entity, limit: int = 100) -> Timeline: ...

    def links(self, entity: Entity, hops: int = 1) -> Links:
        """Entities that share evidence with this one, one or two hops out."""
        ...

    def findings(
        self,
        *,
        open: bool | None = None,
        entity: Entity | None = None,
        detector: str = "",
        before_seq: int | None = None,
        limit: int = 100,
    ) -> list[FindingRecord]:
        """Findings, newest first. `open=True`: those not dismissed; False: those dismissed."""
        ...

    def news(self, after_seq: int, limit: int) -> list[Decision | LabelRecord | AuditRecord]:
        """What came after this record and somebody outside may want to hear of, in order: decisions that have findings
        or are not plainly allowed, labels, and audit events; at most `limit`."""
        ...

    def last_before(self, arrived: int) -> int:
        """The last record that had arrived before this moment (microseconds); 0 where none had."""
        ...

    def labels(self, evidence: str) -> list[LabelRecord]:
        """Labels on one piece of evidence, oldest first; the last one counts."""
        ...

    def audit(self, *, before_seq: int | None = None, limit: int = 100) -> list[AuditRecord]:
        """Audit events, newest first."""
        ...

    def replay(self, after_seq: int = 0) -> Iterator[Record]:
        """Every committed record after `after_seq`, in exactly the order they were appended."""
        ...

    def counts(self, since: int | None = None, until: int | None = None) -> Counts: ...

    def verify(self, expected_head: str = "") -> Verification:
        """Walk the whole hash chain. `expected_head`: a head (hex) noted earlier and kept elsewhere, which the chain
        must pass through; without one, records cut off the end may go unseen."""
        ...

    def export(self, form: Literal["jsonl", "ocsf"] = "jsonl", after_seq: int = 0) -> Iterable[bytes]:
        """Lines of JSON, each with its line feed: every record, or findings as OCSF Detection Finding (2004)."""
        ...

    def dead_letter(self, source: str, row: int, reason: str, raw: str) -> None:
        """Keep an input that was refused; card numbers and IBANs in it are masked."""
        ...

    def close(self) -> None: ...
