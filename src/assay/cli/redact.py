"""`assay redact PATH --out PATH`: a copy of a log or diagnostic archive that names nobody, to be handed on."""

from __future__ import annotations

import argparse
from pathlib import Path

from assay.cli import show
from assay.core.words import say, terminal_language


def add(parser: argparse.ArgumentParser) -> None:
    language = terminal_language()
    parser.add_argument("path", type=Path, metavar="PATH", help=say("cli.redact.path", language))
    parser.add_argument("--out", type=Path, required=True, metavar="PATH", help=say("cli.redact.out", language))
    parser.add_argument("--kind", default="phones", help=say("cli.redact.kind", language))
    parser.add_argument("--json", action="store_true", help=say("cli.json", language))


def run(args: argparse.Namespace) -> int:
    """Exit status 1 where something was left out of the copy."""
    from assay.core.errors import NotFound
    from assay.core.kind import kind_of, load

    kind = kind_of(args.kind)
    if kind.redactor is None:
        raise NotFound(f"{kind.name} redacts nothing")
    language = terminal_language()
    with show.progress(say("cli.redact.progress", language)) as bar:
        told = load(kind.redactor)(args.path, args.out, lambda doing: bar(0, doing[-60:]))
    if args.json:
        show.as_json(told)
        return int(bool(told["left_out"]))
    print(say("cli.redact.done", language, files=f"{told['files']:,}", out=args.out))
    print(say("cli.redact.people", language, people=f"{told['people']:,}"))
    for name, count in told["taken_out"].items():
        print(f"  {count:>9,}  {say('redact.' + name, language)}")
    if told["left_out"]:
        print(say("cli.redact.left_out", language, count=f"{told['left_out']:,}"))
        for left in told["left_out_files"][:12]:
            print(f"  {left['name']}  ({left['why']})")
    if told.get("problem"):
        print(say("cli.redact.problem", language, problem=told["problem"]))
    return int(bool(told["left_out"]))
