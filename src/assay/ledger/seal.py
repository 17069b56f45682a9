"""`Seal` replaces a sensitive value by a token: keyed, one-way, the same token for the same value.

HMAC-SHA-256 (RFC 2104, FIPS 198-1) over the whole value, as PCI DSS 4 requirement 3.5.1.1 asks of stored card numbers; a
plain hash could be reversed by trying every number. The key is a file of its own, never in the ledger.
"""

from __future__ import annotations

import base64
import hmac
import os
import re
import secrets
from collections.abc import Callable, Iterable
from functools import lru_cache
from pathlib import Path

import numpy as np

from assay.core.entity import Entity
from assay.core.errors import InvalidSetting
from assay.core.evidence import Evidence
from assay.ledger.files import sync_folder

KEY_BYTES = 32
_ANYTHING = "anything"  # no number: whoever seals this seals every value of the field
_DIGEST_BYTES = 17  # 136 bits: a clash among 10^12 values has odds of 10^-17
_TOKEN = re.compile(r"[a-z][a-z0-9-]*_[a-z2-7]{28}")


class Seal:
    """`seal(kind, value)` gives "kind_" and 28 letters and digits. A value that is a token already is given back.

    The last `remembered` answers are kept in memory, plain values included, since the same cards come again and again.
    """

    def __init__(self, key: bytes, remembered: int = 65_536) -> None:
        if len(key) < KEY_BYTES:
            raise InvalidSetting(f"a sealing key has at least {KEY_BYTES} bytes, not {len(key)}")
        self._key = key
        self._token = lru_cache(remembered)(self._make)

    def __call__(self, kind: str, value: str) -> str:
        return self._token(kind, value)

    def __repr__(self) -> str:
        return "Seal(…)"

    def _make(self, kind: str, value: str) -> str:
        if is_token(value):
            return value
        digest = hmac.digest(self._key, f"{kind}\0{value}".encode("utf-8", "surrogatepass"), "sha256")[:_DIGEST_BYTES]
        return f"{kind}_{base64.b32encode(digest).decode().rstrip('=').lower()}"

    @classmethod
    def open(cls, folder: Path) -> Seal:
        """The seal whose key is `folder/seal.key`, made on first use.

        Raises `InvalidSetting` where others than its owner can read the key, or it is damaged.
        """
        return cls(key_in(folder / "seal.key"))


def key_in(path: Path) -> bytes:
    """The 32 bytes of a key file, made on first use. Raises `InvalidSetting` where others than its owner can read it, or it
    is damaged."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        if not path.exists():
            _create(path)
        with path.open("rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            key = file.read(4096)
    except OSError as error:
        raise InvalidSetting(error.strerror or str(error), where=str(path)) from error
    if mode & 0o077:
        raise InvalidSetting("others can read this key", where=str(path), hint="chmod 600 it")
    if len(key) != KEY_BYTES:
        raise InvalidSetting(
            f"holds {len(key)} bytes, not {KEY_BYTES}", where=str(path), hint="restore it from a backup"
        )
    return key


def is_token(value: str) -> bool:
    """Does this read as a token that a seal made?"""
    return _TOKEN.fullmatch(value) is not None


def sealed(
    text: str, types: Iterable[type[Evidence]], seal: Callable[[str, str], str], on_record: Callable[[Entity], bool]
) -> str:
    """What stands in the records for a number that is sealed for what it is (a card, an IBAN); any other text as it is. A room may
    also seal a name whatever it is: such a token stands for the text only where it is on record, or every word would be taken
    for one."""
    for type_ in types if text else ():
        for kind, field in type_.ENTITIES.items():
            values = np.array([text, _ANYTHING], dtype=object)
            token, anything = (str(one) for one in type_.protect({field: values}, seal)[field])
            if token != text and (anything == _ANYTHING or on_record(Entity(kind, token))):
                return token
    return text


def _create(path: Path) -> None:
    """A new key under its final name at once: of two processes that try, one makes it and the other reads it."""
    draft = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(secrets.token_bytes(KEY_BYTES))
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
    sync_folder(path.parent)
