"""Phones as `PhoneImage`s: iOS backups (a folder known by its `Manifest.db`, a zip or a tar of one, plain or encrypted),
sysdiagnose archives and folders, single databases, logs and reports of an iPhone; Android's bug reports, dumps, backups and androidqf's
output.

A backup's password comes from `ASSAY_BACKUP_PASSWORD`, from the file that `ASSAY_BACKUP_PASSWORD_FILE` names, or from whoever sits
at the terminal; it is never logged.
"""

from __future__ import annotations

import os
import re
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from assay.core.asked import asked
from assay.core.batch import Batch
from assay.core.errors import UnreadableInput
from assay.core.kind import RowError
from assay.formats.packed import head_of
from assay.kinds.phones.android import examine as from_android
from assay.kinds.phones.android.adb_backup import MAGIC
from assay.kinds.phones.backup.manifest import needs_password
from assay.kinds.phones.backup.store import Folder, Store, Tar, Zip
from assay.kinds.phones.ios import from_file, from_sysdiagnose
from assay.kinds.phones.ios.from_backup import examine, fixed_ids
from assay.kinds.phones.trees import FolderTree, TarTree, Tree, ZipTree

MAX_TEXT = 256 << 20  # bytes of a bug report's text
MAX_NAMES = 100_000
_INSIDE = re.compile(rb"(?:^|[/\0\n])(?:Manifest\.db|Status\.plist|[0-9a-f]{2}/[0-9a-f]{40})")
_DIAGNOSE = re.compile(
    rb"(?:^|[/\0\n])(?:sysdiagnose_[^/\0]{4,200}/|system_logs\.logarchive/|crashes_and_spins/|sysdiagnose\.log\0)"
)


class IosBackup:
    """Sure of a `Manifest.db` beside the other files of a backup, and of archives that hold one."""

    name = "phones.ios-backup"

    def sniff(self, head: bytes, path: Path) -> float:
        if path.name == "Manifest.db":
            beside = any((path.parent / n).is_file() for n in ("Manifest.plist", "Info.plist", "Status.plist"))
            return 0.95 if beside or (head.startswith(b"SQLite format 3\0") and b"fileID TEXT" in head) else 0.0
        return 0.9 if _archive(head := head_of(head)) and _INSIDE.search(head) else 0.0

    def read(self, path: Path, *, mapping: Any = None, reject: Callable[[RowError], None]) -> Iterator[Batch[Any]]:
        store = _store(path)
        password = _password() or (_prompted(path) if needs_password(store) else None)
        yield Batch.of([examine(store, password, _id(path), path.stat().st_mtime)])


class Sysdiagnose:
    """Sure of archives that hold a sysdiagnose's folders, and of a folder by its `sysdiagnose.log`."""

    name = "phones.sysdiagnose"

    def sniff(self, head: bytes, path: Path) -> float:
        if path.name == "sysdiagnose.log":
            beside = any(
                (path.parent / n).exists()
                for n in ("system_logs.logarchive", "crashes_and_spins", "taskinfo.txt", "ps.txt")
            )
            return 0.9 if beside else 0.0
        return 0.95 if _archive(head := head_of(head)) and _DIAGNOSE.search(head) else 0.0

    def read(self, path: Path, *, mapping: Any = None, reject: Callable[[RowError], None]) -> Iterator[Batch[Any]]:
        tree = _tree(path)
        yield Batch.of([from_sysdiagnose.examine(tree, _id(path), path.stat().st_mtime, getattr(tree, "problem", ""))])


