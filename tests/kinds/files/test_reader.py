"""Any file is taken, by the room that knows it best; what is longer than is looked at, marked or unknown is said."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from assay.check import check_path
from assay.core.enclosed import Enclosed
from assay.core.kind import claim, sniff
from assay.engine import Engine
from assay.kinds.files import reader
from assay.kinds.files.evidence import File
from assay.kinds.files.judge import WHEN
from assay.kinds.files.reader import AnyFile
from assay.kinds.files.samples import everything
from assay.kinds.files.samples.archives import zipped
from assay.kinds.files.samples.programs import pe


@pytest.fixture(autouse=True)
def here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASSAY_HEAVY_WORKERS", "0")


def read(path: Path) -> File:
    (batch,) = AnyFile().read(path, reject=lambda _error: None)
    item = batch.item(0)
    assert isinstance(item, File)
    return item


@pytest.mark.parametrize(("name", "content", "room"), [
    ("tool.exe", pe(), "files"), ("a.zip", zipped([("a", b"x")]), "files"), ("notes.md", b"# notes\n", "files"), ("data.bin", bytes(range(256)), "files"),
    ("a.ps1", b"Write-Host 1\n", "files"), ("a.hta", b"<html><hta:application></html>", "files"), ("a.pdf", b"%PDF-1.4\n", "documents"), ("two.pdf", pe()[:400] + b"%PDF-1.4\n" + pe()[409:], "files"),
    ("page.html", b"<!doctype html><p>x", "messages"), ("note.txt", b"hello there\n", "messages"),
])  # fmt: skip
def test_each_room_takes_what_it_knows(tmp_path: Path, name: str, content: bytes, room: str) -> None:
    (tmp_path / name).write_bytes(content)
    found = sniff(tmp_path / name)
    assert found is not None
    assert found[0].name == room


def test_an_attachment_is_taken_by_what_it_is() -> None:
    for name, media, content in (("a.pdf", "application/pdf", pe()), ("a.txt", "text/plain", b"MZ" + bytes(100)), ("a", "", b"\x01\x02\x03"), ("a.vba", "application/x-vba-source", b"Sub x()\n")):  # fmt: skip
        taken = claim(Enclosed(name=name, media=media, content=content))
        assert isinstance(taken, AnyFile)
    assert claim(Enclosed(name="a", content=b"")) is None


def test_a_text_is_no_noise_and_an_unknown_file_is_never_clean(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("# nothing\n" * 100)
    (tmp_path / "a.bin").write_bytes(bytes(range(256)) * 3)
    text, data = check_path(tmp_path / "a.md", Engine()), check_path(tmp_path / "a.bin", Engine())
    assert (text.verdict, text.items, text.unexamined, text.problem) == ("none", [], 0, "")
    assert (data.verdict, data.counts, data.unexamined) == ("inconclusive", {"files.unknown": 1}, 1)
    (tmp_path / "empty.bin").write_bytes(b"")
    assert check_path(tmp_path / "empty.bin", Engine()).problem == "the file is empty"


def test_of_a_long_file_the_beginning_is_looked_at_and_all_of_it_digested(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:  # fmt: skip
    content = pe(tail=bytes(5000))
    (tmp_path / "long.exe").write_bytes(content)
    monkeypatch.setattr(reader, "MAX_BYTES", 4096)
    file = read(tmp_path / "long.exe")
    assert (len(file.content), file.size, file.cut) == (4096, len(content), True)
    assert file.digest == hashlib.sha256(content).hexdigest()
    monkeypatch.setattr(reader, "MOST_HASHED", 100)
    assert read(tmp_path / "long.exe").digest is None
    told = check_path(tmp_path / "long.exe", Engine())
    assert "files.cut" in told.counts
    assert told.unexamined == 1


def test_the_mark_of_the_web_is_seen(tmp_path: Path) -> None:
    (tmp_path / "a.exe").write_bytes(pe())
    assert read(tmp_path / "a.exe").internet is None
    (tmp_path / "a.exe:Zone.Identifier").write_text("[ZoneTransfer]\nZoneId=3\n")
    assert read(tmp_path / "a.exe").internet is True


def test_what_is_recorded_holds_no_content_and_comes_back() -> None:
    from assay.core.batch import Batch

    file = File(id="f", time=WHEN, name="a.exe", path="/home/somebody/a.exe", content=pe(), internet=True, customer="c")
    row = Batch.of([file]).row(0)
    assert (row["type"], row["family"], row["size"], row["digest"]) == ("pe", "program", len(pe()), file.digest)
    assert "content" not in row
    assert "path" not in row
    back = File.from_columns("f", WHEN, row)
    assert isinstance(back, File)
    assert (back.name, back.digest, back.internet, back.content) == ("a.exe", file.digest, True, b"")


def test_check_tells_the_tricks_inside_messages_and_archives(tmp_path: Path) -> None:
    """The room as a user meets it: files on disk, through the engine, parts and all."""
    for number, sample in enumerate(s for s in everything() if s.wanted and not s.mailed and "/" not in s.name):
        if number % 4:
            continue
        path = tmp_path / str(number) / sample.name[-100:]
        path.parent.mkdir()
        path.write_bytes(sample.content)
        told = check_path(path, Engine())
        assert sample.wanted in told.counts, (sample.trick, told.problem, told.counts)


def test_a_mailed_program_in_an_archive_is_told_of_the_message(tmp_path: Path) -> None:
    from email.message import EmailMessage

    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"], mail["Date"] = (
        "a@example.org",
        "b@example.org",
        "Your bill",
        "Thu, 1 Jan 2026 10:00:00 +0000",
    )
    mail.set_content("See the attachment.")
    mail.add_attachment(zipped([("bill.pdf.exe", pe())]), maintype="application", subtype="zip", filename="bill.zip")
    (tmp_path / "a.eml").write_bytes(bytes(mail))
    told = check_path(tmp_path / "a.eml", Engine())
    assert told.kind == "messages"
    assert {"files.double-extension", "files.mailed-program"} <= set(told.counts)


@pytest.mark.parametrize(("body", "opened"), [
    ("Please find the invoice attached.\n\nPassword: Rechnung-7712\n\nKind regards", True),
    ("The archive password is 'Rechnung-7712'.", True), ("Das Passwort lautet: Rechnung-7712.", True),
    ("解压密码：Rechnung-7712", True), ("La contraseña es Rechnung-7712", True), ("Mot de passe : Rechnung-7712", True),
    ("PW for the file\nRechnung-7712", False), ("Password to open the document:\n  Rechnung-7712", True), ("We will call you with the password.", False),
])  # fmt: skip
def test_a_password_in_the_message_opens_what_is_locked(tmp_path: Path, body: str, opened: bool) -> None:
    from email.message import EmailMessage

    from assay.kinds.files.samples.packed import old_locked

    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"], mail["Date"] = "a@example.org", "b@example.org", "Your bill", "Thu, 1 Jan 2026 10:00:00 +0000"  # fmt: skip
    mail.set_content(body)
    locked = old_locked("bill.pdf.exe", pe(), "Rechnung-7712")
    mail.add_attachment(zipped([("bill.zip", locked)]), maintype="application", subtype="zip", filename="outer.zip")
    (tmp_path / "a.eml").write_bytes(bytes(mail))
    told = check_path(tmp_path / "a.eml", Engine())
    assert ("files.archive-unlocked" in told.counts) is opened
    assert ("files.double-extension" in told.counts) is opened
    assert ("files.archive-encrypted" in told.counts) is not opened
    assert "Rechnung-7712" not in str([finding for item in told.items for finding in item.findings])
