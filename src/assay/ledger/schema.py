"""The tables. `segment` is the record; every other table is derived from it and only says where to look."""

from __future__ import annotations

import hashlib
import sqlite3
import struct
from pathlib import Path

from assay.core.errors import LedgerUnavailable

DATABASE = "ledger.db"
LOG = DATABASE + "-wal"
FORMAT = "assay ledger 1"
DECIDED, LABELS, AUDIT = 1, 2, 3

TABLES = """
CREATE TABLE IF NOT EXISTS meta(name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS segment(
    first_seq INTEGER PRIMARY KEY, count INTEGER NOT NULL, type INTEGER NOT NULL, arrived INTEGER NOT NULL,
    body BLOB NOT NULL, hash BLOB NOT NULL);
CREATE INDEX IF NOT EXISTS segment_other ON segment(type, first_seq) WHERE type != 1;

CREATE TABLE IF NOT EXISTS flagged(
    seq INTEGER PRIMARY KEY, id TEXT NOT NULL, kind TEXT NOT NULL, time INTEGER NOT NULL, outcome INTEGER NOT NULL,
    probability REAL, expected_loss REAL, rule TEXT NOT NULL, codes TEXT NOT NULL);

CREATE TABLE IF NOT EXISTS finding(
    seq INTEGER NOT NULL, ordinal INTEGER NOT NULL, evidence TEXT NOT NULL, detector TEXT NOT NULL,
    verdict TEXT NOT NULL, PRIMARY KEY(seq, ordinal)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS finding_entity(
    entity TEXT NOT NULL, seq INTEGER NOT NULL, ordinal INTEGER NOT NULL,
    PRIMARY KEY(entity, seq, ordinal)) WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS label(
    seq INTEGER PRIMARY KEY, evidence TEXT NOT NULL, truth TEXT NOT NULL, source TEXT NOT NULL, known INTEGER NOT NULL);
CREATE INDEX IF NOT EXISTS label_evidence ON label(evidence, seq);

CREATE TABLE IF NOT EXISTS hourly(
    hour INTEGER NOT NULL, kind TEXT NOT NULL, outcome INTEGER NOT NULL, n INTEGER NOT NULL,
    PRIMARY KEY(hour, kind, outcome)) WITHOUT ROWID;
"""

_HEADER = struct.Struct("<qqqq")


def chain(previous: bytes, first_seq: int, count: int, type_: int, arrived: int, body: bytes) -> bytes:
    """The hash of a segment: SHA-256(previous hash ‖ header ‖ body), the header as four little-endian int64."""
    hash_ = hashlib.sha256(previous + _HEADER.pack(first_seq, count, type_, arrived))
    hash_.update(body)
    return hash_.digest()


def genesis(ledger_id: str) -> bytes:
    """What the first segment's hash follows: no two ledgers share it, so segments cannot move between them."""
    return hashlib.sha256(f"{FORMAT}\n{ledger_id}".encode()).digest()


def connect(folder: Path, *, readonly: bool) -> sqlite3.Connection:
    """A connection in autocommit mode that any thread may use, one at a time. Raises `LedgerUnavailable`."""
    path = folder / DATABASE
    mode = "ro" if readonly else "rwc"
    try:
        db = sqlite3.connect(
            f"{path.absolute().as_uri()}?mode={mode}",
            uri=True,
            isolation_level=None,
            check_same_thread=False,
            timeout=10,
        )
        if not readonly:
            db.execute("PRAGMA journal_mode=WAL")
            # NORMAL: when the log is synced, and copied into the database, is the writer's own affair (see `sqlite.py`).
            db.execute("PRAGMA synchronous=NORMAL")
            db.execute("PRAGMA wal_autocheckpoint=0")
        db.execute("PRAGMA temp_store=MEMORY")
        db.execute("SELECT 1 FROM sqlite_master").fetchone()
    except sqlite3.Error as error:
        raise LedgerUnavailable(str(error), where=str(path)) from error
    return db
