"""`assay lists show | add | remove`: what policies block or trust by name, beside what their own files say. Looking works beside a
running service; a change goes on record before it is done."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from assay.cli import show
from assay.core.words import say, terminal_language

if TYPE_CHECKING:
    from assay.lists import Entry, Lists, Told


def add(parser: argparse.ArgumentParser) -> None:
    language = terminal_language()
    actions = parser.add_subparsers(dest="action", required=True, metavar="show|add|remove")
    for name in ("show", "add", "remove"):
        command = actions.add_parser(name, help=say(f"cli.lists.{name}", language))
        command.add_argument(
            "list",
            nargs="?" if name == "show" else None,
            default="",
            metavar="ROOM/LIST",
            help=say("cli.lists.list", language),
        )
        if name != "show":
            command.add_argument("value", metavar="VALUE", help=say("cli.lists.value", language))
            command.add_argument("--why", default="", required=name == "add", help=say("cli.lists.why", language))
        if name == "add":
            command.add_argument("--expires", default="", metavar="TIME", help=say("cli.lists.expires", language))
        command.add_argument("--data", type=Path, default=Path("assay-data"), help=say("cli.data_folder", language))
        command.add_argument("--json", action="store_true", help=say("cli.json", language))


def run(args: argparse.Namespace) -> int:
    from assay.core.errors import NotFound

    if not (args.data / "ledger").is_dir():
        raise NotFound("there is no ledger here", where=str(args.data))
    if args.action == "show":
        return _show(args, _lists(args.data).told())
    entry = _changed(args)
    if args.json:
        from assay.service.answers import record

        show.as_json(record(entry, "en"))
    else:
        key = "cli.lists.added" if args.action == "add" else "cli.lists.removed"
        print(say(key, terminal_language(), value=entry.value, list=f"{entry.room}/{entry.list}"))
    return 0


def _lists(data: Path) -> Lists:
    from assay.home import policies_in_force
    from assay.lists import Lists
    from assay.settings import Settings

    return Lists(data, policies_in_force(Settings.load(None, data=str(data))))


def _changed(args: argparse.Namespace) -> Entry:
    from assay.cli.alone import ACTOR, alone_with
    from assay.core.clock import now, parse_duration
    from assay.core.kind import evidence_types
    from assay.ledger.seal import Seal, sealed
    from assay.lists import Entry

    room, _, name = args.list.partition("/")
    with alone_with(args.data) as (ledger, audit):
        lists = _lists(args.data)  # read now that nobody else writes them
        lists.refresh(audit)
        seal, types = Seal.open(args.data / "secrets"), evidence_types().values()
        value = sealed(args.value.strip(), types, seal, lambda entity: bool(ledger.entity(entity, limit=1).total))
        if args.action == "remove":
            return lists.remove(room, name, value, args.why, audit)
        moment = now()
        until = moment + parse_duration(args.expires) if args.expires else None
        entry = Entry(room=room, list=name, value=value, why=args.why.strip(), by=ACTOR, at=moment, until=until)
        return lists.add(entry, audit)


def _show(args: argparse.Namespace, told: list[Told]) -> int:
    from assay.core.clock import iso

    found = [one for one in told if args.list in ("", one.room, one.list, f"{one.room}/{one.list}")]
    language = terminal_language()
    if args.json:
        from assay.service.answers import record

        show.as_json({"lists": record(found, language)})
        return 0
    if not found:
        print(say("console.lists.none", language))
    columns = [say(f"console.lists.{name}", language) for name in ("value", "why", "by", "since", "until")]
    never = say("console.lists.term.never", language)
    for one in found:
        key = "console.lists.no-rules" if one.policy else "console.lists.unused"
        print(f"{one.room}/{one.list}  ({', '.join(one.rules) or say(key, language)})")
        own = say("console.lists.own", language, policy=one.policy)
        rows = [[e.value, e.why, e.by, iso(e.at)[:19], iso(e.until)[:19] if e.until else never] for e in one.entries]
        rows += [[value, own, "", "", ""] for value in one.own]
        if rows:
            show.table("", columns, rows)
    return 0
