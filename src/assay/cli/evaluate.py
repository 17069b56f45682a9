"""`assay evaluate ROOM --data PATH`: how well a model does on labelled data, or what rolling weeks of training would do."""

from __future__ import annotations

import argparse
from pathlib import Path

from assay.cli import Parser, show
from assay.cli.train import add_learning_options, learning_options
from assay.core.words import say, terminal_language


def add(parser: Parser) -> None:
    language = terminal_language()
    parser.choose(evaluators)
    parser.add_argument("detector", help=say("cli.train.detector", language))
    parser.add_argument("--model", type=Path, help=say("cli.evaluate.model", language))
    parser.add_argument("--data", type=Path, required=True, help=say("cli.examples", language))
    parser.add_argument("--mapping", type=Path, help=say("cli.mapping", language))
    add_learning_options(parser)


def evaluators() -> list[str]:
    """The rooms that have something to evaluate."""
    from assay.core.kind import kinds

    return [kind.name for kind in kinds().values() if kind.evaluator is not None]


def run(args: argparse.Namespace) -> int:
    from assay.core.errors import NotFound
    from assay.core.kind import kind_of, load
    from assay.learning import EvaluateRequest

    kind = kind_of(args.detector.split(".")[0])
    if kind.evaluator is None:
        raise NotFound(f"{kind.name} has nothing to evaluate", hint="there are: " + ", ".join(evaluators()))
    request = EvaluateRequest(data=args.data, mapping=args.mapping, model=args.model, options=learning_options(args))
    figures = load(kind.evaluator)(request)
    show.figures(figures, json=args.json)
    return 0
