"""The unified log of a sysdiagnose: which programs wrote to it and when the phone booted, exactly; what they wrote is left."""

from __future__ import annotations

import contextlib
import io
import random
import struct
import tarfile
import zipfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from assay.kinds.phones.backup.database import Broken
from assay.kinds.phones.evidence import PhoneImage
from assay.kinds.phones.gathering import Gathering
from assay.kinds.phones.ios import tracev3, unified
from assay.kinds.phones.programs import Programs
from assay.kinds.phones.reader import Sysdiagnose
from assay.kinds.phones.simulate import Phone, life, sysdiagnose, unified_log
from assay.kinds.phones.trees import ZipTree

BOOT, SECONDS = bytes(range(16)), 4_000
PATHS = ("/usr/libexec/locationd", "/private/var/tmp/qx", "/System/Library/A.framework/a")


def made() -> bytes:
    return unified_log.trace(BOOT, "20F66", PATHS, SECONDS, random.Random(1))


def read(phone: Phone, folder: Path) -> PhoneImage:
    path = folder / "sysdiagnose_x.tar.gz"
    path.write_bytes(sysdiagnose.write(phone))
    (batch,) = Sysdiagnose().read(path, reject=lambda _: None)
    found = batch.item(0)
    assert isinstance(found, PhoneImage)
    return found


def test_a_file_of_the_log_tells_boot_build_and_who_wrote() -> None:
    found = tracev3.trace(made())
    assert (found.boot, found.build) == (BOOT, "20F66")
    assert {w.program for w in found.wrote} == {unified_log.uuid_of(path) for path in PATHS}
    first = next(w for w in found.wrote if w.program == unified_log.uuid_of(PATHS[1]))
    assert (first.since, first.until) == (
        SECONDS // 4 * 24_000_000,
        SECONDS // 2 * 24_000_000,
    )  # its first block is the second
    assert 0 < found.read < found.size <= len(made())


def test_without_its_messages_it_tells_the_same() -> None:
    whole, thin = made(), tracev3.thin(made())
    assert tracev3.trace(thin) == tracev3.trace(whole)
    assert tracev3.thin(thin) == thin
    assert len(thin) < len(whole)
    names = struct.pack("<6I", 0x66778899, 2, 1, 1, 0, 6) + b"text.\0" + b"/usr/bin/x\0"
    assert tracev3.program(tracev3.thin_names(names)) == tracev3.program(names) == "/usr/bin/x"


def test_ticks_become_time_by_the_last_pair_before_them() -> None:
    clock = tracev3.Clock(10**18, 125, 3, [(0, 10**18), (24_000_000, 10**18 + 2 * 10**9)])
    assert clock.at(0) == 1e9
    assert clock.at(12_000_000) == 1e9 + 0.5  # before the clock was set forward by a second
    assert clock.at(48_000_000) == 1e9 + 3


def test_a_boot_goes_on_in_the_next_file() -> None:
    def sync(ticks: int, wall: int) -> bytes:
        booted = struct.pack("<2sHI16s2IQ2I", b"\xb0\xbb", 48, 0, BOOT, 1, 1, 10**18, 0, 0)
        return booted + struct.pack("<2sHIQQ2I", b"Ts", 32, 0, ticks, wall, 0, 0)

    files = {f"system_logs.logarchive/timesync/{i}.timesync": sync(i * 10**9, 10**18 + i * 2 * 10**9) for i in (1, 2)}
    files |= {"system_logs.logarchive/Persist/1.tracev3": made(), "ps.txt": b""}
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    gathered = Gathering()
    unified.read(ZipTree(out.getvalue()), gathered)
    assert [e.time for e in gathered.events if e.kind == "reboot"] == [10**15]
    reading = unified._Reading(ZipTree(out.getvalue()))
    for content in list(files.values())[:2]:
        list(reading.clocks(content, "x"))
    assert reading.by_boot[BOOT].at(2 * 10**9) == 1e9 + 4


