"""Where a backup's bytes lie: a folder, a zip or a tar. Nothing is unpacked to disk, no link is followed, and no name out of
the backup is ever used as a path: payloads are asked for by the digest of a path that we know.
"""

from __future__ import annotations

import os
import re
import stat
import tarfile
import zipfile
from collections.abc import Iterable
from pathlib import Path
from typing import Protocol

from assay.core.errors import UnreadableInput

MAX_FILE = 512 << 20  # bytes of one artefact held in memory
MAX_ENTRIES = 1_000_000
RATIO, SLACK = 200, 1 << 30  # an archive's content may be this many times its size, and this many bytes more
OWN = ("Manifest.db", "Manifest.plist", "Status.plist", "Info.plist")
_ENTRY = re.compile(r"(?:^|/)((?:[0-9a-f]{2}/)?[0-9a-f]{40}|Manifest\.db|(?:Manifest|Status|Info)\.plist)$")


class Store(Protocol):
    """`name` is one of `OWN` or a file id of 40 hexadecimal digits."""

    def get(self, name: str) -> bytes | None:
        """The bytes, or None where absent. Raises `TooLarge`."""
        ...

    def path(self, name: str) -> Path | None:
        """Where it lies on disk as it is, if it does."""
        ...

    def expect(self, names: Iterable[str]) -> None:
        """What will be asked for: an archive that is read from front to back reads it in one go."""
        ...


class TooLarge(Exception):
    """One artefact is larger than we hold in memory."""


class Folder:
    def __init__(self, root: Path) -> None:
        self.root = root

    def expect(self, names: Iterable[str]) -> None:
        pass

    def path(self, name: str) -> Path | None:
        path = self.root / name if name in OWN else self.root / name[:2] / name
        try:
            plain = stat.S_ISREG(path.lstat().st_mode) and (name in OWN or stat.S_ISDIR(path.parent.lstat().st_mode))
        except OSError:
            return None
        return path if plain else None

    def get(self, name: str) -> bytes | None:
        path = self.path(name)
        if path is None:
            return None
        return read_file(path, MAX_FILE)


class Zip:
    """Entries are found by the end of their names, so that a folder around the backup does no harm."""

    def __init__(self, path: Path) -> None:
        try:
            self.file = zipfile.ZipFile(path)
        except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
            raise UnreadableInput(f"the archive cannot be read: {error}", where=str(path)) from None
        infos = self.file.infolist()
        if len(infos) > MAX_ENTRIES:
            raise UnreadableInput(f"the archive holds {len(infos)} entries", where=str(path))
        self.entries: dict[str, zipfile.ZipInfo] = {}
        for info in infos:
            name = _name(info.filename)
            if name and not info.is_dir():
                self.entries.setdefault(name, info)

    def expect(self, names: Iterable[str]) -> None:
        pass

    def path(self, name: str) -> Path | None:
        return None

    def get(self, name: str) -> bytes | None:
        info = self.entries.get(name)
        if info is None:
            return None
        if info.file_size > MAX_FILE or info.file_size > RATIO * info.compress_size + SLACK:
            raise TooLarge
        try:
            with self.file.open(info) as file:
                return bounded(file.read(MAX_FILE + 1), MAX_FILE)
        except (zipfile.BadZipFile, OSError, RuntimeError, NotImplementedError, EOFError, ValueError):
            return b""


class Tar:
    """Read from front to back, compressed or not: once for the manifest and what needs none, once for what is then expected."""

    def __init__(self, path: Path, wanted: Iterable[str]) -> None:
        self.file = path
        self.kept: dict[str, bytes | None] = {}
        self._read(frozenset(wanted) | set(OWN))

    def expect(self, names: Iterable[str]) -> None:
        wanted = frozenset(names) - set(self.kept)
        if wanted:
            self._read(wanted)

    def _read(self, names: frozenset[str]) -> None:
        path, room = self.file, self.file.stat().st_size * RATIO + SLACK
        held = sum(len(content) for content in self.kept.values() if content)
        try:
            with tarfile.open(path, mode="r|*") as tar:
                for number, member in enumerate(tar):
                    room -= max(0, member.size)
                    if room < 0 or number > MAX_ENTRIES:
                        raise UnreadableInput("the archive is out of all proportion", where=str(path))
                    name = _name(member.name)
                    if name not in names or not member.isfile() or name in self.kept:
                        continue
                    held += member.size
                    file = tar.extractfile(member) if held <= 2 * MAX_FILE and member.size <= MAX_FILE else None
                    self.kept[name] = file.read(MAX_FILE) if file is not None else None
        except (tarfile.TarError, OSError, EOFError, ValueError) as error:
            if "Manifest.db" not in self.kept:
                raise UnreadableInput(f"the archive cannot be read: {error}", where=str(path)) from None

    def path(self, name: str) -> Path | None:
        return None

    def get(self, name: str) -> bytes | None:
        if name in self.kept and self.kept[name] is None:
            raise TooLarge
        return self.kept.get(name)


def _name(entry: str) -> str:
    found = _ENTRY.search(entry)
    return found[1].rpartition("/")[2] if found else ""


def read_file(path: Path, most: int) -> bytes:
    """A file's bytes, never through a link. Raises `TooLarge` for more than `most`."""
    with os.fdopen(os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0)), "rb") as file:
        return bounded(file.read(most + 1), most)


def bounded(data: bytes, most: int) -> bytes:
    """The same. Raises `TooLarge` for more than `most`."""
    if len(data) > most:
        raise TooLarge
    return data


__all__ = ["MAX_FILE", "OWN", "Folder", "Store", "Tar", "TooLarge", "Zip", "bounded", "read_file"]
