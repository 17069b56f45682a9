"""Members of archives under a password that is known: the old cipher of ZIP (APPNOTE.TXT 6.3.10, 6.1), AES as WinZip writes it into
ZIP (AE-1 and AE-2), and AES of 7z and RAR 5. Nothing is guessed here: the words come from whoever sent the archive.
"""

from __future__ import annotations

import hashlib
import hmac
import struct
from functools import lru_cache

import numpy as np
from numba import njit

AES_METHOD = 99
_AES_FIELD = 0x9901
_NOISE = 12  # bytes before a member under the old cipher
_ROUNDS, _CODE = 1000, 10  # of WinZip's key; bytes of its check at the end
_MOST_POWER, _MOST_POWER5 = 20, 18  # doublings of 7z's and RAR's rounds that are waited for: they write 19 and 15


def _table() -> np.ndarray:
    table = np.arange(256, dtype=np.uint32)
    for _ in range(8):
        table = np.where(table & 1, table >> 1 ^ np.uint32(0xEDB88320), table >> 1).astype(np.uint32)
    return table


_CRC = _table()


@njit("void(uint8[::1], uint8[::1], uint32[::1], uint32[::1])", cache=True, nogil=True)
def _old_cipher(data: np.ndarray, out: np.ndarray, keys: np.ndarray, crc: np.ndarray) -> None:
    """Undoes `data` into `out` with three keys, which move on with every letter."""
    one, two, three = np.uint32(keys[0]), np.uint32(keys[1]), np.uint32(keys[2])
    for i in range(len(data)):
        mixed = np.uint32(three | np.uint32(2))
        letter = np.uint8(data[i] ^ ((np.uint32(mixed * (mixed ^ np.uint32(1))) >> np.uint32(8)) & np.uint32(0xFF)))
        out[i] = letter
        one = np.uint32(crc[(one ^ letter) & np.uint32(0xFF)] ^ (one >> np.uint32(8)))
        two = np.uint32(np.uint32(two + (one & np.uint32(0xFF))) * np.uint32(134775813) + np.uint32(1))
        three = np.uint32(crc[(three ^ (two >> np.uint32(24))) & np.uint32(0xFF)] ^ (three >> np.uint32(8)))


def _keys(password: bytes) -> np.ndarray:
    one, two, three = 0x12345678, 0x23456789, 0x34567890
    for letter in password:
        one = int(_CRC[(one ^ letter) & 0xFF]) ^ one >> 8
        two = ((two + (one & 0xFF)) * 134775813 + 1) & 0xFFFFFFFF
        three = int(_CRC[(three ^ two >> 24) & 0xFF]) ^ three >> 8
    return np.array([one, two, three], np.uint32)


def old_zip(packed: bytes, password: str, check: int) -> bytes | None:
    """A member's packed bytes without the old cipher; None where the password is another. `check`: the byte that the noise
    before it must end in. One wrong password in 256 passes: the checksum of what is unpacked tells."""
    if len(packed) < _NOISE:
        return None
    keys, data = _keys(password.encode()), np.array(np.frombuffer(packed, np.uint8))
    first = np.empty(_NOISE, np.uint8)
    _old_cipher(data[:_NOISE], first, keys, _CRC)
    if first[-1] != check:
        return None
    out = np.empty(len(data), np.uint8)
    _old_cipher(data, out, keys, _CRC)
    return out[_NOISE:].tobytes()


def aes_method(extra: bytes) -> tuple[int, int] | None:
    """(strength 1 to 3, how the member is packed) out of a member's extra fields."""
    at = 0
    while at + 4 <= len(extra):
        id_, length = struct.unpack_from("<HH", extra, at)
        if id_ == _AES_FIELD and length >= 7 and at + 11 <= len(extra):
            return extra[at + 8], int(struct.unpack_from("<H", extra, at + 9)[0])
        at += 4 + length
    return None


