"""`assay campaigns [ID]`: the cases that a ledger's findings make, worst first; or one of them, laid out along the tactics.

Read anew from the records, so it works on any ledger, old or in use (a service may write it meanwhile), and under other terms
than those in force: what would have been a case if a finding faded sooner.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assay.cli import number, show
from assay.core.words import say, terminal_language

if TYPE_CHECKING:
    from assay.campaigns.told import Line, Whole


def add(parser: argparse.ArgumentParser) -> None:
    language = terminal_language()
    parser.add_argument("case", nargs="?", default="", metavar="ID", help=say("cli.campaigns.case", language))
    parser.add_argument(
        "--ledger", type=Path, default=Path("assay-data"), metavar="FOLDER", help=say("cli.campaigns.ledger", language)
    )
    parser.add_argument(
        "--state",
        choices=("open", "closed", "gathering", "all"),
        default="open",
        help=say("cli.campaigns.state", language),
    )
    parser.add_argument("--about", default="", metavar="TEXT", help=say("cli.campaigns.about", language))
    parser.add_argument("--limit", type=number(1), default=50, help=say("cli.campaigns.limit", language))
    parser.add_argument("--half-life", help=say("cli.campaigns.half_life", language))
    parser.add_argument("--days", type=float, help=say("cli.campaigns.days", language))
    parser.add_argument("--prior", type=float, help=say("cli.campaigns.prior", language))
    parser.add_argument("--opens", type=float, help=say("cli.campaigns.opens", language))
    parser.add_argument("--json", action="store_true", help=say("cli.json", language))


def run(args: argparse.Namespace) -> int:
    import msgspec

    from assay.campaigns import told
    from assay.campaigns.replay import replayed
    from assay.campaigns.weights import posterior
    from assay.core.errors import NotFound
    from assay.core.kind import evidence_types
    from assay.home import terms_of
    from assay.ledger.reader import SqliteReader
    from assay.settings import Settings

    folder = args.ledger / "ledger" if (args.ledger / "ledger").is_dir() else args.ledger
    if not folder.is_dir():
        raise NotFound("there is no ledger here", where=str(args.ledger))
    settings = Settings.load(
        campaign_half_life=args.half_life, campaign_days=args.days, campaign_prior=args.prior, campaign_opens=args.opens
    )
    language = terminal_language()
    with (
        SqliteReader(folder, types=evidence_types()) as ledger,
        show.progress(say("cli.campaigns.reading", language), ledger.last_seq, quiet=args.json) as step,
    ):
        campaigns = replayed(ledger, terms_of(settings), step)
    if args.case:
        whole = told.whole(campaigns, args.case, None)
        if args.json:
            show.as_json(readable(msgspec.to_builtins(whole)))
        else:
            _show(whole, language)
        return 0
    states = told.STATES if args.state == "all" else (args.state,)
    lines = told.queue(campaigns, None, states=states, about=told.asked_about(args.about), limit=args.limit)
    if args.json:
        listed = [readable(msgspec.to_builtins(line)) for line in lines]
        line, labels = campaigns.strength.line, len(campaigns.judged)
        learned = {"labels": labels, "prior": round(posterior(line.prior), 6)}
        learned |= {"alone": round(line.alone, 3), "together": round(line.together, 3)}
        show.as_json({"findings": campaigns.number, "learned": learned, "cases": listed})
    else:
        _list(lines, campaigns.number, language)
    return 0


_TIMES = frozenset(("first", "last", "time", "opened"))


def readable(value: Any) -> Any:
    """Plain values with times as RFC 3339 and what is empty left out."""
    from assay.core.clock import iso

    if isinstance(value, dict):
        told = {k: iso(v) if k in _TIMES and isinstance(v, int) else readable(v) for k, v in value.items()}
        return {k: v for k, v in told.items() if v not in (None, "", [], {})}
    if isinstance(value, list):
        return [readable(v) for v in value]
    return value


def _list(lines: list[Line], findings: int, language: str) -> None:
    if not lines:
        print(say("cli.campaigns.none", language, findings=f"{findings:,}"))
        return
    from assay.console.charts import percent

    names = ("id", "probability", "severity", "findings", "stages", "last", "about")
    columns = [say(f"cli.campaigns.column.{name}", language) for name in names]
    rows = [
        [one.id, percent(one.probability), one.severity, one.findings, len(one.tactics), _moment(one.last), _about(one)]
        for one in lines
    ]
    show.table(say("cli.campaigns.title", language, cases=len(lines), findings=f"{findings:,}"), columns, rows)


def _show(whole: Whole, language: str) -> None:
    from assay.campaigns.told import titled
    from assay.console.charts import percent

    one = whole.case
    state = say(f"console.case.state.{one.state}", language)
    print(f"{one.id}  {state}  {percent(one.probability)}  {one.severity}  {_moment(one.first)} – {_moment(one.last)}")
    if one.owner or one.truth:
        print("  " + "  ".join(filter(None, (one.owner, one.truth))))
    print(
        "  " + ", ".join(f"{named.entity} ×{named.n}{' (hub)' if named.hub else ''}" for named in whole.entities[:20])
    )
    for stage in whole.stages:
        print(f"\n{_tactic(stage.tactic, language)}  ×{stage.findings}")
        for said in stage.said:
            what = titled(said, language)
            print(f"  {said.weight:5.2f}  {said.severity:<8}  {what}  ×{said.n}  [{said.detector}]")
            for piece in said.pieces[:3]:
                print(f"         {_moment(piece.time)}  {piece.evidence}")
    print()
    for event in whole.history:
        print(f"{_moment(event.time)}  {event.what}  {event.actor}  {event.about}  {event.note}".rstrip())


def _tactic(tactic: str, language: str) -> str:
    return say(f"console.tactic.{tactic or 'none'}", language)


def _about(one: Line) -> str:
    ids = [entity.id for entity in one.about[:2]]
    return ", ".join(id_ if len(id_) <= 22 else f"{id_[:12]}…{id_[-6:]}" for id_ in ids)


def _moment(us: int) -> str:
    from assay.core.clock import moment

    return f"{moment(us):%Y-%m-%d %H:%M}"
