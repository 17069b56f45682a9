"""Kept files: encrypted, found again, erased for good; the ledger says of each what became of it."""

from __future__ import annotations

import errno
import os
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest

from assay.core.decision import Decision
from assay.core.enclosed import Enclosed, Exhibit
from assay.core.errors import InvalidSetting, LedgerUnavailable, NotFound
from assay.core.evidence import Evidence
from assay.ledger import exhibits
from assay.ledger.exhibits import Altered, ExhibitStore

CONTENT = b"%PDF-1.7 the statement of John Smith, DE89370400440532013000"


class Paper(Evidence, frozen=True, kw_only=True, tag="test-paper"):
    content: bytes = CONTENT

    def exhibits(self) -> Sequence[Enclosed]:
        return [Enclosed(name="a.pdf", media="application/pdf", content=self.content)] if self.content else []


def paper(id_: str = "d1", content: bytes = CONTENT) -> Paper:
    return Paper(id=id_, time=datetime(2026, 3, 1, tzinfo=UTC), content=content)


@pytest.fixture
def store(tmp_path: Path) -> ExhibitStore:
    return ExhibitStore.open(tmp_path / "exhibits", tmp_path / "secrets")


def file_of(store: ExhibitStore, exhibit: Exhibit) -> Path:
    (found,) = store.folder.rglob(exhibit.token)
    return found


def test_what_was_kept_comes_back_and_lies_there_encrypted(store: ExhibitStore, tmp_path: Path) -> None:
    (exhibit,) = store.keep(paper())
    assert (exhibit.name, exhibit.media, exhibit.bytes) == ("a.pdf", "application/pdf", len(CONTENT))
    again = ExhibitStore.open(tmp_path / "exhibits", tmp_path / "secrets")
    assert again.read(exhibit) == Enclosed(name="a.pdf", media="application/pdf", content=CONTENT)
    data = file_of(store, exhibit).read_bytes()
    assert b"PDF" not in data
    assert b"John" not in data
    assert file_of(store, exhibit).stat().st_mode & 0o077 == 0
    assert (tmp_path / "secrets" / "exhibits.key").stat().st_mode & 0o077 == 0
    assert store.keep(paper(content=b"")) == ()


def test_the_name_tells_nothing_and_is_each_evidence_s_own(store: ExhibitStore, tmp_path: Path) -> None:
    (one,), (same,), (other,) = store.keep(paper("a")), store.keep(paper("a")), store.keep(paper("b"))
    assert one.token == same.token != other.token
    elsewhere = ExhibitStore.open(tmp_path / "e2", tmp_path / "s2")
    assert elsewhere.keep(paper("a"))[0].token != one.token
    store.erase([one])
    assert store.read(other).content == CONTENT, "to erase one customer's copy leaves the other's"


@pytest.mark.parametrize("harm", ["flip", "cut", "swap", "empty"])
def test_what_was_altered_is_never_given_out(store: ExhibitStore, harm: str) -> None:
    (a,), (b,) = store.keep(paper("a")), store.keep(paper("b"))
    path = file_of(store, a)
    data = path.read_bytes()
    changed = {
        "flip": data[:-1] + bytes([data[-1] ^ 1]),
        "cut": data[: len(data) // 2],
        "swap": file_of(store, b).read_bytes(),
        "empty": b"",
    }
    path.write_bytes(changed[harm])
    with pytest.raises(Altered):
        store.read(a)
    assert store.state(a) == "altered"


def test_a_disk_that_will_not_take_it(store: ExhibitStore, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(exhibits, "write_whole", full)
    with pytest.raises(LedgerUnavailable, match="No space left"):
        store.keep(paper())
    assert store.count() == 0


def test_a_key_that_others_can_read_is_refused(store: ExhibitStore, tmp_path: Path) -> None:
    (tmp_path / "secrets" / "exhibits.key").chmod(0o644)
    with pytest.raises(InvalidSetting, match="others"):
        ExhibitStore.open(tmp_path / "exhibits", tmp_path / "secrets")


def test_age_and_request_erase(store: ExhibitStore) -> None:
    (old,), (new,) = store.keep(paper("old")), store.keep(paper("new"))
    os.utime(file_of(store, old), (1, 1))
    gone, audit = exhibits.expiry(store, 30)
    assert (gone, audit.action, audit.about["count"]) == (1, exhibits.EXPIRED, 1)
    with pytest.raises(NotFound):
        store.read(old)
    decision = Decision(id="new", kind="test-paper", time=0, decided=0, outcome="allow", exhibits=(new,))
    gone, audit = exhibits.erasure(decision, store, "asked for")
    assert (gone, audit.about["tokens"]) == (1, [new.token])
    assert store.whole(decision) == []
