"""Sysdiagnose archives and single files: written as iOS does, read without unpacking; hostile ones are contained."""

from __future__ import annotations

import contextlib
import gzip
import io
import json
import random
import tarfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assay.core.errors import UnreadableInput
from assay.core.kind import sniff
from assay.kinds.phones import KIND
from assay.kinds.phones.backup.database import Broken
from assay.kinds.phones.evidence import PhoneImage
from assay.kinds.phones.ios import crashes, logs, shutdown
from assay.kinds.phones.programs import Programs, belongs
from assay.kinds.phones.reader import PhoneFile, Sysdiagnose
from assay.kinds.phones.simulate import Phone, backup, life, sysdiagnose
from assay.kinds.phones.simulate.attacks import SHAPES, attack
from assay.kinds.phones.tasks import ps, taskinfo
from assay.walk import files

LOG = b"""After 1.00s, these clients are still here:
\t\tremaining client pid: 301 (/usr/libexec/nesessionmanager/11111111-2222-3333-4444-555555555555)
\t\tremaining client pid: 302 (/private/var/tmp/x y/bh/11111111-2222-3333-4444-555555555555)
After 2.00s, these clients are still here:
\t\tremaining client pid: 302 (/private/var/tmp/x y/bh/11111111-2222-3333-4444-555555555555)
SIGTERM: [1690000000]
After 1.00s, these clients are still here:
\t\tremaining client pid: 9 (/usr/libexec/locationd)
"""


def read(reader: Sysdiagnose | PhoneFile, path: Path) -> PhoneImage:
    assert reader.sniff(path.read_bytes()[:65_536], path) > 0.5
    (batch,) = reader.read(path, reject=lambda _: None)
    found = batch.item(0)
    assert isinstance(found, PhoneImage)
    return found


@pytest.fixture
def phone() -> Phone:
    return life(11, busy=0.2)


@pytest.fixture
def archive(phone: Phone, tmp_path: Path) -> Path:
    path = tmp_path / f"{sysdiagnose.root(phone)}.tar.gz"
    path.write_bytes(sysdiagnose.write(phone))
    return path


