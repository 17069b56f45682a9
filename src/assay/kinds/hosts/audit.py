"""Linux's audit log: one event is several records of one serial (SYSCALL, EXECVE, CWD, PATH, SOCKADDR, PROCTITLE). Rules for
`auditd` read the records one by one; those for processes, files and connections read the event, put together here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from ipaddress import IPv4Address, IPv6Address
from pathlib import PurePosixPath
from typing import Any

Flat = dict[str, Any]
OPEN = 64  # events whose records are waited for; they come next to each other, or nearly
MOST_RECORDS = 64  # of one event
_LAST = ("PROCTITLE", "EOE")  # what comes last of an event
_HEX = re.compile(r"(?:[0-9A-Fa-f]{2}){2,128}")


def with_events(records: Iterable[Flat]) -> Iterator[Flat]:
    """The records, and after the last of each event the event itself where it is one that rules ask about."""
    waiting: dict[tuple[str, str, str], list[Flat]] = {}
    for record in records:
        yield record
        if record.get("_service") != "auditd":
            continue
        key = (str(record.get("hostname")), str(record.get("timestamp")), str(record.get("serial")))
        group = waiting.setdefault(key, [])
        if len(group) < MOST_RECORDS:
            group.append(record)
        if record.get("type") in _LAST:
            yield from together(waiting.pop(key))
        elif len(waiting) > OPEN:
            yield from together(waiting.pop(next(iter(waiting))))
    for group in waiting.values():
        yield from together(group)


def together(group: list[Flat]) -> Iterator[Flat]:
    """What an event's records say as one: a process started, files made or deleted, a connection."""
    kinds: dict[str, Flat] = {}
    for record in group:
        kinds.setdefault(str(record.get("type")), record)
    call = kinds.get("SYSCALL")
    if call is None:
        return
    base = {
        "timestamp": call["timestamp"], "_product": "linux", "_service": "audit event", "Image": call.get("exe"),
        "ProcessId": call.get("pid"), "ParentProcessId": call.get("ppid"), "LogonId": call.get("ses"),
        "User": call.get("UID") or call.get("AUID") or ("root" if call.get("uid") == "0" else call.get("uid")), "CurrentDirectory": kinds.get("CWD", {}).get("cwd"),
        "key": call.get("key"), "serial": call.get("serial"), "hostname": call.get("hostname"),
    }  # fmt: skip
    base = {name: value for name, value in base.items() if value not in (None, "", "(null)", "(none)")}
    if "EXECVE" in kinds:
        yield base | _started(kinds, base)
        return
    if "SOCKADDR" in kinds and (peer := address(str(kinds["SOCKADDR"].get("saddr", "")))):
        yield base | {
            "DestinationIp": peer[0],
            "DestinationPort": str(peer[1]),
            "Initiated": "true",
            "_category": "network_connection",
        }
        return
    for record in group:
        made = str(record.get("nametype"))
        if record.get("type") == "PATH" and made in ("CREATE", "DELETE") and record.get("name"):
            path = str(PurePosixPath(str(base.get("CurrentDirectory", "/"))) / str(record["name"]))
            yield base | {"TargetFilename": path, "_category": "file_event" if made == "CREATE" else "file_delete"}


def _started(kinds: dict[str, Flat], base: Flat) -> Flat:
    line = kinds["EXECVE"].get("CommandLine") or kinds.get("PROCTITLE", {}).get("proctitle")
    found = {"_category": "process_creation"} | ({"CommandLine": line} if line else {})
    if "Image" not in base and "PATH" in kinds and kinds["PATH"].get("name"):
        found["Image"] = kinds["PATH"]["name"]
    return found


def address(text: str) -> tuple[str, int] | None:
    """Address and port of a socket address in hexadecimal (`saddr`), or as the log's enriched form writes it."""
    if not _HEX.fullmatch(text):
        found = re.search(r"laddr=(\S{1,64}) lport=(\d{1,5})", text)
        return (found[1], int(found[2])) if found else None
    raw = bytes.fromhex(text)
    family = int.from_bytes(raw[:2], "little")
    if family == 2 and len(raw) >= 8:
        return str(IPv4Address(raw[4:8])), int.from_bytes(raw[2:4], "big")
    if family == 10 and len(raw) >= 24:
        return str(IPv6Address(raw[8:24])), int.from_bytes(raw[2:4], "big")
    return None


__all__ = ["address", "together", "with_events"]
