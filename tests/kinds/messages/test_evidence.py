"""What of a message may be kept: codes and numbers are blacked out, places stay, tokens link; and what a raw e-mail fills in."""

from datetime import UTC, datetime

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.core.batch import Batch
from assay.core.enclosed import Enclosed
from assay.kinds.messages.evidence import Message
from assay.kinds.messages.redact import redact

WHEN = datetime(2026, 1, 1, tzinfo=UTC)
CARD, IBAN = "4111 1111 1111 1111", "DE89 3704 0044 0532 0130 00"


def seal(kind: str, value: str) -> str:
    return f"{kind}_{hash(value) % 1000}"


@pytest.mark.parametrize(
    ("plain", "kept"),
    [
        ("Your code is 482913. Never share it.", "Your code is ••••••. Never share it."),
        ("G-482913 is your Google verification code.", "•-•••••• is your Google verification code."),
        ("【支付宝】验证码4829，请勿告诉任何人", "【支付宝】验证码••••，请勿告诉任何人"),
        ("Ihre TAN lautet 482 913", "Ihre TAN lautet ••• •••"),
        ("Votre code est le 4829. Montant 1500,00 EUR", "Votre code est le ••••. Montant 1500,00 EUR"),
        (f"card {CARD} ok", "card •••• •••• •••• •••• ok"),
        (f"pay to {IBAN} now", "pay to •••• •••• •••• •••• •••• •• now"),
        ("account 123456789012", "account ••••••••••••"),
    ],
)
def test_codes_and_numbers_are_blacked_out(plain: str, kept: str) -> None:
    assert redact(plain).text == kept


@pytest.mark.parametrize(
    "text",
    [
        "Call +44 7700 900123 or 0800 123 4567 for your code",
        "https://x.example/verify/123456?code=998877",
        "Order 4711 of 12.05.2026 for 1,299.00",
        "DE00 3704 0044 0532 0130 00",  # no IBAN: its check digits fail
    ],
)
def test_what_is_evidence_stays(text: str) -> None:
    assert redact(text).text == text


@given(st.text(alphabet="code otp 0123456789-GD验证码 AB.,:€", max_size=120))
def test_redaction_keeps_places_and_is_done_once(text: str) -> None:
    once = redact(text).text
    assert len(once) == len(text)
    assert redact(once).text == once
    assert all(a == b or b == "•" for a, b in zip(text, once, strict=True))


def test_what_is_recorded_holds_no_secret_and_still_links() -> None:
    one = Message(id="a", time=WHEN, text=f"pay {IBAN}, code 482913", subject="code 482913", html=f"<p>{CARD}</p>")
    other = Message(id="b", time=WHEN, text=f"send it to {IBAN.replace(' ', '')}")
    batch = Batch.of([one, other]).protected(seal)
    recorded = str(batch.row(0)) + str(batch.row(1))
    for secret in ("482913", "3704", "4111", "<p>"):
        assert secret not in recorded
    tokens = [set(row.split()) for row in batch.columns["accounts"].tolist()]
    assert tokens[0] & tokens[1] == {seal("iban", IBAN.replace(" ", ""))}
    assert batch.protected(seal) is batch


def test_a_batch_read_as_columns_gives_the_message_again() -> None:
    one = Message(id="a", time=WHEN, text="hello", sender="DHL", first_contact=True, customer="c")
    batch = Batch.of([one, Message(id="b", time=WHEN, text="x")])
    again = Batch(Message, batch.ids, batch.time, batch.columns).item(0)
    assert again == one
    assert Batch(Message, batch.ids, batch.time, batch.columns).item(1).first_contact is None


def test_a_raw_mail_fills_what_is_empty_and_nothing_else() -> None:
    raw = b"From: Tom <tom@firm.example>\nSubject: s\n\nhello"
    one = Message(id="a", time=WHEN, raw=raw, subject="told otherwise")
    assert (one.channel, one.text, one.sender, one.subject) == ("email", "hello", "tom@firm.example", "told otherwise")
    assert [e.media for e in one.exhibits()] == ["message/rfc822"]


def test_a_page_fills_what_it_shows() -> None:
    one = Message(id="a", time=WHEN, html='<p>Hello <a href="http://x.example">you</a></p>')
    assert one.shown == "Hello you"
    assert one.anchors == "6 9 a http://x.example"


def test_attachments_become_parts_of_their_rooms() -> None:
    inner = b"From: a@b.example\nSubject: within\nDate: x\n\nhello"
    one = Message(id="a", time=WHEN, customer="c", attachments=(
        Enclosed(name="m.eml", media="message/rfc822", content=inner),
        Enclosed(media="text/x-code", content=b"https://x.example/pay"),
        Enclosed(name="p.html", media="text/html", content=b"<p>page</p>"),
    ))  # fmt: skip
    parts = one.parts()
    assert [type(p) for p in parts] == [Message] * 3
    mail, code, page = (p for p in parts if isinstance(p, Message))
    assert (mail.channel, mail.subject, mail.customer) == ("email", "within", "c")
    assert (code.channel, code.text) == ("code", "https://x.example/pay")
    assert page.shown == "page"


@pytest.mark.parametrize("fields", [{"text": "x" * 100_001}, {"sender": "a\nb"}, {"chanel": "sms"}, {"channel": "fax"}])
def test_what_is_wrong_is_refused(fields: dict[str, str]) -> None:
    line = msgspec.json.encode({"kind": "message", "id": "a", "time": "2026-01-01T00:00:00Z", **fields})
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(line, type=Message)


def test_an_account_that_is_to_be_paid_is_the_payee_of_a_payment() -> None:
    from decimal import Decimal

    from assay.kinds.payments.evidence import Payment

    batch = Batch.of([Message(id="a", time=WHEN, text=f"our new account: {IBAN}")]).protected(seal)
    payment = Batch.of([Payment(id="p", time=WHEN, amount=Decimal(1), payee=IBAN)]).protected(seal)
    assert batch.entity("payee")[0] == payment.entity("payee")[0]


@pytest.mark.parametrize(
    ("plain", "kept"),
    [
        ("otpauth://totp/x?secret=JBSWY3DP&issuer=y", "otpauth://totp/x?secret=••••••••&issuer=y"),
        ("WIFI:T:WPA;S:home;P:hunter22;;", "WIFI:T:WPA;S:home;P:••••••••;;"),
    ],
)
def test_what_printed_codes_carry_is_blacked_out(plain: str, kept: str) -> None:
    assert redact(plain).text == kept
