"""Files that Android phones give whole: backups, logs, tombstones, a bug report within androidqf's folder. Written here as the phone
writes them, read within bounds."""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import tarfile
import time
import zipfile
import zlib
from collections.abc import Callable
from datetime import UTC
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assay.kinds.phones.android import logcat, state, tombstones
from assay.kinds.phones.android.adb_backup import MAGIC, backup
from assay.kinds.phones.backup.database import Broken
from assay.kinds.phones.backup.keybag import Locked
from assay.kinds.phones.backup.store import TooLarge
from assay.kinds.phones.evidence import PhoneImage
from assay.kinds.phones.exposure.apps import Abuse
from assay.kinds.phones.programs import Programs
from assay.kinds.phones.reader import AndroidPhone
from assay.kinds.phones.simulate.android import bugreport, droid, lists
from assay.kinds.phones.timeline import Event

SMS = "apps/com.android.providers.telephony/d_f/000000_sms_backup"
WORD = b"p\xc3\xa4ss"
MESSAGE = [
    {"address": "+4917012345678", "body": "see https://bad.example.net/x now", "date": "1700000000123", "type": "1"}
]


def read(path: Path) -> PhoneImage:
    assert AndroidPhone().sniff(path.read_bytes()[:65_536], path) > 0.5
    (batch,) = AndroidPhone().read(path, reject=lambda _: None)
    found = batch.item(0)
    assert isinstance(found, PhoneImage)
    return found


def told(content: bytes, password: bytes | None = None) -> list[Event]:
    return list(backup(content, "backup.ab", lambda: password))


def tar(**more: bytes) -> bytes:
    out = io.BytesIO()
    manifest = "1\ncom.app\n7\n33\ncom.android.vending\n1\n1\n" + "30" * 70 + "\n"
    files = {
        "apps/com.app/_manifest": manifest.encode(), "apps/com.app/f/x.bin": b"x", SMS: zlib.compress(json.dumps(MESSAGE).encode()),
        "shared/0/Download/y.pdf": b"%PDF-", **more,
    }  # fmt: skip
    with tarfile.open(fileobj=out, mode="w") as archive:
        for name, content in files.items():
            info = tarfile.TarInfo(name)
            info.size, info.mtime = len(content), 1_690_000_000
            archive.addfile(info, io.BytesIO(content))
    return out.getvalue()


def plain(packed: bool = True) -> bytes:
    content = tar()
    return MAGIC + (b"5\n1\nnone\n" + zlib.compress(content) if packed else b"5\n0\nnone\n" + content)


def locked(word: bytes = WORD, version: int = 5, rounds: int = 100) -> bytes:
    """As `BackupManagerService` locks: the password opens a blob with vector, key and a proof of the key."""
    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

    def lock(key: bytes, vector: bytes, data: bytes) -> bytes:
        pad = 16 - len(data) % 16
        cipher = Cipher(algorithms.AES(key), modes.CBC(vector)).encryptor()
        return cipher.update(data + bytes([pad]) * pad) + cipher.finalize()

    salt, proof_salt, outer, inner, key = bytes(64), b"\x01" * 64, b"\x02" * 16, b"\x03" * 16, bytes(range(120, 152))
    said = "".join(chr(b if b < 128 else 0xFF00 | b) for b in key).encode() if version > 1 else key
    proof = hashlib.pbkdf2_hmac("sha1", said, proof_salt, rounds, 32)
    blob = b"".join(bytes([len(part)]) + part for part in (inner, key, proof))
    blob = lock(hashlib.pbkdf2_hmac("sha1", word, salt, rounds, 32), outer, blob)
    lines = [b"%d" % version, b"1", b"AES-256", salt.hex(), proof_salt.hex(), str(rounds), outer.hex(), blob.hex()]
    head = b"\n".join(one if isinstance(one, bytes) else one.encode() for one in lines)
    return MAGIC + head + b"\n" + lock(key, inner, zlib.compress(tar()))


