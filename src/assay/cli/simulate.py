"""`assay simulate WORLD --out PATH`: a labelled world, as a table with the mapping that reads it or as a folder of files."""

from __future__ import annotations

import argparse
import inspect
from collections.abc import Callable
from itertools import chain
from pathlib import Path
from typing import Any

from assay.cli import Parser, number, show
from assay.core.words import say, terminal_language


def add(parser: Parser) -> None:
    language = terminal_language()
    parser.choose(worlds)
    parser.add_argument("world", help=say("cli.simulate.world", language))
    parser.add_argument("--out", type=Path, required=True, help=say("cli.simulate.out", language))
    parser.add_argument("--seed", type=number(0), default=1, help=say("cli.seed", language))
    parser.add_argument("--days", type=number(1), help=say("cli.simulate.days", language))
    parser.add_argument("--size", type=number(1), help=say("cli.simulate.size", language))
    parser.add_argument(
        "--set", action="append", default=[], metavar="NAME=VALUE", help=say("cli.simulate.set", language)
    )
    parser.add_argument("--json", action="store_true", help=say("cli.json", language))


def run(args: argparse.Namespace) -> int:
    from assay.core.errors import NotFound
    from assay.core.kind import load
    from assay.formats.folder_writer import write_folder
    from assay.formats.table_writer import write_table

    known = worlds()
    if args.world not in known:
        raise NotFound(f"no world {args.world!r}", hint="there are: " + ", ".join(known))
    simulate = load(known[args.world])
    given = {name: value for name in ("days", "size") if (value := getattr(args, name)) is not None}
    with show.progress(say("cli.simulate.progress", terminal_language())) as step:
        made = iter(simulate(args.seed, **options(simulate, given, args.set)))
        first = next(made, None)
        files = isinstance(first, dict)
        whole = chain(() if first is None else (first,), made)
        written = (write_folder if files else write_table)(whole, args.out, step)
    if args.json:
        show.as_json(written)
    else:
        print(say("cli.simulate.files" if files else "cli.simulate.done", terminal_language(), **written))
    return 0


def worlds() -> dict[str, str]:
    """Every installed room's worlds: name -> where its simulator stands."""
    from assay.core.kind import kinds

    return {name: lazy for kind in kinds().values() for name, lazy in kind.simulators.items()}


def options(simulate: Callable[..., Any], given: dict[str, Any], settings: list[str]) -> dict[str, Any]:
    """What this world takes of what was given; each value as the type of the world's default. Raises `InvalidSetting`
    for a name the world does not have or a value that is no such number."""
    from assay.core.errors import InvalidSetting

    known = inspect.signature(simulate).parameters
    if "days" in known:
        given = {"days": 30} | given
    for setting in settings:
        name, equals, value = setting.partition("=")
        if not equals:
            raise InvalidSetting(f"{setting!r} is no NAME=VALUE", where="--set")
        default = known[name].default if name in known else None
        try:
            given[name] = type(default)(value) if isinstance(default, int | float) else value
        except ValueError:
            raise InvalidSetting(f"{value!r} is no number", where=f"--set {name}") from None
    for name in given:
        if name not in known or name == "seed":
            names = ", ".join(n for n in known if n != "seed")
            raise InvalidSetting(f"this world has no {name!r}", hint=f"there are: {names}")
    return given
