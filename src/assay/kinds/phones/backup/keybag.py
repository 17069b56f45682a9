"""The keys of an encrypted iOS backup: the keybag (tag, length, value), its password, and AES key unwrapping (RFC 3394).

Everything is in memory: no key and no plain text is ever written. Iterations are bounded before they are spent.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field

ROUNDS = 30_000_000  # of key derivation together; devices ask for about 10 million
MAX_KEYBAG = 1 << 20
_WITH_PASSWORD = 2  # bit of WRAP


class Locked(Exception):
    """The backup cannot be opened; the text says why and holds no secret."""


@dataclass
class Keybag:
    """`header` the bag's own values; `classes` protection class -> its wrapped key."""

    header: dict[bytes, bytes] = field(default_factory=dict)
    classes: dict[int, bytes] = field(default_factory=dict)
    keys: dict[int, bytes] = field(default_factory=dict)

    def unlock(self, password: bytes) -> None:
        """Derive the password's key and unwrap every class key with it. Raises `Locked`."""
        bag = self.header
        salt, rounds = bag.get(b"SALT", b""), int.from_bytes(bag.get(b"ITER", b""), "big")
        first, outer = bag.get(b"DPSL"), int.from_bytes(bag.get(b"DPIC", b""), "big")
        if not salt or not rounds or (first is not None and not outer):
            raise Locked("the keybag lacks its salts")
        if rounds + outer > ROUNDS:
            raise Locked(f"the keybag asks for {rounds + outer} rounds of key derivation")
        if first is not None:  # since iOS 10.2
            password = hashlib.pbkdf2_hmac("sha256", password, first, outer, 32)
        key = hashlib.pbkdf2_hmac("sha1", password, salt, rounds, 32)
        for number, wrapped in self.classes.items():
            plain = unwrap(key, wrapped)
            if plain is not None:  # a class that needs the device's own key too stays shut, and what it guards is a gap
                self.keys[number] = plain
        if not self.classes:
            raise Locked("the keybag holds no key that a password opens")
        if not self.keys:
            raise Locked("the password does not open it")

    def open(self, wrapped: bytes) -> bytes | None:
        """The key in `class (4 bytes, little-endian) + wrapped key`, or None."""
        key = self.keys.get(int.from_bytes(wrapped[:4], "little"))
        return unwrap(key, wrapped[4:44]) if key is not None else None


def read_keybag(data: bytes) -> Keybag:
    """The bag as written. Raises `Locked` where it cannot be followed."""
    if len(data) > MAX_KEYBAG:
        raise Locked("the keybag is out of all proportion")
    bag, at = Keybag(), 0
    current: dict[bytes, bytes] | None = None
    groups: list[dict[bytes, bytes]] = []
    while at < len(data):
        tag, size = data[at : at + 4], int.from_bytes(data[at + 4 : at + 8], "big")
        value = data[at + 8 : at + 8 + size]
        if len(tag) < 4 or at + 8 + size > len(data):
            raise Locked("the keybag is cut off")
        at += 8 + size
        if tag == b"UUID" and b"UUID" in bag.header:  # the first is the bag's own
            current = {}
            groups.append(current)
        (bag.header if current is None else current)[tag] = value
    for group in groups:
        if int.from_bytes(group.get(b"WRAP", b""), "big") & _WITH_PASSWORD and len(group.get(b"WPKY", b"")) == 40:
            bag.classes[int.from_bytes(group.get(b"CLAS", b""), "big")] = group[b"WPKY"]
    return bag


def unwrap(key: bytes, wrapped: bytes) -> bytes | None:
    """RFC 3394; None where the key is not the one it was wrapped with."""
    from cryptography.hazmat.primitives.keywrap import InvalidUnwrap, aes_key_unwrap

    try:
        return aes_key_unwrap(key, wrapped)
    except (InvalidUnwrap, ValueError):
        return None


def decrypt(key: bytes, data: bytes, size: int | None = None) -> bytes | None:
    """AES-256-CBC with a zero vector and PKCS #7; None for what was not locked so. `size`: how long the plain text is said to be. Its
    key was unwrapped and is proven, so that a size which the file outgrew while it was copied is no sign of a wrong one: it only
    tells where the text ends if nothing else does."""
    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

    if len(data) % 16 or not data or len(key) != 32:
        return None
    decryptor = Cipher(algorithms.AES(key), modes.CBC(bytes(16))).decryptor()
    plain = decryptor.update(data) + decryptor.finalize()
    pad = plain[-1]
    if 1 <= pad <= 16 and plain.endswith(bytes([pad]) * pad):
        return plain[:-pad]
    return plain[:size] if size is not None and 0 < size <= len(plain) else None


__all__ = ["Keybag", "Locked", "decrypt", "read_keybag", "unwrap"]