def test_a_phone_s_boots_builds_and_programs_are_on_the_timeline(tmp_path: Path) -> None:
    phone = life(21, busy=0.2)
    phone.runs.append(PATHS[1])
    start = phone.end - 40 * 86_400
    phone.reboots = [(start, []), (phone.end - 9 * 86_400, [])]
    phone.upgrades = [(phone.start, "20E247"), (phone.end - 9 * 86_400, "20F66")]
    found = read(phone, tmp_path)
    log = [e for e in found.events if "logarchive" in e.source and "shutdown" not in e.source]
    assert {e.time // 10**6 for e in log if e.kind == "reboot"} == {phone.start, start, phone.end - 9 * 86_400}
    assert [(e.subject, e.detail) for e in found.events if e.kind == "upgraded" and e.source == "unified log"] == [
        ("20F66", "20E247")
    ]
    ran = {e.detail: e for e in log if e.kind == "process.run"}
    assert PATHS[1] in ran
    assert phone.end - 9 * 86_400 <= ran[PATHS[1]].time // 10**6 < phone.end
    assert ran["/usr/libexec/logd"].actor == "root"
    assert "unified log" in found.read
    (gap,) = (gap for gap in found.gaps if gap.artefact == "unified log messages")
    assert "what they wrote is not read" in gap.why
    finding = Programs().finding(found)
    assert finding is not None
    assert {r.values["path"] for r in finding.reasons if r.code == "phones.odd-place"} == {PATHS[1]}


def test_the_digests_are_of_the_whole_files(tmp_path: Path) -> None:
    import hashlib

    phone = life(22, busy=0.2)
    files = {f"{name}": content for name, content in sysdiagnose.contents(phone)}
    told = {s.path: (s.digest, s.bytes) for s in read(phone, tmp_path).sources if s.path.endswith(".tracev3")}
    assert told
    for name, digest in told.items():
        assert digest == (hashlib.sha256(files[name]).hexdigest(), len(files[name]))


def test_a_log_without_its_lists_of_names_or_times_is_still_a_log(tmp_path: Path) -> None:
    phone = life(23, busy=0.2)
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as tar:
        for name, content in sysdiagnose.contents(phone):
            if "timesync" not in name and "logarchive/0" not in name:
                info = tarfile.TarInfo(f"sysdiagnose_1/{name}")
                info.size = len(content)
                tar.addfile(info, io.BytesIO(content))
    path = tmp_path / "sysdiagnose_1.tar.gz"
    path.write_bytes(out.getvalue())
    (batch,) = Sysdiagnose().read(path, reject=lambda _: None)
    found = batch.item(0)
    assert isinstance(found, PhoneImage)
    assert "unified log" in found.read
    assert all(e.time == 0 for e in found.events if e.source.endswith(".tracev3"))


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_damaged_files_are_read_or_refused(data: st.DataObject) -> None:
    names = struct.pack("<6I", 0x66778899, 2, 1, 1, 0, 6) + b"text.\0" + b"/usr/bin/x\0"
    sync = struct.pack("<2sHI16s2IQ2I", b"\xb0\xbb", 48, 0, BOOT, 125, 3, 10**18, 0, 0) + struct.pack("<2sHIQQ2I", b"Ts", 32, 0, 5, 9, 0, 0)  # fmt: skip
    whole = data.draw(st.sampled_from((made(), names, sync, b"")))
    content = bytearray(whole[: data.draw(st.integers(0, len(whole)))] + data.draw(st.binary(max_size=40)))
    for _ in range(data.draw(st.integers(0, 8))):
        if content:
            content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    tracev3.thin(bytes(content))
    for reader in (
        tracev3.trace,
        tracev3.program,
        tracev3.thin_names,
        lambda d: [c.at(7) for _, c in tracev3.clocks(d)],
    ):
        with contextlib.suppress(Broken):
            reader(bytes(content))
