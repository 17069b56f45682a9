"""`assay simulate WORLD --out PATH`: a labelled world as a table, with the mapping that reads it."""

from __future__ import annotations

import argparse
from pathlib import Path

from assay.cli import show
from assay.core.words import say, terminal_language


def add(parser: argparse.ArgumentParser) -> None:
    language = terminal_language()
    parser.add_argument("world", help=say("cli.simulate.world", language))
    parser.add_argument("--out", type=Path, required=True, help=say("cli.simulate.out", language))
    parser.add_argument("--seed", type=int, default=1, help=say("cli.seed", language))
    parser.add_argument("--days", type=int, default=30, help=say("cli.simulate.days", language))
    parser.add_argument("--size", type=int, default=None, help=say("cli.simulate.size", language))
    parser.add_argument("--json", action="store_true", help=say("cli.json", language))


def run(args: argparse.Namespace) -> int:
    from assay.core.errors import NotFound
    from assay.core.kind import kinds, load
    from assay.formats.table_writer import write_table

    worlds = {name: lazy for kind in kinds().values() for name, lazy in kind.simulators.items()}
    if args.world not in worlds:
        raise NotFound(f"no world {args.world!r}", hint="there are: " + ", ".join(worlds))
    size = {} if args.size is None else {"size": args.size}
    with show.progress(say("cli.simulate.progress", terminal_language())) as step:
        batches = load(worlds[args.world])(args.seed, days=args.days, **size)
        written = write_table(batches, args.out, step)
    if args.json:
        show.as_json(written)
    else:
        print(say("cli.simulate.done", terminal_language(), **written))
    return 0
