"""Tables of the command line: what a narrow terminal can show, and values that nobody here wrote."""

import pytest

from assay.cli import show


@pytest.fixture(autouse=True)
def narrow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")


def test_a_table_too_wide_is_told_row_by_row(capsys: pytest.CaptureFixture[str]) -> None:
    columns = [f"column-{i}" for i in range(15)]
    show.table("", columns, [[f"a value of some length {i}" for i in range(15)]])
    lines = capsys.readouterr().out.splitlines()
    assert max(map(len, lines)) <= 80
    assert sum("a value of some length" in line for line in lines) == 15


def test_a_name_is_whole_beside_a_long_text(capsys: pytest.CaptureFixture[str]) -> None:
    show.table("", ["id", "about", *list("abcd")], [["case-723mid73sc", "word " * 60, *["0123456789ab"] * 4]])
    assert "case-723mid73sc" in capsys.readouterr().out


@pytest.mark.parametrize("columns", [2, 20])
def test_a_value_is_neither_markup_nor_a_command_to_the_terminal(
    columns: int, capsys: pytest.CaptureFixture[str]
) -> None:
    show.table("", ["name"] * columns, [["[/bold] [red]x :smile:", *["\x1b[2J\x9b"] * (columns - 1)]])
    out = capsys.readouterr().out
    assert "[/bold] [red]x :smile:" in out
    assert "\x1b" not in out
    assert "\x9b" not in out
