"""RAR 4 and 5 (technote.txt of WinRAR; libarchive's notes on RAR 4): the list of members with sizes and flags, and the bytes of
those that are stored or packed by RAR 5's method. What RAR 4 and 7 pack by methods of their own is said to be unread.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from assay.formats.archive import LISTED, MOST, Member, Walk, first_active
from assay.formats.unpack import Budget, Damaged

if TYPE_CHECKING:
    from assay.formats.rar5_packed import Unpacker

_MARK4, _MARK5 = b"Rar!\x1a\x07\x00", b"Rar!\x1a\x07\x01\x00"
_PACKED = "packed by a method of RAR's that is not read here"
_ELSEWHERE = "it goes on in another volume"
_HEADER_MOST = 2 << 20  # bytes of a header of RAR 5


class _Entry(NamedTuple):
    """`at` of its bytes, which are the file as it is where `stored`; `crc` of the whole file, where it is told."""

    member: Member
    at: int
    packed: int
    stored: bool
    split: bool
    crc: int | None
    solid: bool = False
    known: bool = False  # it is packed by a method that is read here
    lock: bytes = b""  # how it is encrypted, where a password can be tried


def walk_rar(content: bytes, found: Walk, budget: Budget) -> None:
    """Fills `found`. Raises `Damaged`, `Exhausted`."""
    entries: list[_Entry] = []
    try:
        for entry in _five(content, found) if content.startswith(_MARK5) else _four(content, found):
            found.count += 1
            if found.count > LISTED:
                found.problem = f"more than {LISTED} members"
                break
            entries.append(entry)
    finally:
        wanted = first_active([entry.member for entry in entries], MOST)
        packed = _Packed(budget)
        for i, entry in enumerate(entries):
            data = _data(content, entry, found) if i in wanted else None
            member = entry.member if data is None else _taken(data, entry, budget, packed)
            found.left += member.kind == "file" and member.content is None and not member.encrypted
            found.members.append(member)


class _Packed:
    """Members that RAR 5's own method packed, in their order. Of a solid archive one that was left out leaves out what follows."""

    def __init__(self, budget: Budget) -> None:
        self._budget, self._lost = budget, False
        self._unpacker: Unpacker | None = None

    def bytes_of(self, packed: bytes, entry: _Entry) -> bytes | str:
        """The member's bytes, or why there are none. Raises `Exhausted`."""
        if self._unpacker is None:
            from assay.formats.rar5_packed import Unpacker

            self._unpacker = Unpacker()
        size = entry.member.size
        if size > min(self._budget.member, self._budget.left) or (entry.solid and self._lost):
            self._lost = True
            return "not unpacked"
        self._budget.spend(size, size / max(1, len(packed)))
        try:
            inner = self._unpacker.unpack(packed, size, solid=entry.solid)
        except Damaged as error:
            self._lost = True
            return f"damaged: {error}"
        self._lost = False
        return inner


def _data(content: bytes, entry: _Entry, found: Walk) -> bytes | None:
    """A member's bytes as they are packed, by one of the passwords that came with it where it is locked; None where there are none."""
    data = content[entry.at : entry.at + entry.packed]
    if entry.member.kind not in ("file", "link") or entry.member.target:
        return None
    if not entry.member.encrypted:
        return data
    from assay.formats.locked import aes_rar5

    for password in found.passwords if entry.lock and not entry.split else ():
        plain = aes_rar5(data, password, entry.lock)
        if plain is not None:
            found.opened_by(password)
            return plain
    return None


def _taken(data: bytes, entry: _Entry, budget: Budget, packed: _Packed) -> Member:
    """A member with its bytes, where they lie here as they are or are packed in a way that is read."""
    member = replace(entry.member, encrypted=False)
    if entry.split or entry.packed > budget.member or not (entry.stored or entry.known):
        return replace(member, problem=_ELSEWHERE if entry.split else "not unpacked" if entry.stored else _PACKED)
    if entry.stored:
        inner: bytes | str = data[: member.size] if entry.lock else data
        budget.spend(len(inner), 1.0)
    else:
        inner = packed.bytes_of(data, entry)
    if isinstance(inner, str):
        return replace(member, problem=inner)
    if len(inner) != member.size or (entry.crc is not None and zlib.crc32(inner) != entry.crc):
        return replace(member, problem="damaged: it is not what its checksum says")
    if member.kind == "link":
        return replace(member, target=member.target or inner[:4096].decode("utf-8", "replace"))
    return replace(member, content=inner)


