"""The report as paper: a page anybody can read, in both languages, with its statement inside; and no page can be exchanged."""

from __future__ import annotations

import io
import json
import tempfile
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assay.cli import main
from assay.core.errors import UnreadableInput
from assay.core.report import Shown
from assay.formats import signers
from assay.formats.pdfium import draw, glyphs, page_sizes
from assay.kinds.phones.evidence import Gap
from assay.kinds.phones.report import desk
from assay.kinds.phones.report.page import page
from assay.kinds.phones.report.paper import attached, enclosed, seal, sealed
from assay.kinds.phones.report.sheet import width, wrap
from assay.kinds.phones.report.statement import Statement, sign
from assay.kinds.phones.simulate import Phone, life, write

from .desk import EXPOSED, LEAD, NONCE, NOW, TRACE, phone, statement

LEVELS = {"high": (TRACE, LEAD, EXPOSED), "suspicious": (LEAD,), "exposed": (EXPOSED,), "none": (), "unknown": ()}


def paper(folder: Path, said: Statement, language: str) -> tuple[bytes, signers.Signer]:
    if not signers.cards(folder):
        signers.create(folder, "desk", now=NOW - timedelta(days=1))
    card, key = signers.signing_key(folder)
    return seal(page(said, card, sign(said, card, key), language), card, key), card


def touched(pdf: bytes) -> bytes:
    """With another letter in its signature."""
    return pdf[:-20] + (b"B" if pdf[-20:-19] == b"A" else b"A") + pdf[-19:]


def text(pdf: bytes) -> str:
    count, _ = page_sizes(pdf, most=9)
    return "".join("".join(glyphs(pdf, number, 1.0).text) for number in range(count))


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("level", LEVELS)
def test_it_says_what_was_found_and_never_that_a_phone_is_clean(tmp_path: Path, level: str, language: str) -> None:
    image = phone(problem="locked", coverage=0.0, events=()) if level == "unknown" else phone()
    said = statement(*LEVELS[level], image=image)
    assert said.assessment.level == level
    pdf, card = paper(tmp_path, said, language)
    count, sizes = page_sizes(pdf, most=9)
    assert 1 <= count <= 3
    assert all(abs(w - 595.28) < 1 for w, _ in sizes)
    assert enclosed(pdf) == sign(said, *signers.signing_key(tmp_path))
    assert sealed(pdf, card) == "signed"
    told = text(pdf)
    if language == "en":
        assert "75" in told or level == "unknown"
        assert "the customer" in told
        assert not {"clean", "safe", "secure"} & set(told.lower().split())
    pixels = draw(pdf, 0, (595, 842), seconds=10)
    assert 0.01 < (pixels < 128).any(axis=2).mean() < 0.4  # there is something on it, and room


def test_the_longest_report_keeps_to_three_pages(tmp_path: Path) -> None:
    gaps = tuple(Gap(f"artefact number {i} with a long name", "broken: " + "x" * 150) for i in range(200))
    said = statement(*[TRACE, LEAD, EXPOSED] * 30, image=phone(gaps=gaps, product="想象的手机" * 12))
    assert page_sizes(paper(tmp_path, said, "zh")[0], most=9)[0] <= 3


def test_a_page_that_was_exchanged_or_touched_does_not_pass(tmp_path: Path) -> None:
    bad, good = statement(TRACE), statement()
    pdf, card = paper(tmp_path, bad, "en")
    nicer, _ = paper(tmp_path, good, "en")
    assert sealed(touched(pdf), card) == "altered"
    assert sealed(pdf.replace(b"/Author", b"/author", 1), card) == "altered"
    swapped = attached(nicer.split(b"\n%assay-page")[0], enclosed(pdf))  # a true statement under other pages
    assert sealed(swapped, card) == "altered"
    told = desk.verify(swapped, Shown(), tmp_path)
    assert (told["believed"], told["page"]) == (False, "altered")
    assert "phones.report-page-altered" in {r["code"] for r in told["reasons"]}
    with pytest.raises(UnreadableInput):
        enclosed(b"%PDF-1.4 nothing")


def test_lines_are_broken_where_they_may_be() -> None:
    for words in ("one two three " * 20, "未发现痕迹（覆盖率 50%），但此手机对已知攻击敞开。" * 6, "x" * 400, ""):
        lines = wrap(words, 10, 200)
        assert all(width(line, 10) <= 200 for line in lines)
        assert "".join(lines).replace(" ", "") == words.replace(" ", "")
        assert not any(line.startswith(("，", "。", "）")) for line in lines)


@pytest.fixture
def backup(tmp_path: Path) -> Path:
    made: Phone = life(4)
    return write(made, tmp_path / "backup")


