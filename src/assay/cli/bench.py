"""`assay bench [NAME]`: figures, each beside its peer or reference in the same run, as one JSON object."""

from __future__ import annotations

import argparse
import inspect
from pathlib import Path
from typing import Any

from assay.cli import show
from assay.core.words import say, terminal_language


def add(parser: argparse.ArgumentParser) -> None:
    language = terminal_language()
    parser.add_argument("name", nargs="?", help=say("cli.bench.name", language))
    parser.add_argument("--data", type=Path, help=say("cli.examples", language))
    parser.add_argument("--peer", default="", metavar="PATH", help=say("cli.bench.peer", language))
    parser.add_argument("--short", action="store_true", help=say("cli.bench.short", language))
    parser.add_argument("--json", action="store_true", help=say("cli.json", language))


def run(args: argparse.Namespace) -> int:
    from assay.bench import benches
    from assay.core.errors import NotFound
    from assay.core.kind import load

    known = benches()
    if args.name is None:
        show.table("", (say("cli.bench.name_column", terminal_language()), ""), [[n, b] for n, b in known.items()])
        return 0
    if args.name not in known:
        raise NotFound(f"no bench {args.name!r}", hint="there are: " + ", ".join(known))
    bench = load(known[args.name])
    options = {"peer": args.peer} if "peer" in inspect.signature(bench).parameters else {}
    figures: dict[str, Any] = bench(args.data, short=args.short, **options)
    show.figures(figures, json=args.json)
    return 0
