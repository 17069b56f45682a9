"""Digests: known bad by anybody's list, known good by one's own, and no digest is believed that can be made."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pytest

from assay.core.batch import Batch
from assay.core.finding import Finding
from assay.core.profile import Profile
from assay.intelligence.store import add
from assay.kinds.files.detectors import detectors
from assay.kinds.files.evidence import File
from assay.kinds.files.judge import WHEN, judge
from assay.kinds.files.known import Allowed, Known
from assay.kinds.files.samples.programs import pe

BAD = b"a file that somebody knows"


def said(models: Path, content: bytes, **more: object) -> Finding:
    batch = Batch.of([File(id="f", time=WHEN, content=content, **more)])  # type: ignore[arg-type]
    known = Known(models / "intelligence", Allowed(models / "files" / "allow"))
    return known.examine(batch, Profile.empty(1)).explain(np.array([0]))[0]


@pytest.mark.parametrize(("kind", "confidence", "severity"), [("sha256", 90, "high"), ("sha256", 50, "medium"), ("sha1", 90, "medium"), ("md5", 90, "medium")])  # fmt: skip
def test_known_bad(tmp_path: Path, kind: str, confidence: int, severity: str) -> None:
    (tmp_path / "list.txt").write_text(hashlib.new(kind, BAD).hexdigest() + "\n")
    add(tmp_path / "list.txt", tmp_path / "models" / "intelligence", confidence=confidence)
    finding = said(tmp_path / "models", BAD)
    assert (finding.reasons[0].code, finding.severity) == ("files.known-bad", severity)
    assert finding.reasons[0].values["source"] == "list"
    assert said(tmp_path / "models", BAD + b"!").verdict == "none"


def test_a_digest_that_comes_with_the_content_is_not_believed(tmp_path: Path) -> None:
    file = File(id="f", time=WHEN, content=b"x", digest="0" * 64)
    assert file.digest == hashlib.sha256(b"x").hexdigest()


def test_of_what_is_known_good_nothing_else_is_said(tmp_path: Path) -> None:
    content = pe()
    allow = tmp_path / "files" / "allow"
    allow.mkdir(parents=True)
    (allow / "a.txt").write_text(f"# ours\n{hashlib.sha256(content).hexdigest()}  tool.exe\n{hashlib.md5(BAD, usedforsecurity=False).hexdigest()}\n")  # fmt: skip
    looking = detectors(tmp_path / "files")
    good = judge(File(id="f", time=WHEN, name="invoice.pdf.exe", content=content), looking)
    assert good.codes == {"files.known-good"}
    assert good.findings[0].verdict == "genuine"
    other = judge(File(id="f", time=WHEN, name="invoice.pdf.exe", content=content + b"\0"), looking)
    assert "files.double-extension" in other.codes
    assert "files.known-good" not in judge(File(id="f", time=WHEN, content=BAD), looking).codes, "MD5 proves nothing"


def test_both_in_one_batch_are_told_apart(tmp_path: Path) -> None:
    content = pe()
    allow = tmp_path / "files" / "allow"
    allow.mkdir(parents=True)
    (allow / "a.txt").write_text(hashlib.sha256(content).hexdigest())
    batch = Batch.of(
        [
            File(id=str(i), time=WHEN, name="a.pdf", content=c)
            for i, c in enumerate((content, content + b"\0", b"%PDF-"))
        ]
    )
    for detector in detectors(tmp_path / "files"):
        found = detector.examine(batch, Profile.empty(3))
        if detector.name == "files.content":
            assert found.verdict.tolist() == [0, 4, 0]
