"""The ledger that needs nothing else installed: one SQLite database in WAL mode, one writer, any number of readers.

`append` numbers records and holds them; `write` puts everything held in the log in one transaction, and chains the hashes;
`commit` does that and syncs the log to disk, so that the quick part may be done where nobody may wait for a disk, and the
other in another thread. A thread of its own keeps the index in sorted runs and copies the log into the database,
so that neither makes anybody wait.
"""

from __future__ import annotations

import os
import secrets
import sqlite3
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from io import FileIO
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from assay.core.clock import now
from assay.core.decision import Decision, Decisions
from assay.core.errors import InvalidEvidence, LedgerUnavailable
from assay.core.evidence import Evidence
from assay.core.label import Label
from assay.ledger import schema
from assay.ledger.base import Audit
from assay.ledger.dead_letters import DeadLetters
from assay.ledger.derive import Derived, derive, label_rows
from assay.ledger.files import WriterLock, sync, sync_folder
from assay.ledger.head import Head, note_head, noted_head
from assay.ledger.index import FLUSH_ROWS, Index
from assay.ledger.reader import SqliteReader
from assay.ledger.recent import entity_entries, id_keys
from assay.ledger.scrub import scrub
from assay.ledger.segments import encode

SEGMENT_ROWS = 256
"""A larger batch is recorded as several segments, since to read one decision is to read one segment."""
CHECKPOINT_BYTES = 64 << 20
CHECKPOINT_PASSES = 3
LOG_LIMIT_BYTES = 256 << 20


class Held(msgspec.Struct):
    """A segment taken in and not yet durable. `rows`: those of `decisions` that it holds. `head`: of the chain up to it, once it
    is written."""

    first: int
    count: int
    type: int
    arrived: int
    body: bytes
    decisions: Decisions | None = None
    rows: np.ndarray | range = range(0)
    derived: Derived | None = None
    labels: tuple[Label, ...] = ()
    head: bytes = b""


