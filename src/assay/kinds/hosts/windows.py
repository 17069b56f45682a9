"""Windows events: one flat record of names and values out of the nested form, under the names that rules use."""

from __future__ import annotations

from typing import Any

MAX_VALUE = 65_536  # characters of one value that are looked at
MOST_LISTED = 1000  # of the values of one field

# Fields of the Security log under the names that Sysmon, and so most rules, use for the same.
_SECURITY_ALIASES: dict[int, dict[str, str]] = {
    4688: {
        "NewProcessName": "Image", "ParentProcessName": "ParentImage", "SubjectLogonId": "LogonId",
        "NewProcessId": "ProcessId", "ProcessId": "ParentProcessId",
    },
    4657: {"ProcessName": "Image", "ObjectName": "TargetObject", "NewValue": "Details"},
}  # fmt: skip
_LINUX_SYSMON = "Linux-Sysmon/Operational"
_LINUX_CATEGORIES = {
    1: "process_creation", 3: "network_connection", 5: "process_termination", 9: "raw_access_thread", 11: "file_event", 23: "file_delete",
}  # fmt: skip
_SYSTEM = ("EventID", "Version", "Level", "Task", "Opcode", "Keywords", "EventRecordID", "Channel", "Computer")


def flatten(event: dict[str, Any]) -> dict[str, Any]:
    """An event as the `evtx` parser gives it (`{"Event": {"System": …, "EventData": …}}`), flat.

    `_channel` and `_id` are where it was written and its number, by which rules are chosen; `Channel` is what a rule sees,
    which in events about a log is the log they speak of. Values are text, or lists of text.
    """
    inner = event.get("Event", event)
    system = inner.get("System")
    if not isinstance(system, dict):
        system = {}
    flat: dict[str, Any] = {}
    for name in _SYSTEM:
        value = system.get(name)
        if value is not None:
            flat[name] = _text(value["#text"] if isinstance(value, dict) and "#text" in value else value)
    _note(flat, "Provider_Name", system.get("Provider"), "Name")
    _note(flat, "UserID", system.get("Security"), "UserID")
    _note(flat, "SystemTime", system.get("TimeCreated"), "SystemTime")
    execution = _attributes(system.get("Execution"))
    if "ProcessID" in execution:
        flat["ExecutionProcessID"] = _text(execution["ProcessID"])
    channel, number = str(flat.get("Channel", "")), event_number(flat.get("EventID"))
    data = inner.get("EventData")
    if isinstance(data, dict):
        _data(flat, data)
    user = inner.get("UserData")
    if isinstance(user, dict):
        for name, value in user.items():
            if isinstance(value, dict):
                _data(flat, value)
            elif name != "#attributes":
                flat[name] = _text(value)
    if channel == "Microsoft-Windows-Windows Defender/Operational":
        for name in [n for n in flat if " " in n]:
            flat[name.replace(" ", "")] = flat[name]
    if channel == "Security" and number in _SECURITY_ALIASES:
        original = dict(flat)
        for name, alias in _SECURITY_ALIASES[number].items():
            if name in original:
                flat[alias] = original[name]
    if channel == _LINUX_SYSMON:
        flat |= {"_product": "linux", "_category": _LINUX_CATEGORIES.get(number, "sysmon"), "_service": "sysmon"}
    else:
        flat["_channel"], flat["_id"] = channel.lower(), number
    return flat


def _data(flat: dict[str, Any], data: dict[str, Any]) -> None:
    for name, value in data.items():
        if name == "#attributes" or value is None:
            continue
        if isinstance(value, dict):
            if "#text" in value:
                flat[name] = _text(value["#text"])
            else:  # a block within: its own fields
                _data(flat, value)
        else:
            flat[name] = _text(value)


def _note(flat: dict[str, Any], name: str, block: Any, attribute: str) -> None:
    value = _attributes(block).get(attribute)
    if value is not None:
        flat[name] = _text(value)


def _attributes(block: Any) -> dict[str, Any]:
    found = block.get("#attributes") if isinstance(block, dict) else None
    return found if isinstance(found, dict) else {}


def _text(value: Any) -> Any:
    """A value as rules compare it: text, or a list of text, those of lists within it among them."""
    if isinstance(value, str):
        return value if len(value) <= MAX_VALUE else value[:MAX_VALUE]
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        told = (_text(one) for one in value[:MOST_LISTED] if one is not None)
        return [text for one in told for text in (one if isinstance(one, list) else (one,))][:MOST_LISTED]
    if isinstance(value, dict):
        return _text(value.get("#text", ""))
    return str(value)


def event_number(value: Any) -> int:
    try:
        return int(value)
    except (TypeError, ValueError):
        return -1


__all__ = ["event_number", "flatten"]
