"""E-mails and pages are taken apart within bounds, whatever stands in them."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assay.kinds.messages.mail.address import addresses_in, parse_address
from assay.kinds.messages.mail.mime import DEPTH, FIELDS, LEAVES, content_type, decode_words, read_mail, to_text
from assay.kinds.messages.mail.opened import fields_of, time_of
from assay.kinds.messages.mail.page import read_page

WHOLE = b"""Received: by mx
From: =?gb2312?B?1qe4trGm?= <a@b.example>
Subject: =?utf-8?Q?Caf=C3=A9?=
 =?utf-8?Q?_au_lait?=
Date: Tue, 2 Dec 2025 10:00:00 +0100
Content-Type: multipart/mixed; boundary="outer"

preamble
--outer
Content-Type: multipart/alternative; boundary=inner

--inner
Content-Type: text/plain; charset=iso-8859-1
Content-Transfer-Encoding: quoted-printable

caf=E9 =
au lait
--inner
Content-Type: text/html; charset="utf-8"

<p>caf\xc3\xa9</p>
--inner--
--outer
Content-Type: application/pdf
Content-Disposition: attachment; filename*=utf-8''r%C3%A9sum%C3%A9.pdf
Content-Transfer-Encoding: base64

JVBERi0x
LjQ=
--outer
Content-Type: message/rfc822

Subject: within

hello
--outer--
epilogue
"""


def test_a_whole_mail() -> None:
    fields = fields_of(WHOLE)
    assert fields["subject"] == "Café au lait"
    assert (fields["sender"], fields["sender_name"]) == ("a@b.example", "支付宝")
    assert fields["text"] == "café au lait"
    assert fields["html"].strip() == "<p>café</p>"
    assert [(a.name, a.media, a.content[:4]) for a in fields["attachments"]] == [
        ("résumé.pdf", "application/pdf", b"%PDF"), ("", "message/rfc822", b"Subj"),
    ]  # fmt: skip
    assert str(time_of(WHOLE)) == "2025-12-02 10:00:00+01:00"


@pytest.mark.parametrize(
    ("content", "charset", "text"),
    [
        (b"caf\xe9", "utf-8", "café"),  # said to be UTF-8, is not
        ("支付".encode("gbk"), "gb2312", "支付"),
        ("日本".encode("iso-2022-jp"), "iso-2022-jp", "日本"),
        ("ÿþ".encode(), "no-such-set", "ÿþ"),
        (b"a\x00b", "rot13", "ab"),
        ("\ufeffé".encode("utf-16"), "ascii", "\ufeffé"),
    ],
)
def test_charsets_that_lie(content: bytes, charset: str, text: str) -> None:
    assert to_text(content, charset).lstrip("\ufeff") == text.lstrip("\ufeff")


def test_parameters_in_pieces() -> None:
    assert content_type('text/plain; NAME="a;b\\"c"; charset=x')[1] == {"name": 'a;b"c', "charset": "x"}
    assert content_type("nonsense")[0] == "application/octet-stream"
    assert content_type("")[0] == "text/plain"


def test_encoded_words() -> None:
    assert decode_words("=?utf-8?q?a?= =?utf-8?q?b?= c =?x?=") == "ab c =?x?="
    assert decode_words("=?utf-8?b?4oKs?=") == "€"
    assert decode_words("a\r\n\x00b") == "ab"


@pytest.mark.parametrize(
    ("value", "name", "address"),
    [
        ("Anna <Anna@Example.com>", "Anna", "anna@example.com"),
        ('"a@b.example" <x@evil.example>', "a@b.example", "x@evil.example"),
        ("x@evil.example (Pay Pal)", "Pay Pal", "x@evil.example"),
        ("<x@evil.example>", "", "x@evil.example"),
        ("no address", "", ""),
        ('"unclosed <a@b.example>', "unclosed", "a@b.example"),
    ],
)
def test_addresses(value: str, name: str, address: str) -> None:
    found = parse_address(value)
    assert (found.name, found.address) == (name, address)
    assert addresses_in("service@paypal.com via x") == ["service@paypal.com"]


def test_pages_show_what_a_reader_sees() -> None:
    page = read_page(
        "<html><head><title>t</title><style>p{}</style></head><body><div style='display:none'>hidden <a href='http://h'>x</a></div>"
        "<p>Dear&nbsp;you<!-- no --></p><script>var a='<a href=x>'</script><a href='http://a?x=1&amp;y=2'> one <b>two</b> </a>"
        "<form action='/p'><input type=PASSWORD></form><img alt='logo'> <a title=\"a > b\" href=http://c>three</a>"
    )
    assert page.shown.split() == ["Dear", "you", "one", "two", "logo", "three"]
    assert [(a.kind, a.target, page.shown[a.start : a.end]) for a in page.anchors] == [
        ("a", "http://a?x=1&y=2", "one two"), ("form", "/p", ""), ("password", "", ""), ("a", "http://c", "three"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "raw",
    [
        b"".join(b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (i, i) for i in range(1000)),
        b"Content-Type: multipart/mixed; boundary=x\n\n" + b"--x\n\na\n" * 200_000,
        b"A: b\n" * 200_000,
        b"A:" + b"x" * 2_000_000,
        b"Subject: " + b"=?utf-8?q?a?= " * 50_000,
        b"Content-Type: text/plain; " + b"a=b; " * 50_000 + b"\n\nx",
        b"Content-Transfer-Encoding: base64\n\n" + b"QUJD\n" * 200_000,
        b'From: "' + b"\\" * 100_000 + b"\n\n",
        b"From: " + b"<" * 100_000 + b"\n\n",
    ],
    ids=["nested", "parts", "fields", "long", "words", "parameters", "base64", "quotes", "angles"],
)
def test_bombs_are_bounded(raw: bytes) -> None:
    began = time.process_time()
    mail = read_mail(raw)
    fields = fields_of(raw)
    assert len(mail.header) <= FIELDS
    assert len(mail.leaves) <= LEAVES
    assert len(fields["headers"]) <= 60_000
    assert time.process_time() - began < 1.0
    assert DEPTH < 20


@pytest.mark.parametrize(
    "unit", ["<", "<a ", '<a "', "<!--", "<div>", "<a href=x>", "<style>", "&", "<p hidden>", "<b a='", "<!", "&#x41;"]
)
def test_hostile_pages_take_bounded_time(unit: str) -> None:
    began = time.process_time()
    page = read_page(unit * (400_000 // len(unit)))
    assert len(page.shown) <= 100_000
    assert time.process_time() - began < 1.0


@given(st.binary(max_size=400), st.integers(0, len(WHOLE)), st.integers(0, len(WHOLE)))
@settings(max_examples=150, deadline=None)
def test_damage_never_raises(noise: bytes, start: int, end: int) -> None:
    for raw in (noise, WHOLE[:start] + noise + WHOLE[end:], WHOLE[:end]):
        fields = fields_of(raw)
        assert len(fields["subject"]) <= 2000
        time_of(raw)


@given(st.text(alphabet="<>/ab=\"' !-&;hrefdivstyle:none#\n\x00", max_size=300))
@settings(max_examples=300, deadline=None)
def test_any_page_can_be_read(html: str) -> None:
    page = read_page(html)
    assert all(0 <= a.start <= a.end <= len(page.shown) for a in page.anchors)
