"""A bug report or the output of `dumpsys` as its sections: `DUMP OF SERVICE name:` and `------ TITLE (command) ------`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

MAX_LINES = 5_000_000
MAX_LINE = 8_192
_SERVICE = re.compile(r"^DUMP OF SERVICE (?:CRITICAL |HIGH )?([\w.\-/]{1,128}):")
_TITLE = re.compile(r"^------ ([A-Z][^(]{1,80}?)(?: \(([^)]{0,200})\))? ------$")
_LASTED = re.compile(r"^-{6,} [\d.]+s was the duration of ")


class Section(NamedTuple):
    """`name` the service, or the title in capitals; lines without their newlines."""

    name: str
    lines: list[str]


def sections(all_lines: Iterable[str]) -> Iterator[Section]:
    """Each section in its order; what comes before the first is the section of no name."""
    name, lines = "", list[str]()
    for number, line in enumerate(all_lines):
        if number >= MAX_LINES:
            break
        line = line[:MAX_LINE]
        found = _SERVICE.match(line) or _TITLE.match(line)
        if found or _LASTED.match(line):
            if lines:
                yield Section(name, lines)
            name, lines = (found[1] if found else ""), []
        else:
            lines.append(line)
    if lines:
        yield Section(name, lines)


__all__ = ["Section", "sections"]
