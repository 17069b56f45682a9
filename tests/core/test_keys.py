"""Entity keys: the SipHash reference vectors' shape, stability, and "absent"."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.core.keys import key_of, keys_of, pair_keys

MASK = (1 << 64) - 1
IDS = st.text(st.characters(blacklist_characters="\n", blacklist_categories=("Cs",)), max_size=40)


def siphash13(data: bytes, k0: int, k1: int) -> int:
    """SipHash-1-3 as the paper writes it, in slow and plain integers."""
    v = [k0 ^ 0x736F6D6570736575, k1 ^ 0x646F72616E646F6D, k0 ^ 0x6C7967656E657261, k1 ^ 0x7465646279746573]

    def rotl(x: int, b: int) -> int:
        return ((x << b) | (x >> (64 - b))) & MASK

    def sip_round() -> None:
        v[0] = (v[0] + v[1]) & MASK
        v[1] = rotl(v[1], 13) ^ v[0]
        v[0] = rotl(v[0], 32)
        v[2] = (v[2] + v[3]) & MASK
        v[3] = rotl(v[3], 16) ^ v[2]
        v[0] = (v[0] + v[3]) & MASK
        v[3] = rotl(v[3], 21) ^ v[0]
        v[2] = (v[2] + v[1]) & MASK
        v[1] = rotl(v[1], 17) ^ v[2]
        v[2] = rotl(v[2], 32)

    padded = data + b"\0" * (7 - len(data) % 8) + bytes([len(data) & 0xFF])
    for i in range(0, len(padded), 8):
        word = int.from_bytes(padded[i : i + 8], "little")
        v[3] ^= word
        sip_round()
        v[0] ^= word
    v[2] ^= 0xFF
    for _ in range(3):
        sip_round()
    return v[0] ^ v[1] ^ v[2] ^ v[3]


@given(st.lists(st.one_of(st.none(), IDS), max_size=30))
def test_keys_are_siphash_of_the_utf8_bytes(ids: list[str | None]) -> None:
    k0, k1 = 0x6173736179206F66, 0x2074686520676F6C
    expected = [siphash13(i.encode(), k0, k1) if i else 0 for i in ids]
    assert keys_of(ids).tolist() == expected


def test_keys_never_change_between_releases() -> None:
    """Stored profile state is found by key: these values are a promise."""
    pinned = {"1": 0x5715C8E5266C6440, "card_abc": 0xCE8234E25529AD2F, "客户": 0x3F80BC331B11C8AB}
    assert {id_: key_of(id_) for id_ in pinned} == pinned


def test_an_id_with_a_line_feed_is_refused() -> None:
    with pytest.raises(ValueError, match="line feed"):
        keys_of(["a\nb"])


def test_a_pair_is_ordered_and_absent_where_either_is() -> None:
    a, b = keys_of(["x", "x", None]), keys_of(["y", None, "y"])
    pair = pair_keys(a, b)
    assert pair[0] != 0
    assert pair[1] == pair[2] == 0
    assert pair[0] != pair_keys(b, a)[0]


def test_pairs_of_many_ids_do_not_collide() -> None:
    n = 300
    ids = keys_of([str(i) for i in range(n)])
    pairs = pair_keys(np.repeat(ids, n), np.tile(ids, n))
    assert len(np.unique(pairs)) == n * n
