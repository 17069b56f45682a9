"""The TLS hello that a QUIC client opens with, as a passive listener reads it (RFC 9000, RFC 9001, RFC 9369).

Initial packets are encrypted with keys that anybody derives from the connection id they carry, so that nothing is secret in
them; they are opened here to read what a TCP listener reads in the clear. A hello may be spread over several packets, its
pieces in any order. Everything is bounded; what is no Initial packet of a version known gives nothing.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from typing import Any, NamedTuple

MAX_HELLO = 1 << 14  # bytes of a hello
MAX_PIECES = 64
MAX_PACKETS = 16  # of one client that are opened in search of its hello
_INITIAL_SALT = {  # version -> salt, labels' prefix, long-header type of an Initial packet
    0x00000001: (bytes.fromhex("38762cf7f55934b34d179ae6a4c80cadccbb7f0a"), b"quic", 0),
    0x6B3343CF: (bytes.fromhex("0dede3def700a6db819381be6e269dcbf9bd2ed9"), b"quicv2", 1),
    0xFF00001D: (bytes.fromhex("afbfec289993d24c9e9786f19c6111e04390a899"), b"quic", 0),  # draft 29
}
_PADDING, _PING, _ACK, _ACK_ECN, _CRYPTO = 0, 1, 2, 3, 6


class _Initial(NamedTuple):
    """Where one Initial packet lies in a datagram: its `start`, its packet number, its `end`; what its keys come from."""

    version: int
    connection: bytes  # the destination's id
    start: int
    number_at: int
    end: int


@dataclass
class Opening:
    """The hello of one client, put together from its datagrams. `add` gives the whole handshake message (type and length
    first) as soon as it is there; `over` says that it will not come."""

    over: bool = False
    _keys: tuple[Any, bytes, Any] | None = None  # AES-GCM, IV, header cipher
    _pieces: dict[int, bytes] = field(default_factory=dict)
    _packets: int = 0

    def add(self, datagram: bytes) -> bytes | None:
        """None while it is not whole. Never raises."""
        at = 0
        while not self.over and at < len(datagram):
            initial = _initial(datagram, at)
            if initial is None:
                break
            self._packets += 1
            if self._packets > MAX_PACKETS:
                self.over = True
                break
            frames = self._opened(datagram, initial)
            if frames is not None:
                self._gather(frames)
                if (whole := self._whole()) is not None:
                    self.over = True
                    return whole
            at = initial.end
        return None

    def _opened(self, datagram: bytes, initial: _Initial) -> bytes | None:
        """The packet's frames; None where it does not open."""
        from cryptography.exceptions import InvalidTag

        # A server's answer may change the id that later packets carry; the keys stay those of the first one.
        if self._keys is None:
            self._keys = _client_keys(initial.version, initial.connection)
        aead, iv, header_cipher = self._keys
        sample = datagram[initial.number_at + 4 : initial.number_at + 20]
        if len(sample) < 16:
            return None
        mask = header_cipher(sample)
        first = datagram[initial.start] ^ (mask[0] & 0x0F)
        width = (first & 3) + 1
        number = bytes(
            a ^ b for a, b in zip(datagram[initial.number_at : initial.number_at + width], mask[1:], strict=False)
        )
        header = bytes([first]) + datagram[initial.start + 1 : initial.number_at] + number
        nonce = bytes(a ^ b for a, b in zip(iv, number.rjust(12, b"\0"), strict=True))
        try:
            return bytes(aead.decrypt(nonce, datagram[initial.number_at + width : initial.end], header))
        except InvalidTag:
            return None

    def _gather(self, frames: bytes) -> None:
        """Keep the pieces of the handshake; what else an Initial packet may hold is passed over."""
        at = 0
        try:
            while at < len(frames):
                kind, at = frames[at], at + 1
                if kind in (_PADDING, _PING):
                    continue
                if kind in (_ACK, _ACK_ECN):
                    _, at = _integer(frames, at)
                    _, at = _integer(frames, at)
                    ranges, at = _integer(frames, at)
                    for _ in range(min(ranges, 256) * 2 + 1 + (3 if kind == _ACK_ECN else 0)):
                        _, at = _integer(frames, at)
                elif kind == _CRYPTO:
                    offset, at = _integer(frames, at)
                    length, at = _integer(frames, at)
                    if offset + length > MAX_HELLO or len(self._pieces) >= MAX_PIECES:
                        self.over = True
                        return
                    self._pieces[offset] = max(self._pieces.get(offset, b""), frames[at : at + length], key=len)
                    at += length
                else:
                    return
        except IndexError:
            return

    def _whole(self) -> bytes | None:
        told = b""
        for offset in sorted(self._pieces):
            if offset > len(told):
                return None
            told += self._pieces[offset][len(told) - offset :]
        if len(told) < 4:
            return None
        needed = 4 + int.from_bytes(told[1:4], "big")
        if told[0] != 1 or needed > MAX_HELLO:
            self.over = True
            return None
        return told[:needed] if len(told) >= needed else None


def is_initial(datagram: bytes) -> bool:
    """Does it begin with an Initial packet of a version that is read?"""
    return _initial(datagram, 0) is not None


def _initial(datagram: bytes, at: int) -> _Initial | None:
    start = at
    if len(datagram) < at + 7 or datagram[at] & 0xC0 != 0xC0:
        return None
    version = struct.unpack_from(">I", datagram, at + 1)[0]
    if version not in _INITIAL_SALT or datagram[at] >> 4 & 3 != _INITIAL_SALT[version][2]:
        return None
    try:
        at += 5
        length = datagram[at]
        connection, at = datagram[at + 1 : at + 1 + length], at + 1 + length
        if length > 20:
            return None
        at += 1 + datagram[at]
        token, at = _integer(datagram, at)
        at += token
        size, at = _integer(datagram, at)
    except IndexError:
        return None
    if size < 20 or at + size > len(datagram):
        return None
    return _Initial(version, connection, start, at, at + size)


def _client_keys(version: int, connection: bytes) -> tuple[Any, bytes, Any]:
    """RFC 9001, 5.2: what a client's Initial packets are protected with."""
    from cryptography.hazmat.primitives import hashes, hmac
    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM
    from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

    salt, prefix, _ = _INITIAL_SALT[version]
    extract = hmac.HMAC(salt, hashes.SHA256())
    extract.update(connection)

    def expand(secret: bytes, label: bytes, length: int) -> bytes:
        told = b"tls13 " + label
        info = struct.pack(">HB", length, len(told)) + told + b"\0"
        return HKDFExpand(hashes.SHA256(), length, info).derive(secret)

    secret = expand(extract.finalize(), b"client in", 32)
    key, iv, header = (expand(secret, prefix + label, n) for label, n in ((b" key", 16), (b" iv", 12), (b" hp", 16)))
    encryptor = Cipher(algorithms.AES(header), modes.ECB()).encryptor()  # noqa: S305  as the RFC has it: one block
    return AESGCM(key), iv, encryptor.update


def _integer(data: bytes, at: int) -> tuple[int, int]:
    """A variable-length integer and where it ends. Raises `IndexError` past the end."""
    width = 1 << (data[at] >> 6)
    if at + width > len(data):
        raise IndexError
    return int.from_bytes(data[at : at + width], "big") & ((1 << (8 * width - 2)) - 1), at + width


__all__ = ["MAX_HELLO", "MAX_PACKETS", "Opening", "is_initial"]
