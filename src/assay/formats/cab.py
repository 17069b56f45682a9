"""Cabinets ([MS-CAB]), stored or packed by MSZIP: folders of data blocks, each deflated with the one before as its dictionary,
and files that are stretches of a folder. LZX and Quantum are recognised and said to be unread.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from assay.formats.archive import MOST, Member, Walk, first_active, stretches
from assay.formats.unpack import Budget, Damaged

_STORED, _MSZIP = 0, 1
_METHODS = {2: "Quantum", 3: "LZX"}
_BLOCK = 32_768  # bytes of a block at most, unpacked
_BEFORE, _AFTER, _RESERVES = 1, 2, 4  # of the header's flags
_ELSEWHERE = 0xFFFD  # a folder's number from which a file lies partly in another cabinet
_UTF8 = 0x80  # of a file's attributes
_HEADER, _FOLDER, _FILE, _DATA = (struct.Struct(f) for f in ("<16xI4xBBHHH4x", "<IHH", "<IIH4xH", "<IHH"))


class _Folder(NamedTuple):
    at: int
    blocks: int
    method: int


class _File(NamedTuple):
    """`start`: byte in the unpacked folder."""

    folder: int
    start: int
    member: Member


def walk_cab(content: bytes, found: Walk, budget: Budget) -> None:
    """Fills `found`. Raises `Damaged`, `Exhausted`."""
    folders, files, extra = _listed(content)
    found.count = len(files)
    members = [file.member for file in files]
    wanted = first_active(members, MOST)
    try:
        for number, folder in enumerate(folders):
            mine = [i for i, file in enumerate(files) if file.folder == number]
            if folder.method not in (_STORED, _MSZIP):
                told = f"packed by {_METHODS.get(folder.method, f'method {folder.method}')}, which is not read here"
                for i in mine:
                    members[i] = replace(members[i], problem=told)
                continue
            taken = sorted((files[i].start, files[i].member.size, i) for i in mine if i in wanted)
            stretches(_blocks(content, folder, extra, budget), taken, members, found, budget)
    finally:
        found.members += members
        found.left += sum(member.content is None for member in members)


def _listed(content: bytes) -> tuple[list[_Folder], list[_File], int]:
    """Folders and files, and how many bytes each block's header has beside its own."""
    try:
        at_files, _, _, folder_count, file_count, flags = _HEADER.unpack_from(content)
        at, beside_folder, beside_block = _HEADER.size, 0, 0
        if flags & _RESERVES:
            beside, beside_folder, beside_block = struct.unpack_from("<HBB", content, at)
            at += 4 + beside
        for _ in range(2 * bool(flags & _BEFORE) + 2 * bool(flags & _AFTER)):  # names of other cabinets and their disks
            at = _end_of_text(content, at) + 1
        folders = []
        for _ in range(folder_count):
            begins, blocks, method = _FOLDER.unpack_from(content, at)
            folders.append(_Folder(begins, blocks, method & 15))
            at += _FOLDER.size + beside_folder
        files, at = [], at_files
        for _ in range(file_count):
            size, start, folder, attributes = _FILE.unpack_from(content, at)
            end = _end_of_text(content, at + _FILE.size)
            raw = content[at + _FILE.size : end]
            name = raw.decode("utf-8" if attributes & _UTF8 else "cp437", "replace")
            lost = "it lies partly in another cabinet" if folder >= _ELSEWHERE else "damaged: its folder is not there"
            files.append(_File(folder, start, Member(name, size, at, problem="" if folder < folder_count else lost)))
            at = end + 1
    except struct.error:
        raise Damaged("its lists end too early") from None
    return folders, files, beside_block


def _end_of_text(content: bytes, at: int) -> int:
    end = content.find(b"\0", at, at + 1024)
    if end < 0:
        raise Damaged("a name does not end")
    return end


def _blocks(content: bytes, folder: _Folder, extra: int, budget: Budget) -> Iterator[bytes]:
    """What a folder's blocks unpack to."""
    at, before = folder.at, b""
    for _ in range(folder.blocks):
        if at + _DATA.size + extra > len(content):
            raise Damaged("it ends too early")
        told, packed, size = _DATA.unpack_from(content, at)
        data = content[at + _DATA.size + extra : at + _DATA.size + extra + packed]
        if told and told != _checksum(content[at + 4 : at + _DATA.size + extra], _checksum(data)):
            raise Damaged("a block's checksum does not hold")
        at += _DATA.size + extra + packed
        if size == 0:  # the rest of the block is in the next cabinet
            raise Damaged("it goes on in another cabinet")
        before = _inflated(data, before) if folder.method == _MSZIP else data
        if len(before) != size or size > _BLOCK + 6144:
            raise Damaged("a block is not as long as it says")
        budget.spend(size, size / max(1, packed))
        yield before


def _inflated(data: bytes, before: bytes) -> bytes:
    if data[:2] != b"CK":
        raise Damaged("a block does not begin as it must")
    try:
        unpacker = zlib.decompressobj(-15, zdict=before) if before else zlib.decompressobj(-15)
        return unpacker.decompress(data[2:], _BLOCK)
    except zlib.error as error:
        raise Damaged(str(error)) from None


def _checksum(data: bytes, seed: int = 0) -> int:
    """The exclusive or of all words of four bytes; what is left over counts from its high end."""
    whole = len(data) & ~3
    words = np.frombuffer(data, "<u4", whole // 4)
    return (
        int(np.bitwise_xor.reduce(words)) ^ int.from_bytes(data[whole:], "big") ^ seed
        if whole
        else (int.from_bytes(data, "big") ^ seed)
    )


__all__ = ["walk_cab"]
