"""`assay keys create | list | revoke`: who may talk to the service, and as what."""

from __future__ import annotations

import argparse
from pathlib import Path

from assay.cli import show
from assay.core.words import say, terminal_language

ROLES = ("integrator", "analyst", "engineer", "auditor", "admin", "subscriber")


def add(parser: argparse.ArgumentParser) -> None:
    language = terminal_language()
    actions = parser.add_subparsers(dest="action", required=True, metavar="create|list|revoke")
    create = actions.add_parser("create", help=say("cli.keys.create", language))
    create.add_argument("role", choices=ROLES)
    create.add_argument("--name", default="", help=say("cli.keys.name", language))
    listed = actions.add_parser("list", help=say("cli.keys.list", language))
    revoke = actions.add_parser("revoke", help=say("cli.keys.revoke", language))
    revoke.add_argument("id")
    for command in (create, listed, revoke):
        command.add_argument("--data", type=Path, default=Path("assay-data"), help=say("cli.data_folder", language))
        command.add_argument("--json", action="store_true", help=say("cli.json", language))


def run(args: argparse.Namespace) -> int:
    from assay.service.keys import KeyFile

    language = terminal_language()
    keys = KeyFile(args.data)
    if args.action == "create":
        token, key = keys.create(args.role, args.name)
        if args.json:
            show.as_json({"id": key.id, "role": key.role, "name": key.name, "key": token})
        else:
            print(token)
            show.console(error=True).print(say("cli.keys.once", language, id=key.id, role=key.role), style="dim")
        return 0
    if args.action == "revoke":
        keys.revoke(args.id)
        print(say("cli.keys.revoked", language, id=args.id))
        return 0
    rows = keys.list()
    if args.json:
        show.as_json(
            [{"id": k.id, "role": k.role, "name": k.name, "active": k.active, "created": k.created} for k in rows]
        )
    else:
        active = {True: say("cli.keys.active", language), False: say("cli.keys.ended", language)}
        columns = tuple(say(f"cli.keys.{c}", language) for c in ("id", "role", "title", "status", "created"))
        show.table("", columns, [[k.id, k.role, k.name, active[k.active], k.created] for k in rows])
    return 0
