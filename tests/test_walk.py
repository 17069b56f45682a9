"""Walking folders that somebody else filled: loops, pipes, devices, what cannot be read, and folders without end."""

from __future__ import annotations

import itertools
import json
import os
import resource
from pathlib import Path

import pytest

from assay import walk
from assay.check import check_path
from assay.cli import main
from assay.core.errors import AssayError
from assay.engine import Engine
from assay.walk import files


@pytest.fixture(autouse=True)
def here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASSAY_HEAVY_WORKERS", "0")
    monkeypatch.setenv("ASSAY_LANGUAGE", "en")


def names(folder: Path) -> list[str]:
    return [path.relative_to(folder).as_posix() for path in files([folder])]


def test_in_order_and_links_are_not_followed(tmp_path: Path) -> None:
    for name in ("b/2.txt", "b/1.txt", "a.txt", "c/d/e/f.txt"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("x")
    (tmp_path / "c" / "loop").symlink_to(tmp_path)
    (tmp_path / "other.txt").symlink_to(tmp_path / "a.txt")
    (tmp_path / "gone.txt").symlink_to(tmp_path / "nowhere")
    assert names(tmp_path) == ["a.txt", "b/1.txt", "b/2.txt", "c/d/e/f.txt"]
    assert names(tmp_path) == [p.relative_to(tmp_path).as_posix() for p in sorted(tmp_path.rglob("*")) if p.is_file() and not p.is_symlink()]  # fmt: skip


def test_pipes_and_devices_are_not_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "a.txt").write_text("x")
    assert names(tmp_path) == ["a.txt"]
    assert list(files([tmp_path / "pipe"])) == [tmp_path / "pipe"], "a path that was named comes"
    for special in (tmp_path / "pipe", Path("/dev/zero")):
        assert check_path(special, Engine()).problem == "this is no regular file"


def test_what_cannot_be_read_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "shut").mkdir()
    (tmp_path / "a.txt").write_text("x")
    real = os.scandir

    def scandir(path: str) -> object:
        if str(path).endswith("shut"):
            raise PermissionError(13, "Permission denied")
        return real(path)

    monkeypatch.setattr(walk.os, "scandir", scandir)
    assert names(tmp_path) == ["a.txt", "shut"]
    assert check_path(tmp_path / "shut", Engine()).problem == "the folder cannot be read"
    assert check_path(tmp_path / "never", Engine()).problem == "this is no regular file"
    with pytest.raises(AssayError, match="no such file"):
        list(files([tmp_path / "never"]))


def test_a_file_that_changes_while_it_is_read_is_not_examined(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "growing.md"
    path.write_text("x" * 1000)
    import hashlib

    real = hashlib.sha256

    def grows(data: bytes = b"", **options: object) -> object:
        with path.open("a") as file:
            file.write("y")
        return real(data)

    monkeypatch.setattr("assay.kinds.files.reader.hashlib.sha256", grows)
    assert "changed while it was read" in check_path(path, Engine()).problem


def test_names_that_are_no_text_come_too(tmp_path: Path) -> None:
    odd = os.fsencode(tmp_path) + b"/\xff\xfe\nname.md"
    with open(odd, "wb") as file:
        file.write(b"x\n")
    (path,) = files([tmp_path])
    assert check_path(path, Engine()).problem == ""


def test_a_folder_of_very_many_takes_the_memory_of_few(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Entries beyond those that are put in order come as they lie, one by one."""
    monkeypatch.setattr(walk, "SORTED", 1000)
    monkeypatch.setattr(walk, "_scan", lambda _folder: ((f"{i}.txt", False) for i in itertools.count()))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    found = list(itertools.islice(files([tmp_path]), 0, 300_000, 100_000))
    assert [path.name for path in found] == ["0.txt", "100000.txt", "200000.txt"]
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 30_000  # KiB


def test_every_examination_is_in_the_json_and_people_see_the_first_clean_ones(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:  # fmt: skip
    for i in range(12):
        (tmp_path / f"{i:02}.md").write_text("# notes\n")
    assert main(["check", str(tmp_path), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)["examinations"]
    assert [Path(one["path"]).name for one in told] == [f"{i:02}.md" for i in range(12)]
    monkeypatch.setattr("assay.cli.check._Shown.CLEAN", 5)
    assert main(["check", str(tmp_path)]) == 0
    out = capsys.readouterr().out
    assert "and 7 more files in which nothing was found" in out
    assert "05.md" not in out
    (tmp_path / "empty").mkdir()
    assert main(["check", str(tmp_path / "empty"), "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"examinations": []}
