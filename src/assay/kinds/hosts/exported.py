"""Windows events as PowerShell exports them (`Get-WinEvent | ConvertTo-Json`): values stand in a list without names, beside a message
in the language of the machine. What the values of common events are is known by their place (Microsoft's templates of these events);
Sysmon's messages are lines of names and values in any language; of all others the values are what words are looked for in.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

from assay.kinds.hosts.windows import flatten

_SUBJECT = ("SubjectUserSid", "SubjectUserName", "SubjectDomainName", "SubjectLogonId")
_TARGET = ("TargetUserSid", "TargetUserName", "TargetDomainName")
_ORIGIN = ("LogonProcessName", "AuthenticationPackageName", "WorkstationName")
_PLACES: dict[tuple[str, int], tuple[str, ...]] = {  # log, event -> the names of its values, in order
    ("Security", 4624): (*_SUBJECT, *_TARGET, "TargetLogonId", "LogonType", *_ORIGIN, "LogonGuid", "TransmittedServices", "LmPackageName",
                         "KeyLength", "ProcessId", "ProcessName", "IpAddress", "IpPort"),
    ("Security", 4625): (*_SUBJECT, *_TARGET, "Status", "FailureReason", "SubStatus", "LogonType", *_ORIGIN, "TransmittedServices",
                         "LmPackageName", "KeyLength", "ProcessId", "ProcessName", "IpAddress", "IpPort"),
    ("Security", 4688): (*_SUBJECT, "NewProcessId", "NewProcessName", "TokenElevationType", "ProcessId", "CommandLine", *_TARGET,
                         "TargetLogonId", "ParentProcessName", "MandatoryLabel"),
    ("Security", 4698): (*_SUBJECT, "TaskName", "TaskContent"),
    ("System", 7045): ("ServiceName", "ImagePath", "ServiceType", "StartType", "AccountName"),
    ("Microsoft-Windows-PowerShell/Operational", 4104): ("MessageNumber", "MessageTotal", "ScriptBlockText", "ScriptBlockId", "Path"),
}  # fmt: skip
_HEXADECIMAL = re.compile(r".*(?:LogonId|ProcessId|Status)")  # numbers that the logs themselves write so
_SYSMON = "Microsoft-Windows-Sysmon/Operational"
_LINE = re.compile(r"^(\w{1,64}): (.*?)\r?$", re.MULTILINE)
_SINCE_1970 = re.compile(r"/Date\((\d{1,16})\)/")
MOST = 200  # values of one event


def exported(record: dict[str, Any]) -> dict[str, Any] | None:
    """One such object as a flat record; None where it is none."""
    log, number, values = record.get("LogName"), record.get("Id"), record.get("Properties")
    if not (isinstance(log, str) and isinstance(number, int) and "ProviderName" in record):
        return None
    told = (
        [one.get("Value") if isinstance(one, dict) else one for one in values[:MOST]]
        if isinstance(values, list)
        else []
    )
    message = record.get("Message")
    names = _PLACES.get((log, number))
    if log == _SYSMON and isinstance(message, str):
        data: dict[str, Any] = dict(_LINE.findall(message))
    elif names is not None and told:
        data = {name: _written(name, value) for name, value in zip(names, told, strict=False)}
    else:
        data = {"Data": told} if told else {}
    if isinstance(message, str):
        data.setdefault("Message", message)
    system = {
        "EventID": number, "Channel": log, "Computer": record.get("MachineName"), "EventRecordID": record.get("RecordId"),
        "Provider": {"#attributes": {"Name": record["ProviderName"]}},
        "TimeCreated": {"#attributes": {"SystemTime": _moment(record.get("TimeCreated"))}},
    }  # fmt: skip
    return flatten({"Event": {"System": system, "EventData": data}})


def _written(name: str, value: Any) -> Any:
    return (
        hex(value) if isinstance(value, int) and not isinstance(value, bool) and _HEXADECIMAL.fullmatch(name) else value
    )


def _moment(value: Any) -> Any:
    """PowerShell 5 writes milliseconds since 1970, PowerShell 7 a date."""
    found = _SINCE_1970.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        return value
    try:
        return datetime.fromtimestamp(int(found[1]) / 1000, UTC).isoformat()
    except (ValueError, OverflowError, OSError):
        return None


__all__ = ["exported"]
