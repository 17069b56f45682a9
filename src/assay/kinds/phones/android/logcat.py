"""logcat, as `adb`, androidqf and bug reports take it down: which processes were started, which crashed, when the phone booted. What
apps wrote there of themselves and of people is never read out.

Lines of the form `threadtime`, with or without year, zone and user. A line without a year belongs to the last time that it fits before
the log was taken.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta, tzinfo

from assay.kinds.phones.backup.database import Broken
from assay.kinds.phones.timeline import Event, event

MAX_LINE, MAX_PROCESSES = 2_048, 20_000
SAME = 5.0  # seconds within which two lines tell of the same crash
HEAD = re.compile(rb"\A-{5,20} beginning of (?:main|system|crash|kernel|events|radio)")
_LINE = re.compile(
    r"^(?:(\d{4})-)?(\d\d)-(\d\d) (\d\d):(\d\d):(\d\d)\.(\d{3})\d{0,6}(?: ([+-]\d{4}))? +(?:\S{1,32} +)?\d+ +\d+ [VDIWEFS] (\S{1,64}) *: (.*)$"
)
_NEEDLES = ("am_proc_start", "am_crash", "Start proc ", " >>> ", "Process: ", "boot_progress_start", " beginning of ")
_STARTED = re.compile(r"^Start proc \d+:([\w.:]{1,255})/")
_NATIVE = re.compile(r"^pid: \d+, tid: \d+, name: .{0,200}>>> (\S.{0,500}?) <<<")
_APP = re.compile(r"^Process: ([\w.:]{1,255}), PID: \d+")


def log(lines: Sequence[str], source: str, zone: tzinfo, *, made: float = 0.0) -> Iterator[Event]:
    """`process.seen` when a process was first started, `crash` with its program, `reboot`; `made`: when the log was taken, seconds
    since 1970. Raises `Broken` where no line is one of a log."""
    seen: set[str] = set()
    crashed: dict[str, float] = {}
    known = False
    for line in lines:
        if known and not any(needle in line for needle in _NEEDLES):
            continue
        found = _LINE.match(line[:MAX_LINE])
        if found is None:
            known = known or " beginning of " in line
            continue
        known = True
        when, tag, text = _moment(found, zone, made), found[9], found[10]
        if tag == "boot_progress_start":
            yield event(when, "reboot", "start", source)
        elif (name := _started(tag, text)) and name not in seen and len(seen) < MAX_PROCESSES:
            seen.add(name)
            yield event(when, "process.seen", name, source)
        elif path := _crashed(tag, text):
            if not abs(crashed.get(path, -1e12) - when) <= SAME:
                yield event(when, "crash", path.rpartition("/")[2], source, path)
            crashed[path] = when
    if not known:
        raise Broken("there is no line of a log")


def _started(tag: str, text: str) -> str:
    if tag == "am_proc_start":  # [user,pid,uid,process,why,component]
        parts = text.strip("[]").split(",")
        return parts[3] if len(parts) > 4 else ""
    found = _STARTED.match(text) if tag == "ActivityManager" else None
    return found[1] if found else ""


def _crashed(tag: str, text: str) -> str:
    """A program's path, or an app's name."""
    if tag == "am_crash":  # [pid,user,process,flags,…]
        parts = text.strip("[]").split(",")
        return parts[2] if len(parts) > 3 else ""
    if tag == "AndroidRuntime":
        return found[1] if (found := _APP.match(text)) else ""
    return found[1].partition(" ")[0] if tag == "DEBUG" and (found := _NATIVE.match(text)) else ""


def _moment(found: re.Match[str], zone: tzinfo, made: float) -> float:
    year, month, day, hour, minute, second, milli, offset = found.groups()[:8]
    taken = datetime.fromtimestamp(made, UTC)
    try:
        if offset:
            zone = datetime.strptime(offset, "%z").tzinfo or zone
        when = datetime(int(year or taken.year), int(month), int(day), int(hour), int(minute), int(second), int(milli) * 1000, zone)  # fmt: skip
        if not year and when > taken + timedelta(days=1):
            when = when.replace(year=taken.year - 1)
    except (ValueError, OverflowError):
        return 0.0
    return max(0.0, when.timestamp())


__all__ = ["HEAD", "log"]
