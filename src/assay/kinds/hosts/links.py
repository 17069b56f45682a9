"""What an event names beside its host, user and address, and by which findings belong together: processes, log-on sessions, and
files by their hash.

A log-on's number is only unique on its host, so the host stands before it. Programs that come with the system are left out:
everybody has them, so that they link nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from assay.core.entity import Entity

_PROCESSES = (
    "ProcessGuid", "ParentProcessGuid", "SourceProcessGUID", "SourceProcessGuid", "TargetProcessGUID", "TargetProcessGuid",
)  # fmt: skip
_LOGONS = ("LogonId", "SubjectLogonId", "TargetLogonId", "TargetUserLogonId")
_NOBODY = frozenset(("0x0", "0x3e7", "0x3e4", "0x3e5", "0x3e3"))  # none; SYSTEM, network and local service, anonymous
_PROGRAMS = ("ImageLoaded", "TargetFilename", "Image")
_SYSTEM = re.compile(r"(?:[a-z]:\\windows\\|\\systemroot\\|/usr/|/bin/|/sbin/|/lib)", re.IGNORECASE)
_GUID = re.compile(r"\{?[0-9A-Fa-f-]{16,40}\}?")
_LOGON = re.compile(r"0x[0-9A-Fa-f]{1,16}")
_HASH = re.compile(r"\b(SHA256|SHA1|MD5)=([0-9A-Fa-f]{32,64})\b")
_GRADE = {"SHA256": 0, "SHA1": 1, "MD5": 2}


def linked(record: Mapping[str, Any], host: str | None) -> Iterator[Entity]:
    """The entities of one flat record, each once; nothing of what is malformed."""
    seen = set()
    for name in _PROCESSES:
        value = record.get(name)
        if isinstance(value, str) and _GUID.fullmatch(value):
            seen.add(Entity("process", value.strip("{}").lower()))
    for name in _LOGONS:
        value = record.get(name)
        if host and isinstance(value, str) and _LOGON.fullmatch(value) and value.lower() not in _NOBODY:
            seen.add(Entity("logon", f"{host.lower()}:{value.lower()}"))
    yield from sorted(seen)
    digest = _file(record)
    if digest:
        yield Entity("file", digest)


def _file(record: Mapping[str, Any]) -> str:
    """The strongest hash of the file that the event is about; "" where it comes with the system, or none is told."""
    hashes = record.get("Hashes") or record.get("Hash")
    if not isinstance(hashes, str):
        return ""
    program = next((value for name in _PROGRAMS if isinstance(value := record.get(name), str) and value), "")
    if not program or _SYSTEM.match(program):
        return ""
    found = sorted(_HASH.findall(hashes[:1000]), key=lambda pair: _GRADE[pair[0]])
    return found[0][1].lower() if found else ""


__all__ = ["linked"]
