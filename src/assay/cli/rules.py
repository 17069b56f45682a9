"""`assay rules add | list | remove | test | coverage`: the detection rules of every room that runs rules."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assay.cli import kept, show
from assay.core.words import say, terminal_language

if TYPE_CHECKING:
    from assay.core.kind import Kind

ACTIONS = ("add", "list", "remove", "test", "coverage")
_TESTED = "hosts"  # whose rules are tested and mapped where no room is named


def add(parser: argparse.ArgumentParser) -> None:
    language = terminal_language()
    parser.add_argument("action", choices=ACTIONS, help=say("cli.rules.action", language))
    parser.add_argument("source", nargs="?", default="", help=say("cli.rules.source", language))
    parser.add_argument("--models", type=Path, help=say("cli.rules.models", language))
    parser.add_argument("--kind", default="", help=say("cli.rules.kind", language))
    parser.add_argument("--layer", type=Path, metavar="FILE", help=say("cli.rules.layer", language))
    parser.add_argument("--json", action="store_true", help=say("cli.json", language))


def run(args: argparse.Namespace) -> int:
    """Exit status 1 where a rule fails one of its samples."""
    from assay.core.errors import InvalidSetting

    if args.action in ("add", "remove") and not args.source:
        raise InvalidSetting("name the folder or archive to add, or the collection to remove", where="source")
    args.models = kept(args.models)
    if args.layer is not None:
        _layer(args)
    told = _done(args)
    if args.json:
        show.as_json(told)
        return int(bool(told.get("failed")))
    matrix = told.pop("tactics", None)
    for line in show.tree(told, ""):
        print(line)
    if matrix:
        _matrix(args.kind or _TESTED, matrix)
    return int(bool(told.get("failed")))


def _done(args: argparse.Namespace) -> dict[str, Any]:
    from assay.core.kind import kind_of, load

    def book(kind: Kind, what: str) -> Any:
        return load(f"{kind.rulebook}:{what}")

    if args.action == "list":
        return {kind.name: book(kind, "collected")(args.models) for kind in _rooms(args.kind)}
    if args.action == "add":
        source = Path(args.source)
        kind = _of_these(source, args.kind)
        return {"room": kind.name, **book(kind, "add")(source, args.models)}
    if args.action == "remove":
        kind = _that_keeps(args.source, args.models, args.kind)
        book(kind, "remove")(args.source, args.models)
        return {"room": kind.name, "removed": args.source}
    kind = _rooms(args.kind)[0] if args.kind else kind_of(_TESTED)
    told: dict[str, Any] = book(kind, args.action)(args.models if args.models.exists() else None)
    return told


def _rooms(name: str) -> list[Kind]:
    """The rooms that run rules; the one of this name."""
    from assay.core.errors import NotFound
    from assay.core.kind import kind_of, kinds

    if name and kind_of(name).rulebook is None:
        raise NotFound(f"{name} runs no rules")
    return [kind for kind in kinds().values() if kind.rulebook is not None and name in ("", kind.name)]


def _of_these(source: Path, name: str) -> Kind:
    """The room that most of the files in a collection are for."""
    from assay.core.errors import NotFound
    from assay.core.kind import load

    rooms = _rooms(name)
    if len(rooms) == 1:
        return rooms[0]
    if not source.exists():
        raise NotFound("no such folder or archive", where=str(source))
    return max(rooms, key=lambda kind: (load(f"{kind.rulebook}:holds")(source), kind.name == _TESTED))


def _that_keeps(collection: str, models: Path, name: str) -> Kind:
    """The room that keeps a collection of this name; where none does, the first, which says so."""
    from assay.core.kind import load

    rooms = _rooms(name)
    return next((k for k in rooms if collection in load(f"{k.rulebook}:collected")(models)), rooms[0])


def _layer(args: argparse.Namespace) -> None:
    """What the rules cover, for ATT&CK Navigator."""
    from importlib import import_module

    import msgspec

    from assay.core.errors import InvalidSetting
    from assay.core.kind import kind_of

    kind = kind_of(args.kind or _TESTED)
    book = import_module(kind.rulebook or "assay.core.kind")
    if args.action != "coverage" or not hasattr(book, "layer"):
        hint = "assay rules coverage --layer FILE"
        raise InvalidSetting(f"a layer shows which techniques rules of {_TESTED} cover", where="layer", hint=hint)
    made = book.layer(args.models if args.models.exists() else None)
    args.layer.write_bytes(msgspec.json.format(msgspec.json.encode(made), indent=1) + b"\n")


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
