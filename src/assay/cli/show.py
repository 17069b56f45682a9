"""How the command line shows things: JSON for machines, tables with colour for people, a bar for work over a second."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Protocol

import msgspec

_NARROW, _NAME = 10, 24  # characters that a column needs to be read; the longest name that is never broken
_STEERING = (*range(32), *range(127, 160), *range(0x2028, 0x202F), *range(0x2066, 0x206A))
_CONTROLS = {i: "\ufffd" for i in _STEERING if i != 10}  # a value may not steer the terminal, nor turn its text around


def as_json(value: Any, *, indent: bool = True) -> None:
    """One JSON document on standard output. NaN becomes null: JSON has no such number."""
    sys.stdout.buffer.write(encoded(value, indent=indent) + b"\n")
    sys.stdout.flush()


def encoded(value: Any, *, indent: bool = True) -> bytes:
    """The value as JSON. NaN becomes null."""
    data = msgspec.json.encode(value, enc_hook=_plain)
    return msgspec.json.format(data, indent=2) if indent else data


def _plain(value: Any) -> Any:
    import numpy as np

    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, np.ndarray):
        return value.tolist()
    return str(value)


def console(error: bool = False) -> Any:
    """A rich console on standard output, or on standard error."""
    from rich.console import Console

    return Console(stderr=error, highlight=False, markup=False, emoji=False)


def table(title: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """A plain table; numbers to the right, short names whole. One too wide to be read is told row by row."""
    from rich import box
    from rich.table import Table

    made = Table(title=title or None, title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
    rows = [list(row) for row in rows]
    cells = [[text(cell) for cell in row] for row in rows]
    longest = [max([len(name), *(len(row[i]) for row in cells)]) for i, name in enumerate(columns)]
    if sum(min(length, _NARROW) + 3 for length in longest) > console().width:
        _records(title, columns, cells)
        return
    for i, name in enumerate(columns):
        numeric = bool(rows) and all(isinstance(row[i], (int, float)) or row[i] in ("", "–") for row in rows)
        whole = i == 0 and longest[i] <= _NAME  # a name is there to be copied
        made.add_column(name, justify="right" if numeric else "left", overflow="fold", no_wrap=whole)
    for row in cells:
        made.add_row(*row)
    console().print(made)


def _records(title: str, columns: Sequence[str], cells: Sequence[Sequence[str]]) -> None:
    """A row as lines of name and value."""
    from rich.text import Text

    if title:
        console().print(Text(title, "italic"))
    wide = max(map(len, columns))
    for number, row in enumerate(cells, 1):
        console().print(Text(f"── {number}", "dim"))
        for name, value in zip(columns, row, strict=True):
            console().print(Text.assemble((f"{name:<{wide}}  ", "bold"), value))


def summary(sentences: Sequence[str], colour: str) -> None:
    """What something comes to, in a frame: the headline in colour, then the rest, one paragraph or point each."""
    if not sentences:
        return
    from rich.padding import Padding
    from rich.panel import Panel
    from rich.text import Text

    told = Text(sentences[0], f"bold {colour.removeprefix('bold ')}")
    for sentence in sentences[1:]:
        told.append("\n" + sentence, "default")
    console().print(Padding(Panel(told, border_style=colour, padding=(0, 1), expand=False), (0, 0, 0, 4)))


def text(value: Any) -> str:
    """A cell: floats to four digits, absent as a dash."""
    if value is None or value != value:
        return "–"
    if isinstance(value, float):
        return f"{value:,.4g}" if abs(value) < 1000 else f"{value:,.0f}"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    return str(value).translate(_CONTROLS)


def figures(value: Any, *, json: bool) -> None:
    """Nested figures, for machines or for people."""
    if json:
        as_json(value)
    else:
        for line in tree(value):
            print(line)


def tree(value: Any, indent: str = "") -> Iterator[str]:
    """Nested figures as indented `name  value` lines, an interval behind its mean; curves of many points are only counted (`--json`
    gives them)."""
    for name, inner in value.items():
        if isinstance(inner, dict) and inner.keys() == {"mean", "low", "high"}:
            yield f"{indent}{name}  {text(inner['mean'])} [{text(inner['low'])}, {text(inner['high'])}]"
        elif isinstance(inner, dict):
            yield f"{indent}{name}"
            yield from tree(inner, indent + "  ")
        elif isinstance(inner, list) and len(inner) > 40:
            yield f"{indent}{name}  {len(inner)} …"
        elif isinstance(inner, list) and inner and isinstance(inner[0], dict):
            yield f"{indent}{name}"
            yield from _rows(inner, indent + "  ")
        elif isinstance(inner, list):
            yield f"{indent}{name}  " + (", ".join(text(v) for v in inner) or "–")
        else:
            yield f"{indent}{name}  {text(inner) or '–'}"


def _rows(items: Sequence[Mapping[str, Any]], indent: str) -> Iterator[str]:
    """Items of the same names under each other, where they fit the terminal; others each on a line with its names."""
    columns = [
        (k, *(text(item[k]) for item in items)) for k in items[0] if all(i.keys() == items[0].keys() for i in items)
    ]
    wide = [max(map(len, column)) for column in columns]
    if columns and len(items) > 1 and len(indent) + sum(wide) + 2 * len(wide) <= console().width:
        for row in zip(*columns, strict=True):
            yield indent + "  ".join(cell.rjust(width) for cell, width in zip(row, wide, strict=True))
        return
    for item in items:
        yield indent + "- " + ", ".join(f"{k} {text(v)}" for k, v in item.items())


_BARS: list[Any] = []
"""The bars that run now."""


class Step(Protocol):
    """Called with how much more is done, and what is being done now."""

    def __call__(self, done: float = 1, doing: str = "", /) -> None: ...


def secret(what: str) -> str:
    """What a person types without it being shown; nothing where they would rather not. Bars stand still meanwhile."""
    from getpass import getpass

    for bars in _BARS:
        bars.stop()
    try:
        return getpass(f"{what}: ")
    except (EOFError, KeyboardInterrupt):
        return ""
    finally:
        for bars in _BARS:
            bars.start()


@contextmanager
def progress(what: str, total: float | None = None, *, quiet: bool = False) -> Iterator[Step]:
    """A progress bar on standard error, seen only on a terminal and only when the work takes over a second."""
    if quiet or not sys.stderr.isatty():
        yield lambda _done=1, _doing="": None
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console(error=True), transient=True, refresh_per_second=5) as bars:
        task = bars.add_task(what, total=total)
        _BARS.append(bars)
        try:
            yield lambda done=1, doing="": bars.update(
                task, advance=done, description=f"{what}  {doing}" if doing else what
            )
        finally:
            _BARS.remove(bars)
