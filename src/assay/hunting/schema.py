"""The tables that can be asked, column by column: what stands in the manual, in the files and in the question's process is this."""

from __future__ import annotations

from typing import NamedTuple

TEXT, NUMBER, WHOLE, MOMENT, WORDS = "VARCHAR", "DOUBLE", "BIGINT", "TIMESTAMP", "VARCHAR[]"


class Column(NamedTuple):
    """`type` as DuckDB writes it; times are UTC. What it holds says the word catalogue under `hunt.column.<table>.<name>`."""

    name: str
    type: str


TABLES: dict[str, tuple[Column, ...]] = {
    "decisions": (
        Column("seq", WHOLE),
        Column("id", TEXT),
        Column("kind", TEXT),
        Column("time", MOMENT),
        Column("decided", MOMENT),
        Column("outcome", TEXT),
        Column("probability", NUMBER),
        Column("expected_loss", NUMBER),
        Column("rule", TEXT),
        Column("policy", TEXT),
        Column("took_us", WHOLE),
        Column("reasons", WORDS),
        Column("fields", TEXT),
    ),
    "findings": (
        Column("seq", WHOLE),
        Column("ordinal", WHOLE),
        Column("evidence", TEXT),
        Column("kind", TEXT),
        Column("time", MOMENT),
        Column("decided", MOMENT),
        Column("detector", TEXT),
        Column("version", TEXT),
        Column("verdict", TEXT),
        Column("severity", TEXT),
        Column("probability", NUMBER),
        Column("reason", TEXT),
        Column("techniques", WORDS),
        Column("places", TEXT),
    ),
    "reasons": (
        Column("seq", WHOLE),
        Column("ordinal", WHOLE),
        Column("code", TEXT),
        Column("weight", NUMBER),
        Column("said", TEXT),
    ),
    "entities": (
        Column("seq", WHOLE),
        Column("ordinal", WHOLE),
        Column("evidence", TEXT),
        Column("kind", TEXT),
        Column("id", TEXT),
    ),
    "labels": (
        Column("seq", WHOLE),
        Column("evidence", TEXT),
        Column("truth", TEXT),
        Column("source", TEXT),
        Column("note", TEXT),
        Column("known", MOMENT),
        Column("arrived", MOMENT),
    ),
}
STATUS = Column("status", TEXT)
"""`findings` has one column more, which labels make."""


def columns(table: str) -> tuple[Column, ...]:
    """As they can be asked."""
    return TABLES[table] + ((STATUS,) if table == "findings" else ())


def views(files: dict[str, list[str]]) -> list[str]:
    """The statements that make the tables out of files; of a table without any an empty one."""
    made = []
    for table, kept in TABLES.items():
        name = f"{table}_kept" if table == "findings" else table
        if paths := files.get(table):
            listed = ", ".join("'" + path.replace("'", "''") + "'" for path in paths)
            made.append(f"CREATE VIEW {name} AS SELECT * FROM read_parquet([{listed}])")
        else:
            empty = ", ".join(f"NULL::{column.type} AS {column.name}" for column in kept)
            made.append(f"CREATE VIEW {name} AS SELECT {empty} WHERE false")
    newest = "SELECT evidence, arg_max(truth, seq) AS truth FROM labels GROUP BY evidence"
    status = "CASE n.truth WHEN 'genuine' THEN 'dismissed' WHEN 'fraud' THEN 'confirmed' ELSE 'open' END AS status"
    made.append(
        f"CREATE VIEW findings AS SELECT f.*, {status} FROM findings_kept f LEFT JOIN ({newest}) n USING (evidence)"
    )
    return made
