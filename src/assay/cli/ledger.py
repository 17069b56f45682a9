"""`assay ledger verify | export | erase | forget`: is the record whole, the record for other tools (both may run while a service
writes), the files of one piece of evidence erased, and a customer's face forgotten."""

from __future__ import annotations

import argparse
import sys
from contextlib import closing, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

from assay.cli import number, show
from assay.core.words import say, terminal_language

if TYPE_CHECKING:
    from assay.ledger.base import Audit
    from assay.ledger.reader import SqliteReader
    from assay.ledger.sqlite import SqliteLedger
    from assay.ledger.templates import Templates


def add(parser: argparse.ArgumentParser) -> None:
    language = terminal_language()
    actions = parser.add_subparsers(dest="action", required=True, metavar="verify|export|erase|forget")
    verify = actions.add_parser("verify", help=say("cli.ledger.verify", language))
    verify.add_argument("--expected-head", default="", metavar="HASH", help=say("cli.ledger.expected_head", language))
    verify.add_argument("--json", action="store_true", help=say("cli.json", language))
    export = actions.add_parser("export", help=say("cli.ledger.export", language))
    export.add_argument("--format", choices=("jsonl", "ocsf"), default="jsonl", help=say("cli.ledger.format", language))
    export.add_argument("--after", type=number(0), default=0, metavar="SEQ", help=say("cli.ledger.after", language))
    export.add_argument("--out", type=Path, help=say("cli.ledger.out", language))
    erase = actions.add_parser("erase", help=say("cli.ledger.erase", language))
    erase.add_argument("evidence", metavar="ID", help=say("cli.ledger.evidence", language))
    erase.add_argument("--why", default="", help=say("cli.ledger.why", language))
    erase.add_argument("--json", action="store_true", help=say("cli.json", language))
    forget = actions.add_parser("forget", help=say("cli.ledger.forget", language))
    forget.add_argument("customer", metavar="CUSTOMER", help=say("cli.ledger.customer", language))
    forget.add_argument("--why", default="", help=say("cli.ledger.why", language))
    forget.add_argument("--json", action="store_true", help=say("cli.json", language))
    for command in (verify, export, erase, forget):
        command.add_argument("--data", type=Path, default=Path("assay-data"), help=say("cli.data_folder", language))


def run(args: argparse.Namespace) -> int:
    from assay.core.errors import NotFound
    from assay.core.kind import evidence_types
    from assay.ledger.reader import SqliteReader

    folder = args.data / "ledger"
    if not folder.is_dir():
        raise NotFound("there is no ledger here", where=str(folder))
    if args.action in _ERASURES:
        return _erase(args)
    with SqliteReader(folder, types=evidence_types()) as reader:
        return (_export if args.action == "export" else _verify)(args, reader)


def _export(args: argparse.Namespace, reader: SqliteReader) -> int:
    out = args.out.open("wb") if args.out else sys.stdout.buffer
    for line in reader.export(args.format, args.after):
        out.write(line)
    out.flush()
    return 0


def _verify(args: argparse.Namespace, reader: SqliteReader) -> int:
    import msgspec

    from assay.ledger import exhibits
    from assay.ledger.exhibits import ExhibitStore

    told = reader.verify(args.expected_head)
    files = exhibits.verify(reader, ExhibitStore.find(args.data / "exhibits", args.data / "secrets"))
    if args.json:
        show.as_json(msgspec.to_builtins(told) | {"exhibits": msgspec.to_builtins(files)})
    else:
        key = "cli.ledger.whole" if told.ok else "cli.ledger.broken"
        words = {
            "segments": f"{told.segments:,}",
            "last": f"{told.last_seq:,}",
            "head": told.head,
            "bad": told.first_bad,
        }
        print(say(key, terminal_language(), problem=told.problem, **words))
        if files.named or files.strays:
            print(say("cli.ledger.files", terminal_language(), **msgspec.to_builtins(files)))
    return 0 if told.ok and files.ok else 1


def _erase(args: argparse.Namespace) -> int:
    """The files of one piece of evidence, or what a customer's face is known again by."""
    from assay.cli.alone import alone_with
    from assay.ledger.templates import Templates

    erasure, about, done = _ERASURES[args.action]
    with alone_with(args.data) as (ledger, audit):
        templates = Templates.find(args.data / "templates", args.data / "secrets")
        with nullcontext() if templates is None else closing(templates):
            gone, event = erasure(args, ledger, templates)
        if event is not None:
            audit(event.action, event.about)
    if args.json:
        show.as_json({about: getattr(args, about), done: gone})
    else:
        print(say(f"cli.ledger.{done}", terminal_language(), count=gone))
    return 0


def _files(args: argparse.Namespace, ledger: SqliteLedger, templates: Templates | None) -> tuple[int, Audit]:
    from assay.core.errors import NotFound
    from assay.ledger.exhibits import ExhibitStore, erasure

    decision = ledger.decision(args.evidence)
    if decision is None:
        raise NotFound("nothing with this id was decided here", where=args.evidence)
    done = erasure(decision, ExhibitStore.find(args.data / "exhibits", args.data / "secrets"), args.why)
    if templates is not None:
        templates.forget_evidence(decision.id)
    return done


def _face(args: argparse.Namespace, _: SqliteLedger, templates: Templates | None) -> tuple[int, Audit | None]:
    from assay.ledger.templates import erasure

    return (0, None) if templates is None else erasure(templates, args.customer, args.why)


_ERASURES = {"erase": (_files, "evidence", "erased"), "forget": (_face, "customer", "forgotten")}
