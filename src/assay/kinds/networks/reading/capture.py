"""Captures as rows: connections put together from packets, and what their first bytes tell: DNS messages, TLS hellos (over TCP
and QUIC) with their fingerprints, heads of HTTP requests. Memory is bounded: of each direction the first 16 KiB are kept until they tell
something, and beyond 100,000 open connections the oldest are told as they are."""

from __future__ import annotations

import gzip
import hashlib
import re
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from assay.core.batch import Batch
from assay.core.errors import UnreadableInput
from assay.core.kind import RowError
from assay.formats import pcap, quic, tls_hello
from assay.formats.dns_message import DnsMessage, read_message
from assay.formats.whole import plain_file_name
from assay.kinds.networks.reading.lines import plain_head, text
from assay.kinds.networks.reading.rows import NAN, FlowRow, HandshakeRow, LookupRow, Row, WebRequestRow, batches

MOST_OPEN = 100_000
MOST_KEPT = 16_384  # bytes of one direction
MOST_AHEAD = 8  # segments that came before their turn
IDLE = {pcap.TCP: 300_000_000, pcap.UDP: 60_000_000}  # microseconds of silence that end a connection
_LOOK = 10_000_000  # microseconds between looks for idle ones
_FIN, _SYN, _RST, _ACK = 1, 2, 4, 16
_PROTOCOLS = {pcap.TCP: "tcp", pcap.UDP: "udp", pcap.ICMP: "icmp", pcap.ICMP6: "icmp6"}
_REQUEST = re.compile(
    rb"(GET|POST|HEAD|PUT|DELETE|OPTIONS|CONNECT|PATCH|TRACE|PROPFIND|M-SEARCH|NOTIFY) (\S{1,2048}) HTTP/1\.[01]\r?\n"
)
_STATUS = re.compile(rb"HTTP/1\.[01] (\d{3})\b")
_HEADER = re.compile(rb"^(host|user-agent|content-length):[ \t]*([^\r\n]{0,512})", re.IGNORECASE | re.MULTILINE)
_DNS_PORTS = frozenset((53, 5353, 5355))


class Capture:
    name = "networks.capture"

    def sniff(self, head: bytes, path: Path) -> float:
        return 1.0 if pcap.is_capture(plain_head(head)) else 0.0

    def read(self, path: Path, *, mapping: Any = None, reject: Callable[[RowError], None]) -> Iterator[Batch[Any]]:
        yield from batches(rows(path, reject), plain_file_name(path, "capture"))


def rows(path: Path, reject: Callable[[RowError], None]) -> Iterator[Row]:
    """Every row; where the capture is damaged, those up to there."""
    with path.open("rb") as raw:
        packed = raw.read(2) == b"\x1f\x8b"
    table = Connections()
    count = 0
    with gzip.open(path, "rb") if packed else path.open("rb") as file:
        try:
            for frame in pcap.frames(file):
                count += 1
                packet = pcap.packet(frame)
                if packet is not None:
                    yield from table.add(frame.time, packet)
        except (UnreadableInput, OSError, EOFError, zlib.error) as error:
            reject(RowError(count + 1, f"the capture is damaged from here on: {error}"))
    yield from table.rest()


class _Side:
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
        "asked",
        "began",
        "client",
        "flags",
        "hello",
        "key",
        "last",
        "name",
        "opening",
        "ours",
        "port",
        "protocol",
        "server",
        "service",
        "swapped",
        "theirs",
        "web",
    )  # fmt: skip

    def __init__(self, key: Any, time: int, packet: pcap.Packet, swapped: bool) -> None:
        self.key, self.began, self.last, self.protocol = key, time, time, packet.protocol
        self.swapped = swapped  # the first packet seen is an answer
        self.client, self.server = (
            (packet.destination, packet.source) if swapped else (packet.source, packet.destination)
        )
        self.port = packet.source_port if swapped else packet.port
        self.ours, self.theirs = _Side(), _Side()
        self.flags = 0  # of either side: ours below, theirs from bit 8 on
        self.service = self.name = ""
        self.hello: HandshakeRow | None = None
        self.web: list[WebRequestRow] = []
        self.asked: dict[int, LookupRow] = {}
        self.opening: quic.Opening | None = None


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
        opening = packet.protocol == pcap.TCP and packet.flags & (_SYN | _ACK) == _SYN
        if connection is not None and (
            time - connection.last > IDLE.get(packet.protocol, 60_000_000)
            or (opening and connection.flags & (_FIN | _RST | _FIN << 8 | _RST << 8))
        ):
            yield from self._close(connection)
            connection = None
        if connection is None:
            if len(self.open) >= MOST_OPEN:
                yield from self._close(next(iter(self.open.values())))
            connection = self.open[key] = Connection(key, time, packet, _is_answer(packet))
        connection.last = max(connection.last, time)
        from_client = (packet.source, packet.source_port) != (connection.server, connection.port)
        side = connection.ours if from_client else connection.theirs
        side.packets += 1
        side.size += packet.size
        connection.flags |= packet.flags << (0 if from_client else 8)
        if packet.protocol == pcap.TCP:
            if packet.flags & _SYN:
                side.next = (packet.sequence + 1) & 0xFFFFFFFF
            if packet.payload and not side.done:
                yield from _segment(connection, from_client, time, packet)
        elif packet.protocol == pcap.UDP and packet.payload:
            yield from _datagram(connection, from_client, time, packet)

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
            (one.last - one.began) / 1e6, float(one.ours.size), float(one.theirs.size), _state(one), one.name,
        )  # fmt: skip


