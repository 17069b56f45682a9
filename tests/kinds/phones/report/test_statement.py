"""What a report says, who signed it, and that a changed letter is a forgery."""

from __future__ import annotations

import json
import os
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assay.core.errors import InvalidSetting, NotFound
from assay.core.finding import Finding
from assay.formats import signers
from assay.formats.canonical_json import canonical
from assay.kinds.phones.bench.weights import CODES
from assay.kinds.phones.reasons import ABUSE, ATTACHMENTS, COVERAGE, PROGRAMS
from assay.kinds.phones.report.likelihood import likelihood
from assay.kinds.phones.report.statement import Level, open_envelope

from .desk import CONSENT, EXPOSED, LEAD, NOW, TRACE, finding, phone, signed, statement


@pytest.mark.parametrize(
    ("findings", "level"),
    [((), "none"), ((EXPOSED,), "exposed"), ((LEAD, EXPOSED), "suspicious"), ((TRACE, LEAD), "high"),
     ((finding("phones.visited", "suspicious", "low"),), "none")],
)  # fmt: skip
def test_the_level_is_the_gravest_of_what_was_found(findings: tuple[Finding, ...], level: Level) -> None:
    assert statement(*findings).assessment.level == level


def test_a_phone_that_was_not_examined_is_unknown_whatever_else() -> None:
    assert statement(TRACE, image=phone(problem="locked", coverage=0.0)).assessment.level == "unknown"


def test_what_is_signed_says_coverage_consent_and_digests_and_holds_no_event(tmp_path: Path) -> None:
    said = statement(TRACE, LEAD)
    plain = json.loads(signed(tmp_path / "keys", said))["statement"]
    assert plain["coverage"]["share"] == 0.75
    assert plain["coverage"]["gaps"] == [{"artefact": "permissions", "why": "absent"}]
    assert plain["consent"]["by"] == "the customer"
    assert plain["findings"][0]["artefacts"] == ["ab" * 32]
    assert all(len(f["evidence"]) == 64 for f in plain["findings"])
    assert plain["expires"] == "2026-03-09T12:00:00Z"
    assert [kind for _, kind, _ in plain["activity"]["counts"]] == ["message", "process.first"]
    assert "clean" not in json.dumps(plain)


def test_it_is_signed_and_every_changed_byte_is_seen(tmp_path: Path) -> None:
    envelope = signed(tmp_path / "keys", statement(TRACE))
    believed = signers.cards(tmp_path / "keys")
    opened = open_envelope(envelope, believed)
    assert opened.problem == ""
    assert opened.statement is not None
    assert canonical(json.loads(envelope)) == envelope
    pretty = json.dumps(json.loads(envelope), indent=2).encode()  # other spaces say the same
    assert open_envelope(pretty, believed).problem == ""
    changed = envelope.replace(b'"share":0.75', b'"share":0.95')
    assert open_envelope(changed, believed).problem == "forged"
    for at in range(0, len(envelope), 13):
        flipped = envelope[:at] + bytes([envelope[at] ^ 1]) + envelope[at + 1 :]
        assert open_envelope(flipped, believed).problem in ("broken", "forged", "unknown-signer"), at


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=300), st.integers(0, 3000))
def test_no_content_raises(tmp_path_factory: pytest.TempPathFactory, rest: bytes, cut: int) -> None:
    envelope = b'{"signature":{"algorithm":"Ed25519","key":"0123456789abcdef","value":"AA=="},"statement":' + rest
    assert open_envelope(envelope, {}).problem == "broken"
    assert open_envelope(rest, {}).statement is None


def test_keys_are_for_their_owner_only_and_end_when_rotated(tmp_path: Path) -> None:
    keys = tmp_path / "keys"
    first = signers.create(keys, "desk", now=NOW - timedelta(days=9))
    assert os.stat(keys / f"{first.id}.key").st_mode & 0o077 == 0
    assert first.public not in (keys / f"{first.id}.key").read_text()
    old = signed(keys, statement())
    second, ended = signers.rotate(keys, now=NOW + timedelta(days=1))
    assert [card.id for card in ended] == [first.id]
    assert second.name == "desk"
    assert not (keys / f"{first.id}.key").exists()
    assert open_envelope(old, signers.cards(keys)).problem == ""  # it signed before it ended
    assert signers.signing_key(keys)[0].id == second.id
    (keys / f"{second.id}.key").chmod(0o644)
    with pytest.raises(InvalidSetting, match="others can read"):
        signers.signing_key(keys)


def test_a_key_signs_in_its_term_only_and_a_revoked_one_never(tmp_path: Path) -> None:
    keys = tmp_path / "keys"
    early = signed(
        keys,
        statement(
            now=NOW - timedelta(days=200), consent=msgspec.structs.replace(CONSENT, at=NOW - timedelta(days=300))
        ),
    )
    assert open_envelope(early, signers.cards(keys)).problem == "out-of-term"
    good = signed(keys, statement())
    (card,) = signers.cards(keys).values()
    believed = tmp_path / "signers"
    signers.trust(believed, (keys / f"{card.id}.json").read_bytes())
    signers.revoke(believed, card.id, "lost laptop")
    signers.trust(believed, (keys / f"{card.id}.json").read_bytes())  # a card cannot undo that
    assert open_envelope(good, signers.cards(believed)).problem == "revoked"
    assert open_envelope(good, {}).problem == "unknown-signer"
    with pytest.raises(NotFound):
        signers.revoke(believed, "0" * 16)
    with pytest.raises(InvalidSetting):
        signers.trust(believed, b'{"id": "0123456789abcdef"}')


@pytest.mark.parametrize(
    "request_", [{"device": "", "customer": ""}, {"lifetime": timedelta(days=31)}, {"lifetime": timedelta(0)},
                 {"prior": "anybody"}, {"consent": msgspec.structs.replace(CONSENT, at=NOW + timedelta(days=1))}],
)  # fmt: skip
def test_what_cannot_be_vouched_for_is_not_made(request_: dict[str, object]) -> None:
    with pytest.raises(InvalidSetting):
        statement(**request_)


def test_a_trace_weighs_more_than_a_lead_and_a_lead_more_than_nothing() -> None:
    trace, lead = likelihood(TRACE), likelihood(LEAD)
    assert trace is not None
    assert lead is not None
    assert trace.low > lead.low > 1
    assert likelihood(EXPOSED) is None
    assert lead.basis == "simulated"
    weak = likelihood(finding("phones.trace", "suspicious", "medium"))  # a name alone
    assert weak is not None
    assert weak.high <= 30
    most = statement(*[TRACE] * 3).assessment
    assert most.likelihood_ratio.low == trace.low  # the same detector thrice is no more than once
    assert 0 < most.posterior.low < most.posterior.high < 1


def test_every_sign_that_accuses_has_a_weight_of_its_own() -> None:
    """None falls back to its severity; and none says more than its severity may."""
    by_severity = likelihood(finding("phones.unheard-of", "suspicious", "medium"))
    assert by_severity is not None
    accusing = {
        *COVERAGE[2:],
        "phones.link",
        "phones.address",
        *PROGRAMS[:4],
        "phones.odd-look-up",
        "phones.coincidence",
        *ATTACHMENTS,
        *ABUSE,
    }
    for code in accusing:
        band = likelihood(finding(code, "suspicious", "medium"))
        assert band is not None
        assert (band.low, band.high) != (by_severity.low, by_severity.high), code
        assert 1 <= band.low < band.high <= max(by_severity.high, 50)
        assert (band.basis == "simulated") == (code in {*CODES, "phones.coincidence"} - {"phones.posing"}), code
