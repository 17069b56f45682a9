"""`dumpsys package`: what is installed, by whom and when, what it may do, and which apps are told of calls and messages."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import tzinfo

from assay.kinds.phones.android.times import local
from assay.kinds.phones.timeline import Event, event

MAX_PACKAGES = 20_000
GRAVE = frozenset({
    "READ_SMS", "RECEIVE_SMS", "SEND_SMS", "RECEIVE_MMS", "READ_CALL_LOG", "PROCESS_OUTGOING_CALLS", "RECORD_AUDIO", "CAMERA",
    "ACCESS_FINE_LOCATION", "ACCESS_BACKGROUND_LOCATION", "READ_CONTACTS", "SYSTEM_ALERT_WINDOW", "REQUEST_INSTALL_PACKAGES",
    "BIND_ACCESSIBILITY_SERVICE", "BIND_DEVICE_ADMIN", "BIND_NOTIFICATION_LISTENER_SERVICE", "PACKAGE_USAGE_STATS",
    "QUERY_ALL_PACKAGES", "WRITE_SECURE_SETTINGS", "MANAGE_EXTERNAL_STORAGE", "ANSWER_PHONE_CALLS", "CALL_PHONE",
    "DISABLE_KEYGUARD", "READ_PHONE_NUMBERS", "RECEIVE_WAP_PUSH", "REQUEST_DELETE_PACKAGES", "FOREGROUND_SERVICE_MEDIA_PROJECTION",
})  # fmt: skip
"""Permissions that are told of apps that are no part of the system."""
ACTIONS = {
    "android.intent.action.NEW_OUTGOING_CALL": "outgoing calls",
    "android.intent.action.PHONE_STATE": "calls",
    "android.provider.Telephony.SMS_RECEIVED": "messages",
    "android.intent.action.DATA_SMS_RECEIVED": "data messages",
    "android.provider.Telephony.NEW_OUTGOING_SMS": "outgoing messages",
}
NOBODY = "none"  # an app that no store installed
_PACKAGE = re.compile(r"^  (?:Hidden )?Package \[([\w.]{1,255})\] \(")
_FIELD = re.compile(r"^    (\w+)=(.*)$")
_GRANTED = re.compile(r"^ {4,8}android\.permission\.(\w{1,100}): granted=true")
_COMPONENT = re.compile(r"^ {8,}[0-9a-f]{1,16} ([\w.]{1,255})/")
_ACTION = re.compile(r"^ {6}([\w.]{1,200}):\s*$")


def packages(lines: Sequence[str], source: str, zone: tzinfo) -> Iterator[Event]:
    """`app`, `app.installed`, `app.updated` and `permission` of each package."""
    name, fields, granted, count = "", dict[str, str](), set[str](), 0
    for line in [*lines, "  Package [end] ("]:
        found = _PACKAGE.match(line)
        if found is None:
            if name and (of := _FIELD.match(line)):
                fields.setdefault(of[1], of[2])
            elif name and (of := _GRANTED.match(line)):
                granted.add(of[1])
            elif name and line and not line.startswith(" "):
                yield from _package(name, fields, granted, source, zone)
                name = ""
            continue
        if name:
            yield from _package(name, fields, granted, source, zone)
        count += 1
        if count > MAX_PACKAGES:
            return
        name, fields, granted = found[1], {}, set()


def _package(name: str, fields: dict[str, str], granted: set[str], source: str, zone: tzinfo) -> Iterator[Event]:
    of_system = " SYSTEM " in f" {fields.get('pkgFlags', '')} {fields.get('flags', '')} "
    installer = fields.get("installerPackageName", "")
    origin = "system" if of_system else installer if installer not in ("", "null") else NOBODY
    yield event(0, "app", name, source, origin)
    first, last = (local(fields.get(f, ""), zone) for f in ("firstInstallTime", "lastUpdateTime"))
    if not of_system:
        yield event(first, "app.installed", name, source, origin)
        for permission in sorted(granted & GRAVE):
            yield event(0, "permission", name, source, permission)
    if last > first:
        yield event(last, "app.updated", name, source, origin)


def receivers(lines: Sequence[str], source: str, zone: tzinfo) -> Iterator[Event]:
    """A `receiver` for each app that is told of calls or messages."""
    action, told = "", set()
    for line in _table(lines, "Receiver Resolver Table"):
        if found := _ACTION.match(line):
            action = ACTIONS.get(found[1], "")
        elif action and (found := _COMPONENT.match(line)) and (found[1], action) not in told:
            told.add((found[1], action))
            yield event(0, "receiver", found[1], source, action)


def activities(lines: Sequence[str], source: str, zone: tzinfo) -> Iterator[Event]:
    """An `activity` for each app that has a screen which others may open, whether or not its package is listed."""
    told = set()
    for line in _table(lines, "Activity Resolver Table"):
        if (found := _COMPONENT.match(line)) and found[1] not in told:
            told.add(found[1])
            yield event(0, "activity", found[1], source)


def _table(lines: Sequence[str], title: str) -> Iterator[str]:
    """The lines of one table."""
    inside = False
    for line in lines:
        if not line.startswith(" ") and line:
            inside = line.startswith(title)
        elif inside:
            yield line


__all__ = ["ACTIONS", "GRAVE", "NOBODY", "activities", "packages", "receivers"]
