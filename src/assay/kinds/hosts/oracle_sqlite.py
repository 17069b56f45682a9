"""The other half of `oracle`: run by an interpreter that has pySigma, and by that alone. Reads a task, writes an answer; knows
nothing of Assay."""

from __future__ import annotations

import json
import re
import sqlite3
import sys
import time
from pathlib import Path
from typing import Any

_MISSING = re.compile(r'no such column: "?([^"]+)"?')
MOST_COLUMNS = 1990  # of SQLite's 2,000


def answer(task: dict[str, Any]) -> dict[str, Any]:
    """`hits` (rule, event number), `failed` (rule, reason), `seconds` spent on queries."""
    from sigma.backends.sqlite import sqliteBackend  # type: ignore[import-not-found]
    from sigma.collection import SigmaCollection  # type: ignore[import-not-found]

    table, backend = _table(task["events"]), sqliteBackend()
    hits: list[tuple[str, int]] = []
    failed: list[tuple[str, str]] = []
    spent = 0.0
    for id_, path, routes in task["rules"]:
        try:
            queries = backend.convert(SigmaCollection.from_yaml(Path(path).read_text("utf-8")))
            began = time.process_time()
            for query in queries if routes else ():
                where = query.split(" WHERE ", 1)[1]
                numbers = ",".join(map(str, routes))
                hits += [
                    (id_, row) for row in _rows(table, f"select _n from logs where _route in ({numbers}) and ({where})")
                ]
            spent += time.process_time() - began
        except Exception as error:  # whatever the other engine does not take
            failed.append((id_, f"{type(error).__name__}: {error}"[:200]))
    return {"hits": hits, "failed": failed, "seconds": round(spent, 1)}


def _table(events: list[dict[str, Any]]) -> sqlite3.Connection:
    """One row an event, one column a field; names take no notice of case, as SQLite's do not."""
    names = list({name.lower(): name for event in events for name in event}.values())[:MOST_COLUMNS]
    table = sqlite3.connect(":memory:")
    table.create_function("regexp", 2, lambda p, v: v is not None and re.search(p, str(v)) is not None)
    table.execute("create table logs (_n integer, " + ",".join(_quoted(name) for name in names) + ")")
    row = "insert into logs values (" + ",".join("?" * (len(names) + 1)) + ")"
    for number, event in enumerate(events):
        lower = {name.lower(): value for name, value in event.items()}
        table.execute(row, [number, *(lower.get(name.lower()) for name in names)])
    return table


def _quoted(name: str) -> str:
    return '"' + name.replace('"', "") + '" text collate nocase'


def _rows(table: sqlite3.Connection, query: str) -> list[int]:
    """A field that no event has is a column of nothing."""
    for _ in range(100):
        try:
            return [row[0] for row in table.execute(query)]
        except sqlite3.OperationalError as error:
            missing = _MISSING.match(str(error))
            if missing is None:
                raise
            table.execute(f"alter table logs add column {_quoted(missing[1].strip('`'))}")
    return []


if __name__ == "__main__":
    Path(sys.argv[2]).write_text(json.dumps(answer(json.loads(Path(sys.argv[1]).read_text("utf-8")))), "utf-8")
