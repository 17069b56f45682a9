"""`assay train NAME --data PATH --out DIR`: a detector learns from labelled data. The names are those of the rooms' trainers."""

from __future__ import annotations

import argparse
from pathlib import Path

from assay.cli import Parser, number, show
from assay.core.words import say, terminal_language


def add(parser: Parser) -> None:
    language = terminal_language()
    parser.choose(trainers)
    parser.add_argument("detector", help=say("cli.train.detector", language))
    parser.add_argument("--data", type=Path, required=True, help=say("cli.examples", language))
    parser.add_argument("--mapping", type=Path, help=say("cli.mapping", language))
    parser.add_argument("--out", type=Path, required=True, help=say("cli.train.out", language))
    add_learning_options(parser)


def add_learning_options(parser: argparse.ArgumentParser) -> None:
    """Options that training and evaluation share."""
    language = terminal_language()
    parser.add_argument("--label-delay", help=say("cli.train.label_delay", language))
    parser.add_argument("--seed", type=number(0), default=1, help=say("cli.seed", language))
    parser.add_argument("--licence", default="unknown", help=say("cli.train.licence", language))
    parser.add_argument("--json", action="store_true", help=say("cli.json", language))


def learning_options(args: argparse.Namespace) -> dict[str, object]:
    """Those options as the trainers take them; what was not given is left out."""
    given = {"label_delay": args.label_delay, "seed": args.seed, "licence": args.licence}
    return {name: value for name, value in given.items() if value is not None}


def trainers() -> dict[str, str]:
    """Every installed room's trainers: name -> where it stands."""
    from assay.core.kind import kinds

    return {name: lazy for kind in kinds().values() for name, lazy in kind.trainers.items()}


def run(args: argparse.Namespace) -> int:
    from assay.core.errors import NotFound
    from assay.core.kind import load
    from assay.learning import TrainRequest

    known = trainers()
    name = args.detector.split(".")[0]
    if name not in known:
        raise NotFound(f"nothing here learns {name!r}", hint="there are: " + ", ".join(known))
    request = TrainRequest(data=args.data, mapping=args.mapping, out=args.out, options=learning_options(args))
    report = load(known[name])(request)
    if args.json:
        show.as_json(report.figures | {"out": str(args.out), "version": report.version})
    else:
        print(say("cli.train.done", terminal_language(), out=args.out, version=report.version))
        for line in show.tree(report.figures, "  "):
            print(line)
    return 0
