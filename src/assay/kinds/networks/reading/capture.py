"""Captures as rows: connections put together from packets (`conversation`), and what their first bytes tell (`speech`). Memory is
bounded: of each direction the first 16 KiB are kept until they tell something, and beyond 100,000 open connections the oldest are
told as they are."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from assay.core.batch import Batch
from assay.core.errors import UnreadableInput
from assay.core.kind import RowError
from assay.formats import pcap
from assay.formats.packed import head_of, opened
from assay.formats.whole import plain_file_name
from assay.kinds.networks.reading.conversation import ACK, FIN, RST, SYN, Connection, is_answer, state_of
from assay.kinds.networks.reading.rows import FlowRow, Row, batches
from assay.kinds.networks.reading.speech import datagram, segment

MOST_OPEN = 100_000
IDLE = {pcap.TCP: 300_000_000, pcap.UDP: 60_000_000}  # microseconds of silence that end a connection
_LOOK = 10_000_000  # microseconds between looks for idle ones
_PROTOCOLS = {pcap.TCP: "tcp", pcap.UDP: "udp", pcap.ICMP: "icmp", pcap.ICMP6: "icmp6"}


class Capture:
    name = "networks.capture"

    def sniff(self, head: bytes, path: Path) -> float:
        return 0.98 if pcap.is_capture(head_of(head)) else 0.0  # other rooms know some links and ports better

    def read(self, path: Path, *, mapping: Any = None, reject: Callable[[RowError], None]) -> Iterator[Batch[Any]]:
        yield from batches(rows(path, reject), plain_file_name(path, "capture"))


def rows(path: Path, reject: Callable[[RowError], None]) -> Iterator[Row]:
    """Every row; where the capture is damaged, those up to there."""
    table = Connections()
    count = 0
    with opened(path) as file:
        try:
            for frame in pcap.frames(file):
                count += 1
                packet = pcap.packet(frame)
                if packet is not None:
                    yield from table.add(frame.time, packet)
        except (UnreadableInput, OSError, EOFError, zlib.error) as error:
            reject(RowError(count + 1, f"the capture is damaged from here on: {error}"))
    yield from table.rest()


class Connections:
    """`add` takes a packet and tells what is complete by then; `rest` tells the others."""

    def __init__(self) -> None:
        self.open: dict[Any, Connection] = {}
        self.looked = 0

    def add(self, time: int, packet: pcap.Packet) -> Iterator[Row]:
        if time - self.looked > _LOOK:
            self.looked = time
            late = [c for c in self.open.values() if time - c.last > IDLE.get(c.protocol, 60_000_000)]
            for one in late:
                yield from self._close(one)
        there, back = (packet.source, packet.source_port), (packet.destination, packet.port)
        key = (packet.protocol, *((there, back) if there <= back else (back, there)))
        connection = self.open.get(key)
        opening = packet.protocol == pcap.TCP and packet.flags & (SYN | ACK) == SYN
        if connection is not None and (
            time - connection.last > IDLE.get(packet.protocol, 60_000_000)
            or (opening and connection.flags & (FIN | RST | FIN << 8 | RST << 8))
        ):
            yield from self._close(connection)
            connection = None
        if connection is None:
            if len(self.open) >= MOST_OPEN:
                yield from self._close(next(iter(self.open.values())))
            connection = self.open[key] = Connection(key, time, packet, is_answer(packet))
        connection.last = max(connection.last, time)
        from_client = (packet.source, packet.source_port) != (connection.server, connection.port)
        side = connection.ours if from_client else connection.theirs
        side.packets += 1
        side.size += packet.size
        connection.flags |= packet.flags << (0 if from_client else 8)
        if packet.protocol == pcap.TCP:
            if packet.flags & SYN:
                side.next = (packet.sequence + 1) & 0xFFFFFFFF
            if packet.payload and not side.done:
                yield from segment(connection, from_client, time, packet)
        elif packet.protocol == pcap.UDP and packet.payload:
            yield from datagram(connection, from_client, time, packet)

    def rest(self) -> Iterator[Row]:
        for one in list(self.open.values()):
            yield from self._close(one)

    def _close(self, one: Connection) -> Iterator[Row]:
        self.open.pop(one.key, None)
        if one.hello is not None:
            yield one.hello
        yield from one.web
        yield from one.asked.values()
        yield FlowRow(
            one.began, one.client, one.server, float(one.port), _PROTOCOLS.get(one.protocol, str(one.protocol)), one.service,
            (one.last - one.began) / 1e6, float(one.ours.size), float(one.theirs.size), state_of(one), one.name,
        )  # fmt: skip


__all__ = ["Capture", "Connections", "rows"]
