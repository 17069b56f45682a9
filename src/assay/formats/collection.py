"""Collections of rules as others publish them, a folder or an archive (zip, tar, tar.gz, tar.zst), taken over into a folder of
one's own: what is worth keeping stays as it was, with licences and authors beside it; nothing is written anywhere else.
"""

from __future__ import annotations

import lzma
import re
import shutil
import tarfile
import tempfile
import zipfile
import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import Any

from assay.core.errors import InvalidSetting, NotFound, UnreadableInput

ZSTANDARD = b"\x28\xb5\x2f\xfd"
MAX_FILES, MAX_FILE, MAX_TOTAL = 200_000, 32 << 20, 2 << 30
ATTRIBUTION = "ATTRIBUTION.txt"
_BESIDE = re.compile(r"(LICEN[CS]E|README|NOTICE|COPYING).*", re.IGNORECASE)
_LICENCE = re.compile(r"(LICEN[CS]E|NOTICE|COPYING).*", re.IGNORECASE)
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")


def take_over(
    source: Path, into: Path, wanted: re.Pattern[str], judge: Callable[[Path], tuple[Counter[str], dict[str, Any]]]
) -> dict[str, Any]:
    """Takes the files of a collection whose names match `wanted`, and its licences, over into a folder of `into`; one of the same
    name is replaced as a whole. `judge` reads the copy and gives who wrote how many rules, and what else is told of it; what it
    raises leaves everything as it was. Returns what is told, with `collection`, `authors` and `licences`."""
    if not source.exists():
        raise NotFound("no such folder or archive", where=str(source))
    target = into / collection_name(source)
    into.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=into.parent) as temporary:
        copied = Path(temporary) / "rules"
        copied.mkdir()
        _copy(source, copied, wanted)
        authors, told = judge(copied)
        _attribute(copied, source.name, authors)
        if target.exists():
            shutil.rmtree(target)
        copied.rename(target)
    return {"collection": target.name, **told, "authors": len(authors), "licences": licences(target)}


def collection_name(source: Path) -> str:
    """The name that a collection is kept under."""
    name = re.sub(r"[^A-Za-z0-9._-]", "-", source.name)
    for ending in (".zip", ".gz", ".zst", ".tar"):
        name = name.removesuffix(ending)
    return name.strip(".-") or "rules"


def collections(folder: Path) -> list[Path]:
    """The collections kept in a folder, by name."""
    there = sorted(folder.iterdir()) if folder.is_dir() else []
    return [path for path in there if path.is_dir() and _NAME.fullmatch(path.name)]


def remove(folder: Path, name: str) -> None:
    """Raises `NotFound` where there is no such collection."""
    if not _NAME.fullmatch(name):
        raise InvalidSetting("no name of a collection", where=name)
    if not (folder / name).is_dir() or (folder / name).is_symlink():
        raise NotFound("no such collection", where=name, hint=", ".join(p.name for p in collections(folder)))
    shutil.rmtree(folder / name)


def licences(folder: Path) -> list[str]:
    """The licence files that came with a collection."""
    return sorted(p.name for p in folder.rglob("*") if p.is_file() and _LICENCE.fullmatch(p.name))


def rule_files_in(source: Path, wanted: re.Pattern[str]) -> int:
    """How many files of a collection have a wanted name; 0 where it cannot be read."""
    try:
        return sum(1 for name, _ in _members(source, wanted) if wanted.fullmatch(PurePosixPath(name).name))
    except UnreadableInput:
        return 0


def _attribute(folder: Path, source: str, authors: Counter[str]) -> None:
    """Who wrote the rules and under which licence stays with them, in `ATTRIBUTION.txt`."""
    found = [str(p.relative_to(folder)) for p in sorted(folder.rglob("*")) if _LICENCE.fullmatch(p.name)]
    lines = [f"Taken over from {source}.", "Licences: " + (", ".join(found) or "none came with it"), "Authors (rules):"]
    lines += [f"  {' '.join(name.split())} ({count})" for name, count in authors.most_common()]
    (folder / ATTRIBUTION).write_text("\n".join(lines) + "\n", "utf-8")


def _copy(source: Path, into: Path, wanted: re.Pattern[str]) -> None:
    total = 0
    for number, (name, content) in enumerate(_members(source, wanted)):
        total += len(content)
        if number >= MAX_FILES or total > MAX_TOTAL:
            raise UnreadableInput(f"more than {MAX_FILES} files or {MAX_TOTAL} bytes", where=str(source))
        parts = [
            part
            for part in PurePosixPath(name.replace("\\", "/")).parts
            if part not in ("/", "..", ".") and ":" not in part
        ]
        if parts:
            path = into.joinpath(*parts)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)


def _members(source: Path, wanted: re.Pattern[str]) -> Iterator[tuple[str, bytes]]:
    """(name, content) of the files worth keeping, each bounded."""

    def kept(name: str, size: int) -> bool:
        plain = PurePosixPath(name).name
        return size <= MAX_FILE and bool(wanted.fullmatch(plain) or _BESIDE.fullmatch(plain))

    if source.is_dir():
        for path in sorted(p for p in source.rglob("*") if p.is_file() and not p.is_symlink()):
            if kept(path.name, path.stat().st_size):
                yield str(path.relative_to(source)), path.read_bytes()
    elif zipfile.is_zipfile(source):
        try:
            with zipfile.ZipFile(source) as packed:
                for info in packed.infolist():
                    if kept(info.filename, info.file_size):
                        with packed.open(info) as file:
                            yield info.filename, file.read(MAX_FILE)
        except (zipfile.BadZipFile, RuntimeError, NotImplementedError, EOFError, OSError, zlib.error) as error:
            raise UnreadableInput(f"the archive cannot be unpacked: {error}", where=str(source)) from None
    else:
        try:
            with _tar(source) as tar:
                for member in tar:
                    if member.isfile() and kept(member.name, member.size):
                        inside = tar.extractfile(member)
                        if inside is not None:
                            yield member.name, inside.read(MAX_FILE)
        except (tarfile.TarError, zlib.error, lzma.LZMAError, EOFError, OSError):
            if wanted.fullmatch(source.name) and source.stat().st_size <= MAX_FILE:
                yield source.name, source.read_bytes()
                return
            hint = "a folder, or one packed as zip, tar, tar.gz or tar.zst"
            raise UnreadableInput("no collection of rules", where=str(source), hint=hint) from None


@contextmanager
def _tar(source: Path) -> Iterator[tarfile.TarFile]:
    """A tar archive, packed or not; by Zstandard too."""
    with source.open("rb") as file:
        if file.read(4) != ZSTANDARD:
            file.seek(0)
            with tarfile.open(fileobj=file, mode="r:*") as tar:
                yield tar
            return
        import zstandard

        file.seek(0)
        try:
            with (
                zstandard.ZstdDecompressor().stream_reader(file) as unpacked,
                tarfile.open(fileobj=unpacked, mode="r|") as tar,
            ):
                yield tar
        except zstandard.ZstdError as error:
            raise tarfile.ReadError(str(error)) from None


__all__ = ["ATTRIBUTION", "collection_name", "collections", "licences", "remove", "rule_files_in", "take_over"]
