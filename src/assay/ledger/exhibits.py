"""Files of evidence, kept beside the record so that a person can look at what was decided on: encrypted (AES-256-GCM,
NIST SP 800-38D), each under a keyed name, durable before the decision is acknowledged, and erased without a mark on the
ledger's chain, which holds only the names.

A file's name is an HMAC over the evidence's id and the content's digest: without the key nobody can tell from a name which
file of theirs is here, and one customer's copy can be erased without touching another's.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Literal

import msgspec

from assay.core.clock import DAY
from assay.core.decision import Decision
from assay.core.enclosed import Enclosed, Exhibit
from assay.core.errors import AssayError, LedgerUnavailable, NotFound
from assay.core.evidence import Evidence
from assay.ledger import schema
from assay.ledger.base import Audit
from assay.ledger.files import write_whole
from assay.ledger.reader import SqliteReader
from assay.ledger.seal import KEY_BYTES, key_in
from assay.ledger.segments import Segment, decode_audit

ERASED, EXPIRED, SEEN = "exhibits.erased", "exhibits.expired", "exhibits.seen"
_MAGIC = b"ASSAYEX1"
_NONCE = 12
_NAME = 20  # bytes of the HMAC in a name
State = Literal["whole", "missing", "altered"]


class Altered(AssayError):
    """A kept file is not what was kept, or the key is another one."""

    code, status = "exhibit-altered", 500


class ExhibitStore:
    """The files under one folder, `<first two letters>/<name>`. Any thread may use it."""

    def __init__(self, folder: Path, key: bytes) -> None:
        self.folder = folder
        self._names = hmac.digest(key, b"assay exhibit names", "sha256")
        self._key = hmac.digest(key, b"assay exhibit content", "sha256")

    def __repr__(self) -> str:
        return f"ExhibitStore({self.folder})"

    @classmethod
    def open(cls, folder: Path, secrets_: Path) -> ExhibitStore:
        """The store whose key is `secrets_/exhibits.key`, made on first use. Raises `InvalidSetting` for a key that others
        can read."""
        return cls(folder, key_in(secrets_ / "exhibits.key"))

    @classmethod
    def find(cls, folder: Path, secrets_: Path) -> ExhibitStore:
        """As `open`, but makes no key: without one, whatever lies there counts as altered."""
        path = secrets_ / "exhibits.key"
        return cls(folder, key_in(path) if path.exists() else bytes(KEY_BYTES))

    def keep(self, evidence: Evidence) -> tuple[Exhibit, ...]:
        """Its files, durable when this returns. Raises `LedgerUnavailable` where the disk will not take them; then nothing
        of it is left."""
        kept: list[Exhibit] = []
        for number, enclosed in enumerate(evidence.exhibits()):
            token = self._token(evidence.id, number, enclosed.content)
            try:
                self._write(token, enclosed.content)
            except OSError as error:
                self.erase(kept)
                raise LedgerUnavailable(
                    f"a file of the evidence cannot be kept: {error.strerror or error}", where=str(self.folder)
                ) from error
            exhibit = Exhibit(token=token, name=enclosed.name, media=enclosed.media, bytes=len(enclosed.content))
            kept.append(exhibit)
        return tuple(kept)

    def _token(self, id_: str, number: int, content: bytes) -> str:
        told = f"{id_}\0{number}\0".encode("utf-8", "surrogatepass") + hashlib.sha256(content).digest()
        return hmac.digest(self._names, told, "sha256")[:_NAME].hex()

    def _path(self, token: str) -> Path:
        return self.folder / token[:2] / token

    def _write(self, token: str, content: bytes) -> None:
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        path = self._path(token)
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        nonce = secrets.token_bytes(_NONCE)
        try:
            write_whole(path, _MAGIC + nonce + AESGCM(self._key).encrypt(nonce, content, token.encode()), mode=0o600)
        except OSError:
            with suppress(OSError):
                path.with_name(path.name + ".tmp").unlink(missing_ok=True)
            raise

    def read(self, exhibit: Exhibit) -> Enclosed:
        """The file. Raises `NotFound` where it was erased or has expired, `Altered` where it is not what was kept."""
        from cryptography.exceptions import InvalidTag
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        try:
            data = self._path(exhibit.token).read_bytes()
        except FileNotFoundError:
            raise NotFound("this file is not kept any more", where=exhibit.name or exhibit.token) from None
        nonce, body = data[len(_MAGIC) : len(_MAGIC) + _NONCE], data[len(_MAGIC) + _NONCE :]
        try:
            if not data.startswith(_MAGIC):
                raise InvalidTag
            content = AESGCM(self._key).decrypt(nonce, body, exhibit.token.encode())
        except (InvalidTag, ValueError):
            raise Altered("a kept file is not what was kept", where=exhibit.token) from None
        return Enclosed(name=exhibit.name, media=exhibit.media, content=content)

    def whole(self, decision: Decision) -> list[Enclosed]:
        """The files of a decision that are still kept and whole."""
        found = []
        for exhibit in decision.exhibits:
            with suppress(NotFound, Altered):
                found.append(self.read(exhibit))
        return found

    def has(self, exhibit: Exhibit) -> bool:
        """Is there a file of this name? Whether it is whole, `state` says."""
        return self._path(exhibit.token).exists()

    def state(self, exhibit: Exhibit) -> State:
        try:
            self.read(exhibit)
        except NotFound:
            return "missing"
        except (Altered, OSError):
            return "altered"
        return "whole"

    def erase(self, exhibits: Iterable[Exhibit]) -> int:
        """Delete these files; returns how many were there."""
        gone = 0
        for exhibit in exhibits:
            with suppress(FileNotFoundError):
                self._path(exhibit.token).unlink()
                gone += 1
        return gone

    def expire(self, before: int) -> int:
        """Delete what was kept before this moment (microseconds, by the files' own time); returns how many."""
        gone = 0
        for entry in self._files():
            with suppress(FileNotFoundError):
                if entry.stat(follow_symlinks=False).st_mtime_ns // 1000 < before:
                    os.unlink(entry.path)
                    gone += 1
        return gone

    def _files(self) -> Iterator[os.DirEntry[str]]:
        if not self.folder.is_dir():
            return
        for group in sorted(self.folder.iterdir()):
            if group.is_dir() and len(group.name) == 2:
                with os.scandir(group) as entries:
                    yield from entries

    def count(self) -> int:
        """How many files lie there."""
        return sum(1 for _ in self._files())


class Held(msgspec.Struct, kw_only=True):
    """What became of the files that the record names: `erased` on request or expired by age; `strays` are files that no
    record names (their evidence was never decided), which expire like the others."""

    named: int = 0
    whole: int = 0
    missing: int = 0
    altered: int = 0
    erased: int = 0
    strays: int = 0

    @property
    def ok(self) -> bool:
        return not self.missing and not self.altered


def verify(ledger: SqliteReader, store: ExhibitStore) -> Held:
    """Every file that a record names, looked for, decrypted and so checked. Segments of kinds that have no files, and of
    rooms not installed here, are passed over."""
    named: dict[str, tuple[Exhibit, int]] = {}
    erased: set[str] = set()
    expired = 0
    filed = {tag for tag, type_ in ledger.types.items() if type_.exhibits is not Evidence.exhibits}
    sql = "SELECT first_seq, type, arrived, body FROM segment WHERE type IN (?, ?) ORDER BY first_seq"
    for first, type_, arrived, body in ledger._cursor(sql, (schema.DECIDED, schema.AUDIT)):
        if type_ == schema.DECIDED:
            segment = Segment(body, first, ledger.types)
            if segment.kind in filed:
                for detail in segment.decisions().details.values():
                    named |= {exhibit.token: (exhibit, arrived) for exhibit in detail.exhibits}
            continue
        audit = decode_audit(body)
        if audit.action == ERASED:
            erased.update(audit.about.get("tokens", ()))
        elif audit.action == EXPIRED:
            expired = max(expired, int(audit.about.get("before", 0)))
    held = Held(named=len(named))
    for exhibit, arrived in named.values():
        state = store.state(exhibit)
        if state == "missing" and (exhibit.token in erased or arrived < expired + DAY):
            held.erased += 1
        else:
            setattr(held, state, getattr(held, state) + 1)
    held.strays = max(0, store.count() - held.whole - held.altered)
    return held


def erasure(decision: Decision, store: ExhibitStore, why: str) -> tuple[int, Audit]:
    """Delete the files of one decision; how many there were, and what to put on record of it."""
    gone = store.erase(decision.exhibits)
    tokens = [exhibit.token for exhibit in decision.exhibits]
    return gone, Audit("", ERASED, {"evidence": decision.id, "tokens": tokens, "why": why[:500]})


def expiry(store: ExhibitStore, days: float) -> tuple[int, Audit]:
    """Delete the files older than this many days; how many there were, and what to put on record of it."""
    before = time.time_ns() // 1000 - int(days * DAY)
    gone = store.expire(before)
    return gone, Audit("service", EXPIRED, {"before": before, "count": gone})
