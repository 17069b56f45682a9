"""What a device-health report says, field by field, and the signed envelope it travels in.

The statement is JSON in canonical form (RFC 8785); its Ed25519 signature is over exactly those bytes, so any language can check
it. A statement that was signed is still only believed for its case, its device and its time: see `accept.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Literal, NamedTuple

import msgspec

from assay.formats.signed_json import Problem, open_sealed, seal
from assay.formats.signers import Signer, Time

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

FILE_NAME = "phone-report.json"
MOST_BYTES = 2 << 20
Level = Literal["high", "suspicious", "exposed", "none", "unknown"]
LEVELS: tuple[Level, ...] = ("high", "suspicious", "exposed", "none", "unknown")
_PLAIN = r"^[^\x00-\x1f]*$"
Text = Annotated[str, msgspec.Meta(max_length=400, pattern=_PLAIN)]
Digest = Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{64}$")]
Share = Annotated[float, msgspec.Meta(ge=0, le=1)]
Positive = Annotated[float, msgspec.Meta(ge=0, le=1e12)]


class _Said(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    pass


class Band(_Said, frozen=True, kw_only=True):
    """From `low` to `high`."""

    low: Positive
    high: Positive


class Likelihood(_Said, frozen=True, kw_only=True):
    """How many times more often a compromised phone shows this than one that is not. `basis`: `assigned` by people, or
    `simulated`: measured on made-up phones."""

    low: Positive
    high: Positive
    basis: Literal["assigned", "simulated"]


class Consent(_Said, frozen=True, kw_only=True):
    """Who agreed, when, to what; `form` the SHA-256 of the signed form, where there is one on file."""

    by: Annotated[str, msgspec.Meta(min_length=1, max_length=200, pattern=_PLAIN)]
    at: Time
    purpose: Annotated[str, msgspec.Meta(min_length=1, max_length=400, pattern=_PLAIN)]
    scope: Text = ""
    form: Annotated[str, msgspec.Meta(pattern="^([0-9a-f]{64})?$")] = ""


class Subject(_Said, frozen=True, kw_only=True):
    """`device`, `customer`: as the bank calls them; `phone`: a digest of the phone's own identifier."""

    device: Annotated[str, msgspec.Meta(max_length=128, pattern=_PLAIN)] = ""
    customer: Annotated[str, msgspec.Meta(max_length=128, pattern=_PLAIN)] = ""
    phone: Annotated[str, msgspec.Meta(max_length=128, pattern=_PLAIN)] = ""
    product: Text = ""
    version: Text = ""


class Artefact(_Said, frozen=True, kw_only=True):
    """A file that was read: its SHA-256 and size."""

    name: Text
    digest: Digest
    bytes: Annotated[int, msgspec.Meta(ge=0)]


class Acquisition(_Said, frozen=True, kw_only=True):
    """What was examined: `form` (`backup`, `sysdiagnose`, …) of which `system`; `made` when; `source` the SHA-256 of the
    archive, or of the file that stands for the folder; `artefacts` what of it was read; `tool` with its version."""

    form: Text
    system: Text
    encrypted: bool
    made: Time
    source: Digest
    artefacts: Annotated[tuple[Artefact, ...], msgspec.Meta(max_length=2000)] = ()
    tool: Text


class Missing(_Said, frozen=True, kw_only=True):
    artefact: Text
    why: Text


class Coverage(_Said, frozen=True, kw_only=True):
    share: Share
    read: tuple[Text, ...] = ()
    gaps: tuple[Missing, ...] = ()


class Ground(_Said, frozen=True, kw_only=True):
    """A reason code with the values it was read from, plain; `times` of the events behind it, where known."""

    code: Annotated[str, msgspec.Meta(max_length=80, pattern="^[a-z0-9.-]+$")]
    values: dict[str, str | float | int | bool | None] = {}


class Found(_Said, frozen=True, kw_only=True):
    """A finding. `evidence`: SHA-256 of the canonical JSON of its reasons and places, by which it is known again in the record
    that the examiner keeps; `artefacts`: digests of the files that it was read from; `part`: the enclosed file it is about."""

    detector: Text
    version: Text
    verdict: Text
    severity: Text
    part: Text = ""
    reasons: tuple[Ground, ...]
    likelihood_ratio: Likelihood | None = None
    evidence: Digest
    artefacts: Annotated[tuple[Digest, ...], msgspec.Meta(max_length=40)] = ()


class Assessment(_Said, frozen=True, kw_only=True):
    """`level`, and how sure: the likelihood ratios together, and the posterior they give on a `prior` that is a guess."""

    level: Level
    likelihood_ratio: Band
    prior: Positive
    posterior: Band


class Activity(_Said, frozen=True, kw_only=True):
    """How much of each kind of event there was: `counts` of (day since 1970, kind, number); no event itself."""

    first: Time | None = None
    last: Time | None = None
    counts: Annotated[
        tuple[tuple[int, Annotated[str, msgspec.Meta(max_length=40)], int], ...], msgspec.Meta(max_length=40_000)
    ] = ()


class Statement(_Said, frozen=True, kw_only=True):
    """The whole report."""

    type: Literal["assay.phone-report/1"] = "assay.phone-report/1"
    id: Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{32}$")]
    issued: Time
    expires: Time
    nonce: Annotated[str, msgspec.Meta(min_length=16, max_length=128, pattern=r"^[!-~]+$")]
    case: Annotated[str, msgspec.Meta(max_length=128, pattern=_PLAIN)] = ""
    subject: Subject
    consent: Consent
    acquisition: Acquisition
    coverage: Coverage
    findings: Annotated[tuple[Found, ...], msgspec.Meta(max_length=400)] = ()
    assessment: Assessment
    activity: Activity = Activity()


class Opened(NamedTuple):
    """An envelope, opened: `statement` where it could be read, believed only where `problem` is empty; `signer` where known."""

    statement: Statement | None
    signer: str
    problem: Problem
    told: str = ""


def sign(statement: Statement, card: Signer, key: Ed25519PrivateKey) -> bytes:
    """The envelope, canonical: `{"signature": {"algorithm", "key", "value"}, "statement": {…}}`."""
    return seal(msgspec.to_builtins(statement), card, key)


def open_envelope(content: bytes, believed: Mapping[str, Signer]) -> Opened:
    """Whether a trusted key signed this, and what it says. Never raises for what the content holds."""
    if len(content) > MOST_BYTES:
        return Opened(None, "", "broken", f"more than {MOST_BYTES} bytes")
    found = open_sealed(content, believed)
    if found.statement is None:
        return Opened(None, found.signer, "broken", found.told)
    try:
        statement = msgspec.convert(found.statement, Statement)
    except msgspec.ValidationError as error:
        return Opened(None, found.signer, "broken", str(error)[:200])
    return Opened(statement, found.signer, found.problem, found.told)


__all__ = ["FILE_NAME", "LEVELS", "Level", "Opened", "Statement", "open_envelope", "sign"]
