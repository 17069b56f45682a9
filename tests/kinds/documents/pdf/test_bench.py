"""The bench reads a labelled folder and counts what it says it counts."""

from __future__ import annotations

from pathlib import Path

import pikepdf
import pytest

from assay.core.errors import UnreadableInput
from assay.kinds.documents.pdf.bench import figures
from tests.kinds.documents.pdf import forger, papers


def test_figures_of_a_labelled_folder(tmp_path: Path) -> None:
    made = {
        "a.pdf": ("authentic-plain", papers.statement()),
        "b.pdf": ("tampered", forger.incremental(papers.statement(), "2,310.00", "7,310.00")),
        "c.pdf": ("encrypted", papers.resaved(papers.statement(), encryption=pikepdf.Encryption(owner="a", user="b"))),
        "d.pdf": ("broken", papers.statement()[:900]),
    }
    lines = ["file,label"]
    for name, (label, content) in made.items():
        (tmp_path / name).write_bytes(content)
        lines.append(f"{name},{label}")
    (tmp_path / "labels.csv").write_text("\n".join([*lines, "../outside.pdf,tampered", "missing.pdf,tampered"]))
    found = figures(tmp_path)
    assert found["files"] == 4
    assert found["tampered flagged"] == "1 of 1"
    assert found["authentic flagged"] == "0 of 1"
    assert found["other inconclusive"] == "2 of 2"
    assert found["verdicts by label"]["broken"] == {"inconclusive": 1}
    assert 0 < found["ms median"] <= found["ms p99"]


def test_a_folder_without_labels_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(UnreadableInput):
        figures(tmp_path)
