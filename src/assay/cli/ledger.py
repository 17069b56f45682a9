"""`assay ledger verify | export | erase | forget`: is the record whole, the record for other tools (both may run while a service
writes), the files of one piece of evidence erased, and a customer's face forgotten."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from assay.cli import number, show
from assay.core.words import say, terminal_language


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
    import msgspec

    from assay.core.errors import NotFound
    from assay.core.kind import evidence_types
    from assay.ledger import exhibits
    from assay.ledger.exhibits import ExhibitStore
    from assay.ledger.reader import SqliteReader

    folder = args.data / "ledger"
    if not folder.is_dir():
        raise NotFound("there is no ledger here", where=str(folder))
    if args.action == "erase":
        return _erase(args)
    if args.action == "forget":
        return _forget(args)
    reader = SqliteReader(folder, types=evidence_types())
    try:
        if args.action == "export":
            out = args.out.open("wb") if args.out else sys.stdout.buffer
            for line in reader.export(args.format, args.after):
                out.write(line)
            out.flush()
            return 0
        told = reader.verify(args.expected_head)
        files = exhibits.verify(reader, ExhibitStore.find(args.data / "exhibits", args.data / "secrets"))
    finally:
        reader.close()
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
    """Needs the ledger for itself, since that it was done goes on record: a running service does it over HTTP."""
    from assay.core.errors import NotFound
    from assay.core.kind import evidence_types
    from assay.ledger.exhibits import ExhibitStore, erasure
    from assay.ledger.sqlite import SqliteLedger
    from assay.ledger.templates import Templates

    ledger = SqliteLedger(args.data / "ledger", types=evidence_types())
    try:
        decision = ledger.decision(args.evidence)
        if decision is None:
            raise NotFound("nothing with this id was decided here", where=args.evidence)
        store = ExhibitStore.find(args.data / "exhibits", args.data / "secrets")
        gone, audit = erasure(decision, store, args.why)
        if (templates := Templates.find(args.data / "templates", args.data / "secrets")) is not None:
            templates.forget_evidence(decision.id)
            templates.close()
        ledger.append_audit("command line", audit.action, audit.about)
        ledger.commit()
    finally:
        ledger.close()
    if args.json:
        show.as_json({"evidence": args.evidence, "erased": gone})
    else:
        print(say("cli.ledger.erased", terminal_language(), count=gone))
    return 0


def _forget(args: argparse.Namespace) -> int:
    """Needs the ledger for itself, as `_erase` does."""
    from assay.core.kind import evidence_types
    from assay.ledger.sqlite import SqliteLedger
    from assay.ledger.templates import Templates, erasure

    ledger, gone = SqliteLedger(args.data / "ledger", types=evidence_types()), 0
    try:
        if (templates := Templates.find(args.data / "templates", args.data / "secrets")) is not None:
            gone, audit = erasure(templates, args.customer, args.why)
            templates.close()
            ledger.append_audit("command line", audit.action, audit.about)
            ledger.commit()
    finally:
        ledger.close()
    if args.json:
        show.as_json({"customer": args.customer, "forgotten": gone})
    else:
        print(say("cli.ledger.forgotten", terminal_language(), count=gone))
    return 0
