"""nfdump's own files (nfcapd): flows in blocks, in layout 1 (nfdump 1.5, 1.6) and layout 2 (1.7), of either byte order, plain or
packed by LZO, bzip2, LZ4 or zstd.

Only times, ends, ports, flags and amounts are told; what else a record holds is passed over. A block says how long it is, so
that a broken one takes no other with it.
"""

from __future__ import annotations

import bz2
import struct
from collections.abc import Callable, Iterator
from socket import AF_INET, AF_INET6, inet_ntop
from typing import IO, NamedTuple

from assay.core.errors import UnreadableInput

MOST_BLOCK = 16 << 20  # bytes, packed and plain; nfdump's own buffers have 5 MiB
_HEADS = {1: (276, 140), 2: (40, 40)}  # layout -> where blocks begin, and bytes of the header
_V0, _COMMON, _V3 = 1, 10, 11  # types of records
_IPV6, _PACKETS_64, _BYTES_64 = 1, 2, 4


class Record(NamedTuple):
    """`first`, `last` microseconds since 1970; `protocol` IANA's number; `flags` of TCP; `bytes` this way, `back` the other way
    (0 where that is a record of its own)."""

    first: int
    last: int
    source: str
    destination: str
    source_port: int
    port: int
    protocol: int
    flags: int
    bytes: int
    back: int


def is_nfcapd(head: bytes) -> bool:
    return head[:2] in (b"\x0c\xa5", b"\xa5\x0c") and len(head) >= 40 and head[2:4] in (
        b"\1\0", b"\0\1", b"\2\0", b"\0\2", b"\3\0", b"\0\3",
    )  # fmt: skip


def records(file: IO[bytes], broken: Callable[[int, str], None]) -> Iterator[Record]:
    """Every flow in the file's order. `broken` hears of blocks and records that cannot be read: the number of the block from 1, and
    why. Raises `UnreadableInput` where nothing can."""
    head = file.read(276)
    order = "<" if head[:2] == b"\x0c\xa5" else ">"
    if not is_nfcapd(head):
        raise UnreadableInput("this is no file of nfdump's")
    layout = struct.unpack_from(order + "H", head, 2)[0]
    if layout not in _HEADS:
        raise UnreadableInput(
            f"layout {layout} of nfdump's files is not read", hint="nfdump -r FILE -o csv writes text"
        )
    begin, length = _HEADS[layout]
    if len(head) < length:
        raise UnreadableInput("the file ends within its header")
    unpack = _unpacking(layout, order, head)
    file.seek(begin)
    number = 0
    while block := file.read(12):
        number += 1
        if len(block) < 12:
            broken(number, "the file ends within the head of a block")
            return
        _, size, kind, flags = struct.unpack(order + "IIHH", block)
        if size > MOST_BLOCK:
            broken(number, f"a block of {size} bytes; nothing is read from here on")
            return
        data, why = file.read(size), ""
        if kind in (2, 3):  # others are statistics and names
            try:
                yield from _records(data if flags & 1 else unpack(data), order)
            except (ValueError, EOFError, OSError, struct.error) as error:
                why = str(error)
        if len(data) < size:
            why = f"the file ends within a block of {size} bytes"
        if why:
            broken(number, why)
        if len(data) < size:
            return


def _unpacking(layout: int, order: str, head: bytes) -> Callable[[bytes], bytes]:
    if layout == 1:
        flags = struct.unpack_from(order + "I", head, 4)[0]
        packed = 1 if flags & 1 else 2 if flags & 8 else 3 if flags & 16 else 0
    else:
        packed, encrypted = head[16], head[17]
        if encrypted:
            raise UnreadableInput("the flows are encrypted", hint="nfdump -r FILE -o csv writes text")
    if packed >= len(_UNPACK):
        raise UnreadableInput(f"compression {packed} is not known", hint="nfdump -r FILE -o csv writes text")
    return _UNPACK[packed]


def _plain(data: bytes) -> bytes:
    return data


