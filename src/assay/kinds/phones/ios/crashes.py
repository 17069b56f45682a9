"""Crash reports (.ips): a line of JSON that says what it is, then the report as JSON or, before iOS 15, as text.

What crashed, where its program lay, and what kind of end it was: a crash, a kill for memory (Jetsam), a kernel panic, a forced
reset. Reports of stacks and of Jetsam also name every process that ran.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from assay.kinds.phones.backup.database import Broken
from assay.kinds.phones.gathering import Content, bytes_of
from assay.kinds.phones.timeline import Event, event, written

MAX_REPORT = 32 << 20
MAX_PROCESSES = 5_000
PANIC, MEMORY, STACKS, RESET = {"210", "151", "110"}, {"298", "198", "241"}, {"288", "188"}, {"115"}
CRASHES = {"109", "309", "308", "385", "327"}
_PATH = re.compile(r"^Path:\s+(\S.{0,1000})$", re.MULTILINE)
_VERSION = re.compile(r"(\d{1,2}\.\d{1,2}(?:\.\d{1,2})?) \(([0-9A-Z]{4,8}[a-z]?)\)")


def report(content: Content, source: str) -> Iterator[Event]:
    """One report's events. Raises `Broken` where its first line is no JSON."""
    data = bytes_of(content, MAX_REPORT)
    first, _, rest = data.partition(b"\n")
    head = _json(first)
    if not isinstance(head, dict):
        raise Broken("its first line is no JSON")
    body = _json(rest)
    body = body if isinstance(body, dict) else {}
    kind = str(head.get("bug_type", ""))
    when = written(str(head.get("timestamp") or body.get("captureTime") or ""))
    text = "" if body else rest[:65_536].decode("utf-8", "replace")
    path = str(body.get("procPath") or next(iter(_PATH.findall(text)), "")).strip()
    name = str(head.get("name") or head.get("app_name") or body.get("procName") or path.rpartition("/")[2])
    if found := _VERSION.search(str(head.get("os_version", ""))):
        yield event(0, "property", "ProductVersion", source, found[1])
        yield event(0, "property", "ProductBuildVersion", source, found[2])
    if kind in PANIC:
        yield event(when, "panic", str(body.get("product") or "kernel"), source, kind)
    elif kind in RESET:
        yield event(when, "reboot", "forced reset", source, kind)
    elif kind in MEMORY:
        yield event(when, "crash.memory", str(body.get("largestProcess") or name), source, path)
        yield from _running(body.get("processes"), when, source)
    elif kind in STACKS:
        processes = body.get("processByPid")
        yield from _running(list(processes.values()) if isinstance(processes, dict) else [], when, source)
    elif name:
        yield event(
            when,
            "crash" if kind in CRASHES or path else "diagnosed",
            name,
            source,
            path or kind,
            str(head.get("bundleID") or ""),
        )


def _running(processes: Any, when: float, source: str) -> Iterator[Event]:
    for one in processes[:MAX_PROCESSES] if isinstance(processes, list) else ():
        name = (one.get("name") or one.get("procname")) if isinstance(one, dict) else None
        if isinstance(name, str) and name:
            yield event(when, "process.seen", name, source)


def _json(data: bytes) -> Any:
    try:
        return json.loads(data)
    except (ValueError, RecursionError):
        return None


__all__ = ["report"]
