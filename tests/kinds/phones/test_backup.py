"""Backups: plain and encrypted hold the same life; hostile ones are contained; what lacks is a gap and never a crash."""

from __future__ import annotations

import hashlib
import plistlib
import sqlite3
import tarfile
import zipfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assay.kinds.phones.backup.database import Broken, database, plist
from assay.kinds.phones.backup.keybag import Keybag, Locked, decrypt, read_keybag, unwrap
from assay.kinds.phones.evidence import PhoneImage
from assay.kinds.phones.reader import IosBackup
from assay.kinds.phones.simulate import Phone, life, write
from tests.kinds.phones.conftest import read

WORD = b"correct horse"


@pytest.fixture
def plain(tmp_path: Path) -> Path:
    return write(life(1, busy=0.2), tmp_path / "plain")


@pytest.fixture
def locked(tmp_path: Path) -> Path:
    return write(life(1, busy=0.2), tmp_path / "locked", WORD)


def story(phone: PhoneImage) -> tuple[Any, ...]:
    return phone.events, phone.read, phone.gaps, phone.messages, phone.files, phone.coverage


def test_a_password_opens_the_same_life(plain: Path, locked: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASSAY_BACKUP_PASSWORD", WORD.decode())
    opened = read(locked / "Manifest.db")
    assert opened.encrypted
    assert not opened.problem
    assert story(opened) == story(read(plain / "Manifest.db"))
    assert opened.messages == len(life(1, busy=0.2).messages)
    assert opened.version == life(1, busy=0.2).version


def test_a_file_may_hold_the_password(locked: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "word").write_bytes(WORD + b"\n")
    monkeypatch.setenv("ASSAY_BACKUP_PASSWORD_FILE", str(tmp_path / "word"))
    assert not read(locked / "Manifest.db").problem


@pytest.mark.parametrize("password", [None, "wrong"])
def test_without_the_password_nothing_is_known(
    locked: Path, password: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    if password is not None:
        monkeypatch.setenv("ASSAY_BACKUP_PASSWORD", password)
    phone = read(locked / "Manifest.db")
    assert phone.problem
    assert phone.coverage == 0
    assert "wrong" not in phone.problem
    assert {gap.why for gap in phone.gaps} == {"locked"}


def test_nothing_is_written_beside_the_backup(locked: Path, plain: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASSAY_BACKUP_PASSWORD", WORD.decode())
    for folder in (plain, locked):
        before = {p: p.stat().st_mtime_ns for p in folder.rglob("*")}
        read(folder / "Manifest.db")
        assert {p: p.stat().st_mtime_ns for p in folder.rglob("*")} == before


def test_an_archive_holds_the_same_life(plain: Path, tmp_path: Path) -> None:
    whole = story(read(plain / "Manifest.db"))
    with zipfile.ZipFile(tmp_path / "b.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(p for p in plain.rglob("*") if p.is_file()):
            archive.write(path, f"phone/{path.relative_to(plain)}")
    with tarfile.open(tmp_path / "b.tar.gz", "w:gz") as tar:
        tar.add(plain, "phone")
    for name in ("b.zip", "b.tar.gz"):
        assert IosBackup().sniff((tmp_path / name).read_bytes()[:65_536], tmp_path / name) > 0.5
        found = story(read(tmp_path / name))
        assert found == whole


def test_other_files_are_not_claimed(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("word/document.xml", "x")
    (tmp_path / "Manifest.db").write_bytes(b"something else")
    for name in ("a.zip", "Manifest.db"):
        assert IosBackup().sniff((tmp_path / name).read_bytes(), tmp_path / name) == 0


def test_what_lacks_is_a_gap(tmp_path: Path) -> None:
    phone = Phone(apps=["a"], without=("Library/SMS/sms.db", "Library/Databases/DataUsage.sqlite"))
    found = read(write(phone, tmp_path / "b") / "Manifest.db")
    assert {"messages", "data usage"} <= {gap.artefact for gap in found.gaps if gap.why == "absent"}
    assert 0 < found.coverage < 1


def test_a_corrupt_database_is_a_gap_and_the_rest_is_read(plain: Path) -> None:
    id_ = "3d0d7e5fb2ce288813306e4d4636395e047a3d28"  # sms.db, on every phone
    path = plain / id_[:2] / id_
    path.write_bytes(path.read_bytes()[:4096] + b"\xff" * 8192)
    found = read(plain / "Manifest.db")
    assert next(gap for gap in found.gaps if gap.artefact == "messages").why.startswith("broken")
    assert found.processes
    assert found.visits


def test_a_manifest_that_is_none_leaves_everything_open(plain: Path) -> None:
    (plain / "Manifest.db").write_bytes(b"\x00" * 5000)
    found = read(plain / "Manifest.db")
    assert found.problem
    assert found.coverage == 0


def test_paths_and_links_lead_nowhere(plain: Path, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_bytes(b"SQLite format 3\0secret")
    id_ = "3d0d7e5fb2ce288813306e4d4636395e047a3d28"
    (plain / id_[:2] / id_).unlink()
    (plain / id_[:2] / id_).symlink_to(secret)
    with sqlite3.connect(plain / "Manifest.db") as db:
        db.execute("INSERT INTO Files VALUES ('../../secret', 'HomeDomain', '../../../secret', 1, x'00')")
    found = read(plain / "Manifest.db")
    assert found.forged_ids == 1
    assert "messages" in {gap.artefact for gap in found.gaps}
    assert not any("secret" in event.subject for event in found.events)


def test_a_bomb_is_not_unpacked(tmp_path: Path) -> None:
    with (
        zipfile.ZipFile(tmp_path / "b.zip", "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("Manifest.db", "w") as f,
    ):
        f.write(b"SQLite format 3\0")
        for _ in range(540):
            f.write(bytes(1 << 20))
    found = read(tmp_path / "b.zip")
    assert found.problem
    assert found.coverage == 0


def test_a_keybag_that_asks_for_endless_work_is_refused() -> None:
    bag = Keybag({b"SALT": b"s", b"ITER": b"\xff\xff\xff\xff", b"DPSL": b"d", b"DPIC": b"\xff\xff\xff\xff"})
    with pytest.raises(Locked, match="rounds"):
        bag.unlock(b"")


def test_keys_are_unwrapped_as_the_standard_says() -> None:
    # RFC 3394, section 4.6: 256 bits of key data with a 256-bit key
    key = bytes.fromhex("000102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F")
    data = bytes.fromhex("00112233445566778899AABBCCDDEEFF000102030405060708090A0B0C0D0E0F")
    wrapped = bytes.fromhex("28C9F404C4B810F4CBCCB35CFB87F8263F5786E2D80ED326CBC7F0E71A99F43BFB988B9B7A02DD21")
    assert unwrap(key, wrapped) == data
    assert unwrap(bytes(32), wrapped) is None


def test_a_query_of_the_file_s_own_ends_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("assay.kinds.phones.backup.database.SECONDS", 0.2)
    db = sqlite3.connect(":memory:")
    db.execute("CREATE VIEW Files AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n")
    with pytest.raises(Broken), database(db.serialize()) as opened:
        opened.execute("SELECT count(*) FROM Files").fetchall()


def test_a_deep_property_list_is_none_and_no_crash() -> None:
    deep = b"<plist>" + b"<array>" * 50_000 + b"</array>" * 50_000 + b"</plist>"
    plist(deep)
    assert plist(b"<plist><!DOCTYPE") is None


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=400))
def test_any_bytes_are_a_keybag_or_refused(data: bytes) -> None:
    try:
        bag = read_keybag(data)
        bag.header.pop(b"ITER", None)
        bag.unlock(b"x")
    except Locked:
        pass
    assert decrypt(bytes(32), data, None) is None or len(data) % 16 == 0


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_a_damaged_backup_never_raises(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    folder = write(Phone(messages=[(1_700_000_000, "https://example.org/")]), tmp_path_factory.mktemp("b"))
    paths = sorted(p for p in folder.rglob("*") if p.is_file())
    path = data.draw(st.sampled_from(paths))
    content = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 12))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    path.write_bytes(bytes(content[: data.draw(st.integers(0, len(content)))]))
    assert 0 <= read(folder / "Manifest.db").coverage <= 1


def test_lists_of_any_shape_are_read_or_left_out(tmp_path: Path) -> None:
    folder = write(life(2, busy=0.1), tmp_path / "b")
    (folder / "Info.plist").write_bytes(plistlib.dumps(["not", "a", "dictionary"]))
    (folder / "Manifest.plist").write_bytes(plistlib.dumps({"Lockdown": 7, "Applications": {"x": 1}}))
    found = read(folder / "Manifest.db")
    assert found.apps == 1
    assert found.version == ""


def test_a_path_that_is_no_text_or_very_long_accuses_nobody(plain: Path) -> None:
    with sqlite3.connect(plain / "Manifest.db") as db:
        for path in (b"Documents/\xff\xfe", b"Documents/" + b"a" * 1500):
            id_ = hashlib.sha1(b"AppDomain-x-" + path, usedforsecurity=False).hexdigest()
            db.execute("INSERT INTO Files VALUES (?, 'AppDomain-x', CAST(? AS TEXT), 1, x'00')", (id_, path))
    assert read(plain / "Manifest.db").forged_ids == 0


def test_a_class_that_needs_the_device_s_own_key_does_not_lock_the_rest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Keybags hold classes that a password alone does not open; what they guard is a gap, the rest is read."""
    folder = write(Phone(messages=[(1_700_000_000, "x")]), tmp_path / "b", WORD)
    about = plistlib.loads((folder / "Manifest.plist").read_bytes())
    other = b"".join(
        tag + len(value).to_bytes(4, "big") + value
        for tag, value in (
            (b"UUID", bytes(16)),
            (b"CLAS", b"\0\0\0\x0b"),
            (b"WRAP", b"\0\0\0\3"),
            (b"KTYP", bytes(4)),
            (b"WPKY", bytes(40)),
        )
    )
    about["BackupKeyBag"] += other
    (folder / "Manifest.plist").write_bytes(plistlib.dumps(about))
    monkeypatch.setenv("ASSAY_BACKUP_PASSWORD", WORD.decode())
    assert read(folder / "Manifest.db").messages == 1


def test_a_file_that_grew_while_it_was_copied_is_still_opened() -> None:
    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

    key = bytes(range(32))
    cipher = Cipher(algorithms.AES(key), modes.CBC(bytes(16))).encryptor()
    data = cipher.update(b"a" * 20 + b"\x0c" * 12) + cipher.finalize()
    assert decrypt(key, data, 20) == decrypt(key, data, 7) == decrypt(key, data) == b"a" * 20
    assert decrypt(key, data[:-1], 20) is None
