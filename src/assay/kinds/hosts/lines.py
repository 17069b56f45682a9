"""Logs that are lines of text: syslog (RFC 3164 and 5424) with what programs and devices write into it, access logs of web servers,
and Linux's audit log.

A line of a shape that is not known is still a record: its text is what keyword rules look at. Nothing is guessed about the
product behind a line, since a rule that is left out wrongly is silent.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

from assay.core.batch import Batch
from assay.core.kind import RowError
from assay.formats.packed import bounded_lines, head_of, opened
from assay.kinds.hosts import devices
from assay.kinds.hosts.audit import with_events
from assay.kinds.hosts.batches import batches
from assay.kinds.hosts.event_xml import record_of_xml
from assay.kinds.hosts.web import W3C, Fields, access_record

Flat = dict[str, Any]
MAX_LINE = 1 << 20
_RFC5424 = re.compile(
    r"<(\d{1,3})>1 (\S{1,64}) (\S{1,255}) (\S{1,48}) (\S{1,128}) (\S{1,32}) (-|(?:\[(?:[^\]\\\"]|\\.|\"(?:[^\"\\]|\\.)*\")*\])+) ?(.*)",
    re.DOTALL,
)
_RFC3164 = re.compile(
    r"(?:<(\d{1,3})>)?(?:([A-Z][a-z]{2} {1,2}\d{1,2} (?:\d{4} )?\d\d:\d\d:\d\d)|(\d{4}-\d\d-\d\dT\S{8,32})) (\S{1,255}) ([^\s:\[]{1,100})(?:\[(\d{1,10})\])?: ?(.*)",
    re.DOTALL,
)
_AUDIT = re.compile(
    r"(?:node=(\S{1,255}) )?type=([A-Z0-9_\[\]]{1,40}) msg=audit\((\d{1,12})(?:\.(\d{1,3}))?:(\d{1,20})\):? ?(.*)",
    re.DOTALL,
)
_PAIR = re.compile(r"([A-Za-z0-9_.-]{1,64})=(\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*'|\S*)")
_STRUCTURED = re.compile(r"\[(\S{1,64})((?: [^\]=\s]{1,64}=\"(?:[^\"\\]|\\.)*\")*)\]")
_HEX = re.compile(r"(?:[0-9A-F]{2}){2,}")
# What secure shell's daemon says of a logon: who, and from where.
_SSHD = re.compile(
    r"(?:Failed|Accepted|Invalid|Disconnected from|Connection closed by)[^\n]{0,60}?(?:for |user )(?:invalid user )?(\S{1,64}) (?:from )?([0-9a-fA-F.:]{3,45})(?: port \d{1,5})?"
)
_HEX_FIELDS = re.compile(r"a\d{1,3}|proctitle|exe|comm|cwd|name|cmd|acct")


class TextLog:
    """Knows a log by its first lines: most of them must have one of the shapes."""

    name = "hosts.lines"

    def sniff(self, head: bytes, path: Path) -> float:
        lines = [line for line in head_of(head).decode("utf-8", "replace").splitlines()[:40] if line.strip()]
        if not lines or "\0" in lines[0]:
            return 0.0
        if any(line.startswith(W3C) for line in lines[:10]):
            return 0.8
        known = sum(bool(_shape(line[:4096])) for line in lines[:20])
        return 0.8 if known >= max(1, 0.8 * min(len(lines), 20)) else 0.0

    def read(self, path: Path, *, mapping: Any = None, reject: Callable[[RowError], None]) -> Iterator[Batch[Any]]:
        """Lines without a year are taken to be of the twelve months before the file was last written."""
        written = datetime.fromtimestamp(path.stat().st_mtime, UTC)
        with opened(path) as file:
            yield from batches(with_events(_records(file, written, reject)), path)


def _records(file: IO[bytes], written: datetime, reject: Callable[[RowError], None]) -> Iterator[Flat]:
    columns = Fields()
    for _, line in bounded_lines(file, MAX_LINE, reject):
        text = line.decode("utf-8", "replace").rstrip("\r\n").replace("\0", "\N{REPLACEMENT CHARACTER}")
        if text.strip() and not (text.startswith("#") and columns.header(text)):
            yield columns.record(text) or record_of(text, written)


def _shape(text: str) -> bool:
    return bool(
        _AUDIT.match(text) or _RFC5424.match(text) or _RFC3164.match(text) or access_record(text) or devices.shape(text)
    )


def record_of(text: str, written: datetime) -> Flat:
    """A line as a flat record; the whole text is its `message` where its shape is not known."""
    if found := _AUDIT.match(text):
        return _audit(found)
    if (flat := access_record(text) or devices.record(text, written)) is not None:
        return flat
    flat, message = {}, text
    if found := _RFC5424.match(text):
        priority, time, host, program, pid, identity, structured, message = found.groups()
        flat = {"timestamp": time, "hostname": host, "program": program, "pid": pid, "msgid": identity}
        flat |= devices.priority(priority)
        for name, pairs in _STRUCTURED.findall(structured):
            for key, value in re.findall(r" ([^\]=\s]{1,64})=\"((?:[^\"\\]|\\.)*)\"", pairs):
                flat[f"{name}.{key}"] = re.sub(r"\\(.)", r"\1", value)
    elif found := _RFC3164.match(text):
        priority, day, iso, host, program, pid, message = found.groups()
        flat = {"hostname": host, "program": program} | ({"pid": pid} if pid else {}) | devices.priority(priority)
        flat["timestamp"] = iso or devices.moment(day, written)
    return carried_in({name: value for name, value in flat.items() if value not in (None, "-", "")}, message, text)


def carried_in(flat: Flat, message: str, text: str = "") -> Flat:
    """A line's own fields with what its message says: an event in XML, CEF, or whom secure shell let in. `text` is the whole line."""
    program = str(flat.get("program", ""))
    if program == "sysmon" and message.startswith("<Event>"):
        with suppress(ValueError):
            return flat | record_of_xml(message)
    if program == "CEF":  # the mark of the format stands where a program's name would
        message = message if message.startswith("CEF:") else f"CEF:{message}"
        del flat["program"]
    flat |= devices.cef(message) or {}
    flat["message"] = message
    if program in ("sshd", "sshd-session") and (found := _SSHD.match(message)):
        flat |= {"user": found.group(1), "src_ip": found.group(2)}
    flat["_hints"] = _hints(flat, text or message)
    return flat


