"""Does a ledger still say what was recorded? Walks the hash chain from the first segment to the last, and derives anew
from the segments what the other tables must hold."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import msgspec

from assay.core.errors import LedgerUnavailable
from assay.ledger import schema
from assay.ledger.base import Verification
from assay.ledger.derive import derive, label_rows
from assay.ledger.head import noted_head
from assay.ledger.segments import Segment, decode_labels

if TYPE_CHECKING:
    from assay.ledger.reader import SqliteReader

_TABLES = ("flagged", "finding", "finding_entity", "label", "hourly")


class _Broken(Exception):
    def __init__(self, seq: int, problem: str) -> None:
        self.seq, self.problem = seq, problem


def verify(ledger: SqliteReader, expected_head: str = "") -> Verification:
    """`ok`, or the first thing found wrong. Sees one moment of the ledger, whoever writes meanwhile."""
    walk = _Walk(ledger, expected_head.strip().lower())
    ledger._rows("BEGIN")
    try:
        walk.segments()
        walk.ending()
        walk.tables()
        walk.index()
    except _Broken as broken:
        return walk.result(broken)
    except (LedgerUnavailable, msgspec.DecodeError) as error:
        return walk.result(_Broken(walk.last + 1, str(error)))
    finally:
        ledger._rows("ROLLBACK")
    return walk.result()


class _Walk:
    def __init__(self, ledger: SqliteReader, expected: str) -> None:
        self.ledger, self.expected = ledger, expected
        # Before the segments are read, so that what it names must be among them.
        self.noted = noted_head(ledger.folder)
        self.head, self.last, self.count = schema.genesis(ledger._meta("ledger")), 0, 0
        self.met = expected in ("", self.head.hex())
        self.derivable = True
        self.sums = dict.fromkeys(_TABLES, 0)
        self.hours: Counter[tuple[int, str, int]] = Counter()

    def result(self, broken: _Broken | None = None) -> Verification:
        return Verification(
            ok=broken is None,
            segments=self.count,
            last_seq=self.last,
            head=self.head.hex(),
            first_bad=broken.seq if broken else None,
            problem=broken.problem if broken else "",
        )

    def segments(self) -> None:
        """Every segment numbered right after the one before, its hash that of its content and of all before it."""
        sql = "SELECT first_seq, count, type, arrived, CAST(body AS BLOB), CAST(hash AS BLOB) FROM segment ORDER BY first_seq"
        for first, count, type_, arrived, body, kept in self.ledger._cursor(sql):
            if first != self.last + 1:
                raise _Broken(self.last + 1, f"record {self.last + 1} is missing: the next is {first}")
            hash_ = schema.chain(self.head, first, count, type_, arrived, body)
            if hash_ != kept:
                raise _Broken(first, f"records {first} to {first + count - 1} are not what was recorded there")
            self.head, self.last, self.count = hash_, first + count - 1, self.count + 1
            self.met = self.met or hash_.hex() == self.expected
            if self.noted and self.noted.seq == self.last and self.noted.head != hash_.hex():
                raise _Broken(self.last, "this chain is not the one whose head was noted beside it")
            if type_ == schema.LABELS:
                self._sum("label", label_rows(decode_labels(body), first, arrived))
            elif type_ == schema.DECIDED:
                self._derive(Segment(body, first, self.ledger.types))

    def _derive(self, segment: Segment) -> None:
        try:
            derived = derive(segment.decisions(), range(len(segment)), segment.first_seq)
        except LedgerUnavailable:
            self.derivable = False  # of a room not installed here: the chain can be followed, its tables not derived
            return
        self._sum("flagged", derived.flagged)
        self._sum("finding", derived.finding)
        self._sum("finding_entity", derived.finding_entity)
        for (hour, outcome), n in derived.hours.items():
            self.hours[hour, segment.kind, outcome] += n

    def _sum(self, table: str, rows: Iterable[tuple[Any, ...]], sign: int = 1) -> None:
        """A sum of hashes does not depend on the order of the rows, and needs no memory for them."""
        for row in rows:
            self.sums[table] += sign * int.from_bytes(hashlib.sha256(repr(tuple(row)).encode()).digest())

    def ending(self) -> None:
        """Records cut off the end leave a whole chain: only what was noted outside it can tell."""
        if self.noted and self.noted.seq > self.last:
            raise _Broken(self.last + 1, f"records {self.last + 1} to {self.noted.seq} were recorded and are gone")
        if not self.met:
            raise _Broken(self.last + 1, "the chain does not pass through the expected head")

    def tables(self) -> None:
        """What was derived then must be what is derived now."""
        if not self.derivable:
            return
        self._sum("hourly", [(*key, n) for key, n in self.hours.items()])
        for table in _TABLES:
            self._sum(table, self.ledger._cursor(f"SELECT * FROM {table}"), -1)
            if self.sums[table]:
                raise _Broken(1, f"table {table} does not say what the records say")

    def index(self) -> None:
        """The index files are as they were written."""
        damaged = self.ledger._indexed().damaged()
        if damaged:
            raise _Broken(1, f"index file {damaged[0]} is damaged: delete it, and the next start makes it anew")
