"""A single database, log or report of an iPhone, handed in alone, as a `PhoneImage` of what it tells; the rest is not known."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from assay.kinds.phones import tasks
from assay.kinds.phones.evidence import PhoneImage
from assay.kinds.phones.gathering import Gathering, Parse, moment_of
from assay.kinds.phones.ios import crashes, databases, logs, plists, shutdown
from assay.kinds.phones.ios.places import packed

_SQLITE = b"SQLite format 3\0"


class Alone(NamedTuple):
    """`tells(head, name)` how sure it is that a file is this artefact."""

    artefact: str
    parse: Parse
    tells: Callable[[bytes, str], float]


def _database(tables: tuple[bytes, ...], *names: str) -> Callable[[bytes, str], float]:
    """A database that is called so, or whose schema, as far as its head holds it, names these tables."""

    def tells(head: bytes, name: str) -> float:
        if not head.startswith(_SQLITE):
            return 0.0
        schema = all(b"TABLE " + t in head or b'TABLE "' + t in head or b"EXISTS " + t in head for t in tables)
        return 0.9 if schema else 0.8 if name.lower() in names else 0.0

    return tells


def _text(*needles: bytes) -> Callable[[bytes, str], float]:
    def tells(head: bytes, name: str) -> float:
        return 0.9 if b"\0" not in head[:1024] and any(n in head for n in needles) else 0.0

    return tells


def _report(head: bytes, name: str) -> float:
    first = head[:4096].partition(b"\n")[0]
    told = first.startswith(b"{") and b'"bug_type"' in first
    return 0.95 if told else 0.0


def _named(name_: str) -> Callable[[bytes, str], float]:
    def tells(head: bytes, name: str) -> float:
        return 0.85 if name.lower() == name_ and head.startswith((b"bplist00", b"<?xml")) else 0.0

    return tells


def _power(head: bytes, name: str) -> float:
    plain = head.startswith(_SQLITE) and b"PLProcess" in head
    return 0.9 if plain else 0.8 if ".plsql" in name.lower() and head.startswith((_SQLITE, b"\x1f\x8b")) else 0.0


FILES = (
    Alone("messages", databases.messages, _database((b"message", b"handle"), "sms.db")),
    Alone("data usage", databases.data_usage, _database((b"ZPROCESS", b"ZLIVEUSAGE"), "datausage.sqlite", "netusage.sqlite")),
    Alone("Safari history", databases.history, _database((b"history_items", b"history_visits"), "history.db")),
    Alone("WebKit statistics", databases.observed, _database((b"ObservedDomains",), "observations.db")),
    Alone("permissions", databases.permissions, _database((b"access", b"policies"), "tcc.db")),
    Alone("use of apps", databases.knowledge, _database((b"ZOBJECT", b"ZSTRUCTUREDMETADATA"), "knowledgec.db")),
    Alone("interactions", databases.interactions, _database((b"ZINTERACTIONS",), "interactionc.db")),
    Alone("WhatsApp", databases.whatsapp, _database((b"ZWAMESSAGE",), "chatstorage.sqlite")),
    Alone("power log", packed, _power),
    Alone("shutdown log", shutdown.log, _text(b"remaining client pid:", b"these clients are still here")),
    Alone("crash reports", crashes.report, _report),
    Alone("installed apps", logs.installations, _text(b"Install Successful for (", b"[MIClientConnection ", b"[MIInstaller ")),
    Alone("processes", tasks.ps, _text(b"PRSNA   PID  PPID", b"USER  UID PRSNA")),
    Alone("tasks", tasks.taskinfo, _text(b"num tasks:", b"num tasks =")),
    Alone("location clients", plists.locations, _named("clients.plist")),
    Alone("daily analytics", plists.analytics, _named("com.apple.osanalytics.addaily.plist")),
    Alone("identity look-ups", plists.looked_up, _named("com.apple.identityservices.idstatuscache.plist")),
    Alone("AirDrop setting", plists.sharing, _named("com.apple.sharingd.plist")),
)  # fmt: skip


def surest(head: bytes, name: str) -> tuple[float, Alone] | None:
    found = max(((one.tells(head, name), one) for one in FILES), key=lambda f: f[0])
    return found if found[0] else None


def examine(path: Path, alone: Alone, id_: str) -> PhoneImage:
    """What this one file tells; every other artefact is a gap."""
    gathered = Gathering()

    gathered.take(alone.artefact, path.name[:200], lambda: path, alone.parse)
    gathered.settle(alone.artefact)
    for one in dict.fromkeys(f.artefact for f in FILES):
        if one != alone.artefact:
            gathered.settle(one, "not handed in")
    problem = "" if gathered.read else gathered.gaps[0].why
    return gathered.image(id_, moment_of(path.stat().st_mtime), system="ios", form="file", files=1, problem=problem)


__all__ = ["FILES", "Alone", "examine", "surest"]