def test_an_archive_tells_what_the_phone_did(phone: Phone, archive: Path) -> None:
    found = read(Sysdiagnose(), archive)
    assert (found.system, found.form, found.version, found.build) == ("ios", "sysdiagnose", phone.version, phone.build)
    assert int(found.time.timestamp()) == phone.end
    kinds = {e.kind for e in found.events}
    assert {"process.run", "process.seen", "app.installed", "crash", "reboot", "network.joined", "permission"} <= kinds
    crashed = {(e.time // 10**6, e.subject) for e in found.events if e.kind == "crash"}
    assert crashed == {(when, name) for when, name, _ in sorted(phone.crashes)[-60:]}  # the newest are kept
    assert {e.subject for e in found.events if e.kind == "app.installed"} == {name for _, name in phone.installs}
    assert "unified log messages" in {gap.artefact for gap in found.gaps}
    assert found.sources
    assert all(len(source.digest) == 64 for source in found.sources)


def test_its_folder_holds_the_same_and_hides_nothing_beside(phone: Phone, archive: Path, tmp_path: Path) -> None:
    with tarfile.open(archive) as tar:
        tar.extractall(tmp_path / "out", filter="data")
    (tmp_path / "out" / "letter.txt").write_text("no part of it")
    standing = tmp_path / "out" / sysdiagnose.root(phone) / "sysdiagnose.log"
    assert list(files([tmp_path / "out"])) == [tmp_path / "out" / "letter.txt", standing]
    whole, apart = read(Sysdiagnose(), archive), read(Sysdiagnose(), standing)
    assert set(apart.events) == set(whole.events)


def test_an_implant_that_comes_back_after_restarts_is_told(tmp_path: Path) -> None:
    phone = life(12)
    attack(phone, phone.start + 86_400, random.Random(1), SHAPES["returns after restarts"])
    phone.reboots = [(phone.start + i * 10**6, [("/private/var/tmp/qx", 2.0)]) for i in (1, 2, 3)]
    (tmp_path / "a.tar.gz").write_bytes(sysdiagnose.write(phone))
    finding = Programs().finding(read(Sysdiagnose(), tmp_path / "a.tar.gz"))
    assert finding is not None
    (told,) = (r for r in finding.reasons if r.code == "phones.stays")
    assert (told.values["path"], told.values["restarts"]) == ("/private/var/tmp/qx", 3)


def test_a_shutdown_log_by_blocks() -> None:
    first, last = shutdown.shutdowns(LOG.decode())
    assert (first.time, first.rounds, first.seconds) == (1_690_000_000, 2, 2.0)  # delays count from the beginning
    assert first.clients == (("/usr/libexec/nesessionmanager", 1.0), ("/private/var/tmp/x y/bh", 2.0))
    assert (last.time, last.rounds) == (0.0, 1)  # a block without its end is not lost


@pytest.mark.parametrize(
    ("path", "there"),
    [
        ("/usr/libexec/locationd", True),
        ("/System/Library/PrivateFrameworks/A.framework/a", True),
        ("/private/var/containers/Bundle/Application/0/A.app/A", True),
        ("/private/var/staged_system_apps/A.app/A", True),
        ("/private/var/db/com.apple.xpc.roleaccountd.staging/exec/1.2.xpc/1.2", False),
        ("/private/var/db/com.apple.xpc.roleaccountd.staging/exec/trustd.xpc/trustd", True),
        ("/private/var/db/com.apple.xpc.roleaccountd.staging/subridged", False),
        ("/private/var/root/Library/bh", False),
        ("/Systemd/x", False),
        ("/private/var/tmp/x", False),
    ],
)
def test_where_programs_lie(path: str, there: bool) -> None:
    assert belongs(path, "ios") is there


def test_reports_of_every_age() -> None:
    new = b'{"bug_type":"309","app_name":"a","timestamp":"2024-05-01 10:20:30.00 +0200","os_version":"iPhone OS 17.4 (21E219)"}\n{"procPath":"/usr/libexec/a"}'
    old = b'{"bug_type":"109","name":"b","timestamp":"2020-05-01 10:20:30.00 +0000"}\nProcess: b [1]\nPath:    /private/var/tmp/b\n'
    told = {e.subject: e for e in (*crashes.report(new, "x"), *crashes.report(old, "y")) if e.kind == "crash"}
    assert told["a"].time == 1_714_551_630_000_000
    assert told["b"].detail == "/private/var/tmp/b"
    for kind, wanted in (("210", "panic"), ("298", "crash.memory"), ("115", "reboot")):
        report = json.dumps({"bug_type": kind}).encode() + b"\n{}"
        assert wanted in {e.kind for e in crashes.report(report, "z")}


def test_lists_of_processes() -> None:
    table = b"USER UID PID COMMAND\nroot 0 1 /sbin/launchd\nmobile 501 9 /private/var/containers/Bundle/Application/0/My App.app/My App -x /y\n"
    assert [(e.subject, e.actor) for e in ps(table, "ps.txt")] == [("launchd", "root"), ("My App", "mobile")]
    assert [e.subject for e in taskinfo(b'num tasks: 1\nprocess: "kbd" [7] [unique ID: 7]\n', "t")] == ["kbd"]
    with pytest.raises(Broken):
        list(ps(b"nothing", "ps.txt"))


def test_logs_tell_of_apps_and_starts() -> None:
    log = b"Wed May 24 13:00:00 2023 [311] <notice> (0x1) -[A b]: Uninstalling identifier com.bad.app\n"
    (removed,) = logs.installations(log, "m")
    assert (removed.kind, removed.subject, removed.time) == ("app.removed", "com.bad.app", 1_684_933_200_000_000)
    build = "Wed May 24 13:00:0{0} 2023 [7] <notice> (0x1) -[M a]: build_version: {1}\n"
    upgraded = list(logs.activations((build.format(0, "20F66") + build.format(1, "20G75")).encode(), "a"))
    assert [(e.kind, e.subject, e.detail) for e in upgraded] == [("upgraded", "20G75", "20F66")]


def test_single_files_are_known_by_their_content(tmp_path: Path) -> None:
    phone = life(13, busy=0.2)
    made = {
        "sms.db": (backup.messages(phone), "message"), "b": (backup.usage(phone), "process.first"),
        "c.db": (backup.permissions(phone), "permission"), "shutdown.log": (LOG, "shutdown.delayed"),
        "x.ips": (sysdiagnose.crash(phone, phone.end, "imagent", "/usr/libexec/imagent", old=False), "crash"),
        "p.PLSQL": (sysdiagnose.power(phone), "process.seen"), "p.PLSQL.gz": (gzip.compress(sysdiagnose.power(phone)), "process.seen"),
    }  # fmt: skip
    for name, (content, kind) in made.items():
        (tmp_path / name).write_bytes(content)
        found = read(PhoneFile(), tmp_path / name)
        assert found.form == "file"
        assert kind in {e.kind for e in found.events}, name
        assert not found.problem
        assert found.coverage < 0.2  # one file is no phone
    (tmp_path / "sms.db").write_bytes(b"SQLite format 3\0" + bytes(2000))
    assert read(PhoneFile(), tmp_path / "sms.db").problem


def test_other_files_are_not_claimed(tmp_path: Path) -> None:
    for name, content in (
        ("a.log", b"hello\n"),
        ("b.db", b"SQLite format 3\0" + bytes(100)),
        ("c.json", b'{"a": 1}'),
        ("d.txt", b"remaining"),
    ):
        (tmp_path / name).write_bytes(content)
        assert sniff(tmp_path / name, [KIND]) is None


def tarred(*members: tuple[str, bytes], links: tuple[tuple[str, str], ...] = ()) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as tar:
        for name, content in members:
            info = tarfile.TarInfo(name)
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
        for name, to in links:
            info = tarfile.TarInfo(name)
            info.type, info.linkname = tarfile.SYMTYPE, to
            tar.addfile(info)
    return out.getvalue()


def test_names_and_links_lead_nowhere(tmp_path: Path) -> None:
    (tmp_path / "secret").write_bytes(LOG)
    extra = "sysdiagnose_made/system_logs.logarchive/Extra/shutdown.log"
    for name, content in {
        "up": tarred(("sysdiagnose_made/ps.txt", b"USER PID COMMAND\nroot 1 /sbin/a\n"), ("../../system_logs.logarchive/Extra/shutdown.log", LOG)),
        "link": tarred(("sysdiagnose_made/ps.txt", b"USER PID COMMAND\nroot 1 /sbin/a\n"), links=((extra, str(tmp_path / "secret")),)),
    }.items():  # fmt: skip
        (tmp_path / f"{name}.tar.gz").write_bytes(content)
        found = read(Sysdiagnose(), tmp_path / f"{name}.tar.gz")
        assert not any(e.kind == "shutdown.delayed" for e in found.events)
    folder = tmp_path / "sysdiagnose_made"
    (folder / "system_logs.logarchive" / "Extra").mkdir(parents=True)
    (folder / "sysdiagnose.log").write_text("x")
    (folder / "system_logs.logarchive" / "Extra" / "shutdown.log").symlink_to(tmp_path / "secret")
    assert not any(e.kind == "shutdown.delayed" for e in read(Sysdiagnose(), folder / "sysdiagnose.log").events)


def test_bombs_are_contained(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("assay.kinds.phones.trees.SLACK", 1 << 20)
    monkeypatch.setattr("assay.kinds.phones.trees.MAX_FILE", 1 << 20)
    bomb = tarred(
        ("sysdiagnose_made/ps.txt", b"USER PID COMMAND\nroot 1 /sbin/a\n"),
        ("sysdiagnose_made/zeros", bytes(40 << 20)),
        ("sysdiagnose_made/taskinfo.txt", b"x"),
    )
    (tmp_path / "b.tar.gz").write_bytes(bomb)
    found = read(Sysdiagnose(), tmp_path / "b.tar.gz")
    assert "archive" in {gap.artefact for gap in found.gaps}
    inner = tarred(("sysdiagnose_made/logs/powerlogs/p.PLSQL.gz", gzip.compress(bytes(4 << 20))))
    (tmp_path / "i.tar.gz").write_bytes(inner)
    assert "too large" in {gap.why for gap in read(Sysdiagnose(), tmp_path / "i.tar.gz").gaps}


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_a_damaged_archive_never_raises(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    phone = Phone(
        runs=["/usr/libexec/a"],
        reboots=[(1_690_000_500, [("/private/var/tmp/x", 1.0)])],
        crashes=[(1_690_000_600, "a", "/a")],
    )
    content = bytearray(gzip.decompress(sysdiagnose.write(phone)))
    for _ in range(data.draw(st.integers(1, 20))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    path = tmp_path_factory.mktemp("s") / "a.tar"
    path.write_bytes(bytes(content[: data.draw(st.integers(0, len(content)))]))
    try:
        (batch,) = Sysdiagnose().read(path, reject=lambda _: None)
        assert 0 <= batch.item(0).coverage <= 1
    except UnreadableInput:
        pass


@settings(max_examples=120, deadline=None)
@given(st.binary(max_size=600))
def test_any_bytes_are_read_or_broken(data: bytes) -> None:
    for parse in (shutdown.log, crashes.report, ps, taskinfo, logs.installations, logs.activations, logs.system):
        with contextlib.suppress(Broken):
            list(parse(data, "x"))
