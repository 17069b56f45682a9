"""`assay policy check FILE | show ROOM`: every mistake in a policy, with line, column and a hint (exit 0 sound, 1 with mistakes); the
policy that decides in a room, to begin one's own with."""

from __future__ import annotations

import argparse
from pathlib import Path

from assay.cli import show
from assay.core.words import say, terminal_language


def add(parser: argparse.ArgumentParser) -> None:
    language = terminal_language()
    actions = parser.add_subparsers(dest="action", required=True, metavar="check|show")
    check = actions.add_parser("check", help=say("cli.policy.check", language))
    check.add_argument("file", type=Path, help=say("cli.policy.file", language))
    check.add_argument("--json", action="store_true", help=say("cli.json", language))
    shown = actions.add_parser("show", help=say("cli.policy.show", language))
    shown.add_argument("room", help=say("cli.policy.room", language))
    shown.add_argument("--data", type=Path, default=Path("assay-data"), help=say("cli.data_folder", language))


def run(args: argparse.Namespace) -> int:
    return _check(args) if args.action == "check" else _show(args)


def _show(args: argparse.Namespace) -> int:
    from assay.core.errors import NotFound
    from assay.home import policies_in_force
    from assay.settings import Settings

    known = policies_in_force(Settings.load(None, data=str(args.data)))
    if args.room not in known:
        raise NotFound(f"no policy of {args.room!r}", hint="there are: " + ", ".join(known))
    print(known[args.room].text, end="")
    return 0


def _check(args: argparse.Namespace) -> int:
    from assay.policy import Policy, check

    language = terminal_language()
    problems = check(args.file)
    if args.json:
        found = [{"line": p.line, "column": p.column, "message": p.message, "hint": p.hint} for p in problems]
        show.as_json({"file": str(args.file), "problems": found, "sound": not found})
    elif problems:
        for problem in problems:
            print(problem.told(language))
        print(say("cli.policy.mistakes", language, count=len(problems)))
    else:
        policy = Policy.load(args.file)
        print(say("cli.policy.sound", language, identity=policy.identity, rules=len(policy.rules)))
    return 1 if problems else 0
