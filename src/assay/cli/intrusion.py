"""The break-in that `assay demo` shows: what the logs of one machine say of it, minute by minute, as plain JSON."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

KIND = "log-record"
_SYSTEM = "C:\\Windows\\System32\\"
_OFFICE = "C:\\Program Files\\Microsoft Office\\root\\Office16\\WINWORD.EXE"
_SHELL = _SYSTEM + "cmd.exe"
STEPS: tuple[tuple[int, dict[str, str]], ...] = (
    (0, {"Image": _SYSTEM + "WindowsPowerShell\\v1.0\\powershell.exe", "ParentImage": _OFFICE,
         "CommandLine": "powershell -nop -w hidden -enc SQBFAFgAIAAoAE4AZQB3AC0ATwBiAGoAZQBjAHQA"}),
    (6, {"Image": _SYSTEM + "rundll32.exe", "ParentImage": _SHELL,
         "CommandLine": "rundll32.exe C:\\windows\\System32\\comsvcs.dll, MiniDump 624 C:\\temp\\l.dmp full"}),
    (11, {"Image": _SYSTEM + "wbem\\WMIC.exe", "ParentImage": _SHELL,
          "CommandLine": 'wmic /node:10.20.0.8 process call create "cmd /c whoami"'}),
    (19, {"Image": _SYSTEM + "vssadmin.exe", "ParentImage": _SHELL, "CommandLine": "vssadmin delete shadows /all /quiet"}),
)  # fmt: skip
"""(minutes from the first, fields of a Sysmon process event)."""
LASTS = STEPS[-1][0]


def records(id_: str, ends: datetime, host: str, user: str | None, ip: str | None) -> Iterator[dict[str, Any]]:
    """Log records of a break-in on this machine that has just ended."""
    whom = {name: value for name, value in (("user", user), ("ip", ip)) if value}
    for i, (minute, fields) in enumerate(STEPS):
        yield {
            "kind": KIND, "id": f"{id_}-{i}", "time": (ends - timedelta(minutes=LASTS - minute)).isoformat(), "host": host,
            "product": "windows", "category": "process_creation", **whom,
            "fields": {"Channel": "Microsoft-Windows-Sysmon/Operational", "EventID": "1", "LogonId": "0x5a3c1", **fields},
        }  # fmt: skip


__all__ = ["KIND", "records"]
