"""`assay rules add | test | coverage`: the detection rules of a room that runs rules."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from assay.cli import show
from assay.core.words import say, terminal_language


def add(parser: argparse.ArgumentParser) -> None:
    language = terminal_language()
    parser.add_argument("action", choices=("add", "test", "coverage"), help=say("cli.rules.action", language))
    parser.add_argument("source", type=Path, nargs="?", help=say("cli.rules.source", language))
    parser.add_argument("--models", type=Path, default=Path("data/models"), help=say("cli.rules.models", language))
    parser.add_argument("--kind", default="hosts", help=say("cli.rules.kind", language))
    parser.add_argument("--json", action="store_true", help=say("cli.json", language))


def run(args: argparse.Namespace) -> int:
    """Exit status 1 where a rule fails one of its samples."""
    from assay.core.errors import InvalidSetting, NotFound
    from assay.core.kind import kind_of, load

    kind = kind_of(args.kind)
    if kind.rulebook is None:
        raise NotFound(f"{kind.name} runs no rules")
    book: Any = load(kind.rulebook + ":" + args.action)
    if args.action == "add":
        if args.source is None:
            raise InvalidSetting("name the folder or archive to add", where="source")
        told = book(args.source, args.models)
    else:
        told = book(args.models if args.models.exists() else None)
    if args.json:
        show.as_json(told)
    else:
        for line in show.tree(told, ""):
            print(line)
    return int(bool(told.get("failed")))
