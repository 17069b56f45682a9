"""Lines of network devices and security products: the Common Event Format, Cisco's system messages, and the pairs that FortiGate
writes. A device's mark says whose line it is, which rules made of words alone need.
"""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

Flat = dict[str, Any]
_MONTHS = {
    m: i for i, m in enumerate(["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"], 1)
}
_DAY = re.compile(r"([A-Z][a-z]{2}) {1,2}(\d{1,2}) (?:(\d{4}) )?(\d\d):(\d\d):(\d\d)")
_CEF = re.compile(
    r"CEF:(\d)\|((?:[^|\\]|\\.)*)\|((?:[^|\\]|\\.)*)\|((?:[^|\\]|\\.)*)\|((?:[^|\\]|\\.)*)\|((?:[^|\\]|\\.)*)\|((?:[^|\\]|\\.)*)\|(.*)",
    re.DOTALL,
)
_CEF_KEY = re.compile(r"(?:^| )([A-Za-z0-9_.\[\]-]{1,64})=")
# Names of CEF's for what other logs, and so most rules, call otherwise.
_ALIASES = {
    "src": "src_ip", "dst": "dst_ip", "suser": "user", "duser": "TargetUserName", "shost": "SourceHostname",
    "dhost": "DestinationHostname", "spt": "src_port", "dpt": "dst_port", "request": "c-uri",
    "requestClientApplication": "c-useragent", "filePath": "TargetFilename", "sproc": "Image",
}  # fmt: skip
_CEF_TIMES = ("rt", "end", "start")
# `<189>1234: switch: *Mar  2 10:00:01.123 CET: %SYS-5-CONFIG_I: …` and `<166>Mar 02 2026 10:00:01 firewall : %ASA-6-302013: …`
_CISCO = re.compile(
    r"(?:<(\d{1,3})>)?(?:\d{1,10}: )?(?:(\S{1,255}): )?[*.]?([A-Z][a-z]{2} {1,2}\d{1,2} (?:\d{4} )?\d\d:\d\d:\d\d)(?:\.\d{1,6})?"
    r"(?: [A-Z]{1,5})?(?: (\S{1,255}))? ?: (%[A-Z][A-Z0-9_]{1,30}-.*)",
    re.DOTALL,
)
_FORTI = re.compile(
    r"(?:<(\d{1,3})>)?(?=date=\d{4}-\d\d-\d\d time=\S{8,16} .{0,200}?\b(?:logid|devid)=)(.*)", re.DOTALL
)
_PAIR = re.compile(r"([A-Za-z_][A-Za-z0-9_]{0,63})=(\"(?:[^\"\\]|\\.)*\"|\S*)")
_MARKS = {  # how lines of network devices that name no program are known
    "cisco": re.compile(r"%[A-Z][A-Z0-9_]{1,30}-(?:[A-Z0-9_]{1,20}-)?[0-7]-[A-Z0-9_]{2,40}:"),
    "huawei": re.compile(r"%%\d{2}[A-Z]{2,20}/\d/"),
    "juniper": re.compile(r"\b(?:RPD|UI|SNMPD|CHASSISD)_[A-Z_]{3,40}:"),
    "fortios": re.compile(r"\bdevname=\S{1,64} .{0,80}\blogid="),
}


def shape(text: str) -> bool:
    """Is it a line of one of these devices, or CEF?"""
    return bool(_CEF.match(text) or _CISCO.match(text) or _FORTI.match(text))


def record(text: str, written: datetime) -> Flat | None:
    """A line of Cisco's or FortiGate's as a record; None where it is neither."""
    if found := _FORTI.match(text):
        return _forti(found) | {"message": text, "_hints": "fortigate fortios"}
    if found := _CISCO.match(text):
        urgency, before, day, after, message = found.groups()
        flat = {"hostname": after or before, "timestamp": moment(day, written)} | priority(urgency)
        return {name: value for name, value in flat.items() if value} | {"message": message, "_hints": "cisco"}
    return None


def _forti(found: re.Match[str]) -> Flat:
    pairs = {name: value.strip('"') for name, value in _PAIR.findall(found.group(2))[:300]}
    zone = pairs.get("tz", "")
    zone = f"{zone[:3]}:{zone[3:]}" if re.fullmatch(r"[+-]\d{4}", zone) else "+00:00"
    flat: Flat = {**pairs, **priority(found.group(1)), "timestamp": f"{pairs.get('date')}T{pairs.get('time')}{zone}"}
    for name, other in (("devname", "hostname"), ("srcip", "src_ip"), ("dstip", "dst_ip")):
        if name in pairs:
            flat[other] = pairs[name]
    flat.pop("time", None)  # without its day
    return flat


def cef(message: str) -> Flat | None:
    """The fields of CEF in a message; None where there is none."""
    start = message.find("CEF:", 0, 260)
    found = _CEF.match(message[start:]) if start >= 0 else None
    if found is None:
        return None
    names = ("cef_version", "vendor", "product", "device_version", "signature", "name", "cef_severity")
    flat: Flat = {n: re.sub(r"\\(.)", r"\1", v) for n, v in zip(names, found.groups()[:7], strict=True)}
    text = found.group(8)
    keys = list(_CEF_KEY.finditer(text))[:500]
    for at, key in enumerate(keys):
        value = text[key.end() : keys[at + 1].start() if at + 1 < len(keys) else len(text)]
        value = value.replace("\\=", "=").replace("\\n", "\n").replace("\\\\", "\\").strip()
        flat[key.group(1)] = value
        if key.group(1) in _ALIASES:
            flat.setdefault(_ALIASES[key.group(1)], value)
    if device := flat.get("dvchost") or flat.get("shost"):
        flat["hostname"] = device
    told = next((flat[name] for name in _CEF_TIMES if name in flat), "")
    if (day := _DAY.match(told)) and day[3]:
        told = moment(told, datetime.now(UTC)) or ""
    if told:
        flat["timestamp"] = told
    return flat


def marks(text: str) -> set[str]:
    """Whose mark a line has."""
    return {name for name, mark in _MARKS.items() if mark.search(text[:1000])}


def priority(text: str | None) -> dict[str, str]:
    return {"facility": str(int(text) >> 3), "severity": str(int(text) & 7)} if text else {}


def moment(text: str, written: datetime) -> str | None:
    """`Mar  2 10:00:01`, with its year or in the one that puts it before the log was last written, a day's clock error allowed."""
    found = _DAY.match(text)
    if found is None:
        return None
    month, day, year, hour, minute, second = found.groups()
    for one in [int(year)] if year else range(written.year + 1, written.year - 5, -1):
        with suppress(ValueError):  # no such day in that year, or no such month
            when = datetime(
                one, _MONTHS.get(month, 0), int(day), int(hour), int(minute), min(int(second), 59), tzinfo=UTC
            )
            if year or when <= written + timedelta(days=1):
                return when.isoformat()
    return None


__all__ = ["cef", "marks", "moment", "priority", "record", "shape"]
