"""The rules an operator keeps: what is added stays as it was, fails its samples aloud, and is shown on ATT&CK."""

from __future__ import annotations

import gzip
import io
import json
import re
import tarfile
import zipfile
from pathlib import Path

import pytest
import zstandard

from assay.cli import main
from assay.core.errors import UnreadableInput
from assay.kinds.hosts import rulebook
from assay.kinds.hosts.detector import detectors

RULE = """title: Somebody asks who they are
id: r-1
author: A. Person
level: low
tags: [attack.discovery, attack.t1033]
logsource: {product: windows, category: process_creation}
detection: {s: {Image|endswith: '\\whoami.exe'}, condition: s}
assay:
  - match: {Channel: Microsoft-Windows-Sysmon/Operational, EventID: '1', Image: 'C:\\Windows\\System32\\whoami.exe'}
"""


def archives(folder: Path) -> list[Path]:
    """The same collection as a folder, a zip and a tar, each with a file that wants to lie elsewhere."""
    (folder / "plain").mkdir()
    (folder / "plain" / "r.yml").write_text(RULE)
    (folder / "plain" / "LICENSE").write_text("as you like")
    with zipfile.ZipFile(folder / "zipped.zip", "w") as packed:
        packed.writestr("../../r.yml", RULE)
    with tarfile.open(folder / "tarred.tar.gz", "w:gz") as tar:
        info = tarfile.TarInfo("/etc/../r.yml")
        info.size = len(RULE.encode())
        tar.addfile(info, io.BytesIO(RULE.encode()))
    packed_tar = zstandard.ZstdCompressor().compress(gzip.decompress((folder / "tarred.tar.gz").read_bytes()))
    (folder / "standard.tar.zst").write_bytes(packed_tar)
    return [folder / "plain", folder / "zipped.zip", folder / "tarred.tar.gz", folder / "standard.tar.zst"]


def test_every_form_of_collection_is_taken_over_and_stays_inside(tmp_path: Path) -> None:
    models = tmp_path / "models"
    for source in archives(tmp_path):
        told = rulebook.add(source, models)
        assert (told["rules"], told["refused"], told["authors"]) == (1, 0, 1)
        assert "A. Person (1)" in (models / "hosts" / "rules" / told["collection"] / "ATTRIBUTION.txt").read_text()
    assert sorted(p.name for p in (models / "hosts" / "rules").iterdir()) == ["plain", "standard", "tarred", "zipped"]
    assert (models / "hosts" / "rules" / "plain" / "LICENSE").read_text() == "as you like"
    assert not (tmp_path / "r.yml").exists()
    assert "r-1" in {rule.id for detector in detectors(models / "hosts") for rule in detector.rules.rules}  # type: ignore[attr-defined]


def test_what_is_no_rule_is_refused_and_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "bad").mkdir()
    (tmp_path / "bad" / "x.yml").write_text("title: nothing")
    with pytest.raises(UnreadableInput, match="nothing in it is a rule"):
        rulebook.add(tmp_path / "bad", tmp_path / "models")
    for content in (b"\0" * 100, b"", b"\x28\xb5\x2f\xfd" + b"\xff" * 50, b"\x1f\x8b" + b"\xff" * 50, b"PK\x03\x04"):
        (tmp_path / "file.bin").write_bytes(content)
        with pytest.raises(UnreadableInput):
            rulebook.add(tmp_path / "file.bin", tmp_path / "models")
    with zipfile.ZipFile(tmp_path / "broken.zip", "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("r.yml", RULE * 20)
    content = bytearray((tmp_path / "broken.zip").read_bytes())
    content[60:120] = b"\xff" * 60
    (tmp_path / "broken.zip").write_bytes(content)
    with pytest.raises(UnreadableInput, match="unpacked"):
        rulebook.add(tmp_path / "broken.zip", tmp_path / "models")
    assert list((tmp_path / "models" / "hosts" / "rules").iterdir()) == []


def test_samples_are_run_and_failures_named(tmp_path: Path) -> None:
    assert rulebook.test(None)["failed"] == []
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "r.yml").write_text(RULE.replace("whoami.exe'}, cond", "other.exe'}, cond"))
    rulebook.add(tmp_path / "mine", tmp_path / "models")
    told = rulebook.test(tmp_path / "models")
    assert [(f["rule"], f["expected"]) for f in told["failed"]] == [("r-1", True)]


def test_coverage_is_a_layer_of_the_navigator_too(tmp_path: Path) -> None:
    """Fields of layer format 4.5 (mitre-attack/attack-navigator, layers/LAYERFORMATv4_5.md): name, versions.layer, domain."""
    path = tmp_path / "layer.json"
    assert main(["rules", "coverage", "--layer", str(path), "--models", str(tmp_path / "none")]) == 0
    layer = json.loads(path.read_bytes())
    assert (layer["versions"]["layer"], layer["domain"]) == ("4.5", "enterprise-attack")
    assert layer["name"]
    scores = {one["techniqueID"]: one["score"] for one in layer["techniques"]}
    assert len(scores) == len(layer["techniques"]) > 50
    assert max(scores.values()) == layer["gradient"]["maxValue"]
    counted = {t for row in rulebook.coverage(None)["tactics"].values() for t in row if t}
    assert set(scores) == {t for t in counted if re.fullmatch(r"T\d{4}(\.\d{3})?", t)}
    assert all(one["comment"] and one["enabled"] for one in layer["techniques"])
    assert main(["rules", "test", "--layer", str(path)]) == 2


def test_coverage_is_by_tactic(tmp_path: Path) -> None:
    told = rulebook.coverage(None)
    assert told["tactics"]["impact"]["T1490"] >= 2
    assert sum(told["levels"].values()) == told["rules"] + told["correlations"]


CORRELATION = """title: Somebody asks often
id: c-1
author: A. Person
correlation: {type: event_count, rules: [r-1], group-by: [Computer], timespan: 1m, condition: {gte: 3}}
assay:
  - match: [{Channel: Microsoft-Windows-Sysmon/Operational, EventID: '1', Computer: a, Image: 'C:\\whoami.exe', _times: 3}]
  - no_match: [{Channel: Microsoft-Windows-Sysmon/Operational, EventID: '1', Computer: 'a{n}', Image: 'C:\\whoami.exe', _times: 9}]
"""


def test_a_collection_of_correlations_runs_and_says_what_it_lacks(tmp_path: Path) -> None:
    (tmp_path / "base").mkdir()
    (tmp_path / "base" / "r.yml").write_text(RULE)
    (tmp_path / "more").mkdir()
    (tmp_path / "more" / "c.yml").write_text(CORRELATION)
    models = tmp_path / "models"
    told = rulebook.add(tmp_path / "more", models)
    assert (told["correlations"], told["refused"]) == (1, 1)
    assert "there is no rule 'r-1'" in told["why"][0]
    rulebook.add(tmp_path / "base", models)
    assert rulebook.add(tmp_path / "more", models)["refused"] == 0
    told = rulebook.test(models)
    assert told["failed"] == []
    assert rulebook.coverage(models)["correlations"] == rulebook.coverage(None)["correlations"] + 1
    (tmp_path / "more" / "c.yml").write_text(CORRELATION.replace("gte: 3", "gte: 4"))
    rulebook.add(tmp_path / "more", models)
    assert [(f["rule"], f["expected"]) for f in rulebook.test(models)["failed"]] == [("c-1", True)]
