"""`assay lists`: what people put on the policies' lists, without a service: on record, kept by token, read by a backtest."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from assay.cli import main
from assay.core.kind import evidence_types
from assay.ledger.reader import SqliteReader
from assay.ledger.sqlite import SqliteLedger

LIST = "payments/blocked_merchants"


@pytest.fixture
def data(tmp_path: Path) -> Path:
    SqliteLedger(tmp_path / "ledger", types=evidence_types()).close()
    return tmp_path


def ask(capsys: pytest.CaptureFixture[str], data: Path, *words: str) -> dict[str, object]:
    capsys.readouterr()
    assert main(["lists", *words, "--data", str(data), "--json"]) == 0
    told: dict[str, object] = json.loads(capsys.readouterr().out)
    return told


def entries(capsys: pytest.CaptureFixture[str], data: Path) -> list[dict[str, str]]:
    (one,) = ask(capsys, data, "show", LIST)["lists"]  # type: ignore[misc]
    return list(one["entries"])


def test_what_is_put_on_a_list_stands_there_and_is_on_record(capsys: pytest.CaptureFixture[str], data: Path) -> None:
    ask(capsys, data, "add", LIST, "m-1881", "--why", "chargebacks of June", "--expires", "30d")
    (entry,) = entries(capsys, data)
    assert (entry["value"], entry["why"], entry["by"]) == ("m-1881", "chargebacks of June", "command line")
    assert entry["until"] > entry["at"]
    ask(capsys, data, "remove", LIST, "m-1881", "--why", "cleared")
    assert entries(capsys, data) == []
    with SqliteReader(data / "ledger", types=evidence_types()) as ledger:
        told = [(one.audit.actor, one.audit.action) for one in ledger.audit(limit=9)]
    assert told == [("command line", "list-entry-removed"), ("command line", "list-entry-added")]


def test_a_card_number_is_kept_by_its_token(capsys: pytest.CaptureFixture[str], data: Path) -> None:
    ask(capsys, data, "add", "payments/trusted_payees", "4111 1111 1111 1111", "--why", "ours")
    assert "4111" not in (data / "lists.json").read_text()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("add", "payments/nothing", "m", "--why", "x"), "no list"),
        (("add", "blocked_merchants", "m", "--why", "x"), "no list"),
        (("add", LIST, " ", "--why", "x"), "printable letters"),
        (("add", LIST, "m", "--why", " "), "say why"),
        (("add", LIST, "m", "--why", "x", "--expires", "soon"), "not a duration"),
        (("remove", LIST, "m"), "nobody put this"),
    ],
)
def test_what_cannot_be_done_is_said_and_not_done(
    capsys: pytest.CaptureFixture[str], data: Path, words: tuple[str, ...], said: str
) -> None:
    assert main(["lists", *words, "--data", str(data)]) == 2
    assert said in capsys.readouterr().err
    assert not (data / "lists.json").exists()


def test_while_a_service_writes_the_ledger_lists_are_shown_and_not_changed(
    capsys: pytest.CaptureFixture[str], data: Path
) -> None:
    ledger = SqliteLedger(data / "ledger", types=evidence_types())
    try:
        assert entries(capsys, data) == []
        assert main(["lists", "add", LIST, "m", "--why", "x", "--data", str(data)]) == 2
        assert "is writing this ledger" in capsys.readouterr().err
    finally:
        ledger.close()


POLICY = """
name: shops
version: 1
applies_to: [payment]
otherwise: allow
costs: {step_up: 1, step_up_stops: 0.5, review: 5, review_stops: 0.9, block: 10}
lists: {blocked_merchants: []}
rules:
  - {name: blocked, when: has(evidence.merchant) && evidence.merchant in lists.blocked_merchants, then: block}
"""


def test_a_backtest_reads_them_where_it_is_told_to(
    capsys: pytest.CaptureFixture[str], data: Path, tmp_path: Path
) -> None:
    rows = [
        f"p{i},2026-01-0{1 + i % 9}T10:00:00Z,5.00,EUR,c{i},{'m-7' if i % 2 else 'm-8'},{i % 4 == 1:d}"
        for i in range(40)
    ]
    (tmp_path / "history.csv").write_text("id,time,amount,currency,customer,merchant,fraud\n" + "\n".join(rows) + "\n")
    (tmp_path / "shops.yaml").write_text(POLICY)
    ask(capsys, data, "add", LIST, "m-7", "--why", "test")
    given = ["backtest", "--policy", str(tmp_path / "shops.yaml"), "--data", str(tmp_path / "history.csv"), "--json"]
    blocked = []
    for more in ([], ["--lists", str(data)]):
        assert main([*given, *more]) == 0
        told = json.loads(capsys.readouterr().out)
        blocked.append(told["candidate"]["outcomes"]["block"]["count"])
    assert blocked[0] == 0
    assert blocked[1] == 20
