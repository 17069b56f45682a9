"""What is said of a phone: known traces by their weight, attacks nobody has described, and never that it is clean."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from assay.check import files
from assay.core.batch import Batch
from assay.core.finding import Finding
from assay.core.kind import Kind
from assay.core.profile import Profile
from assay.kinds.phones import KIND
from assay.kinds.phones.attachments import newest
from assay.kinds.phones.backup.manifest import FILE, Row
from assay.kinds.phones.coincidence import THRESHOLD, coincidence
from assay.kinds.phones.detectors import detectors
from assay.kinds.phones.evidence import PhoneImage
from assay.kinds.phones.simulate import Phone, life, write

Examined = Callable[[Phone], PhoneImage]
SENT = 1_695_000_000
PROFILE = Profile((), np.zeros((1, 0)))


def findings(phone: PhoneImage, models: Path | None = None) -> dict[str, Finding]:
    batch = Batch.of([phone])
    told = {
        d.name: d.examine(batch, PROFILE).explain(np.arange(1))[0] for d in detectors(models) if PhoneImage in d.reads
    }
    return {name: finding for name, finding in told.items() if finding.verdict != "none"}


def codes(finding: Finding) -> set[str]:
    return {reason.code for reason in finding.reasons}


@pytest.fixture
def models(tmp_path: Path) -> Path:
    patterns = ["process:name='qrtbd'", "domain-name:value='bad.example'", "email-addr:value='op@bad.example'",
                "configuration-profile:id='com.bad.profile'", "file:path='/private/var/mobile/Library/Preferences/bad.plist'"]  # fmt: skip
    objects = [{"type": "indicator", "id": f"i{i}", "pattern": f"[{p}]"} for i, p in enumerate(patterns)]
    (tmp_path / "models" / "indicators").mkdir(parents=True)
    (tmp_path / "models" / "indicators" / "ferret.stix2").write_text(json.dumps({"objects": objects}))
    return tmp_path / "models"


def test_a_quiet_life_has_no_trace_and_is_not_called_clean(examined: Examined, models: Path) -> None:
    told = findings(examined(life(3)), models)
    assert told["phones.traces"].verdict == "inconclusive"
    assert codes(told["phones.traces"]) == {"phones.no-trace"}
    assert "phones.coincidence" not in told
    assert {f.verdict for f in told.values()} == {"inconclusive"}
    for language in ("en", "zh"):
        assert KIND.words is not None
        words = (KIND.words / f"{language}.toml").read_text("utf-8")
        assert not re.search(r"\bclean\b|\bsafe\b|干净|安全", words)


def test_without_a_set_it_says_that_it_did_not_look(examined: Examined) -> None:
    assert codes(findings(examined(life(3)))["phones.traces"]) == {"phones.no-indicators"}


def test_a_visit_is_no_infection_and_an_implant_is(examined: Examined, models: Path) -> None:
    phone = life(4)
    phone.visits.append((SENT, "https://shop.bad.example/offer"))
    told = findings(examined(phone), models)["phones.traces"]
    assert (told.verdict, told.severity, codes(told)) == ("suspicious", "low", {"phones.visited"})
    phone.messages.append((SENT + 9, "look: https://bad.example/x."))
    phone.addresses += ["op@bad.example", "+441632960000"]
    told = findings(examined(phone), models)["phones.traces"]
    assert (told.verdict, told.severity) == ("suspicious", "medium")
    phone.processes.append((SENT, SENT + 60, "qrtbd", ""))
    phone.profiles.append((SENT, "com.bad.profile"))
    phone.files.append(("HomeDomain", "Library/Preferences/bad.plist", 1, SENT, SENT, b""))
    told = findings(examined(phone), models)["phones.traces"]
    assert (told.verdict, told.severity) == ("counterfeit", "high")
    assert codes(told) == {"phones.link", "phones.address", "phones.trace"}
    assert sum(reason.code == "phones.trace" for reason in told.reasons) == 3


def test_no_number_and_no_text_of_a_message_leaves_the_reader(examined: Examined) -> None:
    phone = life(5)
    phone.messages.append((SENT, "the secret word is kingfisher"))
    phone.addresses.append("+441632960000")
    found = examined(phone)
    assert not any("kingfisher" in e.subject or "1632960000" in e.subject for e in found.events)


@pytest.mark.parametrize("seed", range(6))
def test_an_attack_nobody_described_is_a_lead_whatever_its_name(examined: Examined, seed: int) -> None:
    phone = life(100 + seed)
    phone.infect(SENT + 86_400 * seed * 7, process=f"any{seed}")
    told = findings(examined(phone))["phones.coincidence"]
    assert (told.verdict, told.severity) == ("suspicious", "medium")


@pytest.mark.parametrize("seed", range(6))
def test_quiet_lives_and_upgrades_raise_no_alarm(examined: Examined, seed: int) -> None:
    phone = life(200 + seed)
    if seed % 2:
        phone.upgrade(SENT + seed)
    assert findings(examined(phone)).get("phones.coincidence", None) is None


def test_a_small_update_raises_no_alarm_even_where_an_attachment_was_deleted(examined: Examined) -> None:
    phone = life(300)
    phone.upgrade(SENT)  # ends with its emptied attachment
    phone.files[-61:-8] = []
    phone.processes[-25:-4] = []
    found = coincidence(examined(phone).events)
    assert found.score < THRESHOLD


def test_too_little_to_compare_is_left_open(examined: Examined) -> None:
    assert codes(findings(examined(Phone()))["phones.coincidence"]) == {"phones.too-little"}


def test_attachments_go_on_to_those_who_know_their_bytes(examined: Examined) -> None:
    phone, leaf = life(7), "Library/SMS/Attachments/aa/10/SENT"
    webp = b"RIFF" + (20).to_bytes(4, "little") + b"WEBPVP8L" + bytes(12)
    wallet = b"PK\x03\x04" + bytes(30) + b"PK\x01\x02manifest.json PK\x01\x02pass.json"
    sent = (
        ("a.webp", webp),
        ("b.gif", b"%PDF-1.4 x"),
        ("c.pdf", b"%PDF-1.4 x"),
        ("d.jpg", b"\xff\xd8"),
        ("e.pkpass", wallet),
    )
    for name, content in sent:
        phone.files.append(("MediaDomain", f"{leaf}/{name}", 1, SENT, SENT, content))
    found = examined(phone)
    structure = "application/x-structure"
    assert {(one.name, one.media) for one in found.attached} == {
        ("a.webp", structure),
        ("b.gif", ""),
        ("e.pkpass", structure),
    }
    (reason,) = findings(found)["phones.attachments"].reasons
    assert reason.values["path"].endswith("b.gif")


def test_a_backup_s_folder_is_one_thing_and_hides_nothing_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rooms: dict[str, Kind] = {"phones": KIND}
    monkeypatch.setattr("assay.check.kinds", lambda: rooms)
    backup = write(life(6, busy=0.1), tmp_path / "backup")
    (backup / "letter.pdf").write_bytes(b"%PDF-1.7")
    (backup / "deep" / "ab").mkdir(parents=True)
    (backup / "deep" / "ab" / ("0" * 40)).write_bytes(b"x")
    found = {str(p.relative_to(backup)) for p in files([tmp_path])}
    assert found == {"Manifest.db", "letter.pdf", "deep/ab/" + "0" * 40}
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "Manifest.db").write_bytes(b"no backup")
    (tmp_path / "other" / "Info.plist.csv").write_bytes(b"a")
    assert len(list(files([tmp_path / "other"]))) == 2


@pytest.mark.parametrize(
    ("domain", "folder"),
    [("MediaDomain", "Library/SMS/Attachments/ab/11/X"), ("AppDomainGroup-group.net.whatsapp.WhatsApp.shared", "Message/Media/x"),
     ("AppDomainGroup-group.net.whatsapp.WhatsAppSMB.shared", "Message/Media/x")],
)  # fmt: skip
def test_what_each_messenger_brought_is_looked_at(domain: str, folder: str, examined: Examined) -> None:
    when = SENT + 86_400
    files = {
        "a.jpg": b"\xff\xd8\xff\xe0",
        "b.gif": b"%PDF-1.4",
        "c.webp": b"RIFF\x10\0\0\0WEBPVP8L",
        "d.dng": b"II*\0\x08\0\0\0",
    }
    phone = Phone(files=[(domain, f"{folder}/{name}", FILE, when, when, content) for name, content in files.items()])
    found = examined(phone)
    assert [e.subject.rpartition("/")[2] for e in found.events if e.kind == "attachment.lies"] == ["b.gif"]
    assert {one.name for one in found.attached} == {"b.gif", "c.webp", "d.dng"}
    assert "attachments" in found.read


def test_films_leave_room_for_pictures() -> None:
    place = "AppDomainGroup-group.net.whatsapp.WhatsApp.shared"
    films = [Row(f"{i}", place, f"Message/Media/{i}.mp4", FILE, 100 - i, 0, 0, 15 << 20, b"") for i in range(90)]
    picture = Row("p", place, "Message/Media/p.jpg", FILE, 1, 0, 0, 1 << 20, b"")
    chosen = newest([*films, picture])
    assert picture in chosen
    assert sum(row.size for row in chosen) < 256 << 20


def test_one_busy_messenger_does_not_push_out_another(examined: Examined, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("assay.kinds.phones.attachments.MAX_FILES", 3)
    busy = [
        ("AppDomainGroup-group.net.whatsapp.WhatsApp.shared", f"Message/Media/{i}.jpg", FILE, SENT + 86_400, SENT, b"x")
        for i in range(9)
    ]
    old = ("MediaDomain", "Library/SMS/Attachments/ab/11/X/b.gif", FILE, SENT, SENT, b"%PDF-1.4")
    found = examined(Phone(files=[*busy, old]))
    assert {one.name for one in found.attached} == {"b.gif"}
    assert next(gap.why for gap in found.gaps if gap.artefact == "attachments") == "4 of 10 could be looked at"
