"""Reuse: the same thing in other hands is known again through what people do to files, and different things are not."""

from __future__ import annotations

import io
from datetime import UTC, datetime

import numpy as np
import pytest
from PIL import Image
from reportlab.pdfgen import canvas

from assay.core.batch import Batch
from assay.core.finding import Where
from assay.core.profile import Profile
from assay.core.reuse import FORM
from assay.core.trace import Sighting, Trace
from assay.kinds.documents.evidence import Document
from assay.kinds.documents.reuse.detector import GRAVE, Reuse
from assay.kinds.documents.reuse.traces import ROWS_NEAR, similarity_hash, traces
from assay.vision.likeness import NEAR, picture_hash

WHEN = datetime(2026, 3, 1, tzinfo=UTC)


def distance(a: bytes, b: bytes) -> int:
    return (int.from_bytes(a, "big") ^ int.from_bytes(b, "big")).bit_count()


def photograph(seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    image = np.asarray(Image.fromarray(rng.integers(30, 220, (18, 12, 3), np.uint8)).resize((480, 720)), float)
    for _ in range(40):
        x, y = rng.integers(20, 400), rng.integers(20, 680)
        image[y : y + 6, x : x + int(rng.integers(20, 70))] = 25
    return np.clip(image + rng.normal(0, 3, image.shape), 0, 255).astype(np.uint8)


def statement(holder: str, rows: list[str], iban: str = "DE89 3704 0044 0532 0130 00") -> bytes:
    file = io.BytesIO()
    page = canvas.Canvas(file, invariant=False)
    for i, text in enumerate([holder, "Account statement", iban, "", *rows]):
        page.drawString(60, 780 - 20 * i, text)
    page.save()
    return file.getvalue()


def rows(seed: int, n: int = 12) -> list[str]:
    rng = np.random.default_rng(seed)
    return [f"{d:02d}.03.2026 Card payment {rng.integers(1, 999)}.{rng.integers(10, 99)}" for d in range(1, n + 1)]


def of(content: bytes, kind: str) -> list[Trace]:
    (found,) = traces(Batch.of([Document(id="d", time=WHEN, content=content, customer="c")]))
    return [trace for trace in found if trace.kind == kind]


def test_a_picture_is_known_after_saving_shrinking_and_brightening() -> None:
    original = photograph(1)
    file = io.BytesIO()
    Image.fromarray(original).resize((288, 432)).save(file, "JPEG", quality=45)
    again = np.asarray(Image.open(io.BytesIO(file.getvalue())).convert("RGB"))
    bright = (255 * (original / 255.0) ** 0.8).astype(np.uint8)
    assert distance(picture_hash(original), picture_hash(again)) <= NEAR
    assert distance(picture_hash(original), picture_hash(bright)) <= NEAR
    assert distance(picture_hash(original), picture_hash(photograph(2))) > 4 * NEAR


def test_rows_are_known_under_another_name_and_with_one_of_them_changed() -> None:
    (first,) = of(statement("Anna Berg", rows(1)), "rows")
    changed = rows(1)
    changed[4] = "05.03.2026 Salary 9,999.00"
    (second,) = of(statement("Tom Frost", changed), "rows")
    (other,) = of(statement("Anna Berg", rows(2)), "rows")
    assert distance(first.value, second.value) <= ROWS_NEAR
    assert distance(first.value, other.value) > ROWS_NEAR


def test_few_rows_say_nothing() -> None:
    assert of(statement("Anna Berg", rows(1, 3)), "rows") == []


def test_an_edited_pdf_keeps_the_identifier_of_what_it_was_made_from() -> None:
    import pikepdf

    original = statement("Anna Berg", rows(1))
    file = io.BytesIO()
    with pikepdf.open(io.BytesIO(original)) as pdf:
        pdf.Root.Note = pikepdf.String("changed")
        pdf.save(file)
    (first,), (second,) = of(original, "template"), of(file.getvalue(), "template")
    assert first.value == second.value
    assert of(statement("Tom Frost", rows(2)), "template")[0].value != first.value


def test_the_account_of_a_statement_is_its_own_and_only_with_good_check_digits() -> None:
    (account,) = of(statement("Anna Berg", rows(1)), "account")
    assert account.value == b"DE89370400440532013000"
    assert of(statement("Anna Berg", rows(1), "DE88 3704 0044 0532 0130 00"), "account") == []


def sighting(kind: str, owners: int = 1) -> Sighting:
    return Sighting(
        kind=kind, evidence="earlier", owner="other", time=0, where=Where(page=2, box=(1, 2, 3, 4)), owners=owners
    )


def said(*seen: Sighting) -> tuple[str, str, list[str]]:
    batch = Batch.of([Document(id="d", time=WHEN)])
    finding = Reuse().examine(batch, Profile((), np.empty((1, 0)), {0: seen})).explain(np.array([0]))[0]
    return finding.verdict, finding.severity, [reason.code for reason in finding.reasons]


@pytest.mark.parametrize("kind", GRAVE)
def test_each_kind_is_told_unless_everybody_has_it(kind: str) -> None:
    verdict, severity, codes = said(sighting(kind))
    assert (verdict, severity) == ("suspicious", GRAVE[kind].severity)
    assert codes == [f"documents.same-{kind}"]
    assert said(sighting(kind, owners=FORM))[0] == "none"


def test_the_same_file_says_it_all() -> None:
    assert said(sighting("file"), sighting("picture"), sighting("template"))[2] == ["documents.same-file"]
    assert said()[0] == "none"


def test_similarity_follows_what_is_shared() -> None:
    base = rows(5, 40)
    distances = [
        distance(similarity_hash(base), similarity_hash(base[: 40 - k] + rows(6, 40)[:k])) for k in (0, 4, 20, 40)
    ]
    assert distances[0] == 0
    assert distances == sorted(distances)
