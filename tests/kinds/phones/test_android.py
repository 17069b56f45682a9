"""Android's bug reports, dumps and androidqf's output: one timeline, whichever way a phone was asked."""

from __future__ import annotations

import contextlib
import io
import json
import time
import zipfile
from datetime import UTC
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assay.core.errors import UnreadableInput
from assay.kinds.phones.android import packages, services, state, tombstones
from assay.kinds.phones.android.examine import sure_of_text
from assay.kinds.phones.android.sections import sections
from assay.kinds.phones.android.times import local, span, zone_of
from assay.kinds.phones.backup.database import Broken
from assay.kinds.phones.evidence import PhoneImage
from assay.kinds.phones.ios import from_file
from assay.kinds.phones.programs import Programs
from assay.kinds.phones.reader import AndroidPhone
from assay.kinds.phones.simulate.android import Droid, Package, androidqf, bugreport, droid, lists
from assay.kinds.phones.tasks import taskinfo
from assay.walk import files


def read(path: Path) -> PhoneImage:
    assert AndroidPhone().sniff(path.read_bytes()[:65_536], path) > 0.5
    (batch,) = AndroidPhone().read(path, reject=lambda _: None)
    found = batch.item(0)
    assert isinstance(found, PhoneImage)
    return found


def told(phone: PhoneImage, kind: str) -> set[tuple[str, str]]:
    return {(e.subject, e.detail) for e in phone.events if e.kind == kind}


@pytest.fixture
def phone() -> Droid:
    return droid(1, "trojan")


def test_a_bug_report_and_androidqf_tell_the_same(phone: Droid, tmp_path: Path) -> None:
    found = {}
    for make in (bugreport, androidqf):
        path = tmp_path / f"{make.__name__}.zip"
        path.write_bytes(make(phone))
        found[make.__name__] = read(path)
    report, listed = found["bugreport"], found["androidqf"]
    assert (report.form, listed.form) == ("bugreport", "androidqf")
    assert (report.version, report.patched) == (listed.version, listed.patched) == (phone.version, phone.patched)
    assert int(report.time.timestamp()) == int(listed.time.timestamp()) == phone.end
    for kind in ("accessibility", "permission", "operation", "receiver", "app.installed"):
        assert told(report, kind) == told(listed, kind), kind
    (trojan,) = (p.name for p in phone.packages if "READ_SMS" in p.granted)
    assert (trojan, "messages") in told(report, "receiver")
    assert trojan in {name for name, _ in told(report, "accessibility")}
    assert any(digest.startswith("sha256:") for _, digest in told(listed, "file.digest"))


def test_a_folder_of_androidqf_is_one_thing(phone: Droid, tmp_path: Path) -> None:
    for name, content in lists(phone):
        (tmp_path / name).write_bytes(content)
    assert [p.name for p in files([tmp_path])] == ["acquisition.json"]
    whole = read(tmp_path / "acquisition.json")
    assert {"setting", "selinux", "app", "property"} <= {e.kind for e in whole.events}
    (tmp_path / "acquisition.json").unlink()
    assert [p.name for p in files([tmp_path])] == ["packages.json"]
    assert {e[1:] for e in map(tuple_of, read(tmp_path / "packages.json").events)} == {
        e[1:] for e in map(tuple_of, whole.events)
    }


def tuple_of(event: object) -> tuple[object, ...]:
    return tuple(getattr(event, name) for name in ("time", "kind", "subject", "source", "detail", "actor", "within"))


