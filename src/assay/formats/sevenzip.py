"""7z archives (7zFormat.txt and Methods.txt of the LZMA SDK, public domain): the list of members, which is mostly packed itself,
and folders, each a chain of coders whose output is its members one behind the other. How they are decoded stands in
`sevenzip_coders`.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from assay.formats.archive import LISTED, MOST, Member, Walk, first_active, stretches
from assay.formats.sevenzip_coders import AES, Coder, unfolded, unread
from assay.formats.unpack import Budget, Damaged, Exhausted

_LIST_MOST = 64 << 20  # bytes of a list of members
_NESTED = 4  # lists packed in lists
_CODERS = 32  # of one folder
_LINK, _UNIX, _FOLDER_BIT = 0o120000, 0x8000, 0x10  # of a member's attributes
(_END, _HEADER, _PROPERTIES, _ADDITIONAL, _MAIN, _FILES, _PACKED, _UNPACKED, _SUBSTREAMS, _SIZE, _CRC, _FOLDERS, _SIZES, _COUNTS,
 _EMPTY_STREAM, _EMPTY_FILE, _ANTI, _NAMES, _CREATED, _USED, _WRITTEN, _ATTRIBUTES, _COMMENT, _ENCODED) = range(24)  # fmt: skip


class _Part(NamedTuple):
    """A stretch of a folder's output."""

    size: int
    crc: int | None


@dataclass
class _Folder:
    """`bound`: input -> the coder that feeds it; `packed`: the inputs that the archive feeds, in order; `sizes`: what each
    coder puts out; `first`: the archive's packed stream that is the first of this folder's."""

    coders: list[Coder]
    bound: dict[int, int]
    packed: list[int]
    sizes: list[int] = field(default_factory=list)
    crc: int | None = None
    parts: list[_Part] = field(default_factory=list)
    first: int = 0

    @property
    def main(self) -> int:
        """The coder whose output is the folder's own."""
        return next((i for i in range(len(self.coders)) if i not in self.bound.values()), 0)

    @property
    def locked(self) -> bool:
        return any(coder.id == AES for coder in self.coders)


@dataclass
class _Streams:
    """`at`: where the packed streams begin, which have these sizes."""

    at: int = 0
    packed: list[int] = field(default_factory=list)
    folders: list[_Folder] = field(default_factory=list)


def walk_7z(content: bytes, found: Walk, budget: Budget) -> None:
    """Fills `found`. Raises `Damaged`, `Exhausted`."""
    if len(content) < 32:
        raise Damaged("it ends too early")
    crc, at, size, told = struct.unpack_from("<IQQI", content, 8)
    listed = content[32 + at : 32 + at + size]
    if zlib.crc32(content[12:32]) != crc or len(listed) < size or zlib.crc32(listed) != told:
        raise Damaged("its list of members is not there")
    for _ in range(_NESTED):
        if listed[:1] != bytes((_ENCODED,)):
            break
        streams = _streams(_Reader(listed[1:]))
        if len(streams.folders) != 1 or streams.folders[0].sizes[streams.folders[0].main] > _LIST_MOST:
            raise Damaged("its list of members cannot be unpacked")
        listed = _list(content, streams, streams.folders[0], found, budget)
    if listed:
        _members(content, _Reader(listed), found, budget)


def _list(content: bytes, streams: _Streams, folder: _Folder, found: Walk, budget: Budget) -> bytes:
    """A packed list of members; empty where it is locked and no password opens it."""
    if not folder.locked:
        return b"".join(_output(content, streams, folder, budget))
    for password in found.passwords:
        try:
            listed = b"".join(_output(content, streams, folder, budget.trial(), password))
        except (Damaged, Exhausted):
            continue
        if folder.crc in (None, zlib.crc32(listed)):
            found.opened_by(password)
            return listed
    found.sealed = True
    return b""


