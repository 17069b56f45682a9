"""The room's `Reporter`: an evidence pack of one journey, or of an account of mileage: a policy's term with all its journeys. A signed
statement holds what was found, the numbers it was read from, how often honest ones were accused, where it fails, and the digests of the
records; a drawing beside it shows both sides of every comparison over time. Neither holds a place.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec

from assay.core.enclosed import Enclosed
from assay.core.errors import InvalidSetting, UnreadableInput
from assay.core.evidence import Evidence
from assay.core.finding import Finding
from assay.core.report import Shown, Wanted
from assay.formats import signers
from assay.formats.signed_json import open_sealed, seal
from assay.kinds.vehicles.mileage.evidence import MileageAccount
from assay.kinds.vehicles.mileage.pack import figures as of_account
from assay.kinds.vehicles.trips.evidence import Trip
from assay.learning.registry import file_hash

FILE, DRAWING = "vehicle-pack.json", "vehicle-pack.svg"
REFUSALS = (
    "broken",
    "unknown-signer",
    "forged",
    "revoked",
    "out-of-term",
    "expired",
    "other-nonce",
    "other-case",
    "other-subject",
)
_MOST = 64  # values of a consent
_SUBJECT = ("vehicle", "customer", "policy", "device")


def report(
    evidence: Evidence, findings: Sequence[Finding], source: Path, wanted: Wanted
) -> tuple[dict[str, bytes], dict[str, Any]]:
    """The signed statement, and of a journey its drawing. Raises `UnreadableInput` for other evidence, `InvalidSetting` for a consent
    that says too much, `NotFound` where there is no key to sign with."""
    if not isinstance(evidence, (Trip, MileageAccount)):
        raise UnreadableInput("neither a journey nor an account of mileage", where=str(source))
    card, private = signers.signing_key(wanted.keys)
    content = next((one.content for one in evidence.exhibits()), b"")
    figures, drawing = of_account(evidence) if isinstance(evidence, MileageAccount) else _of_journey(evidence, content)
    now = datetime.now(UTC).replace(microsecond=0)
    statement = {
        "about": "assay vehicle pack 1", "kind": evidence.tag(), "evidence": evidence.id, "issued": _text(now),
        "expires": _text(now + timedelta(days=wanted.days)), "nonce": wanted.nonce or secrets.token_urlsafe(18), "case": wanted.case,
        "subject": {k: v for k in _SUBJECT if (v := wanted.about.get(k) or getattr(evidence, k, None))},
        "consent": _consent(wanted), "record": {"sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content)},
        "source": file_hash(source),
        "verdict": max((f.verdict for f in findings), key=_rank, default="none"),
        "findings": [
            {"detector": f.detector, "version": f.version, "verdict": f.verdict, "severity": f.severity,
             "reasons": [{"code": r.code, "weight": round(r.weight, 3), "values": dict(r.values)} for r in f.reasons]}
            for f in findings
        ],
        **figures,
    }  # fmt: skip
    files = {FILE: seal(msgspec.to_builtins(statement), card, private)}
    if drawing:
        files[DRAWING] = drawing.encode()
    told = {
        "verdict": statement["verdict"],
        "nonce": statement["nonce"],
        "signer": card.id,
        "expires": statement["expires"],
    }
    return files, told


def verify(content: bytes, shown: Shown, folder: Path) -> dict[str, Any]:
    """What a pack says, and whether it is to be believed by the cards in `folder`."""
    opened = open_sealed(content, signers.cards(folder))
    told: dict[str, Any] = {"believed": False, "signer": opened.signer}
    refused: list[str] = [opened.problem] if opened.problem else []
    statement = opened.statement if isinstance(opened.statement, dict) else {}
    if statement:
        told |= {
            k: statement.get(k)
            for k in (
                "kind",
                "issued",
                "expires",
                "case",
                "subject",
                "verdict",
                "findings",
                "numbers",
                "honest",
                "measured",
            )
        }
        refused += _refusals(statement, shown)
    told["reasons"] = [{"code": f"vehicles.pack-{why}", "values": {}} for why in dict.fromkeys(refused)]
    told["believed"] = not refused
    return told


def key(action: str, folder: Path, *, name: str = "", why: str = "", card: bytes = b"") -> list[dict[str, Any]]:
    """Keys that sign and cards that are believed; no private half is ever told."""
    if action == "create":
        made = [signers.create(folder, name)]
    elif action == "rotate":
        new, ended = signers.rotate(folder, name)
        made = [new, *ended]
    elif action == "revoke":
        made = [signers.revoke(folder, name, why)]
    elif action == "trust":
        made = [signers.trust(folder, card)]
    else:
        made = list(signers.cards(folder).values())
    return [{k: v for k, v in msgspec.to_builtins(one).items() if v not in (None, "")} for one in made]


def _refusals(statement: dict[str, Any], shown: Shown) -> list[str]:
    """What is asked of a pack beyond its signature."""
    found = []
    try:
        if datetime.fromisoformat(str(statement["expires"]).replace("Z", "+00:00")) < datetime.now(UTC):
            found.append("expired")
    except (KeyError, ValueError, TypeError):
        found.append("broken")
    if shown.nonce and statement.get("nonce") != shown.nonce:
        found.append("other-nonce")
    if shown.case and statement.get("case") != shown.case:
        found.append("other-case")
    subject = statement.get("subject")
    if any(v and (not isinstance(subject, dict) or subject.get(k) != v) for k, v in shown.about.items()):
        found.append("other-subject")
    return found


def _rank(verdict: str) -> int:
    return ("none", "genuine", "inconclusive", "suspicious", "counterfeit").index(verdict)


def _text(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")


def _consent(wanted: Wanted) -> dict[str, str]:
    plain = {str(k)[:64]: str(v)[:400] for k, v in wanted.consent.items()}
    if len(plain) > _MOST:
        raise InvalidSetting("the consent says too much", where="consent")
    return plain


def _of_journey(trip: Trip, content: bytes) -> tuple[dict[str, Any], str]:
    """What was measured, how often honest ones were accused, and where it fails; the drawing."""
    from assay.core.decision import Decision
    from assay.kinds.vehicles.trips.train import FAILS
    from assay.kinds.vehicles.trips.view import view

    blank = Decision(id=trip.id, kind=trip.tag(), time=0, decided=0, outcome="allow")
    shown = view(blank, [Enclosed(content=content)]) if content else {}
    facts = shown.get("facts", {})
    figures = {
        "numbers": {n["name"]: {"value": n["value"], "surprise": n["surprise"]} for n in shown.get("numbers", [])},
        "score": shown.get("score"), "honest": facts.get("honest", ""), "fails": FAILS,
        "measured": {k: facts[k] for k in ("kilometres", "minutes", "compared", "rate") if k in facts},
    }  # fmt: skip
    return figures, _drawing(shown) if shown.get("curves") else ""


_INK = {"claimed": "#1d4f91", "felt": "#c2410c", "said": "#c2410c"}


def _drawing(shown: dict[str, Any]) -> str:
    """Each comparison over time as SVG text, made of numbers and our own words."""
    parts, y = [], 0
    for curve in shown["curves"]:
        parts.append(
            f'<text x="0" y="{y + 14}" font-size="14">{curve["name"]}: {curve["low"]} to {curve["high"]}</text>'
        )
        parts.append(f'<g transform="translate(0 {y + 22})"><rect width="1000" height="96" fill="#f0f2f4"/>')
        for line in curve["lines"]:
            parts.append(
                f'<polyline points="{line["points"]}" fill="none" stroke="{_INK[line["who"]]}" stroke-width="1.6"/>'
            )
        parts.append("</g>")
        y += 132
    for tick in shown.get("ticks", []):
        parts.append(f'<text x="{tick["x"]}" y="{y + 12}" font-size="13" fill="#626c77">{tick["at"]}</text>')
    legend = f'<text x="0" y="{y + 34}" font-size="13">blue: claimed by satellites; red: felt by inertia, or said by the vehicle</text>'
    body = "".join(parts) + legend
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="-4 -4 1050 {y + 44}" font-family="sans-serif">{body}</svg>'
    )


__all__ = ["DRAWING", "FILE", "REFUSALS", "key", "report", "verify"]
