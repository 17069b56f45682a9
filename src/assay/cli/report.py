"""`assay report make | verify | key`: signed reports on what was examined, for a room that makes them."""

from __future__ import annotations

import argparse
import sys
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assay.cli import folder, kept, number, show
from assay.core.words import LANGUAGES, say, terminal_language

if TYPE_CHECKING:
    from assay.core.kind import Kind

ACTIONS = ("create", "rotate", "revoke", "trust", "list")


def add(parser: argparse.ArgumentParser) -> None:
    language = terminal_language()
    actions = parser.add_subparsers(dest="action", required=True, metavar="make|verify|key")
    make = actions.add_parser("make", help=say("cli.report.make", language))
    make.add_argument("path", type=Path, metavar="PATH", help=say("cli.report.path", language))
    make.add_argument("--out", type=Path, required=True, help=say("cli.report.out", language))
    make.add_argument("--consent", type=Path, required=True, metavar="FILE", help=say("cli.report.consent", language))
    make.add_argument("--keys", type=Path, default=Path("report-keys"), help=say("cli.report.keys", language))
    make.add_argument("--days", type=number(0.001, 3650.0), default=7.0, help=say("cli.report.days", language))
    make.add_argument("--prior", default="", help=say("cli.report.prior", language))
    make.add_argument("--models", type=folder, help=say("cli.check.models", language))
    make.add_argument(
        "--language", choices=LANGUAGES, default=terminal_language(), help=say("cli.report.language", language)
    )
    verify = actions.add_parser("verify", help=say("cli.report.verify", language))
    verify.add_argument("path", type=Path, metavar="FILE", help=say("cli.report.file", language))
    for command in (make, verify):
        for name in ("device", "customer", "nonce", "case"):
            command.add_argument(f"--{name}", default="", help=say(f"cli.report.{name}", language))
    key = actions.add_parser("key", help=say("cli.report.key", language))
    key.add_argument("what", choices=ACTIONS, help=say("cli.report.what", language))
    key.add_argument("subject", nargs="?", default="", help=say("cli.report.subject", language))
    key.add_argument("--folder", type=Path, default=Path("report-keys"), help=say("cli.report.folder", language))
    key.add_argument("--why", default="", help=say("cli.report.why", language))
    for command in (verify, key):
        command.add_argument("--kind", default="phones", help=say("cli.report.kind", language))
    verify.add_argument(
        "--signers", type=Path, required=True, metavar="FOLDER", help=say("cli.report.signers", language)
    )
    for command in (make, verify, key):
        command.add_argument("--json", action="store_true", help=say("cli.json", language))


def run(args: argparse.Namespace) -> int:
    """Exit status of `verify`: 1 where the report is not to be believed."""
    if args.action == "make":
        return _make(args)
    return _verify(args) if args.action == "verify" else _key(args)


def _make(args: argparse.Namespace) -> int:
    from assay.check import examining
    from assay.core.asked import answering
    from assay.core.errors import UnreadableInput
    from assay.core.report import Wanted

    consent = _mapping(args.consent)
    path, kind, reader = _subject(args.path)
    reporter = _reporter(kind)
    with answering(show.secret) if sys.stdin.isatty() else nullcontext():
        batches = list(reader.read(path, reject=lambda _: None))
    if len(batches) != 1 or len(batches[0]) != 1:
        raise UnreadableInput("a report is about one thing", where=str(args.path))
    models = kept(args.models)
    with examining(models if models.is_dir() else None) as engine:
        examined = engine.examine(batches[0])
    findings = [f for told in examined.explain(_first()).values() for f in told]
    wanted = Wanted(
        keys=args.keys, consent=consent, about=_about(args), nonce=args.nonce, case=args.case, days=args.days,
        options={"prior": args.prior} if args.prior else {}, language=args.language,
    )  # fmt: skip
    files, told = reporter.report(batches[0].item(0), findings, path, wanted)
    args.out.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (args.out / name).write_bytes(content)
    told["files"] = [str(args.out / name) for name in files]
    show.figures(told, json=args.json)
    return 0