class AndroidPhone:
    """Sure of bug reports (zip, unpacked by its `main_entry.txt`, text), of androidqf's output (by its `acquisition.json` or
    `packages.json`, or a zip), of `adb backup`, and of what `dumpsys` and `logcat` print."""

    name = "phones.android"

    def sniff(self, head: bytes, path: Path) -> float:
        if path.name in ("acquisition.json", "packages.json", "main_entry.txt"):
            return 0.9 if from_android.stands_for_folder(path) else 0.0
        if head.startswith(MAGIC):
            return 0.95
        if head.startswith(b"PK\x03\x04"):
            return 0.95 if from_android.known_names(_names(path)) else 0.0
        return from_android.sure_of_text(head)

    def read(self, path: Path, *, mapping: Any = None, reject: Callable[[RowError], None]) -> Iterator[Batch[Any]]:
        when = path.stat().st_mtime

        def password() -> bytes | None:
            return _password() or _prompted(path)

        if path.name in ("acquisition.json", "packages.json", "main_entry.txt"):
            yield Batch.of([from_android.from_tree(FolderTree(path.parent), _id(path), when, password)])
        elif (head := _head(path)).startswith(b"PK\x03\x04"):
            yield Batch.of([from_android.from_tree(ZipTree(path), _id(path), when, password)])
        elif head == MAGIC:
            yield Batch.of([from_android.from_backup(path, _id(path), when, password)])
        else:
            with path.open("rb") as file:
                data = file.read(MAX_TEXT + 1)
            if len(data) > MAX_TEXT:
                raise UnreadableInput(f"a text of more than {MAX_TEXT >> 20} MiB", where=str(path))
            yield Batch.of([from_android.from_text(path, data, _id(path), when)])


class PhoneFile:
    """Sure of single files that only an iPhone writes: sms.db, DataUsage.sqlite, knowledgeC.db, shutdown.log, an .ips…"""

    name = "phones.file"

    def sniff(self, head: bytes, path: Path) -> float:
        found = from_file.surest(head, path.name)
        return found[0] if found else 0.0

    def read(self, path: Path, *, mapping: Any = None, reject: Callable[[RowError], None]) -> Iterator[Batch[Any]]:
        with path.open("rb") as file:
            found = from_file.surest(file.read(65_536), path.name)
        if found is None:
            raise UnreadableInput("it is no file of a phone", where=str(path))
        yield Batch.of([from_file.examine(path, found[1], _id(path))])


def _store(path: Path) -> Store:
    if path.name == "Manifest.db":
        return Folder(path.parent)
    # What needs no manifest to be found is read of a tar with it.
    return Zip(path) if _zipped(path) else Tar(path, fixed_ids())


def _tree(path: Path) -> Tree:
    if path.suffix in (".log", ".json", ".txt"):  # a file that stands for its folder
        return FolderTree(path.parent)
    return ZipTree(path) if _zipped(path) else TarTree(path, from_sysdiagnose.kept_of)


def _names(path: Path) -> list[str]:
    try:
        with zipfile.ZipFile(path) as file:
            return file.namelist()[:MAX_NAMES]
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        return []


def _zipped(path: Path) -> bool:
    return _head(path).startswith(b"PK\x03\x04")


def _head(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(len(MAGIC))


def _archive(head: bytes) -> bool:
    return head.startswith(b"PK\x03\x04") or head[257:262] == b"ustar"


def _password() -> bytes | None:
    """As bytes; a file's trailing newline is not part of it."""
    if word := os.environ.get("ASSAY_BACKUP_PASSWORD"):
        return word.encode()
    if name := os.environ.get("ASSAY_BACKUP_PASSWORD_FILE"):
        try:
            return Path(name).read_bytes()[:4096].rstrip(b"\r\n")
        except OSError as error:
            raise UnreadableInput(f"the password's file cannot be read: {error.strerror}", where=name) from None
    return None


def _prompted(path: Path) -> bytes | None:
    word = asked(f"password of the backup {path.absolute().parent.name if path.name == 'Manifest.db' else path.name}")
    return word.encode() if word else None


def _id(path: Path) -> str:
    stands = path.name in ("Manifest.db", "sysdiagnose.log", "acquisition.json", "packages.json", "main_entry.txt")
    name = path.absolute().parent.name if stands else path.name
    return "".join(c for c in name if c.isprintable())[-120:] or "backup"


__all__ = ["AndroidPhone", "IosBackup", "PhoneFile", "Sysdiagnose", "examine"]