def _is_answer(packet: pcap.Packet) -> bool:
    """Of a connection met in the middle the side with the well-known port is the server."""
    if packet.protocol == pcap.TCP and packet.flags & _SYN:
        return bool(packet.flags & _ACK)
    if packet.protocol not in (pcap.TCP, pcap.UDP):
        return False
    if packet.source_port in _DNS_PORTS and packet.port not in _DNS_PORTS:
        return True
    return packet.source_port < 1024 <= packet.port


def _state(one: Connection) -> str:
    if one.protocol != pcap.TCP:
        return "open" if one.theirs.packets and one.ours.packets else "attempt" if one.ours.packets else "partial"
    ours, theirs = one.flags & 0xFF, one.flags >> 8
    if not ours & _SYN:
        return "partial"
    if theirs & _SYN:
        return "open"
    return "rejected" if theirs & _RST else "attempt" if not one.theirs.packets else "partial"


def _segment(one: Connection, from_client: bool, time: int, packet: pcap.Packet) -> Iterator[Row]:
    side = one.ours if from_client else one.theirs
    before = len(side.data)
    if not side.take(packet.sequence, packet.payload):
        return
    if one.service in ("", "ssl") and side.data[:1] == b"\x16":
        _tls(one, side, from_client, time)
    elif one.service in ("", "http"):
        _http(one, side, from_client, time)
    if not side.done and one.port in _DNS_PORTS and one.service in ("", "dns"):
        yield from _dns_stream(one, side, from_client, time)
    if one.service == "ssl" and not from_client and side.done and one.hello is not None:
        yield one.hello
        one.hello = None
    if len(side.data) >= MOST_KEPT and len(side.data) == before and not side.done:
        side.finish()


def _tls(one: Connection, side: _Side, from_client: bool, time: int) -> None:
    try:
        kind, body = tls_hello.handshake(side.data)
        if from_client and kind == 1:
            told = tls_hello.client_hello(body)
            one.hello = HandshakeRow(
                time,
                one.client,
                one.server,
                float(one.port),
                told.name,
                "",
                tls_hello.ja3(told),
                "",
                tls_hello.ja4(told),
            )
            one.service, one.name = "ssl", one.name or told.name
            side.finish()
        elif not from_client and kind == 2:
            answer = tls_hello.server_hello(body)
            row = one.hello or HandshakeRow(time, one.client, one.server, float(one.port))
            certificate = _certificate(side.data) if answer.chosen < 0x0304 else ""
            if certificate is None:
                return
            one.hello = row._replace(
                ja3s=tls_hello.ja3s(answer), version=tls_hello.version_name(answer.chosen), certificate=certificate
            )
            one.service = "ssl"
            side.finish()
        else:
            side.finish()
    except tls_hello.Cut:
        return
    except ValueError:
        side.finish()


def _certificate(data: bytes) -> str | None:
    """SHA-256 of the first certificate in a server's flight before TLS 1.3; "" where there is none, None where more bytes
    are needed."""
    body, at = b"", 0
    while at + 5 <= len(data) and data[at] == 22:
        length = data[at + 3] << 8 | data[at + 4]
        body += data[at + 5 : at + 5 + length]
        at += 5 + length
    whole = at >= MOST_KEPT or (at < len(data) and data[at] != 22) or len(data) >= MOST_KEPT
    while len(body) >= 4:
        length = int.from_bytes(body[1:4], "big")
        if body[0] == 11:
            size = int.from_bytes(body[7:10], "big")
            if len(body) >= 10 + size and 0 < size <= length:
                return hashlib.sha256(body[10 : 10 + size]).hexdigest()
            break
        if body[0] in (14, 20):  # done, without a certificate: a session taken up again
            return ""
        body = body[4 + length :]
    return "" if whole else None


