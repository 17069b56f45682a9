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
