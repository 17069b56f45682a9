"""Made-up phones: the same seed is the same phone, settings for the bench are others, and every file is one that the readers take."""

from __future__ import annotations

import sqlite3
from collections import Counter
from pathlib import Path

import pytest

from assay.core.errors import InvalidSetting
from assay.core.kind import sniff
from assay.kinds.phones import KIND
from assay.kinds.phones.bench.rules import ishutdown, triangle_check
from assay.kinds.phones.simulate import Phone, life
from assay.kinds.phones.simulate.backup import messages, usage
from assay.kinds.phones.simulate.phone import attachment
from assay.kinds.phones.simulate.settings import BUILD, HELD
from assay.kinds.phones.simulate.world import FORMS, PASSWORD, simulate
from assay.kinds.phones.timeline import Event


def test_a_seed_is_a_phone() -> None:
    assert life(1) == life(1)
    assert life(1) != life(2)
    assert life(1, HELD) != life(1, BUILD)
    assert len(life(1, busy=0.08).messages) < len(life(1).messages) / 4


def test_kept_settings_are_others() -> None:
    same = [name for name in vars(BUILD) if getattr(BUILD, name) == getattr(HELD, name)]
    assert same == []


def test_every_form_is_taken_by_its_reader(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASSAY_BACKUP_PASSWORD", PASSWORD)
    rows = list(simulate(5, size=2 * len(FORMS), sparse=1.0))
    assert Counter(row["form"] for row in rows) == dict.fromkeys(FORMS, 2)
    assert {row["label"] for row in rows} == {"genuine", "compromised"}
    for row in rows:
        path = tmp_path / row["file"]
        path.write_bytes(row["content"])
        found = sniff(path, [KIND])
        assert found is not None, row["file"]
        (batch,) = found[1].read(path, reject=lambda _: None)
        assert not batch.item(0).problem
        assert batch.item(0).coverage > 0.5
    with pytest.raises(InvalidSetting, match="form"):
        next(simulate(form="fax"))


def test_what_was_deleted_leaves_its_gap(tmp_path: Path) -> None:
    phone = Phone(messages=[(1_690_000_100, "a"), (1_690_000_300, "b")], deleted_messages=[1_690_000_200])
    phone.processes = [(1_690_000_100, 1_690_000_200, "kept", ""), (1_690_000_150, 1_690_000_200, "gone", "")]
    phone.usage, phone.deleted_processes = {"gone": (1.0, 2.0)}, {"gone": False}
    for name, content in (("sms", messages(phone)), ("usage", usage(phone))):
        (tmp_path / name).write_bytes(content)
    with sqlite3.connect(tmp_path / "sms") as db:
        assert [row[0] for row in db.execute("SELECT ROWID FROM message")] == [1, 3]
    with sqlite3.connect(tmp_path / "usage") as db:
        assert [row[0] for row in db.execute("SELECT ZPROCNAME FROM ZPROCESS")] == ["kept"]
        assert db.execute("SELECT ZHASPROCESS FROM ZLIVEUSAGE").fetchall() == [(2,)]
        assert db.execute("SELECT Z_MAX FROM Z_PRIMARYKEY WHERE Z_NAME = 'PROCESS'").fetchone() == (2,)


def test_the_published_rules_as_references() -> None:
    second = 10**6
    when = 1_700_000_000 * second
    folder = "MediaDomain/" + attachment("x").rpartition("/")[0]
    pair = [
        Event(when, "folder", folder, "manifest", "mc"),
        Event(when + 60 * second, "location.stopped", "/S/IonosphereHarvest.bundle", "c"),
    ]
    rest = [Event(when + (1 + i) * 3600 * second, "process.last", "nehelper", "u") for i in range(12)]
    assert triangle_check(pair + rest)
    assert not triangle_check(rest)
    assert not triangle_check(pair)  # it never begins a window in the last ten
    deeper = Event(when + second, "folder", folder + "/X", "manifest", "mc")
    assert not triangle_check([*pair, deeper, *rest])  # an attachment that is there turns it away
    assert triangle_check([Event(0, "process.seen", "BackupAgent", "a")])
    assert ishutdown([Event(when, "reboot", "3 s", "shutdown.log", "3 rounds, 1 clients")])
    assert ishutdown([Event(when, "shutdown.delayed", "/private/var/tmp/x", "shutdown.log")])
    assert not ishutdown([Event(when, "shutdown.delayed", "/private/var/root/x", "shutdown.log")])
