"""`Manifest.db`: every file of the backup with its times, as rows; and how a payload is got by what it is."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from assay.kinds.phones.backup.database import Broken, columns, database, plist
from assay.kinds.phones.backup.keybag import Keybag, Locked, decrypt, read_keybag
from assay.kinds.phones.backup.store import Store

MAX_ROWS = 2_000_000
MAX_BLOB = 65_536
MAX_PATH = 4096  # characters: more than any iOS allows, so that no path is cut and taken for another
FILE, DIRECTORY, LINK = 1, 2, 4
LATEST = 2**40  # seconds: times beyond are none


class Row(NamedTuple):
    """One line of the manifest; times in seconds since 1970, 0 where absent. `key` is the wrapped key of its payload."""

    id: str
    domain: str
    path: str
    flags: int
    modified: int
    changed: int
    born: int
    size: int
    key: bytes


def file_id(domain: str, path: str) -> str:
    return hashlib.sha1(f"{domain}-{path}".encode("utf-8", "surrogatepass"), usedforsecurity=False).hexdigest()


@dataclass
class Backup:
    """An opened backup: `manifest` is the database in place or in memory, `keybag` the unlocked keys if it is encrypted."""

    store: Store
    info: dict[str, Any]
    about: dict[str, Any]
    manifest: bytes | Path
    keybag: Keybag | None

    @property
    def encrypted(self) -> bool:
        return self.keybag is not None

    def rows(self) -> Iterator[Row]:
        """Every row of the manifest. Raises `Broken` where the database cannot be followed on."""
        with database(self.manifest) as connection:
            if not {"FILEID", "DOMAIN", "RELATIVEPATH", "FLAGS", "FILE"} <= columns(connection, "Files"):
                raise Broken("the manifest lists no files")
            wanted = "SELECT fileID, domain, relativePath, flags, file FROM Files LIMIT ?"
            for id_, domain, path, flags, blob in connection.execute(wanted, (MAX_ROWS,)):
                if not isinstance(domain, str) or not isinstance(path, str) or not isinstance(flags, int):
                    continue
                modified, changed, born, size, key = _metadata(blob)
                yield Row(str(id_)[:64], domain[:255], path[:MAX_PATH], flags, modified, changed, born, size, key)

    def payload(self, row: Row) -> bytes | Path | None:
        """A file's content: in place where it lies plain on disk, else its bytes; None where absent, `Locked` where its
        key does not open it."""
        name = file_id(row.domain, row.path)
        if self.keybag is None:
            return self.store.path(name) or self.store.get(name)
        data = self.store.get(name)
        if data is None:
            return None
        key = self.keybag.open(row.key)
        if key is None:
            raise Locked("its key does not open it")
        plain = decrypt(key, data, row.size)
        if plain is None:
            raise Broken("it is cut off")
        return plain


def open_backup(store: Store, password: bytes | None) -> Backup:
    """Raises `Locked` where a password is missing or wrong, `Broken` where there is no manifest."""
    info, about = (_dictionary(store, name) for name in ("Info.plist", "Manifest.plist"))
    if about.get("IsEncrypted") is not True:
        manifest: bytes | Path | None = store.path("Manifest.db") or store.get("Manifest.db")
        if not manifest:
            raise Broken("there is no Manifest.db")
        return Backup(store, info, about, manifest, None)
    bag, wrapped = about.get("BackupKeyBag"), about.get("ManifestKey")
    if not isinstance(bag, bytes):
        raise Locked("it is encrypted, and there is no keybag")
    if password is None:
        raise Locked("it is encrypted, and no password was given (ASSAY_BACKUP_PASSWORD or ASSAY_BACKUP_PASSWORD_FILE)")
    keybag = read_keybag(bag)
    keybag.unlock(password)
    data = store.get("Manifest.db")
    if not data:
        raise Broken("there is no Manifest.db")
    if isinstance(wrapped, bytes):  # since iOS 10.2; before, the manifest itself was plain
        key = keybag.open(wrapped)
        plain = decrypt(key, data) if key is not None else None
        if plain is None:
            raise Locked("the manifest's key does not open it")
        data = plain
    return Backup(store, info, about, data, keybag)


def needs_password(store: Store) -> bool:
    """Whether a password is asked for before anything can be read."""
    return _dictionary(store, "Manifest.plist").get("IsEncrypted") is True


def _dictionary(store: Store, name: str) -> dict[str, Any]:
    found = plist(store.get(name) or b"")
    return found if isinstance(found, dict) else {}


def _metadata(blob: object) -> tuple[int, int, int, int, bytes]:
    """Modified, changed, born, size, wrapped key out of an archived `MBFile`."""
    archive: Any = plist(blob, MAX_BLOB) if isinstance(blob, bytes) else None
    try:
        objects = archive["$objects"]
        root = objects[archive["$top"]["root"].data]
        times = [_seconds(root.get(name)) for name in ("LastModified", "LastStatusChange", "Birth")]
        size = root.get("Size")
        key = root.get("EncryptionKey")
        wrapped = objects[key.data]["NS.data"] if key is not None else b""
        return (
            *times,
            size if isinstance(size, int) and 0 <= size < 2**50 else 0,
            wrapped if isinstance(wrapped, bytes) else b"",
        )  # type: ignore[return-value]
    except (KeyError, IndexError, TypeError, AttributeError):
        return 0, 0, 0, 0, b""


def _seconds(value: object) -> int:
    if isinstance(value, (int, float)) and math.isfinite(value) and 0 < value < LATEST:
        return int(value)
    return 0


__all__ = ["DIRECTORY", "FILE", "LINK", "Backup", "Row", "file_id", "needs_password", "open_backup"]
