"""A file, a folder or an archive, copied without the people in it: `assay redact`. Archives are rewritten member by member, and what
is left out is listed, by name and reason. The source is only read; nothing in it is used as a path; no link is followed.
"""

from __future__ import annotations

import gzip
import os
import stat
import tarfile
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import IO, Any

from assay.core.errors import InvalidSetting, UnreadableInput
from assay.kinds.phones.redact.content import LeftOut, Readable
from assay.kinds.phones.redact.content import redact as redact_content
from assay.kinds.phones.redact.identifiers import PEOPLE, Redactor

MOST_MEMBERS, MOST_MEMBER, MOST_TOTAL = 500_000, 2 << 30, 32 << 30
MOST_LISTED = 200
_SPOOL, _BLOCK, _HEADER = 32 << 20, 1 << 20, 1 << 20
_RATIO, _SLACK = 200, 64 << 20  # unpacked bytes a packed one, beyond which an archive is a bomb
Step = Callable[[str], None]


@dataclass
class Copied:
    """What was done: files looked through, and those left out with why."""

    redactor: Redactor = field(default_factory=Redactor)
    files: int = 0
    left_out: list[tuple[str, str]] = field(default_factory=list)
    left: int = 0
    problem: str = ""

    def leave(self, name: str, why: str) -> None:
        self.left += 1
        if len(self.left_out) < MOST_LISTED:
            self.left_out.append((self.name(name), why))

    def name(self, name: str) -> str:
        """A name as it may be told: people are in names too."""
        return self.redactor.lines(name.encode("utf-8", "surrogateescape")).decode("utf-8", "replace")


def redact(source: Path, out: Path, step: Step = lambda _doing: None) -> dict[str, Any]:
    """Copies `source` to `out`, which must not be there, without the people in it; says what was taken out, what was left out, and
    how many different identifiers of people would have leaked. Raises `InvalidSetting`, `UnreadableInput`; then `out` is not there.
    """
    if out.exists() or out.is_symlink():
        raise InvalidSetting("is there already", where=str(out), hint="name a new file or folder")
    if not source.exists():
        raise UnreadableInput("no such file or folder", where=str(source))
    if source.is_dir() and source.resolve() in (out.resolve(), *out.resolve().parents):
        raise InvalidSetting("lies within what is to be copied", where=str(out))
    done = Copied()
    draft = out.with_name(f".{out.name}.{os.getpid()}")
    try:
        if source.is_dir():
            draft.mkdir(mode=0o700)
            _folder(source, draft, done, step)
        else:
            _file(source, draft, done, step)
        if not done.files:
            what = "; ".join(f"{n}: {w}" if n != source.name else w for n, w in done.left_out[:3])
            raise UnreadableInput(
                f"nothing in it could be looked through ({what or done.problem or 'it is empty'})", where=str(source)
            )
        draft.rename(out)
    finally:
        _away(draft)
    return _told(done)


def _told(done: Copied) -> dict[str, Any]:
    distinct = done.redactor.distinct
    return {
        "files": done.files, "people": done.redactor.people, "by_kind": {k: distinct.get(k, 0) for k in PEOPLE},
        "taken_out": dict(sorted(done.redactor.counts.items())), "left_out": done.left,
        "left_out_files": [{"name": name, "why": why} for name, why in done.left_out],
        **({"problem": done.problem} if done.problem else {}),
    }  # fmt: skip


def _file(source: Path, draft: Path, done: Copied, step: Step) -> None:
    with source.open("rb") as file:
        head = file.read(512)
    packed = head.startswith(b"\x1f\x8b")
    if head.startswith(b"PK\x03\x04"):
        _zip(source, draft, done, step)
    elif _is_tar(source, head):
        _tar(source, draft, done, step)
    else:
        with source.open("rb") as file, _created(draft) as out:
            _one(
                source.name,
                gzip.GzipFile(fileobj=file) if packed else file,
                out,
                done,
                packed=packed,
                size=source.stat().st_size,
            )


def _is_tar(source: Path, head: bytes) -> bool:
    if head[257:262] == b"ustar":
        return True
    try:
        if head.startswith(b"\x1f\x8b"):
            with gzip.open(source) as file:
                return file.read(512)[257:262] == b"ustar"
    except (OSError, EOFError, zlib.error):
        return False
    return False


def _one(name: str, file: Readable, out: IO[bytes], done: Copied, *, packed: bool, size: int) -> bool:
    """One file's content; packed ones are packed again. What is left out leaves `out` as it was."""
    begun = out.tell()
    target: Any = gzip.GzipFile(fileobj=out, mode="wb", mtime=0) if packed else out
    try:
        redact_content(_Bounded(file, min(MOST_MEMBER, size * _RATIO + _SLACK)), target, done.redactor)
        if packed:
            target.close()
        done.files += 1
        return True
    except LeftOut as why:
        done.leave(name, str(why))
    except (OSError, EOFError, zlib.error, RuntimeError, zipfile.BadZipFile, NotImplementedError, MemoryError) as error:
        done.leave(name, f"cannot be read ({type(error).__name__})")
    out.seek(begun)
    out.truncate()
    return False


def _folder(source: Path, draft: Path, done: Copied, step: Step) -> None:
    count = 0
    for at, folders, files in os.walk(source, followlinks=False):
        folders.sort()
        here = Path(at).relative_to(source)
        for name in sorted(files):
            count += 1
            if count > MOST_MEMBERS:
                done.problem = f"more than {MOST_MEMBERS} files"
                return
            path = Path(at) / name
            relative = (here / name).as_posix()
            step(relative)
            if not stat.S_ISREG(path.lstat().st_mode):
                done.leave(relative, "a link or no file")
                continue
            target = draft / _safe(done.name(relative))
            target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            before = done.files
            if not target.exists():
                _file(path, target, done, lambda _doing: None)
            if done.files == before:
                target.unlink(missing_ok=True)


