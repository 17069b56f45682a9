"""Whether a report that came is to be believed, here and now: signature, key, term, case, device, customer, and that nobody has
shown it before. `phones.report` says what it says, or why it counts for nothing; `phones.report-again` knows of earlier showings.

A report never speaks *for* a phone: the best it can say is that no trace was found. So one that is not believed changes nothing
either, unless it shows that somebody has meddled with it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, NamedTuple

from assay.core.batch import Batch
from assay.core.clock import iso, micros
from assay.core.entity import Entity
from assay.core.errors import UnreadableInput
from assay.core.evidence import Evidence
from assay.core.finding import Finding, Findings, Reason, Severity, Where
from assay.core.profile import Profile
from assay.formats.signers import Signer
from assay.kinds.phones.features import PHONES, SHOWN
from assay.kinds.phones.report.evidence import PhoneReport
from assay.kinds.phones.report.likelihood import figure
from assay.kinds.phones.report.make import MOST_LIFETIME
from assay.kinds.phones.report.paper import Pages, enclosed, pages_of
from assay.kinds.phones.report.statement import Level, Opened, Statement, open_envelope

SKEW = timedelta(minutes=10)  # clocks of two machines may differ by this much
NAMED = 12  # findings of a report that are told again


class Weight(NamedTuple):
    code: str
    verdict: str
    severity: Severity
    weight: float


SAYS: dict[Level, Weight] = {
    "high": Weight("phones.report-high", "counterfeit", Severity.HIGH, 0.95),
    "suspicious": Weight("phones.report-suspicious", "suspicious", Severity.MEDIUM, 0.6),
    # Exposure is no sign of a compromise; it is of medium severity so that a policy can ask for it.
    "exposed": Weight("phones.report-exposed", "suspicious", Severity.MEDIUM, 0.3),
    "none": Weight("phones.report-none", "inconclusive", Severity.INFORMATIONAL, 0.1),
    "unknown": Weight("phones.report-unknown", "inconclusive", Severity.INFORMATIONAL, 0.1),
}
_REFUSED = {  # in the order in which they are told; the first two are exact proof of meddling
    "phones.report-forged": ("counterfeit", Severity.HIGH),
    "phones.report-page-altered": ("counterfeit", Severity.HIGH),
    "phones.report-other-device": ("suspicious", Severity.MEDIUM),
    "phones.report-other-customer": ("suspicious", Severity.MEDIUM),
    "phones.report-other-case": ("suspicious", Severity.MEDIUM),
    "phones.report-revoked": ("suspicious", Severity.MEDIUM),
    "phones.report-out-of-term": ("suspicious", Severity.MEDIUM),
    "phones.report-early": ("suspicious", Severity.MEDIUM),
    "phones.report-expired": ("inconclusive", Severity.LOW),
    "phones.report-unknown-signer": ("inconclusive", Severity.LOW),
    "phones.report-unbound": ("inconclusive", Severity.LOW),
    "phones.report-broken": ("inconclusive", Severity.INFORMATIONAL),
}
_VERDICTS = ("inconclusive", "suspicious", "counterfeit")


class Accept:
    """`believed`: cards of signers by id."""

    name = "phones.report"
    version = "1"
    reads: tuple[type[Evidence], ...] = (PhoneReport,)

    def __init__(self, believed: dict[str, Signer]) -> None:
        self.believed = believed

    def examine(self, batch: Batch[Any], profile: Profile) -> Findings:
        return Findings.each(self.name, self.version, (self._finding(batch.item(i)) for i in range(len(batch))))

    def _finding(self, shown: PhoneReport) -> Finding:
        try:
            opened = open_envelope(enclosed(shown.content), self.believed)
        except UnreadableInput as error:
            opened = Opened(None, "", "broken", str(error))
        refused = refusals(opened, shown, pages_of(shown.content, opened.signer, self.believed))
        if refused:
            told = [_REFUSED[reason.code] for reason in refused]
            verdict = max((v for v, _ in told), key=_VERDICTS.index)
            return _say(self, shown, verdict, max(s for _, s in told), refused)
        assert opened.statement is not None
        return _say(self, shown, *_said(opened.statement))


class Again:
    """A nonce is good for one report: whoever shows it a second time shows somebody else's, or an old one. And a device that has
    been one phone does not become another."""

    name = "phones.report-again"
    version = "1"
    reads: tuple[type[Evidence], ...] = (PhoneReport,)
    looks_back = True

    def examine(self, batch: Batch[Any], profile: Profile) -> Findings:
        shown, phones = (_counts(profile, name, len(batch)) for name in (SHOWN, PHONES))
        return Findings.each(
            self.name, self.version, (self._finding(batch, i, shown[i], phones[i]) for i in range(len(batch)))
        )

    def _finding(self, batch: Batch[Any], i: int, shown: int, phones: int) -> Finding | None:
        reasons = [Reason("phones.report-replayed", 0.8, {"times": shown})] if shown > 1 else []
        if phones > 1:
            reasons.append(Reason("phones.report-other-phone", 0.5, {"phones": phones}))
        if not reasons:
            return None
        entities = tuple(Entity(k, str(batch.entity(k)[i])) for k in ("customer", "device") if batch.entity(k)[i])
        return Finding(
            detector=self.name, version=self.version, verdict="suspicious", severity=Severity.MEDIUM.word, reasons=tuple(reasons),
            entities=entities,
        )  # fmt: skip


def _counts(profile: Profile, name: str, n: int) -> list[int]:
    """Whole numbers of a feature, 0 where there is none."""
    if name not in profile:
        return [0] * n
    return [0 if value != value else int(value) for value in profile.column(name).tolist()]


def refusals(opened: Opened, shown: PhoneReport, pages: Pages = "") -> list[Reason]:
    """Why a report counts for nothing; none where it is to be believed."""
    statement = opened.statement
    if statement is None:
        return [Reason("phones.report-broken", 0.1, {"what": opened.told})]
    reasons = [Reason(f"phones.report-{opened.problem}", 0.9, {"signer": opened.signer})] if opened.problem else []
    if opened.problem in ("forged", "unknown-signer"):
        return reasons  # what it says of itself is anybody's word
    if pages == "altered":
        reasons.append(Reason("phones.report-page-altered", 0.9, {"signer": opened.signer}))
    subject = statement.subject
    if subject.device and shown.device and subject.device != shown.device:
        reasons.append(Reason("phones.report-other-device", 0.8, {}))
    if subject.customer and shown.customer and subject.customer != shown.customer:
        reasons.append(Reason("phones.report-other-customer", 0.8, {}))
    if shown.nonce != statement.nonce or (shown.case and shown.case != statement.case):
        reasons.append(Reason("phones.report-other-case", 0.8, {}))
    if not _bound(statement, shown):
        reasons.append(Reason("phones.report-unbound", 0.3, {}))
    if statement.issued > shown.time + SKEW:
        reasons.append(Reason("phones.report-early", 0.5, {"issued": iso(micros(statement.issued))}))
    if shown.time > statement.expires or statement.expires - statement.issued > MOST_LIFETIME:
        reasons.append(Reason("phones.report-expired", 0.3, {"expired": iso(micros(statement.expires))}))
    order = list(_REFUSED)
    return sorted(reasons, key=lambda r: order.index(r.code))


def _bound(statement: Statement, shown: PhoneReport) -> bool:
    """Is it about the device or the customer for which it is shown?"""
    subject = statement.subject
    return bool((subject.device and shown.device) or (subject.customer and shown.customer))


def _said(statement: Statement) -> tuple[str, Severity, list[Reason]]:
    level = statement.assessment.level
    code, verdict, severity, weight = SAYS[level]
    values = {
        "coverage": round(100 * statement.coverage.share), "low": figure(statement.assessment.likelihood_ratio.low),
        "high": figure(statement.assessment.likelihood_ratio.high), "until": statement.expires.date().isoformat(),
    }  # fmt: skip
    reasons = [Reason(code, weight, values)]
    codes = dict.fromkeys(g.code for f in statement.findings if f.verdict != "inconclusive" for g in f.reasons)
    reasons += [Reason("phones.report-found", 0.2, {"finding": name}) for name in list(codes)[:NAMED]]
    return verdict, severity, reasons


def _say(detector: Accept, shown: PhoneReport, verdict: str, severity: Severity, reasons: Sequence[Reason]) -> Finding:
    about = tuple(e for e in shown.entities() if e.kind in ("customer", "device"))
    return Finding(
        detector=detector.name, version=detector.version, verdict=verdict, severity=severity.word, reasons=tuple(reasons),
        where=(Where(field="content"),), entities=about,
    )  # fmt: skip


__all__ = ["Accept", "Again", "refusals"]
