"""`adb backup` (.ab): four lines of text, then a tar, deflated or not, locked with a password or not (AES-256, as AOSP's
`BackupManagerService` writes it). Read once from front to back in memory; what is told are files with their times, apps with installer
and signer, that messages came and the links in them, never what they said.
"""

from __future__ import annotations

import hashlib
import io
import json
import re
import tarfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO, cast

from assay.kinds.phones.backup.database import Broken
from assay.kinds.phones.backup.keybag import ROUNDS, Locked
from assay.kinds.phones.backup.store import RATIO, SLACK, TooLarge
from assay.kinds.phones.gathering import Content, Password
from assay.kinds.phones.ios.databases import links_of
from assay.kinds.phones.timeline import Event, event

MAGIC = b"ANDROID BACKUP\n"
MAX_ENTRIES, MAX_KEPT, PIECE = 500_000, 64 << 20, 1 << 16
_LINE = 4_096
_MESSAGES = re.compile(r"apps/com\.android\.providers\.telephony/d_f/\d{6}_(?:sms|mms)_backup$")
_MANIFEST = re.compile(r"apps/([\w.]{1,255})/_manifest$")
_PLACES = {"f": "files", "db": "databases", "sp": "shared_prefs", "r": "", "c": "cache", "d_f": "files", "d_db": "databases", "d_sp": "shared_prefs"}  # fmt: skip
_SIGNER = re.compile(r"(?:[0-9a-fA-F]{2}){64,8192}")


def backup(content: Content, source: str, password: Password) -> Iterator[Event]:
    """Raises `Locked` where its password is missing or wrong, `Broken` where it cannot be followed, `TooLarge` for a bomb."""
    size = content.stat().st_size if isinstance(content, Path) else len(content)
    with content.open("rb") if isinstance(content, Path) else io.BytesIO(content) as file:
        plain = _Pieces(_plain(file, password), size * RATIO + SLACK)
        try:
            with tarfile.open(fileobj=cast(BinaryIO, plain), mode="r|") as tar:
                for number, member in enumerate(tar):
                    if number >= MAX_ENTRIES:
                        raise TooLarge
                    yield from _member(tar, member, source)
        except (tarfile.TarError, zlib.error, EOFError, ValueError) as error:
            raise Broken(str(error)) from None


class _Pieces:
    """Pieces of bytes as a file that is read once, up to `room` bytes in all."""

    def __init__(self, pieces: Iterator[bytes], room: int) -> None:
        self.pieces, self.room, self.held = pieces, room, bytearray()

    def read(self, size: int) -> bytes:
        while len(self.held) < size and (piece := next(self.pieces, b"")):
            self.held += piece
        self.room -= min(size, len(self.held))
        if self.room < 0:
            raise TooLarge
        out = bytes(self.held[:size])
        del self.held[:size]
        return out


def _plain(file: BinaryIO, password: Password) -> Iterator[bytes]:
    """The tar's bytes."""
    if file.read(len(MAGIC)) != MAGIC:
        raise Broken("it is no Android backup")
    version, packed, locked = (file.readline(_LINE).strip() for _ in range(3))
    if not version.isdigit() or packed not in (b"0", b"1") or locked not in (b"none", b"AES-256"):
        raise Broken("its head says nothing that is known")
    pieces = iter(lambda: file.read(PIECE), b"")
    if locked == b"AES-256":
        pieces = _unlocked(file, pieces, password(), int(version))
    return _inflated(pieces) if packed == b"1" else pieces


def _inflated(pieces: Iterator[bytes]) -> Iterator[bytes]:
    unpacker = zlib.decompressobj()
    for piece in pieces:
        while piece:
            yield unpacker.decompress(piece, PIECE)
            piece = unpacker.unconsumed_tail
    yield unpacker.flush()


