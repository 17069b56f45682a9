"""Logs from outside: every record arrives or is refused with its number, whatever stands beside it."""

from __future__ import annotations

import json
import os
import socket
from pathlib import Path
from threading import Thread
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assay.core.errors import UnreadableInput
from assay.core.kind import RowError
from assay.core.profile import Profile
from assay.kinds.hosts import evtx_log
from assay.kinds.hosts.batches import group_of
from assay.kinds.hosts.detector import detectors
from assay.kinds.hosts.reader import MAX_LINE, EventLog, JsonLog
from assay.kinds.hosts.sources import normal

PROCESS = {
    "Event": {
        "System": {
            "EventID": 1, "Channel": "Microsoft-Windows-Sysmon/Operational", "Computer": "pc7",
            "TimeCreated": {"#attributes": {"SystemTime": "2026-03-01T10:00:00.000001Z"}},
        },
        "EventData": {"Image": r"C:\Windows\System32\vssadmin.exe", "CommandLine": "vssadmin delete shadows /all", "User": "CORP\\eva"},
    }
}  # fmt: skip


def read(path: Path) -> tuple[list[Any], list[RowError]]:
    refused: list[RowError] = []
    return list(JsonLog().read(path, reject=refused.append)), refused


def test_lines_arrays_and_records_are_read_alike(tmp_path: Path) -> None:
    for name, text in (
        ("lines.json", json.dumps(PROCESS) + "\n" + json.dumps(PROCESS)),
        ("array.json", json.dumps([PROCESS, PROCESS], indent=1)),
        ("records.json", json.dumps({"Records": [PROCESS, PROCESS]})),
    ):
        (tmp_path / name).write_text(text, "utf-8")
        (batch,), refused = read(tmp_path / name)
        assert not refused
        assert batch.ids == [f"{name}:1", f"{name}:2"]
        assert batch.columns["host"].tolist() == ["pc7", "pc7"]
        assert batch.columns["user"].tolist() == ["CORP\\eva"] * 2
        assert int(batch.time[0]) == 1_772_359_200_000_001


def test_a_finding_says_which_rule_where_and_whom(tmp_path: Path) -> None:
    (tmp_path / "log.json").write_text(json.dumps(PROCESS), "utf-8")
    (batch,), _ = read(tmp_path / "log.json")
    (detector,) = detectors(None)
    finding = detector.examine(batch, Profile.empty(1)).explain(np.array([0]))[0]
    assert (finding.verdict, finding.severity, finding.techniques) == ("suspicious", "high", ("T1490",))
    assert finding.reasons[0].values["field"] in ("Image", "CommandLine")
    assert {(e.kind, e.id) for e in finding.entities} == {("host", "pc7"), ("user", "CORP\\eva")}


def test_bad_lines_are_refused_and_the_rest_goes_on(tmp_path: Path) -> None:
    good = json.dumps(PROCESS).encode()
    lines = [
        good,
        b"not json",
        b"[1]",
        b"\0\0\0",
        b'{"a":' + b"[" * 5000,
        b"{" + b'"x":"' + b"y" * (MAX_LINE + 9) + b'"}',
        good,
    ]
    (tmp_path / "log.json").write_bytes(b"\n".join(lines))
    batches, refused = read(tmp_path / "log.json")
    assert sum(map(len, batches)) == 2
    assert [error.row for error in refused] == [2, 3, 4, 5, 6]


def test_nothing_is_too_deep() -> None:
    nested: dict[str, Any] = {"a": 1}
    for _ in range(3000):
        nested = {"n": nested}
    assert normal(nested) == {}  # too deep to be a log


def test_an_event_log_that_is_none(tmp_path: Path) -> None:
    for content in (b"ElfFile\0", b"ElfFile\0" + b"\xff" * 70_000, b""):
        (tmp_path / "x.evtx").write_bytes(content)
        refused: list[RowError] = []
        try:
            assert sum(map(len, EventLog().read(tmp_path / "x.evtx", reject=refused.append))) == 0
        except UnreadableInput:
            pass
        except AttributeError as error:  # pragma: no cover
            pytest.fail(str(error))


