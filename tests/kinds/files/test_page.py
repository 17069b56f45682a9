"""A file in the console: what it is, what its headers, members and text say, the bytes of a finding, in both languages; and whatever a
file holds or is called is text."""

from __future__ import annotations

from typing import Any

import msgspec
import numpy as np
import pytest

from assay.console.render import BASE
from assay.core.batch import Batch
from assay.core.decision import Decision
from assay.core.profile import Profile
from assay.core.words import LANGUAGES
from assay.kinds.files.detectors import detectors
from assay.kinds.files.evidence import File
from assay.kinds.files.judge import WHEN
from assay.kinds.files.samples import everything
from assay.kinds.files.samples.archives import zipped
from assay.kinds.files.samples.programs import pe
from assay.kinds.files.view import view
from tests.console.test_pages import Page, client
from tests.console.world import Desk, World


def recorded(file: File) -> Decision:
    """A decision on the file, as a ledger has it."""
    batch: Batch[Any] = Batch.of([file])
    found = [detector.examine(batch, Profile.empty(1)) for detector in detectors(None)]
    findings = tuple(f.explain(np.array([0]))[0] for f in found if f.verdict[0])
    last = World(count=2).made[-1]
    return msgspec.structs.replace(
        last, id="file-1", kind="file", evidence=batch.row(0), findings=findings, reasons=(), profile={}, entities=file.entities(),
        probability=None,
    )  # fmt: skip


NASTY = "<script>alert(1)</script>"
SHOWN = {
    f"{NASTY}.pdf.exe": (pe(), "kernel32.dll"),
    "a.zip": (zipped([(f"{NASTY}/{NASTY}.txt", b"x"), ("../../x", b"y")]), NASTY),
    "a.ps1": (f"# {NASTY}\n$a = 'Down' + 'loadString'\nInvoke-Item $env:x\n".encode(), NASTY),
    "a.webp": (b"RIFF\x1a\0\0\0WEBPVP8L\x0e\0\0\0/" + bytes(13), ""),
}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", SHOWN)
def test_a_file_is_shown_and_stays_text(name: str, language: str) -> None:
    content, told = SHOWN[name]
    file = File(id="file-1", time=WHEN, name=name, content=content, inside="message", internet=True)
    with client(Desk(recorded(file), list(file.exhibits()), view)) as browser:
        found = browser.get(f"{BASE}/decisions/file-1?lang={language}")
        assert browser.get(f"{BASE}?lang={language}").status_code == 200
    assert found.status_code == 200
    assert NASTY not in found.text
    assert told in "".join(Page(found.text).text)
    assert str(file.digest) in found.text


def test_without_its_bytes_the_record_is_shown() -> None:
    file = File(id="file-1", time=WHEN, name="a.exe", content=pe())
    with client(Desk(recorded(file), [], view)) as browser:
        found = browser.get(f"{BASE}/decisions/file-1?lang=en")
    assert "no longer kept" in "".join(Page(found.text).text)


def test_every_sample_can_be_viewed_and_told_to_another_process() -> None:
    for sample in everything():
        file = File(id="f", time=WHEN, name=sample.name, content=sample.content)
        msgspec.msgpack.encode(view(recorded(file), list(file.exhibits())))
