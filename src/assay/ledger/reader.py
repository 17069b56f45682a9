"""A SQLite ledger as read: finding records again, replaying them, checking them. Safe beside a process that writes.

Only committed records are seen. `sqlite.SqliteLedger` adds the writing.
"""

from __future__ import annotations

import sqlite3
import threading
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self

import numpy as np

from assay.core.decision import OUTCOMES, Decision
from assay.core.entity import Entity
from assay.core.errors import InvalidSetting, LedgerUnavailable, NotFound
from assay.core.evidence import Evidence
from assay.ledger import schema
from assay.ledger.base import (
    AuditRecord,
    Counts,
    DecisionFilter,
    FindingRecord,
    Hour,
    LabelRecord,
    Links,
    Page,
    Record,
    Timeline,
    Verification,
)
from assay.ledger.derive import about, codes_of, known_at
from assay.ledger.index import FLUSH_ROWS, Index
from assay.ledger.recent import entity_entries, entity_key, id_keys
from assay.ledger.segments import Segment, decode_audit, decode_labels

CACHED = 64  # segments kept as read
LOOKED_AT = 100_000  # undistinguished decisions that one page looks through at most
_EVERY_ROW = slice(None)


class SqliteReader:
    """Opens `folder` for reading. `types`: evidence tag -> type; by default those of every installed room."""

    failed = False

    def __init__(
        self, folder: Path, *, types: Mapping[str, type[Evidence]] | None = None, flush_rows: int = FLUSH_ROWS
    ) -> None:
        if not (folder / schema.DATABASE).exists():
            raise NotFound("no ledger here", where=str(folder))
        self.folder = folder
        self._given_types, self._flush_rows = types, flush_rows
        self._local = threading.local()
        self._connections: list[sqlite3.Connection] = []
        self._cache: OrderedDict[int, Segment] = OrderedDict()
        self._cache_lock, self._index_lock = threading.Lock(), threading.Lock()
        self._index: Index | None = None
        if self._meta("format") != schema.FORMAT:
            raise LedgerUnavailable("not a ledger of this format", where=str(folder / schema.DATABASE))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close every connection; what comes after raises."""
        connections, self._connections = self._connections, []
        for db in connections:
            db.close()
        self._local = threading.local()

    # Where things are

    @property
    def last_seq(self) -> int:
        """The last durable seq; 0 in an empty ledger."""
        rows = self._rows("SELECT first_seq + count - 1 FROM segment ORDER BY first_seq DESC LIMIT 1")
        return int(rows[0][0]) if rows else 0

    @property
    def identity(self) -> str:
        """Which ledger this is: no two have the same."""
        return self._meta("ledger")

    @property
    def types(self) -> Mapping[str, type[Evidence]]:
        """Evidence tag -> type."""
        if self._given_types is None:
            from assay.core.kind import evidence_types

            self._given_types = evidence_types()
        return self._given_types

    def _rows(self, sql: str, values: Sequence[Any] = ()) -> list[Any]:
        return list(self._cursor(sql, values))

    def _cursor(self, sql: str, values: Sequence[Any] = ()) -> Iterator[Any]:
        db: sqlite3.Connection | None = getattr(self._local, "db", None)
        if db is None:
            db = self._local.db = schema.connect(self.folder, readonly=True)
            self._connections.append(db)
        try:
            yield from db.execute(sql, values)
        except sqlite3.Error as error:
            raise LedgerUnavailable(str(error), where=str(self.folder / schema.DATABASE)) from error

    def _meta(self, name: str) -> str:
        rows = self._rows("SELECT value FROM meta WHERE name = ?", (name,))
        return str(rows[0][0]) if rows else ""

    def _segment(self, seq: int) -> Segment:
        """The decided segment that holds `seq`; the last few are kept."""
        latest: Segment | None = getattr(self._local, "latest", None)
        if latest is not None and latest.first_seq <= seq < latest.first_seq + len(latest):
            return latest
        sql = "SELECT first_seq FROM segment WHERE first_seq <= ? ORDER BY first_seq DESC LIMIT 1"
        first = int(self._rows(sql, (seq,))[0][0])
        with self._cache_lock:
            segment = self._cache.get(first)
        if segment is None:
            body = self._rows("SELECT body FROM segment WHERE first_seq = ?", (first,))[0][0]
            segment = Segment(body, first, self.types)
        with self._cache_lock:
            self._cache[first] = segment
            self._cache.move_to_end(first)
            if len(self._cache) > CACHED:
                self._cache.popitem(last=False)
        self._local.latest = segment
        return segment

    def _at(self, seq: int) -> Decision:
        segment = self._segment(seq)
        return segment.decisions().decision(seq - segment.first_seq)

    def _indexed(self) -> Index:
        """The index, brought up to the last committed record."""
        with self._index_lock:
            if self._index is None:
                self._index = self._open_index(writable=False)
            self._catch_up(self._index)
            return self._index

    def _open_index(self, *, writable: bool) -> Index:
        return Index(self.folder / "index", self.last_seq, writable=writable, flush_rows=self._flush_rows)

    def _catch_up(self, index: Index) -> None:
        sql = "SELECT first_seq, count, type, body FROM segment WHERE first_seq > ? ORDER BY first_seq"
        for first, count, type_, body in self._cursor(sql, (index.last,)):
            if type_ != schema.DECIDED:
                index.skip(first + count - 1)
                continue
            segment = Segment(body, first, self.types)
            batch = segment.decisions().batch
            index.add(segment.ids, id_keys(segment.ids), entity_entries(batch, _EVERY_ROW, first), first)

    def _find(self, ids: Sequence[str], index: Index, keys: np.ndarray | None = None) -> dict[int, int]:
        """Row -> seq of the ids that are on record."""
        found, maybe = index.find(ids, keys)
        for row, seq in maybe:
            if row not in found:
                segment = self._segment(seq)
                if segment.ids[seq - segment.first_seq] == ids[row]:
                    found[row] = seq
        return found

    # Questions

    def decision(self, id_: str) -> Decision | None:
        """The committed decision on this evidence."""
        seq = self._find([id_], self._indexed()).get(0)
        return None if seq is None or seq > self.last_seq else self._at(seq)

    def decisions(self, where: DecisionFilter | None = None) -> Page:
        """Committed decisions, newest first."""
        where = where or DecisionFilter()
        unknown = set(where.outcome) - set(OUTCOMES)
        if unknown:
            raise InvalidSetting(
                f"no outcome {sorted(unknown)[0]!r}", where="outcome", hint="there are: " + ", ".join(OUTCOMES)
            )
        found: list[Decision] = []
        looked, seq = 0, 0
        for looked, seq in enumerate(self._candidates(where)):
            if looked >= LOOKED_AT or len(found) >= where.limit:
                return Page(decisions=tuple(found), next_before=seq + 1)
            if self._matches(seq, where):
                found.append(self._at(seq))
        return Page(decisions=tuple(found))

    def _candidates(self, where: DecisionFilter) -> Iterator[int]:
        """Seqs, descending, among which the matches are: by entity, from the flagged ones, or all."""
        before = self.last_seq + 1 if where.before_seq is None else min(where.before_seq, self.last_seq + 1)
        if where.entity is not None:
            key, index = entity_key(where.entity), self._indexed()
            while len(seqs := index.newest(key, before, 1000)):
                yield from reversed(seqs.tolist())
                before = int(seqs[0])
        elif where.outcome and "allow" not in where.outcome:
            yield from self._flagged(where, before)
        else:
            # Key and size first: a body is read only when its rows are looked at.
            sql = "SELECT first_seq, count FROM segment WHERE type = 1 AND first_seq < ? ORDER BY first_seq DESC"
            for first, count in self._cursor(sql, (before,)):
                yield from range(min(first + count, before) - 1, first - 1, -1)

    def _flagged(self, where: DecisionFilter, before: int) -> Iterator[int]:
        marks = ",".join("?" * len(where.outcome))
        sql = f"SELECT seq FROM flagged WHERE seq < ? AND outcome IN ({marks})"
        values: list[Any] = [before, *map(OUTCOMES.index, where.outcome)]
        for condition, value in (
            ("kind = ?", where.kind or None),
            ("time >= ?", where.since),
            ("time < ?", where.until),
            ("rule = ?", where.rule or None),
            ("probability >= ?", where.min_probability),
            ("substr(id, 1, length(?)) = ?", where.id_prefix or None),
            ("instr(codes, ?) > 0", f"|{where.reason}|" if where.reason else None),
        ):
            if value is not None:
                sql += f" AND {condition}"
                values += [value] * condition.count("?")
        for (seq,) in self._cursor(sql + " ORDER BY seq DESC", values):
            yield seq

    def _matches(self, seq: int, where: DecisionFilter) -> bool:
        """Read from the segment itself, so that no derived table can make a wrong decision appear."""
        segment = self._segment(seq)
        i = seq - segment.first_seq
        time, probability = int(segment.time[i]), float(segment.probability[i])
        if (
            (segment.kind != where.kind if where.kind else self._observed(segment.kind))
            or (where.outcome and OUTCOMES[segment.outcome[i]] not in where.outcome)
            or (where.since is not None and time < where.since)
            or (where.until is not None and time >= where.until)
            or (where.min_probability is not None and not probability >= where.min_probability)
            or not segment.ids[i].startswith(where.id_prefix)
            or (where.rule and segment.rules[i] != where.rule)
        ):
            return False
        if not where.reason and where.entity is None:
            return True
        decision = self._at(seq)
        return (where.entity is None or where.entity in decision.entities) and (
            not where.reason or where.reason in codes_of(decision)
        )

    def _observed(self, kind: str) -> bool:
        """Observations are on record for their findings; nothing was decided about them."""
        type_ = self.types.get(kind)
        return type_ is not None and type_.WEIGHT == "observation"

    def entity(self, entity: Entity, limit: int = 100) -> Timeline:
        """What is on record about one entity."""
        last, index, key = self.last_seq, self._indexed(), entity_key(entity)
        seqs = index.newest(key, last + 1, limit).tolist()
        decisions = [d for seq in reversed(seqs) if entity in (d := self._at(seq)).entities]
        return Timeline(
            entity=entity,
            total=index.count(key, last + 1),
            decisions=tuple(decisions),
            findings=tuple(self.findings(entity=entity, limit=limit)),
            labels=tuple(label for d in decisions for label in self.labels(d.id)),
        )

    def findings(
        self,
        *,
        open: bool | None = None,
        entity: Entity | None = None,
        detector: str = "",
        before_seq: int | None = None,
        limit: int = 100,
    ) -> list[FindingRecord]:
        """Findings, newest first. `open=True`: suspicious or counterfeit and not dismissed; False: dismissed."""
        truth = "(SELECT truth FROM label WHERE label.evidence = f.evidence ORDER BY seq DESC LIMIT 1)"
        sql, values = f"SELECT f.seq, f.ordinal, {truth} AS truth FROM finding f", []  # type: str, list[Any]
        conditions = ["f.seq < ?"]
        if entity is not None:
            sql += " JOIN finding_entity e ON e.seq = f.seq AND e.ordinal = f.ordinal AND e.entity = ?"
            values.append(str(entity))
        values.append(self.last_seq + 1 if before_seq is None else before_seq)
        if detector:
            conditions.append("f.detector = ?")
            values.append(detector)
        if open is not None:
            conditions.append(
                "truth IS NOT 'genuine' AND f.verdict IN ('suspicious', 'counterfeit')" if open else "truth = 'genuine'"
            )
        sql += f" WHERE {' AND '.join(conditions)} ORDER BY f.seq DESC, f.ordinal LIMIT ?"
        return [self._finding(*row) for row in self._rows(sql, [*values, limit])]

    def _finding(self, seq: int, ordinal: int, truth: str | None) -> FindingRecord:
        decision = self._at(seq)
        finding = decision.findings[ordinal]
        return FindingRecord(
            seq=seq,
            ordinal=ordinal,
            evidence=decision.id,
            kind=decision.kind,
            time=decision.time,
            finding=finding,
            entities=about(finding, decision.entities),
            status="open" if truth is None else "dismissed" if truth == "genuine" else "confirmed",
        )

    def news(self, after_seq: int, limit: int) -> list[Decision | LabelRecord | AuditRecord]:
        """What came after this record and somebody outside may want to hear of, in order."""
        one = "SELECT * FROM (SELECT DISTINCT {0} AS seq, {1} FROM {2} WHERE {0} > ?1 {3} ORDER BY 1 LIMIT ?2)"
        tables = (("seq", 0, "finding", ""), ("seq", 0, "flagged", ""), ("seq", 1, "label", ""))
        parts = [one.format(*of) for of in (*tables, ("first_seq", 2, "segment", f"AND type = {schema.AUDIT}"))]
        rows = self._rows(" UNION ".join(parts) + " ORDER BY 1 LIMIT ?2", (after_seq, limit))
        return [(self._at, self._label, self._audited)[of](seq) for seq, of in rows]

    def _audited(self, seq: int) -> AuditRecord:
        arrived, body = self._rows("SELECT arrived, body FROM segment WHERE first_seq = ?", (seq,))[0]
        return AuditRecord(seq=seq, arrived=arrived, audit=decode_audit(body))

    def last_before(self, arrived: int) -> int:
        """The last record that had arrived before this moment (microseconds); 0 where none had."""
        low, high = 0, self.last_seq
        sql = "SELECT first_seq, arrived FROM segment WHERE first_seq <= ? ORDER BY first_seq DESC LIMIT 1"
        while low < high:
            first, at = self._rows(sql, ((low + high + 1) // 2,))[0]
            low, high = ((low + high + 1) // 2, high) if at < arrived else (low, first - 1)
        return low

    def links(self, entity: Entity, hops: int = 1) -> Links:
        """Entities that share evidence with this one, one or two hops out."""
        from assay.ledger.links import links

        return links(self, entity, hops)

    def newest_of(self, entity: Entity, limit: int) -> list[tuple[Decision, int]]:
        """The newest decisions on evidence of one entity, each with its outcome's number; for the link graph."""
        seqs = self._indexed().newest(entity_key(entity), self.last_seq + 1, limit).tolist()
        found = [self._at(seq) for seq in reversed(seqs)]
        return [(d, OUTCOMES.index(d.outcome)) for d in found if entity in d.entities]

    def labels(self, evidence: str) -> list[LabelRecord]:
        """Labels on one piece of evidence, oldest first; the last one counts."""
        rows = self._rows("SELECT seq FROM label WHERE evidence = ? ORDER BY seq", (evidence,))
        return [label for (seq,) in rows if (label := self._label(seq)).label.evidence == evidence]

    def _label(self, seq: int) -> LabelRecord:
        sql = "SELECT first_seq, arrived, body FROM segment WHERE first_seq <= ? ORDER BY first_seq DESC LIMIT 1"
        first, arrived, body = self._rows(sql, (seq,))[0]
        label = decode_labels(body)[seq - first]
        return LabelRecord(seq=seq, arrived=arrived, known=known_at(label, arrived), label=label)

    def audit(self, *, before_seq: int | None = None, limit: int = 100) -> list[AuditRecord]:
        """Audit events, newest first."""
        sql = "SELECT first_seq, arrived, body FROM segment WHERE type = 3 AND first_seq < ? ORDER BY first_seq DESC LIMIT ?"
        rows = self._rows(sql, (self.last_seq + 1 if before_seq is None else before_seq, limit))
        return [AuditRecord(seq=seq, arrived=arrived, audit=decode_audit(body)) for seq, arrived, body in rows]

    def counts(self, since: int | None = None, until: int | None = None) -> Counts:
        """Totals over the whole ledger, and the hours that begin in since..until."""
        outcomes = dict(self._rows("SELECT outcome, sum(n) FROM hourly GROUP BY outcome"))
        hours = self._rows(
            "SELECT hour, kind, outcome, n FROM hourly WHERE hour >= ? AND hour < ? ORDER BY hour, kind, outcome",
            (-(2**63) if since is None else since, 2**63 - 1 if until is None else until),
        )
        return Counts(
            decisions=sum(outcomes.values()),
            outcomes={word: outcomes.get(i, 0) for i, word in enumerate(OUTCOMES)},
            findings=int(self._rows("SELECT count(*) FROM finding")[0][0]),
            labels=dict(self._rows("SELECT truth, count(*) FROM label GROUP BY truth ORDER BY truth")),
            hours=tuple(Hour(hour=h, kind=kind, outcome=OUTCOMES[o], count=n) for h, kind, o, n in hours),
        )

    # The whole of it

    def replay(self, after_seq: int = 0) -> Iterator[Record]:
        """Every committed record after `after_seq`, in exactly the order they were appended."""
        sql = "SELECT first_seq, count, type, arrived, body FROM segment WHERE first_seq + count > ? + 1 AND first_seq > ? ORDER BY first_seq"
        start = self._rows("SELECT max(first_seq) FROM segment WHERE first_seq <= ? + 1", (after_seq,))[0][0]
        for first, count, type_, arrived, body in self._cursor(sql, (after_seq, -1 if start is None else start - 1)):
            skip = max(0, after_seq + 1 - first)
            if type_ == schema.LABELS:
                labels = decode_labels(body)[skip:]
                yield Record(seq=first + skip, count=len(labels), type="labels", arrived=arrived, labels=labels)
            elif type_ == schema.AUDIT:
                yield Record(seq=first, count=count, type="audit", arrived=arrived, audit=decode_audit(body))
            else:
                decisions = Segment(body, first, self.types).decisions(skip)
                yield Record(
                    seq=first + skip, count=len(decisions), type="decided", arrived=arrived, decisions=decisions
                )

    def verify(self, expected_head: str = "") -> Verification:
        """Walk the whole hash chain, then check that the derived tables and the index say the same as it."""
        from assay.ledger.verify import verify

        return verify(self, expected_head)

    def export(self, form: Literal["jsonl", "ocsf"] = "jsonl", after_seq: int = 0) -> Iterable[bytes]:
        """Lines of JSON: every record, or findings as OCSF Detection Finding (2004)."""
        from assay.ledger.export import export

        return export(self, form, after_seq)
