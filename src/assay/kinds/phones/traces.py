"""`phones.traces`: what is known of implants, looked for in a phone's timeline, each trace with its weight and age."""

from __future__ import annotations

from collections.abc import Sequence

from assay.core.clock import iso
from assay.core.finding import Finding, Reason, Severity, Where
from assay.kinds.phones.evidence import PhoneImage
from assay.kinds.phones.indicators import Indicators, Matches, Refused, Term
from assay.kinds.phones.stating import OfOnePhone
from assay.kinds.phones.timeline import Event

SHOWN = 20  # reasons of one kind
SHORT = 4  # characters: a shorter name may be anybody's
_LIGHT = {"address": 1, "link.received": 2, "site.visited": 3, "site.observed": 4}  # and implants' own traces before
_ROOTS = {"HomeDomain": "/var/mobile/", "MediaDomain": "/var/mobile/", "CameraRollDomain": "/var/mobile/",
          "RootDomain": "/var/root/", "WirelessDomain": "/var/wireless/", "KeychainDomain": "/var/Keychains/"}  # fmt: skip

_OF_APPS = frozenset({"app", "permission", "operation", "accessibility", "receiver", "activity"})


class Traces(OfOnePhone):
    """Known traces. A trace of an implant itself is grave; a link that came is a cue; a site visited is no infection."""

    name = "phones.traces"

    def __init__(self, indicators: Indicators, refused: Sequence[Refused] = ()) -> None:
        self.indicators, self.refused = indicators, refused

    def finding(self, phone: PhoneImage) -> Finding | None:
        if phone.problem:
            return None
        coverage = round(100 * phone.coverage)
        if not len(self.indicators):
            reason = Reason("phones.no-indicators", 0.1, {"coverage": coverage})
            return self.say(phone, "inconclusive", Severity.INFORMATIONAL, [reason])
        matches = Matches(self.indicators)
        hits = [(terms, event) for event in phone.events if (terms := terms_of(event, self.indicators))]
        for terms, event in sorted(hits, key=lambda hit: _LIGHT.get(hit[1].kind, 0)):  # the gravest stands for its kind
            matches.add(terms, event)
        reasons: list[Reason] = []
        where: list[Where] = []
        worst, verdict = Severity.LOW, "suspicious"
        for indicator, alternative, events in list(matches.found())[: 5 * SHOWN]:
            terms = [term for group in alternative for term in group]
            code, severity, sure = _gravity(events, terms)
            worst = max(worst, severity)
            verdict = "counterfeit" if sure else verdict
            event = events[0]
            values = {
                "threat": indicator.threat[:80], "value": " + ".join(v for _, v in terms)[:160], "set": indicator.set,
                "since": indicator.since, "source": event.source[:160], "when": iso(event.time) if event.time else "?",
            }  # fmt: skip
            where.append(Where(field=event.kind, part=event.source[:160], rule=f"{code}#{len(reasons)}"))
            reasons.append(Reason(code, {1: 0.05, 2: 0.2, 3: 0.5, 4: 0.95}.get(int(severity), 0.5), values))
        if reasons:
            return self.say(phone, verdict, worst, reasons, where)
        values = {"coverage": coverage, "indicators": len(self.indicators), "refused": len(self.refused)}
        return self.say(phone, "inconclusive", Severity.INFORMATIONAL, [Reason("phones.no-trace", 0.1, values)])


def terms_of(event: Event, known: Indicators) -> list[Term]:
    """Which indicators' terms an event meets."""
    kind, subject = event.kind, event.subject
    if kind in ("file", "folder", "link"):
        domain, _, path = subject.partition("/")
        found = known.path(_ROOTS.get(domain, "/") + path)
        return found + [t for t in known.path(path) if t not in found]
    if kind.startswith("process.") or kind in ("crash", "crash.memory", "diagnosed"):
        named = known.value("process:name", subject) if subject else []
        return named + (known.path(event.detail) if event.detail.startswith("/") else [])
    if kind in ("shutdown.delayed", "root", "database"):
        return known.value("process:name", subject.rpartition("/")[2]) + known.path(subject)
    if kind == "file.digest":
        how, _, digest = event.detail.partition(":")
        return [*known.value(f"file:hashes.{how}", digest), *known.path(subject), *known.value("app:id", event.actor)]
    if kind == "certificate":
        how, _, digest = event.detail.partition(":")
        return [*known.value(f"app:cert.{how}", digest), *known.value("app:id", subject)]
    if kind == "property":
        return known.value("android-property:name", subject)
    if kind in ("site.visited", "link.received"):
        return known.url(subject)
    if kind == "site.observed":
        return known.host(subject)
    if kind == "address":
        return known.value("email-addr:value", subject)
    if kind.partition(".")[0] in _OF_APPS:
        return known.value("app:id", subject)
    if kind == "profile":
        return known.value("configuration-profile:id", subject)
    return []


def _gravity(events: Sequence[Event], terms: Sequence[Term]) -> tuple[str, Severity, bool]:
    """Reason, severity, and whether it is a trace of the implant itself."""
    kinds = {event.kind for event in events}
    if kinds <= {"site.visited", "site.observed"}:
        return "phones.visited", Severity.LOW, False
    if kinds == {"link.received"}:
        return "phones.link", Severity.MEDIUM, False
    if kinds == {"address"}:
        return "phones.address", Severity.MEDIUM, False
    sure = any(len(value) >= SHORT and key != "file:name" for key, value in terms)
    return "phones.trace", Severity.HIGH if sure else Severity.MEDIUM, sure


__all__ = ["Traces", "terms_of"]
