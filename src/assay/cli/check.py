"""`assay check PATH…`: examine anything and say what was found. Exit 0 nothing, 1 findings, 2 something not examined."""

from __future__ import annotations

import argparse
import sys
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assay.cli import folder, kept, number, show
from assay.core.words import say, terminal_language, translated

if TYPE_CHECKING:
    from assay.check import Examination, Item, Tally
    from assay.core.finding import Finding, Where

_COLOURS = {
    "counterfeit": "bold red",
    "suspicious": "yellow",
    "inconclusive": "blue",
    "genuine": "green",
    "none": "dim",
}


def add(parser: argparse.ArgumentParser) -> None:
    language = terminal_language()
    parser.add_argument("paths", nargs="+", type=Path, metavar="PATH", help=say("cli.check.paths", language))
    parser.add_argument("--mapping", type=Path, help=say("cli.mapping", language))
    parser.add_argument("--save-mapping", type=Path, metavar="FILE", help=say("cli.check.save_mapping", language))
    parser.add_argument("--models", type=folder, help=say("cli.check.models", language))
    parser.add_argument("--dead-letters", type=Path, metavar="FILE", help=say("cli.check.dead_letters", language))
    parser.add_argument(
        "--fail-on",
        default="suspicious",
        choices=("inconclusive", "suspicious", "counterfeit"),
        help=say("cli.check.fail_on", language),
    )
    parser.add_argument("--limit", type=number(0), default=20, help=say("cli.check.limit", language))
    parser.add_argument("--json", action="store_true", help=say("cli.json", language))


def run(args: argparse.Namespace) -> int:
    from assay.check import Tally, check_path, examining, files, remembers
    from assay.core.asked import answering
    from assay.core.errors import InvalidSetting
    from assay.core.finding import Verdict
    from assay.core.kind import RowError
    from assay.formats.mapping import load_mapping
    from assay.ledger.scrub import scrub

    language = terminal_language()
    if args.save_mapping and args.save_mapping.exists():
        raise InvalidSetting("exists already", where=str(args.save_mapping), hint="choose another name")
    mapping = load_mapping(args.mapping) if args.mapping else None
    moved = True
    tally, told = Tally(), _Written(language) if args.json else _Shown()
    with (
        args.dead_letters.open("a", encoding="utf-8") if args.dead_letters else nullcontext() as letters,
        examining(models if (models := kept(args.models)).is_dir() else None) as engine,
        show.progress(say("cli.check.progress", language)) as step,
        answering(show.secret) if sys.stdin.isatty() else nullcontext(),
    ):
        for path in files(args.paths):

            def reject(error: RowError, path: Path = path) -> None:
                if letters is not None:
                    line = {"source": str(path), "row": error.row, "reason": error.reason, "raw": scrub(error.raw)}
                    letters.write(_json(line) + "\n")

            if moved:
                engine.restore()  # files are examined each on its own: what one holds is no past of another's
            examination = check_path(path, engine, mapping=mapping, shown=args.limit, step=step, reject=reject)
            moved = remembers(engine, examination)
            if args.save_mapping and examination.mapping and not args.save_mapping.exists():
                args.save_mapping.write_text(examination.mapping, "utf-8")
            tally.add(examination)
            told.add(examination)
    told.close(tally, language)
    return tally.status(Verdict[args.fail_on.upper()])


class _Written:
    """Examinations as one JSON document, each written when it is there: millions of them take no memory."""

    def __init__(self, language: str) -> None:
        self._language, self._out, self._count = language, sys.stdout.buffer, 0

    def add(self, examination: Examination) -> None:
        ahead = b",\n" if self._count else b'{"examinations": [\n'
        self._out.write(ahead + show.encoded(_plain(examination, self._language)))
        self._count += 1

    def close(self, tally: Tally, language: str) -> None:
        self._out.write(b"\n]}\n" if self._count else b'{"examinations": []}\n')
        self._out.flush()