class SqliteLedger(SqliteReader):
    """Opens or makes the ledger in `folder` for writing; see `base.Ledger` for what each method promises.

    Raises `LedgerUnavailable` where another process writes it, or the disk will not take it.
    """

    def __init__(
        self, folder: Path, *, types: Mapping[str, type[Evidence]] | None = None, flush_rows: int = FLUSH_ROWS
    ) -> None:
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise LedgerUnavailable(error.strerror or str(error), where=str(folder)) from error
        self._writer_lock = WriterLock(folder / "writer.lock")
        try:
            self._db, self._log = self._connect(folder)
            super().__init__(folder, types=types, flush_rows=flush_rows)
            self._lock = threading.RLock()  # what is held, the index, the numbers
            self._sync_lock = threading.Lock()  # syncing the log; taken before the others
            self._commit_lock = threading.Lock()  # the database
            self._tidy_lock = threading.Lock()  # the index files
            self.term = 0
            self._load()
        except BaseException:
            self._writer_lock.release()
            raise
        self.dead_letters = DeadLetters(folder / "dead-letters")
        self._wake, self._stop = threading.Event(), False
        self._keeper = threading.Thread(target=self._keep, name="ledger", daemon=True)
        self._keeper.start()

    @staticmethod
    def _connect(folder: Path) -> tuple[sqlite3.Connection, FileIO]:
        """The database and its log."""
        db, log = schema.connect(folder, readonly=False), None
        try:
            # What the log holds may be in memory only, if the last sync of it failed: copying it out syncs it again.
            db.execute("PRAGMA wal_checkpoint(PASSIVE)")
            db.executescript(f"BEGIN IMMEDIATE; {schema.TABLES} COMMIT;")
            about = [("format", schema.FORMAT), ("ledger", secrets.token_hex(16))]
            db.executemany("INSERT OR IGNORE INTO meta VALUES (?, ?)", about)
            # Says now, and not at the first decision, that the disk will not take it.
            db.execute("INSERT OR REPLACE INTO meta VALUES ('opened', ?)", (str(now()),))
            log = FileIO(folder / schema.LOG, "r+")
            sync(log.fileno())
            sync_folder(folder)
        except (sqlite3.Error, OSError) as error:
            if log is not None:
                log.close()
            db.close()
            raise LedgerUnavailable(str(error), where=str(folder / schema.DATABASE)) from error
        return db, log

    def _load(self) -> None:
        """Everything in memory, from what is durable."""
        rows = self._rows("SELECT first_seq + count - 1, hash FROM segment ORDER BY first_seq DESC LIMIT 1")
        self._committed, self._head = (
            (int(rows[0][0]), bytes(rows[0][1])) if rows else (0, schema.genesis(self._meta("ledger")))
        )
        self._tail, self._next = self._head, self._committed + 1  # of all that is written, and taken in
        self._held: list[Held] = []
        self._written: list[Held] = []  # in the log, and not yet durable
        self._unsettled: list[Held] = []  # both
        self._log_bytes = 0
        try:
            index = self._open_index(writable=True)
        except OSError as error:
            raise LedgerUnavailable(str(error), where=str(self.folder / "index")) from error
        self._catch_up(index)
        self._index = index
        self.failed = False
        noted = noted_head(self.folder)
        if noted is not None and noted.seq > self._committed:
            about = {"noted": noted.seq, "head": noted.head, "found": self._committed}
            self.append_audit("ledger", "ledger.records-missing", about)

    # Taking in

    @property
    def last_seq(self) -> int:
        """The last durable seq; 0 in an empty ledger."""
        return self._committed

    def _indexed(self) -> Index:
        assert self._index is not None
        return self._index

    def _usable(self) -> None:
        if self.failed:
            raise LedgerUnavailable(
                "the last commit failed", where=str(self.folder), hint="reopen it once the cause is gone"
            )

    def append(self, decisions: Decisions) -> int:
        """Take in a decided batch; see `base.Ledger.append`."""
        n = len(decisions)
        fresh: np.ndarray | range = range(n)
        if decisions.given:
            fresh = np.setdiff1d(np.arange(n), np.fromiter(decisions.given, np.int64, len(decisions.given)))
        parts = [fresh[i : i + SEGMENT_ROWS] for i in range(0, len(fresh), SEGMENT_ROWS)]
        with self._lock:
            self._usable()
            held, arrived, seq = [], now(), self._next
            ids: list[list[str]] = []
            for part in parts:
                rows = slice(part.start, part.stop) if isinstance(part, range) else part
                of_part = (
                    decisions.batch.ids[rows] if isinstance(rows, slice) else [decisions.batch.ids[i] for i in rows]
                )
                body, derived = encode(decisions, rows, of_part), derive(decisions, part, seq)
                held.append(Held(seq, len(part), schema.DECIDED, arrived, body, decisions, part, derived))
                ids.append(of_part)
                seq += len(part)
            keys = [id_keys(of_part) for of_part in ids]
            self._refuse_repeats(ids, keys)
            for segment, of_part, of_keys in zip(held, ids, keys, strict=True):
                rows = slice(segment.rows.start, segment.rows.stop) if isinstance(segment.rows, range) else segment.rows
                self._indexed().add(
                    of_part, of_keys, entity_entries(decisions.batch, rows, segment.first), segment.first
                )
                decisions.seq[rows] = np.arange(segment.first, segment.first + segment.count)
            self._take(held)
            return self.term

    def _refuse_repeats(self, ids: list[list[str]], keys: list[np.ndarray]) -> None:
        whole = ids[0] if len(ids) == 1 else [id_ for of_part in ids for id_ in of_part]
        if len(set(whole)) != len(whole):
            raise ValueError("an id comes twice in this batch")
        if whole and (found := self._find(whole, self._indexed(), np.concatenate(keys))):
            raise ValueError(f"{whole[next(iter(found))]!r} has been decided before")

    def append_labels(self, labels: Sequence[Label], arrived_us: int) -> int:
        """Take in labels, card numbers and IBANs in their notes masked; returns the term."""
        clean = [
            label if not label.note else msgspec.structs.replace(label, note=scrub(label.note)) for label in labels
        ]
        body = msgspec.msgpack.encode(clean)
        with self._lock:
            self._usable()
            if clean:
                self._take([Held(self._next, len(clean), schema.LABELS, arrived_us, body, labels=tuple(clean))])
                self._indexed().skip(self._next - 1)
            return self.term

    def append_audit(self, actor: str, action: str, about: dict[str, Any]) -> int:
        """Take in an audit event; returns the term."""
        try:
            body = msgspec.msgpack.encode(Audit(actor, action, about))
        except (TypeError, ValueError) as error:
            raise InvalidEvidence(f"cannot be recorded: {error}", where=action) from error
        with self._lock:
            self._usable()
            self._take([Held(self._next, 1, schema.AUDIT, now(), body)])
            self._indexed().skip(self._next - 1)
            return self.term

    def _take(self, held: list[Held]) -> None:
        self._held += held
        self._unsettled += held
        self._next += sum(segment.count for segment in held)

    # Making durable

    def write(self, term: int | None = None) -> bool:
        """The part of `commit` that does not wait for the disk; see `base.Ledger.write`."""
        if not self._commit_lock.acquire(blocking=False):
            return False
        try:
            self._write(term)
        finally:
            self._commit_lock.release()
        return True

    def commit(self, term: int | None = None) -> None:
        """Make everything appended so far durable; see `base.Ledger.commit`."""
        with self._commit_lock:
            self._write(term)
        self._sync()
        if self._log_bytes > CHECKPOINT_BYTES or self._indexed().ready(self._committed):
            self._wake.set()

    def _write(self, term: int | None) -> None:
        """Puts what is held in the log. The caller has the database."""
        with self._lock:
            self._usable()
            if term is not None and term != self.term:
                raise LedgerUnavailable("dropped when a commit failed", where=str(self.folder), hint="send it again")
            held, self._held = self._held, []
        if not held:
            return
        tail = self._tail
        for s in held:
            tail = s.head = schema.chain(tail, s.first, s.count, s.type, s.arrived, s.body)
        db = self._db
        try:
            db.execute("BEGIN IMMEDIATE")
            segments = [(s.first, s.count, s.type, s.arrived, s.body, s.head) for s in held]
            db.executemany("INSERT INTO segment VALUES (?, ?, ?, ?, ?, ?)", segments)
            for s in held:
                if s.derived is not None and s.decisions is not None:
                    insert_derived(db, s.derived, s.decisions.batch.type.tag())
                elif s.labels:
                    rows = label_rows(s.labels, s.first, s.arrived)
                    db.executemany("INSERT INTO label VALUES (?, ?, ?, ?, ?)", rows)
            db.execute("COMMIT")
        except Exception as error:
            with suppress(sqlite3.Error):  # SQLite may have rolled back by itself
                db.execute("ROLLBACK")
            raise self._failed(error) from error
        with self._lock:
            self._usable()
            self._tail = tail
            self._written += held
            self._log_bytes += sum(len(s.body) for s in held) + 16384

    def _sync(self) -> None:
        """Makes durable what the log holds."""
        with self._sync_lock:
            with self._lock:
                self._usable()
                written = [*self._written]
            if not written:
                return
            try:
                sync(self._log.fileno())
            except OSError as error:
                raise self._failed(error) from error
            with self._lock:
                self._usable()
                self._head, self._committed = written[-1].head, written[-1].first + written[-1].count - 1
                del self._written[: len(written)], self._unsettled[: len(written)]

    def _failed(self, error: Exception) -> LedgerUnavailable:
        """Drops what is not durable; returns what is to be raised."""
        with self._lock:
            self.failed, self._held, self._written, self._unsettled = True, [], [], []
        return LedgerUnavailable(str(error), where=str(self.folder / schema.DATABASE))

    def reopen(self) -> None:
        """Try to make a failed ledger usable again, from what is durable."""
        with self._tidy_lock, self._sync_lock, self._commit_lock, self._lock:
            if not self.failed:
                return
            self._let_go()
            self._db, self._log = self._connect(self.folder)
            self.term += 1
            self._load()

    # Finding again

    def repeated(self, ids: Sequence[str]) -> dict[int, Decision]:
        """Row -> first decision, for ids decided before, whether committed yet or not."""
        with self._lock:
            self._usable()
            return {row: self._at(seq) for row, seq in sorted(self._find(ids, self._indexed()).items())}

    def _at(self, seq: int) -> Decision:
        with self._lock:
            held = next((s for s in self._unsettled if s.first <= seq < s.first + s.count), None)
        if held is None or held.decisions is None:
            return super()._at(seq)
        return held.decisions.decision(int(held.rows[seq - held.first]))

    def dead_letter(self, source: str, row: int, reason: str, raw: str) -> None:
        """Keep an input that was refused; card numbers and IBANs in it are masked."""
        self.dead_letters.write(source, row, reason, raw)

    # Keeping house

    def _keep(self) -> None:
        with suppress(OSError, AttributeError):  # on Linux a thread may yield to the others
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), 15)
        while True:
            self._wake.wait()
            self._wake.clear()
            if self._stop:
                return
            try:
                self._tidy()
            except (OSError, sqlite3.Error, LedgerUnavailable):
                # Nothing is lost: the entries stay in memory and the log in its file. The next commit tries again,
                # and if the disk is the cause it is the one to say so.
                continue

    def _tidy(self) -> None:
        with self._tidy_lock:
            with self._lock:
                index, committed = self._indexed(), self._committed
            if index.ready(committed):
                index.flush(committed)
            if self._log_bytes > CHECKPOINT_BYTES:
                self._checkpoint()

    def _checkpoint(self) -> None:
        """Copy the log into the database: most of it beside the writer, what came meanwhile likewise, and the little that
        is left while the writer waits, so that the next commit can begin the log anew."""
        db = schema.connect(self.folder, readonly=False)
        try:
            db.execute("PRAGMA busy_timeout = 100")  # a long reader keeps the log from being cut: try again later
            for _ in range(CHECKPOINT_PASSES):
                db.execute("PRAGMA wal_checkpoint(PASSIVE)")
            with self._commit_lock:
                mode = "TRUNCATE" if self._log_size() > LOG_LIMIT_BYTES else "PASSIVE"
                db.execute(f"PRAGMA wal_checkpoint({mode})")
                with self._lock:
                    self._log_bytes = 0
                    head = Head(self._committed, self._head.hex())
            note_head(self.folder, head)
        finally:
            db.close()

    def _log_size(self) -> int:
        log = self.folder / schema.LOG
        return log.stat().st_size if log.exists() else 0

    def close(self) -> None:
        """Commit what is held, write the index out, and let go of the ledger."""
        if self._stop:
            return
        self._stop = True
        self._wake.set()
        self._keeper.join()
        try:
            if not self.failed:
                self.commit()
                index = self._indexed()
                index.flush(self._committed)
                index.freeze()
                index.flush(self._committed)
                self._checkpoint()
        except OSError:
            pass  # derived data: the next start rebuilds it
        finally:
            super().close()
            self._let_go()
            self._writer_lock.release()

    def _let_go(self) -> None:
        self._log.close()
        self._db.close()


def insert_derived(db: sqlite3.Connection, derived: Derived, kind: str) -> None:
    """Write what `derive` said, within the caller's transaction."""
    if derived.flagged:
        db.executemany("INSERT INTO flagged VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", derived.flagged)
    if derived.finding:
        db.executemany("INSERT INTO finding VALUES (?, ?, ?, ?, ?)", derived.finding)
        db.executemany("INSERT INTO finding_entity VALUES (?, ?, ?)", derived.finding_entity)
    db.executemany(
        "INSERT INTO hourly VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET n = n + excluded.n",
        [(hour, kind, outcome, n) for (hour, outcome), n in derived.hours.items()],
    )
