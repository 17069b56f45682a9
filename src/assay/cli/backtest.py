"""`assay backtest --policy FILE --data PATH`: what a policy would have done on history, beside another or beside nothing."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from assay.cli import folder, kept, moment, show
from assay.core.words import say, terminal_language


def add(parser: argparse.ArgumentParser) -> None:
    language = terminal_language()
    parser.add_argument("--policy", type=Path, required=True, help=say("cli.backtest.policy", language))
    parser.add_argument("--against", type=Path, help=say("cli.backtest.against", language))
    parser.add_argument("--data", type=Path, required=True, help=say("cli.data", language))
    parser.add_argument("--mapping", type=Path, help=say("cli.mapping", language))
    parser.add_argument("--label-delay", help=say("cli.train.label_delay", language))
    parser.add_argument("--models", type=folder, help=say("cli.check.models", language))
    parser.add_argument("--lists", type=folder, metavar="DATA", help=say("cli.backtest.lists", language))
    parser.add_argument("--since", type=moment, metavar="DATE", help=say("cli.backtest.since", language))
    parser.add_argument("--segment", action="append", metavar="COLUMN", help=say("cli.backtest.segment", language))
    parser.add_argument("--out", type=Path, help=say("cli.backtest.out", language))
    parser.add_argument("--fitted", type=Path, metavar="FILE", help=say("cli.backtest.fitted", language))
    parser.add_argument("--json", action="store_true", help=say("cli.json", language))


def run(args: argparse.Namespace) -> int:
    from assay.core.clock import now
    from assay.core.errors import UnreadableInput
    from assay.core.kind import kinds, sniff
    from assay.learning.backtest import backtest
    from assay.learning.history import History
    from assay.lists import standing
    from assay.policy import Policy, fit_budget

    language = terminal_language()
    args.models = kept(args.models)
    policy = Policy.load(args.policy)
    against = Policy.load(args.against) if args.against else None
    rooms = [k for k in kinds().values() if any(t.tag() in policy.applies_to for t in k.evidence)]
    found = sniff(args.data, rooms)
    if found is None:
        raise UnreadableInput("no room of this policy reads this file", where=str(args.data))
    kind, reader, _ = found
    if args.lists:
        added = standing(args.lists, now()).get(kind.name, {})
        policy, against = policy.holding(added), against and against.holding(added)
        print(say("cli.backtest.listed", language, count=sum(map(len, added.values()))), file=sys.stderr)
    if (since := _learned_until(args.models, kind, args.data)) and not args.since:
        print(say("cli.backtest.learned", language, since=since), file=sys.stderr)
    with show.progress(say("cli.backtest.progress", language)) as step:
        history = History([policy, *([against] if against else [])])
        for view in views(args, kind, reader, step):
            history.add(view)
    # What the file tells is known by now; only the profiles had to wait for each label.
    figures = backtest(history, policy, against, segments=args.segment, end=now())
    if args.fitted:
        args.fitted.write_text(fit_budget(policy, history).text, "utf-8")
    if args.out:
        import msgspec

        args.out.parent.mkdir(parents=True, exist_ok=True)
        args.out.write_bytes(msgspec.json.encode(figures))
    show.figures(figures, json=args.json)
    return 0


def _learned_until(models: Path, kind: Any, data: Path) -> str:
    """The day on which the room's model stopped learning, where it learned from this very file; empty where it did not."""
    import msgspec

    from assay.lane import trained_models
    from assay.learning.registry import CARD, file_hash

    path = (trained_models(kind, models) or models) / CARD
    card = msgspec.json.decode(path.read_bytes()) if path.is_file() else {}
    known = card.get("data", {}).get("sha256")
    began = card.get("split", {}).get("test", {}).get("from", "")
    return str(began)[:10] if known and known == file_hash(data) else ""


def views(args: argparse.Namespace, kind: Any, reader: Any, step: show.Step) -> Iterator[Any]:
    """The history as a policy sees it: profiles and detectors as they would have been, labels known when they were."""
    import numpy as np

    from assay.core.clock import parse_duration
    from assay.engine import Engine
    from assay.formats.mapping import load_mapping

    engine = Engine(rooms=[kind], models=args.models if args.models.is_dir() else None, replaying=True)
    mapping = load_mapping(args.mapping) if args.mapping else None
    delay = parse_duration(args.label_delay) if args.label_delay else None
    for batch in reader.read(args.data, mapping=mapping, reject=lambda _error: None):
        if delay is not None:
            batch.known = batch.time + delay
        view, _ = engine.view(engine.examine(batch))
        view.batch.truth, view.batch.known = batch.truth, batch.known
        step(len(batch))
        late = np.flatnonzero(batch.time >= (args.since if args.since is not None else batch.time.min()))
        if len(late):
            yield view if len(late) == len(batch) else view.take(late)
