"""`assay serve`: the service and the console over a data folder, until a signal ends it."""

from __future__ import annotations

import argparse
import logging
import sys
from pathlib import Path
from typing import Any

from assay.cli import folder, number, show
from assay.core.words import say, terminal_language


def add(parser: argparse.ArgumentParser) -> None:
    language = terminal_language()
    parser.add_argument("--data", type=Path, help=say("cli.data_folder", language))
    parser.add_argument("--host", help=say("cli.serve.host", language))
    parser.add_argument("--port", type=number(0, 65535), help=say("cli.serve.port", language))
    parser.add_argument("--policy", type=Path, help=say("cli.serve.policy", language))
    parser.add_argument("--models", type=folder, help=say("cli.serve.models", language))
    parser.add_argument("--history", type=Path, metavar="PATH", help=say("cli.serve.history", language))
    parser.add_argument("--mapping", type=Path, help=say("cli.mapping", language))


def run(args: argparse.Namespace) -> int:
    from assay.home import close_engine, open_engine
    from assay.service.keys import KeyFile
    from assay.service.server import listen, serve
    from assay.settings import Settings

    language = terminal_language()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    given: dict[str, Any] = {
        "data": args.data,
        "host": args.host,
        "port": args.port,
        "policy": args.policy,
        "models": args.models,
    }
    settings = Settings.load(None, **{k: str(v) if isinstance(v, Path) else v for k, v in given.items()})
    listen(settings).close()  # an address that cannot be had is told before anything is replayed
    engine = open_engine(settings, lambda text: print(f"assay: {text}", file=sys.stderr))
    try:
        if args.history:
            take_history(engine, args.history, args.mapping, language)
        if not KeyFile(settings.data).list():
            token, _ = KeyFile(settings.data).create("admin", "first")
            print(say("cli.serve.first_key", language, key=token), file=sys.stderr)
        serve(
            engine, settings, ready=lambda address: print(say("cli.serve.ready", language, address=address), flush=True)
        )
    finally:
        close_engine(engine)
    return 0


def take_history(engine: object, path: Path, mapping: Path | None, language: str) -> None:
    """History through the whole flow before the first request: profiles warm, ledger filled."""
    from assay.core.errors import UnreadableInput
    from assay.core.kind import RowError, sniff
    from assay.engine import Engine
    from assay.formats.mapping import load_mapping
    from assay.history import replay

    assert isinstance(engine, Engine)
    assert engine.ledger is not None
    ledger = engine.ledger
    found = sniff(path, engine.rooms)
    if found is None:
        raise UnreadableInput("nobody reads this kind of file", where=str(path))

    def reject(error: RowError) -> None:
        ledger.dead_letter(str(path), error.row, error.reason, error.raw)

    batches = found[1].read(path, mapping=load_mapping(mapping) if mapping else None, reject=reject)
    with show.progress(say("cli.serve.replaying", language)) as step:
        told = replay(engine, batches, step=step)
    print(
        say("cli.serve.replayed", language, told=", ".join(f"{n:,} {what}" for what, n in told.items())),
        file=sys.stderr,
    )
