"""The one timeline of a phone: every artefact, of whatever system, becomes `Event`s of the kinds listed here.

Readers append events in any order; `PhoneImage.events` has them by time. Times, paths, processes, apps and addresses of sites
are kept; texts of messages, names and numbers of people never are. Detectors, the page, the report and the export read nothing
else of a phone. The fields are stable: new ones go to the end, with a default.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import UTC, datetime

import msgspec

from assay.core.happened import Happened

APPLE = 978_307_200  # seconds from 1970 to 2001, Apple's epoch
SUBJECT = 512  # characters
KINDS = {
    # files of a backup or a folder; `detail` says which of m(odified) c(hanged) b(orn) the time is
    "file": "a file's times", "folder": "a folder's times", "link": "a link's times",
    "file.digest": "a file and its SHA-256 (detail)",
    # messages: that they came, never what they said
    "message": "a message came or went", "attachment": "an attachment came (its path)", "link.received": "a link came in a message",
    "attachments.emptied": "an attachment's folder was emptied; detail: seconds from its birth",
    "attachment.lies": "an attachment that is not what its name says; detail: what it is",
    "address": "an e-mail address was in touch (never a number)", "address.odd": "one looked up that was made to confuse a reader",
    # processes
    "process.first": "first use of the network; detail: bundle or app, empty where it has none",
    "process.last": "last use of the network; detail as above", "process.used": "bytes in/out over the network (detail)",
    "process.seen": "seen by some record of use", "process.run": "ran then, without a time when the archive was made; detail: its path",
    "process.deleted": "the network was used by a process that is no longer listed",
    "records.missing": "rows of a table that were deleted; subject: the table, detail: how many; between time and time + within",
    "crash": "a process crashed; detail: its path", "crash.memory": "killed for memory", "panic": "the kernel panicked",
    "diagnosed": "another report on a process; detail: its path or type",
    "reboot": "the phone was shut down or started", "upgraded": "a new build of the system; detail: the one before", "shutdown.delayed": "a client that held up a shutdown: its path; detail: seconds",
    # what is installed and what it may do
    "app": "installed; detail: where from", "app.used": "an app was in use", "app.installed": "installed then", "app.updated": "updated then",
    "app.removed": "removed then", "profile": "a configuration profile", "permission": "a permission held; subject: app, detail: which",
    "operation": "a guarded operation was used; subject: app, detail: which", "accessibility": "an accessibility service that is on",
    "receiver": "an app told of calls or messages; detail: of what", "activity": "an app with a screen that others may open", "certificate": "an app's signer; detail: digest",
    "location.stopped": "a client or bundle stopped asking where the phone is",
    # the web
    "network.joined": "a Wi-Fi network was joined first (never its name); detail: how it is guarded",
    "site.visited": "a page was visited", "site.observed": "a domain that a page came from or spoke to",
    # how the phone is set
    "lockdown": "lockdown mode: on or off", "airdrop": "who sees the phone over AirDrop", "property": "a system property; detail: value",
    "setting": "a setting; detail: value", "root": "a program that gives or hides root", "selinux": "its mode",
    "debug.key": "a computer allowed to debug; subject: digest of its key",
    "database": "a database that a process had open; detail: the app",
}  # fmt: skip


class Event(msgspec.Struct, frozen=True, array_like=True):
    """`time` microseconds since 1970 UTC, 0 where unknown; `kind` one of `KINDS`; `subject` what it happened to (a path,
    process, app, address of a site); `source` the artefact that says so; `actor` the process or app that did it, where
    known; `within` microseconds: it happened between `time` and `time + within`."""

    time: int
    kind: str
    subject: str
    source: str
    detail: str = ""
    actor: str = ""
    within: int = 0


class Source(msgspec.Struct, frozen=True):
    """A file that was read for its events: which artefact it is, where it lay, its SHA-256 and size."""

    artefact: str
    path: str
    digest: str
    bytes: int


class Gap(msgspec.Struct, frozen=True):
    """An artefact that was not read, and why (`absent`, `locked`, `broken`, `too large`)."""

    artefact: str
    why: str


def event(
    time: float, kind: str, subject: object, source: str, detail: str = "", actor: str = "", within: float = 0.0
) -> Event:
    """An event at `time` seconds since 1970, its texts made printable and short."""
    return Event(int(time * 1e6), kind, plain(subject), source, plain(detail), plain(actor), int(within * 1e6))


def plain(value: object) -> str:
    text = str(value)[:SUBJECT]
    return text if text.isprintable() else "".join(c if c.isprintable() else "?" for c in text)


def since_2001(value: object) -> float:
    """Apple's time (seconds, or nanoseconds where it is too large for seconds) as seconds since 1970; 0 where it is none."""
    if not isinstance(value, (int, float)) or not math.isfinite(value) or value <= 0:
        return 0.0
    seconds = value / 1e9 if value > 1e11 else float(value)
    return seconds + APPLE if seconds < 4e9 else 0.0


def unix(value: object) -> float:
    """Seconds since 1970 of a date or a number; 0 where it is none."""
    if isinstance(value, datetime):
        return max(0.0, value.replace(tzinfo=value.tzinfo or UTC).timestamp())
    ok = isinstance(value, (int, float)) and math.isfinite(value) and 0 < value < 1e11
    return float(value) if ok else 0.0  # type: ignore[arg-type]


def written(text: str) -> float:
    """Seconds since 1970 of a date as logs write it (`2024-05-01 10:20:30.12 +0200`, `…T…Z`); UTC where no zone is said; 0
    where it is none."""
    told = text.strip().replace(" +", "+").replace(" -", "-")
    try:
        found = datetime.fromisoformat(told)
    except ValueError:
        return 0.0
    try:
        return max(0.0, found.replace(tzinfo=found.tzinfo or UTC).timestamp())
    except (OverflowError, OSError):
        return 0.0


def happened(evidence: object) -> Iterator[Happened] | None:
    """A phone's events for `assay timeline`; None of a signed report, which has none."""
    events = getattr(evidence, "events", None)
    return None if events is None else (
        Happened(e.time, e.kind, e.subject, e.source, e.detail, e.actor, e.within) for e in events
    )  # fmt: skip


__all__ = ["APPLE", "KINDS", "Event", "Gap", "Source", "event", "happened", "plain", "since_2001", "unix", "written"]
