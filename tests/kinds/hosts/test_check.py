"""`assay check` on a folder of logs: a correlation is found in its file, and one file is no past of another's."""

from __future__ import annotations

import json
from pathlib import Path

from assay.check import check_path, files
from assay.engine import Engine
from assay.kinds.hosts import KIND


def line(second: int, event: str) -> str:
    system = {
        "EventID": event,
        "Channel": "Security",
        "Computer": "pc7",
        "TimeCreated": {"#attributes": {"SystemTime": f"2026-03-01T10:00:{second:02}Z"}},
    }
    return json.dumps({"Event": {"System": system, "EventData": {"TargetUserName": "eva", "LogonType": "3"}}})


def test_files_are_examined_each_on_its_own(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text("\n".join([line(i, "4625") for i in range(20)] + [line(40, "4624")]))
    (tmp_path / "b.json").write_text("\n".join(line(50 + i, "4625") for i in range(5)))
    engine = Engine(rooms=[KIND])
    told = {}
    for path in files([tmp_path]):
        engine.restore()
        told[path.name] = check_path(path, engine)
    assert told["a.json"].counts == {"hosts.correlation": 2}
    assert [item.findings[0].severity for item in told["a.json"].items] == ["high", "medium"]
    assert told["b.json"].counts == {}
    assert not any(one.problem for one in told.values())