class _Reader:
    """The bytes of a list; whatever is beyond their end is `Damaged`."""

    def __init__(self, data: bytes) -> None:
        self._data, self._at = data, 0

    def take(self, count: int) -> bytes:
        piece = self._data[self._at : self._at + count]
        if len(piece) < count:
            raise Damaged("its list of members ends too early")
        self._at += count
        return piece

    def byte(self) -> int:
        return self.take(1)[0]

    def number(self) -> int:
        """As many bytes follow as the first has ones in front; what is left of that one is the highest."""
        first = self.byte()
        following = next((i for i in range(8) if not first & 0x80 >> i), 8)
        low = int.from_bytes(self.take(following), "little")
        return low | (first & 0xFF >> following + 1) << 8 * following

    def count(self, most: int = LISTED) -> int:
        """A number of things that follow."""
        many = self.number()
        if many > most:
            raise Damaged(f"it speaks of {many} things where at most {most} are listed")
        return many

    def bits(self, count: int) -> list[bool]:
        data = self.take((count + 7) // 8)
        return [bool(data[i >> 3] & 0x80 >> (i & 7)) for i in range(count)]

    def some(self, count: int) -> list[bool]:
        """All, or those whose bit is set."""
        return [True] * count if self.byte() else self.bits(count)

    def checks(self, count: int) -> list[int | None]:
        return [int.from_bytes(self.take(4), "little") if there else None for there in self.some(count)]


def _lost() -> Damaged:
    return Damaged("its list of members cannot be followed")


def _streams(reader: _Reader) -> _Streams:
    """What is packed, how, and which parts it has."""
    found = _Streams()
    while (kind := reader.byte()) != _END:
        if kind == _PACKED:
            found.at = 32 + reader.number()
            count = reader.count()
            while (kind := reader.byte()) != _END:
                if kind == _SIZE:
                    found.packed = [reader.number() for _ in range(count)]
                elif kind == _CRC:
                    reader.checks(count)
                else:
                    raise _lost()
        elif kind == _UNPACKED:
            _folders(reader, found)
        elif kind == _SUBSTREAMS:
            _parts(reader, found.folders)
        else:
            raise _lost()
    first = 0
    for folder in found.folders:
        folder.first, first = first, first + len(folder.packed)
    return found


def _folders(reader: _Reader, found: _Streams) -> None:
    while (kind := reader.byte()) != _END:
        if kind == _FOLDERS:
            count = reader.count()
            if reader.byte():
                raise _lost()
            found.folders = [_folder(reader) for _ in range(count)]
        elif kind == _SIZES:
            for folder in found.folders:
                folder.sizes = [reader.number() for _ in folder.coders]
        elif kind == _CRC:
            for folder, crc in zip(found.folders, reader.checks(len(found.folders)), strict=True):
                folder.crc = crc
        else:
            raise _lost()
    for folder in found.folders:
        if not folder.sizes:
            raise _lost()
        folder.parts = [_Part(folder.sizes[folder.main], folder.crc)]


def _folder(reader: _Reader) -> _Folder:
    coders = []
    for _ in range(reader.count(_CODERS)):
        flags = reader.byte()
        id_ = reader.take(flags & 15)
        inputs, outputs = (reader.count(_CODERS), reader.count(_CODERS)) if flags & 0x10 else (1, 1)
        if outputs != 1:
            raise Damaged("a coder with several outputs")
        coders.append(Coder(id_, inputs, reader.take(reader.count(1 << 16)) if flags & 0x20 else b""))
    bound = {reader.number(): reader.number() for _ in coders[1:]}
    free = [i for i in range(sum(coder.inputs for coder in coders)) if i not in bound]
    packed = [reader.number() for _ in free] if len(free) > 1 else free
    if not coders or any(feeder >= len(coders) for feeder in bound.values()):
        raise _lost()
    return _Folder(coders, bound, packed)


def _parts(reader: _Reader, folders: list[_Folder]) -> None:
    """How many members each folder holds, their sizes but for each last one's, and their checksums."""
    kind, counts = reader.byte(), [1] * len(folders)
    if kind == _COUNTS:
        counts = [reader.count() for _ in folders]
        kind = reader.byte()
    if sum(counts) > LISTED:
        raise Damaged(f"more than {LISTED} members")
    told = kind == _SIZE
    for folder, count in zip(folders, counts, strict=True):
        known = [reader.number() for _ in range(count - 1)] if told else []
        left = folder.sizes[folder.main] - sum(known)
        if left < 0 or (count > 1 and not told):
            raise _lost()
        folder.parts = [_Part(size, None) for size in (*known, left)[:count]]
    kind = reader.byte() if told else kind
    if kind == _CRC:
        single = [folder.crc is not None and len(folder.parts) == 1 for folder in folders]
        checks = iter(reader.checks(sum(n for n, done in zip(counts, single, strict=True) if not done)))
        for folder, done in zip(folders, single, strict=True):
            folder.parts = [_Part(part.size, folder.crc if done else next(checks)) for part in folder.parts]
        kind = reader.byte()
    if kind != _END:
        raise _lost()


def _members(content: bytes, reader: _Reader, found: Walk, budget: Budget) -> None:
    """The members, and what of them is unpacked."""
    streams, members = _Streams(), list[Member]()
    filled: list[int] = []  # members that have bytes, in the order of the folders' parts
    if reader.byte() != _HEADER:
        raise _lost()
    while (kind := reader.byte()) != _END:
        if kind == _PROPERTIES:
            while reader.byte() != _END:
                reader.take(reader.number())
        elif kind in (_ADDITIONAL, _MAIN):
            streams = _streams(reader)
        elif kind == _FILES:
            members, filled = _files(reader)
        else:
            raise _lost()
    found.count = len(members)
    wanted = first_active(members, MOST)
    at = 0
    try:
        for folder in streams.folders:
            mine = filled[at : at + len(folder.parts)]
            at += len(folder.parts)
            start = 0
            taken: list[tuple[int, int, int]] = []
            for i, part in zip(mine, folder.parts, strict=False):
                members[i] = replace(members[i], size=part.size, problem=unread(folder.coders))
                if i in wanted:
                    taken.append((start, part.size, i))
                start += part.size
            if unread(folder.coders):
                continue
            if folder.locked:
                _unlocked(content, streams, folder, taken, mine, members, found, budget)
            elif taken:
                stretches(_output(content, streams, folder, budget), taken, members, found, budget)
                _checked(members, mine, folder)
    finally:
        found.members += members
        found.left += sum(
            members[i].content is None and not members[i].encrypted and members[i].kind == "file" for i in filled
        )


def _unlocked(
    content: bytes, streams: _Streams, folder: _Folder, taken: list[tuple[int, int, int]], mine: list[int], members: list[Member],
    found: Walk, budget: Budget,
) -> None:  # fmt: skip
    """A folder under a password, by one of those that came with the archive: the members' checksums say which."""
    known = taken and any(part.crc is not None for part in folder.parts)
    for password in found.passwords if known else ():
        tried, trial = list(members), budget.trial()
        try:
            stretches(_output(content, streams, folder, trial, password), taken, tried, found, trial)
        except Exhausted:
            continue
        _checked(tried, mine, folder)
        if any(tried[i].content for _, _, i in taken):
            budget.left = trial.left
            members[:] = tried
            found.opened_by(password)
            return
    for i in mine:
        members[i] = replace(members[i], encrypted=True)


def _checked(members: list[Member], mine: list[int], folder: _Folder) -> None:
    for i, part in zip(mine, folder.parts, strict=False):
        inner = members[i].content
        if inner is not None and part.crc is not None and zlib.crc32(inner) != part.crc:
            members[i] = replace(members[i], content=None, problem="damaged: its checksum does not hold")
        elif inner is not None and members[i].kind == "link":
            members[i] = replace(members[i], content=None, target=inner[:4096].decode("utf-8", "replace"))


def _output(content: bytes, streams: _Streams, folder: _Folder, budget: Budget, password: str = "") -> Iterator[bytes]:
    """What a folder unpacks to."""
    places, at = [], streams.at
    for size in streams.packed:
        places.append((at, size))
        at += size
    mine = places[folder.first : folder.first + len(folder.packed)]
    if len(mine) < len(folder.packed) or any(start + size > len(content) for start, size in mine):
        raise Damaged("it ends too early")
    fed = {i: memoryview(content)[start : start + size] for i, (start, size) in zip(folder.packed, mine, strict=True)}
    return unfolded(folder.coders, folder.sizes, folder.bound, fed, folder.main, budget, password)


def _files(reader: _Reader) -> tuple[list[Member], list[int]]:
    """Every member as it is listed, and the numbers of those that have bytes."""
    count = reader.count()
    names, kinds = [""] * count, [0] * count
    without: list[bool] = [False] * count
    files: list[bool] = []  # of those without bytes
    while (kind := reader.byte()) != _END:
        inner = _Reader(reader.take(reader.number()))
        if kind == _NAMES and not inner.byte():
            names = _names(inner, count)
        elif kind == _EMPTY_STREAM:
            without = inner.bits(count)
        elif kind == _EMPTY_FILE:
            files = inner.bits(sum(without))
        elif kind == _ATTRIBUTES:
            there = inner.some(count)
            if not inner.byte():
                kinds = [int.from_bytes(inner.take(4), "little") if is_there else 0 for is_there in there]
    empty = iter(files or [False] * sum(without))
    members = []
    for name, attributes, bare in zip(names, kinds, without, strict=True):
        is_file = next(empty) if bare else True
        link = attributes & _UNIX and attributes >> 16 & 0o170000 == _LINK
        members.append(Member(name, kind="link" if link else "file" if is_file else "folder"))
    return members, [i for i, bare in enumerate(without) if not bare]


def _names(reader: _Reader, count: int) -> list[str]:
    names = []
    for _ in range(count):
        raw = bytearray()
        while (letter := reader.take(2)) != b"\0\0":
            raw += letter
            if len(raw) > 65_536:
                raise _lost()
        names.append(raw.decode("utf-16-le", "replace"))
    return names


__all__ = ["walk_7z"]
