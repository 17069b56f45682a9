"""The command line: parses arguments, calls the rest, prints. One file a command; nothing heavy is imported until one runs.

A command module has `add(parser)` and `run(args) -> exit status`. What it prints for machines (`--json`) goes to standard
output and nothing else does; progress and remarks go to standard error.
"""

from __future__ import annotations

import argparse
import sys
from importlib import import_module
from pathlib import Path

from assay.core.words import say, terminal_language

COMMANDS = (
    "check", "train", "evaluate", "backtest", "policy", "serve", "demo", "simulate", "rules", "intel", "timeline", "respond", "hunt", "report", "redact", "keys", "ledger", "campaigns", "doctor", "bench",
)  # fmt: skip


def main(argv: list[str] | None = None) -> int:
    """The `assay` command. Exit status: the command's own; 2 for bad arguments or input that cannot be used."""
    arguments = sys.argv[1:] if argv is None else argv
    parser = build_parser(_named(arguments))
    args = parser.parse_args(arguments)
    if not getattr(args, "command", None):
        parser.print_help()
        return 0
    from assay.core.errors import AssayError

    try:
        return int(import_module(f"assay.cli.{args.command}").run(args))
    except AssayError as error:
        print(f"assay: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        sys.stderr.close()
        return 141
    except OSError as error:  # a path that was given and is not there, may not be read or cannot be written
        if error.filename is None:
            raise
        print(f"assay: {error.filename}: {error.strerror}", file=sys.stderr)
        return 2


def build_parser(only: str | None = None) -> argparse.ArgumentParser:
    """The whole parser, or with `only` the arguments of that command alone (its module is then the only one imported)."""
    from assay import __version__

    language = terminal_language()
    parser = argparse.ArgumentParser(prog="assay", description=say("cli.about", language))
    parser.add_argument("--version", action="version", version=f"assay {__version__}")
    commands = parser.add_subparsers(metavar=say("cli.command", language))
    for name in COMMANDS:
        about = say(f"cli.{name}", language)
        command = commands.add_parser(name, help=about, description=about)
        command.set_defaults(command=name)
        if only is None or only == name:
            import_module(f"assay.cli.{name}").add(command)
    return parser


def folder(text: str) -> Path:
    """For `type=`: a folder that is there. One mistyped must not quietly do with what needs none."""
    if not Path(text).is_dir():
        raise argparse.ArgumentTypeError(say("cli.no_folder", terminal_language(), folder=text))
    return Path(text)


def _named(arguments: list[str]) -> str:
    """The command that the arguments name; no name at all means that only the list of commands is wanted."""
    return next((a for a in arguments if not a.startswith("-")), "")
