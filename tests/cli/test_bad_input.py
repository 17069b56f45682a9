"""Whatever somebody gives a command that it cannot use: one clear line on standard error, the right exit status, nothing made."""

from __future__ import annotations

import re
import subprocess
import sys
import time
from pathlib import Path

import pytest

from assay.cli import COMMANDS, main
from assay.core.words import LANGUAGES

TABLE = [
    (["check", "{missing}"], "no such file or folder"),
    (["check", "{empty}"], "the file is empty"),
    (["check", "{empty}", "--mapping", "{missing}"], "No such file or directory"),
    (["check", "{table}", "--save-mapping", "{folder}"], "exists already"),
    (["check", "{empty}", "--mapping", "{binary}"], "not UTF-8 text"),
    (["check", "{empty}", "--models", "{missing}"], "no such folder"),
    (["check", "{empty}", "--limit", "-1"], "-1 is out of bounds"),
    (["check", "{empty}", "--dead-letters", "{nowhere}"], "No such file or directory"),
    (["check", "{empty}", "--dead-letters", "{folder}"], "Is a directory"),
    (["check"], "missing: PATH"),
    (["check", "{empty}", "--fail-on", "never"], "is none of"),
    (["train", "payments", "--data", "{missing}", "--out", "{out}"], "No such file"),
    (["train", "payments", "--data", "{empty}", "--out", "{out}"], ""),
    (["train", "payments", "--data", "{binary}", "--out", "{out}"], ""),
    (["train", "payments", "--data", "{folder}", "--out", "{out}"], ""),
    (["train", "nothing", "--data", "{empty}", "--out", "{out}"], "there are: "),
    (["evaluate", "payments", "--data", "{missing}"], "No such file"),
    (["evaluate", "payments", "--data", "{empty}"], ""),
    (["evaluate", "nothing", "--data", "{empty}"], "no kind"),
    (["backtest", "--policy", "{missing}", "--data", "{empty}"], "cannot be read"),
    (["backtest", "--policy", "{policy}", "--data", "{missing}"], "No such file"),
    (["backtest", "--policy", "{policy}", "--data", "{empty}"], ""),
    (["backtest", "--policy", "{policy}", "--data", "{folder}"], ""),
    (["backtest", "--policy", "{policy}", "--data", "{payments}", "--since", "yesterday"], "is no time"),
    (["backtest", "--policy", "{policy}", "--data", "{table}", "--models", "{missing}"], "no such folder"),
    (["policy", "check", "{missing}"], "cannot be read"),
    (["policy", "check", "{folder}"], "cannot be read"),
    (["policy", "check", "{binary}"], "cannot be read"),
    (["policy", "show", "nothing"], "no policy of 'nothing'"),
    (["serve", "--data", "{empty}"], ""),
    (["serve", "--data", "{out}", "--models", "{missing}"], "no such folder"),
    (["serve", "--port", "70000", "--data", "{out}"], "out of bounds"),
    (["serve", "--port", "http", "--data", "{out}"], "is no such number"),
    (["simulate", "nowhere", "--out", "{out}"], "there are: "),
    (["simulate", "bank", "--out", "{empty}/x.csv", "--days", "1", "--size", "60"], ""),
    (["simulate", "bank", "--out", "{out}.xlsx", "--days", "1", "--size", "60"], "cannot write"),
    (["simulate", "bank", "--out", "{folder}", "--days", "1", "--size", "60"], ""),
    (["simulate", "bank", "--out", "{out}.csv", "--set", "days"], "no NAME=VALUE"),
    (["simulate", "bank", "--out", "{out}.csv", "--set", "moons=3"], "has no 'moons'"),
    (["simulate", "bank", "--out", "{out}.csv", "--days", "0"], "out of bounds"),
    (["simulate", "network", "--out", "{out}", "--size", "7"], "at least eight machines"),
    (["rules", "add"], "name the folder or archive"),
    (["rules", "add", "{missing}", "--models", "{out}"], "no such folder or archive"),
    (["rules", "add", "{empty}", "--models", "{out}"], "no collection of rules"),
    (["rules", "add", "{table}", "--models", "{out}"], "no collection of rules"),
    (["rules", "add", "{binary}", "--models", "{out}"], "no collection of rules"),
    (["rules", "remove", "nothing", "--models", "{out}"], "no such collection"),
    (["rules", "remove", "../..", "--models", "{out}"], "no name of a collection"),
    (["rules", "list", "--kind", "payments"], "payments runs no rules"),
    (["rules", "list", "--kind", "nothing"], "no kind"),
    (["intel", "add"], "name what to add"),
    (["intel", "add", "{missing}", "--models", "{out}"], ""),
    (["intel", "add", "{empty}", "--models", "{out}"], "nothing in it is an indicator"),
    (["intel", "add", "{binary}", "--models", "{out}"], ""),
    (["intel", "add", "{empty}", "--confidence", "101"], "0 to 100"),
    (["intel", "remove", "nothing", "--models", "{out}"], "no such source"),
    (["timeline", "{missing}"], "no such file or folder"),
    (["timeline", "{empty}"], "nothing here"),
    (["timeline", "{empty}", "--since", "noon"], "is no time"),
    (["timeline", "{empty}", "--out", "{nowhere}"], "No such file or directory"),
    (["respond", "plan", "--data", "{missing}"], "there is no ledger here"),
    (["respond", "apply", "--data", "{missing}"], "there is no ledger here"),
    (["respond", "undo", "7", "--data", "{missing}"], "there is no ledger here"),
    (["respond", "undo", "seven", "--data", "{missing}"], "is no such number"),
    (["respond", "list", "--data", "{missing}"], "there is no ledger here"),
    (["respond", "secret", "desk", "--data", "{missing}"], "asks for no webhook"),
    (["hunt", "SELECT 1", "--ledger", "{missing}"], ""),
    (["hunt", "SELECT 1", "--ledger", "{missing}", "--limit", "0"], "out of bounds"),
    (["report", "make", "{missing}", "--out", "{out}", "--consent", "{empty}"], "holds no fields"),
    (["report", "make", "{missing}", "--out", "{out}", "--consent", "{consent}"], "no such file or folder"),
    (["report", "make", "{table}", "--out", "{out}", "--consent", "{consent}"], "nothing in it"),
    (["report", "verify", "{missing}", "--signers", "{folder}"], "no such file"),
    (["report", "key", "revoke"], "name the signer"),
    (["report", "key", "trust", "{empty}", "--folder", "{out}"], ""),
    (["redact", "{missing}", "--out", "{out}"], "no such file or folder"),
    (["redact", "{table}", "--out", "{folder}"], ""),
    (["redact", "{table}", "--out", "{out}", "--kind", "payments"], "payments redacts nothing"),
    (["keys", "list", "--data", "{empty}"], ""),
    (["keys", "revoke", "nobody", "--data", "{missing}"], "no such key"),
    (["keys", "create", "king", "--data", "{out}"], "is none of"),
    (["ledger", "verify", "--data", "{missing}"], "there is no ledger here"),
    (["ledger", "export", "--data", "{missing}"], "there is no ledger here"),
    (["ledger", "export", "--data", "{missing}", "--after", "-1"], "out of bounds"),
    (["ledger", "erase", "x", "--data", "{missing}"], "there is no ledger here"),
    (["ledger", "forget", "x", "--data", "{missing}"], "there is no ledger here"),
    (["campaigns", "--ledger", "{missing}"], "there is no ledger here"),
    (["lists", "show", "--data", "{missing}"], "there is no ledger here"),
    (["lists", "add", "payments/blocked_merchants", "m", "--data", "{missing}"], "missing: --why"),
    (
        ["lists", "add", "payments/blocked_merchants", "m", "--why", "x", "--data", "{missing}"],
        "there is no ledger here",
    ),
    (["lists", "remove", "payments/blocked_merchants", "m", "--data", "{missing}"], "there is no ledger here"),
    (["backtest", "--policy", "{policy}", "--data", "{table}", "--lists", "{missing}"], "no such folder"),
    (["campaigns", "--ledger", "{missing}", "--limit", "0"], "out of bounds"),
    (["doctor", "--sbom", "{nowhere}"], "No such file or directory"),
    (["doctor", "--sbom", "/dev/full"], "No space left on device"),
    (["bench", "nothing"], "no bench 'nothing'"),
    (["nothing"], "is none of"),
    (["check", "--nothing", "{empty}"], "not understood: --nothing"),
]


