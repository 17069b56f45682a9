"""What a conversation of a capture says of itself in its first bytes: DNS messages, TLS hellos (over TCP and QUIC) with their
fingerprints, heads of HTTP requests and the statuses that answer them."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator

from assay.formats import pcap, quic, tls_hello
from assay.formats.dns_message import DnsMessage, read_message
from assay.kinds.networks.reading.conversation import DNS_PORTS, MOST_KEPT, Connection, Side
from assay.kinds.networks.reading.lines import text
from assay.kinds.networks.reading.rows import NAN, HandshakeRow, LookupRow, Row, WebRequestRow

_REQUEST = re.compile(
    rb"(GET|POST|HEAD|PUT|DELETE|OPTIONS|CONNECT|PATCH|TRACE|PROPFIND|M-SEARCH|NOTIFY) (\S{1,2048}) HTTP/1\.[01]\r?\n"
)
_STATUS = re.compile(rb"HTTP/1\.[01] (\d{3})\b")
_HEADER = re.compile(rb"^(host|user-agent|content-length):[ \t]*([^\r\n]{0,512})", re.IGNORECASE | re.MULTILINE)


def segment(one: Connection, from_client: bool, time: int, packet: pcap.Packet) -> Iterator[Row]:
    side = one.ours if from_client else one.theirs
    before = len(side.data)
    if not side.take(packet.sequence, packet.payload):
        return
    if one.service in ("", "ssl") and side.data[:1] == b"\x16":
        _tls(one, side, from_client, time)
    elif one.service in ("", "http"):
        _http(one, side, from_client, time)
    if not side.done and one.port in DNS_PORTS and one.service in ("", "dns"):
        yield from _dns_stream(one, side, time)
    if one.service == "ssl" and not from_client and side.done and one.hello is not None:
        yield one.hello
        one.hello = None
    if len(side.data) >= MOST_KEPT and len(side.data) == before and not side.done:
        side.finish()


def _hello(one: Connection, told: tls_hello.ClientHello, time: int, version: str, transport: str) -> HandshakeRow:
    """What a client says of itself; `transport` as JA4 names it."""
    return HandshakeRow(
        time,
        one.client,
        one.server,
        float(one.port),
        told.name,
        version,
        tls_hello.ja3(told),
        "",
        tls_hello.ja4(told, transport),
    )


def _tls(one: Connection, side: Side, from_client: bool, time: int) -> None:
    try:
        kind, body = tls_hello.handshake(side.data)
        if from_client and kind == 1:
            told = tls_hello.client_hello(body)
            one.hello = _hello(one, told, time, "", "t")
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


def _http(one: Connection, side: Side, from_client: bool, time: int) -> None:
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


def _pass_over(one: Connection, side: Side, data: bytes) -> None:
    if one.service == "http":
        side.data = b""
    elif len(data) > 2300 and one.port not in DNS_PORTS:  # neither a request nor TLS
        side.finish()


def _dns_stream(one: Connection, side: Side, time: int) -> Iterator[Row]:
    while len(side.data) >= 2:
        length = side.data[0] << 8 | side.data[1]
        if len(side.data) < 2 + length:
            return
        message, side.data = side.data[2 : 2 + length], side.data[2 + length :]
        yield from _dns(one, message, time)


def datagram(one: Connection, from_client: bool, time: int, packet: pcap.Packet) -> Iterator[Row]:
    if packet.port in DNS_PORTS or packet.source_port in DNS_PORTS or one.service == "dns":
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
    one.hello = _hello(one, told, time, tls_hello.version_name(0x0304), "q")
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


__all__ = ["datagram", "segment"]
