"""`phones.programs`: programs that have no business where they are or under the name they bear.

A program that ran, crashed or held up a shutdown from a place where no program lies (reference §5.4: the allow-list, the identifier at the end
left out); the same one after several restarts; one of the system's own names far from where the system lies; a name made to look like a program of
the system (`nehelprd` for `nehelper`), first on the network when nothing else changed, that lies in such a place or mostly sends. A name
alone, or sending alone, is a lead without a verdict: lists of names are never whole, and one program in nine of iOS bears a name close to
another's.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from assay.core.clock import iso
from assay.core.finding import Finding, Reason, Severity
from assay.kinds.phones.daemons import known, looks_like
from assay.kinds.phones.evidence import PhoneImage
from assay.kinds.phones.marks import marks_of
from assay.kinds.phones.stating import OfOnePhone
from assay.kinds.phones.storms import calm
from assay.kinds.phones.timeline import Event

SHOWN = 20
SENT, SKEW = 1_000_000, 2.0  # bytes, and times more than was received
SYSTEM = re.compile(
    r"^/(?:System|Applications|Library|Developer|bin|sbin|usr/(?:libexec|s?bin|lib|local/bin)|private/preboot|cores"
    r"|private/var/staged_system_apps|private/var/(?:MobileSoftwareUpdate|MobileAsset|run)|dev|kernel)(?:/|$)"
)
APPS = re.compile(
    r"^/(?:private/)?var/(?:containers/Bundle|mobile/Containers/Bundle|containers/Shared|PersonalizedDebug)/"
)
STAGED = re.compile(r"^/(?:private/)?var/db/com\.apple\.xpc\.roleaccountd\.staging/(?:exec/)?[^/]+/([^/]+)\.xpc/\1$")
ANDROID = re.compile(r"^/(?:data/local/tmp|sdcard|storage/emulated|mnt/sdcard|data/media)/")
_DAEMON = re.compile(r"[a-z][a-z0-9_]{4,}d$|[a-z]+(?:agent|helper)$")


class Seen(NamedTuple):
    """Where a program lay, and what said so."""

    path: str
    event: Event


class Programs(OfOnePhone):
    """Suspicious at most: none of this is a proof."""

    name = "phones.programs"
    techniques = ("T1655.001",)  # masquerading: a legitimate name or place

    def finding(self, phone: PhoneImage) -> Finding | None:
        if phone.problem:
            return None
        marks = [] if phone.system == "android" else calm(marks_of(phone.events), phone.events)
        unknown = {m.event.subject: m.event for m in reversed(marks) if m.kind == "U"}
        sending = senders(phone, unknown)
        masked = {} if phone.system == "android" else masks(phone, unknown)
        sure = [r for name, (r, placed) in masked.items() if placed or name in sending]
        reasons = [*odd_places(phone), *sure]
        leads = [r for r, _ in masked.values() if r not in sure] + list(sending.values())
        if reasons:
            return self.say(phone, "suspicious", Severity.MEDIUM, [*reasons, *leads][: 2 * SHOWN])
        return self.say(phone, "inconclusive", Severity.LOW, leads[:SHOWN]) if leads else None


def paths(events: Iterable[Event]) -> Iterator[Seen]:
    """Every program whose place is told: it ran, it crashed, it held up a shutdown."""
    for e in events:
        path = e.subject if e.kind == "shutdown.delayed" else e.detail
        if path.startswith("/") and e.kind in ("shutdown.delayed", "process.run", "crash", "crash.memory"):
            yield Seen(path, e)


def belongs(path: str, system: str) -> bool:
    """Whether programs lie there on such a phone. Of Android only places where none may are known."""
    if system == "android":
        return not ANDROID.search(path)
    return bool(
        SYSTEM.search(path) or APPS.search(path) or ((found := STAGED.search(path)) and found[1].lower() in known())
    )


def odd_places(phone: PhoneImage) -> Iterator[Reason]:
    """Programs where none lies, and programs of the system among the apps."""
    where: dict[str, list[Event]] = defaultdict(list)
    posing: dict[str, Event] = {}
    for path, e in paths(phone.events):
        name = path.rpartition("/")[2]
        if not belongs(path, phone.system):
            where[path].append(e)
        elif phone.system != "android" and APPS.search(path) and name in known_daemons():
            posing.setdefault(path, e)
    for path, events in sorted(where.items(), key=lambda item: -len(item[1])):
        restarts = len({e.time for e in events if e.kind == "shutdown.delayed"})
        values = {"path": path[-160:], "source": events[0].source[:160], "when": _when(events), "restarts": restarts}
        yield Reason("phones.stays" if restarts > 1 else "phones.odd-place", 0.8 if restarts > 1 else 0.6, values)
    for path, e in posing.items():
        yield Reason("phones.posing", 0.5, {"path": path[-160:], "source": e.source[:160], "when": _when([e])})


def masks(phone: PhoneImage, unknown: Mapping[str, Event]) -> dict[str, tuple[Reason, bool]]:
    """Names that are made to look like a program's of the system, first on the network while nothing else changed; True where the
    program also lies where none of the system does."""
    found: dict[str, tuple[Reason, bool]] = {}
    for path, e in paths(phone.events):
        name = path.rpartition("/")[2]
        if name not in found and not SYSTEM.search(path) and not APPS.search(path) and (like := looks_like(name)):
            found[name] = _mask(name, like, e, 0.7), True
    for name, e in unknown.items():
        if name not in found and (like := looks_like(name)):
            found[name] = _mask(name, like, e, 0.3), False
    return found


def senders(phone: PhoneImage, unknown: Mapping[str, Event]) -> dict[str, Reason]:
    """Unknown programs without a bundle that sent much more than they got."""
    found: dict[str, Reason] = {}
    for e in phone.events:
        if e.kind == "process.used" and e.subject in unknown:
            into, _, out = e.detail.partition("/")
            if into.isdigit() and out.isdigit() and int(out) >= SENT and int(out) >= SKEW * int(into):
                values = {
                    "name": e.subject[:80],
                    "megabytes": round(int(out) / 1e6, 1),
                    "when": _when([unknown[e.subject]]),
                }
                found[e.subject] = Reason("phones.rare-program", 0.2, values)
    return found


def known_daemons() -> frozenset[str]:
    """Names that only a daemon of the system bears: an app may well be called Notes."""
    return frozenset(name for name in known() if _DAEMON.fullmatch(name))


def _mask(name: str, like: str, e: Event, weight: float) -> Reason:
    values = {"name": name[:80], "like": like, "source": e.source[:160], "when": _when([e])}
    return Reason("phones.masquerade", weight, values)


def _when(events: Sequence[Event]) -> str:
    first = min((e.time for e in events if e.time), default=0)
    return iso(first) if first else "?"


__all__ = ["Programs", "belongs", "paths"]
