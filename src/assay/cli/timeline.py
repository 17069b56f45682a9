"""`assay timeline PATH…`: what happened within evidence, moment by moment, to be searched or handed to another tool."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

from assay.cli import moment, show
from assay.core.words import say, terminal_language

if TYPE_CHECKING:
    from assay.core.happened import Happened


def add(parser: argparse.ArgumentParser) -> None:
    language = terminal_language()
    parser.add_argument("paths", nargs="+", type=Path, metavar="PATH", help=say("cli.check.paths", language))
    parser.add_argument(
        "--format",
        choices=("csv", "json", "l2t", "dynamic", "plaso"),
        default="csv",
        help=say("cli.timeline.format", language),
    )
    parser.add_argument("--out", type=Path, help=say("cli.timeline.out", language))
    parser.add_argument("--kind", action="append", default=[], help=say("cli.timeline.kind", language))
    parser.add_argument("--since", type=moment, metavar="TIME", help=say("cli.timeline.since", language))
    parser.add_argument("--until", type=moment, metavar="TIME", help=say("cli.timeline.until", language))
    parser.add_argument("--find", default="", metavar="TEXT", help=say("cli.timeline.find", language))
    parser.add_argument("--json", action="store_true", help=say("cli.json", language))


def run(args: argparse.Namespace) -> int:
    """Exit status 2 where nothing with a timeline was found."""
    from assay.core.happened import select
    from assay.formats.timeline_writer import write_timeline

    form = "json" if args.json else args.format
    found = list(_timelines(args.paths))
    where = args.out.open("w", encoding="utf-8", newline="") if args.out else nullcontext(sys.stdout)
    with where as out:
        for number, (id_, happened) in enumerate(found):
            chosen = select(
                happened,
                kinds=args.kind,
                since=args.since or 0,
                until=args.until if args.until is not None else 2**62,
                text=args.find,
            )
            count = write_timeline(chosen, out, form, host=id_, head=not number)
            print(say("cli.timeline.done", terminal_language(), name=id_, count=f"{count:,}"), file=sys.stderr)
    if not found:
        print(say("cli.timeline.none", terminal_language()), file=sys.stderr)
    return 0 if found else 2


def _timelines(paths: list[Path]) -> Iterator[tuple[str, list[Happened]]]:
    """Id and timeline of each piece of evidence of a room that tells one; what cannot be read is said and passed over."""
    from assay.check import files
    from assay.core.asked import answering
    from assay.core.errors import AssayError
    from assay.core.kind import kinds, load, sniff

    telling = [kind for kind in kinds().values() if kind.timeline is not None]
    for path in files(paths):
        found = sniff(path)
        if found is None or found[0] not in telling:
            continue
        kind, reader, _ = found
        tell = load(kind.timeline or "")
        try:
            with answering(show.secret) if sys.stdin.isatty() else nullcontext():
                for batch in reader.read(path, reject=lambda error: print(error.reason, file=sys.stderr)):
                    for i in range(len(batch)):
                        if problem := getattr(batch.item(i), "problem", ""):
                            print(f"{path}: {problem}", file=sys.stderr)
                        elif (happened := tell(batch.item(i))) is not None:
                            yield batch.ids[i], list(happened)
        except (AssayError, OSError) as error:
            print(f"{path}: {error}", file=sys.stderr)
