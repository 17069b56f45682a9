"""Files, folders and archives are copied without the people in them, within bounds, and what nobody looked into is left out."""

from __future__ import annotations

import contextlib
import gzip
import io
import json
import os
import plistlib
import sqlite3
import tarfile
import zipfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assay.cli import main
from assay.core.errors import InvalidSetting, UnreadableInput
from assay.kinds.phones.redact import content as content_module
from assay.kinds.phones.redact.content import LeftOut, plist
from assay.kinds.phones.redact.copy import redact
from assay.kinds.phones.redact.identifiers import Redactor

LOG = b"10:00 imagent: from +441632960123 to a@example.com\n10:01 sharingd: hash 5a3f9c0b17e2\n10:02 kernel: fine\n"
PEOPLE = (b"1632960123", b"a@example.com", b"5a3f9c0b17e2", b"Jane")
SETTINGS = {"phoneNumber": "15112345678", "Apple ID": "a@example.com", "Count": 3, "Nested": [{"DeviceName": "Jane Doe"}, b"\x00\x01bin"],
            "contactHashes": [b"\x11" * 32, "ab12cd34"], "msisdn": 4915112345678, "serialNumber": "F2LXX0", "On": True}  # fmt: skip


def database(folder: Path) -> bytes:
    path = folder / f"{len(list(folder.iterdir()))}.sqlite"
    with sqlite3.connect(path) as db:
        db.execute("CREATE TABLE handle (id TEXT)")
        db.execute("INSERT INTO handle VALUES ('+441632960123')")
    return path.read_bytes()


def files(tmp_path: Path) -> dict[str, bytes]:
    return {
        "root/system.log": LOG, "root/old.log.gz": gzip.compress(LOG), "root/prefs.plist": plistlib.dumps(SETTINGS, fmt=plistlib.FMT_BINARY),
        "root/Jane's iPhone/a@example.com.txt": LOG, "root/contacts.db": database(tmp_path), "root/face.png": b"\x89PNG\r\n\x1a\n" + bytes(50),
    }  # fmt: skip


def tarred(path: Path, members: dict[str, bytes], mode: str = "w:gz") -> Path:
    with tarfile.open(path, mode) as tar:  # type: ignore[call-overload]
        for name, content in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
    return path


def nobody(data: bytes) -> bool:
    return not any(person in data for person in PEOPLE)


def test_an_archive_is_rewritten_member_by_member(tmp_path: Path) -> None:
    source = tarred(tmp_path / "sysdiagnose.tar.gz", files(tmp_path))
    told = redact(source, tmp_path / "out.tar.gz")
    assert (told["files"], told["left_out"]) == (4, 2)
    assert (
        told["people"] == told["by_kind"]["email"] + told["by_kind"]["phone"] + told["by_kind"]["contact-digest"] >= 4
    )
    assert {left["why"] for left in told["left_out_files"]} == {"a database", "a picture"}
    with tarfile.open(tmp_path / "out.tar.gz") as tar:
        names = tar.getnames()
        held = {name: tar.extractfile(name).read() for name in names}  # type: ignore[union-attr]
    assert len(names) == 4
    assert nobody("\n".join(names).encode())
    for name, data in held.items():
        plain = gzip.decompress(data) if name.endswith(".gz") else data
        assert nobody(plain), name
        if name.endswith("log"):
            assert b"kernel: fine" in plain
    back = plistlib.loads(held["root/prefs.plist"])
    assert (back["Count"], back["On"]) == (3, True)
    assert "15112345678" not in str(back)
    assert "4915112345678" not in str(back)
    assert nobody(json.dumps(told).encode())


def test_a_zip_and_a_folder_are_too(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "in.zip", "w") as made:
        for name, data in files(tmp_path).items():
            made.writestr(name, data)
    told = redact(tmp_path / "in.zip", tmp_path / "out.zip")
    assert (told["files"], told["left_out"]) == (4, 2)
    with zipfile.ZipFile(tmp_path / "out.zip") as made:
        assert all(nobody(made.read(n)) for n in made.namelist() if not n.endswith(".gz"))
    folder = tmp_path / "in"
    for name, data in files(tmp_path).items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    (folder / "link").symlink_to("/etc/hostname")
    tarred(folder / "inner.tar", {"a.log": LOG}, "w")
    told = redact(folder, tmp_path / "out")
    assert (told["files"], told["left_out"]) == (5, 3)
    for path in (tmp_path / "out").rglob("*"):
        assert not path.is_symlink()
        if path.is_file() and path.suffix != ".gz":
            assert nobody(path.read_bytes()), path
    assert (tmp_path / "out/root/contacts.db").exists() is False