class _Shown:
    """Examinations for people, shown when all are there, so that nothing runs into the bar: every file in which something was
    found or not examined (the first `MOST`), of the others the first few."""

    MOST, CLEAN = 10_000, 200

    def __init__(self) -> None:
        self._kept: list[Examination] = []
        self._clean = self._left = self._left_clean = 0

    def add(self, examination: Examination) -> None:
        if _is_plain(examination):
            self._clean += 1
            if self._clean > self.CLEAN:
                self._left_clean += 1
                return
        elif len(self._kept) >= self.MOST + self.CLEAN:
            self._left += 1
            return
        self._kept.append(examination)

    def close(self, tally: Tally, language: str) -> None:
        for examination in self._kept:
            _print(examination, language)
        if self._left_clean:
            show.console().print(say("cli.check.more-clean", language, count=f"{self._left_clean:,}"), style="dim")
        if self._left:
            show.console().print(say("cli.check.more", language, count=f"{self._left:,}"), style="yellow")
        if not tally.files:
            show.console(error=True).print(say("cli.check.nothing", language), style="yellow")
        if tally.files > 1:
            _print_summary(tally, language)


def _is_plain(examination: Examination) -> bool:
    """One line is enough: a folder holds many of these."""
    told = examination.items or examination.unexamined or examination.rejected or examination.problem
    return examination.evidence == 1 and not told


def _json(line: dict[str, Any]) -> str:
    import msgspec

    return msgspec.json.encode(line).decode()


def _plain(examination: Examination, language: str) -> dict[str, Any]:
    """The examination as JSON, with each reason's sentence."""
    import msgspec

    from assay.core.clock import iso

    plain: dict[str, Any] = msgspec.to_builtins(examination)
    plain["rejections"] = [error._asdict() for error in examination.rejections]
    for item, row in zip(examination.items, plain.get("items", []), strict=True):
        row["time"] = iso(item.time)
        for sentence in row.get("summary", []):
            sentence["text"] = say(sentence["code"], language, **sentence.get("values", {}))
        for finding in row["findings"]:
            for reason in finding.get("reasons", []):
                reason["title"] = say(f"{reason['code']}.title", language)
                reason["text"] = say(reason["code"], language, **reason.get("values", {}))
    return plain


def _print(examination: Examination, language: str) -> None:
    from rich.text import Text

    console = show.console()
    if examination.problem:
        problem = translated(examination.problem, language)
        told = Text.assemble((show.text(examination.path), "bold"), "  ", (show.text(problem), "red"))
        show.console(error=True).print(told, soft_wrap=True)
        _print_refused(examination, language, show.console(error=True))
        return
    word = say(f"verdict.{examination.verdict}", language)
    if _is_plain(examination):
        console.print(
            Text.assemble(show.text(examination.path), "  ", (f"{word}  {examination.kind}", "dim")), soft_wrap=True
        )
        return
    head = Text.assemble((show.text(examination.path), "bold"), "  ", (word, _COLOURS[examination.verdict]))
    console.print(head, soft_wrap=True)  # a path is there to be copied
    about = say(
        "cli.check.summary", language, kind=examination.kind, evidence=f"{examination.evidence:,}",
        flagged=f"{examination.flagged:,}", rejected=f"{examination.rejected:,}",
    )  # fmt: skip
    console.print(Text("  " + about, "dim"))
    if examination.unexamined:
        console.print(Text("  " + say("cli.check.unexamined", language, count=examination.unexamined), "yellow"))
    if examination.mapping and sys.stdout.isatty():
        console.print(Text("  " + say("cli.check.mapping", language), "dim"))
        console.print(Text("".join(f"    {line}\n" for line in examination.mapping.splitlines()), "dim"), end="")
    if examination.counts:
        rows = [[code, say(f"{code}.title", language), count] for code, count in examination.counts.items()]
        show.table("", (say("cli.reason", language), say("cli.meaning", language), say("cli.count", language)), rows)
    for item in examination.items:
        _print_item(item, language)
    _print_refused(examination, language, console)


