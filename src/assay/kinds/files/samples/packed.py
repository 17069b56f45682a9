"""Cabinets, 7z and RAR archives as their makers write them, small: what the room has to open, written from the formats' descriptions."""

from __future__ import annotations

import hashlib
import lzma
import struct
import zlib
from collections.abc import Sequence

_BLOCK = 32_768


def cabinet(members: Sequence[tuple[str, bytes]], *, packed: bool = True) -> bytes:
    """A cabinet of one folder ([MS-CAB]), its blocks by MSZIP or stored; no checksums, as the format allows."""
    data = b"".join(content for _, content in members)
    blocks, before = [], b""
    for at in range(0, len(data), _BLOCK):
        piece = data[at : at + _BLOCK]
        inner = piece
        if packed:
            packer = (
                zlib.compressobj(9, zlib.DEFLATED, -15, zdict=before)
                if before
                else zlib.compressobj(9, zlib.DEFLATED, -15)
            )
            inner, before = b"CK" + packer.compress(piece) + packer.flush(), piece
        blocks.append(struct.pack("<IHH", 0, len(inner), len(piece)) + inner)
    listed, start = b"", 0
    for name, content in members:
        listed += struct.pack("<IIHHHH", len(content), start, 0, 0, 0, 0xA0) + name.encode() + b"\0"
        start += len(content)
    begins = 36 + 8 + len(listed)
    size = begins + sum(map(len, blocks))
    head = struct.pack("<4s5I2B5H", b"MSCF", 0, size, 0, 44, 0, 3, 1, 1, len(members), 0, 0, 0)
    return head + struct.pack("<IHH", begins, len(blocks), int(packed)) + listed + b"".join(blocks)


def _number(value: int) -> bytes:
    """A number as 7z writes it."""
    for following in range(8):
        if value < 1 << 7 * (following + 1):
            mask = 0xFF00 >> following & 0xFF
            return bytes((mask | value >> 8 * following,)) + (value & (1 << 8 * following) - 1).to_bytes(
                following, "little"
            )
    return b"\xff" + value.to_bytes(8, "little")


def sevenzip(members: Sequence[tuple[str, bytes]], *, listed: bool = False) -> bytes:
    """A 7z archive, its members one behind the other by LZMA2; the list of them packed by LZMA where `listed`."""
    data = b"".join(content for _, content in members)
    packed = lzma.compress(data, lzma.FORMAT_RAW, filters=[{"id": lzma.FILTER_LZMA2, "dict_size": 1 << 20}])
    streams = _streams(0, len(packed), b"\x21\x21\x01\x10", len(data), zlib.crc32(data))
    inside = b"\x0d" + _number(len(members)) + b"\x09" + b"".join(_number(len(c)) for _, c in members[:-1])
    inside += b"\x0a\x01" + b"".join(struct.pack("<I", zlib.crc32(c)) for _, c in members)
    if len(members) == 1:
        inside = b""
    names = b"\0" + b"".join(name.encode("utf-16-le") + b"\0\0" for name, _ in members)
    files = b"\x05" + _number(len(members)) + b"\x11" + _number(len(names)) + names + b"\0"
    header = b"\x01\x04" + streams + (b"\x08" + inside + b"\0" if inside else b"") + b"\0" + files + b"\0"
    body = packed
    if listed:
        told = {"id": lzma.FILTER_LZMA1, "lc": 3, "lp": 0, "pb": 2, "dict_size": 1 << 16}
        small = lzma.compress(header, lzma.FORMAT_RAW, filters=[told])
        coder = b"\x23\x03\x01\x01\x05\x5d\0\0\x01\0"
        header = b"\x17" + _streams(len(packed), len(small), coder, len(header), zlib.crc32(header)) + b"\0"
        body += small
    start = struct.pack("<QQI", len(body), len(header), zlib.crc32(header))
    return b"7z\xbc\xaf\x27\x1c\0\x04" + struct.pack("<I", zlib.crc32(start)) + start + body + header


def _streams(at: int, packed: int, coder: bytes, size: int, crc: int) -> bytes:
    """One packed stream, one folder of one coder, and its size."""
    told = b"\x06" + _number(at) + b"\x01\x09" + _number(packed) + b"\0"
    return told + b"\x07\x0b\x01\0\x01" + coder + b"\x0c" + _number(size) + b"\x0a\x01" + struct.pack("<I", crc) + b"\0"


def _seven(value: int) -> bytes:
    """A number as RAR 5 writes it."""
    out = b""
    while value > 0x7F:
        out, value = out + bytes((value & 0x7F | 0x80,)), value >> 7
    return out + bytes((value,))


