"""`assay hunt "SELECT …"`: a question over findings, decisions, entities and labels, beside a running service or without one."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from assay.cli import number, show
from assay.core.words import say, terminal_language

if TYPE_CHECKING:
    from assay.hunting.query import Answer


def add(parser: argparse.ArgumentParser) -> None:
    language = terminal_language()
    parser.add_argument("query", nargs="?", default="", help=say("cli.hunt.query", language))
    parser.add_argument(
        "--ledger", type=Path, default=Path("assay-data"), metavar="FOLDER", help=say("cli.hunt.ledger", language)
    )
    parser.add_argument("--saved", default="", metavar="NAME", help=say("cli.hunt.saved", language))
    parser.add_argument("--save", default="", metavar="NAME", help=say("cli.hunt.save", language))
    parser.add_argument(
        "--format", choices=("table", "json", "csv", "parquet"), default="table", help=say("cli.hunt.format", language)
    )
    parser.add_argument("--out", type=Path, help=say("cli.hunt.out", language))
    parser.add_argument("--limit", type=number(1, 10_000_000), default=1000, help=say("cli.hunt.limit", language))
    parser.add_argument("--timeout", type=number(0.001, 3600.0), default=30.0, help=say("cli.hunt.timeout", language))
    parser.add_argument("--json", action="store_true", help=say("cli.json", language))


def run(args: argparse.Namespace) -> int:
    from assay.core.clock import now
    from assay.core.kind import evidence_types
    from assay.hunting.examples import Saved, SavedQueries
    from assay.hunting.query import Form, Limits, ask, folder_of
    from assay.hunting.tables import Tables
    from assay.ledger.reader import SqliteReader

    data = folder_of(args.ledger)
    saved = SavedQueries(data)
    query = saved.one(args.saved).query if args.saved else args.query
    if not query:
        return _list(args, saved.all())
    tables = Tables(data)
    with SqliteReader(data / "ledger", types=evidence_types()) as ledger:
        behind = ledger.last_seq - tables.contents().seq
        with show.progress(say("cli.hunt.reading", terminal_language()), max(1, behind)) as step:
            tables.refresh(ledger, step=step)
    form: Form = "json" if args.json or args.format == "table" else args.format
    answer = ask(tables, query, form, Limits(rows=args.limit, seconds=args.timeout))
    if args.save:
        saved.keep(Saved(name=args.save, query=query, by="command line", at=now()))
    _show(args, answer)
    return 0


def _show(args: argparse.Namespace, answer: Answer) -> None:
    language = terminal_language()
    if args.json:
        show.as_json({
            "columns": answer.columns, "rows": answer.values(), "cut": answer.cut, "ms": answer.ms, "upto": answer.upto,
        })  # fmt: skip
        return
    if args.format == "table":
        show.table("", [name for name, _ in answer.columns], answer.values())
    elif args.out:
        args.out.write_bytes(answer.body)
    else:
        sys.stdout.buffer.write(answer.body)
        sys.stdout.flush()
    print(say("cli.hunt.rows", language, rows=f"{answer.rows:,}", ms=f"{answer.ms:,}"), file=sys.stderr)
    if answer.cut:
        print(say("cli.hunt.cut", language, rows=f"{answer.rows:,}"), file=sys.stderr)


def _list(args: argparse.Namespace, saved: Sequence[object]) -> int:
    """What can be asked: the tables, and the questions that are kept."""
    from assay.hunting.examples import EXAMPLES
    from assay.hunting.schema import TABLES, columns

    if args.json:
        tables = {
            table: {c.name: {"type": c.type, "about": say(f"hunt.column.{table}.{c.name}")} for c in columns(table)}
            for table in TABLES
        }
        show.as_json({"tables": tables, "examples": {e.name: e.query for e in EXAMPLES}, "saved": saved})
        return 0
    language = terminal_language()
    told = [[table, ", ".join(column.name for column in columns(table))] for table in TABLES]
    show.table("", [say("cli.hunt.table", language), say("cli.hunt.columns", language)], told)
    return 0
