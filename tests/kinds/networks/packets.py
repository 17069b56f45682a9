"""Captures made by code: Ethernet frames with IPv4 or IPv6, TCP and UDP, and what goes inside them."""

from __future__ import annotations

import ipaddress
import struct
from pathlib import Path

SYN, ACK, FIN, RST, PSH = 2, 16, 1, 4, 8


def ethernet(ip: bytes, tags: int = 0) -> bytes:
    kind = b"\x86\xdd" if ip[0] >> 4 == 6 else b"\x08\x00"
    return b"\x02" * 12 + b"\x81\x00\x00\x07" * tags + kind + ip


def ip(source: str, destination: str, protocol: int, body: bytes) -> bytes:
    a, b = ipaddress.ip_address(source), ipaddress.ip_address(destination)
    if a.version == 6:
        return struct.pack(">IHBB", 6 << 28, len(body), protocol, 64) + a.packed + b.packed + body
    return struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(body), 1, 0, 64, protocol, 0) + a.packed + b.packed + body


def tcp(
    source: str, sport: int, destination: str, dport: int, flags: int, sequence: int = 0, payload: bytes = b""
) -> bytes:
    head = struct.pack(">HHIIBBHHH", sport, dport, sequence & 0xFFFFFFFF, 0, 5 << 4, flags, 1024, 0, 0)
    return ip(source, destination, 6, head + payload)


def udp(source: str, sport: int, destination: str, dport: int, payload: bytes) -> bytes:
    return ip(source, destination, 17, struct.pack(">HHHH", sport, dport, 8 + len(payload), 0) + payload)


def conversation(
    client: str, server: str, port: int, asked: list[bytes], answered: list[bytes], sport: int = 40_000
) -> list[bytes]:
    """A whole TCP connection; segments of either side in order."""
    out = [tcp(client, sport, server, port, SYN, 100), tcp(server, port, client, sport, SYN | ACK, 900)]
    ours, theirs = 101, 901
    for payload in asked:
        out.append(tcp(client, sport, server, port, ACK | PSH, ours, payload))
        ours += len(payload)
    for payload in answered:
        out.append(tcp(server, port, client, sport, ACK | PSH, theirs, payload))
        theirs += len(payload)
    return [
        *out,
        tcp(client, sport, server, port, FIN | ACK, ours),
        tcp(server, port, client, sport, FIN | ACK, theirs),
    ]


def dns(name: str, id_: int = 7, kind: int = 1, code: int | None = None, answers: list[bytes] | None = None) -> bytes:
    """A question, or with a code its answer."""
    flags = 0x0100 if code is None else 0x8180 | code
    question = b"".join(bytes([len(p)]) + p.encode() for p in name.split(".")) + b"\0" + struct.pack(">HH", kind, 1)
    records = b"".join(b"\xc0\x0c" + struct.pack(">HHIH", 1, 1, 60, len(a)) + a for a in answers or [])
    return struct.pack(">6H", id_, flags, 1, len(answers or []), 0, 0) + question + records


def vector(data: bytes, width: int) -> bytes:
    return len(data).to_bytes(width, "big") + data


def client_hello(ciphers: list[int], extensions: list[tuple[int, bytes]], version: int = 0x0303) -> bytes:
    """A record with a ClientHello."""
    body = version.to_bytes(2, "big") + b"\x07" * 32 + vector(b"", 1)
    body += vector(b"".join(c.to_bytes(2, "big") for c in ciphers), 2) + vector(b"\0", 1)
    body += vector(b"".join(k.to_bytes(2, "big") + vector(v, 2) for k, v in extensions), 2)
    return b"\x16\x03\x01" + vector(b"\x01" + vector(body, 3), 2)


def server_hello(cipher: int, extensions: list[tuple[int, bytes]], certificate: bytes = b"") -> bytes:
    body = b"\x03\x03" + b"\x08" * 32 + vector(b"", 1) + cipher.to_bytes(2, "big") + b"\0"
    body += vector(b"".join(k.to_bytes(2, "big") + vector(v, 2) for k, v in extensions), 2)
    told = b"\x02" + vector(body, 3)
    if certificate:
        told += b"\x0b" + vector(vector(vector(certificate, 3), 3), 3)
    return b"\x16\x03\x03" + vector(told + b"\x0e\x00\x00\x00", 2)


def pcap(path: Path, frames: list[tuple[float, bytes]], link: int = 1, order: str = "<") -> Path:
    head = struct.pack(order + "IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262_144, link)
    told = [struct.pack(order + "IIII", int(t), round(t % 1 * 1e6), len(f), len(f)) + f for t, f in frames]
    path.write_bytes(head + b"".join(told))
    return path


def pcapng(path: Path, frames: list[tuple[float, bytes]], link: int = 1, order: str = "<") -> Path:
    def block(kind: int, body: bytes) -> bytes:
        body += b"\0" * (-len(body) % 4)
        size = struct.pack(order + "I", len(body) + 12)
        return struct.pack(order + "I", kind) + size + body + size

    out = block(0x0A0D0D0A, struct.pack(order + "IHHq", 0x1A2B3C4D, 1, 0, -1))
    option = struct.pack(order + "HH", 9, 1) + b"\x09\0\0\0" + struct.pack(order + "HH", 0, 0)  # nanoseconds
    out += block(1, struct.pack(order + "HHI", link, 0, 0) + option)
    for t, f in frames:
        moment = round(t * 1e9)
        out += block(6, struct.pack(order + "IIIII", 0, moment >> 32, moment & 0xFFFFFFFF, len(f), len(f)) + f)
    path.write_bytes(out)
    return path
