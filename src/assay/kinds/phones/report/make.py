"""Findings on a phone, made into the statement that is signed.

What goes in is chosen for whoever has to act on it and for whoever checks it later: codes and values of the findings, digests of
what was read, how much of it, who agreed. The timeline itself stays with the examiner; the statement carries only how much of each
kind there was on each day.
"""

from __future__ import annotations

import hashlib
import secrets
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec

from assay.core.clock import DAY, moment
from assay.core.errors import InvalidSetting
from assay.core.finding import Finding
from assay.formats.canonical_json import canonical
from assay.kinds.phones.evidence import PhoneImage
from assay.kinds.phones.exposure.versions import REVIEWED
from assay.kinds.phones.reasons import POSTURE
from assay.kinds.phones.report.likelihood import PRIORS, likelihood, together
from assay.kinds.phones.report.statement import (
    Acquisition,
    Activity,
    Artefact,
    Consent,
    Coverage,
    Found,
    Ground,
    Level,
    Missing,
    Statement,
    Subject,
)

LIFETIME, MOST_LIFETIME = timedelta(days=7), timedelta(days=30)
MOST_FINDINGS, MOST_REASONS, MOST_COUNTS, MOST_TEXT = 200, 40, 8_000, 400
LAST_DAY = 47_482  # 2100-01-01: a later day is no day of a phone's life
_CHUNK = 1 << 20


@dataclass(frozen=True)
class Request:
    """What the report is for. `nonce`: the bank's, good for one report; `prior`: a name of `PRIORS`."""

    consent: Consent
    nonce: str
    case: str = ""
    device: str = ""
    customer: str = ""
    prior: str = "retail"
    lifetime: timedelta = LIFETIME
    now: datetime = field(default_factory=lambda: datetime.now(UTC))


def make(phone: PhoneImage, findings: Sequence[Finding], source: str, request: Request) -> Statement:
    """The statement on one phone. `source`: SHA-256 of what was handed in. Raises `InvalidSetting` for a request that cannot
    be met: no device and no customer, a lifetime beyond `MOST_LIFETIME`, consent given later than now, an unknown prior."""
    _check(request)
    issued = request.now.astimezone(UTC).replace(microsecond=0)
    digests = {one.path: one.digest for one in phone.sources}
    found = tuple(_found(f, phone, digests) for f in _worst_first(findings)[:MOST_FINDINGS])
    bands = [(f.detector, f.likelihood_ratio) for f in found if f.likelihood_ratio is not None]
    statement = Statement(
        id=secrets.token_hex(16), issued=issued, expires=issued + request.lifetime, nonce=request.nonce, case=request.case,
        subject=Subject(
            device=request.device, customer=request.customer, phone=phone.device or "", product=phone.product,
            version=phone.version,
        ),
        consent=request.consent,
        acquisition=Acquisition(
            form=phone.form or "backup", system=phone.system or "ios", encrypted=phone.encrypted, made=phone.time, source=source,
            artefacts=tuple(Artefact(name=_short(s.artefact), digest=s.digest, bytes=s.bytes) for s in phone.sources[:2000]),
            tool=f"assay {_version()}, attacks made public by {REVIEWED}",
        ),
        coverage=Coverage(
            share=round(phone.coverage, 4), read=tuple(map(_short, phone.read)),
            gaps=tuple(Missing(artefact=_short(g.artefact), why=_short(g.why)) for g in phone.gaps),
        ),
        findings=found,
        assessment=together(level_of(phone, findings), bands, PRIORS[request.prior]),
        activity=_activity(phone),
    )  # fmt: skip
    try:  # what is signed must be what a reader takes: the bounds of every field hold
        return msgspec.convert(msgspec.to_builtins(statement), Statement)
    except msgspec.ValidationError as error:
        raise InvalidSetting(f"the report cannot say this: {error}") from None


def level_of(phone: PhoneImage, findings: Sequence[Finding]) -> Level:
    """The one word of a report. `none` means that no trace was found in what was read, and nothing more."""
    if phone.problem:
        return "unknown"
    accused = [f for f in findings if f.verdict in ("suspicious", "counterfeit")]
    if any(f.verdict == "counterfeit" and f.severity in ("high", "critical") for f in accused):
        return "high"
    if any(f.severity in ("medium", "high", "critical") for f in accused):
        return "suspicious"
    exposed = any(reason.code in POSTURE for f in findings for reason in f.reasons)
    return "exposed" if exposed else "none"


