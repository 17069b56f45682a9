"""`assay check` on files of any kind: findings with their places, parts under their whole, what could not be examined."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from assay_parcels.waybill import HEAD

from assay.cli import main
from tests.engine.conftest import parcels_installed  # noqa: F401
from tests.engine.test_parts import CHANGED, holding


@pytest.fixture(autouse=True)
def english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASSAY_LANGUAGE", "en")
    monkeypatch.setenv("ASSAY_HEAVY_WORKERS", "0")  # here; tests/service/test_heavy.py is about processes
    monkeypatch.setenv("COLUMNS", "200")


def check(capsys: pytest.CaptureFixture[str], *paths: Path, status: int) -> str:
    assert main(["check", *map(str, paths)]) == status
    return capsys.readouterr().out


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "changed.txt").write_bytes(CHANGED)
    (tmp_path / "whole.txt").write_bytes(HEAD + b"weight 3\n")
    (tmp_path / "holding.txt").write_bytes(holding(CHANGED, b"inner waybill.txt"))
    return tmp_path


def test_findings_with_their_places_and_parts_under_their_whole(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    told = check(capsys, folder / "changed.txt", status=1)
    assert "The waybill says 3 kg and the scale said 9 kg.  (page 1 20,10–80,30)" in told
    told = check(capsys, folder / "holding.txt", status=1)
    assert "└ inner waybill.txt  waybill holding.txt/0" in told
    assert told.index("└ inner") < told.index("The waybill says 3 kg")
    assert check(capsys, folder / "whole.txt", status=0)


def test_as_json_everything_is_there(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    told = json.loads(check(capsys, folder, "--json", status=1))  # type: ignore[arg-type]
    changed, holding_, whole = told["examinations"]
    assert [e["verdict"] for e in (changed, holding_)] == ["counterfeit", "counterfeit"]
    assert "items" not in whole
    finding = changed["items"][0]["findings"][0]
    assert finding["where"] == [{"page": 1, "box": [20.0, 10.0, 80.0, 30.0], "rule": "parcels.misweighed"}]
    assert finding["reasons"][0]["text"] == "The waybill says 3 kg and the scale said 9 kg."
    assert holding_["items"][0]["parts"][0] == {"id": "holding.txt/0", "kind": "waybill", "name": "inner waybill.txt"}


@pytest.mark.parametrize("content", [HEAD + b"fail\n", holding(b"\x00\x01 a program")], ids=["broken", "unread part"])
def test_what_could_not_be_examined_is_said_and_is_status_2(
    folder: Path, capsys: pytest.CaptureFixture[str], content: bytes
) -> None:
    (folder / "odd.txt").write_bytes(content)
    told = check(capsys, folder / "odd.txt", status=2)
    assert "could not be examined, or not wholly: 1" in told
    assert "inconclusive" in told
    assert ("odd.txt/0" in told) == (b"a program" in content), "a part that nobody reads is named"
    assert check(capsys, folder, status=2)


def test_one_file_is_no_past_of_another(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("a.txt", "b.txt"):
        (folder / name).write_bytes(HEAD + b"account DE1\n")
    assert "same account" not in check(capsys, folder / "a.txt", folder / "b.txt", status=0)


@pytest.mark.parametrize(
    "arguments",
    [["check", "x.txt", "--dead-letters", "nowhere/x"], ["train", "payments", "--data", "nowhere.csv", "--out", "m"]],
)
def test_a_path_that_is_not_there_is_said_in_one_line(
    arguments: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("x.txt").write_text("hello")
    assert main(arguments) == 2
    assert capsys.readouterr().err.splitlines() == [f"assay: {arguments[3]}: No such file or directory"]


def test_models_that_are_not_there_are_no_silent_choice(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        main(["check", str(tmp_path), "--models", str(tmp_path / "nowhere")])
    assert left.value.code == 2
    assert "nowhere" in capsys.readouterr().err


def test_an_empty_folder_says_that_nothing_was_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", str(tmp_path)]) == 0
    assert capsys.readouterr().err
