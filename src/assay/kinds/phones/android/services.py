"""What other services dump: accessibility, guarded operations, open databases, the battery's history, computers that may debug.

Follows the texts of Android 9 to 15. A query's text and a debug key are never kept: of a database its path, of a key a digest.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from datetime import tzinfo

from assay.kinds.phones.android.times import local, span
from assay.kinds.phones.timeline import Event, event

MAX_LINE, MAX_SERVICES = 4_096, 500
_NAME = r"([A-Za-z][\w.]{1,255})"
_ENABLED_OLD = re.compile(r"^\s*enabled services: ?\{\s*$", re.IGNORECASE)
_SERVICE = re.compile(rf"{_NAME}/([\w.$]{{1,255}})")
_UID, _OF = re.compile(r"^  Uid "), re.compile(rf"^    Package {_NAME}:")
_OP = re.compile(r"^      ([A-Z_]{3,64}) \((\w+)")
_ACCESS = re.compile(r"^\s+Access: ?\[[^\]]*\] ?(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d{1,6})?)")
_POOL = re.compile(r"^\s*Connection pool for (\S.{0,500}):\s*$")
_OWNER = re.compile(rf"Database info for pid \d+ \[{_NAME}")
_RAN = re.compile(r"^\s*\d+: \[(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d{1,6})?)\]")
_RESET = re.compile(r"RESET:TIME: (\d{4}(?:-\d\d){5})")
_AT = re.compile(r"^\s*(\+?\d[\dhdms]*) \(\d+\)")
_TOP, _JOB = re.compile(rf'\+top=\w+:"{_NAME}"'), re.compile(rf'\+job=\w+:"{_NAME}/')
_DAILY = re.compile(r"^\s*Daily from (\d{4}(?:-\d\d){5}) to (\d{4}(?:-\d\d){5}):")
_CHANGED = re.compile(rf"^\s*(Update|Uninstall) {_NAME}\b")
_KEY = re.compile(r'(?:user_keys=|adbKey key=")([A-Za-z0-9+/=]{16,2000})')
_LINE_KEY = re.compile(r"^\s{0,32}([A-Za-z0-9+/=]{300,2000}) [^\s@]{1,128}@[^\s@]{1,128}\s{0,8}$")
_LAST = re.compile(r'lastConnection="(\d{10,16})"')


def accessibility(lines: Sequence[str], source: str, zone: tzinfo) -> Iterator[Event]:
    """An `accessibility` for each service that is on."""
    inside, told = 0, set[tuple[str, str]]()
    for line in lines:
        line = line[:MAX_LINE]
        if _ENABLED_OLD.match(line):
            inside = MAX_SERVICES
            continue
        inside = 0 if line.strip().startswith("}") else max(0, inside - 1)
        if inside or "Enabled services:{" in line:
            text = line.partition("Enabled services:")[2] or line
            for package, service in _SERVICE.findall(text):
                if (package, service) not in told:
                    told.add((package, service))
                    yield event(0, "accessibility", package, source, service)


def operations(lines: Sequence[str], source: str, zone: tzinfo) -> Iterator[Event]:
    """`operation` when a guarded operation was last used, `permission` where it is allowed and was not used yet."""
    package = operation = ""
    allowed, last = False, 0.0

    def told() -> Iterator[Event]:
        if package and operation and last:
            yield event(last, "operation", package, source, operation)
        elif package and operation and allowed:
            yield event(0, "permission", package, source, operation)

    for line in lines:
        if _UID.match(line) or (found := _OF.match(line)):
            yield from told()
            package, operation, last = ("" if _UID.match(line) else found[1] if found else ""), "", 0.0
        elif found := _OP.match(line):
            yield from told()
            operation, allowed, last = found[1], found[2] == "allow", 0.0
        elif found := _ACCESS.match(line):
            last = max(last, local(found[1], zone))
    yield from told()


def databases(lines: Sequence[str], source: str, zone: tzinfo) -> Iterator[Event]:
    """A `database` for each that is open, at its latest query."""
    owner = path = ""
    last = 0.0
    for line in [*lines, "Connection pool for end:"]:
        if found := _OWNER.search(line):
            owner_next = found[1]
        elif found := _POOL.match(line):
            owner_next = owner
        else:
            if found := _RAN.match(line):
                last = max(last, local(found[1], zone))
            continue
        if path:
            yield event(last, "database", path, source, owner)
        owner, path, last = owner_next, (found[1] if _POOL.match(line) else ""), 0.0


def battery(lines: Sequence[str], source: str, zone: tzinfo) -> Iterator[Event]:
    """`app.used` when an app came to the front, `process.seen` when one's job ran, `app.updated` and `app.removed` by day."""
    reset = 0.0
    day, told = (0.0, 0.0), set()
    for line in lines:
        if found := _RESET.search(line):
            reset = local(found[1], zone)
        elif found := _DAILY.match(line):
            day = (local(found[1], zone), local(found[2], zone))
        elif found := _CHANGED.match(line):
            kind = "app.updated" if found[1] == "Update" else "app.removed"
            if (kind, found[2], day) in told:
                continue
            told.add((kind, found[2], day))
            yield event(day[0], kind, found[2], source, within=max(0.0, day[1] - day[0]))
        elif reset and (at := _AT.match(line)):
            when = reset + span(at[1])
            for pattern, kind in ((_TOP, "app.used"), (_JOB, "process.seen")):
                for name in pattern.findall(line):
                    yield event(when, kind, name, source)


def debugging(lines: Sequence[str], source: str, zone: tzinfo) -> Iterator[Event]:
    """A `debug.key` for each computer that may debug the phone: a digest of its key, and when it last did where that is said."""
    text = "\n".join(lines)
    keys = dict.fromkeys(_KEY.findall(text))
    keys |= dict.fromkeys(m[1] for line in lines if (m := _LINE_KEY.match(line)))
    last = max((int(found) / 1000 for found in _LAST.findall(text)), default=0.0)
    for key in keys:
        yield event(last if len(keys) == 1 else 0, "debug.key", hashlib.sha256(key.encode()).hexdigest()[:32], source)


__all__ = ["accessibility", "battery", "databases", "debugging", "operations"]
