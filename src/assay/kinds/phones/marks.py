"""Which events of a timeline may be steps of a compromise: marks of a few kinds, each as rare on a phone as its rate says.

a  an attachment emptied within minutes of its coming, as nobody does who reads it; A  one emptied within a day, or nobody knows when
C  a crash of a program that reads messages or pages
B  a setting of the system born; b  one that is born alone, with no other within ten minutes
N  a process without a bundle first on the network; where most of the phone's names are known, K  one whose name is, U  one whose is not
L  a system bundle that stopped to ask where the phone is
D  an entry deleted from the table of processes; V  network use left behind by a deleted entry
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from typing import NamedTuple

from assay.core.clock import MINUTE, SECOND
from assay.kinds.phones.daemons import known_share, stands_for_itself
from assay.kinds.phones.timeline import Event

DELIVERY = frozenset("aAC")
QUICK = 300  # seconds that an attachment stayed
LONG = 86_400  # seconds from which on an attachment was somebody's, and its going is no trace of its coming
ALONE = 10 * MINUTE
VAGUE = 6 * 3600 * SECOND  # a deletion known no better than this is none that can be placed
KNOWN = 0.6  # share of a phone's names that must be known before an unknown one says anything
READERS = frozenset({
    "IMTranscoderAgent", "MessagesBlastDoorService", "IDSBlastDoorService", "imagent", "com.apple.WebKit.WebContent", "mediaserverd",
    "IMDPersistenceAgent", "MobileSMS", "com.apple.WebKit.GPU", "identityservicesd", "avconferenced", "homed",
})  # fmt: skip
"""Programs that read what others send, by whose crash published attacks came (reference §5)."""
_SYSTEM = (
    "HomeDomain/Library/Preferences/com.apple.",
    "RootDomain/Library/Preferences/com.apple.",
    "RootDomain/Library/Caches/",
)


class Mark(NamedTuple):
    """`within` microseconds by which its time may be later."""

    time: int
    kind: str
    event: Event
    within: int = 0


def is_setting(event: Event) -> bool:
    """A list of settings of the system itself."""
    return event.kind == "file" and event.subject.endswith(".plist") and event.subject.startswith(_SYSTEM)


def marks_of(events: Sequence[Event]) -> list[Mark]:
    """Every mark of a timeline, by time."""
    births = sorted(e.time for e in events if e.time and "b" in e.detail and is_setting(e))
    names = {e.subject for e in events if e.kind == "process.first" and not e.detail}
    telling = known_share(names) >= KNOWN
    found: set[Mark] = set()
    for e in events:
        if not e.time:
            continue
        kind = _kind(e, births, telling=telling)
        if kind:
            found.add(Mark(e.time, kind, e, e.within))
    return sorted(found, key=lambda m: (m.time, m.kind, m.event.subject))


def _kind(e: Event, births: Sequence[int], *, telling: bool) -> str:
    if e.kind == "attachments.emptied":
        stayed = int(e.detail) if e.detail.isdigit() else 0
        if stayed > LONG:
            return ""  # somebody had it for days: no exploit waits so long to tidy up
        # Emptied in the second of its birth, it may never have held anything: restored without what was in it.
        return "a" if 1 <= stayed <= QUICK else "A"
    if e.kind == "file" and "b" in e.detail and is_setting(e):
        near = bisect_right(births, e.time + ALONE) - bisect_left(births, e.time - ALONE)
        return "b" if near <= 1 else "B"
    if e.kind == "process.first" and not e.detail:
        return "N" if not telling else "K" if stands_for_itself(e.subject) else "U"
    if e.kind == "location.stopped" and e.subject.endswith(".bundle"):
        return "L"
    if e.kind == "crash" and e.subject in READERS:
        return "C"
    if e.kind == "records.missing" and e.subject == "ZPROCESS" and e.actor != "newest" and e.within <= VAGUE:
        return "D"
    return "V" if e.kind == "process.deleted" else ""


__all__ = ["DELIVERY", "READERS", "Mark", "is_setting", "marks_of"]
