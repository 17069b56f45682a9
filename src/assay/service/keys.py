"""API keys: who may talk to the service. A key reads `assay_<id>_<secret>`; only an argon2id hash of it is stored.

`KeyFile` is the file (`secrets/keys.json` in the data folder, mode 0600), written by the command line. `KeyRing` is the running
service's view of it: argon2 runs once for a key, and afterwards a BLAKE2b MAC (RFC 7693) of it, under a secret that never
leaves the process, is looked up instead, in about a microsecond. The file's stamp is looked at fifty times a second, so a
revoked key stops at once.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import secrets
import string
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from assay.core.clock import iso, now
from assay.core.errors import AssayError, InvalidSetting, NotFound
from assay.service.roles import ROLES

# OWASP's second choice for argon2id. The secret has 256 bits, so the hash need not be slow to be safe.
_ARGON2 = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
_ID_LETTERS = string.ascii_lowercase + string.digits
_LONGEST = 256
_GLANCE = 0.02  # seconds between looks at the file's stamp
_CACHED = 10_000


class Unauthenticated(AssayError):
    """No key, or one that is wrong or revoked."""

    code, status = "unauthenticated", 401


class Key(msgspec.Struct, frozen=True, kw_only=True):
    """One key as stored; the secret itself is not there."""

    id: str
    role: str
    name: str = ""
    hash: str
    created: str
    revoked: str = ""

    @property
    def active(self) -> bool:
        return not self.revoked


class Caller(msgspec.Struct, frozen=True):
    """Who is asking."""

    key: str  # the key's id
    role: str
    name: str = ""


class KeyFile:
    """The stored keys. Every change is written whole, synced, and moved into place under a lock."""

    def __init__(self, data: Path) -> None:
        self.path = data / "secrets" / "keys.json"

    def read(self) -> dict[str, Key]:
        """Key id -> key; empty where the file does not exist yet. Raises `InvalidSetting` for a damaged file."""
        try:
            text = self.path.read_bytes()
        except FileNotFoundError:
            return {}
        try:
            return {key.id: key for key in msgspec.json.decode(text, type=list[Key])}
        except msgspec.MsgspecError as error:
            raise InvalidSetting(f"not a key file: {error}", where=str(self.path)) from None

    def create(self, role: str, name: str = "") -> tuple[str, Key]:
        """A new key as `(token, key)`. The token is shown once and cannot be had again."""
        if role not in ROLES:
            raise InvalidSetting(f"no role {role!r}", where="role", hint="one of " + ", ".join(ROLES))
        id_ = "".join(secrets.choice(_ID_LETTERS) for _ in range(10))
        token = f"assay_{id_}_{secrets.token_urlsafe(32)}"
        key = Key(id=id_, role=role, name=name, hash=_ARGON2.hash(token), created=iso(now()))
        with self._changing() as keys:
            keys[id_] = key
        return token, key

    def list(self) -> list[Key]:
        """Every key, revoked ones too, oldest first."""
        return sorted(self.read().values(), key=lambda key: key.created)

    def revoke(self, id_: str) -> Key:
        """Ends a key, from the next request on. Raises `NotFound`; then nothing is written, no folder either."""
        if id_ not in self.read():
            raise NotFound("no such key", where=id_)
        with self._changing() as keys:
            if keys[id_].active:
                keys[id_] = msgspec.structs.replace(keys[id_], revoked=iso(now()))
            return keys[id_]

    @contextlib.contextmanager
    def _changing(self) -> Iterator[dict[str, Key]]:
        self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with open(os.open(self.path.with_suffix(".lock"), os.O_WRONLY | os.O_CREAT, 0o600), "w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            keys = self.read()
            yield keys
            fresh = self.path.with_suffix(".new")
            with open(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as out:
                out.write(msgspec.json.format(msgspec.json.encode(list(keys.values()))) + b"\n")
                out.flush()
                os.fsync(out.fileno())
            os.replace(fresh, self.path)


class KeyRing:
    """`known(token)` answers from memory or not at all; `verify(token)` runs argon2 (about 20 ms, off the event loop)."""

    def __init__(
        self, file: KeyFile, trust: float, changed: Callable[[str, Key], None] = lambda what, key: None
    ) -> None:
        """`trust`: seconds that a verified key is known. `changed` hears of keys created and revoked while it runs."""
        self._file, self._trust, self._changed = file, trust, changed
        self._pepper = secrets.token_bytes(32)
        self._stamp: tuple[int, int, int] | None = None
        self._look_again = 0.0
        self._keys: dict[str, Key] = {}
        self._seen: dict[bytes, tuple[Caller, float]] = {}

    def known(self, token: bytes) -> Caller | None:
        """The caller, if this very token was verified lately and its key still stands."""
        self._refresh()
        seen = self._seen.get(self._digest(token))
        return seen[0] if seen is not None and seen[1] > time.monotonic() else None

    def verify(self, token: bytes) -> Caller:
        """The caller. Raises `Unauthenticated`, with the same words whatever was wrong."""
        caller = self.known(token)
        if caller is not None:
            return caller
        key = self._keys.get(_id_in(token))
        if key is None or not key.active or not _matches(key.hash, token):
            raise Unauthenticated("the key is wrong or has been revoked", hint="send Authorization: Bearer assay_…")
        caller = Caller(key.id, key.role, key.name)
        if len(self._seen) >= _CACHED:
            self._seen.clear()
        self._seen[self._digest(token)] = (caller, time.monotonic() + self._trust)
        return caller

    def stands(self, key_id: str) -> bool:
        """Is this key still active? Asked for each request of a console session."""
        self._refresh()
        key = self._keys.get(key_id)
        return key is not None and key.active

    def _digest(self, token: bytes) -> bytes:
        return hashlib.blake2b(token, key=self._pepper, digest_size=32).digest()

    def _refresh(self) -> None:
        if (now := time.monotonic()) < self._look_again:
            return
        self._look_again = now + _GLANCE
        try:
            stat = os.stat(self._file.path)
            stamp = (stat.st_mtime_ns, stat.st_ino, stat.st_size)
        except FileNotFoundError:
            stamp = (0, 0, 0)
        if stamp != self._stamp:
            before, self._keys = self._keys, self._file.read()
            self._seen.clear()
            first, self._stamp = self._stamp is None, stamp
            if not first:
                self._tell(before)

    def _tell(self, before: dict[str, Key]) -> None:
        for id_, key in self._keys.items():
            if id_ not in before:
                self._changed("key-created", key)
            elif before[id_].active and not key.active:
                self._changed("key-revoked", key)


def _id_in(token: bytes) -> str:
    parts = token.split(b"_", 2)
    if len(token) > _LONGEST or len(parts) != 3 or parts[0] != b"assay":
        return ""
    return parts[1].decode("latin-1")


def _matches(hash_: str, token: bytes) -> bool:
    try:
        return _ARGON2.verify(hash_, token)
    except (VerificationError, InvalidHashError):
        return False