def test_made_and_verified_by_the_commands(
    tmp_path: Path, backup: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ASSAY_LANGUAGE", "en")
    monkeypatch.setenv("ASSAY_HEAVY_WORKERS", "0")
    consent = tmp_path / "consent.yaml"
    consent.write_text('by: "the customer"\nat: 2026-01-02T10:00:00Z\npurpose: "a check"\n')
    keys, out = tmp_path / "keys", tmp_path / "out"
    made = [
        "report",
        "make",
        str(backup),
        "--out",
        str(out),
        "--consent",
        str(consent),
        "--keys",
        str(keys),
        "--customer",
        "c-1",
    ]
    assert main(made) == 2  # there is no key yet
    assert main(["report", "key", "create", "desk", "--folder", str(keys), "--json"]) == 0
    printed = capsys.readouterr().out
    assert "PRIVATE" not in printed
    assert main([*made, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    pdf = out / "phone-report.pdf"
    for path in (pdf, out / "phone-report.json"):
        assert main(["report", "verify", str(path), "--signers", str(keys), "--json", "--nonce", told["nonce"]]) == 0
        assert json.loads(capsys.readouterr().out)["believed"]
        assert main(["report", "verify", str(path), "--signers", str(keys), "--customer", "c-2"]) == 1
        assert "NOT to be believed" in capsys.readouterr().out
    assert main(["report", "key", "revoke", told["signer"], "--folder", str(keys)]) == 0
    assert main(["report", "verify", str(pdf), "--signers", str(keys)]) == 1
    assert main(["check", str(out / "phone-report.json"), "--json"]) in (0, 1)
    consent.write_text("by: nobody\n")
    assert main(made) == 2
    capsys.readouterr()


def test_what_is_drawn_of_it_in_the_console(tmp_path: Path) -> None:
    from PIL import Image

    from assay.core.decision import Decision
    from assay.core.enclosed import Enclosed
    from assay.kinds.phones.view import picture, view

    pdf, _ = paper(tmp_path, statement(LEAD), "en")
    files = [Enclosed(name="phone-report.pdf", content=pdf)]
    shown = view(_decision(Decision), files)
    assert shown["report"]["level"] == "suspicious"
    assert shown["report"]["pages"] == page_sizes(pdf, most=3)[0]
    assert shown["coverage"]["share"] == 75
    assert {cell["name"] for cell in shown["coverage"]["cells"] if cell["why"]} == {"permissions"}
    assert {lane["name"] for lane in shown["lanes"]} == {"messages", "programs"}
    assert all(0 <= bar["x"] <= 100 for lane in shown["lanes"] for bar in lane["bars"])
    assert np.asarray(Image.open(io.BytesIO(picture("page-1", files)))).shape == (1347, 953, 3)
    assert view(_decision(Decision), []) == {"kept": False}
    assert view(_decision(Decision), [Enclosed(name="x", content=b"%PDF-1.4")])["broken"]


def _decision(type_: type) -> object:
    return type_(
        id="r", kind="phone-report", time=int(datetime(2026, 1, 1, tzinfo=UTC).timestamp() * 1e6), outcome="allow", decided=0, policy="",
        took_us=0, seq=1, evidence={},
    )  # fmt: skip


def test_the_signature_holds_for_whoever_knows_only_the_standards(tmp_path: Path) -> None:
    """Checked with another writer of JSON (whose numbers look the same above a ten-thousandth) and the bare key."""
    import base64

    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    pdf, card = paper(tmp_path, statement(TRACE, LEAD, prior="executive"), "en")
    envelope = json.loads(enclosed(pdf))
    plain = json.dumps(envelope["statement"], sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    key = Ed25519PublicKey.from_public_bytes(base64.b64decode(card.public))
    key.verify(base64.b64decode(envelope["signature"]["value"]), plain)  # raises where it does not hold


@settings(max_examples=80, deadline=None)
@given(st.integers(0, 20_000), st.binary(max_size=12), st.booleans(), st.booleans())
def test_damage_to_paper_or_statement_never_raises(at: int, junk: bytes, on_paper: bool, cut: bool) -> None:
    from assay.core.batch import Batch
    from assay.core.decision import Decision
    from assay.core.enclosed import Enclosed
    from assay.core.profile import Profile
    from assay.kinds.phones.report.accept import Accept
    from assay.kinds.phones.report.evidence import PhoneReport
    from assay.kinds.phones.view import view

    whole, believed = _whole(on_paper)
    at %= len(whole)
    content = whole[:at] + (b"" if cut else junk + whole[at + len(junk) :])
    shown = PhoneReport(id="x", time=NOW, content=content, nonce=NONCE, customer="c-1", device="d-1")
    told = Accept(believed).examine(Batch.of([shown]), Profile.empty(1)).explain(np.array([0]))[0]
    changed = content.strip() != whole.strip()
    assert not changed or on_paper is False or told.verdict != "none"
    if changed and on_paper:
        assert "phones.report-high" not in {r.code for r in told.reasons}
    view(_decision(Decision), [Enclosed(name="x", content=content)])


@cache
def _whole(on_paper: bool) -> tuple[bytes, dict[str, signers.Signer]]:
    folder = Path(tempfile.mkdtemp())
    pdf, card = paper(folder, statement(TRACE), "en")
    return (pdf if on_paper else enclosed(pdf)), {card.id: card}
