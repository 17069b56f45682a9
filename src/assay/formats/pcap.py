"""Captures: the frames of a pcap or pcapng file with their times, and the addresses, ports and payload inside a frame.

Everything is bounded before it is read, and nothing is trusted: a length that cannot be ends the capture with an error that
names the byte; a frame that cannot be followed is no packet. Formats: libpcap's savefile, IETF draft pcapng; links: Ethernet
(VLAN, MPLS, PPPoE), BSD loopback, raw IP, Linux cooked (SLL, SLL2).
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from socket import AF_INET, AF_INET6, inet_ntop
from typing import IO, Any, NamedTuple

from assay.core.errors import UnreadableInput

MAX_FRAME = 1 << 18  # bytes; libpcap's own greatest snapshot
MAX_BLOCK = 1 << 24
MAX_INTERFACES = 1024
TCP, UDP, ICMP, ICMP6 = 6, 17, 1, 58
_PCAP = {  # magic -> byte order, microseconds a unit of the fraction
    b"\xd4\xc3\xb2\xa1": ("<", 1.0), b"\xa1\xb2\xc3\xd4": (">", 1.0),
    b"\x4d\x3c\xb2\xa1": ("<", 0.001), b"\xa1\xb2\x3c\x4d": (">", 0.001),
}  # fmt: skip
_PCAPNG = b"\x0a\x0d\x0d\x0a"
_TAGS = frozenset((0x8100, 0x88A8, 0x9100))
_SKIPPED = frozenset((0, 43, 60, 135, 139, 140))  # IPv6 extension headers that say their own length


class Frame(NamedTuple):
    """`time` microseconds since 1970, `link` a LINKTYPE number, `length` bytes on the wire, `data` those captured, `interface` which of
    a pcapng section's."""

    time: int
    link: int
    length: int
    data: bytes
    interface: int = 0


class Packet(NamedTuple):
    """`size` bytes of the IP packet on the wire; `flags`, `sequence` of TCP; ports 0 where there are none."""

    source: str
    destination: str
    protocol: int
    source_port: int
    port: int
    size: int
    flags: int
    sequence: int
    payload: bytes
    length: int  # of the payload on the wire


def is_capture(head: bytes) -> bool:
    return head[:4] in _PCAP or (head[:4] == _PCAPNG and head[8:12] in (b"\x4d\x3c\x2b\x1a", b"\x1a\x2b\x3c\x4d"))


def frames(file: Any) -> Iterator[Frame]:
    """Every frame, in the file's order. Raises `UnreadableInput` where the file cannot be followed any further."""
    magic = file.read(4)
    if magic in _PCAP:
        yield from _savefile(file, *_PCAP[magic])
    elif magic == _PCAPNG:
        yield from _blocks(file)
    else:
        raise UnreadableInput("this is no capture")


def _savefile(file: IO[bytes], order: str, unit: float) -> Iterator[Frame]:
    head = file.read(20)
    if len(head) < 20:
        raise UnreadableInput("the capture ends within its header")
    link = struct.unpack(order + "I", head[16:])[0] & 0x0FFFFFFF
    record = struct.Struct(order + "IIII")
    at = 24
    while head := file.read(16):
        if len(head) < 16:
            raise UnreadableInput(f"the capture ends within a record at byte {at}")
        seconds, fraction, captured, length = record.unpack(head)
        if captured > MAX_FRAME:
            raise UnreadableInput(f"a frame of {captured} bytes at byte {at}")
        data = file.read(captured)
        if len(data) < captured:
            raise UnreadableInput(f"the capture ends within a frame at byte {at}")
        at += 16 + captured
        yield Frame(seconds * 1_000_000 + int(fraction * unit), link, max(length, captured), data)


def _blocks(file: IO[bytes]) -> Iterator[Frame]:
    order, at, head = "<", 0, _PCAPNG + file.read(4)
    interfaces: list[tuple[int, float, int, int]] = []  # link, microseconds a tick, offset in seconds, snapshot length
    while head:
        if len(head) < 8:
            raise UnreadableInput(f"the capture ends within a block at byte {at}")
        if head[:4] == _PCAPNG:
            magic = file.read(4)
            if magic not in (b"\x4d\x3c\x2b\x1a", b"\x1a\x2b\x3c\x4d"):
                raise UnreadableInput(f"a section without its mark at byte {at}")
            order, interfaces, read = ("<" if magic[0] == 0x4D else ">"), [], 12
        else:
            read = 8
        kind, length = struct.unpack(order + "II", head)
        if length < read + 4 or length > MAX_BLOCK or length % 4:
            raise UnreadableInput(f"a block of {length} bytes at byte {at}")
        body = file.read(length - read)
        if len(body) < length - read:
            raise UnreadableInput(f"the capture ends within a block at byte {at}")
        body, at = body[:-4], at + length
        if kind == 1 and len(interfaces) < MAX_INTERFACES:
            interfaces.append(_interface(body, order))
        elif kind in (2, 3, 6):
            frame = _packet_block(kind, body, order, interfaces)
            if frame is not None:
                yield frame
        head = file.read(8)


