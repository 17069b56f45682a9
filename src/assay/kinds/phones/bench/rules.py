"""The published rules of two tools as references, from their descriptions (reference §5.3, §5.4): triangle_check 1.1 with the window
it uses and the last ten events it never begins in, and iShutdown. Where a phone lacks what triangle_check needs, the tool stops with
an error; here it is told that it says nothing."""

from __future__ import annotations

from collections.abc import Sequence

from assay.core.clock import SECOND
from assay.kinds.phones.timeline import Event

TRIANGULATION = "BackupAgent"
WINDOW, MOST = 300 * SECOND, 10
_NET = {("nehelper", ""), ("com.apple.WebKit.WebContent", ""), ("powerd", "com.apple.datausage.diagnostics"),
        ("lockdownd", "com.apple.datausage.security")}  # fmt: skip
_FILES = {
    "RootDomain/Library/Preferences/com.apple.ImageIO.plist",
    "HomeDomain/Library/Preferences/com.apple.locationd.StatusBarIconManager.plist",
    "HomeDomain/Library/Preferences/com.apple.imservice.ids.FaceTime.plist",
}
_BUNDLES = ("IonosphereHarvest.bundle", "WRMLinkSelection.bundle")
_ATTACHMENTS = "MediaDomain/Library/SMS/Attachments/"
DELAYS = 3
_BAD = ("/private/var/db/", "/private/var/tmp/")

Trace = tuple[int, str, str, str]  # time, class, path, letters


def triangle_check(events: Sequence[Event]) -> bool:
    """Whether it would say "detected" or "suspicion"."""
    if any(e.kind.startswith("process.") and e.subject == TRIANGULATION for e in events):
        return True
    traces = sorted(trace for e in events if e.time and (trace := _trace(e)))
    for i in range(len(traces) - MOST):
        window = [t for t in traces[i : i + MOST] if t[0] - traces[i][0] <= WINDOW]
        if len({t[1] for t in window}) >= 2 and not _rejected(window):
            return True
    return False


def _trace(e: Event) -> Trace | None:
    if e.kind in ("process.first", "process.last") and (e.subject, e.detail) in _NET:
        return e.time, "net", "", ""
    if e.kind in ("file", "folder"):
        if e.subject.startswith(_ATTACHMENTS):
            return e.time, "sms", e.subject.removeprefix("MediaDomain/"), e.detail
        if e.subject in _FILES:
            return e.time, "file", "", ""
    if e.kind == "location.stopped" and e.subject.endswith(_BUNDLES):
        return e.time, "location", "", ""
    return None


def _rejected(window: Sequence[Trace]) -> bool:
    """Attachments of another depth than a folder by digest, or such a folder of which not both times lie in the window."""
    letters: dict[str, set[str]] = {}
    for _, kind, path, told in window:
        if kind == "sms":
            if path.count("/") not in (3, 4):
                return True
            letters.setdefault(path, set()).update(told)
    return any(not {"m", "c"} <= told for told in letters.values())


def ishutdown(events: Sequence[Event]) -> bool:
    """Three rounds of delay before one end, or a client that lies in one of two folders. A block without its end is not seen."""
    for e in events:
        if e.kind == "reboot" and "rounds" in e.detail and e.time and int(e.detail.partition(" ")[0]) >= DELAYS:
            return True
        if e.kind == "shutdown.delayed" and e.time and any(place in e.subject for place in _BAD):
            return True
    return False


__all__ = ["TRIANGULATION", "ishutdown", "triangle_check"]