# -- RAR 4 ------------------------------------------------------------------------------------------------------------

_FILE4 = struct.Struct("<IIBIIBBHI")
_MAIN, _FILE, _END = 0x73, 0x74, 0x7B
_LOCKED_LIST, _MORE = 0x80, 0x8000
_SPLIT, _LOCKED, _COMMENT, _FOLDER, _WIDE, _UNICODE = 0x03, 0x04, 0x08, 0xE0, 0x100, 0x200


def _four(content: bytes, found: Walk) -> Iterator[_Entry]:
    at = len(_MARK4)
    while at + 7 <= len(content):
        crc, kind, flags, size = struct.unpack_from("<HBHH", content, at)
        header = content[at : at + size]
        if size < 7 or len(header) < size:
            raise Damaged("a header does not hold")
        if kind == _END:
            return
        if kind == _MAIN and flags & _LOCKED_LIST:
            found.sealed = True
            return
        beside = 0
        if kind == _FILE:
            if size < 7 + _FILE4.size or (zlib.crc32(header[2:]) & 0xFFFF != crc and not flags & _COMMENT):
                raise Damaged("a header's checksum does not hold")
            entry = _entry4(header, flags, at)
            beside = entry.packed
            yield entry
        elif flags & _MORE and size >= 11:
            beside = int.from_bytes(header[7:11], "little")
        at += size + beside


def _entry4(header: bytes, flags: int, at: int) -> _Entry:
    packed, size, system, crc, _, _, method, length, attributes = _FILE4.unpack_from(header, 7)
    begins = 7 + _FILE4.size
    if flags & _WIDE and len(header) >= begins + 8:
        high_packed, high_size = struct.unpack_from("<II", header, begins)
        packed, size, begins = packed | high_packed << 32, size | high_size << 32, begins + 8
    name = _name4(header[begins : begins + length], bool(flags & _UNICODE)).replace("\\", "/")
    link = system == 3 and attributes & 0o170000 == 0o120000
    kind = "folder" if flags & _FOLDER == _FOLDER else "link" if link else "file"
    member = Member(name, size, at, kind=kind, encrypted=bool(flags & _LOCKED))
    return _Entry(member, at + len(header), packed, method == 0x30, bool(flags & _SPLIT), crc)


def _name4(raw: bytes, unicode_: bool) -> str:
    """The name; a zero byte divides it from how its letters differ in UTF-16."""
    plain, zero, told = raw.partition(b"\0")
    if not unicode_ or not zero:
        try:
            return plain.decode("utf-8")
        except UnicodeDecodeError:
            return plain.decode("cp437")
    out: list[int] = []
    high, at, flags, left = told[0] if told else 0, 1, 0, 0
    while at < len(told) and len(out) < len(raw):
        if not left:
            flags, left, at = told[at], 4, at + 1
        left -= 1
        how = flags >> 2 * left & 3
        piece = told[at : at + (2 if how == 2 else 1)]
        if not piece:
            break
        at += len(piece)
        if how < 2:
            out.append(piece[0] | (high << 8 if how else 0))
        elif how == 2:
            out.append(int.from_bytes(piece, "little"))
        else:  # a stretch of the plain name, shifted where the next byte says so
            shift = told[at] if piece[0] & 0x80 and at < len(told) else None
            at += shift is not None
            same = plain[len(out) : len(out) + (piece[0] & 0x7F) + 2]
            out += [b if shift is None else (b + shift & 0xFF) | high << 8 for b in same]
    return b"".join(unit.to_bytes(2, "little") for unit in out).decode("utf-16-le", "replace")


# -- RAR 5 ------------------------------------------------------------------------------------------------------------

_FILE5, _SERVICE5, _ENCRYPTION5, _END5 = 2, 3, 4, 5
_EXTRA, _DATA, _BEFORE, _AFTER = 1, 2, 8, 16  # of a header's flags
_IS_FOLDER, _HAS_TIME, _HAS_CRC, _SIZE_UNKNOWN = 1, 2, 4, 8  # of a file's flags
_RECORD_LOCKED, _RECORD_LINK, _RECORD_SERVICE = 1, 5, 7