@settings(max_examples=100, deadline=None)
@given(st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=20)),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(st.text(max_size=8), inner, max_size=4)),
    max_leaves=20,
))  # fmt: skip
def test_any_json_is_flat_text(value: Any) -> None:
    flat = normal({"Event": value, "x": value})
    for name, one in flat.items():
        assert isinstance(one, (str, int)) if name == "_id" else isinstance(one, (str, list))


def test_packed_logs_are_read_alike_and_damage_is_told(tmp_path: Path) -> None:
    import gzip

    text = "\n".join([json.dumps(PROCESS)] * 50).encode()
    (tmp_path / "a.json.gz").write_bytes(gzip.compress(text))
    head = (tmp_path / "a.json.gz").read_bytes()
    assert JsonLog().sniff(head, tmp_path / "a.json.gz") > 0.5
    (batch,), refused = read(tmp_path / "a.json.gz")
    assert (len(batch), refused) == (50, [])
    for broken in (head[:-20], head[:30], head[:40] + b"\xff" * 30):
        (tmp_path / "b.json.gz").write_bytes(broken)
        with pytest.raises(UnreadableInput):
            read(tmp_path / "b.json.gz")


def beside(path: Path, reject: Any) -> list[Any]:
    """The records that another process reads; each comes with what this one would find that it concerns."""
    groups = list(evtx_log.groups_beside(path, reject))
    assert groups == [group_of(group.flat) for group in groups]
    return [record for group in groups for record in group.flat]


def test_a_log_read_beside_is_the_same_as_one_read_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What another process writes arrives whole: records, refusals, and that the file is no event log."""
    import io

    def made(path: Path, reject: Any) -> Any:
        for i in range(1500):
            if i % 500 == 7:
                reject(RowError(i, "damaged"))
            yield {"EventID": str(i), "_id": i, "Data": ["a", "b"]}

    out = io.BytesIO()
    with monkeypatch.context() as patched:
        patched.setattr(evtx_log, "records", made)
        evtx_log.write(tmp_path / "x", out)

    class Child:
        def __init__(self, content: bytes, stdout: int) -> None:
            self.out = socket.socket(fileno=os.dup(stdout))
            self.thread = Thread(target=self._write, args=(content,))
            self.thread.start()

        def _write(self, content: bytes) -> None:
            with self.out:
                self.out.sendall(content)

        def kill(self) -> None: ...
        def wait(self) -> None:
            self.thread.join()

    def told(content: bytes) -> tuple[list[Any], list[RowError]]:
        refused: list[RowError] = []
        with monkeypatch.context() as patched:
            patched.setattr("subprocess.Popen", lambda *_, stdout, **__: Child(content, stdout))
            return beside(tmp_path / "x", refused.append), refused

    records, refused = told(out.getvalue())
    assert [r["_id"] for r in records] == list(range(1500))
    assert [error.row for error in refused] == [7, 507, 1007]
    records, refused = told(out.getvalue()[:-4000])
    assert 0 < len(records) < 1500
    assert "ended early" in refused[-1].reason
    for garbage in (b"", b"\0", b"\0\0\0\x05hello", b"\xff" * 5000):
        records, refused = told(garbage)
        assert not records
        assert "ended early" in refused[-1].reason


def test_the_other_process_says_of_a_broken_log_what_this_one_would(tmp_path: Path) -> None:
    def outcome(records: Any, content: bytes) -> Any:
        (tmp_path / "x.evtx").write_bytes(content)
        refused: list[RowError] = []
        try:
            return list(records(tmp_path / "x.evtx", refused.append)), refused
        except UnreadableInput as error:
            return error.message

    for content in (b"ElfFile\0" + b"\xff" * 70_000, b"no event log"):
        assert outcome(beside, content) == outcome(evtx_log.records, content)
