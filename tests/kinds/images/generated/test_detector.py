"""`images.generated` on files: findings of the right kind, never an exception, never more than MEDIUM."""

from __future__ import annotations

import io

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image as Pillow

from assay.core.finding import Finding
from assay.kinds.images import reasons
from assay.kinds.images.generated import detector
from assay.kinds.images.opened import Opened
from assay.vision import generated


def file(pixels: np.ndarray, form: str = "PNG", **options: int) -> bytes:
    out = io.BytesIO()
    Pillow.fromarray(pixels).save(out, form, **options)
    return out.getvalue()


def photo(height: int = 300, width: int = 420) -> np.ndarray:
    rng = np.random.default_rng(1)
    coarse = np.kron(rng.integers(0, 255, (height // 30 + 1, width // 30 + 1, 3)), np.ones((30, 30, 1)))
    return np.clip(coarse[:height, :width] + rng.normal(0, 5, (height, width, 3)), 0, 255).astype(np.uint8)


def found(content: bytes) -> Finding | None:
    return detector.Generated()._finding(Opened(content))


def says(monkeypatch: pytest.MonkeyPatch, probability: float, *, heat: np.ndarray, doubt: tuple[float, float]) -> None:
    """The model's word, put into its mouth."""
    judged = generated.Judged(probability, heat.astype(np.float32), 128, {}, "", doubt)
    monkeypatch.setattr(generated, "judge", lambda *_args, **_named: judged)


def test_every_code_is_one_of_the_rooms() -> None:
    assert set(detector.CODES) | {"images.pixels-reduced"} <= set(reasons.ALL)


def test_a_likely_picture_is_suspicious_with_places(monkeypatch: pytest.MonkeyPatch) -> None:
    heat = np.full((3, 4), 0.2)
    heat[1, 2] = 0.97
    says(monkeypatch, 0.97, heat=heat, doubt=(0.2, 0.8))
    finding = found(file(photo()))
    assert finding is not None
    assert (finding.verdict, finding.severity, finding.probability) == ("suspicious", "medium", 0.97)
    assert [reason.code for reason in finding.reasons] == [detector.GENERATED, detector.PARTS]
    (where,) = finding.where
    assert where.box is not None
    assert 0 <= where.box[0] < where.box[2] <= 420


@pytest.mark.parametrize(("probability", "verdict"), [(0.1, None), (0.5, "inconclusive"), (0.85, "suspicious")])
def test_between_the_thresholds_the_matter_is_open(
    monkeypatch: pytest.MonkeyPatch, probability: float, verdict: str | None
) -> None:
    says(monkeypatch, probability, heat=np.zeros((2, 2)), doubt=(0.2, 0.8))
    finding = found(file(photo()))
    assert (finding.verdict if finding else None) == verdict
    assert finding is None or finding.severity in ("informational", "low", "medium")


def test_small_coarse_and_flat_pictures_are_inconclusive() -> None:
    if generated.opened(generated.SHIPPED) is None:
        pytest.skip("no model is shipped")
    told = {
        "small": found(file(photo(150, 200))),
        "coarse": found(file(photo(), "JPEG", quality=12)),
        "flat": found(file(np.full((300, 300, 3), 77, np.uint8))),
    }
    for name, finding in told.items():
        assert finding is not None, name
        assert finding.verdict == "inconclusive", name
        assert finding.reasons[0].code in detector.CODES


@settings(max_examples=25, deadline=None)
@given(st.binary(max_size=400), st.integers(0, 3000), st.integers(0, 255))
def test_broken_files_never_raise(noise: bytes, at: int, byte: int) -> None:
    content = bytearray(file(photo(260, 260), "JPEG", quality=80))
    content[at % len(content)] = byte
    for broken in (noise, bytes(content), bytes(content[: len(content) // 2])):
        finding = found(broken)
        assert finding is None or finding.verdict in ("inconclusive", "suspicious")
