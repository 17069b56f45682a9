"""`assay respond plan | apply | undo | list | secret`: block lists that follow what is on record, looked at before they are
written, and taken back to the bit.

Looking works beside a running service. Changing needs the ledger for itself, since it goes on record there: a running service
does it over HTTP.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assay.cli import number, show
from assay.core.words import say, terminal_language

if TYPE_CHECKING:
    from assay.responses.changes import Change, Plan
    from assay.responses.lists import Lists

SHOWN = 40  # values of a plan


def add(parser: argparse.ArgumentParser) -> None:
    language = terminal_language()
    actions = parser.add_subparsers(dest="action", required=True, metavar="plan|apply|undo|list|secret")
    for name in ("plan", "apply"):
        command = actions.add_parser(name, help=say(f"cli.respond.{name}", language))
        command.add_argument("lists", nargs="*", metavar="LIST", help=say("cli.respond.lists", language))
    undo = actions.add_parser("undo", help=say("cli.respond.undo", language))
    undo.add_argument("change", type=number(1), metavar="CHANGE", help=say("cli.respond.change", language))
    undo.add_argument("--force", action="store_true", help=say("cli.respond.force", language))
    actions.add_parser("list", help=say("cli.respond.list", language))
    secret = actions.add_parser("secret", help=say("cli.respond.secret", language))
    secret.add_argument("webhook", metavar="WEBHOOK", help=say("cli.respond.webhook", language))
    for command in actions.choices.values():
        command.add_argument("--data", type=Path, default=Path("assay-data"), help=say("cli.data_folder", language))
        command.add_argument("--json", action="store_true", help=say("cli.json", language))


def run(args: argparse.Namespace) -> int:
    """Exit status of `plan`: 1 where something would change."""
    from assay.core.clock import now
    from assay.core.errors import NotFound
    from assay.core.kind import evidence_types
    from assay.responses.document import FILE, load

    document = load(args.data)
    if args.action == "secret":
        return _secret(args, document.webhooks)
    if not (args.data / "ledger").is_dir():
        raise NotFound("there is no ledger here", where=str(args.data))
    if not document.lists and args.action != "list":
        raise NotFound("asks for no list", where=str(args.data / FILE), hint="see docs/responses.md")
    if args.action in ("plan", "list"):
        from assay.ledger.reader import SqliteReader

        with SqliteReader(args.data / "ledger", types=evidence_types()) as ledger:
            lists = _lists(args.data, document, ledger)
            return _plan(args, lists.plan(args.lists, now())) if args.action == "plan" else _list(args, lists)
    return _change(args, document)


def _lists(data: Path, document: Any, ledger: Any) -> Lists:
    from assay.campaigns.replay import replayed
    from assay.campaigns.told import named_by_cases
    from assay.home import terms_of
    from assay.responses.lists import Lists
    from assay.settings import Settings

    return Lists(
        data, document, ledger, lambda: named_by_cases(replayed(ledger, terms_of(Settings.load(None, data=str(data)))))
    )


def _change(args: argparse.Namespace, document: Any) -> int:
    from assay.cli.alone import ACTOR, alone_with
    from assay.core.clock import now

    with alone_with(args.data) as (ledger, audit):
        lists = _lists(args.data, document, ledger)
        if args.action == "apply":
            changes = lists.apply(args.lists, now=now(), actor=ACTOR, audit=audit)
        else:
            changes = [lists.undo(args.change, now=now(), actor=ACTOR, audit=audit, force=args.force)]
    return _told(args, changes)


def _plan(args: argparse.Namespace, plans: list[Plan]) -> int:
    if args.json:
        show.as_json(plans)
    else:
        language = terminal_language()
        for plan in plans:
            counts = {
                "added": len(plan.added),
                "removed": len(plan.removed),
                "extended": plan.extended,
                "entries": plan.entries,
            }
            print(say("cli.respond.planned", language, list=plan.list, **counts))
            for sign, entries in (("+", plan.added), ("-", plan.removed)):
                for entry in entries[:SHOWN]:
                    print(
                        f"  {sign} {entry.value}  {entry.why.finding} {entry.why.reason} {entry.why.severity} ×{entry.times}"
                    )
                if len(entries) > SHOWN:
                    print(f"  {sign} … {len(entries) - SHOWN:,}")
            for value, why in list(plan.refused.items())[:SHOWN]:
                print(say("cli.respond.refused", language, value=value, why=why))
            if plan.left_out:
                print(say("cli.respond.left_out", language, count=plan.left_out))
            for path, size in plan.files.items():
                print(say("cli.respond.would_write", language, path=path, bytes=f"{size:,}"))
    return int(any(not plan.empty for plan in plans))


def _told(args: argparse.Namespace, changes: list[Change]) -> int:
    if args.json:
        show.as_json(changes)
        return 0
    language = terminal_language()
    if not changes:
        print(say("cli.respond.nothing", language))
    for change in changes:
        key = "cli.respond.undone" if change.state == "undone" else "cli.respond.applied"
        counts = {"added": len(change.added), "removed": len(change.removed)}
        print(say(key, language, change=change.number, list=change.list, **counts))
    return 0


def _list(args: argparse.Namespace, lists: Lists) -> int:
    from assay.core.clock import iso
    from assay.responses.document import FILE

    told, changes = lists.told(), lists.changes.changes()
    if args.json:
        show.as_json({"lists": told, "changes": changes})
        return 0
    language = terminal_language()
    if not (told or changes):
        print(say("cli.respond.none", language, file=args.data / FILE), file=sys.stderr)
        return 0
    columns = [
        say(f"cli.respond.column.{name}", language) for name in ("list", "holds", "entries", "change", "when", "files")
    ]
    rows = [
        [t.list, t.holds, t.entries, t.change or "–", iso(t.at)[:19] if t.at else "–", "\n".join(t.files)] for t in told
    ]
    show.table("", columns, rows)
    columns = [
        say(f"cli.respond.column.{name}", language)
        for name in ("change", "list", "when", "by", "added", "removed", "state")
    ]
    show.table("", columns, [
        [c.number, c.list, iso(c.at)[:19], c.actor, len(c.added), len(c.removed), c.state] for c in changes[:SHOWN]
    ])  # fmt: skip
    return 0


def _secret(args: argparse.Namespace, webhooks: Any) -> int:
    """The one place where it is told: to whoever may read the data folder's secrets anyway."""
    from assay.core.errors import NotFound
    from assay.responses.document import FILE
    from assay.responses.webhook import secret_of

    if not webhooks:
        raise NotFound("asks for no webhook", where=str(args.data / FILE), hint="see docs/responses.md")
    if args.webhook not in webhooks:
        raise NotFound(f"no webhook {args.webhook!r}", hint="there are: " + ", ".join(webhooks))
    secret = secret_of(args.data / "secrets", args.webhook).hex()
    if args.json:
        show.as_json({"webhook": args.webhook, "secret": secret})
    else:
        print(secret)
    return 0