def _unlocked(file: BinaryIO, pieces: Iterator[bytes], password: bytes | None, version: int) -> Iterator[bytes]:
    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

    told = [file.readline(_LINE).strip() for _ in range(5)]
    try:
        salt, proof_salt, vector, blob = (bytes.fromhex(told[i].decode()) for i in (0, 1, 3, 4))
        rounds = int(told[2])
    except ValueError:
        raise Broken("its keys cannot be followed") from None
    if not 0 < rounds <= ROUNDS or len(vector) != 16 or not blob or len(blob) % 16:
        raise Broken("its keys cannot be followed")
    if password is None:
        raise Locked("it is encrypted, and no password was given")

    def opened(key: bytes, vector: bytes) -> Any:
        return Cipher(algorithms.AES(key), modes.CBC(vector)).decryptor()

    fields = io.BytesIO(opened(hashlib.pbkdf2_hmac("sha1", password, salt, rounds, 32), vector).update(blob))
    inner, key, proof = (fields.read((fields.read(1) or b"\0")[0]) for _ in range(3))
    # From version 2 on the proof is of the key's bytes as Java turns them into letters: those above 127 with their sign.
    said = "".join(chr(b if b < 128 else 0xFF00 | b) for b in key).encode() if version > 1 else key
    if len(inner) != 16 or len(key) != 32 or hashlib.pbkdf2_hmac("sha1", said, proof_salt, rounds, 32) != proof:
        raise Locked("the password does not open it")
    return _decrypted(pieces, opened(key, inner))


def _decrypted(pieces: Iterator[bytes], cipher: Any) -> Iterator[bytes]:
    """The padding at the end is left: what is after a tar's end, or after what was deflated, is not read."""
    for piece in pieces:
        yield cipher.update(piece)


def _member(tar: tarfile.TarFile, member: tarfile.TarInfo, source: str) -> Iterator[Event]:
    if not member.isfile():
        return
    if found := _MANIFEST.search(member.name):
        yield from _app(found[1], _content(tar, member), source)
    elif _MESSAGES.search(member.name):
        yield from _messages(_content(tar, member), source)
    else:
        yield event(max(0, member.mtime), "file", _place(member.name), source, "m")


def _content(tar: tarfile.TarFile, member: tarfile.TarInfo) -> bytes:
    file = tar.extractfile(member) if member.size <= MAX_KEPT else None
    return file.read(MAX_KEPT) if file is not None else b""


def _place(name: str) -> str:
    """Where a file of the tar lies on the phone."""
    parts = name.split("/")
    if parts[0] == "apps" and len(parts) > 3:
        return "/".join(p for p in ("/data/data", parts[1], _PLACES.get(parts[2], parts[2]), *parts[3:]) if p)
    return "/sdcard/" + "/".join(parts[2:]) if parts[0] == "shared" and len(parts) > 2 else f"/{name}"


def _app(name: str, manifest: bytes, source: str) -> Iterator[Event]:
    """Lines: version, name, code, platform, installer, whether the program is there, how many signers, and each in hexadecimal."""
    lines = manifest.decode("utf-8", "replace").splitlines()
    installer = lines[4].strip() if len(lines) > 4 else ""
    yield event(0, "app", name, source, installer)  # what came with the phone has none
    for line in lines[7:17]:
        if _SIGNER.fullmatch(line.strip()):
            yield event(0, "certificate", name, source, f"sha256:{hashlib.sha256(bytes.fromhex(line)).hexdigest()}")


def _messages(packed: bytes, source: str) -> Iterator[Event]:
    unpacker = zlib.decompressobj()
    try:
        listed = json.loads(unpacker.decompress(packed, MAX_KEPT))
    except (zlib.error, ValueError, RecursionError):
        raise Broken("its messages cannot be read") from None
    for one in listed if isinstance(listed, list) else ():
        if not isinstance(one, dict):
            continue
        date = str(one.get("date", ""))
        when = int(date) / (1000 if len(date) > 11 else 1) if date.isdigit() and len(date) < 15 else 0.0
        yield event(when, "message", "", source)
        yield from links_of(when, tuple(str(one.get(name) or "") for name in ("body", "mms_body")), source)


__all__ = ["MAGIC", "backup"]
