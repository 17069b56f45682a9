"""Named files in a folder, a zip or a tar, as sysdiagnose, bugreport and androidqf lay them out. Nothing is unpacked to disk, no
link is followed, sizes, numbers and ratios are bounded, and a name is only ever compared, never used as a path outside a folder.
"""

from __future__ import annotations

import hashlib
import io
import os
import stat
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path, PurePosixPath
from typing import Protocol, TypeVar

from assay.core.errors import UnreadableInput
from assay.kinds.phones.backup.database import Broken
from assay.kinds.phones.backup.store import RATIO, SLACK, TooLarge, bounded, read_file

MAX_ENTRIES = 200_000
MAX_FILE = 128 << 20  # bytes of one file held in memory
MAX_HELD = 768 << 20  # bytes of one tar held in memory
MAX_DEPTH = 24
Kept = Callable[[str], Callable[[bytes], bytes] | None]
T = TypeVar("T")


class Tree(Protocol):
    """`names` with `/` between folders, without a folder that all have in common; `root` is that folder's name; `digests` SHA-256
    and size of the files of which only a part is held."""

    names: list[str]
    root: str
    digests: dict[str, tuple[str, int]]

    def get(self, name: str) -> bytes:
        """The bytes of one of `names`. Raises `TooLarge` or `Broken`."""
        ...


class FolderTree:
    def __init__(self, root: Path) -> None:
        self.path, self.root = root, root.name
        self.digests: dict[str, tuple[str, int]] = {}
        self.names = sorted(_walk(root))

    def get(self, name: str) -> bytes:
        return read_file(self.path / name, MAX_FILE)


def _walk(root: Path) -> Iterator[str]:
    """Regular files below, by names relative to the root."""
    count = 0
    for at, folders, files in os.walk(root, followlinks=False):
        here = Path(at).relative_to(root)
        if len(here.parts) >= MAX_DEPTH:
            folders.clear()
        for name in files:
            count += 1
            if count > MAX_ENTRIES:
                return
            if stat.S_ISREG((Path(at) / name).lstat().st_mode):
                yield (here / name).as_posix()


class ZipTree:
    def __init__(self, source: Path | bytes) -> None:
        where = str(source) if isinstance(source, Path) else ""
        try:
            self.file = zipfile.ZipFile(source if isinstance(source, Path) else io.BytesIO(source))
        except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
            raise UnreadableInput(f"the archive cannot be read: {error}", where=where) from None
        infos = [i for i in self.file.infolist() if not i.is_dir()]
        if len(infos) > MAX_ENTRIES:
            raise UnreadableInput(f"the archive holds {len(infos)} entries", where=where)
        self.root, self.entries = _without_root({_plain(i.filename): i for i in reversed(infos)})
        self.names = sorted(self.entries)
        self.digests: dict[str, tuple[str, int]] = {}

    def get(self, name: str) -> bytes:
        info = self.entries[name]
        if info.file_size > MAX_FILE or info.file_size > RATIO * info.compress_size + SLACK:
            raise TooLarge
        try:
            with self.file.open(info) as file:
                return bounded(file.read(MAX_FILE + 1), MAX_FILE)
        except (zipfile.BadZipFile, zlib.error, RuntimeError, NotImplementedError, EOFError, ValueError) as error:
            raise Broken(str(error)) from None


class TarTree:
    """Read once from front to back, compressed or not; `kept` says of a name what of the file's bytes is held, None for nothing. Cut
    off, it holds what came before."""

    def __init__(self, path: Path, kept: Kept) -> None:
        room, held = path.stat().st_size * RATIO + SLACK, 0
        found: dict[str, bytes | None] = {}
        digests: dict[str, tuple[str, int]] = {}
        self.problem = ""
        try:
            with tarfile.open(path, mode="r|*") as tar:
                for number, member in enumerate(tar):
                    room -= max(0, member.size)
                    if room < 0 or number > MAX_ENTRIES:
                        self.problem = "the archive is out of all proportion: the rest was not read"
                        break
                    name = _plain(member.name)
                    if not member.isfile() or not name or name in found:
                        continue
                    found[name] = None
                    part = kept(name)
                    if part is None or member.size > MAX_FILE or held + member.size > MAX_HELD:
                        continue
                    file = tar.extractfile(member)
                    data = file.read(MAX_FILE) if file is not None else b""
                    with suppress(Broken):
                        found[name] = part(data)
                    if (some := found[name]) is not None:
                        held += len(some)
                        if len(some) < len(data):
                            digests[name] = hashlib.sha256(data).hexdigest(), len(data)
        except (tarfile.TarError, OSError, EOFError, ValueError, zlib.error) as error:
            self.problem = f"the archive is damaged: {str(error)[:160]}"
            if not found:
                raise UnreadableInput(f"the archive cannot be read: {error}", where=str(path)) from None
        self.root, self.kept = _without_root(found)
        self.names = sorted(self.kept)
        above = f"{self.root}/" if self.root else ""
        self.digests = {name.removeprefix(above): digest for name, digest in digests.items()}

    def get(self, name: str) -> bytes:
        data = self.kept[name]
        if data is None:
            raise TooLarge
        return data


def inflate(data: bytes) -> bytes:
    """A gzip's content, bounded. Raises `TooLarge`, or `Broken` where it is none; of one cut off what there is."""
    unpacker = zlib.decompressobj(31)
    try:
        out = unpacker.decompress(data, MAX_FILE)
    except zlib.error as error:
        raise Broken(f"not a gzip: {error}") from None
    if unpacker.unconsumed_tail:
        raise TooLarge
    return out


def _plain(name: str) -> str:
    """A member's name without leading `./`; empty for one that leaves the archive."""
    path = PurePosixPath(name)
    parts = [p for p in path.parts if p != "."]
    return "" if path.is_absolute() or ".." in parts or len(parts) > MAX_DEPTH else "/".join(parts)


def _without_root(found: dict[str, T]) -> tuple[str, dict[str, T]]:
    found.pop("", None)
    first = next(iter(found), "").partition("/")
    if first[1] and all(name.startswith(first[0] + "/") for name in found):
        return first[0], {name[len(first[0]) + 1 :]: value for name, value in found.items()}
    return "", found


__all__ = ["FolderTree", "TarTree", "Tree", "ZipTree", "inflate"]
