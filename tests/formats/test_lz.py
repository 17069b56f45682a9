"""LZ4 blocks and LZO1X streams, against packers written here from the formats' descriptions; nothing that is broken gets out."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.formats.lz_packers import lz4, lzo

from assay.formats.lz import unpack_lz4, unpack_lzo

MOST = 1 << 16
texts = st.lists(st.sampled_from([b"a", b"flow", b"\0" * 9, b"10.0.0.1", bytes(range(40))]), max_size=300).map(b"".join)


@given(st.one_of(texts, st.binary(max_size=700)))
@settings(max_examples=120, deadline=None)
def test_what_was_packed_comes_out_again(data: bytes) -> None:
    assert unpack_lz4(lz4(data), MOST) == data
    assert unpack_lzo(lzo(data), MOST) == data


def test_long_runs_and_far_matches() -> None:
    data = bytes(range(256)) * 2 + b"x" * 3000 + bytes(i * 7 % 251 for i in range(20_000)) + b"end of it all " * 3
    far = data + bytes(range(256)) * 2 + data[:600]
    for unpack, pack in ((unpack_lz4, lz4), (unpack_lzo, lzo)):
        packed = pack(far)
        assert len(packed) < len(far)
        assert unpack(packed, MOST) == far


def test_the_short_matches_of_lzo() -> None:
    """Two bytes near by after a match with literals, three bytes farther than 2 KiB after a run: codes below 16."""
    run = bytes(i * 37 % 253 for i in range(3000))
    stream = b"\0" + b"\0" * ((3000 - 18) // 255) + bytes([(3000 - 18) % 255]) + run
    back = 2500 - 2049
    stream += bytes([(back & 3) << 2 | 1, back >> 2]) + b"!"  # three bytes, 2,500 back, and one literal
    stream += bytes([0 << 2, 0])  # two bytes, 1 back
    stream += b"\x11\0\0"
    out = run + run[500:503] + b"!" + b"!!"
    assert unpack_lzo(stream, MOST) == out


def test_bounds_are_kept() -> None:
    bomb_lz4 = bytes([0x1F]) + b"a" + b"\1\0" + b"\xff" * 4000 + b"\0" + b"\x50" + b"tail!"
    for broken in (b"", b"\xf0", b"\x10a\0\0", b"\x10a\5\0", lz4(b"abc" * 50)[:-1]):
        with pytest.raises(ValueError, match="broken"):
            unpack_lz4(broken, MOST)
    with pytest.raises(ValueError, match="more than"):
        unpack_lz4(bomb_lz4, MOST)
    for broken in (b"", b"\0", b"\x16ab", b"\x15abcd\x20", lzo(b"abc" * 50)[:-1], lzo(b"abc") + b"x", b"\x11\0\1"):
        with pytest.raises(ValueError, match="broken"):
            unpack_lzo(broken, MOST)
    with pytest.raises(ValueError, match="more than"):
        unpack_lzo(lzo(b"a" * 5000), 4000)


@given(st.binary(max_size=300), st.sampled_from([unpack_lz4, unpack_lzo]))
@settings(max_examples=300, deadline=None)
def test_anything_is_unpacked_or_refused(data: bytes, unpack) -> None:  # type: ignore[no-untyped-def]
    with contextlib.suppress(ValueError):
        assert len(unpack(data, 5000)) <= 5000
