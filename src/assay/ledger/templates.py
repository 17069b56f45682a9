"""Templates of faces, kept so that the same face under another customer's name is known again: encrypted (AES-256-GCM, NIST
SP 800-38D), each under a keyed name, durable before the decision is acknowledged, and erased without a mark on the ledger's
chain, which holds only the names.

They lie in an SQLite file of their own, `DATA/templates/templates.db`. Neither whose a template is nor of which evidence can
be told from it without the key: both are HMACs. What is erased is overwritten, and its name is kept as a tombstone, by which a
service that has the template in its memory learns of it.
"""

from __future__ import annotations

import hmac
import secrets
import sqlite3
import time
from collections.abc import Collection, Iterable, Sequence
from pathlib import Path
from threading import Lock

from assay.core.clock import DAY
from assay.core.errors import LedgerUnavailable
from assay.core.trace import NAME_BYTES
from assay.ledger.base import Audit
from assay.ledger.seal import KEY_BYTES, key_in

ERASED, EXPIRED = "templates.erased", "templates.expired"
FILE = "templates.db"
MOST_A_PIECE = 16  # templates that one piece of evidence may leave
_NONCE = 12
_SOME = 500  # names in one statement
_SCHEMA = """
CREATE TABLE IF NOT EXISTS template (name BLOB PRIMARY KEY, owner BLOB NOT NULL, kept INTEGER NOT NULL, sealed BLOB NOT NULL)
  WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS template_owner ON template (owner);
CREATE TABLE IF NOT EXISTS gone (seq INTEGER PRIMARY KEY, name BLOB NOT NULL);
"""


