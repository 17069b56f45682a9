"""RAR 5's own method: what a small packer packed comes out to the byte, with matches, filters and members that lean on each other; any
other bytes are refused within bounds."""

from __future__ import annotations

from contextlib import suppress

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.formats.rar5_packer import absolute, packed, spread

from assay.formats.rar5_packed import Unpacker
from assay.formats.unpack import Damaged

TEXTS = st.lists(
    st.sampled_from((b"the ", b"quick ", b"brown fox ", b"\0\1\2\3", b"jumps over ", b"x" * 40)), max_size=120
).map(b"".join)
CODE = (b"\x90\xe8\x10\x02\0\0\x8b\xe8\xf0\xff\xff\xff" + bytes(range(32))) * 40


@settings(max_examples=30, deadline=None)
@given(data=st.one_of(TEXTS, st.binary(max_size=3000)), several=st.booleans())
def test_what_was_packed_comes_out(data: bytes, several: bool) -> None:
    assert Unpacker().unpack(packed(data, several=several and len(data) > 10), len(data), solid=False) == data


def test_far_matches_and_long_ones_come_out() -> None:
    noise = np.random.default_rng(5).integers(0, 256, 300_000, np.uint8).tobytes()
    data = noise + noise[:2500] + b"y" * 5000 + noise[1000:4000]
    assert Unpacker().unpack(packed(data), len(data), solid=False) == data


def test_members_of_a_solid_archive_lean_on_those_before() -> None:
    first, second = b"the quick brown fox " * 30, b"fox brown quick the quick brown fox " * 5
    one = Unpacker()
    assert one.unpack(packed(first), len(first), solid=False) == first
    assert one.unpack(packed(second, before=first), len(second), solid=True) == second
    with pytest.raises(Damaged):
        Unpacker().unpack(packed(second, before=first), len(second), solid=False)


def test_filters_are_put_back() -> None:
    sound = np.cumsum(np.random.default_rng(7).integers(-3, 4, 3000)).astype(np.uint8).tobytes()
    for channels in (1, 2, 3, 7):
        mixed = b"head " + spread(sound, channels) + b" tail"
        assert (
            Unpacker().unpack(packed(mixed, [(5, len(sound), 0, channels)]), len(mixed), solid=False)
            == b"head " + sound + b" tail"
        )
    told = b"head!" + absolute(CODE, 5)
    assert told != b"head!" + CODE
    assert Unpacker().unpack(packed(told, [(5, len(CODE), 1, 0)]), len(told), solid=False) == b"head!" + CODE


@settings(max_examples=80, deadline=None)
@given(data=st.data())
def test_damage_is_refused(data: st.DataObject) -> None:
    content = bytearray(packed(b"the quick brown fox " * 20, [(0, 10, 1, 0)]))
    del content[data.draw(st.integers(0, len(content))) :]
    for _ in range(data.draw(st.integers(0, 6))):
        if content:
            content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    with suppress(Damaged):
        assert len(Unpacker().unpack(bytes(content), 400, solid=data.draw(st.booleans()))) == 400


@settings(max_examples=60, deadline=None)
@given(noise=st.binary(max_size=400))
def test_noise_is_refused(noise: bytes) -> None:
    size = len(noise).to_bytes(3, "little")
    flags = 7 | 2 << 3 | 0x40 | 0x80
    head = bytes((flags, 0x5A ^ flags ^ size[0] ^ size[1] ^ size[2])) + size
    with suppress(Damaged):
        assert len(Unpacker().unpack(head + noise, 100, solid=False)) == 100
