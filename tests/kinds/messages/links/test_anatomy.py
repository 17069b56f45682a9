"""A link is read the way a browser reads it, whatever was done to it."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.kinds.messages.links.anatomy import anatomy, entropy, split_host
from assay.kinds.messages.links.found import find_links


@pytest.mark.parametrize(
    ("url", "host", "registered"),
    [
        ("https://www.example.co.uk/a", "www.example.co.uk", "example.co.uk"),
        ("HTTP:\\\\Example.COM\\a", "example.com", "example.com"),
        ("example.com/login", "example.com", "example.com"),
        ("https://smbc-card.com.qsgqk.com/", "smbc-card.com.qsgqk.com", "qsgqk.com"),
        ("https://evil.web.app/x", "evil.web.app", "evil.web.app"),  # private suffix
        ("https://paypal.com@evil.example/", "evil.example", "evil.example"),
        ("https://paypal.com%2F@evil.example/", "evil.example", "evil.example"),
        ("https://%65vil.example/", "evil.example", "evil.example"),
        ("https://bücher.de", "xn--bcher-kva.de", "xn--bcher-kva.de"),
        ("https://xn--bcher-kva.de", "xn--bcher-kva.de", "xn--bcher-kva.de"),
        ("http://ex。com/", "ex.com", "ex.com"),
        ("ht\ntp://ex\tample.com", "example.com", "example.com"),
        ("//example.com/x", "example.com", "example.com"),
    ],
)
def test_hosts(url: str, host: str, registered: str) -> None:
    taken = anatomy(url)
    assert (taken.host, taken.registered) == (host, registered)


@pytest.mark.parametrize(
    ("url", "address", "how"),
    [
        ("http://192.0.2.7/", "192.0.2.7", "dotted"),
        ("http://3221225991/", "192.0.2.7", "decimal"),
        ("http://0xC0.0.0x2.7/", "192.0.2.7", "hex"),
        ("http://0300.0.02.07/", "192.0.2.7", "octal"),
        ("http://192.519/", "192.0.2.7", "short"),
        ("http://[2001:db8::7]:80/", "2001:db8::7", "ipv6"),
    ],
)
def test_addresses_in_every_base(url: str, address: str, how: str) -> None:
    assert (anatomy(url).host, anatomy(url).ip) == (address, how)


def test_what_a_link_carries_along() -> None:
    assert (
        anatomy("https://a.example/r?next=https%253A%252F%252Fevil.example%252Fx").redirect == "https://evil.example/x"
    )
    assert anatomy("https://a.example/http://evil.example").redirect == "http://evil.example"
    assert anatomy("https://a.example/r?url=evil.example/x").redirect == "evil.example/x"
    assert anatomy("https://a.example/get?file=report.pdf&url=report.pdf").redirect == ""
    assert anatomy("https://a.example/?a=1&amp;u=//evil.example").redirect == "//evil.example"


def test_facts_of_a_link() -> None:
    assert anatomy("https://bit.ly/x").shortener
    assert anatomy("https://pаypal.com").mixed
    assert anatomy("http://10.0.0.1/").internal
    assert anatomy("https://a.example/secure/Login.php?verify=1").lures == ("secure", "login", "verify")
    assert anatomy("javascript:alert(1)").scheme == "javascript"
    assert anatomy("mailto:a@b.example").host == ""
    assert anatomy("https://www.a.example/").bare == "a.example"
    assert entropy("aaaa") == 0
    assert split_host("com") == ("", "", "", False)


@given(st.text(max_size=300))
def test_anything_can_be_taken_apart(text: str) -> None:
    taken = anatomy(text)
    assert taken.host.isascii()
    assert taken.registered == "" or taken.host.endswith(taken.registered)


@given(
    st.sampled_from(["http://", "https://", "", "//"]),
    st.text(max_size=80),
    st.sampled_from(["", "/", "?u=", "#", "@"]),
)
def test_anything_after_a_scheme_can_be_taken_apart(scheme: str, text: str, tail: str) -> None:
    anatomy(scheme + text + tail)


@pytest.mark.parametrize(
    ("text", "links"),
    [
        (
            "See https://en.example/wiki/A_(b) (or http://x.example/c).",
            ["https://en.example/wiki/A_(b)", "http://x.example/c"],
        ),
        ("点击http://t.cn/abc领取，或www.abc.cn。", ["http://t.cn/abc", "www.abc.cn"]),
        ("访问https://工商银行.com/login", ["https://工商银行.com/login"]),
        ("hxxps://evil[.]com/login", ["hxxps://evil[.]com/login"]),
        ("pay at dhl-pay.top/x, thanks", ["dhl-pay.top/x"]),
        ("Track: DHL.COM", ["DHL.COM"]),
        ("详情：abchina.com/x", ["abchina.com/x"]),  # a full-width colon is no letter
        ("mail john.doe@bank.com", []),
        ("See you tomorrow.Me too, it is ok.So e.g. Node.js, readme.md, 10.30am, 1.2.3.4", []),
    ],
)
def test_links_in_text(text: str, links: list[str]) -> None:
    found = find_links(text)
    assert [link.url for link in found] == links
    assert all(text[link.start : link.end] == link.url for link in found)


@given(st.text(alphabet="htp:/.wa @中[]()%-_\uff0e1", max_size=200))
def test_links_stand_where_they_say(text: str) -> None:
    assert all(text[link.start : link.end] == link.url for link in find_links(text))


@pytest.mark.parametrize(
    "unit", ["a", "a.", "http://", "a.b/", "www.", "data:text/html,", "1.", "http://中国", "-", "%25", "(", "a@"]
)
def test_hostile_texts_take_bounded_time(unit: str) -> None:
    text = unit * (100_000 // len(unit))
    began = time.process_time()
    find_links(text)
    anatomy(text)
    anatomy("http://" + text)
    anatomy("http://x.example/?" + text)
    assert time.process_time() - began < 0.5
