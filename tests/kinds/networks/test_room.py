"""The room as people use it: a folder of logs is examined as a whole, and what Zeek says of itself is not missed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from assay.cli import main
from assay.kinds.networks.simulate import network, simulate


def test_a_folder_of_logs_is_examined(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    logs = tmp_path / "logs"
    logs.mkdir()
    for file in simulate(3, size=9, days=2):
        if file["file"].endswith(".log"):
            (logs / file["file"]).write_bytes(file["content"])
    (logs / "loaded_scripts.log").write_text("#separator \\x09\n#path\tloaded_scripts\n#fields\tname\nx\n")
    feed = tmp_path / "feed.txt"
    feed.write_text("203.0.113.66\n")
    assert main(["intel", "add", str(feed), "--models", str(tmp_path / "models"), "--json"]) == 0
    capsys.readouterr()
    assert main(["check", str(logs), "--models", str(tmp_path / "models"), "--json"]) == 1
    told = json.loads(capsys.readouterr().out)
    files = told["examinations"]
    assert {Path(f["path"]).name for f in files} == {"conn.log", "dns.log"}
    codes = {code for f in files for code in f.get("counts", {})}
    assert {
        "networks.beacon",
        "networks.host-scan",
        "networks.dns-tunnel",
        "networks.generated-names",
        "networks.known-bad",
    } <= codes


def test_the_made_up_office_is_the_same_for_a_seed() -> None:
    one, two = network(5, machines=8, days=1), network(5, machines=8, days=1)
    assert one == two
    assert [row.time for row in one.rows] == sorted(row.time for row in one.rows)
    assert len({attack.source for attack in one.attacks}) == len(one.attacks)
