"""What an operator adds holds for any file: a digest or rule is asked of documents, pictures and mail too, wherever they lie."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from assay.check import check_path
from assay.engine import Engine
from assay.intelligence.store import add
from assay.kinds.files.samples.archives import zipped
from assay.kinds.files.yara import rulebook

PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF needle\n"


@pytest.fixture(autouse=True)
def here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASSAY_HEAVY_WORKERS", "0")


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    made = {"a.pdf": PDF, "a.zip": zipped([("inner.pdf", PDF)])}
    for name, content in made.items():
        (tmp_path / name).write_bytes(content)
    return [tmp_path / name for name in made]


def test_a_listed_document_is_known(files: list[Path], tmp_path: Path) -> None:
    (tmp_path / "list.txt").write_text(hashlib.sha256(PDF).hexdigest())
    models = tmp_path / "models"
    assert "files.known-bad" not in check_path(files[0], Engine()).counts
    add(tmp_path / "list.txt", models / "intelligence", confidence=90)
    for path in files:
        told = check_path(path, Engine(models=models))
        assert (told.verdict, told.counts["files.known-bad"]) == ("counterfeit", 1), path


def test_an_added_rule_is_run_over_documents(files: list[Path], tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "a.yar").write_text('rule needle { strings: $a = "needle" condition: $a }')
    rulebook.add(tmp_path / "mine", tmp_path / "models")
    engine = Engine(models=tmp_path / "models")
    for path in files:
        told = check_path(path, engine)
        places = [w for item in told.items for f in item.findings if f.detector == "files.rules" for w in f.where]
        assert any(w.part.endswith("/file-0") and w.byte == PDF.index(b"needle") for w in places), path


def test_of_what_nothing_was_found_in_there_is_no_second_part(files: list[Path], tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "a.yar").write_text('rule other { strings: $a = "straw" condition: $a }')
    rulebook.add(tmp_path / "mine", tmp_path / "models")
    told = check_path(files[0], Engine(models=tmp_path / "models"))
    assert all(part.kind != "file" for item in told.items for part in item.parts)