@pytest.mark.parametrize(
    ("content", "word"), [(plain(), None), (plain(False), None), (locked(), WORD), (locked(version=1), WORD)]
)
def test_a_backup_tells_apps_files_and_that_messages_came(content: bytes, word: bytes | None) -> None:
    found = {(e.kind, e.subject, e.time // 10**6) for e in told(content, word)}
    assert {
        ("app", "com.app", 0),
        ("certificate", "com.app", 0),
        ("file", "/data/data/com.app/files/x.bin", 1_690_000_000),
        ("file", "/sdcard/Download/y.pdf", 1_690_000_000),
        ("message", "", 1_700_000_000),
        ("link.received", "https://bad.example.net/x", 1_700_000_000),
    } == found
    assert "4917" not in str(told(content, word))


def test_a_backup_handed_in_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.ab").write_bytes(locked())
    shut = read(tmp_path / "a.ab")
    assert "password" in shut.problem
    assert {gap.why for gap in shut.gaps} == {"locked", "not handed in"}
    monkeypatch.setenv("ASSAY_BACKUP_PASSWORD", WORD.decode())
    found = read(tmp_path / "a.ab")
    assert (found.form, found.system, found.problem, found.messages) == ("backup", "android", "", 1)
    assert "Android backup" in found.read
    assert {"packages", "debug keys"} <= {gap.artefact for gap in found.gaps if gap.why == "not handed in"}


def test_what_came_with_the_phone_is_no_app_from_nowhere(tmp_path: Path) -> None:
    """A program of the system has no installer in a backup: that accuses nobody."""
    content = tar(
        **{"apps/com.android.providers.telephony/_manifest": b"1\ncom.android.providers.telephony\n1\n33\n\n0\n0\n"}
    )
    (tmp_path / "a.ab").write_bytes(MAGIC + b"5\n0\nnone\n" + content)
    assert Abuse().finding(read(tmp_path / "a.ab")) is None


@pytest.mark.parametrize("word", [None, b"wrong"])
def test_a_backup_whose_password_is_missing_or_wrong_is_locked(word: bytes | None) -> None:
    with pytest.raises(Locked) as error:
        told(locked(), word)
    assert "wrong" not in str(error.value)


def test_a_backup_made_to_burst_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("assay.kinds.phones.android.adb_backup.SLACK", 1 << 20)
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        info = tarfile.TarInfo("shared/0/big")
        info.size = 40 << 20
        archive.addfile(info, io.BytesIO(bytes(info.size)))
    with pytest.raises(TooLarge):
        told(MAGIC + b"5\n1\nnone\n" + zlib.compress(out.getvalue()))
    endless = locked(rounds=1).replace(b"\n1\n" + b"02" * 16, b"\n99999999999\n" + b"02" * 16)
    with pytest.raises(Broken):
        told(endless, WORD)


LOG = """--------- beginning of main
03-29 18:37:30.315  1000  1234  1250 I ActivityManager: Start proc 4242:com.app/u0a123 for service {com.app/.S}
03-29 18:37:31.000  1234  1250 I am_proc_start: [0,4300,10124,com.other,broadcast,{com.other/.R}]
03-29 18:37:31.100  1234  1250 I am_proc_start: [0,4301,10124,com.other,broadcast,{com.other/.R}]
03-29 18:38:00.000  4242  4242 E AndroidRuntime: Process: com.app, PID: 4242
03-29 18:38:01.000  1234  1250 I am_crash: [4242,0,com.app,1,java.lang.Error,secret text,X.java,1]
03-29 18:40:00.000  9000  9000 F DEBUG   : pid: 9850, tid: 9893, name: worker  >>> /data/local/tmp/qx -a <<<
03-29 18:41:00.000  9000  9000 I Dialer  : calling +4917012345678
""".splitlines()
MADE = 1_648_600_000.0  # 2022-03-30


def test_a_log_tells_what_started_and_what_crashed_and_nothing_that_was_said() -> None:
    found = list(logcat.log(LOG, "logcat.txt", UTC, made=MADE))
    assert [(e.kind, e.subject) for e in found] == [
        ("process.seen", "com.app"), ("process.seen", "com.other"), ("crash", "com.app"), ("crash", "qx"),
    ]  # fmt: skip
    assert found[-1].detail == "/data/local/tmp/qx"
    assert found[0].time == 1_648_579_050_315_000
    assert not any(word in str(found) for word in ("secret", "4917"))


def test_a_line_without_a_year_is_of_the_last_time_it_fits() -> None:
    line = "12-31 23:59:00.000  1  1 I am_proc_start: [0,1,1,com.app,x,{y}]"
    january = 1_704_200_000.0  # 2024-01-02
    (event,) = logcat.log([line], "x", UTC, made=january)
    assert event.time == 1_704_067_140_000_000  # 2023
    (event,) = logcat.log(["2021-" + line], "x", UTC, made=january)
    assert event.time == 1_640_995_140_000_000
    with pytest.raises(Broken):
        list(logcat.log(["nothing of the kind"], "x", UTC, made=january))


def test_a_program_that_crashed_where_none_lies_is_told(tmp_path: Path) -> None:
    (tmp_path / "logcat.txt").write_text("\n".join(LOG))
    finding = Programs().finding(read(tmp_path / "logcat.txt"))
    assert finding is not None
    assert [r.values["path"] for r in finding.reasons] == ["/data/local/tmp/qx"]


def test_a_bug_report_s_logs_are_read_in_the_phone_s_zone(tmp_path: Path) -> None:
    report = ["== dumpstate: 2022-03-30 00:00:00", "------ SYSTEM PROPERTIES (getprop) ------", "[persist.sys.timezone]: [Europe/Berlin]",
              "------ EVENT LOG (logcat -b events -v threadtime) ------", *LOG, "------ 0.1s was the duration of 'EVENT LOG' ------"]  # fmt: skip
    (tmp_path / "bugreport-x.txt").write_text("\n".join(report))
    found = [e for e in read(tmp_path / "bugreport-x.txt").events if e.kind == "process.seen"]
    assert next((e.subject, e.time) for e in found) == ("com.app", 1_648_571_850_315_000)  # two hours before UTC


def proto(number: int, value: bytes) -> bytes:
    return bytes([number << 3 | 2, len(value)]) + value


TOMBSTONE = (
    b"\x08\x01\x28\x96\x01" + proto(4, b"2023-04-12 12:32:40.518290770+0200") + proto(9, b"/data/local/tmp/qx") + proto(9, b"-a")
)  # fmt: skip


def test_a_tombstone_is_told_once_from_its_text_or_from_its_protocol_buffer(tmp_path: Path) -> None:
    (event,) = tombstones.packed(TOMBSTONE, "x")
    assert (event.kind, event.subject, event.detail, event.time) == (
        "crash",
        "qx",
        "/data/local/tmp/qx",
        1_681_295_560_000_000,
    )
    text = b"*** ***\nTimestamp: 2023-04-12 12:32:40+0200\npid: 1, tid: 1, name: w  >>> /data/local/tmp/qx <<<\n"
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("main_entry.txt", "bugreport-x.txt")
        archive.writestr("bugreport-x.txt", "DUMP OF SERVICE adb:\n")
        archive.writestr("FS/data/tombstones/tombstone_00", text)
        archive.writestr("FS/data/tombstones/tombstone_00.pb", TOMBSTONE)
        archive.writestr("FS/data/tombstones/tombstone_01.pb", TOMBSTONE)
    crashes = [e for e in read(tmp_path / "a.zip").events if e.kind == "crash"]
    assert sorted(e.source[-16:] for e in crashes) == ["/tombstone_00", "tombstone_01.pb"] or len(crashes) == 2
    assert len({(e.time, e.detail) for e in crashes}) == 1


def test_androidqf_as_its_collector_writes_it(tmp_path: Path) -> None:
    """The list of processes is JSON in a file that ends in .txt, the collector is in it, and a bug report and a backup lie beside."""
    phone = droid(5, "trojan")
    processes = [
        {"pid": 1, "filename": "(init)", "path": "", "command_line": ["/system/bin/init", "second_stage"]},
        {"pid": 2, "filename": "(kthreadd)", "path": "", "command_line": None},
        {"pid": 3, "filename": "(collector)", "path": "", "command_line": ["/data/local/tmp/collector", "ps"]},
        {"pid": 4, "filename": "(qx)", "path": "", "command_line": ["/data/local/tmp/qx"]},
    ]
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        for name, content in lists(phone):
            if name not in ("processes.txt", "dumpsys.txt", "root_binaries.json", "logcat.txt"):
                archive.writestr(name, content)
        archive.writestr("processes.txt", json.dumps(processes))
        archive.writestr("root_binaries.json", json.dumps(["/system/bin/su\n/system/xbin/su\n"]))
        archive.writestr("bugreport.zip", bugreport(phone))
        archive.writestr("backup.ab", plain())
        archive.writestr("logcat.txt", "\n".join(LOG))
    found = read(tmp_path / "a.zip")
    assert {e.subject for e in found.events if e.kind == "process.run"} == {"init", "kthreadd", "qx"}
    assert {e.subject for e in found.events if e.kind == "root"} == {"/system/bin/su", "/system/xbin/su"}
    assert {"packages", "accessibility", "Android backup", "log", "processes"} <= set(found.read)
    assert any(e.source.startswith("bugreport.zip/") for e in found.events)
    finding = Programs().finding(found)
    assert finding is not None
    assert {r.values["path"] for r in finding.reasons} == {"/data/local/tmp/qx"}


def test_what_its_own_lists_told_is_not_told_again_by_the_bug_report(tmp_path: Path) -> None:
    phone = droid(6)
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        for name, content in lists(phone):
            archive.writestr(name, content)
        archive.writestr("bugreport.zip", bugreport(phone))
    assert not [e for e in read(tmp_path / "a.zip").events if e.source.startswith("bugreport.zip/") and e.kind == "app"]


def test_lines_made_to_take_long_do_not() -> None:
    began = time.process_time()
    for text in (
        "03-29 18:37:30.315  1" + " 1" * 5_000,
        "Process: " * 50_000,
        ">>> " * 100_000,
        "am_crash" + " " * 200_000,
    ):
        with contextlib.suppress(Broken):
            list(logcat.log([text] * 20, "x", UTC))
    list(state.processes([json.dumps([{"command_line": ["a" * 10**6]}])], "x", UTC))
    assert time.process_time() - began < 3


READERS: tuple[Callable[[bytes], object], ...] = (
    lambda data: list(tombstones.packed(data, "x")),
    lambda data: told(data, WORD),
    lambda data: told(MAGIC + b"5\n1\nnone\n" + data),
    lambda data: told(MAGIC + b"3\n0\nAES-256\n" + data, WORD),
    lambda data: list(logcat.log(data.decode("latin-1").splitlines(), "x", UTC)),
    lambda data: list(state.processes(data.decode("latin-1").splitlines(), "x", UTC)),
)


@settings(max_examples=120, deadline=None)
@given(st.data())
def test_damaged_files_are_read_or_refused(data: st.DataObject) -> None:
    whole = data.draw(st.sampled_from((plain(), plain(False), locked(), TOMBSTONE, "\n".join(LOG).encode(), b"")))
    content = bytearray(whole[: data.draw(st.integers(0, len(whole)))] + data.draw(st.binary(max_size=20)))
    for _ in range(data.draw(st.integers(0, 6))):
        if content:
            content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    for reader in READERS:
        with contextlib.suppress(Broken, Locked, TooLarge):
            reader(bytes(content))