def _hints(flat: Flat, text: str) -> str:
    """Whose line it may be, in words: the program that wrote it, the maker it names, the marks it has. Rules that are made of
    nothing but words are asked only of lines that may be theirs."""
    words = devices.marks(text)
    if not str(flat.get("program", "%")).startswith("%"):
        words |= {"linux", re.sub(r"\W+", " ", str(flat["program"])[:32]).strip().lower()}
    for name in ("vendor", "product"):
        words |= set(str(flat.get(name, ""))[:64].lower().split()[:4])
    return " ".join(sorted(words))


def _audit(found: re.Match[str]) -> Flat:
    """One record of the audit log. Values in hexadecimal are decoded; an EXECVE's words are one `CommandLine` too."""
    node, kind, seconds, millis, serial, rest = found.groups()
    flat: Flat = {"type": kind, "timestamp": f"{seconds}.{millis or 0}", "serial": serial}
    if node:
        flat["hostname"] = node
    for _ in range(2):  # user-space records wrap theirs in msg='…'
        for name, value in _PAIR.findall(rest)[:500]:
            if name == "msg" and value.startswith("'"):
                continue
            quoted = value[:1] in "\"'"
            value = value.strip("\"'")
            if not quoted and _HEX.fullmatch(value) and _HEX_FIELDS.fullmatch(name):
                value = bytes.fromhex(value).replace(b"\0", b" ").decode("utf-8", "replace").strip()
            flat.setdefault(name, value)
        inner = re.search(r"msg='(.*)'", rest, re.DOTALL)
        if not inner:
            break
        rest = inner.group(1)
    if kind == "EXECVE":
        words = [flat[f"a{i}"] for i in range(500) if f"a{i}" in flat]
        if words:
            flat["CommandLine"] = " ".join(words)
    if "exe" in flat:
        flat["Image"] = flat["exe"]
    if "proctitle" in flat:
        flat.setdefault("CommandLine", flat["proctitle"])
    if flat.get("acct"):
        flat["user"] = flat["acct"]
    # A record by itself is for rules that name `auditd`; those of a category are for the event (`audit`).
    flat["_product"], flat["_service"], flat["_category"] = "linux", "auditd", "audit record"
    return flat


__all__ = ["TextLog", "carried_in", "record_of"]