def digest_of(path: Path) -> str:
    """SHA-256 of a file, read piece by piece."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(_CHUNK):
            digest.update(piece)
    return digest.hexdigest()


def _check(request: Request) -> None:
    if not (request.device or request.customer):
        raise InvalidSetting("name the bank's device, or the customer, that the report is about", where="device")
    if not timedelta(0) < request.lifetime <= MOST_LIFETIME:
        raise InvalidSetting(f"a report holds for {MOST_LIFETIME.days} days at most", where="lifetime")
    if request.consent.at > request.now + timedelta(minutes=10):
        raise InvalidSetting("consent cannot be given later than now", where="consent")
    if request.prior not in PRIORS:
        raise InvalidSetting(f"no prior {request.prior!r}", where="prior", hint="one of " + ", ".join(PRIORS))


def _worst_first(findings: Sequence[Finding]) -> list[Finding]:
    order = ("counterfeit", "suspicious", "inconclusive", "genuine", "none")
    weight = ("critical", "high", "medium", "low", "informational")
    told = [
        f for f in findings if f.reasons and not all(r.code == "phones.gap" for r in f.reasons)
    ]  # gaps stand in coverage
    return sorted(told, key=lambda f: (order.index(f.verdict), weight.index(f.severity)))


def _found(finding: Finding, phone: PhoneImage, digests: Mapping[str, str]) -> Found:
    grounds = tuple(Ground(code=r.code, values=_values(r.values)) for r in finding.reasons[:MOST_REASONS])
    plain = msgspec.to_builtins({"reasons": finding.reasons, "where": finding.where})
    places = [p for w in finding.where for p in (w.part, w.field)] + [
        str(r.values.get("source", "")) for r in finding.reasons
    ]
    part = next((w.part for w in finding.where if w.part.startswith(f"{phone.id}/")), "")
    return Found(
        detector=finding.detector, version=finding.version, verdict=finding.verdict, severity=finding.severity, part=_short(part),
        reasons=grounds, likelihood_ratio=likelihood(finding), evidence=hashlib.sha256(canonical(_sound(plain))).hexdigest(),
        artefacts=tuple(dict.fromkeys(digests[p] for p in places if p in digests))[:40],
    )  # fmt: skip


def _values(values: Mapping[str, Any]) -> dict[str, str | float | int | bool | None]:
    out: dict[str, str | float | int | bool | None] = {}
    for name, value in list(values.items())[:40]:
        out[str(name)[:80]] = value if isinstance(value, (bool, int, float)) or value is None else _short(str(value))
    return _sound(out)  # type: ignore[no-any-return]


def _sound(value: Any) -> Any:
    """Without what has no canonical form."""
    if isinstance(value, dict):
        return {str(k): _sound(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [_sound(v) for v in value]
    if isinstance(value, float) and value - value != 0:
        return None
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) > 1 << 53:
        return str(value)
    return value if value is None or isinstance(value, (str, int, float)) else str(value)


def _activity(phone: PhoneImage) -> Activity:
    known = [e for e in phone.events if 0 < e.time < LAST_DAY * DAY]
    times = [e.time for e in known]
    counts: Counter[tuple[int, str]] = Counter((e.time // DAY, e.kind[:40]) for e in known)
    newest = sorted(counts.items(), reverse=True)[:MOST_COUNTS]
    return Activity(
        first=moment(min(times)) if times else None, last=moment(max(times)) if times else None,
        counts=tuple((day, kind, number) for (day, kind), number in sorted(newest)),
    )  # fmt: skip


def _short(text: str) -> str:
    return "".join(c if c.isprintable() else "?" for c in text[:MOST_TEXT]).encode("utf-8", "replace").decode()


def _version() -> str:
    from assay import __version__

    return __version__


__all__ = ["LIFETIME", "MOST_LIFETIME", "Request", "digest_of", "level_of", "make"]