def _verify(args: argparse.Namespace) -> int:
    from assay.core.errors import UnreadableInput
    from assay.core.kind import kind_of
    from assay.core.report import Shown
    from assay.formats.canonical_json import MOST_BYTES
    from assay.formats.whole import read_whole

    if not args.path.is_file():
        raise UnreadableInput("no such file", where=str(args.path))
    shown = Shown(about=_about(args), nonce=args.nonce, case=args.case)
    told = _reporter(kind_of(args.kind)).verify(read_whole(args.path, 4 * MOST_BYTES), shown, args.signers)
    if args.json:
        show.as_json(told)
        return int(not told["believed"])
    language = terminal_language()
    print(
        say("cli.report.believed" if told["believed"] else "cli.report.refused", language, signer=told["signer"] or "–")
    )
    for reason in told["reasons"]:
        print("  " + say(reason["code"], language, **reason["values"]))
    for finding in told.get("findings", ()):
        for reason in finding["reasons"]:
            print("  · " + say(reason["code"], language, **reason["values"]))
    shown_of = ("level", "coverage", "issued", "expires", "case", "subject", "page")
    about = {name: told[name] for name in shown_of if told.get(name) not in (None, "", {})}
    for line in show.tree(about, "  "):
        print(line)
    return int(not told["believed"])


def _key(args: argparse.Namespace) -> int:
    from assay.core.errors import InvalidSetting
    from assay.core.kind import kind_of

    if args.what in ("revoke", "trust") and not args.subject:
        raise InvalidSetting("name the signer to revoke, or the card to trust", where="subject")
    card = Path(args.subject).read_bytes() if args.what == "trust" and Path(args.subject).is_file() else b""
    told = _reporter(kind_of(args.kind)).key(args.what, args.folder, name=args.subject, why=args.why, card=card)
    if args.json:
        show.as_json(told)
        return 0
    language = terminal_language()
    columns = ("id", "name", "since", "until", "revoked")  # the id is a digest of the public key, which is in the JSON
    rows = [
        [str(card.get(column, ""))[: 10 if column in ("since", "until") else None] for column in columns]
        for card in told
    ]
    show.table("", tuple(say(f"cli.report.card.{column}", language) for column in columns), rows)
    return 0


def _subject(path: Path) -> tuple[Path, Kind, Any]:
    """The one file, or the one that stands for the folder, that a room makes reports of."""
    from assay.check import files
    from assay.core.errors import UnreadableInput
    from assay.core.kind import sniff

    if not path.exists():
        raise UnreadableInput("no such file or folder", where=str(path))
    found = [(each, told) for each in files([path]) if each.is_file() and (told := sniff(each)) is not None]
    able = [(each, *told[:2]) for each, told in found if told[0].reporter is not None]
    if len(able) != 1:
        what = "nothing" if not able else f"{len(able)} things"
        raise UnreadableInput(f"{what} in it that a report could be made of", where=str(path), hint="name the one file")
    return able[0]


def _reporter(kind: Kind) -> Any:
    from importlib import import_module

    from assay.core.errors import NotFound

    if kind.reporter is None:
        raise NotFound(f"{kind.name} makes no reports")
    return import_module(kind.reporter)


def _about(args: argparse.Namespace) -> dict[str, str]:
    return {name: value for name in ("device", "customer") if (value := getattr(args, name))}


def _mapping(path: Path) -> dict[str, Any]:
    import yaml

    from assay.core.errors import InvalidSetting
    from assay.formats.whole import read_whole

    try:
        found = yaml.safe_load(read_whole(path, 65_536))
    except (OSError, yaml.YAMLError, UnicodeDecodeError) as error:
        raise InvalidSetting(f"cannot be read: {type(error).__name__}", where=str(path)) from None
    if not isinstance(found, dict):
        raise InvalidSetting("holds no fields", where=str(path), hint="by, at and purpose, a line each")
    return {str(name): value for name, value in found.items()}


def _first() -> Any:
    import numpy as np

    return np.zeros(1, np.int64)
