"""Which names link, and under which name."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.campaigns.linking import class_named, link_of, links_of
from assay.core.entity import Entity


def key(kind: str, id_: str) -> str | None:
    link = link_of(kind, id_)
    return link.key if link else None


@pytest.mark.parametrize(
    ("a", "b"),
    [
        (("host", "WS-7"), ("device", "ws-7")),
        (("ip", "10.0.0.5"), ("destination", "10.0.0.5")),
        (("ip", "::ffff:10.0.0.5"), ("ip", "10.0.0.5")),
        (("ip", "2001:DB8::1"), ("destination", "2001:db8:0::1")),
        (("user", "BANK\\Anna"), ("user", "anna")),
        (("user", "WS-7$"), ("host", "ws-7")),
    ],
)
def test_one_thing_under_two_names_links(a: tuple[str, str], b: tuple[str, str]) -> None:
    assert key(*a) == key(*b) is not None


@pytest.mark.parametrize(
    ("a", "b"),
    [
        (("card", "tok_A"), ("card", "tok_a")),
        (("account", "7"), ("customer", "7")),
        (("user", "anna"), ("customer", "anna")),
        (("host", "dc1.a.example"), ("host", "dc1.b.example")),
        (("user", "anna@a.example"), ("user", "anna@b.example")),
    ],
)
def test_two_things_stay_two(a: tuple[str, str], b: tuple[str, str]) -> None:
    assert key(*a) != key(*b)


@pytest.mark.parametrize(
    ("kind", "id_"),
    [
        ("user", "NT AUTHORITY\\SYSTEM"), ("user", "SYSTEM"), ("user", "root"), ("user", "DWM-1"), ("user", "-"), ("user", ""),
        ("ip", "127.0.0.1"), ("ip", "::1"), ("ip", "0.0.0.0"), ("ip", "224.0.0.251"), ("ip", "fe80::1"), ("ip", "ec2.amazonaws.com"),
        ("host", "localhost"), ("merchant", "m-1"), ("terminal", "t-1"), ("user", "$"),
    ],
)  # fmt: skip
def test_what_everybody_has_links_nobody(kind: str, id_: str) -> None:
    assert key(kind, id_) is None or id_ == "$"


@given(st.text(), st.text())
def test_any_name_can_be_asked_about(kind: str, id_: str) -> None:
    link = link_of(kind, id_)
    assert link is None or class_named(link.of.name) is link.of or link.of.name == ""


def test_the_surest_comes_first_and_each_once() -> None:
    entities = tuple(
        Entity.parse(t) for t in ("ip:10.0.0.5", "host:w", "destination:10.0.0.5", "process:{1}", "user:a")
    )
    assert [link.key for link in links_of(entities)] == ["process:{1}", "machine:w", "user:a", "address:10.0.0.5"]
