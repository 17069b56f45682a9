"""Logs that are lines: each shape gives its fields, no line is lost, and none takes long."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.core.kind import RowError
from assay.kinds.hosts.lines import MAX_LINE, TextLog, record_of

WRITTEN = datetime(2026, 3, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("line", "fields"),
    [
        (
            "Jun 14 15:16:01 combo sshd[19939]: Failed password for root from 203.0.113.9",
            {"timestamp": "2025-06-14T15:16:01+00:00", "hostname": "combo", "program": "sshd", "pid": "19939"},
        ),
        (
            "<34>Feb  9 22:14:15 host su: 'su root' failed",
            {"timestamp": "2026-02-09T22:14:15+00:00", "facility": "4", "severity": "2"},
        ),
        ("Feb 29 01:00:00 host x: leap", {"timestamp": "2024-02-29T01:00:00+00:00"}),
        (
            '<165>1 2026-02-11T22:14:15.003Z host app 88 ID47 [ex@1 a="b\\"]c" d="e"] the text',
            {"hostname": "host", "program": "app", "ex@1.a": 'b"]c', "ex@1.d": "e", "message": "the text"},
        ),
        (
            r"Feb 11 10:00:00 fw CEF: CEF:0|Maker|Wall\|Pro|1|100|worm stopped|10|src=10.0.0.1 suser=eva msg=a\=b c",
            {"vendor": "Maker", "product": "Wall|Pro", "src_ip": "10.0.0.1", "user": "eva", "msg": "a=b c"},
        ),
        (
            'type=EXECVE msg=audit(1772359200.123:4567): argc=3 a0="sh" a1="-c" a2=6361742066696C65',
            {"CommandLine": "sh -c cat file", "timestamp": "1772359200.123", "_service": "auditd"},
        ),
        (
            'type=USER_AUTH msg=audit(1772359200.1:1): pid=1 msg=\'op=PAM acct="root" exe="/usr/sbin/sshd" res=failed\'',
            {"acct": "root", "res": "failed", "Image": "/usr/sbin/sshd", "user": "root"},
        ),
        ("nobody knows this shape", {"message": "nobody knows this shape"}),
    ],
)
def test_shapes(line: str, fields: dict[str, str]) -> None:
    record = record_of(line, WRITTEN)
    assert {name: record.get(name) for name in fields} == fields


def test_every_line_is_a_record_or_refused(tmp_path: Path) -> None:
    lines = [
        "Jun 14 15:16:01 combo sshd[1]: x",
        "",
        "?" * 50,
        "z" * (MAX_LINE + 10),
        "\0\0\0",
        "<1>Jun 14 15:16:01 a b: c",
    ]
    path = tmp_path / "auth.log"
    path.write_text("\n".join(lines))
    refused: list[RowError] = []
    (batch,) = list(TextLog().read(path, reject=refused.append))
    assert len(batch) == 4
    assert [error.row for error in refused] == [4]
    assert batch.columns["host"].tolist() == ["combo", None, None, "a"]


def test_a_log_is_known_by_its_lines() -> None:
    path = Path("x.log")
    assert TextLog().sniff(b"Jun 14 15:16:01 combo sshd[1]: x\nJun 14 15:16:02 combo sshd[1]: y\n", path) > 0.5
    assert TextLog().sniff(b"type=EXECVE msg=audit(1:1): a0=x\n", path) > 0.5
    for other in (
        b"",
        b"a,b,c\n1,2,3\n",
        b"Dear Eva,\nhow are you?\n",
        b'{"a": 1}\n',
        b"%PDF-1.7\n",
        b"From: a@b\nSubject: x\n\nhello",
    ):
        assert TextLog().sniff(other, path) == 0.0


@given(st.text(max_size=300))
def test_any_line_is_flat_text(line: str) -> None:
    assert all(isinstance(value, str) for value in record_of(line, WRITTEN).values())


@pytest.mark.parametrize(
    "line",
    ["<1>1 a b c d e [" + "x" * 200_000, "type=A msg=audit(1:1): " + "a=" * 200_000, "CEF:0|" + "\\|" * 200_000, "CEF:0|a|b|c|d|e|f|" + " k" * 200_000,
     "type=A msg=audit(1:1): msg='" * 5000, "<1>1 a b c d e [" + '"\\' * 100_000],
)  # fmt: skip
def test_no_line_takes_for_ever(line: str) -> None:
    record_of(line, WRITTEN)  # a pattern that backtracks would not come back


EVENT = """type=SYSCALL msg=audit(1772359200.100:70): arch=c000003e syscall=59 success=yes exit=0 ppid=10 pid=11 auid=1000 uid=0 ses=3 comm="curl" exe="/usr/bin/curl" key="web"\x1dARCH=x86_64 SYSCALL=execve AUID="eva" UID="root"
type=EXECVE msg=audit(1772359200.100:70): argc=2 a0="curl" a1="http://198.51.100.7/x"
type=SYSCALL msg=audit(1772359200.101:71): arch=c000003e syscall=42 success=yes ppid=10 pid=11 uid=0 exe="/usr/bin/curl"
type=CWD msg=audit(1772359200.100:70): cwd="/root"
type=SOCKADDR msg=audit(1772359200.101:71): saddr=02000050C63364070000000000000000
type=PROCTITLE msg=audit(1772359200.101:71): proctitle=6375726C
type=PROCTITLE msg=audit(1772359200.100:70): proctitle=6375726C
type=SYSCALL msg=audit(1772359200.102:72): arch=c000003e syscall=257 success=yes pid=11 uid=0 exe="/usr/bin/curl"
type=CWD msg=audit(1772359200.102:72): cwd="/etc"
type=PATH msg=audit(1772359200.102:72): item=1 name="cron.d/x" nametype=CREATE
type=EOE msg=audit(1772359200.102:72):
"""


def test_records_of_one_audit_event_are_put_together(tmp_path: Path) -> None:
    (tmp_path / "audit.log").write_text(EVENT)
    (batch,) = list(TextLog().read(tmp_path / "audit.log", reject=lambda _: None))
    events = [r for r in batch.columns["record"] if r.get("_service") == "audit event"]
    connected, started, made = events
    assert (
        connected | {"_category": "network_connection", "DestinationIp": "198.51.100.7", "DestinationPort": "80"}
        == connected
    )
    assert started["CommandLine"] == "curl http://198.51.100.7/x"
    assert (started["Image"], started["CurrentDirectory"], started["User"], started["LogonId"]) == (
        "/usr/bin/curl",
        "/root",
        "root",
        "3",
    )
    assert (made["TargetFilename"], made["_category"]) == ("/etc/cron.d/x", "file_event")
    assert len(batch) == 14
    assert [r["SYSCALL"] for r in batch.columns["record"] if "SYSCALL" in r] == ["execve"]


def test_a_flood_of_unfinished_audit_events_stays_bounded() -> None:
    from assay.kinds.hosts.audit import with_events

    lines = (record_of(f"type=SYSCALL msg=audit(1.1:{i}): exe=x", WRITTEN) for i in range(5000))
    assert sum(1 for _ in with_events(lines)) == 5000


@given(st.text("0123456789ABCDEFabcdef", max_size=80))
def test_any_socket_address_is_read_or_not(text: str) -> None:
    from assay.kinds.hosts.audit import address

    found = address(text)
    assert found is None or (isinstance(found[0], str) and 0 <= found[1] < 65_536)


@pytest.mark.parametrize(
    ("message", "who"),
    [
        ("Failed password for root from 203.0.113.9 port 4711 ssh2", ("root", "203.0.113.9")),
        ("Failed password for invalid user eva from 2001:db8::1 port 1 ssh2", ("eva", "2001:db8::1")),
        ("Accepted publickey for eva from 203.0.113.9 port 4711 ssh2: RSA SHA256:x", ("eva", "203.0.113.9")),
        ("Invalid user admin from 203.0.113.9 port 1", ("admin", "203.0.113.9")),
        ("Server listening on 0.0.0.0 port 22.", None),
    ],
)
def test_secure_shell_names_who_and_from_where(message: str, who: tuple[str, str] | None) -> None:
    record = record_of(f"Jun 14 15:16:01 gate sshd[1]: {message}", WRITTEN)
    assert (record.get("user"), record.get("src_ip")) == (who or (None, None))


def test_access_logs_have_the_names_of_a_web_server_s_rules() -> None:
    line = '198.51.100.7 - eva [01/Mar/2026:10:00:00 +0100] "GET /a.php?x=%2e HTTP/1.1" 404 12 "-" "sqlmap/1.7"'
    record = record_of(line, WRITTEN)
    wanted = {
        "_category": "webserver", "cs-method": "GET", "cs-uri-stem": "/a.php", "cs-uri-query": "x=%2e", "sc-status": "404",
        "cs-user-agent": "sqlmap/1.7", "c-ip": "198.51.100.7", "cs-username": "eva", "timestamp": "2026-03-01T10:00:00+01:00",
    }  # fmt: skip
    assert record | wanted == record
    assert "cs-referer" not in record
    assert TextLog().sniff((line + "\n").encode() * 3, Path("access.log")) > 0.5


def test_the_header_of_a_w3c_log_names_its_fields(tmp_path: Path) -> None:
    text = "#Software: Microsoft Internet Information Services 10.0\n#Fields: date time cs-method cs-uri-stem cs-uri-query c-ip cs(User-Agent) sc-status\n"
    text += "2026-03-01 10:00:00 POST /owa/auth - 198.51.100.7 Mozilla/5.0+(X11) 200\nbroken line\n"
    text += "#Fields: time date cs-method\n10:00:01 2026-03-01 GET\n"
    (tmp_path / "u_ex.log").write_text(text)
    assert TextLog().sniff(text.encode(), tmp_path / "u_ex.log") > 0.5
    (batch,) = TextLog().read(tmp_path / "u_ex.log", reject=lambda _: None)
    first, broken, last = batch.columns["record"]
    assert (first["cs-user-agent"], first["c-uri"], first["_category"]) == (
        "Mozilla/5.0 (X11)",
        "/owa/auth",
        "webserver",
    )
    assert broken["message"] == "broken line"
    assert last["cs-method"] == "GET"
    assert batch.time.tolist()[::2] == [1_772_359_200_000_000, 1_772_359_201_000_000]