class _Numbers:
    """Numbers of seven bits a byte, low ones first, each byte but the last with its highest bit set."""

    def __init__(self, data: bytes, at: int = 0) -> None:
        self.data, self.at = data, at

    def next(self) -> int:
        value = shift = 0
        while self.at < len(self.data) and shift < 70:
            byte = self.data[self.at]
            self.at += 1
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return value
        raise Damaged("a header ends too early")

    def take(self, count: int) -> bytes:
        piece = self.data[self.at : self.at + count]
        self.at += len(piece)
        if len(piece) < count:
            raise Damaged("a header ends too early")
        return piece


def _header5(content: bytes, at: int, key: bytes) -> tuple[bytes, int]:
    """A header and where it ends; a locked one stands behind the start of its chain of blocks, padded to whole blocks."""
    first, begins = content[at : at + 16], at + 16 if key else at
    if key:
        from assay.formats.locked import without_cbc

        start, first = first, without_cbc(content[begins : begins + 16], key, first)
    numbers = _Numbers(first[4:])
    size = numbers.next()
    length = 4 + numbers.at + size
    end = begins + (-(-length // 16) * 16 if key else length)
    if size > _HEADER_MOST:
        raise Damaged("a header is too long")
    plain = without_cbc(content[begins:end], key, start) if key else content[at:end]
    if zlib.crc32(plain[4:length]) != int.from_bytes(plain[:4], "little"):
        raise Damaged("a header's checksum does not hold")
    return plain[4 + numbers.at : length], end


def _opening(told: _Numbers, found: Walk) -> bytes:
    """The key of locked headers, by a password that came with the archive; empty where none opens them."""
    version, flags = told.next(), told.next()
    power, salt = told.take(1)[0], told.take(16)
    if version or not flags & 1:
        return b""
    from assay.formats.locked import rar5_key

    check = told.take(8)
    for password in found.passwords:
        key = rar5_key(password, salt, power, check)
        if key is not None:
            found.opened_by(password)
            return key
    return b""


def _five(content: bytes, found: Walk) -> Iterator[_Entry]:
    at, key = len(_MARK5), b""
    while at + 7 <= len(content):
        header, end = _header5(content, at, key)
        told = _Numbers(header)
        kind, flags = told.next(), told.next()
        extra = told.next() if flags & _EXTRA else 0
        beside = told.next() if flags & _DATA else 0
        if kind == _ENCRYPTION5:
            key = _opening(told, found)
            found.sealed = not key
        if found.sealed or kind == _END5:
            return
        if kind in (_FILE5, _SERVICE5):
            records = dict(_records(header[len(header) - min(extra, len(header)) :]))
            if kind == _FILE5:
                yield _entry5(told, flags, records, at, end, beside)
            elif b"/" in (stream := records.get(_RECORD_SERVICE, b"")).replace(b"\\", b"/") and stream.startswith(b":"):
                # A file's second stream has a name, never a path: CVE-2025-8088 writes elsewhere by one.
                found.fault("outside", at, stream.decode("utf-8", "replace"), grave=True)
        at = end + beside


def _entry5(told: _Numbers, flags: int, records: dict[int, bytes], at: int, begins: int, packed: int) -> _Entry:
    about, size, _ = told.next(), told.next(), told.next()
    if about & _HAS_TIME:
        told.take(4)
    crc = int.from_bytes(told.take(4), "little") if about & _HAS_CRC else None
    how, _ = told.next(), told.next()
    name = told.take(told.next()).decode("utf-8", "replace")
    kind, target = "folder" if about & _IS_FOLDER else "file", ""
    if _RECORD_LINK in records:
        link = _Numbers(records[_RECORD_LINK])
        _, _, length = link.next(), link.next(), link.next()
        kind, target = "link", link.take(length).decode("utf-8", "replace")
    locked = _RECORD_LOCKED in records
    member = Member(name, size, at, kind=kind, target=target, encrypted=locked)
    method, solid, known = how >> 7 & 7, bool(how & 0x40), not how & 0x3F and not about & _SIZE_UNKNOWN
    lock = records.get(_RECORD_LOCKED, b"")
    if lock[1:2] and lock[1] & 2:  # its checksum is of no use without the key
        crc = None
    return _Entry(member, begins, packed, method == 0, bool(flags & (_BEFORE | _AFTER)), crc, solid, known, lock)


def _records(extra: bytes) -> Iterator[tuple[int, bytes]]:
    """What stands behind a header's own fields: (kind, bytes)."""
    numbers = _Numbers(extra)
    while numbers.at < len(extra):
        size = numbers.next()
        record = _Numbers(numbers.take(size))
        yield record.next(), record.data[record.at :]


__all__ = ["walk_rar"]
