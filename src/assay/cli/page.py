"""The command line's page of the manual, made from the parser itself: `python -m assay.cli.page > docs/cli.md`."""

from __future__ import annotations

import argparse
from collections.abc import Iterator

HEAD = """# The command line

Every command takes `--help`; most take `--json` (one JSON document on standard output, nothing else). Tables, colour and
progress are for people; language follows the locale or `ASSAY_LANGUAGE` (en, zh).

Exit status:

| | |
|---|---|
| 0 | done, and nothing to tell |
| 1 | `check`: findings; `policy check`: mistakes; `ledger verify`: broken; `rules test`: a rule fails one of its samples; `intel look`: the value is known; `respond plan`: something would change; `report verify`: not to be believed; `redact`: something was left out of the copy |
| 2 | arguments or input that cannot be used; `check`: something could not be examined (rows refused of a table that was read are counted and told, and do not make it 2); `timeline`: nothing there has one; `doctor`: a problem. One line on standard error says what |
| 130, 141 | interrupted; whoever read the output closed it |

This page is made from the parser: `python -m assay.cli.page > docs/cli.md`.
"""


def commands(parser: argparse.ArgumentParser, name: str = "assay") -> Iterator[tuple[str, argparse.ArgumentParser]]:
    """Every command that does something, with its full name."""
    inner = [a for a in parser._actions if isinstance(a, argparse._SubParsersAction)]
    if not inner:
        yield name, parser
    for action in inner:
        for sub, sub_parser in action.choices.items():
            yield from commands(sub_parser, f"{name} {sub}")


def page() -> str:
    """The whole page, Markdown."""
    from assay.cli import build_parser

    lines = [HEAD]
    for name, parser in commands(build_parser()):
        lines += [
            f"## {name}",
            "",
            (parser.description or _about(name)).capitalize() + ".",
            "",
            "| argument | meaning |",
            "|---|---|",
        ]
        for action in parser._actions:
            if "--help" not in action.option_strings:
                lines.append(f"| {_shown(action)} | {_told(action)} |")
        lines.append("")
    return "\n".join(lines)


def _about(name: str) -> str:
    from assay.core.words import say

    key = ".".join(["cli", *name.split()[1:]])
    return say(key)


def _shown(action: argparse.Action) -> str:
    if not action.option_strings:
        return f"`{action.metavar or action.dest}`" if isinstance(action.metavar or action.dest, str) else ""
    value = "" if action.nargs == 0 else f" {action.metavar or action.dest.upper()}"
    return f"`{action.option_strings[-1]}{value}`"


def _told(action: argparse.Action) -> str:
    choices = f" ({', '.join(map(str, action.choices))})" if action.choices else ""
    default = action.default
    shown = default not in (None, "", False, argparse.SUPPRESS) and "default" not in (action.help or "")
    return f"{action.help or ''}{choices}{f'; default {default}' if shown else ''}".strip()


if __name__ == "__main__":
    print(page(), end="")
