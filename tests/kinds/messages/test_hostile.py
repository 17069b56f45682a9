"""Whatever a message holds: bounded time, no exception, findings whose places lie in it."""

import time
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assay.core.batch import Batch
from assay.core.profile import Profile
from assay.kinds.messages.detectors import detectors
from assay.kinds.messages.evidence import Message
from assay.kinds.messages.opened import open_message

WHEN = datetime(2026, 1, 1, tzinfo=UTC)
DETECTORS = [d for d in detectors(None) if d.name in ("messages.links", "messages.sender", "messages.intent")]
UNREADABLE = {"messages.links-unreadable", "messages.sender-unreadable", "messages.intent-unreadable"}


def examine(one: Message) -> None:
    batch: Batch[Any] = Batch.of([one])
    for detector in DETECTORS:
        finding = detector.examine(batch, Profile.empty(1)).explain([0])[0]  # type: ignore[arg-type]
        assert not UNREADABLE & {r.code for r in finding.reasons}
        for where in finding.where:
            if where.span is not None:
                text = getattr(one, where.field) or ""
                assert 0 <= where.span[0] <= where.span[1] <= max(len(text), 1)


@pytest.mark.parametrize(
    "unit",
    ["a", "a ", "http://a.b ", "www.", "verify your account ", "code 1234 ", "\u202e", "\u200b", "п", "验证您的账户密码", "p.a.y.p.a.l ",
     "+44 7700 900123 ", "@", "xn--", "paypal.com.", "-", "1", "never share the code ", "\x00", "𝐩", "•"],
)  # fmt: skip
def test_hostile_texts_take_bounded_time(unit: str) -> None:
    text = unit * (100_000 // len(unit))
    examine(Message(id="warm", time=WHEN, text="x"))
    began = time.process_time()
    examine(Message(id="m", time=WHEN, text=text, sender_name=text[:100].replace("\x00", "") or None))
    assert time.process_time() - began < 2.0


@given(
    st.text(max_size=200), st.text(max_size=200), st.text(max_size=60),
    st.sampled_from([None, "DHL", "x@paypal.com", "@", "PayPal", "+44"]), st.sampled_from(["sms", "email", "link", "code"]),
)  # fmt: skip
@settings(max_examples=150, deadline=None)
def test_any_message_can_be_examined(text: str, html: str, subject: str, sender: str | None, channel: Any) -> None:
    examine(Message(id="m", time=WHEN, text=text, html=html, subject=subject, sender=sender, channel=channel))


@given(st.lists(st.sampled_from([
    "verify ", "your ", "account ", "http://", "paypa1.com", "/login", "@", ".", "<a href='", "'>", "</a>", "\u200b", "раураl", "код ", "%2f",
    "xn--pypal-4ve.com ", "+44 7700 900123 ", "urgent ", "【支付宝】", "mum new number ", "\n", "gift card ", "never ", "0x7f.1 ", "?u=//",
]), max_size=30))  # fmt: skip
@settings(max_examples=150, deadline=None)
def test_pieces_of_lures_in_any_order_can_be_examined(pieces: list[str]) -> None:
    text = "".join(pieces)
    examine(Message(id="m", time=WHEN, text=text, channel="sms"))
    examine(Message(id="m", time=WHEN, html=text, channel="email"))


@given(st.binary(max_size=500))
@settings(max_examples=100, deadline=None)
def test_any_bytes_can_be_a_mail(noise: bytes) -> None:
    examine(Message(id="m", time=WHEN, raw=b"From: PayPal <x@y.example>\nSubject: s\n" + noise))


@given(st.text(max_size=300), st.text(max_size=60))
@settings(max_examples=100, deadline=None)
def test_any_anchors_and_headers_can_be_read(anchors: str, headers: str) -> None:
    """Both may come from a client as they are."""
    one = Message(id="m", time=WHEN, shown="hello", anchors=anchors, headers=headers, sender="a@b.example")
    assert len(open_message(one).links) <= 300
    examine(one)


def test_the_batch_does_not_change_what_is_said() -> None:
    texts = [
        "verify your account at https://paypa1.com/x within 24 hours",
        "hello",
        "mum this is my new number, text me on whatsapp",
    ]
    messages = [Message(id=str(i), time=WHEN, channel="sms", text=t) for i, t in enumerate(texts)]
    for detector in DETECTORS:
        together = detector.examine(Batch.of(messages), Profile.empty(3))
        for i, one in enumerate(messages):
            alone = detector.examine(Batch.of([one]), Profile.empty(1))
            assert alone.verdict[0] == together.verdict[i]
            assert alone.explain([0]) == together.explain([i])  # type: ignore[arg-type]


def test_one_message_takes_milliseconds() -> None:
    one = "Your parcel is on hold, pay the customs fee at https://dhl-parcel.top/x today. " * 4
    began = time.process_time()
    for i in range(50):
        examine(Message(id="m", time=WHEN, channel="sms", text=f"{one} {i}"))
    assert (time.process_time() - began) / 50 < 0.02