def aes_zip(packed: bytes, password: str, strength: int) -> bytes | None:
    """A member's packed bytes without WinZip's AES; None where the password is another."""
    if strength not in (1, 2, 3) or len(packed) < 4 * (strength + 1) + 2 + _CODE:
        return None
    salt, size = packed[: 4 * (strength + 1)], 8 * (strength + 1)
    made = hashlib.pbkdf2_hmac("sha1", password.encode(), salt, _ROUNDS, 2 * size + 2)
    begins = len(salt) + 2
    if made[2 * size :] != packed[len(salt) : begins]:
        return None
    data = packed[begins:-_CODE]
    if hmac.digest(made[size : 2 * size], data, "sha1")[:_CODE] != packed[-_CODE:]:
        return None
    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

    blocks = -(-len(data) // 16)
    counters = np.zeros((blocks, 2), "<u8")  # counted from 1, low bytes first: no mode of the library does that
    counters[:, 0] = np.arange(1, blocks + 1)
    stream = Cipher(algorithms.AES(made[:size]), modes.ECB()).encryptor().update(counters.tobytes())  # noqa: S305
    return (np.frombuffer(data, np.uint8) ^ np.frombuffer(stream, np.uint8)[: len(data)]).tobytes()


def aes_7z(packed: bytes, password: str, properties: bytes) -> bytes | None:
    """A packed stream of 7z without its AES, as much as there is of whole blocks; None where it asks for too much. A wrong
    password shows in what comes out."""
    power = properties[0] & 0x3F if properties else 0
    told = properties[1] if len(properties) > 1 else 0
    salts = (properties[0] >> 7 & 1) + (told >> 4) if properties else 0
    starts = (properties[0] >> 6 & 1) + (told & 15) if properties else 0
    salt, start = properties[2 : 2 + salts], properties[2 + salts : 2 + salts + starts]
    if power > _MOST_POWER:
        return None
    return without_cbc(packed, _key_7z(password, salt, power), start.ljust(16, b"\0"))


@lru_cache(128)
def _key_7z(password: str, salt: bytes, power: int) -> bytes:
    one = np.frombuffer(salt + password.encode("utf-16-le"), np.uint8)
    rounds = np.empty((1 << power, len(one) + 8), np.uint8)
    rounds[:, : len(one)] = one
    rounds[:, len(one) :] = np.arange(1 << power, dtype="<u8").view(np.uint8).reshape(-1, 8)
    return hashlib.sha256(rounds.tobytes()).digest()


@lru_cache(128)
def rar5_key(password: str, salt: bytes, power: int, check: bytes) -> bytes | None:
    """The key of RAR 5 for a password; None where it is another, or too dear to try."""
    if power > _MOST_POWER5:
        return None
    raw, rounds = password.encode(), 1 << power
    told = np.frombuffer(hashlib.pbkdf2_hmac("sha256", raw, salt, rounds + 32), np.uint8).reshape(4, 8)
    if np.bitwise_xor.reduce(told, axis=0).tobytes() != check:
        return None
    return hashlib.pbkdf2_hmac("sha256", raw, salt, rounds)


def without_cbc(data: bytes, key: bytes, start: bytes) -> bytes:
    """Whole blocks without AES in chains of blocks."""
    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

    return Cipher(algorithms.AES(key), modes.CBC(start)).decryptor().update(data[: len(data) & ~15])


def aes_rar5(packed: bytes, password: str, record: bytes) -> bytes | None:
    """A member's packed bytes without RAR 5's AES, the padding still behind them; None where the password is another, or nothing is
    told to know it by. `record`: what stands in the member's header of its encryption."""
    if len(record) < 47 or record[0] != 0 or not record[1] & 1:
        return None
    key = rar5_key(password, record[3:19], record[2], record[35:43])
    return None if key is None else without_cbc(packed, key, record[19:35])


__all__ = ["AES_METHOD", "aes_7z", "aes_method", "aes_rar5", "aes_zip", "old_zip", "rar5_key", "without_cbc"]
