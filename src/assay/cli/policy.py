"""`assay policy check FILE`: every mistake in a policy, with line, column and a hint. Exit 0 sound, 1 with mistakes."""

from __future__ import annotations

import argparse
from pathlib import Path

from assay.cli import show
from assay.core.words import say, terminal_language


def add(parser: argparse.ArgumentParser) -> None:
    language = terminal_language()
    actions = parser.add_subparsers(dest="action", required=True, metavar="check")
    check = actions.add_parser("check", help=say("cli.policy.check", language))
    check.add_argument("file", type=Path, help=say("cli.policy.file", language))
    check.add_argument("--json", action="store_true", help=say("cli.json", language))


def run(args: argparse.Namespace) -> int:
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
