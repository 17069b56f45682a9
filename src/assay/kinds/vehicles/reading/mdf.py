"""ASAM MDF 4 (`.mf4`): its blocks, the layout of its records, and its data, plain, listed (DL, HL) or deflated (DZ).

Pure and bounded: addresses are checked before they are followed, chains and compositions have an end, and no more is
unpacked than `MOST_BYTES`, whatever a block says of its size. Source: ASAM MDF 4.1 base standard.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from assay.core.errors import UnreadableInput

MOST_BYTES = 1 << 29  # of all data of one file, unpacked
MOST_BLOCKS = 200_000
_DEEPEST = 3  # compositions inside compositions
FIXED, VLSD, MASTER, VIRTUAL_MASTER, VIRTUAL = 0, 1, 2, 3, 6  # channel types


@dataclass(frozen=True)
class Channel:
    """Where a channel lies in its record: `byte`, `bit` and `bits`; `linear` is (offset, slope) of its conversion."""

    name: str
    kind: int
    number: int  # data type: 0 and 1 unsigned, 2 and 3 signed, 4 and 5 float (little, big endian), 10 bytes
    byte: int
    bit: int
    bits: int
    linear: tuple[float, float] | None
    data: int  # address of what a VLSD channel points into, 0 where none


@dataclass(frozen=True)
class Group:
    """One kind of record. `vlsd`: its records are values of changing size for a channel of another group."""

    address: int
    record_id: int
    cycles: int
    vlsd: bool
    width: int  # bytes of a record with its invalidation bytes, without its id
    channels: tuple[Channel, ...] = ()


@dataclass(frozen=True)
class Stream:
    """A data group: records of its groups, each led by an id of `id_size` bytes where there are several."""

    id_size: int
    data: int
    groups: tuple[Group, ...]


@dataclass
class Mdf:
    """An opened file. Raises `UnreadableInput` where it is no MDF 4 at all; damage further in is left out."""

    content: memoryview
    started: int = 0  # nanoseconds since 1970
    streams: list[Stream] = field(default_factory=list)
    unfinished: bool = False
    _visited: int = 0
    _unpacked: int = 0

    @classmethod
    def open(cls, content: memoryview) -> Mdf:
        mark = bytes(content[:8])
        if mark not in (b"MDF     ", b"UnFinMF ") or bytes(content[8:9]) != b"4":
            raise UnreadableInput("no measurement file of MDF version 4")
        told = cls(content, unfinished=mark == b"UnFinMF ")
        head = told._block(64, b"HD")
        if head is None or len(head[1]) < 8:
            raise UnreadableInput("the measurement file has no header")
        told.started = min(struct.unpack_from("<Q", head[1])[0], 1 << 62)
        for links, data in told._chain(head[0][0] if head[0] else 0, b"DG"):
            if len(links) >= 3 and data:
                told.streams.append(Stream(min(data[0], 8), links[2], tuple(told._groups(links[1]))))
        return told

    def data(self, address: int) -> bytes:
        """What stands at this address: DT, SD, RD or DZ, or a list of them. Cut where it is damaged or too much."""
        parts: list[bytes] = []
        for one in self._pieces(address):
            room = MOST_BYTES - self._unpacked
            if room <= 0:
                raise UnreadableInput(f"more than {MOST_BYTES >> 20} MiB of records", hint="split the file")
            parts.append(one[:room])
            self._unpacked += len(parts[-1])
        return parts[0] if len(parts) == 1 else b"".join(parts)

    def _pieces(self, address: int) -> Iterator[bytes]:
        block = self._block(address)
        if block is None:
            return
        name, links, data = self._name(address), *block
        if name == b"HL":
            yield from self._pieces(links[0]) if links and self._name(links[0]) == b"DL" else ()
        elif name == b"DL":
            for some, _ in self._chain(address, b"DL"):
                for one in some[1:]:
                    if self._name(one) in (b"DT", b"SD", b"RD", b"DZ"):
                        yield from self._pieces(one)
        elif name == b"DZ":
            yield self._inflated(data)
        elif name in (b"DT", b"SD", b"RD"):
            yield bytes(data)

    def _inflated(self, data: memoryview) -> bytes:
        if len(data) < 24:
            return b""
        method, columns, size, packed = data[2], *struct.unpack_from("<IQQ", data, 4)
        room = min(size, MOST_BYTES - self._unpacked)
        if room <= 0 or method > 1:
            return b""
        try:
            plain = zlib.decompressobj().decompress(data[24 : 24 + packed], room)
        except zlib.error:
            return b""
        if method == 1 and columns > 1:  # stored column by column; what fills no whole row stands at the end
            rows = len(plain) // columns
            whole = np.frombuffer(plain, np.uint8, rows * columns).reshape(columns, rows)
            plain = whole.T.tobytes() + plain[rows * columns :]
        return plain

    def _groups(self, address: int) -> Iterator[Group]:
        for links, data in self._chain(address, b"CG"):
            if len(links) < 2 or len(data) < 32:
                continue
            record, cycles, flags = struct.unpack_from("<QQH", data)
            size, invalid = struct.unpack_from("<II", data, 24)
            vlsd = bool(flags & 1)
            yield Group(
                self._at, record, cycles, vlsd, 0 if vlsd else size + invalid, tuple(self._channels(links[1], 0))
            )

    def _channels(self, address: int, depth: int) -> Iterator[Channel]:
        for links, data in self._chain(address, b"CN"):
            if len(links) < 6 or len(data) < 24:
                continue
            kind, _, number, bit = data[0], data[1], data[2], data[3]
            byte, bits = struct.unpack_from("<II", data, 4)
            yield Channel(self._text(links[2]), kind, number, byte, bit & 7, bits, self._conversion(links[4]), links[5])
            if depth < _DEEPEST:
                yield from self._channels(links[1], depth + 1)

    def _conversion(self, address: int) -> tuple[float, float] | None:
        block = self._block(address, b"CC")
        if block is None or len(block[1]) < 40 or block[1][0] != 1:
            return None
        offset, slope = struct.unpack_from("<dd", block[1], 24)
        return offset, slope

    def _text(self, address: int) -> str:
        block = self._block(address, b"TX")
        return "" if block is None else bytes(block[1][:256]).split(b"\0")[0].decode("utf-8", "replace")

    def _chain(self, address: int, name: bytes) -> Iterator[tuple[tuple[int, ...], memoryview]]:
        """This block and those that its first link leads to, one after another."""
        seen: set[int] = set()
        while address not in seen and (block := self._block(address, name)) is not None:
            seen.add(address)
            self._at = address
            yield block
            address = block[0][0] if block[0] else 0

    def _name(self, address: int) -> bytes:
        return bytes(self.content[address + 2 : address + 4]) if 0 < address < len(self.content) - 24 else b""

    def _block(self, address: int, name: bytes = b"") -> tuple[tuple[int, ...], memoryview] | None:
        """(links, data) of a block, or None where there is none of that name."""
        self._visited += 1
        if not 64 <= address <= len(self.content) - 24 or self._visited > MOST_BLOCKS:
            return None
        if bytes(self.content[address : address + 2]) != b"##" or (name and self._name(address) != name):
            return None
        length, links = struct.unpack_from("<QQ", self.content, address + 8)
        end = min(address + length, len(self.content))
        if self.unfinished and length <= 24 and self._name(address) == b"DT":  # the logger had no time to say how long
            end = len(self.content)
        start = address + 24 + 8 * links
        if links > 100_000 or start > end:
            return None
        return struct.unpack_from(f"<{links}Q", self.content, address + 24), self.content[start:end]


__all__ = ["FIXED", "MASTER", "MOST_BYTES", "VIRTUAL", "VIRTUAL_MASTER", "VLSD", "Channel", "Group", "Mdf", "Stream"]
