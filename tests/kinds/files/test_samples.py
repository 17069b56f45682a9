"""Every trick is told, no honest neighbour is more than a cue, and damage of any kind is harmless."""

from __future__ import annotations

import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assay.core.batch import Batch
from assay.core.finding import Severity
from assay.core.profile import Profile
from assay.kinds.files import reasons
from assay.kinds.files.detectors import detectors
from assay.kinds.files.evidence import File
from assay.kinds.files.judge import WHEN, judge
from assay.kinds.files.samples import Sample, everything

LOOKING = detectors(None)
SAMPLES = list(everything())
SMALL = [sample for sample in SAMPLES if len(sample.content) < 60_000]


@pytest.mark.parametrize("sample", [s for s in SAMPLES if s.trick], ids=lambda s: f"{s.trick}: {s.name}"[:60])
def test_every_trick_is_told(sample: Sample) -> None:
    judged = judge(sample.file, LOOKING)
    assert sample.wanted in judged.codes
    assert judged.codes <= set(reasons.ALL)


@pytest.mark.parametrize("sample", [s for s in SAMPLES if not s.trick], ids=lambda s: s.name[:60])
def test_an_honest_file_is_no_more_than_a_cue(sample: Sample) -> None:
    assert judge(sample.file, LOOKING).severity < Severity.MEDIUM


def test_grave_is_only_what_is_exact() -> None:
    """A word of a name, a high entropy or a macro alone never make a file grave."""
    for sample in SAMPLES:
        if sample.wanted in ("files.packed", "files.writable-code", "files.entry-data", "files.archive-encrypted"):
            assert judge(sample.file, LOOKING).severity < Severity.HIGH, sample.trick


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(SMALL), st.data())
def test_damage_is_never_an_exception(sample: Sample, data: st.DataObject) -> None:
    content = bytearray(sample.content[: data.draw(st.integers(0, len(sample.content)))])
    for _ in range(data.draw(st.integers(0, 6))):
        if content:
            content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    batch = Batch.of([File(id="f", time=WHEN, name=sample.name, content=bytes(content))])
    for detector in LOOKING:
        detector.examine(batch, Profile.empty(1))
    list(batch.item(0).parts())


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=400), st.sampled_from(("", "a.exe", "a.docx", "a.xls", "a.zip", "a.lnk", "a.ps1", "a.rtf")), st.sampled_from((b"", b"MZ", b"\x7fELF", b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"{\\rtf1", b"L\0\0\0\x01\x14\x02\0", b"\x1f\x8b", b"\xca\xfe\xba\xbe")))  # fmt: skip
def test_noise_is_never_an_exception(noise: bytes, name: str, sign: bytes) -> None:
    batch = Batch.of([File(id="f", time=WHEN, name=name, content=sign + noise)])
    for detector in LOOKING:
        detector.examine(batch, Profile.empty(1))
    list(batch.item(0).parts())


def test_the_same_batch_says_the_same_however_it_is_cut() -> None:
    files = [s.file for s in SMALL[:30]]
    whole = Batch.of(files)
    for detector in LOOKING:
        together = detector.examine(whole, Profile.empty(len(files)))
        alone = [detector.examine(Batch.of([one]), Profile.empty(1)) for one in files]
        assert together.verdict.tolist() == [int(f.verdict[0]) for f in alone]
        assert together.severity.tolist() == [int(f.severity[0]) for f in alone]


@pytest.mark.parametrize("content", [
    b"\"" * 400_000, b"(" * 400_000, b"'a'+" * 100_000, b"%a%" * 100_000, b"set a=%a%%a%%a%%a%\n" * 2000, b"[char]65+" * 50_000,
    b"{\\rtf1" + b"{\\object{\\objdata " * 20_000, b"{\\rtf1 \\objdata " + b"{a" * 200_000, b"cmd " + b" " * 400_000, b"A" * 400_000,
    b"MSXML2.XMLHTTP" + b"curl " * 60_000, b"\\x41" * 100_000, b"<Relationship " * 30_000, b"{\\rtf1" + (b"\\fldinst" + b"{" * 100) * 2000, b".Run(,,,," * 40_000,
])  # fmt: skip
@pytest.mark.parametrize("name", ["a.ps1", "a.js", "a.bat", "a.vba"])
def test_hostile_texts_take_bounded_time(content: bytes, name: str) -> None:
    batch = Batch.of([File(id="f", time=WHEN, name=name, content=content)])
    began = time.process_time()
    for detector in LOOKING:
        detector.examine(batch, Profile.empty(1))
    assert time.process_time() - began < 4


@pytest.mark.parametrize(
    "xml",
    [b"<Relationship ", b"<w:instrText>DDE ", b'w:fldCharType="begin"', b"<sheet ", b"<definedName ", b"<ddeLink "],
)
def test_hostile_xml_takes_bounded_time(xml: bytes) -> None:
    from assay.kinds.files.samples.archives import zipped

    names = (
        "word/document.xml",
        "word/_rels/a.rels",
        "xl/workbook.xml",
        "xl/externalLinks/a.xml",
        "xl/macrosheets/a.xml",
    )
    content = zipped([("[Content_Types].xml", b""), *((name, xml * 60_000) for name in names)])
    batch = Batch.of([File(id="f", time=WHEN, name="a.docx", content=content)])
    began = time.process_time()
    for detector in LOOKING:
        detector.examine(batch, Profile.empty(1))
    assert time.process_time() - began < 4
