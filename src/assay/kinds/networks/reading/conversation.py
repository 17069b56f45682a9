"""A conversation of two ends of a capture: who began it, what either side sent in order so far, and how it went."""

from __future__ import annotations

from typing import Any

from assay.formats import pcap, quic
from assay.kinds.networks.reading.rows import HandshakeRow, LookupRow, WebRequestRow

MOST_KEPT = 16_384  # bytes of one direction
MOST_AHEAD = 8  # segments that came before their turn
DNS_PORTS = frozenset((53, 5353, 5355))
FIN, SYN, RST, ACK = 1, 2, 4, 16  # flags of TCP


class Side:
    """One direction of a TCP connection: what came in order so far, until it has told what it tells."""

    __slots__ = ("ahead", "data", "done", "next", "packets", "size")

    def __init__(self) -> None:
        self.packets, self.size = 0, 0
        self.next = -1
        self.data = b""
        self.ahead: dict[int, bytes] = {}
        self.done = False

    def take(self, sequence: int, payload: bytes) -> bool:
        """Is there more in order than before?"""
        if self.next < 0:
            self.next = sequence
        grown = self._in_order(sequence, payload)
        while grown and self.next in self.ahead:
            self._in_order(self.next, self.ahead.pop(self.next))
        return grown

    def _in_order(self, sequence: int, payload: bytes) -> bool:
        behind = (self.next - sequence) & 0xFFFFFFFF
        if behind >= 1 << 31:  # it lies ahead
            if len(self.ahead) < MOST_AHEAD:
                self.ahead[sequence] = payload
            return False
        fresh = payload[behind:]
        if not fresh:
            return False
        self.data = (self.data + fresh)[:MOST_KEPT]
        self.next = (self.next + len(fresh)) & 0xFFFFFFFF
        return True

    def finish(self) -> None:
        self.done, self.data = True, b""
        self.ahead.clear()


class Connection:
    __slots__ = (
        "asked", "began", "client", "flags", "hello", "key", "last", "name", "opening", "ours", "port", "protocol", "server", "service",
        "swapped", "theirs", "web",
    )  # fmt: skip

    def __init__(self, key: Any, time: int, packet: pcap.Packet, swapped: bool) -> None:
        self.key, self.began, self.last, self.protocol = key, time, time, packet.protocol
        self.swapped = swapped  # the first packet seen is an answer
        self.client, self.server = (
            (packet.destination, packet.source) if swapped else (packet.source, packet.destination)
        )
        self.port = packet.source_port if swapped else packet.port
        self.ours, self.theirs = Side(), Side()
        self.flags = 0  # of either side: ours below, theirs from bit 8 on
        self.service = self.name = ""
        self.hello: HandshakeRow | None = None
        self.web: list[WebRequestRow] = []
        self.asked: dict[int, LookupRow] = {}
        self.opening: quic.Opening | None = None


def is_answer(packet: pcap.Packet) -> bool:
    """Of a connection met in the middle the side with the well-known port is the server."""
    if packet.protocol == pcap.TCP and packet.flags & SYN:
        return bool(packet.flags & ACK)
    if packet.protocol not in (pcap.TCP, pcap.UDP):
        return False
    if packet.source_port in DNS_PORTS and packet.port not in DNS_PORTS:
        return True
    return packet.source_port < 1024 <= packet.port


def state_of(one: Connection) -> str:
    if one.protocol != pcap.TCP:
        return "open" if one.theirs.packets and one.ours.packets else "attempt" if one.ours.packets else "partial"
    ours, theirs = one.flags & 0xFF, one.flags >> 8
    if not ours & SYN:
        return "partial"
    if theirs & SYN:
        return "open"
    return "rejected" if theirs & RST else "attempt" if not one.theirs.packets else "partial"


__all__ = ["ACK", "DNS_PORTS", "FIN", "MOST_KEPT", "RST", "SYN", "Connection", "Side", "is_answer", "state_of"]
