"""`assay ledger verify | export`: is the record whole, and the record for other tools. Both may run while a service writes."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from assay.cli import show
from assay.core.words import say, terminal_language


def add(parser: argparse.ArgumentParser) -> None:
    language = terminal_language()
    actions = parser.add_subparsers(dest="action", required=True, metavar="verify|export")
    verify = actions.add_parser("verify", help=say("cli.ledger.verify", language))
    verify.add_argument("--expected-head", default="", metavar="HASH", help=say("cli.ledger.expected_head", language))
    verify.add_argument("--json", action="store_true", help=say("cli.json", language))
    export = actions.add_parser("export", help=say("cli.ledger.export", language))
    export.add_argument("--format", choices=("jsonl", "ocsf"), default="jsonl", help=say("cli.ledger.format", language))
    export.add_argument("--after", type=int, default=0, metavar="SEQ", help=say("cli.ledger.after", language))
    export.add_argument("--out", type=Path, help=say("cli.ledger.out", language))
    for command in (verify, export):
        command.add_argument("--data", type=Path, default=Path("assay-data"), help=say("cli.data_folder", language))


def run(args: argparse.Namespace) -> int:
    from assay.core.errors import NotFound
    from assay.core.kind import evidence_types
    from assay.ledger.reader import SqliteReader

    folder = args.data / "ledger"
    if not folder.is_dir():
        raise NotFound("there is no ledger here", where=str(folder))
    reader = SqliteReader(folder, types=evidence_types())
    try:
        if args.action == "export":
            out = args.out.open("wb") if args.out else sys.stdout.buffer
            for line in reader.export(args.format, args.after):
                out.write(line)
            out.flush()
            return 0
        told = reader.verify(args.expected_head)
    finally:
        reader.close()
    if args.json:
        show.as_json(told)
    else:
        key = "cli.ledger.whole" if told.ok else "cli.ledger.broken"
        words = {
            "segments": f"{told.segments:,}",
            "last": f"{told.last_seq:,}",
            "head": told.head,
            "bad": told.first_bad,
        }
        print(say(key, terminal_language(), problem=told.problem, **words))
    return 0 if told.ok else 1
