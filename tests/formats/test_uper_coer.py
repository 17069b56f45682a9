"""Packed bits and canonical octets: what is written is read, and nothing that is cut or flipped raises anything but one error."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.core.errors import UnreadableInput
from assay.formats import coer
from assay.formats.coer import Cursor
from assay.formats.uper import BitReader, BitWriter

FIELDS = st.lists(
    st.tuples(st.integers(-5000, 5000), st.integers(0, 40_000)).map(lambda f: (f[0], f[0] + f[1])), max_size=20
)


@given(FIELDS, st.data())
def test_whole_numbers_come_back(ranges: list[tuple[int, int]], data: st.DataObject) -> None:
    values = [data.draw(st.integers(low, high)) for low, high in ranges]
    writer = BitWriter()
    for (low, high), value in zip(ranges, values, strict=True):
        writer.whole(value, low, high)
    reader = BitReader(writer.done())
    assert [reader.whole(low, high) for low, high in ranges] == values


@given(st.binary(max_size=300), st.integers(0, 127))
def test_open_types_and_octets_come_back(content: bytes, bits: int) -> None:
    reader = BitReader(BitWriter().bits(bits, 7).opened(content).flag(True).done())
    assert reader.bits(7) == bits
    inner = reader.opened()
    assert inner.octets(len(content)) == content
    assert reader.flag()


def test_a_range_of_three_takes_two_bits_and_refuses_the_fourth() -> None:
    assert BitReader(b"\x80").whole(0, 2) == 2
    with pytest.raises(UnreadableInput):
        BitReader(b"\xc0").whole(0, 2)


def test_sizes_are_refused_before_anything_is_made() -> None:
    with pytest.raises(UnreadableInput):
        BitReader(b"\x01").octets(1 << 40)
    with pytest.raises(UnreadableInput):
        BitReader(b"\xc4").length()
    with pytest.raises(UnreadableInput):
        BitReader(bytes(70_000))


@given(st.integers(0, (1 << 64) - 1), st.binary(max_size=400))
def test_octet_rules_come_back(number: int, content: bytes) -> None:
    cursor = Cursor(coer.whole(number) + coer.octets(content) + coer.choice(3, b"\x07"))
    assert cursor.whole() == number
    assert cursor.octets() == content
    assert (cursor.choice(), cursor.number(1), cursor.left) == (3, 7, 0)


@pytest.mark.parametrize("told", [b"\x81\x05", b"\x82\x00\xff", b"\x80", b"\x85\x01\x00\x00\x00\x00"])
def test_a_length_has_one_encoding_only(told: bytes) -> None:
    with pytest.raises(UnreadableInput):
        Cursor(told + bytes(300)).octets()


def test_a_count_is_never_more_than_there_are_bytes() -> None:
    with pytest.raises(UnreadableInput):
        Cursor(b"\x04\xff\xff\xff\xff" + bytes(10)).many()