def _interface(body: bytes, order: str) -> tuple[int, float, int, int]:
    if len(body) < 8:
        return 0xFFFF, 1.0, 0, 0
    link, snapshot = struct.unpack_from(order + "H2xI", body)
    tick, offset, at = 1.0, 0, 8
    while at + 4 <= len(body):
        code, length = struct.unpack_from(order + "HH", body, at)
        value = body[at + 4 : at + 4 + length]
        if code == 0:
            break
        if code == 9 and value:  # if_tsresol: a power of ten, or of two where the top bit is set
            tick = 1e6 * (2.0 ** -(value[0] & 127) if value[0] & 128 else 10.0 ** -value[0])
        elif code == 14 and len(value) == 8:
            offset = struct.unpack(order + "q", value)[0]
        at += 4 + length + (-length % 4)
    return link, tick, offset, snapshot


def _packet_block(kind: int, body: bytes, order: str, interfaces: list[tuple[int, float, int, int]]) -> Frame | None:
    """Enhanced (6), obsolete (2) and simple (3) packet blocks; a simple one has no time."""
    if kind == 3:
        if len(body) < 4 or not interfaces:
            return None
        (length,) = struct.unpack_from(order + "I", body)
        return Frame(0, interfaces[0][0], length, body[4 : 4 + min(length, interfaces[0][3] or length)])
    if len(body) < 20:
        return None
    if kind == 6:
        number, high, low, captured, length = struct.unpack_from(order + "IIIII", body)
    else:
        number, _, high, low, captured, length = struct.unpack_from(order + "HHIIII", body)
    if number >= len(interfaces) or captured > len(body) - 20:
        return None
    link, tick, offset, _ = interfaces[number]
    moment = int((high << 32 | low) * tick) + offset * 1_000_000
    return Frame(moment, link, max(length, captured), body[20 : 20 + captured], number)


def packet(frame: Frame) -> Packet | None:
    """The TCP, UDP or other IP packet in a frame; None for what is no IP, or cut too short to tell."""
    try:
        return _of_link(frame.link, frame.data)
    except (struct.error, IndexError, ValueError):
        return None


def _of_link(link: int, data: bytes) -> Packet | None:
    if link == 1:
        return _of_ethernet(data, 12)
    if link in (12, 14, 101, 228, 229):
        return _of_ip(data)
    if link in (0, 108):
        return _of_ip(data[4:])
    if link == 113:
        return _of_ethernet(data, 14)
    if link == 276:
        kind = data[0] << 8 | data[1]
        return _of_ip(data[20:]) if kind in (0x0800, 0x86DD) else None
    return None


def _of_ethernet(data: bytes, at: int) -> Packet | None:
    """`at` where the type stands. Up to eight tags are passed over."""
    kind = data[at] << 8 | data[at + 1]
    at += 2
    for _ in range(8):
        if kind not in _TAGS:
            break
        kind, at = data[at + 2] << 8 | data[at + 3], at + 4
    if kind == 0x8847:  # MPLS: labels up to the bottom of the stack
        for _ in range(8):
            at += 4
            if data[at - 2] & 1:
                break
        return _of_ip(data[at:])
    if kind == 0x8864:  # PPPoE
        kind, at = {0x0021: 0x0800, 0x0057: 0x86DD}.get(data[at + 6] << 8 | data[at + 7], 0), at + 8
    return _of_ip(data[at:]) if kind in (0x0800, 0x86DD) else None


def _of_ip(data: bytes) -> Packet | None:
    version = data[0] >> 4
    if version == 4:
        header = (data[0] & 15) * 4
        size, fragment, protocol = data[2] << 8 | data[3], (data[6] & 31) << 8 | data[7], data[9]
        if header < 20 or len(data) < 20:
            return None
        size = size or len(data)  # 0 where the network card cut it up (TCP segmentation offload)
        source, destination = inet_ntop(AF_INET, data[12:16]), inet_ntop(AF_INET, data[16:20])
    elif version == 6:
        if len(data) < 40:
            return None
        size, protocol, header, fragment = 40 + (data[4] << 8 | data[5]), data[6], 40, 0
        source, destination = inet_ntop(AF_INET6, data[8:24]), inet_ntop(AF_INET6, data[24:40])
        for _ in range(8):
            if protocol in _SKIPPED:
                protocol, header = data[header], header + 8 + data[header + 1] * 8
            elif protocol == 44:
                fragment = (data[header + 2] << 8 | data[header + 3]) >> 3
                protocol, header = data[header], header + 8
            else:
                break
    else:
        return None
    if size < header:
        return None
    if fragment:
        return Packet(source, destination, protocol, 0, 0, size, 0, 0, b"", 0)
    return _of_transport(source, destination, protocol, data[header:size], size, size - header)


def _of_transport(source: str, destination: str, protocol: int, data: bytes, size: int, length: int) -> Packet:
    if protocol == TCP and len(data) >= 20:
        source_port, port, sequence = struct.unpack_from(">HHI", data)
        header = max((data[12] >> 4) * 4, 20)
        return Packet(
            source,
            destination,
            TCP,
            source_port,
            port,
            size,
            data[13],
            sequence,
            data[header:],
            max(0, length - header),
        )
    if protocol == UDP and len(data) >= 8:
        source_port, port = struct.unpack_from(">HH", data)
        return Packet(source, destination, UDP, source_port, port, size, 0, 0, data[8:], max(0, length - 8))
    return Packet(source, destination, protocol, 0, 0, size, 0, 0, b"", length)


__all__ = ["ICMP", "ICMP6", "TCP", "UDP", "Frame", "Packet", "frames", "is_capture", "packet"]
