"""Databases and property lists out of hands we do not trust: read-only, in memory or in place, with bounds on time and size."""

from __future__ import annotations

import plistlib
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

MAX_PLIST = 32 << 20
MAX_CELL = 8 << 20
SECONDS = 60.0  # of one database
STEPS = 20_000  # virtual machine instructions between two looks at the clock


class Broken(Exception):
    """It is no database, or not the one that it should be."""


@contextmanager
def database(source: bytes | Path) -> Iterator[sqlite3.Connection]:
    """An open connection that cannot write, attach or run anything of the file's own, and that stops by itself."""
    try:
        if isinstance(source, Path):
            connection = sqlite3.connect(f"{source.absolute().as_uri()}?mode=ro&immutable=1", uri=True)
        else:
            if not source.startswith(b"SQLite format 3\0"):
                raise Broken("not a database")
            connection = sqlite3.connect(":memory:")
    except sqlite3.Error as error:
        raise Broken(str(error)) from None
    with closing(connection):
        try:
            if isinstance(source, bytes):  # a log of its own would be looked for on disk: say that there is none
                connection.deserialize(source[:18] + b"\1\1" + source[20:])
            connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, MAX_CELL)
            connection.setlimit(sqlite3.SQLITE_LIMIT_ATTACHED, 0)
            connection.text_factory = lambda raw: raw.decode("utf-8", "replace")
            connection.execute("PRAGMA trusted_schema = OFF")
            connection.execute("PRAGMA query_only = ON")
            connection.execute("PRAGMA cell_size_check = ON")
            until = time.monotonic() + SECONDS
            connection.set_progress_handler(lambda: time.monotonic() > until, STEPS)
            yield connection
        except (sqlite3.Error, OverflowError, MemoryError, ValueError) as error:
            raise Broken(str(error)) from None


def columns(connection: sqlite3.Connection, table: str) -> set[str]:
    """Names of a table's columns in upper case; empty where there is no such table (a view is none)."""
    is_table = connection.execute("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?", (table,)).fetchone()
    if is_table is None:
        return set()
    return {str(row[1]).upper() for row in connection.execute(f'PRAGMA table_info("{table}")')}


def plist(data: bytes, limit: int = MAX_PLIST) -> Any:
    """The property list, or None where it is none, too large or too deep."""
    if not data or len(data) > limit:
        return None
    try:
        return plistlib.loads(data)
    except Exception:  # the parser raises whatever comes to its mind on broken input, RecursionError too
        return None


__all__ = ["Broken", "columns", "database", "plist"]
