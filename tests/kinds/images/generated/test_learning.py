"""How the whole-image detector learns: pairs stay pairs, folds stay apart, the stack only ever rises. No PyTorch is needed."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from assay.core.errors import AssayError
from assay.kinds.images.generated import baselines, stack, votes
from assay.kinds.images.generated.aligned import aligned, handled
from assay.kinds.images.generated.figures import by_source
from assay.kinds.images.generated.folds import folds
from assay.kinds.images.generated.handling import HANDLINGS, TOLD, prepared
from assay.kinds.images.generated.pictures import Listed, is_clean, listed, opened
from assay.kinds.images.generated.write import read_features, version_of, write
from assay.kinds.images.train import train, weighed_anew
from assay.learning import EvaluateRequest, TrainRequest
from assay.vision import generated


def made(seed: int, *, marked: bool, side: int = 256) -> np.ndarray:
    """Blocks of colour under noise; a marked one carries the checkerboard of a careless up-sampler and no noise."""
    rng = np.random.default_rng(seed)
    coarse = np.kron(rng.integers(0, 255, (side // 32, side // 32, 3)), np.ones((32, 32, 1)))
    coarse = cv2.GaussianBlur(coarse, (0, 0), 4)
    if marked:
        return np.clip(coarse + 5.0 * (np.indices((side, side)).sum(0) % 2)[..., None], 0, 255).astype(np.uint8)
    return np.clip(coarse + rng.normal(0, 5, coarse.shape), 0, 255).astype(np.uint8)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    top = tmp_path_factory.mktemp("pictures")
    for label in ("real", "generated"):
        for source in range(3):
            place = top / label / f"source-{source}"
            place.mkdir(parents=True)
            for i in range(10):
                pixels = made(100 * source + i, marked=label == "generated")
                cv2.imwrite(str(place / f"{i}.png"), pixels[..., ::-1])
    return top


def test_a_pair_is_handled_alike() -> None:
    """A twin that equals its picture still equals it after everything that befalls both."""
    region = made(1, marked=False)
    for seed in range(40):
        first, second = handled(np.random.default_rng(seed), [region, region.copy()], 80)
        assert first.shape == (80, 80, 3)
        assert (first == second).all()


def test_alignment_leaves_a_perfect_twin_alone_and_brings_a_soft_one_nearer() -> None:
    real = made(2, marked=False)[:80, :80]
    soft = cv2.GaussianBlur(real, (0, 0), 1.5)
    detail = lambda x: float(np.abs(np.diff(x.astype(float), axis=1)).mean())  # noqa: E731
    nearer = []
    for seed in range(30):
        same = aligned(np.random.default_rng(seed), real, real)
        assert np.abs(same.astype(int) - real).max() <= 1
        nearer.append(detail(aligned(np.random.default_rng(seed), real, soft)))
    assert np.mean(nearer) > detail(soft)


def test_handlings_keep_colour_pictures() -> None:
    rng = np.random.default_rng(1)
    square = prepared(made(3, marked=False, side=320), rng)
    assert square.shape == (256, 256, 3)
    for name in HANDLINGS:
        out = HANDLINGS[name](square, rng)
        assert out.dtype == np.uint8
        assert out.shape[2] == 3
        assert min(out.shape[:2]) >= 100
    assert "worn" not in TOLD


def test_folds_leave_out_every_source_once_and_families_together() -> None:
    def line(source: str, truth: int, generator: str = "") -> Listed:
        return Listed(Path("x"), truth, source, generator or source, "", "train")

    lines = [line(f"camera-{i}", 0) for i in range(6) for _ in range(5)]
    lines += (
        [line("a", 1, "sd-1.5")] * 9
        + [line("b", 1, "animatediff-sd15")] * 4
        + [line("c", 1, "other")] * 7
        + [line("d", 1)]
    )
    found = folds(lines)
    assert sorted(s for fold in found for s in fold) == sorted({one.source for one in lines})
    assert next(fold for fold in found if "a" in fold) >= {"b"}
    assert all(any(s.startswith("camera") for s in fold) for fold in found)
    assert found == folds(lines)


def test_folders_and_tables_are_read_and_strays_are_not(folder: Path, tmp_path: Path) -> None:
    lines = listed(folder)
    assert len(lines) == 60
    assert {line.source for line in lines if line.truth} == {f"generated/source-{i}" for i in range(3)}
    outside = tmp_path / "outside.png"
    cv2.imwrite(str(outside), made(1, marked=False)[..., ::-1])
    inside = tmp_path / "data"
    inside.mkdir()
    cv2.imwrite(str(inside / "a.png"), made(1, marked=False)[..., ::-1])
    (inside / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\n broken")
    with (inside / "manifest.csv").open("w", newline="") as text:
        rows = csv.writer(text)
        rows.writerow(["path", "label", "source", "licence"])
        rows.writerows(
            [["a.png", "real", "s", "CC0-1.0"], ["broken.png", "real", "s", ""], ["../outside.png", "real", "s", ""]]
        )
        rows.writerow(["a.png", "face_swap", "s", ""])
    assert [line.path.name for line in listed(inside)] == ["a.png", "broken.png"]
    assert len(opened(listed(inside))) == 1
    assert len(listed(inside, clean=True)) == 1
    with pytest.raises(AssayError):
        listed(tmp_path / "nowhere")


@pytest.mark.parametrize(
    ("licence", "clean"),
    [
        ("CC0-1.0", True),
        ("MIT", True),
        ("CC BY-NC-SA 4.0", False),
        ("none stated", False),
        ("", False),
        ("MIT; images third-party", False),
    ],
)
def test_clean_licences(licence: str, clean: bool) -> None:
    assert is_clean(licence) is clean


def test_the_stack_rises_with_every_vote() -> None:
    rng = np.random.default_rng(1)
    truth = np.repeat([0, 1], 100)
    source = np.array([f"{t}-{i % 4}" for i, t in enumerate(truth)])
    told = {"network": truth * 2 - 1 + rng.normal(0, 1, 200), "statistics": 1 - truth * 2 + rng.normal(0, 1, 200)}
    found = stack.fit(told, stack.PLAIN, truth, source)
    assert found["network"] > 0.2
    assert found["statistics"] >= 0  # a voter that lies is not turned round, only unheard
    apart = stack.stacked_apart(
        told, stack.PLAIN, truth, source, [frozenset({"0-0", "1-0"}), frozenset({"0-1", "1-1"})]
    )
    assert apart[truth == 1].mean() > apart[truth == 0].mean()
    lower, upper = stack.doubt(1 / (1 + np.exp(-apart)), truth, source)
    assert lower <= upper


def test_votes_come_from_folds_that_left_the_source_out(folder: Path) -> None:
    pictures = opened(listed(folder))
    found = votes.samples(pictures, ("clean", "JPEG 75", "crop"), seed=1, clip=())
    assert len(found) == 180
    asked: list[int] = []

    def network(patches: np.ndarray) -> np.ndarray:
        asked.append(len(patches))
        return np.zeros(len(patches), np.float32)

    apart = folds(pictures)
    told = votes.out_of_fold(found, found, apart, [network] * len(apart), network)
    assert set(told) == {"network", "statistics"}
    figures = by_source(found, told["statistics"])
    assert figures["mean over sources"]["AUC"]["value"] > 0.9  # a checkerboard is a checkerboard in every source
    assert figures["mean over sources"]["sources"] == 3
    npr = np.stack([baselines.npr(pixels) for pixels in found.pixels])
    assert np.isfinite(baselines.left_out(npr, found.truth, found.source, apart)).all()


def test_weighing_anew_makes_a_folder_that_judges(folder: Path, tmp_path: Path) -> None:
    if generated.opened(generated.SHIPPED) is None:
        pytest.skip("no model is shipped")
    report = weighed_anew(folder, tmp_path / "model", clean=False, seed=1, licence="own")
    card = json.loads((tmp_path / "model" / "card.json").read_text())
    assert card["version"] == report.version
    assert set(card["trained_on"]) == {f"{label}/source-{i}" for label in ("real", "generated") for i in range(3)}
    real, false = (generated.judge(made(999, marked=m), models=tmp_path / "model") for m in (False, True))
    assert real.probability is not None
    assert false.probability is not None
    assert false.probability > real.probability
    from assay.kinds.images.evaluate import evaluate

    told = evaluate(EvaluateRequest(data=folder, mapping=None, model=tmp_path / "model"))
    assert told["pictures"] == 60
    assert told["AUC"] > 0.9


def test_too_few_pictures_are_refused(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    with pytest.raises(AssayError):
        train(TrainRequest(data=tmp_path, mapping=None, out=tmp_path / "out"))


def test_a_folder_of_other_files_is_not_written_over(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("mine")
    with pytest.raises(AssayError):
        write(tmp_path, {}, {}, {})
    with pytest.raises(AssayError, match="other files"):  # before anything is learned
        train(TrainRequest(data=tmp_path / "none", mapping=None, out=tmp_path))
    version = write(tmp_path / "new", {"a.txt": "x", "b.onnx": b"\x00\xff"}, {"n": 1}, {"what": "test"})
    names = ("a.txt", "b.onnx", "features.json")
    assert version == version_of({name: (tmp_path / "new" / name).read_bytes() for name in names})
    assert read_features(tmp_path / "new") == {"n": 1}