def _lzo(data: bytes) -> bytes:
    from assay.formats.lz import unpack_lzo

    return unpack_lzo(data, MOST_BLOCK)


def _bz2(data: bytes) -> bytes:
    unpacker = bz2.BZ2Decompressor()
    out = unpacker.decompress(data, MOST_BLOCK)
    if not unpacker.eof:
        raise ValueError("the packed data is cut short or too long")
    return out


def _lz4(data: bytes) -> bytes:
    from assay.formats.lz import unpack_lz4

    return unpack_lz4(data, MOST_BLOCK)


def _zstd(data: bytes) -> bytes:
    import zstandard

    try:
        return bytes(zstandard.ZstdDecompressor().decompress(data, max_output_size=MOST_BLOCK))
    except zstandard.ZstdError as error:
        raise ValueError(str(error)) from None


_UNPACK = (_plain, _lzo, _bz2, _lz4, _zstd)


def _records(data: bytes, order: str) -> Iterator[Record]:
    at = 0
    while at + 4 <= len(data):
        kind, size = struct.unpack_from(order + "HH", data, at)
        if size < 4 or at + size > len(data):
            raise ValueError(f"a record of {size} bytes at byte {at} of a block of {len(data)}")
        found = None
        if kind in (_COMMON, _V0):
            found = _common(data[at : at + size], order, 32 if kind == _COMMON else 28)
        elif kind == _V3:
            found = _elements(data[at : at + size], order)
        if found is not None:
            yield found
        at += size


def _common(data: bytes, order: str, at: int) -> Record:
    """Layout 1: what each flow has, then its ends, packets and bytes, as wide as the flags say."""
    flags = struct.unpack_from(order + "H", data, 4)[0] if at == 32 else data[4]
    msec_first, msec_last, first, last, _, tcp, protocol, _, source_port, port = struct.unpack_from(
        order + "HHIIBBBBHH", data, 8
    )
    source, destination, at = _ends(data, order, at, 6 if flags & _IPV6 else 4)
    at += 8 if flags & _PACKETS_64 else 4
    (amount,) = struct.unpack_from(order + ("Q" if flags & _BYTES_64 else "I"), data, at)
    return Record(
        first * 1_000_000 + msec_first * 1000, last * 1_000_000 + msec_last * 1000, source, destination, source_port, port,
        protocol, tcp, amount, 0,
    )  # fmt: skip


def _elements(data: bytes, order: str) -> Record | None:
    """Layout 2: elements, each with its type and length. None for what is no flow between two addresses."""
    generic, ends, back, at = None, None, 0, 12
    while at + 4 <= len(data):
        kind, length = struct.unpack_from(order + "HH", data, at)
        if length < 4 or at + length > len(data):
            raise ValueError(f"an element of {length} bytes")
        if kind == 1:
            generic = struct.unpack_from(order + "QQQQQHHBBBB", data, at + 4)
        elif kind in (2, 3):
            ends = _ends(data, order, at + 4, 4 if kind == 2 else 6)
        elif kind == 5:
            back = struct.unpack_from(order + "QQQ", data, at + 4)[2]
        at += length
    if generic is None or ends is None:
        return None
    first, last, _, _, amount, source_port, port, protocol, tcp, _, _ = generic
    return Record(first * 1000, last * 1000, ends[0], ends[1], source_port, port, protocol, tcp, amount, back)


def _ends(data: bytes, order: str, at: int, version: int) -> tuple[str, str, int]:
    """(source, destination, where they end): addresses are whole numbers in the file's byte order."""
    if version == 4:
        told = struct.unpack_from(order + "II", data, at)
        one, other = (inet_ntop(AF_INET, struct.pack(">I", value)) for value in told)
        return one, other, at + 8
    told = struct.unpack_from(order + "QQQQ", data, at)
    one, other = (inet_ntop(AF_INET6, struct.pack(">QQ", *told[i : i + 2])) for i in (0, 2))
    return one, other, at + 32


__all__ = ["MOST_BLOCK", "Record", "is_nfcapd", "records"]
