"""DoIP (ISO 13400-2): diagnostic messages between testers and a car's computers over TCP, put together from captured packets.

Of each message the first `KEPT` bytes stay, which say what was asked; a long one's rest is passed over as it comes. What comes out of
turn waits for what is missing, within bounds; where that never comes, or a capture begins in midst of a connection, the next header
is looked for.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator

import msgspec

from assay.core.errors import UnreadableInput
from assay.formats import pcap
from assay.kinds.vehicles.diagnostics.isotp import Said

PORT = 13400
KEPT = 64
MOST_MESSAGES = 100_000  # of one trace; a longer capture is several
_HEADER = struct.Struct(">BBHI")
_DIAGNOSTIC = 0x8001
_KINDS = frozenset((0x0000, *range(0x0001, 0x0009), 0x4001, 0x4002, 0x4003, 0x4004, 0x8001, 0x8002, 0x8003))
_LONGEST = 1 << 24  # bytes that a header may promise
_MOST_STREAMS = 1024
_MOST_WAITING = 64  # segments that wait for one that is missing
_FUNCTIONAL = range(0xE000, 0xF000)  # logical addresses of many computers at once
_SYN = 2
Message = tuple[int, int, int, bytes]  # microseconds, source, target, the first bytes that were said


class _Stream:
    """One direction of one connection: bytes in order in, diagnostic messages out."""

    def __init__(self, first: int | None = None) -> None:
        self.next = first
        self.waiting: dict[int, bytes] = {}
        self.held = bytearray()
        self.past = 0  # bytes still to come of a message that is passed over

    def add(self, sequence: int, data: bytes) -> Iterator[bytes]:
        if self.next is None:
            self.next = sequence
        self.waiting[sequence] = data
        if len(self.waiting) > _MOST_WAITING:  # what is missing was not captured
            self.next = min(self.waiting, key=lambda s: (s - (self.next or 0)) & 0xFFFFFFFF)
            self.held.clear()
            self.past = 0
        while (found := self._due()) is not None:
            yield from self._taken(found)

    def _due(self) -> bytes | None:
        """The segment that comes next, less what of it was there before; those that bring nothing new are dropped."""
        for sequence in list(self.waiting):
            early = ((self.next or 0) - sequence) & 0xFFFFFFFF
            if early < 1 << 31:
                data = self.waiting.pop(sequence)
                if early < len(data):
                    self.next = (sequence + len(data)) & 0xFFFFFFFF
                    return data[early:]
        return None

    def _taken(self, data: bytes) -> Iterator[bytes]:
        over = min(self.past, len(data))
        self.past -= over
        self.held += data[over:]
        while len(self.held) >= _HEADER.size:
            version, inverse, kind, length = _HEADER.unpack_from(self.held)
            if version ^ inverse != 0xFF or kind not in _KINDS or length > _LONGEST:
                del self.held[: _next_header(self.held)]
                continue
            kept = min(length, 4 + KEPT)
            if len(self.held) < _HEADER.size + kept:
                return
            if kind == _DIAGNOSTIC and kept > 4:
                yield bytes(self.held[_HEADER.size : _HEADER.size + kept])
            here = min(length, len(self.held) - _HEADER.size)
            del self.held[: _HEADER.size + here]
            self.past = length - here


def _next_header(held: bytearray) -> int:
    """How many bytes stand before what may be a header."""
    return next((at for at in range(1, len(held) - 1) if held[at] ^ held[at + 1] == 0xFF), len(held) - 1)


def messages(frames: Iterable[pcap.Frame]) -> Iterator[Message]:
    """Diagnostic messages on DoIP's port, in the order in which they are whole."""
    streams: dict[tuple[str, int, str, int], _Stream] = {}
    for frame in frames:
        found = pcap.packet(frame)
        if found is None or found.protocol != pcap.TCP or PORT not in (found.source_port, found.port):
            continue
        key = found.source, found.source_port, found.destination, found.port
        stream = streams.pop(key, None) or _Stream()
        if found.flags & _SYN:
            stream = _Stream((found.sequence + 1) & 0xFFFFFFFF)
        if len(streams) >= _MOST_STREAMS:
            del streams[next(iter(streams))]
        streams[key] = stream  # the one that spoke last stands last
        cut = bytes(min(found.length - len(found.payload), 1 << 16))  # what was sent and not captured
        for body in stream.add(found.sequence, found.payload + cut) if found.payload else ():
            source, target = struct.unpack_from(">HH", body)
            yield frame.time, source, target, body[4:]


def packed(said: list[Message]) -> bytes:
    """As a `DiagnosticTrace` carries them."""
    return msgspec.msgpack.encode(said)


def said(content: bytes) -> list[Said]:
    """Messages of packed ones, by sender and receiver together. Raises `UnreadableInput`."""
    try:
        told = msgspec.msgpack.decode(content, type=list[Message]) if content else []
    except (msgspec.DecodeError, ValueError) as error:
        raise UnreadableInput(str(error)[:200]) from None
    if not all(0 <= s <= 0xFFFF and 0 <= t <= 0xFFFF and p and 0 <= at < 1 << 62 for at, s, t, p in told):
        raise UnreadableInput("a message without a time, addresses or content")
    return [
        Said(at, s << 16 | t, p, row, 0 if t in _FUNCTIONAL else t << 16 | s)
        for row, (at, s, t, p) in enumerate(told)
    ]  # fmt: skip


def extent(content: bytes) -> tuple[int, float]:
    """How many messages are packed, and over how many seconds; of what is none, nothing."""
    try:
        times = [one.time for one in said(content)]
    except UnreadableInput:
        times = []
    return len(times), round((max(times) - min(times)) / 1e6, 3) if times else 0.0


def pair_text(id_: int) -> str:
    """Who spoke to whom."""
    return f"{id_ >> 16:04X}>{id_ & 0xFFFF:04X}"


__all__ = ["KEPT", "MOST_MESSAGES", "PORT", "Message", "extent", "messages", "packed", "pair_text", "said"]