def _http(one: Connection, side: _Side, from_client: bool, time: int) -> None:
    """Heads as they come: a body before the next head is passed over with the segment it ends in."""
    data = side.data
    if from_client:
        found = _REQUEST.match(data)
        if found is None:
            _pass_over(one, side, data)
            return
        end = data.find(b"\r\n\r\n")
        if end < 0 and len(data) < MOST_KEPT:
            return
        head = data[: end if end >= 0 else len(data)]
        fields = {k.lower(): v.strip() for k, v in _HEADER.findall(head)}
        host = text(fields.get(b"host", b"").decode("latin-1")).lower()
        size = fields.get(b"content-length", b"0")
        row = WebRequestRow(
            time, one.client, one.server, float(one.port), found[1].decode("ascii"), host[:255],
            text(found[2].decode("latin-1")), text(fields.get(b"user-agent", b"").decode("latin-1")), NAN,
            float(size) if size.isdigit() and len(size) < 16 else NAN,
        )  # fmt: skip
        if len(one.web) < 1000:
            one.web.append(row)
        one.service, one.name = "http", one.name or host.partition(":")[0]
        side.data = b""
    else:
        status = _STATUS.match(data)
        if status is None:
            _pass_over(one, side, data)
            return
        waiting = next((i for i, row in enumerate(one.web) if row.status != row.status), None)
        if waiting is not None:
            fields = {k.lower(): v.strip() for k, v in _HEADER.findall(data[:4096])}
            size = fields.get(b"content-length", b"")
            one.web[waiting] = one.web[waiting]._replace(
                status=float(status[1]), received=float(size) if size.isdigit() and len(size) < 16 else NAN
            )
        side.data = b""


def _pass_over(one: Connection, side: _Side, data: bytes) -> None:
    if one.service == "http":
        side.data = b""
    elif len(data) > 2300 and one.port not in _DNS_PORTS:  # neither a request nor TLS
        side.finish()


def _dns_stream(one: Connection, side: _Side, from_client: bool, time: int) -> Iterator[Row]:
    while len(side.data) >= 2:
        length = side.data[0] << 8 | side.data[1]
        if len(side.data) < 2 + length:
            return
        message, side.data = side.data[2 : 2 + length], side.data[2 + length :]
        yield from _dns(one, message, time)


def _datagram(one: Connection, from_client: bool, time: int, packet: pcap.Packet) -> Iterator[Row]:
    if packet.port in _DNS_PORTS or packet.source_port in _DNS_PORTS or one.service == "dns":
        yield from _dns(one, packet.payload, time)
    elif from_client and one.service in ("", "quic") and packet.payload[0] & 0x80:
        _quic(one, packet.payload, time)


def _quic(one: Connection, datagram: bytes, time: int) -> None:
    """A client's hello out of its Initial packets, told when the connection ends."""
    if one.opening is None:
        if not quic.is_initial(datagram):
            return
        one.opening, one.service = quic.Opening(), "quic"
    if one.opening.over:
        return
    hello = one.opening.add(datagram)
    if hello is None:
        return
    try:
        told = tls_hello.client_hello(hello[4:])
    except ValueError:
        return
    one.hello = HandshakeRow(
        time,
        one.client,
        one.server,
        float(one.port),
        told.name,
        tls_hello.version_name(0x0304),
        tls_hello.ja3(told),
        "",
        tls_hello.ja4(told, "q"),
    )
    one.name = one.name or told.name


def _dns(one: Connection, message: bytes, time: int) -> Iterator[Row]:
    try:
        told: DnsMessage = read_message(message)
    except ValueError:
        return
    one.service = one.service or "dns"
    if not told.response:
        if len(one.asked) >= 1000:
            yield one.asked.pop(next(iter(one.asked)))
        one.asked[told.id] = LookupRow(time, one.client, one.server, told.name, told.type)
        return
    asked = one.asked.pop(told.id, None)
    if asked is None:
        asked = LookupRow(time, one.client, one.server, told.name, told.type)
    yield asked._replace(code=told.code, answers=" ".join(told.answers))


__all__ = ["Capture", "Connections", "rows"]