def test_what_lacks_is_a_gap(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("DUMP OF SERVICE accessibility:\n  Enabled services:{{com.a/com.a.S}}\n")
    found = read(tmp_path / "a.txt")
    assert told(found, "accessibility") == {("com.a", "com.a.S")}
    assert {"packages", "properties", "debug keys"} <= {gap.artefact for gap in found.gaps}
    assert found.coverage < 0.5


def test_a_list_handed_in_alone_is_known_by_its_beginning(phone: Droid, tmp_path: Path) -> None:
    phone.collector = False
    alone = {"processes.txt": "process.run", "getprop.txt": "property"}
    for name, content in lists(phone):
        if name in alone:
            (tmp_path / name).write_bytes(content)
            assert alone[name] in {e.kind for e in read(tmp_path / name).events}
    (tmp_path / "t").write_bytes(
        b"*** *** *** ***\nTimestamp: 2024-05-01 10:00:00+0200\npid: 1, tid: 1, name: w  >>> /data/local/tmp/x <<<\n"
    )
    assert {(e.kind, e.detail, e.time) for e in read(tmp_path / "t").events} == {
        ("crash", "/data/local/tmp/x", 1_714_550_400_000_000)
    }


def test_a_program_where_none_may_lie_is_told(tmp_path: Path) -> None:
    phone = droid(3, "quiet")
    phone.runs.append("/data/local/tmp/impl")
    (tmp_path / "a.zip").write_bytes(androidqf(phone))
    finding = Programs().finding(read(tmp_path / "a.zip"))
    assert finding is not None
    assert {r.values["path"] for r in finding.reasons if r.code == "phones.odd-place"} == {"/data/local/tmp/impl"}


def test_where_an_app_came_from_and_what_it_may() -> None:
    lines = """Packages:
  Package [com.a] (1):
    pkgFlags=[ HAS_CODE ]
    firstInstallTime=2024-01-02 03:04:05
    lastUpdateTime=2024-02-02 03:04:05
    installerPackageName=com.android.vending
    install permissions:
      android.permission.READ_SMS: granted=true
      android.permission.CAMERA: granted=false
      android.permission.INTERNET: granted=true
  Package [com.b] (2):
    pkgFlags=[ SYSTEM HAS_CODE ]
  Package [com.c] (3):
    pkgFlags=[ HAS_CODE ]
""".splitlines()
    found = list(packages.packages(lines, "x", UTC))
    assert [(e.subject, e.detail) for e in found if e.kind == "app"] == [
        ("com.a", "com.android.vending"), ("com.b", "system"), ("com.c", packages.NOBODY),
    ]  # fmt: skip
    assert [(e.subject, e.detail) for e in found if e.kind == "permission"] == [("com.a", "READ_SMS")]
    assert next(e.time for e in found if e.kind == "app.installed" and e.subject == "com.a") == 1_704_164_645_000_000


def test_apps_with_screens_and_apps_that_are_told_of_messages() -> None:
    lines = """Activity Resolver Table:
  Full MIME Types:
      text/plain:
        18d43d com.notes/.Share
        18d43e com.notes/.Other
Receiver Resolver Table:
  Non-Data Actions:
      android.provider.Telephony.SMS_RECEIVED:
        85c0aa6 com.sms/.Receiver (2 filters)
      android.intent.action.BOOT_COMPLETED:
        85c0aa7 com.boot/.Receiver
""".splitlines()
    assert [e.subject for e in packages.activities(lines, "x", UTC)] == ["com.notes"]
    assert [(e.subject, e.detail) for e in packages.receivers(lines, "x", UTC)] == [("com.sms", "messages")]


def test_accessibility_in_both_spellings() -> None:
    old = [
        "installed services: {",
        "  0 : com.no/.A",
        "}",
        "  enabled services: {",
        "    0 : com.bad/.Service",
        "  }",
        "  0 : com.no/.B",
    ]
    new = ["     Enabled services:{{com.bad/com.bad.S}, {com.other/.T}}"]
    assert [e.subject for e in services.accessibility(old, "x", UTC)] == ["com.bad"]
    assert [e.subject for e in services.accessibility(new, "x", UTC)] == ["com.bad", "com.other"]
    assert [e.subject for e in state.settings(["enabled_accessibility_services=com.bad/.S:com.c/.D"], "x", UTC)] == [
        "com.bad",
        "com.c",
    ]


def test_no_key_no_query_and_no_serial_number_leaves_the_reader() -> None:
    key = "QAAAAA" + "Ab3d" * 90
    found = list(services.debugging([f"    user_keys={key} someone@laptop"], "x", UTC))
    assert len(found) == 1
    assert key[:20] not in found[0].subject
    assert "someone" not in str(found)
    dump = ["** Database info for pid 1 [com.a] **", "Connection pool for /data/user/0/com.a/databases/d.db:",
            '    0: [2023-07-27 12:21:44.097] [Pid:(0)]execute took 2ms - succeeded, sql="SELECT secret FROM t"']  # fmt: skip
    (database,) = services.databases(dump, "x", UTC)
    assert (database.subject, database.detail) == ("/data/user/0/com.a/databases/d.db", "com.a")
    assert not any("secret" in part for part in map(str, tuple_of(database)))
    assert not list(state.properties(["[ro.serialno]: [R58M123]", "[ro.boot.serialno]: [R58M123]"], "x", UTC))


def test_times_with_and_without_a_zone() -> None:
    assert local("2024-01-01 12:00:00", zone_of("Europe/Berlin")) == local("2024-01-01-11-00-00", UTC)
    assert zone_of("../../etc/passwd") is UTC
    assert span("+1d2h3m4s5ms") == 93_784.005
    assert local("2008-12-31 16:00:00", UTC) == 0  # what came with the system bears no date


def test_sections_by_title_and_by_service() -> None:
    text = "a\n------ PROCESSES (ps -A) ------\nb\nDUMP OF SERVICE HIGH package:\nc\n--------- 0.1s was the duration of dumpsys package, ending at: x\nd"
    assert [(s.name, s.lines) for s in sections(text.splitlines())] == [
        ("", ["a"]),
        ("PROCESSES", ["b"]),
        ("package", ["c"]),
        ("", ["d"]),
    ]


def test_texts_made_to_take_long_do_not() -> None:
    heads = (
        b"*** " * 16_000,
        b"*** *** *** " + b"x" * 60_000,
        b"[" * 65_000,
        b"[a.b]: [x]\n" * 6_000,
        b">>> " * 16_000,
        b" " * 65_000,
        b"\n" * 65_000,
    )
    began = time.process_time()
    for head in heads:
        sure_of_text(head)
        from_file.surest(head, "x")
    for text in (b"process: a" + b" " * 2_000_000, b"\n" * 2_000_000, b"process: " * 200_000):
        with contextlib.suppress(Broken):
            list(taskinfo(text, "x"))
    list(state.settings(["enabled_accessibility_services=" + "a" * 5_000_000], "x", UTC))
    assert time.process_time() - began < 5


def test_a_hostile_zip_is_contained(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("assay.kinds.phones.trees.MAX_FILE", 1 << 20)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("main_entry.txt", "../../etc/passwd")
        archive.writestr("../../etc/passwd", "root")
        archive.writestr("bugreport-x.txt", "DUMP OF SERVICE adb:\n" + "x" * (2 << 20))
        archive.writestr("packages.json", "[" * 100_000)
        archive.writestr("files.json", json.dumps([{"path": 7}, None, {"path": "/a", "modified_time": "x"}]))
    (tmp_path / "a.zip").write_bytes(out.getvalue())
    found = read(tmp_path / "a.zip")
    assert found.gaps
    assert not any("root" in e.subject for e in found.events)


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_a_damaged_report_never_raises(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    phone = Droid(
        packages=[Package("com.a", granted=("READ_SMS",))],
        accessibility=[("com.a", ".S")],
        crashes=[(1_690_000_000, "/system/bin/a")],
    )
    content = bytearray((bugreport if data.draw(st.booleans()) else androidqf)(phone))
    for _ in range(data.draw(st.integers(1, 12))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    path = tmp_path_factory.mktemp("a") / "a.zip"
    path.write_bytes(bytes(content))
    with contextlib.suppress(UnreadableInput):
        for batch in AndroidPhone().read(path, reject=lambda _: None):
            assert 0 <= batch.item(0).coverage <= 1


@settings(max_examples=150, deadline=None)
@given(st.lists(st.text(alphabet="[]{}(): =+-,.#\"'/aAZ09 \tUidPackageOpDUMP", max_size=60), max_size=30))
def test_any_lines_are_read_or_broken(lines: list[str]) -> None:
    for parse in (packages.packages, packages.receivers, packages.activities, services.accessibility, services.operations, services.databases, services.battery,
                  services.debugging, state.properties, state.settings, state.selinux, state.roots, state.packages, state.files,
                  state.processes, tombstones.tombstone):  # fmt: skip
        with contextlib.suppress(Broken):
            list(parse(lines, "x", UTC))