def test_the_source_is_only_read_and_nothing_is_written_over(tmp_path: Path) -> None:
    source = tmp_path / "a.log"
    source.write_bytes(LOG)
    with pytest.raises(InvalidSetting):
        redact(source, source)
    redact(source, tmp_path / "b.log")
    assert source.read_bytes() == LOG
    assert os.stat(tmp_path / "b.log").st_mode & 0o077 == 0
    with pytest.raises(InvalidSetting):
        redact(source, tmp_path / "b.log")
    with pytest.raises(InvalidSetting):
        redact(tmp_path, tmp_path / "within")
    (tmp_path / "c.db").write_bytes(database(tmp_path))
    with pytest.raises(UnreadableInput, match="a database"):
        redact(tmp_path / "c.db", tmp_path / "d.db")
    assert not (tmp_path / "d.db").exists()
    assert not list(tmp_path.glob(".*"))


def test_hostile_archives_are_contained(tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "evil.tar", "w") as tar:
        for name in ("../../escape.log", "/abs.log", "ok.log"):
            info = tarfile.TarInfo(name)
            info.size = len(LOG)
            tar.addfile(info, io.BytesIO(LOG))
        link = tarfile.TarInfo("link.log")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        tar.addfile(link)
    told = redact(tmp_path / "evil.tar", tmp_path / "out.tar")
    with tarfile.open(tmp_path / "out.tar") as tar:
        assert sorted(tar.getnames()) == ["abs.log", "escape.log", "ok.log"]
    assert told["left_out_files"] == [{"name": "link.log", "why": "a link or no file"}]


def test_bombs_are_given_up_and_said_to_be(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("assay.kinds.phones.redact.copy._SLACK", 1 << 20)
    bomb = gzip.compress(b"a b " * (12 << 20), 9)
    tarred(tmp_path / "bomb.tar", {"small.log": LOG, "bomb.gz": bomb}, "w")
    told = redact(tmp_path / "bomb.tar", tmp_path / "out.tar")
    assert told["files"] == 1
    assert told["left_out_files"][0]["why"] == "out of all proportion"
    header = tarfile.TarInfo("x")
    header.type, header.size = tarfile.XHDTYPE, 1 << 40  # a name of a terabyte
    (tmp_path / "names.tar").write_bytes(tarfile.TarInfo("a").tobuf() + header.tobuf() + bytes(4096))
    assert "ends early" in redact(tmp_path / "names.tar", tmp_path / "none.tar")["problem"]


def test_a_line_of_any_length_is_taken_in_pieces(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(content_module, "PIECE", 512)
    words = b"word " * 300 + b"a@example.com " + b"and " * 200 + b"from +44 1632 960123 now " + b"x" * 5000
    (tmp_path / "a.log").write_bytes(words)
    told = redact(tmp_path / "a.log", tmp_path / "b.log")
    assert told["by_kind"]["email"] == 1
    assert nobody((tmp_path / "b.log").read_bytes())
    assert (tmp_path / "b.log").read_bytes().count(b"word ") == 300


def test_other_encodings_and_forms(tmp_path: Path) -> None:
    (tmp_path / "wide.txt").write_bytes("\ufefffrom a@example.com\r\n".encode("utf-16-le"))
    redact(tmp_path / "wide.txt", tmp_path / "w.txt")
    assert "a@example" not in (tmp_path / "w.txt").read_bytes().decode("utf-16-le")
    (tmp_path / "x.plist").write_bytes(plistlib.dumps({"phoneNumber": "15112345678"}))
    redact(tmp_path / "x.plist", tmp_path / "y.plist")
    assert "15112345678" not in (tmp_path / "y.plist").read_text()
    deep = plistlib.dumps(
        {"a": plistlib.dumps({"phoneNumber": "+441632960123"}, fmt=plistlib.FMT_BINARY)}, fmt=plistlib.FMT_BINARY
    )
    assert b"1632960123" not in plistlib.loads(plist(deep, Redactor()))["a"]


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 600), st.binary(max_size=12), st.booleans())
def test_broken_property_lists_are_left_out_and_never_raise(at: int, junk: bytes, binary: bool) -> None:
    whole = plistlib.dumps(SETTINGS, fmt=plistlib.FMT_BINARY if binary else plistlib.FMT_XML)
    with contextlib.suppress(LeftOut):
        plist(whole[:at] + junk + whole[at + len(junk) :], Redactor())


def test_the_command_says_how_many_would_have_leaked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tarred(tmp_path / "in.tar.gz", files(tmp_path))
    assert main(["redact", str(tmp_path / "in.tar.gz"), "--out", str(tmp_path / "o.tar.gz"), "--json"]) == 1
    told = json.loads(capsys.readouterr().out)
    assert told["people"] >= 4
    assert main(["redact", str(tmp_path / "in.tar.gz"), "--out", str(tmp_path / "o.tar.gz")]) == 2
