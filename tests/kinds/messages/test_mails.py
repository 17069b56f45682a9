"""E-mails through all three detectors: odd but honest ones alarm nobody, lures are told as grave as they are and no graver."""

import pytest

from assay.core.batch import Batch
from assay.core.finding import Finding
from assay.core.profile import Profile
from assay.kinds.messages.detectors import detectors
from assay.kinds.messages.evidence import Message
from tests.kinds.messages.mails import HONEST, LURES, mail, message, passed

EXACT = ("messages.links", "messages.sender", "messages.intent")
DETECTORS = [d for d in detectors(None) if d.name in EXACT]


def findings(one: Message) -> dict[str, Finding]:
    batch = Batch.of([one])
    told = [d.examine(batch, Profile.empty(1)).explain([0])[0] for d in DETECTORS]  # type: ignore[arg-type]
    return {finding.detector: finding for finding in told if finding.verdict != "none"}


@pytest.mark.parametrize("raw", HONEST.values(), ids=HONEST)
def test_honest_mail_alarms_nobody(raw: bytes) -> None:
    alarms = {name: f for name, f in findings(message(raw)).items() if f.verdict in ("suspicious", "counterfeit")}
    assert alarms == {}


@pytest.mark.parametrize(("raw", "detector", "reason", "severity"), LURES.values(), ids=LURES)
def test_lures_are_told(raw: bytes, detector: str, reason: str, severity: str) -> None:
    finding = findings(message(raw))[detector]
    assert reason in {r.code for r in finding.reasons}
    assert finding.severity == severity
    assert (finding.verdict == "counterfeit") <= (severity == "high")


@pytest.mark.parametrize("raw", [*HONEST.values(), *(lure[0] for lure in LURES.values())])
def test_the_record_gives_the_same_findings_as_the_mail(raw: bytes) -> None:
    """Columns alone, as they are after sealing: all but what only the attachments tell."""
    one = message(raw)
    batch = Batch.of([one]).protected(lambda kind, value: f"{kind}_token")
    again = Batch(Message, batch.ids, batch.time, batch.columns).item(0)
    kept = {"messages.attachment-disguised", "messages.attachment-program"}
    for name, finding in findings(one).items():
        codes = [r.code for r in finding.reasons if r.code not in kept]
        if codes:
            assert codes == [r.code for r in findings(again)[name].reasons]


def test_an_unverified_mail_is_inconclusive_and_says_why() -> None:
    finding = findings(message(mail("Tom <tom@firm.example>", "x", "<p>Hello</p>")))["messages.sender"]
    assert finding.verdict == "inconclusive"
    assert [r.code for r in finding.reasons] == ["messages.sender-unverified"]


def test_a_forged_name_does_not_stand_on_the_one_it_names() -> None:
    raw = LURES["a listed domain in From that does not vouch"][0]
    finding = findings(message(raw, customer="c-1", payee="DE89370400440532013000"))["messages.sender"]
    assert [e.kind for e in finding.entities] == ["customer", "payee"]
    sealed = Batch.of([message(raw, customer="c-1", payee="DE89370400440532013000")]).protected(
        lambda kind, _: f"{kind}_t"
    )
    told = DETECTORS[1].examine(sealed, Profile.empty(1)).explain([0])[0]  # type: ignore[arg-type]
    assert [str(e) for e in told.entities] == ["customer:c-1", "payee:iban_t"]


def test_the_operator_s_own_names_and_servers_count(tmp_path: object) -> None:
    from pathlib import Path

    folder = Path(str(tmp_path))
    (folder / "brands.yaml").write_text("- {name: Our Bank, words: [ourbank], domains: [ourbank.example]}\n")
    (folder / "mail.yaml").write_text("servers: [mx.bank.example]\ndomains: [ourbank.example]\n")
    links, sender, _ = (d for d in detectors(folder) if d.name in EXACT)
    batch = Batch.of([message(mail("x <x@y.example>", "s", '<a href="https://ourbank-login.example/">see</a>'))])
    assert links.examine(batch, Profile.empty(1)).codes["messages.link-borrows-name"].all()
    faked = mail("Our Bank <a@ourbank.example>", "s", "<p>x</p>", results="dmarc=fail header.from=ourbank.example")
    faked = b"Authentication-Results: evil.example; dmarc=pass header.from=ourbank.example\n" + faked
    assert sender.examine(Batch.of([message(faked)]), Profile.empty(1)).codes["messages.sender-forged"].all()


def test_a_pass_for_another_domain_vouches_for_nothing() -> None:
    raw = mail(
        "PayPal <service@paypal.com>",
        "x",
        "<p>Hi</p>",
        results=f"{passed('evil.example')}; dmarc=fail header.from=paypal.com",
    )
    raw = raw.replace(b" dmarc=pass header.from=evil.example;", b"")
    assert "messages.sender-forged" in {r.code for r in findings(message(raw))["messages.sender"].reasons}
