"""Pixels: what the cues can know they find where it is, what they cannot know they do not claim."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, PngImagePlugin

from assay.core.batch import Batch
from assay.core.errors import InvalidSetting
from assay.core.finding import Finding
from assay.core.profile import Profile
from assay.formats.jpeg import read_jpeg
from assay.kinds.documents.evidence import Document
from assay.kinds.documents.pixels.detector import Pixels, Provenance
from assay.kinds.documents.train import train
from assay.learning import TrainRequest
from assay.vision.traces.copies import copies
from assay.vision.traces.quantised import double_quantised
from assay.vision.traces.scores import scores
from assay.vision.traces.thresholds import Thresholds, fit


def photograph(seed: int, height: int = 640, width: int = 800, noise: float = 3.0) -> np.ndarray:
    """Something with soft shapes, edges and sensor noise, away from black and white."""
    rng = np.random.default_rng(seed)
    coarse = rng.integers(50, 200, (height // 40, width // 40, 3), np.uint8)
    soft = np.asarray(Image.fromarray(coarse).resize((width, height), Image.Resampling.BICUBIC), np.float64)
    for _ in range(60):
        x, y, w, h = rng.integers(0, width - 40), rng.integers(0, height - 20), rng.integers(4, 40), rng.integers(2, 16)
        soft[y : y + h, x : x + w] += rng.uniform(-50, 50)
    return np.clip(soft + rng.normal(0, noise, soft.shape), 10, 245).astype(np.uint8)


def saved(pixels: np.ndarray, quality: int) -> bytes:
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "JPEG", quality=quality)
    return file.getvalue()


def opened(content: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(content)).convert("RGB"))


def luma(pixels: np.ndarray) -> np.ndarray:
    return np.asarray(Image.fromarray(pixels).convert("L"))


def said(detector: Pixels | Provenance, content: bytes) -> Finding:
    batch = Batch.of([Document(id="d", time=datetime(2026, 1, 1, tzinfo=UTC), content=content)])
    return detector.examine(batch, Profile.empty(1)).explain(np.array([0]))[0]


@pytest.mark.parametrize(("first", "second"), [(60, 90), (70, 85), (75, 95)])
def test_a_part_put_in_between_two_saves_is_found_where_it_is(first: int, second: int) -> None:
    page = opened(saved(photograph(1), first)).copy()
    page[200:296, 400:560] = photograph(2)[50:146, 30:190]
    content = saved(page, second)
    table = read_jpeg(content).luma
    assert table is not None
    odds = double_quantised(luma(opened(content)).astype(np.float32), table)
    assert odds is not None
    inside = np.zeros(odds.shape, bool)
    inside[13:18, 25:35] = True
    assert np.median(odds[inside]) > 0 > np.median(odds[~inside])


def test_a_page_saved_once_says_nothing_of_its_parts() -> None:
    content = saved(photograph(3), 90)
    table = read_jpeg(content).luma
    assert table is not None
    assert double_quantised(luma(opened(content)).astype(np.float32), table) is None


def test_a_copied_stamp_is_found_and_a_repeated_print_is_not() -> None:
    page = photograph(4)
    page[60:260, 60:300] = np.clip(
        page[60:260, 60:300] + np.random.default_rng(5).integers(-60, 60, (10, 12, 1)).repeat(20, 0).repeat(20, 1),
        0,
        255,
    )
    copied = page.copy()
    copied[400:600, 500:740] = page[60:260, 60:300]
    (copy, *_) = copies(luma(opened(saved(copied, 92))))
    boxes = sorted((copy.source, copy.target))
    assert abs(boxes[1][0] - boxes[0][0] - 440) < 3
    assert abs(boxes[1][1] - boxes[0][1] - 340) < 3

    rng = np.random.default_rng(6)  # the same print twice, each with its own noise
    plain = photograph(4, noise=0.0).astype(float)
    plain[400:600, 500:740] = plain[60:260, 60:300]
    printed = np.clip(plain + rng.normal(0, 3, plain.shape), 0, 255).astype(np.uint8)
    assert copies(luma(opened(saved(printed, 92)))) == ()


def test_without_fitted_thresholds_nothing_is_suspected_of_an_ordinary_page() -> None:
    for seed in range(4):
        assert said(Pixels(), saved(photograph(seed), 80)).verdict in ("none", "inconclusive")


def test_fitted_on_ten_files_a_strange_one_stands_out_and_a_like_one_does_not(tmp_path: Path) -> None:
    for seed in range(12):
        (tmp_path / f"{seed}.jpg").write_bytes(saved(opened(saved(photograph(seed), 60)), 92))
    train(TrainRequest(tmp_path, None, tmp_path / "model"))
    detector = Pixels.open(tmp_path / "model")
    strange = opened(saved(photograph(90), 60)).copy()
    strange[320:480, 320:560] = photograph(91, noise=0.0)[100:260, 100:340]
    finding = said(detector, saved(strange, 92))
    assert (finding.verdict, finding.severity, finding.probability) == ("suspicious", "low", None)
    left, top, right, bottom = finding.where[0].box or (0, 0, 0, 0)
    assert left < 560
    assert right > 320
    assert top < 480
    assert bottom > 320
    assert said(detector, saved(opened(saved(photograph(92), 60)), 92)).verdict != "suspicious"


def test_fewer_than_ten_files_are_refused(tmp_path: Path) -> None:
    (tmp_path / "one.jpg").write_bytes(saved(photograph(1), 80))
    with pytest.raises(InvalidSetting, match="at least 10"):
        train(TrainRequest(tmp_path, None, tmp_path / "model"))


def test_a_p_value_never_claims_more_than_the_files_can_bear() -> None:
    thresholds = Thresholds({"noise": tuple(float(x) for x in range(10))})
    values = [thresholds.p_value("noise", s) for s in (0.0, 5.0, 9.0, 12.0, 40.0)]
    assert values[0] == 1.0
    assert all(a is not None and b is not None and a > b for a, b in pairwise(values))
    assert thresholds.p_value("ghost", 99.0) is None
    assert fit([]).genuine == {}


@pytest.mark.parametrize("shape", [(8, 8), (300, 260), (257, 3000)])
def test_any_size_is_looked_at_or_left(shape: tuple[int, int]) -> None:
    pixels = np.random.default_rng(0).integers(0, 255, (*shape, 3), np.uint8)
    assert (scores(pixels) is None) == (min(shape) < 256)
    assert scores(np.full((*shape, 3), 255, np.uint8)) is None or not scores(np.full((*shape, 3), 255, np.uint8)).copied  # type: ignore[union-attr]


def test_a_generator_that_signs_its_work_is_believed() -> None:
    file, info = io.BytesIO(), PngImagePlugin.PngInfo()
    info.add_text("parameters", "passport\nSteps: 30, Sampler: Euler, CFG scale: 7, Seed: 1")
    Image.fromarray(photograph(1)).save(file, "PNG", pnginfo=info)
    finding = said(Provenance(), file.getvalue())
    assert (finding.verdict, finding.severity) == ("counterfeit", "high")
    assert finding.reasons[0].code == "documents.generated"
    assert said(Provenance(), saved(photograph(1), 90)).verdict == "none"


def test_a_turned_photograph_is_boxed_on_the_upright_page() -> None:
    from assay.kinds.documents.opened import open_document
    from assay.kinds.documents.pixels.scans import scans

    for orientation in (1, 3, 6, 8):
        exif, file = Image.Exif(), io.BytesIO()
        exif[0x0112] = orientation
        pixels = np.full((300, 400, 3), 90, np.uint8)
        pixels[10:40, 20:90] = 250
        Image.fromarray(pixels).save(file, "JPEG", quality=95, exif=exif)
        document = open_document(file.getvalue())
        (scan,) = scans(document)
        assert scan.pixels.shape == (300, 400, 3)
        x0, y0, x1, y1 = (round(v) for v in scan.on_page((20, 10, 90, 40)))
        assert document.pages[0].pixels[y0 + 3 : y1 - 3, x0 + 3 : x1 - 3].mean() > 230, orientation


def test_the_bench_tells_every_source_edit_and_cue(tmp_path: Path) -> None:
    from assay.kinds.documents.pixels.bench import figures

    for seed in range(8):
        (tmp_path / f"{seed}.jpg").write_bytes(saved(photograph(seed, 520, 560), 95))
    told = figures({"own": tmp_path}, edits=["moved"], handling=["saved at 90"])["own"]["saved at 90"]
    assert told["genuine"] == {"files": 4, "false alarms": 0}
    assert set(told["moved"]["AUC by cue"]) == {"double", "ghost", "noise", "resampled", "grid", "copies"}
    assert told["moved"]["AUC by cue"]["double"] > 0.7


def test_the_heat_lies_where_the_part_was_put() -> None:
    from assay.kinds.documents.opened import open_document
    from assay.kinds.documents.pixels.heatmap import heatmap

    page = opened(saved(photograph(1), 60)).copy()
    page[160:320, 320:560] = photograph(2)[50:210, 30:270]
    document = open_document(saved(page, 92))
    shown = heatmap(document, 1)
    assert shown is not None
    assert shown.shape == document.pages[0].pixels.shape
    red = shown[:, :, 0].astype(float) - shown[:, :, 1]
    assert red[176:304, 336:544].mean() > 4 * red[400:].mean()
    assert heatmap(open_document(saved(photograph(1, 120, 160), 90)), 1) is None
