"""The command line: parses arguments, calls the rest, prints. One file a command; nothing heavy is imported until one runs.

A command module has `add(parser)` and `run(args) -> exit status`. What it prints for machines (`--json`) goes to standard
output and nothing else does; progress and remarks go to standard error.
"""

from __future__ import annotations

import argparse
import errno
import sys
from collections.abc import Callable, Iterable
from importlib import import_module
from pathlib import Path
from typing import NoReturn, TypeVar

from assay.core.words import say, spine, terminal_language, translated

N = TypeVar("N", int, float)
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO)  # met while writing, where no path is told

COMMANDS = (
    "check", "train", "evaluate", "backtest", "policy", "serve", "demo", "simulate", "rules", "intel", "lists", "timeline", "respond", "hunt", "report", "redact", "keys", "ledger", "campaigns", "doctor", "bench",
)  # fmt: skip


def main(argv: list[str] | None = None) -> int:
    """The `assay` command. Exit status: the command's own; 2 for bad arguments or input that cannot be used."""
    arguments = sys.argv[1:] if argv is None else argv
    parser = build_parser(_named(arguments))
    args = parser.parse_args(arguments)
    if not getattr(args, "command", None):
        parser.print_help()
        return 0
    from assay.cli import show
    from assay.core.errors import AssayError

    try:
        return int(import_module(f"assay.cli.{args.command}").run(args))
    except AssayError as error:
        print(f"assay: {show.text(error.told(terminal_language()))}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        sys.stderr.close()
        return 141
    except OSError as error:  # a path that was given and cannot be read or written; a full disk
        if error.filename is None and error.errno not in _FULL:
            raise
        where = "" if error.filename is None else f"{show.text(error.filename)}: "
        print(f"assay: {where}{translated(error.strerror or '', terminal_language())}", file=sys.stderr)
        return 2


def build_parser(only: str | None = None) -> argparse.ArgumentParser:
    """The whole parser, or with `only` the arguments of that command alone (its module is then the only one imported)."""
    from assay import __version__

    language = terminal_language()
    vars(argparse)["_"] = _its_own  # in our languages; the module would ask gettext, which has them in none
    parser = Parser(prog="assay", description=say("cli.about", language))
    parser.add_argument("--version", action="version", version=f"assay {__version__}")
    commands = parser.add_subparsers(metavar=say("cli.command", language))
    for name in COMMANDS:
        about = say(f"cli.{name}", language)
        command = commands.add_parser(name, help=about, description=about)
        command.set_defaults(command=name)
        if only is None or only == name:
            import_module(f"assay.cli.{name}").add(command)
    return parser


class Parser(argparse.ArgumentParser):
    """Says what is wrong in one line, and where to read more; its help may end with what there is to choose from."""

    _choices: Callable[[], Iterable[str]] | None = None

    def choose(self, names: Callable[[], Iterable[str]]) -> None:
        """`names` asks the rooms, so it is called where help is wanted and nowhere else."""
        self._choices = names

    def format_help(self) -> str:
        if self._choices is not None:
            self.epilog = say("cli.choose", terminal_language(), names=", ".join(self._choices()))
        return super().format_help()

    def error(self, message: str) -> NoReturn:
        see = say("cli.see", terminal_language(), command=f"{self.prog} --help")
        self.exit(2, f"{self.prog}: {message} ({see})\n")


def _its_own(text: str) -> str:
    """One of `argparse`'s own sentences."""
    return spine(terminal_language()).get(f"argparse.{text}", text)


def number(least: N, most: N | None = None) -> Callable[[str], N]:
    """For `type=`: a number of the bounds' own type that lies within them."""

    def read(text: str) -> N:
        language = terminal_language()
        try:
            value = type(least)(text)
        except ValueError:
            raise argparse.ArgumentTypeError(say("cli.no_number", language, value=text)) from None
        if not least <= value <= (value if most is None else most):
            bounds = say("cli.at_least" if most is None else "cli.between", language, least=least, most=most)
            raise argparse.ArgumentTypeError(say("cli.out_of_bounds", language, value=text, bounds=bounds))
        return value

    return read


def moment(text: str) -> int:
    """For `type=`: microseconds since 1970 of a date or a time, UTC where it names no zone."""
    from datetime import UTC, datetime

    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(say("cli.no_time", terminal_language(), value=text)) from None
    return int((found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp() * 1e6)


def folder(text: str) -> Path:
    """For `type=`: a folder that is there. One mistyped must not quietly do with what needs none."""
    if not Path(text).is_dir():
        raise argparse.ArgumentTypeError(say("cli.no_folder", terminal_language(), folder=text))
    return Path(text)


def kept(models: Path | None) -> Path:
    """The folder of trained models, added rules and intelligence: the one given, else the one that a service here reads."""
    from assay.settings import Settings

    return models or Settings.load().models_folder


def _named(arguments: list[str]) -> str:
    """The command that the arguments name; no name at all means that only the list of commands is wanted."""
    return next((a for a in arguments if not a.startswith("-")), "")
