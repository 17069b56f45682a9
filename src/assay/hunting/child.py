"""A question's own process: reads it from standard input, answers on standard output, and can do nothing else.

Before a word of the question is read by anybody: no file can be written (a limit of the kernel), memory and processor time are
limited, DuckDB may read the tables' files and no other, loads no extension, has no network, takes one thread, and its settings are
locked. Then exactly one SELECT is taken.

Run as `python -m assay.hunting.child` by `query`.
"""

from __future__ import annotations

import csv
import io
import os
import resource
import sys
import threading
import time
from typing import Any

import msgspec

from assay.hunting.schema import views

ADDRESSES = 6 << 30  # bytes of address space: far more than memory, which DuckDB keeps to itself
CELL = 10_000  # letters of a value in text and JSON
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """`files`: table -> its Parquet files. `memory` bytes, `seconds` of the clock, `limit` rows, `most` bytes of the answer."""

    sql: str
    files: dict[str, list[str]]
    form: str = "json"
    limit: int = 1000
    seconds: float = 30.0
    memory: int = 512 << 20
    most: int = 64 << 20


class Head(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The first line of an answer; what follows it is the answer itself. `cut`: there were more rows."""

    problem: str = ""
    columns: list[tuple[str, str]] = []
    rows: int = 0
    cut: bool = False
    ms: int = 0


class Refused(Exception):
    """Not a question that is answered here."""


def confine(question: Question) -> None:
    """What the kernel itself refuses from here on."""
    limits = {
        resource.RLIMIT_FSIZE: 0, resource.RLIMIT_CORE: 0, resource.RLIMIT_CPU: int(question.seconds) + 5, resource.RLIMIT_AS: ADDRESSES,
    }  # fmt: skip
    for what, most in limits.items():
        _, hard = resource.getrlimit(what)
        resource.setrlimit(what, (most, most if hard == resource.RLIM_INFINITY else min(most, hard)))


def opened(question: Question) -> Any:
    """A database in memory with the tables as views, then locked."""
    import duckdb

    settings: dict[str, Any] = {
        "threads": 1, "memory_limit": f"{question.memory >> 20}MB", "max_temp_directory_size": "0KB", "temp_directory": "",
        "autoinstall_known_extensions": False, "autoload_known_extensions": False, "allow_community_extensions": False,
        "python_enable_replacements": False,
    }  # fmt: skip
    db = duckdb.connect(":memory:", config=settings)
    paths = [path for paths in question.files.values() for path in paths]
    db.execute("SET TimeZone = 'UTC'")
    db.execute("SET allowed_paths = $1", [paths])
    for statement in views(question.files):
        db.execute(statement)
    db.execute("SET enable_external_access = false")
    db.execute("SET lock_configuration = true")
    return db


def answer(question: Question) -> tuple[Head, bytes]:
    """Raises `Refused`, or whatever DuckDB raises."""
    import duckdb

    db = opened(question)
    statements = db.extract_statements(question.sql)
    if len(statements) != 1:
        raise Refused(f"one SELECT is asked for, not {len(statements)} statements")
    if statements[0].type != duckdb.StatementType.SELECT:
        raise Refused("only SELECT is answered: nothing can be changed here")
    began = time.monotonic()
    timer = threading.Timer(question.seconds, db.interrupt)
    timer.daemon = True
    timer.start()
    try:
        table = db.sql(statements[0].query).limit(question.limit + 1).to_arrow_table()
    except duckdb.InterruptException:
        raise Refused(f"it took longer than {question.seconds:g} s") from None
    finally:
        timer.cancel()
    cut = table.num_rows > question.limit
    table = table.slice(0, question.limit)
    names = [(field.name, str(field.type)) for field in table.schema]
    ms = int((time.monotonic() - began) * 1000)
    body = _FORMS[question.form](table)
    if len(body) > question.most:
        raise Refused(f"the answer is larger than {question.most >> 20} MiB: ask for fewer columns or rows")
    return Head(columns=names, rows=table.num_rows, cut=cut, ms=ms), body


def _json(table: Any) -> bytes:
    return msgspec.json.encode([[_plain(value) for value in row.values()] for row in table.to_pylist()])


def _csv(table: Any) -> bytes:
    """RFC 4180. A text that a spreadsheet would take for a formula begins with an apostrophe: evidence is written by others."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(table.column_names)
    for row in table.to_pylist():
        writer.writerow([_cell(_plain(value)) for value in row.values()])
    return out.getvalue().encode()


def _parquet(table: Any) -> bytes:
    import pyarrow as pa
    import pyarrow.parquet as pq

    out = pa.BufferOutputStream()
    pq.write_table(table, out, compression="zstd")
    return bytes(out.getvalue())


_FORMS = {"json": _json, "csv": _csv, "parquet": _parquet}


def _plain(value: Any) -> Any:
    """A value as JSON has it: moments as text, what JSON has no word for as text, long texts cut."""
    if isinstance(value, float):
        return value if abs(value) < float("inf") else None
    if value is None or isinstance(value, (bool, int)):
        return value
    if isinstance(value, (list, tuple)):
        return [_plain(inner) for inner in value[:1000]]
    if isinstance(value, dict):
        return {str(k): _plain(v) for k, v in list(value.items())[:1000]}
    if hasattr(value, "isoformat"):
        text = value.isoformat()
        return f"{text}Z" if "T" in text and getattr(value, "tzinfo", None) is None else text
    return (value.hex() if isinstance(value, bytes) else str(value))[:CELL]


def _cell(value: Any) -> Any:
    if isinstance(value, (list, dict)):
        return msgspec.json.encode(value).decode()
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value


def main() -> None:
    out = sys.stdout.buffer
    try:
        question = msgspec.json.decode(sys.stdin.buffer.read(), type=Question)
        confine(question)
        head, body = answer(question)
    except ModuleNotFoundError as error:
        head, body = Head(problem=f"{error.name} is not installed: hunting needs assay[hunting]"), b""
    except MemoryError:
        head, body = Head(problem="it needs more memory than a question may have"), b""
    except Exception as error:
        head, body = Head(problem=_said(error)), b""
    out.write(msgspec.json.encode(head) + b"\n" + body)
    out.flush()
    os._exit(0)  # libraries that tidy up within these limits may end the process by a signal


def _said(error: Exception) -> str:
    """DuckDB's own words, which name the place in the question."""
    text = str(error)
    if "Out of Memory" in text or "bad_alloc" in text:
        return "it needs more memory than a question may have"
    return text[:2000] or type(error).__name__


if __name__ == "__main__":
    main()
