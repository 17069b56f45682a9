"""`assay intel add | list | look | remove`: threat intelligence, for every room that looks things up."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from assay.cli import kept, number, show
from assay.core.words import say, terminal_language


def add(parser: argparse.ArgumentParser) -> None:
    language = terminal_language()
    parser.add_argument("action", choices=("add", "list", "look", "remove"), help=say("cli.intel.action", language))
    parser.add_argument("source", nargs="?", default="", help=say("cli.intel.source", language))
    parser.add_argument("--name", default="", help=say("cli.intel.name", language))
    parser.add_argument("--holds", default="", help=say("cli.intel.holds", language))
    parser.add_argument("--confidence", type=number(0, 100), default=75, help=say("cli.intel.confidence", language))
    parser.add_argument("--days", type=number(1), help=say("cli.intel.days", language))
    parser.add_argument("--models", type=Path, help=say("cli.intel.models", language))
    parser.add_argument("--json", action="store_true", help=say("cli.json", language))


def run(args: argparse.Namespace) -> int:
    """Exit status of `look`: 1 where the value is known."""
    from assay.core.errors import InvalidSetting

    if args.action != "list" and not args.source:
        raise InvalidSetting("name what to add, look up or remove", where="source")
    status, told = _done(args, kept(args.models) / "intelligence")
    if args.json:
        show.as_json(told)
    elif not told:
        print(say("cli.intel.unknown", terminal_language()))
    else:
        for line in show.tree(told, ""):
            print(line)
    return status


def _done(args: argparse.Namespace, folder: Path) -> tuple[int, dict[str, Any]]:
    from assay.core.errors import InvalidSetting, NotFound
    from assay.intelligence.indicator import KINDS, guess
    from assay.intelligence.store import Intelligence, add, remove

    if args.action == "add":
        if args.holds not in ("", *KINDS):
            raise InvalidSetting(f"{args.holds!r} is no kind", where="holds", hint="one of " + ", ".join(KINDS))
        told = add(
            Path(args.source), folder, name=args.name, kind=args.holds, confidence=args.confidence, days=args.days
        )
        return 0, told
    if args.action == "remove":
        remove(folder, args.source)
        return 0, {"removed": args.source}
    known = Intelligence(folder)
    if args.action == "list":
        return 0, {str(card["name"]): {k: v for k, v in card.items() if k != "name"} for card in known.told()}
    try:
        kind, value = guess(args.source)
    except ValueError as error:
        raise NotFound(str(error), where=args.source) from None
    hits = known.look_up(kind, [value])
    if kind == "md5" and not hits:
        hits = known.look_up("ja3", [value])
    return int(bool(hits)), hits[0]._asdict() if hits else {}
