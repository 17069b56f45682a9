"""Records of collectors that carry somebody else's line or event: systemd's journal (`journalctl -o json`) and Wazuh's alerts. What they
carry is read as if it had come itself.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from assay.kinds.hosts.lines import carried_in, record_of
from assay.kinds.hosts.windows import flatten

Flat = dict[str, Any]


def carried(record: dict[str, Any]) -> Flat | None:
    """The record that another one carries; None where it is no such."""
    if "__REALTIME_TIMESTAMP" in record or ("_BOOT_ID" in record and "MESSAGE" in record):
        return _journal(record)
    rule, agent = record.get("rule"), record.get("agent")
    if isinstance(rule, dict) and isinstance(agent, dict) and "manager" in record:
        return _wazuh(record, rule, agent)
    return None


def _journal(record: dict[str, Any]) -> Flat:
    """The field names of systemd.journal-fields(7). A message that is no text is a list of bytes."""
    message = record.get("MESSAGE")
    if isinstance(message, list):
        message = bytes(b for b in message if isinstance(b, int) and 0 <= b < 256).decode("utf-8", "replace")
    flat: Flat = {
        "hostname": record.get("_HOSTNAME"), "program": record.get("SYSLOG_IDENTIFIER") or record.get("_COMM"),
        "pid": record.get("_PID") or record.get("SYSLOG_PID"), "severity": record.get("PRIORITY"), "unit": record.get("_SYSTEMD_UNIT"),
        "Image": record.get("_EXE"), "CommandLine": record.get("_CMDLINE"), "timestamp": record.get("__REALTIME_TIMESTAMP"),
    }  # fmt: skip
    flat = {name: str(value) for name, value in flat.items() if value not in (None, "")}
    return carried_in(flat, str(message or ""))


def _wazuh(record: dict[str, Any], rule: dict[str, Any], agent: dict[str, Any]) -> Flat:
    """Wazuh's own verdict is kept beside what it was read from."""
    data = record.get("data")
    event = data.get("win") if isinstance(data, dict) else None
    about = {"wazuh.rule": str(rule.get("id", "")), "wazuh.description": str(rule.get("description", ""))[:1000]}
    if isinstance(event, dict) and isinstance(event.get("system"), dict):
        return about | _windows(event)
    written = datetime.now(UTC)
    flat = record_of(str(record.get("full_log") or ""), written)
    flat["timestamp"] = str(record.get("timestamp", ""))
    flat.setdefault("hostname", str(agent.get("name", "")))
    return flat | about


def _windows(event: dict[str, Any]) -> Flat:
    """Names come with a small letter in front."""
    system = {name[:1].upper() + name[1:]: value for name, value in event["system"].items()}
    system["EventID"] = system.pop("EventID", system.get("EventId"))
    system["TimeCreated"] = {"#attributes": {"SystemTime": system.pop("SystemTime", None)}}
    system["Provider"] = {"#attributes": {"Name": system.pop("ProviderName", None)}}
    data = event.get("eventdata")
    named = {name[:1].upper() + name[1:]: value for name, value in data.items()} if isinstance(data, dict) else {}
    return flatten({"Event": {"System": system, "EventData": named}})


__all__ = ["carried"]
