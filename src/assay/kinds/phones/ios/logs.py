"""Plain logs of a sysdiagnose: installations, activation, containers, system log. Only what they say of apps, restarts and
processes is read out; names of the phone and of people are not."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime

from assay.kinds.phones.backup.database import Broken
from assay.kinds.phones.gathering import Content, bytes_of
from assay.kinds.phones.timeline import Event, event

MAX_LINE, MAX_LINES = 4_096, 1_000_000
_LINE = re.compile(r"^(?:[A-Z][a-z]{2} )?([A-Z][a-z]{2}) +(\d{1,2}) (\d\d):(\d\d):(\d\d) (\d{4}) \[\d+\] (.*)$")
_ID = r"([A-Za-z0-9][A-Za-z0-9._-]{1,200})"
_INSTALLED = re.compile(rf"Install(?:ation)? Successful for \((?:\w+:)?{_ID}\)|Installing <\w+ ID={_ID}")
_UPDATED = re.compile(rf"Attempting Delta patch update of {_ID}|Updat(?:ed|ing) (?:bundle )?(?:identifier )?{_ID}")
_REMOVED = re.compile(rf"Uninstalling identifier {_ID}|Destroying container (?:with identifier )?{_ID}")
_STARTUP = re.compile(r"_{4,} ?Mobile Activation Startup ?_{4,}|first boot")
_BUILD = re.compile(r"build_version: ([0-9A-Z]{4,8}[a-z]?)\b")
_SYSLOG = re.compile(r"^[A-Z][a-z]{2} +\d{1,2} \d\d:\d\d:\d\d \S+ ([\w.\-]{1,128})(?:\([^)]*\))?\[\d+\]")
_MONTHS = {"JanFebMarAprMayJunJulAugSepOctNovDec"[3 * i : 3 * i + 3]: i + 1 for i in range(12)}


def installations(content: Content, source: str) -> Iterator[Event]:
    """mobile_installation.log: apps installed, updated, removed."""
    for when, text in _lines(content):
        for pattern, kind in ((_REMOVED, "app.removed"), (_UPDATED, "app.updated"), (_INSTALLED, "app.installed")):
            if found := pattern.search(text):
                yield event(when, kind, next(g for g in found.groups() if g), source)
                break


def activations(content: Content, source: str) -> Iterator[Event]:
    """mobileactivationd.log: each start of the phone, and a new build where it was upgraded."""
    build = ""
    for when, text in _lines(content):
        if _STARTUP.search(text):
            yield event(when, "reboot", "start", source)
        elif (found := _BUILD.search(text)) and found[1] != build:
            if build:
                yield event(when, "upgraded", found[1], source, build)
            build = found[1]


def containers(content: Content, source: str) -> Iterator[Event]:
    """containermanagerd.log: starts, and containers of apps removed."""
    for when, text in _lines(content):
        if "first boot" in text:
            yield event(when, "reboot", "start", source)
        elif found := _REMOVED.search(text):
            yield event(when, "app.removed", next(g for g in found.groups() if g), source)


def system(content: Content, source: str) -> Iterator[Event]:
    """A system log as text: which processes spoke. Its lines name no year, so no time is told."""
    names: dict[str, None] = {}
    for line in _text(content).splitlines()[:MAX_LINES]:
        if found := _SYSLOG.match(line[:MAX_LINE]):
            names[found[1]] = None
    for name in names:
        yield event(0, "process.seen", name, source)


def _lines(content: Content) -> Iterator[tuple[float, str]]:
    """Time and text of each line that has a date; those without belong to the line before and have its time."""
    when = 0.0
    for line in _text(content).splitlines()[:MAX_LINES]:
        line = line[:MAX_LINE]
        found = _LINE.match(line)
        if found is None:
            yield when, line
            continue
        month, day, hour, minute, second, year = found.groups()[:6]
        try:
            moment = datetime(
                int(year), _MONTHS.get(month, 0), int(day), int(hour), int(minute), int(second), tzinfo=UTC
            )
            when = max(0.0, moment.timestamp())
        except ValueError:
            when = 0.0
        yield when, found[7]


def _text(content: Content) -> str:
    data = bytes_of(content)
    if b"\0" in data[:4096]:
        raise Broken("not a log")
    return data.decode("utf-8", "replace")


__all__ = ["activations", "containers", "installations", "system"]
