"""The hello inside QUIC's Initial packets: the RFC's own keys come out, pieces in any order make one hello, and damage ends in
nothing."""

from __future__ import annotations

import struct

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from hypothesis import given, settings
from hypothesis import strategies as st

from assay.formats import quic

ID = bytes.fromhex("8394c8f03e515708")
HELLO = b"\x01" + (2000).to_bytes(3, "big") + bytes(range(250)) * 8


def integer(value: int) -> bytes:
    return bytes([value]) if value < 64 else struct.pack(">H", value | 0x4000)


def initial(frames: bytes, number: int = 0, *, version: int = 1, connection: bytes = ID, token: bytes = b"") -> bytes:
    """One Initial packet as a client sends it."""
    aead, iv, header_cipher = quic._client_keys(version, connection)
    kind = 0xC0 if version != 0x6B3343CF else 0xD0
    head = bytes([kind | 1]) + struct.pack(">I", version) + bytes([len(connection)]) + connection + b"\0"
    head += integer(len(token)) + token + struct.pack(">H", (len(frames) + 16 + 2) | 0x4000)
    told = struct.pack(">H", number)
    nonce = bytes(a ^ b for a, b in zip(iv, told.rjust(12, b"\0"), strict=True))
    sealed: bytes = aead.encrypt(nonce, frames, head + told)
    mask = header_cipher(sealed[2:18])
    return (
        bytes([head[0] ^ (mask[0] & 15)])
        + head[1:]
        + bytes(a ^ b for a, b in zip(told, mask[1:3], strict=True))
        + sealed
    )


def crypto(start: int, end: int) -> bytes:
    return b"\x06" + integer(start) + integer(end - start) + HELLO[start:end]


def test_the_keys_are_those_of_the_rfc() -> None:
    """RFC 9001, appendix A.1."""
    aead, iv, header_cipher = quic._client_keys(1, ID)
    assert iv.hex() == "fa044b2f42a3fd3b46fb255c"
    zero = Cipher(algorithms.AES(bytes.fromhex("9f50449e04a0e810283a1e9933adedd2")), modes.ECB()).encryptor()
    assert header_cipher(bytes(16)) == zero.update(bytes(16))
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    key = AESGCM(bytes.fromhex("1f369613dd76d5467730efcbe3b1a22d"))
    assert aead.encrypt(bytes(12), b"x", b"") == key.encrypt(bytes(12), b"x", b"")


@pytest.mark.parametrize("version", [1, 0x6B3343CF, 0xFF00001D])
def test_pieces_in_any_order_and_packet_make_one_hello(version: int) -> None:
    ack = b"\x02" + integer(3) + integer(0) + integer(0) + integer(1)
    first = initial(ack + crypto(900, 1500) + b"\0" * 9 + crypto(0, 300), version=version, token=b"again")
    second = initial(crypto(1400, len(HELLO)) + b"\x01" + crypto(250, 950), 1, version=version)
    opening = quic.Opening()
    assert opening.add(first) is None
    assert opening.add(second) == HELLO
    assert opening.over
    assert quic.Opening().add(second + first) == HELLO  # two packets in one datagram


def test_what_is_no_initial_packet_tells_nothing() -> None:
    whole = initial(crypto(0, len(HELLO)))
    for other in (b"", b"\xc0", whole[:30], b"\x40" + whole[1:], whole[:1] + b"\0\0\0\2" + whole[5:], bytes(1200)):
        assert not quic.is_initial(other)
        assert quic.Opening().add(other) is None
    forged = bytearray(whole)
    forged[-1] ^= 1
    assert quic.Opening().add(bytes(forged)) is None


def test_a_hello_that_never_comes_is_given_up() -> None:
    opening = quic.Opening()
    for number in range(quic.MAX_PACKETS + 1):
        opening.add(initial(crypto(8, 9), number))
    assert opening.over
    opening = quic.Opening()
    opening.add(initial(b"\x06" + struct.pack(">I", 0x8000_0000 | quic.MAX_HELLO) + integer(9) + bytes(9)))
    assert opening.over


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=400), st.integers(0, 1300), st.integers(0, 255))
def test_no_datagram_breaks_it(frames: bytes, at: int, change: int) -> None:
    quic.Opening().add(initial(frames.ljust(4, b"\0")))
    datagram = bytearray(initial(crypto(0, 1200)))
    datagram[at % len(datagram)] ^= change
    quic.Opening().add(bytes(datagram))
    quic.Opening().add(b"\xc3\0\0\0\1" + frames)
