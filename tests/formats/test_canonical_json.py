"""One value has one text: the examples of RFC 8785, and that nothing a reader could take two ways is read at all."""

from __future__ import annotations

import contextlib
import json
import math
import struct
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.formats.canonical_json import NotCanonical, canonical, number, read

PLAIN = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(1 << 53), 1 << 53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=20,
)


@pytest.mark.parametrize(
    ("bits", "text"),
    [  # RFC 8785, appendix B
        ("0000000000000001", "5e-324"), ("7fefffffffffffff", "1.7976931348623157e+308"), ("4340000000000000", "9007199254740992"),
        ("4430000000000000", "295147905179352830000"), ("44b52d02c7e14af5", "9.999999999999997e+22"),
        ("44b52d02c7e14af6", "1e+23"), ("444b1ae4d6e2ef4e", "999999999999999700000"), ("444b1ae4d6e2ef50", "1e+21"),
        ("3eb0c6f7a0b5ed8c", "9.999999999999997e-7"), ("3eb0c6f7a0b5ed8d", "0.000001"), ("41b3de4355555553", "333333333.3333332"),
        ("41b3de4355555555", "333333333.3333333"), ("becbf647612f3696", "-0.0000033333333333333333"),
        ("43143ff3c1cb0959", "1424953923781206.2"), ("8000000000000000", "0"),
    ],
)  # fmt: skip
def test_numbers_are_written_as_ecmascript_does(bits: str, text: str) -> None:
    assert number(struct.unpack(">d", bytes.fromhex(bits))[0]) == text


def test_the_example_of_the_standard() -> None:
    text = r'{"numbers":[333333333.33333329,1E30,4.50,2e-3,0.000000000000000000000000001],"string":"\u20ac$\u000F\u000aA\u0027\u0042\u0022\u005c\\\"\/","literals":[null,true,false]}'
    assert canonical(json.loads(text)).decode() == (
        r'{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\u000f\nA'
        + "'" + r'B\"\\\\\"/"}'
    )  # fmt: skip


def test_names_are_in_order_of_their_utf_16() -> None:
    names = ["€", "\r", "\ufb33", "1", "\U0001f600", "\u0080", "ö"]
    assert list(json.loads(canonical(dict.fromkeys(names)))) == ["\r", "1", "\u0080", "ö", "€", "\U0001f600", "\ufb33"]


@given(PLAIN)
def test_what_was_written_reads_as_it_was_and_is_written_the_same_again(value: Any) -> None:
    text = canonical(value)
    assert read(text) == value
    assert canonical(read(text)) == text


@pytest.mark.parametrize(
    "text",
    [b'{"a":1,"a":2}', b"[NaN]", b"[1e999]", b"[9007199254740993]", b"[" * 90 + b"]" * 90, b"[" * 50_000, b"\xff", b"", b"{"],
)  # fmt: skip
def test_what_could_mean_two_things_is_refused(text: bytes) -> None:
    with pytest.raises(NotCanonical):
        read(text)


@pytest.mark.parametrize("value", [math.nan, math.inf, 1 << 60, {1: 2}, b"x", "\ud800", {"a": {3}}])
def test_what_has_no_form_is_refused(value: Any) -> None:
    with pytest.raises(NotCanonical):
        canonical(value)


@given(st.binary(max_size=200))
def test_no_bytes_raise_anything_else(content: bytes) -> None:
    with contextlib.suppress(NotCanonical):
        canonical(read(content))
