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
        return int(bool(told.get("failed")))
    matrix = told.pop("tactics", None)
    for line in show.tree(told, ""):
        print(line)
    if matrix:
        _matrix(kind.name, matrix)
    return int(bool(told.get("failed")))


def _matrix(room: str, tactics: dict[str, dict[str, int]]) -> None:
    """ATT&CK by tactic, in the order of an attack: how many rules, and each technique with its own."""
    language = terminal_language()
    columns = [say(f"{room}.coverage.{name}", language) for name in ("tactic", "rules", "techniques")]
    rows = []
    for tactic, found in tactics.items():
        named = sorted(((count, name) for name, count in found.items() if name), key=lambda one: (-one[0], one[1]))
        rows.append(
            [tactic, sum(found.values()), " ".join(f"{name}×{count}" if count > 1 else name for count, name in named)]
        )
    show.table("", columns, rows)