@pytest.fixture
def given(tmp_path: Path) -> dict[str, str]:
    """The bad things by name."""
    made = {name: tmp_path / name for name in ("missing", "empty", "binary", "folder", "out", "consent", "policy")}
    made["empty"] = tmp_path / "empty.csv"
    made["empty"].touch()
    made["table"], made["payments"] = tmp_path / "table.csv", tmp_path / "payments.csv"
    made["payments"].write_text("id,time,amount,currency,customer\np,2026-01-01T10:00:00Z,5.00,EUR,c\n")
    made["table"].write_text("a,b\n1,2\n")
    made["binary"].write_bytes(bytes(range(256)) * 9)
    made["folder"].mkdir()
    (made["folder"] / "file").write_text("x")
    made["consent"].write_text("by: me\nat: 2026-01-01T10:00:00+00:00\npurpose: to look\n")
    made["policy"].write_text("name: p\nversion: 1\napplies_to: [payment]\n")
    return {name: str(path) for name, path in made.items()} | {"nowhere": str(tmp_path / "no" / "where")}


def outcome(arguments: list[str]) -> int:
    try:
        return main(arguments)
    except SystemExit as ended:
        return int(ended.code or 0)


@pytest.mark.parametrize(("arguments", "said"), TABLE, ids=lambda v: " ".join(v)[:70] if isinstance(v, list) else "")
def test_one_clear_line_and_the_right_status(
    arguments: list[str],
    said: str,
    given: dict[str, str],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("ASSAY_LANGUAGE", "en")
    status = outcome([text.format(**given) for text in arguments])
    told = capsys.readouterr()
    assert status == 2
    assert said in told.err
    assert told.out == ""
    assert "Traceback" not in told.err
    assert len(told.err.strip().splitlines()) == 1
    assert not Path(given["missing"]).exists()
    assert not Path(given["nowhere"]).parent.exists()


@pytest.mark.parametrize("arguments", [a for a, said in TABLE if said][::6], ids=" ".join)
def test_the_line_is_in_the_reader_s_language(
    arguments: list[str], given: dict[str, str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ASSAY_LANGUAGE", "zh")
    assert outcome([text.format(**given) for text in arguments]) == 2
    assert re.search(r"[\u4e00-\u9fff]", capsys.readouterr().err)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help(
    command: str, language: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ASSAY_LANGUAGE", language)
    assert outcome([command, "--help"]) == 0
    assert f"assay {command}" in capsys.readouterr().out


def test_help_names_what_there_is_to_choose_from(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ASSAY_LANGUAGE", "en")
    for command, name in (("simulate", "bank"), ("train", "payments"), ("evaluate", "payments")):
        assert outcome([command, "--help"]) == 0
        assert name in capsys.readouterr().out.split("There are: ")[1]


def test_the_list_of_commands_imports_nothing_heavy() -> None:
    code = "import sys; from assay.cli import build_parser; build_parser(''); print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert not {"numpy", "msgspec", "polars", "yaml", "rich", "fastapi"} & set(loaded)


def test_the_list_of_commands_is_there_at_once() -> None:
    spent = []
    for _ in range(5):
        began = time.perf_counter()
        subprocess.run([sys.executable, "-m", "assay.cli", "--help"], capture_output=True, check=True)
        spent.append(time.perf_counter() - began)
    assert min(spent) < 0.5, "0.3 s on a quiet machine"
