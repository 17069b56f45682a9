"""YARA rules: their samples hold, a broken one leaves the rest, what an operator adds is kept with its licence and can be taken
away, and a rule's own word bounds what is said of a match."""

from __future__ import annotations

import base64
import io
import tarfile
from pathlib import Path

import numpy as np
import pytest

from assay.cli import main
from assay.core.batch import Batch
from assay.core.errors import NotFound, UnreadableInput
from assay.core.finding import Finding
from assay.core.profile import Profile
from assay.kinds.files.evidence import File
from assay.kinds.files.judge import WHEN
from assay.kinds.files.yara import load, rulebook
from assay.kinds.files.yara.detector import Rules
from assay.kinds.files.yara.load import OWN_RULES, load_rules, sources

GOOD = """rule needle : T1059_001 { meta: author = "A. Person" score = 45 attack = "T1105" description = "A needle"
strings: $a = "needle" condition: $a }
rule broad { strings: $w = "hay" wide condition: $w }
"""


def said(content: bytes, *folders: Path, name: str = "f", path: str = "", kept: Path | None = None) -> Finding:
    batch = Batch.of([File(id="f", time=WHEN, name=name, path=path, content=content)])
    return Rules(folders, kept).examine(batch, Profile.empty(1)).explain(np.array([0]))[0]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "set").mkdir()
    (tmp_path / "set" / "good.yar").write_text(GOOD)
    (tmp_path / "set" / "LICENSE.txt").write_text("as you like")
    return tmp_path / "set"


def test_our_own_rules_hold_their_samples() -> None:
    told = rulebook.test(None)
    assert told["failed"] == []
    assert told["refused"] == 0
    assert told["samples"] >= 2 * told["rules"], "each rule has one that meets it and one that does not"


def test_our_own_rules_know_the_test_file() -> None:
    content = ("X5O!P%@AP[4\\PZX54(P^)7CC)7}$" + "EICAR-STANDARD-ANTI" + "VIRUS-TEST-FILE!$H+H*").encode()
    finding = said(content, OWN_RULES)
    assert [reason.values["rule"] for reason in finding.reasons] == ["eicar_test_file"]
    assert finding.where[0].byte == 0


def test_a_match_says_rule_place_technique_and_no_more_than_the_rule_does(folder: Path) -> None:
    finding = said(b"hay needle hay", folder)
    (reason,) = finding.reasons
    assert (finding.verdict, finding.severity) == ("suspicious", "low")  # a score of 45
    assert (reason.values["rule"], reason.values["author"], reason.values["what"]) == (
        "needle",
        "A. Person",
        "A needle",
    )
    assert reason.values["strings"] == "$a"
    assert (finding.where[0].byte, finding.where[0].span) == (4, (4.0, 10.0))
    assert finding.techniques == ("T1059.001", "T1105")
    assert said("hay".encode("utf-16-le"), folder).severity == "medium", "a rule that says nothing of its weight"
    assert said(b"straw", folder).verdict == "none"


@pytest.mark.parametrize(("meta", "severity"), [
    ('severity = "critical"', "critical"), ('severity = "low"', "low"), ("score = 100", "high"), ("score = 75", "medium"),
    ("score = 10", "informational"), ('score = "x"', "medium"), ('threat_level = "high"', "high"), ("severity = 85", "high"),
])  # fmt: skip
def test_severity_is_the_rules_own_word(tmp_path: Path, meta: str, severity: str) -> None:
    (tmp_path / "a.yar").write_text(f"rule r {{ meta: {meta} condition: true }}")
    assert said(b"x", tmp_path).severity == severity


def test_rules_may_ask_for_what_a_file_is_called(tmp_path: Path) -> None:
    (tmp_path / "a.yar").write_text(
        'rule r { condition: filename == "a.EXE" and extension == ".exe" and filepath == "/tmp/x" and filetype == "EXE" and owner == "" }'
    )
    program = b"MZ" + bytes(100)
    assert said(program, tmp_path, name="a.EXE", path="/tmp/x/a.EXE").verdict == "suspicious"
    assert said(program, tmp_path, name="b.exe").verdict == "none"


def test_a_broken_rule_is_reported_and_the_rest_loads(folder: Path) -> None:
    (folder / "bad.yar").write_text("rule lost { condition: $nowhere }\nrule kept { condition: true }\nrule ( {")
    (folder / "worse.yara").write_bytes(b"\xff\xfe\x00 no rule at all")
    (folder / "reads.yar").write_text('include "/etc/passwd"\nrule after { condition: false }')
    compiled = load_rules([folder])
    assert {rule.identifier for rule in compiled.rules} >= {"needle", "broad", "kept"}
    assert ("bad.yar", "lost") in {(file, rule) for file, rule, _ in compiled.refused}
    assert {file for file, _, _ in compiled.refused} >= {"bad.yar", "reads.yar"}


