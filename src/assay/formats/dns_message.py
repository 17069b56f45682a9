"""DNS messages (RFC 1035): the question, the answer's code and its records, from bytes on the wire. Compression pointers only
lead backwards and are followed a bounded number of times; what cannot be read raises `ValueError`."""

from __future__ import annotations

import struct
from socket import AF_INET, AF_INET6, inet_ntop
from typing import NamedTuple

MAX_RECORDS = 64
MAX_JUMPS = 32
TYPES = {
    1: "A", 2: "NS", 5: "CNAME", 6: "SOA", 10: "NULL", 12: "PTR", 13: "HINFO", 15: "MX", 16: "TXT", 25: "KEY", 28: "AAAA",
    33: "SRV", 35: "NAPTR", 39: "DNAME", 41: "OPT", 43: "DS", 46: "RRSIG", 47: "NSEC", 48: "DNSKEY", 64: "SVCB", 65: "HTTPS",
    99: "SPF", 252: "AXFR", 255: "ANY", 257: "CAA", 65399: "PRIVATE",
}  # fmt: skip
CODES = {0: "NOERROR", 1: "FORMERR", 2: "SERVFAIL", 3: "NXDOMAIN", 4: "NOTIMP", 5: "REFUSED"}


class DnsMessage(NamedTuple):
    """`name` lower case without the last dot; `answers` addresses and names, other records as their size in bytes."""

    id: int
    response: bool
    code: str
    name: str
    type: str
    answers: tuple[str, ...]
    size: int


def read_message(data: bytes) -> DnsMessage:
    """The first question and the answers. Raises `ValueError` for what is no DNS message."""
    if len(data) < 12:
        raise ValueError("shorter than a header")
    id_, flags, questions, answers, _, _ = struct.unpack_from(">6H", data)
    if not 1 <= questions <= 4 or (flags >> 11) & 15 > 6 or answers > 4096:
        raise ValueError("no question")
    name, at = read_name(data, 12)
    if at + 4 > len(data):
        raise ValueError("the question is cut short")
    kind, class_ = struct.unpack_from(">HH", data, at)
    if class_ & 0x7FFF not in (1, 3, 4, 254, 255):
        raise ValueError("no class that is known")
    at += 4
    found: list[str] = []
    response = bool(flags & 0x8000)
    if response and questions == 1:
        for _ in range(min(answers, MAX_RECORDS)):
            try:
                told, at = _record(data, at)
            except ValueError:  # truncated answers are common: what was read stands
                break
            found.append(told)
    code = CODES.get(flags & 15, str(flags & 15)) if response else ""
    return DnsMessage(id_, response, code, name, TYPES.get(kind, f"TYPE{kind}"), tuple(found), len(data))


def read_name(data: bytes, at: int) -> tuple[str, int]:
    """A name and the byte after it. Bytes that are no plain letters become `\\ddd`, as in master files."""
    labels: list[str] = []
    end, jumps, total = -1, 0, 0
    while True:
        if at >= len(data):
            raise ValueError("a name runs beyond the message")
        length = data[at]
        if length & 0xC0 == 0xC0:
            if at + 1 >= len(data):
                raise ValueError("a pointer is cut short")
            target = (length & 0x3F) << 8 | data[at + 1]
            end = at + 2 if end < 0 else end
            jumps += 1
            if target >= at or jumps > MAX_JUMPS:
                raise ValueError("a pointer leads nowhere")
            at = target
            continue
        if length & 0xC0:
            raise ValueError("a label of an unknown kind")
        at += 1
        if not length:
            return ".".join(labels).lower(), at if end < 0 else end
        total += length + 1
        if total > 255 or at + length > len(data):
            raise ValueError("a name is too long")
        labels.append(_label(data[at : at + length]))
        at += length


def _label(raw: bytes) -> str:
    if raw.isalnum():
        return raw.decode("ascii")
    return "".join(chr(b) if 33 <= b < 127 and b not in b".\\" else f"\\{b:03d}" for b in raw)


def _record(data: bytes, at: int) -> tuple[str, int]:
    _, at = read_name(data, at)
    if at + 10 > len(data):
        raise ValueError("a record is cut short")
    kind, _, _, length = struct.unpack_from(">HHIH", data, at)
    at += 10
    if at + length > len(data):
        raise ValueError("a record is cut short")
    value = data[at : at + length]
    if kind == 1 and length == 4:
        told = inet_ntop(AF_INET, value)
    elif kind == 28 and length == 16:
        told = inet_ntop(AF_INET6, value)
    elif kind in (2, 5, 12):
        told = read_name(data, at)[0]
    else:
        told = f"{TYPES.get(kind, f'TYPE{kind}')} {length}"
    return told, at + length


__all__ = ["CODES", "TYPES", "DnsMessage", "read_message", "read_name"]