class Templates:
    """The templates of one home. Any thread may use it; so may other processes at the same time."""

    def __init__(self, file: Path | str, key: bytes) -> None:
        """`file` may be ":memory:". Raises `LedgerUnavailable` where it cannot be opened."""
        self.file = str(file)
        self._names, self._owners, self._key = (
            hmac.digest(key, f"assay template {what}".encode(), "sha256") for what in ("names", "owners", "content")
        )
        self._turn = Lock()
        try:
            self._db = sqlite3.connect(self.file, timeout=30, isolation_level=None, check_same_thread=False)
            self._db.executescript("PRAGMA secure_delete = ON; PRAGMA synchronous = FULL;" + _SCHEMA)
            self._told = self._last()  # tombstones before this were read
        except sqlite3.Error as error:
            raise self._unavailable(error) from error
        self._version = -1

    def __repr__(self) -> str:
        return f"Templates({self.file})"

    @classmethod
    def open(cls, folder: Path, secrets_: Path) -> Templates:
        """Those of a folder, made on first use, as is the key `secrets_/templates.key`. Raises `InvalidSetting` for a key that
        others can read."""
        key = key_in(secrets_ / "templates.key")
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        store = cls(folder / FILE, key)
        (folder / FILE).chmod(0o600)
        return store

    @classmethod
    def find(cls, folder: Path, secrets_: Path) -> Templates | None:
        """As `open`, but makes nothing: None where there are no templates."""
        path = secrets_ / "templates.key"
        return cls.open(folder, secrets_) if path.exists() and (folder / FILE).exists() else None

    def name(self, evidence: str, number: int) -> bytes:
        """The name, 20 bytes, of this piece of evidence's template number `number`."""
        return _mac(self._names, f"{evidence}\0{number}")

    def keep(self, owner: str, named: Sequence[tuple[bytes, bytes]]) -> None:
        """Names with their vectors, durable when this returns; one kept before under the same name is replaced. Raises
        `LedgerUnavailable` where the disk will not take them."""
        now, whose = time.time_ns() // 1000, _mac(self._owners, owner)
        rows = [(name, whose, now, self._sealed(name, vector)) for name, vector in named]
        with self._turn:
            try:
                self._db.execute("BEGIN IMMEDIATE")
                self._db.executemany("INSERT OR REPLACE INTO template VALUES (?, ?, ?, ?)", rows)
                self._db.execute("COMMIT")
            except sqlite3.Error as error:
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")
                raise self._unavailable(error) from error

    def read(self, names: Collection[bytes]) -> dict[bytes, bytes]:
        """The vectors of these names that are still kept and whole; one that was altered is as good as gone."""
        found: dict[bytes, bytes] = {}
        wanted = list(names)
        with self._turn:
            for start in range(0, len(wanted), _SOME):
                some = wanted[start : start + _SOME]
                marks = ",".join("?" * len(some))
                rows = self._db.execute(f"SELECT name, sealed FROM template WHERE name IN ({marks})", some)
                for name, sealed in rows:
                    if (vector := self._opened(name, sealed)) is not None:
                        found[name] = vector
        return found

    def erased(self) -> Sequence[bytes]:
        """Names erased since this was last asked, by this process or another. Costs next to nothing where there are none."""
        with self._turn:
            version = self._db.execute("PRAGMA data_version").fetchone()[0] + self._db.total_changes
            if version == self._version:
                return ()
            self._version = version
            rows = self._db.execute("SELECT seq, name FROM gone WHERE seq > ? ORDER BY seq", (self._told,)).fetchall()
            if rows:
                self._told = rows[-1][0]
            return [name for _, name in rows]

    def erase(self, names: Iterable[bytes]) -> int:
        """Those of these names; how many there were."""
        return self._erase("name", names)

    def forget(self, owner: str) -> int:
        """All that are of one customer; how many there were."""
        return self._erase("owner", [_mac(self._owners, owner)])

    def forget_evidence(self, evidence: str) -> int:
        """All that one piece of evidence left; how many there were."""
        return self.erase(self.name(evidence, number) for number in range(MOST_A_PIECE))

    def expire(self, before: int) -> int:
        """All that were kept before this moment (microseconds); how many."""
        with self._turn:
            names = [row[0] for row in self._db.execute("SELECT name FROM template WHERE kept < ?", (before,))]
        return self.erase(names)

    def count(self) -> int:
        with self._turn:
            return int(self._db.execute("SELECT count(*) FROM template").fetchone()[0])

    def close(self) -> None:
        with self._turn:
            self._db.close()

    def _erase(self, column: str, values: Iterable[bytes]) -> int:
        gone = 0
        with self._turn:
            try:
                self._db.execute("BEGIN IMMEDIATE")
                for value in values:
                    self._db.execute(f"INSERT INTO gone (name) SELECT name FROM template WHERE {column} = ?", (value,))
                    gone += self._db.execute(f"DELETE FROM template WHERE {column} = ?", (value,)).rowcount
                self._db.execute("COMMIT")
            except sqlite3.Error as error:
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")
                raise self._unavailable(error) from error
        return gone

    def _last(self) -> int:
        return int(self._db.execute("SELECT coalesce(max(seq), 0) FROM gone").fetchone()[0])

    def _sealed(self, name: bytes, vector: bytes) -> bytes:
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        nonce = secrets.token_bytes(_NONCE)
        return nonce + AESGCM(self._key).encrypt(nonce, vector, name)

    def _opened(self, name: bytes, sealed: bytes) -> bytes | None:
        from cryptography.exceptions import InvalidTag
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        try:
            return AESGCM(self._key).decrypt(sealed[:_NONCE], sealed[_NONCE:], name)
        except (InvalidTag, ValueError):
            return None

    def _unavailable(self, error: sqlite3.Error) -> LedgerUnavailable:
        return LedgerUnavailable(f"templates cannot be kept: {error}", where=self.file)


def _mac(key: bytes, told: str) -> bytes:
    return hmac.digest(key, told.encode("utf-8", "surrogatepass"), "sha256")[:NAME_BYTES]


def in_memory() -> Templates:
    """A store that lasts as long as the process, under a key of its own: for checks and benches."""
    return Templates(":memory:", secrets.token_bytes(KEY_BYTES))


def erasure(store: Templates, customer: str, why: str, actor: str = "") -> tuple[int, Audit]:
    """Forget a customer's face; how many templates there were, and what to put on record of it."""
    gone = store.forget(customer)
    return gone, Audit(actor, ERASED, {"customer": customer, "count": gone, "why": why[:500]})


def expiry(store: Templates, days: float) -> tuple[int, Audit]:
    """Delete the templates older than this many days; how many there were, and what to put on record of it."""
    before = time.time_ns() // 1000 - int(days * DAY)
    gone = store.expire(before)
    return gone, Audit("service", EXPIRED, {"before": before, "count": gone})
