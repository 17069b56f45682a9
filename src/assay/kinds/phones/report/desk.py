"""The room's `Reporter`: makes a signed report with its page, checks one that comes back, and keeps the keys for both.

A PDF carries its signed statement inside, as an attached file: what a person reads and what a machine believes travel together, and
`verify` takes either.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec

from assay.core.clock import iso, micros
from assay.core.errors import InvalidSetting, UnreadableInput
from assay.core.evidence import Evidence
from assay.core.finding import Finding
from assay.core.report import Shown, Wanted
from assay.formats import signers
from assay.kinds.phones.evidence import PhoneImage
from assay.kinds.phones.report.accept import refusals
from assay.kinds.phones.report.evidence import PhoneReport
from assay.kinds.phones.report.make import Request, digest_of, make
from assay.kinds.phones.report.paper import enclosed, pages_of, seal
from assay.kinds.phones.report.statement import FILE_NAME, Consent, Statement, open_envelope, sign

PDF_NAME = "phone-report.pdf"


def report(
    evidence: Evidence, findings: Sequence[Finding], source: Path, wanted: Wanted
) -> tuple[dict[str, bytes], dict[str, Any]]:
    """The signed statement and its page in one language. Raises `InvalidSetting` for what cannot be met, `NotFound` where
    there is no key to sign with."""
    from assay.kinds.phones.report.page import page

    if not isinstance(evidence, PhoneImage):
        raise UnreadableInput("this is no phone", where=str(source))
    card, private = signers.signing_key(wanted.keys)
    statement = make(evidence, findings, digest_of(source), _request(wanted))
    envelope = sign(statement, card, private)
    pages = seal(page(statement, card, envelope, wanted.language), card, private)
    files = {FILE_NAME: envelope, PDF_NAME: pages}
    told = {
        "level": statement.assessment.level, "coverage": round(100 * statement.coverage.share), "nonce": statement.nonce,
        "signer": card.id, "expires": iso(micros(statement.expires)), "report": statement.id,
    }  # fmt: skip
    return files, told


def verify(content: bytes, shown: Shown, folder: Path) -> dict[str, Any]:
    """What a report says, and whether it is to be believed by the cards in `folder`."""
    envelope, believed = enclosed(content), signers.cards(folder)
    opened = open_envelope(envelope, believed)
    told: dict[str, Any] = {"believed": False, "signer": opened.signer}
    if opened.statement is not None:
        told |= _said(opened.statement)
    subject = opened.statement.subject if opened.statement else None
    about = dict(shown.about)
    if subject is not None and not about:  # nobody said for whom: it is checked as what it says it is
        about = {name: id_ for name in ("device", "customer") if (id_ := getattr(subject, name))}
    evidence = PhoneReport(
        id="shown", time=datetime.now(UTC), content=envelope, device=about.get("device"), customer=about.get("customer"),
        nonce=shown.nonce or None, case=shown.case or None,
    )  # fmt: skip
    told["page"] = pages_of(content, opened.signer, believed)
    refused = refusals(opened, evidence, told["page"])
    told["reasons"] = [{"code": r.code, "values": r.values} for r in refused]
    told["believed"] = not refused
    return told


def key(action: str, folder: Path, *, name: str = "", why: str = "", card: bytes = b"") -> list[dict[str, Any]]:
    """Keys that sign (`create`, `rotate`) and cards that are believed (`trust`, `revoke`, `list`). No private half is ever
    told."""
    if action == "create":
        return [_card(signers.create(folder, name))]
    if action == "rotate":
        made, ended = signers.rotate(folder, name)
        return [_card(one) for one in (made, *ended)]
    if action == "revoke":
        return [_card(signers.revoke(folder, name, why))]
    if action == "trust":
        return [_card(signers.trust(folder, card))]
    return [_card(one) for one in signers.cards(folder).values()]


def _request(wanted: Wanted) -> Request:
    try:
        consent = msgspec.convert(dict(wanted.consent), Consent, strict=False)
    except msgspec.ValidationError as error:
        hint = "by, at (a time with its zone) and purpose; scope and form where there are any"
        raise InvalidSetting(str(error), where="consent", hint=hint) from None
    request = Request(
        consent=consent, nonce=wanted.nonce or secrets.token_hex(16), case=wanted.case,
        device=wanted.about.get("device", ""), customer=wanted.about.get("customer", ""),
        lifetime=timedelta(days=wanted.days), prior=wanted.options.get("prior", "retail"),
    )  # fmt: skip
    if not 16 <= len(request.nonce) <= 128 or not all("!" <= c <= "~" for c in request.nonce):
        raise InvalidSetting("a nonce has 16 to 128 printable characters without spaces", where="nonce")
    return request


def _said(statement: Statement) -> dict[str, Any]:
    plain: dict[str, Any] = msgspec.to_builtins(statement)
    plain.pop("activity")
    plain["acquisition"].pop("artefacts")
    return {
        "level": plain["assessment"]["level"], "coverage": round(100 * plain["coverage"]["share"]),
        "issued": plain["issued"], "expires": plain["expires"], "subject": plain["subject"], "case": plain["case"],
        "nonce": plain["nonce"], "consent": plain["consent"], "findings": plain["findings"],
        "assessment": plain["assessment"],
    }  # fmt: skip


def _card(card: signers.Signer) -> dict[str, Any]:
    return {name: value for name, value in msgspec.to_builtins(card).items() if value not in (None, "")}


__all__ = ["PDF_NAME", "key", "report", "verify"]
