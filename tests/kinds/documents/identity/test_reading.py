"""Zones on pictures: found whichever way they lie, read, and held against the paper only where the print is clear."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from random import Random

import numpy as np
import pytest
from PIL import Image

from assay.core.batch import Batch
from assay.core.finding import Finding
from assay.core.profile import Profile
from assay.kinds.documents.evidence import Document
from assay.kinds.documents.identity.detector import Identity
from assay.kinds.documents.identity.mrz import find_zone
from assay.kinds.documents.identity.specimens import SHAPES, drawn, made_up
from assay.kinds.documents.identity.zone import Layout, check_digit
from assay.kinds.documents.simulate import camera

WHEN = datetime(2026, 11, 22, tzinfo=UTC)


def jpeg(pixels: np.ndarray, quality: int = 85) -> bytes:
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "JPEG", quality=quality)
    return file.getvalue()


def said(content: bytes, claimed: str | None = None) -> Finding:
    item = Document(id="1", time=WHEN, content=content, claimed=claimed)  # type: ignore[arg-type]
    return Identity().examine(Batch.of([item]), Profile.empty(1)).explain(np.array([0]))[0]


def codes(finding: Finding) -> set[str]:
    return {reason.code.removeprefix("documents.identity-") for reason in finding.reasons}


@pytest.mark.parametrize("layout", SHAPES, ids=lambda x: x.name)
def test_photographs_of_every_layout_are_read_at_any_turn(layout: Layout) -> None:
    rng = Random(layout.name)
    for turn in (0, 1, 2, 3)[:: 1 if layout.name == "TD3" else 3]:
        lines = made_up(rng, layout)
        face = drawn(lines, layout, rng)
        picture = camera.photograph(rng, *face.shape[:2], strength=0.5).take(face)
        found = find_zone(np.ascontiguousarray(np.rot90(picture, turn)))
        assert found is not None
        assert found.decided.zone.layout is layout
        assert (found.decided.mended or found.decided.zone).lines == tuple(lines)
        assert abs(found.angle - (0, -90, 180, 90)[turn]) % 360 < 12 or abs(found.angle + 180) < 12


def test_a_box_lies_on_its_characters() -> None:
    rng = Random(5)
    layout = SHAPES[0]
    lines = made_up(rng, layout)
    found = find_zone(drawn(lines, layout, rng))
    assert found is not None
    x0, y0, x1, y1 = found.box(1, 0, 9)
    assert x0 == pytest.approx(4 * 12 + (125 - 8 - 44 * 2.54) * 6, abs=14)
    assert x1 - x0 == pytest.approx(9 * 2.54 * 12, rel=0.05)
    assert y0 < 88 * 12 - 5 * 12 - 15 < y1


def test_a_clear_paper_agrees_with_itself_and_a_forged_digit_does_not() -> None:
    rng = Random(11)
    layout = SHAPES[0]
    lines = made_up(rng, layout)
    good = said(jpeg(drawn(lines, layout, rng)))
    assert (good.verdict, codes(good)) == ("genuine", {"consistent"})
    digit = str((int(lines[1][19]) + 3) % 10)
    lines[1] = lines[1][:19] + digit + lines[1][20:]
    bad = said(jpeg(drawn(lines, layout, Random(11))))
    assert (bad.verdict, bad.severity) == ("counterfeit", "high")
    assert "check-digit" in codes(bad)
    assert any(where.page == 1 and where.box for where in bad.where)


def test_a_blotted_digit_is_no_forgery() -> None:
    rng = Random(12)
    layout = SHAPES[0]
    face = drawn(made_up(rng, layout), layout, rng).copy()
    found = find_zone(face)
    assert found is not None
    x0, y0, x1, y1 = (int(v) for v in found.box(1, 14, 16))
    face[y0:y1, x0:x1] = 128
    assert said(jpeg(face)).verdict in ("inconclusive", "genuine")


def test_a_thirteenth_month_and_an_unknown_state_are_told() -> None:
    rng = Random(13)
    layout = next(x for x in SHAPES if x.name == "TD1")
    first = "I<ZZQ" + "D23145890" + "7" + "<" * 15
    birth = "741312"
    second = f"{birth}{check_digit(birth)}F3004150UTO".ljust(29, "<")
    second = second[:14] + str(check_digit(second[8:14])) + second[15:]
    second += str(check_digit(first[5:] + second[:7] + second[8:15] + second[18:]))
    finding = said(jpeg(drawn([first, second, "ERIKSSON<<ANNA<MARIA<<<<<<<<<<"], layout, rng)))
    assert finding.verdict == "counterfeit"
    assert {"date", "country"} <= codes(finding)
    assert "741312" not in str(finding)  # no birth date is recorded


def test_an_expired_paper_is_no_forgery() -> None:
    lines = ["P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<", "L898902C36UTO7408122F1204159ZE184226B<<<<<10"]
    finding = said(jpeg(drawn(lines, SHAPES[0], Random(1))))
    assert (finding.verdict, finding.severity, codes(finding)) == ("genuine", "low", {"expired", "consistent"})


def test_papers_without_a_zone_are_met_with_silence_or_doubt() -> None:
    blank = jpeg(np.full((400, 600, 3), 240, np.uint8))
    assert said(blank).verdict == "none"
    assert said(blank, "identity").verdict == "inconclusive"
    assert said(b"%PDF-1.7 broken", "identity").verdict == "inconclusive"
    assert said(b"nothing").verdict == "none"
