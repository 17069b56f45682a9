"""A phone, what was found on it, and a signed report of both: plain values, no files read."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from assay.core.finding import Finding, Reason, Where
from assay.formats import signers
from assay.kinds.phones.evidence import Event, Gap, PhoneImage, Source
from assay.kinds.phones.report.make import Request, make
from assay.kinds.phones.report.statement import Consent, Statement, sign

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
NONCE = "nonce-of-case-17-a"
SENT = 1_700_000_000_000_000
CONSENT = Consent(by="the customer", at=NOW - timedelta(days=1), purpose="a check before a large payment")


def phone(**fields: Any) -> PhoneImage:
    given: dict[str, Any] = {
        "device": "digest-of-the-phone", "version": "18.7.3", "product": "iPhone14,5", "coverage": 0.75,
        "read": ("manifest", "messages", "data usage"), "gaps": (Gap("permissions", "absent"),),
        "sources": (Source("messages", "HomeDomain/Library/SMS/sms.db", "ab" * 32, 4096),),
        "events": (Event(SENT, "message", "", "sms"), Event(SENT + 1, "process.first", "qrtbd", "usage")),
    }  # fmt: skip
    return PhoneImage(id="phone", time=NOW - timedelta(hours=1), **(given | fields))


def finding(code: str, verdict: str = "counterfeit", severity: str = "high", **values: Any) -> Finding:
    reason = Reason(code, 0.9, {"source": "HomeDomain/Library/SMS/sms.db", **values})
    return Finding(
        detector=code.replace("phones.", "phones.d-"), version="1", verdict=verdict, severity=severity, reasons=(reason,),
        where=(Where(field="x"),),
    )  # fmt: skip


TRACE = finding("phones.trace", threat="Ferret", value="qrtbd", when="2023", set="ferret", since="2023")
EXPOSED = finding("phones.exposed", "inconclusive", "low", version="16.5", threat="Coruna")
LEAD = finding("phones.coincidence", "suspicious", "medium", when="2023", traces=5, kinds=4, score=9.5)


def statement(*findings: Finding, image: PhoneImage | None = None, **request: Any) -> Statement:
    given: dict[str, Any] = {"consent": CONSENT, "nonce": NONCE, "device": "d-1", "customer": "c-1", "now": NOW}
    return make(image or phone(), findings, "cd" * 32, Request(**(given | request)))


def signed(folder: Path, said: Statement) -> bytes:
    """Signed by the key in `folder`, made where there is none."""
    if not signers.cards(folder):
        signers.create(folder, "desk", now=NOW - timedelta(days=100))
    return sign(said, *signers.signing_key(folder))
