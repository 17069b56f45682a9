"""Links for guests, kept in the data folder: `DATA/guests/<id>`, each an encrypted record (AES-256-GCM under
`secrets/guests.key`), written whole and synced before anybody is told.

A token is the link's id and a secret of 256 bits; only SHA-256 of the secret is kept, so what lies on the disk opens no
link. What an integrator handed in with a request is dropped as soon as the link is used up or has expired.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from threading import Lock
from typing import Any

import msgspec

from assay.core.clock import DAY, SECOND
from assay.core.errors import AssayError, LedgerUnavailable, NotFound
from assay.core.guest import Attempt, Link
from assay.ledger.files import write_whole
from assay.ledger.seal import key_in

_ID = re.compile(r"v-[a-z2-9]{16}")
_LETTERS = "abcdefghijkmnopqrstuvwxyz23456789"
_TOKEN = re.compile(r"(v-[a-z2-9]{16})\.([A-Za-z0-9_-]{43})")
_NONCE = 12
_KEPT = 30 * DAY  # after a link has expired, its state can still be read


class Conflict(AssayError):
    """The link is not in a state for this: nothing was begun, it was answered already, or no attempt is left."""

    code, status = "conflict", 409


class Invitation(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One link as kept. `begun`: the attempt that waits for its answer; `answers`: ids of evidence handed in so far."""

    id: str
    digest: bytes
    kind: str
    by: str  # id of the API key that asked for it
    created: int
    expires: int
    asked: dict[str, Any] = {}
    tries: int = 0
    attempts: int = 0
    begun: Attempt | None = None
    answers: tuple[str, ...] = ()
    closed: bool = False

    @property
    def link(self) -> Link:
        return Link(
            id=self.id, kind=self.kind, created=self.created, expires=self.expires, asked=self.asked, tries=self.tries
        )

    def open(self, now: int) -> bool:
        """May something still be begun or handed in?"""
        return not self.closed and now <= self.expires and (self.tries > 0 or self.begun is not None)


class Invitations:
    """The links of one data folder. Any thread may use it; every change is durable when its call returns."""

    def __init__(self, data: Path) -> None:
        self._folder = data / "guests"
        self._secrets = data / "secrets"
        self._lock = Lock()
        self._cipher: Any = None

    def create(
        self, kind: str, by: str, asked: dict[str, Any], tries: int, now: int, lifetime: float
    ) -> tuple[str, Invitation]:
        """A new link as `(token, invitation)`. The token is told once and cannot be had again."""
        id_ = "v-" + "".join(secrets.choice(_LETTERS) for _ in range(16))
        secret = secrets.token_urlsafe(32)
        made = Invitation(
            id=id_, digest=_digest(secret), kind=kind, by=by, created=now, expires=now + round(lifetime * SECOND),
            asked=asked, tries=tries,
        )  # fmt: skip
        with self._lock:
            self._write(made)
        return f"{id_}.{secret}", made

    def by_token(self, token: str) -> Invitation:
        """The link of a token. Raises `NotFound`, with the same words whatever was wrong."""
        found = _TOKEN.fullmatch(token)
        if found is not None:
            with suppress(NotFound):
                kept = self.by_id(found[1])
                if hmac.compare_digest(kept.digest, _digest(found[2])):
                    return kept
        raise NotFound("no such link")

    def by_id(self, id_: str) -> Invitation:
        """Raises `NotFound`, also for one that was removed long after it expired."""
        if _ID.fullmatch(id_) is None:
            raise NotFound("no such verification", where="id")
        try:
            data = (self._folder / id_).read_bytes()
        except FileNotFoundError:
            raise NotFound("no such verification", where="id") from None
        return self._read(id_, data)

    def change(self, id_: str, how: Callable[[Invitation], Invitation]) -> Invitation:
        """Applies a change, durably, to what is kept now; what `how` raises leaves it as it was."""
        with self._lock:
            changed = how(self.by_id(id_))
            if changed.closed and changed.asked:
                changed = msgspec.structs.replace(changed, asked={})
            self._write(changed)
            return changed

    def begin(self, id_: str, now: int, told: Callable[[Link, int], dict[str, Any]]) -> Attempt:
        """An attempt: one try less, and what `told(link, number)` gives is remembered. Raises `Conflict`."""

        def begin(kept: Invitation) -> Invitation:
            if kept.closed or now > kept.expires or kept.tries < 1:
                raise Conflict("this link is used up or has expired")
            number = kept.attempts + 1
            attempt = Attempt(number, now, told(kept.link, number))
            return msgspec.structs.replace(kept, tries=kept.tries - 1, attempts=number, begun=attempt)

        begun = self.change(id_, begin).begun
        assert begun is not None
        return begun

    def claim(self, id_: str, now: int) -> tuple[Link, Attempt]:
        """The attempt that waits for its answer, which nobody else can claim afterwards. Raises `Conflict`."""
        claimed: list[tuple[Link, Attempt]] = []

        def claim(kept: Invitation) -> Invitation:
            if kept.begun is None or kept.closed or now > kept.expires:
                raise Conflict("nothing was asked that this could answer", hint="begin again")
            claimed.append((kept.link, kept.begun))
            return msgspec.structs.replace(kept, begun=None)

        self.change(id_, claim)
        return claimed[0]

    def expire(self, now: int) -> int:
        """Drops what expired links still hold, and links that expired long ago; returns how many were touched."""
        touched = 0
        for path in sorted(self._folder.glob("v-*")) if self._folder.is_dir() else ():
            with suppress(NotFound, AssayError):
                kept = self.by_id(path.name)
                if kept.expires < now - _KEPT:
                    path.unlink(missing_ok=True)
                    touched += 1
                elif kept.expires < now and not kept.closed:
                    self.change(kept.id, lambda one: msgspec.structs.replace(one, closed=True, begun=None))
                    touched += 1
        return touched

    def _aes(self) -> Any:
        if self._cipher is None:
            from cryptography.hazmat.primitives.ciphers.aead import AESGCM

            self._cipher = AESGCM(hmac.digest(key_in(self._secrets / "guests.key"), b"assay guests", "sha256"))
        return self._cipher

    def _write(self, made: Invitation) -> None:
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        nonce = secrets.token_bytes(_NONCE)
        body = nonce + self._aes().encrypt(nonce, msgspec.msgpack.encode(made), made.id.encode())
        try:
            write_whole(self._folder / made.id, body, mode=0o600)
        except OSError as error:
            raise LedgerUnavailable(
                f"a link cannot be kept: {error.strerror or error}", where=str(self._folder)
            ) from error

    def _read(self, id_: str, data: bytes) -> Invitation:
        from cryptography.exceptions import InvalidTag

        try:
            plain = self._aes().decrypt(data[:_NONCE], data[_NONCE:], id_.encode())
            return msgspec.msgpack.decode(plain, type=Invitation)
        except (InvalidTag, ValueError, msgspec.MsgspecError):
            raise NotFound("no such verification", where="id") from None


def _digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()
