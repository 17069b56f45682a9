"""Lists of processes, as `ps` of iOS and Android and taskinfo.txt give them: what ran when the archive was made, and from where."""

from __future__ import annotations

import re
from collections.abc import Iterator

from assay.kinds.phones.backup.database import Broken
from assay.kinds.phones.gathering import Content, bytes_of
from assay.kinds.phones.timeline import Event, event

MAX_LINES = 100_000
MAX_LINE = 8_192
_TASK = re.compile(r'^[ \t]{0,16}process:[ \t]{1,16}"?([^"\s][^"\n]{0,254}?)"?[ \t]{1,16}\[(\d{1,10})\]', re.MULTILINE)


def ps(content: Content, source: str) -> Iterator[Event]:
    """A `process.run` for each command: its name, its path, its user."""
    yield from listed(_text(content).splitlines()[:MAX_LINES], source)


def listed(lines: list[str], source: str) -> Iterator[Event]:
    """The same of lines that may have others before them. Raises `Broken` where none names the columns."""
    head = next(
        (i for i, line in enumerate(lines) if "PID" in line.split() and line.split()[-1] in ("COMMAND", "NAME", "CMD")),
        None,
    )
    if head is None:
        raise Broken("there is no list of processes")
    names = lines[head].split()
    seen = set()
    for line in lines[head + 1 :]:
        cells = line[:MAX_LINE].split(None, len(names) - 1)
        if len(cells) < len(names):
            continue
        path = _program(cells[-1])
        user = cells[names.index("USER")] if "USER" in names else ""
        if path and (path, user) not in seen:
            seen.add((path, user))
            yield event(0, "process.run", path.rpartition("/")[2], source, path if "/" in path else "", user)


def taskinfo(content: Content, source: str) -> Iterator[Event]:
    """A `process.run` for each task."""
    names = dict.fromkeys(name for name, _ in _TASK.findall(_text(content)))
    if not names:
        raise Broken("there is no list of tasks")
    for name in list(names)[:MAX_LINES]:
        yield event(0, "process.run", name, source)


def _program(command: str) -> str:
    """A command's program without its arguments: a path may hold blanks, an argument begins with `-` or is a path itself. What
    stands in brackets is a thread of the kernel."""
    command = command.strip().strip("()")
    if command.startswith("["):
        return ""
    return re.split(r" (?=-|/)", command, maxsplit=1)[0]


def _text(content: Content) -> str:
    return bytes_of(content).decode("utf-8", "replace")


__all__ = ["listed", "ps", "taskinfo"]
