"""Rows that are no longer there: keys that count up leave a gap where rows were deleted, and the database's own record of the
highest key tells of the newest ones (a gap that MVT's look at `ZPROCESS` cannot see, reference §5.5).

Deleting is ordinary (messages, uninstalled apps), so a gap is no suspicion by itself: it says when something is missing.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

from assay.kinds.phones.backup.database import columns
from assay.kinds.phones.timeline import Event, event, since_2001

MAX_GAPS = 2_000
MAX_KEYS = 1_000_000


def gaps_of(db: sqlite3.Connection, table: str, key: str, time: str, source: str) -> Iterator[Event]:
    """An event for each run of missing keys: between the times of its neighbours, with how many are missing."""
    below, before, told = 0, 0.0, 0
    for number, when in db.execute(f"SELECT {key}, {time} FROM {table} ORDER BY {key} LIMIT {MAX_KEYS}"):
        if not isinstance(number, int):
            return
        after = since_2001(when)
        # Rows before the first key went with an older phone or an older table: nobody can say when.
        if below and number > below + 1 and before and told < MAX_GAPS:
            told += 1
            yield event(
                before, "records.missing", table, source, str(number - below - 1), within=max(0.0, after - before)
            )
        below, before = number, after or before
    highest = _highest(db, table)
    if below and highest > below:
        yield event(before, "records.missing", table, source, str(highest - below), "newest")


def _highest(db: sqlite3.Connection, table: str) -> int:
    """The highest key that was ever given, as SQLite or Core Data keeps it; 0 where neither does."""
    if columns(db, "sqlite_sequence"):
        row = db.execute("SELECT seq FROM sqlite_sequence WHERE name = ?", (table,)).fetchone()
        if row and isinstance(row[0], int):
            return row[0]
    if {"Z_NAME", "Z_MAX"} <= columns(db, "Z_PRIMARYKEY"):
        row = db.execute("SELECT Z_MAX FROM Z_PRIMARYKEY WHERE upper('Z' || Z_NAME) = ?", (table,)).fetchone()
        if row and isinstance(row[0], int):
            return row[0]
    return 0


__all__ = ["gaps_of"]