def rar5(
    members: Sequence[tuple[str, bytes]], *, solid: Sequence[bytes] = (), locked: bool = False, password: str = "", sealed: bool = False, stream: str = "", links: Sequence[tuple[str, str]] = ()
) -> bytes:  # fmt: skip
    """A RAR 5 archive of stored members, or of what they were packed to (`solid`), each but the first leaning on those before.
    `password`: what locks them, the headers too where `sealed`; `locked` only says that they are. `stream`: the name of a second stream of the last file; `links`: symbolic links before the files."""

    def block(body: bytes) -> bytes:
        told = _seven(len(body)) + body
        told = struct.pack("<I", zlib.crc32(told)) + told
        return _START + _enciphered(told, password) if sealed and body[:1] != b"\4" else told

    def file(
        name: str, content: bytes, record: bytes = b"", kind: int = 2, how: int = 0, packed: bytes | None = None
    ) -> bytes:
        data = content if packed is None else packed
        about = _seven(4) + _seven(len(content)) + _seven(0) + struct.pack("<I", zlib.crc32(content))
        about += _seven(how) + _seven(0) + _seven(len(name.encode())) + name.encode()
        size = (_seven(len(record)) if record else b"") + _seven(len(data))
        return block(_seven(kind) + _seven(3 if record else 2) + size + about + record) + data

    out = b"Rar!\x1a\x07\x01\0"
    if sealed:
        lock = _lock(password)
        out += block(_seven(4) + _seven(0) + lock[:19] + lock[35:])
    out += block(_seven(1) + _seven(0) + _seven(0))
    for name, target in links:
        told = _seven(5) + _seven(1) + _seven(0) + _seven(len(target.encode())) + target.encode()
        out += file(name, b"", _seven(len(told)) + told)
    lock = _seven(1) + (_lock(password) if password else bytes(35))
    for i, (name, content) in enumerate(members):
        how = (0x180 | 0x40 * (i > 0)) if solid else 0
        packed = solid[i] if solid else _enciphered(content, password) if password else None
        out += file(name, content, _seven(len(lock)) + lock if locked or password else b"", 2, how, packed)
    if stream:
        told = _seven(7) + stream.encode()
        out += file("STM", b"x", _seven(len(told)) + told, 3)
    return out + block(_seven(5) + _seven(0) + _seven(0))


_SALT, _START, _POWER = bytes(range(16)), bytes(range(16, 32)), 4


def _lock(password: str) -> bytes:
    """How members are encrypted, with what a password is known by."""
    told = hashlib.pbkdf2_hmac("sha256", password.encode(), _SALT, (1 << _POWER) + 32)
    check = bytes(told[i] ^ told[i + 8] ^ told[i + 16] ^ told[i + 24] for i in range(8))
    return bytes((0, 1, _POWER)) + _SALT + _START + check + hashlib.sha256(check).digest()[:4]


def _enciphered(content: bytes, password: str) -> bytes:
    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

    key = hashlib.pbkdf2_hmac("sha256", password.encode(), _SALT, 1 << _POWER)
    padded = content.ljust(-(-len(content) // 16) * 16, b"\0")
    return Cipher(algorithms.AES(key), modes.CBC(_START)).encryptor().update(padded)


def rar4(
    members: Sequence[tuple[str, bytes]], *, method: int = 0x30, sealed: bool = False, locked: bool = False
) -> bytes:
    """A RAR 4 archive of stored members; another `method` only says that they are packed. `sealed`: so are its headers."""

    def block(kind: int, flags: int, body: bytes) -> bytes:
        told = struct.pack("<BHH", kind, flags, 7 + len(body)) + body
        return struct.pack("<H", zlib.crc32(told) & 0xFFFF) + told

    out = b"Rar!\x1a\x07\0" + block(0x73, 0x80 if sealed else 0, bytes(6))
    for name, content in members:
        raw = name.encode()
        about = struct.pack(
            "<IIBIIBBHI", len(content), len(content), 3, zlib.crc32(content), 0, 29, method, len(raw), 0o100644
        )
        out += block(0x74, 0x8000 | (4 if locked else 0), about + raw) + content
    return out + block(0x7B, 0x4000, b"")


def old_locked(name: str, content: bytes, password: str) -> bytes:
    """A ZIP of one stored member under the cipher that is as old as the format (APPNOTE.TXT 6.1)."""
    table = [zlib.crc32(bytes((i,))) ^ zlib.crc32(b"\0") for i in range(256)]  # the table, which is linear
    crc = zlib.crc32(content)
    keys = [0x12345678, 0x23456789, 0x34567890]

    def move(letter: int) -> None:
        keys[0] = table[(keys[0] ^ letter) & 0xFF] ^ keys[0] >> 8
        keys[1] = ((keys[1] + (keys[0] & 0xFF)) * 134775813 + 1) & 0xFFFFFFFF
        keys[2] = table[(keys[2] ^ keys[1] >> 24) & 0xFF] ^ keys[2] >> 8

    for letter in password.encode():
        move(letter)
    packed = bytearray()
    for letter in bytes(11) + bytes((crc >> 24,)) + content:
        mixed = keys[2] & 0xFFFF | 2
        packed.append(letter ^ mixed * (mixed ^ 1) >> 8 & 0xFF)
        move(letter)
    about = struct.pack("<5H3I2H", 20, 1, 0, 0, 0, crc, len(packed), len(content), len(name), 0)
    local = b"PK\x03\x04" + about + name.encode() + packed
    central = b"PK\x01\x02\x14\0" + about + struct.pack("<3H2I", 0, 0, 0, 0, 0) + name.encode()
    return local + central + struct.pack("<4s4H2IH", b"PK\x05\x06", 0, 0, 1, 1, len(central), len(local), 0)


__all__ = ["cabinet", "old_locked", "rar4", "rar5", "sevenzip"]
