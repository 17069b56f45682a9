"""`phones.coverage`, `phones.traces`, `phones.coincidence`, `phones.attachments`, `phones.posture`: what was read, what is known,
what is strange, and what is left open. None of them ever says that a phone is clean.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from assay.core.batch import Batch
from assay.core.clock import iso
from assay.core.entity import Entity
from assay.core.evidence import Evidence
from assay.core.finding import Finding, Findings, Reason, Severity, Where
from assay.core.kind import Detector
from assay.core.profile import Profile
from assay.kinds.phones.coincidence import MIN_KINDS, MIN_TRACES, THRESHOLD, coincidence
from assay.kinds.phones.evidence import Event, PhoneImage
from assay.kinds.phones.indicators import Indicators, Matches, Refused, Term, load
from assay.kinds.phones.report.accept import Accept, Again
from assay.kinds.phones.report.signers import cards

SHOWN = 20  # reasons of one kind
SHORT = 4  # characters: a shorter name may be anybody's
EXPLOITED = (  # first and last version, what used them; the last is included. As published up to March 2026
    ((13, 0), (17, 2, 1), "Coruna"),
    ((18, 4), (18, 7), "DarkSword"),
    ((0,), (15, 7), "Operation Triangulation"),
)
_LIGHT = {"address": 1, "link.received": 2, "site.visited": 3, "site.observed": 4}  # and implants' own traces before
_ROOTS = {"HomeDomain": "/var/mobile/", "MediaDomain": "/var/mobile/", "CameraRollDomain": "/var/mobile/",
          "RootDomain": "/var/root/", "WirelessDomain": "/var/wireless/", "KeychainDomain": "/var/Keychains/"}  # fmt: skip


def detectors(models: Path | None) -> list[Detector]:
    """With the sets of indicators that an operator put into `indicators` in the room's folder of models, and believing the
    reports of those whose cards lie in `signers` there."""
    folder = models / "indicators" if models is not None else None
    found, refused = load([folder] if folder is not None and folder.is_dir() else [])
    believed = dict(cards(models / "signers")) if models is not None else {}
    return [
        Coverage(), Traces(found, refused), Unknown(), Attachments(), Posture(), Accept(believed), Again(),
    ]  # fmt: skip


class _OfOnePhone:
    """What all of these share: one phone at a time, one finding each."""

    name = ""
    version = "1"
    reads: tuple[type[Evidence], ...] = (PhoneImage,)

    def examine(self, batch: Batch[Any], profile: Profile) -> Findings:
        return Findings.each(self.name, self.version, (self.finding(batch.item(i)) for i in range(len(batch))))

    def finding(self, phone: PhoneImage) -> Finding | None:
        raise NotImplementedError

    def say(
        self,
        phone: PhoneImage,
        verdict: str,
        severity: Severity,
        reasons: Sequence[Reason],
        where: Sequence[Where] = (),
    ) -> Finding:
        return Finding(
            detector=self.name, version=self.version, verdict=verdict, severity=severity.word, reasons=tuple(reasons),
            where=tuple(where), entities=tuple(Entity(e.kind, e.id) for e in phone.entities()),
        )  # fmt: skip


class Coverage(_OfOnePhone):
    """What could not be read, and traces of somebody having tidied up."""

    name = "phones.coverage"

    def finding(self, phone: PhoneImage) -> Finding | None:
        if phone.problem:
            reason = Reason("phones.unopened", 1.0, {"what": phone.problem})
            return self.say(phone, "inconclusive", Severity.INFORMATIONAL, [reason])
        reasons = [Reason("phones.gap", 0.1, {"artefact": g.artefact, "why": g.why}) for g in phone.gaps[: 2 * SHOWN]]
        verdict, severity = "inconclusive", Severity.INFORMATIONAL
        if phone.orphans:
            reasons.insert(0, Reason("phones.deleted-process", 0.6, {"count": phone.orphans}))
            verdict, severity = "suspicious", Severity.MEDIUM
        if phone.forged_ids:
            reasons.insert(0, Reason("phones.forged-id", 0.6, {"count": phone.forged_ids}))
            verdict, severity = "suspicious", Severity.MEDIUM
        return self.say(phone, verdict, severity, reasons) if reasons else None


class Traces(_OfOnePhone):
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
    if kind.startswith("process.") or kind == "crash":
        return known.value("process:name", subject) if subject else []
    if kind in ("site.visited", "link.received"):
        return known.url(subject)
    if kind == "site.observed":
        return known.host(subject)
    if kind == "address":
        return known.value("email-addr:value", subject)
    if kind == "app":
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


class Unknown(_OfOnePhone):
    """The coincidence of traces that nobody has described; medium at most, since it is no proof."""

    name = "phones.coincidence"

    def finding(self, phone: PhoneImage) -> Finding | None:
        if phone.problem:
            return None
        found = coincidence(phone.events)
        if found.score >= THRESHOLD:
            when = iso(found.traces[0].time)
            kinds = len({t.kind for t in found.traces})
            values = {"when": when, "kinds": kinds, "score": round(found.score, 1), "traces": len(found.traces)}
            where = [Where(field=t.event.subject[:160], rule="phones.coincidence") for t in found.traces[:SHOWN]]
            return self.say(phone, "suspicious", Severity.MEDIUM, [Reason("phones.coincidence", 0.6, values)], where)
        if found.all < MIN_TRACES or found.kinds < MIN_KINDS:
            reason = Reason("phones.too-little", 0.1, {"traces": found.all, "left_out": found.left_out})
            return self.say(phone, "inconclusive", Severity.INFORMATIONAL, [reason])
        return None


class Attachments(_OfOnePhone):
    """Attachments that are not what their name says. Their bytes are examined as parts, by the room that knows them."""

    name = "phones.attachments"

    def finding(self, phone: PhoneImage) -> Finding | None:
        found = [e for e in phone.events if e.kind == "attachment.lies"][:SHOWN]
        if not found:
            return None
        reasons = [Reason("phones.type-lie", 0.6, {"media": e.detail, "path": e.subject[-160:]}) for e in found]
        return self.say(phone, "suspicious", Severity.MEDIUM, reasons)


class Posture(_OfOnePhone):
    """What leaves a phone open. Exposure is not infection."""

    name = "phones.posture"

    def finding(self, phone: PhoneImage) -> Finding | None:
        reasons = [
            Reason("phones.exposed", 0.2, {"version": phone.version, "threat": name}) for name in exposed(phone.version)
        ]
        if any(e.kind == "airdrop" and e.subject == "Everyone" for e in phone.events):
            reasons.append(Reason("phones.airdrop-everyone", 0.1))
        return self.say(phone, "inconclusive", Severity.LOW, reasons) if reasons else None


def exposed(version: str) -> Iterator[str]:
    """Attacks that are known to have worked on this version of iOS."""
    if re.fullmatch(r"\d{1,3}(\.\d{1,3}){0,3}", version):
        number = tuple(int(part) for part in version.split("."))
        for first, last, name in EXPLOITED:
            if first <= number and number[: len(last)] <= last:
                yield name


__all__ = ["Attachments", "Coverage", "Posture", "Traces", "Unknown", "detectors", "exposed", "terms_of"]