def _print_refused(examination: Examination, language: str, console: Any) -> None:
    """The first rows that could not be read, and why."""
    from rich.text import Text

    for error in examination.rejections[:5]:
        reason = show.text(translated(error.reason, language))
        console.print(Text("  " + say("cli.check.row", language, row=error.row, reason=reason), "yellow"))


def _print_summary(tally: Tally, language: str) -> None:
    """A table of files: rooms down, verdicts across."""
    counts = tally.counts
    verdicts = [verdict for verdict in _COLOURS if any(found == verdict for _, found in counts)]
    kinds = sorted({kind for kind, _ in counts})
    columns = (say("cli.check.files", language), *[say(f"verdict.{verdict}", language) for verdict in verdicts])
    show.table("", columns, [[kind, *[counts[kind, verdict] or "–" for verdict in verdicts]] for kind in kinds])
    if tally.problems:
        show.console().print(say("cli.check.not_read", language, count=tally.problems), style="red")


def _print_item(item: Item, language: str) -> None:
    from rich.text import Text

    from assay.core.clock import iso

    console = show.console()
    console.print(Text.assemble("  ", (show.text(item.id), "bold"), (f"  {iso(item.time)}", "dim")))
    show.summary([say(s.code, language, **s.values) for s in item.summary], _COLOURS[_worst(item)])
    for finding in item.own:
        _print_finding(finding, language, "    ", own=True)
    for part, inside in item.inside:
        name = show.text(part.name or part.id)
        console.print(Text.assemble("    └ ", (name, "bold"), (f"  {part.kind} {show.text(part.id)}", "dim")))
        for finding in inside:
            _print_finding(finding, language, "      ")


def _worst(item: Item) -> str:
    """The verdict that asks for most attention."""
    order = list(_COLOURS)
    return min((f.verdict for f in item.findings), key=order.index, default="none")


def _print_finding(finding: Finding, language: str, indent: str, *, own: bool = False) -> None:
    from rich.padding import Padding
    from rich.text import Text

    from assay.console.charts import percent
    from assay.core.finding import reason_at

    console = show.console()
    sure = "" if finding.probability is None else f" {percent(finding.probability)}"
    head = f"{say('verdict.' + finding.verdict, language)}{sure}"
    console.print(Text.assemble(indent, (head, _COLOURS[finding.verdict]), (f"  {finding.detector}", "dim")))
    for i, reason in enumerate(finding.reasons[:6]):
        said = show.text(say(reason.code, language, **reason.values))
        places = [_place(where, language, own) for where in finding.where if reason_at(finding, where) == i]
        places = [place for place in places if place]
        at = f"  ({'; '.join(dict.fromkeys(places[:3]))})" if places else ""
        console.print(Padding(Text.assemble(said, (at, "dim")), (0, 0, 0, len(indent) + 2)))
    loose = [text for where in finding.where if not where.rule and (text := _place(where, language, own))]
    if loose:
        console.print(Padding(Text("; ".join(dict.fromkeys(loose[:4])), "dim"), (0, 0, 0, len(indent) + 2)))


def _place(where: Where, language: str, own: bool) -> str:
    """A place in a few words: the part (of a finding of the whole), field, page, characters, byte."""
    found = [text for text in (where.part if own else "", where.field) if text]
    if where.page is not None:
        found.append(say("cli.check.page", language, page=where.page))
    if where.line is not None:
        found.append(say("cli.check.line", language, line=where.line))
    if where.box is not None:
        found.append("{:.0f},{:.0f}–{:.0f},{:.0f}".format(*where.box))
    if where.span is not None:
        found.append("{:g}–{:g}".format(*where.span))
    if where.byte is not None:
        found.append(f"@{where.byte}")
    return show.text(" ".join(found))