def test_what_was_compiled_is_taken_again_and_a_change_compiles_anew(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:  # fmt: skip
    kept = tmp_path / "kept"
    first = load_rules([folder], kept)
    with monkeypatch.context() as changed:
        changed.setattr(load, "compile_rules", lambda _sources: pytest.fail("compiled again"))
        again = load_rules([folder], kept)
        assert (again.count, again.refused) == (first.count, first.refused)
        assert said(b"needle", folder, kept=kept).verdict == "suspicious"
    (folder / "more.yar").write_text("rule more { condition: true }")
    assert load_rules([folder], kept).count == first.count + 1
    whole = kept.read_bytes()
    for damaged in (whole[:-1], whole[:-1] + b"\0", b"", whole[:60] + bytes(100)):
        kept.write_bytes(damaged)
        assert load_rules([folder], kept).count == first.count + 1
    kept.chmod(0o666)  # anybody may have written it
    assert load._read(kept, load._identity(sources([folder]))) is None


def test_a_collection_is_taken_over_listed_and_removed(folder: Path, tmp_path: Path) -> None:
    models = tmp_path / "models"
    packed = tmp_path / "packed.tar.gz"
    with tarfile.open(packed, "w:gz") as tar:
        tar.add(folder, "inside")
        info = tarfile.TarInfo("../../out.yar")
        info.size = len(GOOD)
        tar.addfile(info, io.BytesIO(GOOD.encode()))
    for source, name in ((folder, "set"), (packed, "packed"), (folder / "good.yar", "good.yar")):
        told = rulebook.add(source, models)
        assert (told["collection"], told["rules"] > 1, told["authors"]) == (name, True, 1)
    assert not (tmp_path / "out.yar").exists()
    assert rulebook.collected(models)["set"] == {"files": 1, "rules": 2, "licences": ["LICENSE.txt"]}
    assert "A. Person (1)" in (models / "files" / "rules" / "set" / "ATTRIBUTION.txt").read_text()
    finding = said(b"needle", *rulebook.folders(models / "files"))
    assert {reason.values["set"] for reason in finding.reasons} == {"set", "packed", "good.yar"}
    rulebook.remove("packed", models)
    assert sorted(rulebook.collected(models)) == ["good.yar", "set"]
    for name in ("packed", "../set", ".", ""):
        with pytest.raises((NotFound, Exception)):
            rulebook.remove(name, models)
    assert sorted(rulebook.collected(models)) == ["good.yar", "set"]
    (tmp_path / "empty").mkdir()
    with pytest.raises(UnreadableInput, match="nothing in it is a rule"):
        rulebook.add(tmp_path / "empty", models)


def test_the_command_line_finds_the_room_by_the_files(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:  # fmt: skip
    models = ["--models", str(tmp_path / "models"), "--json"]
    assert main(["rules", "add", str(folder), *models]) == 0
    assert '"room": "files"' in capsys.readouterr().out
    assert main(["rules", "list", *models]) == 0
    assert '"set"' in capsys.readouterr().out
    assert main(["rules", "test", "--kind", "files", *models]) == 0
    assert main(["rules", "coverage", "--kind", "files", *models]) == 0
    assert main(["rules", "remove", "set", *models]) == 0
    assert '"removed": "set"' in capsys.readouterr().out


def test_a_rule_that_fails_its_sample_is_named(tmp_path: Path) -> None:
    hay = base64.b64encode(b"hay").decode()
    (tmp_path / "a.yar").write_text(
        f'rule r {{ meta: match = "{hay}" differ_2 = "{hay}" match_3 = "?" strings: $a = "needle" condition: $a }}'
    )
    told = rulebook.add(tmp_path, tmp_path / "models") and rulebook.test(tmp_path / "models")
    assert [one["expected"] for one in told["failed"]] == ["match", "match_3"]


def test_an_endless_rule_is_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.yar").write_text(
        "rule r { condition: for all i in (0..filesize) : (for all j in (0..filesize) : (uint8(i) == uint8(j) or true)) }"
    )
    monkeypatch.setattr("assay.kinds.files.yara.detector.SECONDS", 1)
    finding = said(bytes(100_000), tmp_path)
    assert (finding.verdict, finding.reasons[0].code) == ("inconclusive", "files.rules-slow")