def _tar(source: Path, draft: Path, done: Copied, step: Step) -> None:
    room = min(MOST_TOTAL, source.stat().st_size * _RATIO + _SLACK)
    with source.open("rb") as raw:
        packed = raw.read(2) == b"\x1f\x8b"
        raw.seek(0)
        plain: Any = _Bounded(gzip.GzipFile(fileobj=raw) if packed else raw, room)
        with (
            _created(draft) as out,
            tarfile.open(fileobj=out, mode="w:gz" if packed else "w", format=tarfile.PAX_FORMAT) as written,
        ):
            try:
                with tarfile.open(fileobj=plain, mode="r|", tarinfo=_Info) as read:
                    for number, member in enumerate(read):
                        if number >= MOST_MEMBERS:
                            done.problem = f"more than {MOST_MEMBERS} members"
                            return
                        step(member.name)
                        _member(read, member, written, done)
            except (tarfile.TarError, OSError, EOFError, ValueError, zlib.error, LeftOut) as error:
                done.problem = f"the archive ends early: {str(error)[:120]}"


def _member(read: tarfile.TarFile, member: tarfile.TarInfo, written: tarfile.TarFile, done: Copied) -> None:
    name = _safe(done.name(member.name))
    told = tarfile.TarInfo(name)
    told.mtime, told.mode = member.mtime, member.mode & 0o755
    if member.isdir():
        told.type = tarfile.DIRTYPE
        written.addfile(told)
        return
    if not member.isreg():
        done.leave(member.name, "a link or no file")
        return
    file = read.extractfile(member)
    if file is None:
        return
    with tempfile.SpooledTemporaryFile(_SPOOL) as spool:
        packed = member.name.endswith(".gz")
        content: Any = gzip.GzipFile(fileobj=file) if packed else file
        if _one(member.name, content, spool, done, packed=packed, size=member.size):
            told.size = spool.tell()
            spool.seek(0)
            written.addfile(told, spool)


def _zip(source: Path, draft: Path, done: Copied, step: Step) -> None:
    room = min(MOST_TOTAL, source.stat().st_size * _RATIO + _SLACK)
    try:
        with (
            zipfile.ZipFile(source) as read,
            _created(draft) as out,
            zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as written,
        ):
            infos = read.infolist()
            if len(infos) > MOST_MEMBERS:
                raise UnreadableInput(f"the archive holds {len(infos)} members", where=str(source))
            for info in infos:
                step(info.filename)
                room -= info.file_size
                if info.is_dir():
                    continue
                if room < 0 or info.file_size > info.compress_size * _RATIO + _SLACK:
                    done.leave(info.filename, "out of all proportion")
                    continue
                told = zipfile.ZipInfo(_safe(done.name(info.filename)), info.date_time)
                told.compress_type = zipfile.ZIP_DEFLATED
                with tempfile.SpooledTemporaryFile(_SPOOL) as spool:
                    packed = info.filename.endswith(".gz")
                    try:
                        with read.open(info) as file:
                            content: Any = gzip.GzipFile(fileobj=file) if packed else file
                            kept = _one(info.filename, content, spool, done, packed=packed, size=info.file_size)
                    except (zipfile.BadZipFile, RuntimeError, NotImplementedError, OSError, EOFError) as error:
                        done.leave(info.filename, f"cannot be read ({type(error).__name__})")
                        continue
                    if kept:
                        spool.seek(0)
                        with written.open(told, "w", force_zip64=True) as target:
                            while block := spool.read(_BLOCK):
                                target.write(block)
    except (zipfile.BadZipFile, ValueError, NotImplementedError) as error:
        raise UnreadableInput(f"the archive cannot be read: {error}", where=str(source)) from None


class _Info(tarfile.TarInfo):
    """Headers of a member (long names, pax) are read whole: one that says it is large is no header."""

    def _proc_pax(self, tar: tarfile.TarFile) -> tarfile.TarInfo:
        return self._within(super()._proc_pax, tar)  # type: ignore[misc]

    def _proc_gnulong(self, tar: tarfile.TarFile) -> tarfile.TarInfo:
        return self._within(super()._proc_gnulong, tar)  # type: ignore[misc]

    def _within(self, read: Callable[[tarfile.TarFile], tarfile.TarInfo], tar: tarfile.TarFile) -> tarfile.TarInfo:
        if self.size > _HEADER:
            raise tarfile.ReadError("a header larger than any")
        return read(tar)


class _Bounded:
    """A file that ends with `LeftOut` where it goes on for longer than is looked at."""

    def __init__(self, file: Readable, most: int) -> None:
        self._file, self._left = file, most

    def read(self, size: int, /) -> bytes:
        data = self._file.read(size)
        self._left -= len(data)
        if self._left < 0:
            raise LeftOut("out of all proportion")
        return data


def _safe(name: str) -> str:
    """A name that leads nowhere but down."""
    parts = [p for p in PurePosixPath(name.replace("\\", "/").replace("\0", "")).parts if p not in ("/", "..", ".")]
    return "/".join(p[:200] for p in parts[-40:]) or "unnamed"


@contextmanager
def _created(path: Path) -> Iterator[Any]:
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w+b") as file:
        yield file


def _away(draft: Path) -> None:
    if draft.is_dir():
        import shutil

        shutil.rmtree(draft, ignore_errors=True)
    else:
        draft.unlink(missing_ok=True)


__all__ = ["redact"]
