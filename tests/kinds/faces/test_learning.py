"""Figures, thresholds and the split by source, against slow or plain references."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assay.core.errors import InvalidSetting, NotFound
from assay.kinds.faces.forged.crops import Crop, Listed, crops, listed
from assay.kinds.faces.forged.evaluation import RECODINGS, area, auc, recall, recoded
from assay.kinds.faces.forged.fit import cells_of
from assay.kinds.faces.forged.network import CELLS
from assay.kinds.faces.forged.partners import weights
from assay.kinds.faces.forged.thresholds import alarm, fitted, joined
from assay.kinds.faces.train import apart
from assay.vision.drawn import drawn_face

BLANK = np.zeros((2, 2, 3), np.uint8)


def crop(source: str) -> Crop:
    return Crop(BLANK, np.zeros((468, 2), np.float32), 100.0, Listed(Path("x"), "real", source), BLANK)


@given(st.lists(st.integers(-3, 3), min_size=1, max_size=12), st.lists(st.integers(-3, 3), min_size=1, max_size=12))
def test_auc_counts_pairs(real: list[int], fake: list[int]) -> None:
    slow = np.mean([(f > r) + 0.5 * (f == r) for f in fake for r in real])
    assert auc(np.array(real, float), np.array(fake, float)) == pytest.approx(slow)


def test_area_has_its_interval_and_is_silent_without_data() -> None:
    rng = np.random.default_rng(0)
    told = area(rng.normal(0, 1, 200), rng.normal(1, 1, 200))
    assert told["interval"][0] < told["auc"] < told["interval"][1]
    assert told["recall at 1 %"] <= told["recall at 5 %"]
    assert area(np.zeros(0), np.ones(3))["auc"] is None


@settings(max_examples=40)
@given(st.integers(0, 1000), st.sampled_from([0.01, 0.05, 0.2]))
def test_recall_is_at_no_more_false_alarms_than_asked(seed: int, alarms: float) -> None:
    rng = np.random.default_rng(seed)
    real = rng.normal(0, 1, 100)
    level = np.sort(real)[::-1][int(alarms * 100)]
    assert (real > level).mean() <= alarms
    assert recall(real, np.array([level + 1e-9]), alarms) == 1.0


@given(st.integers(0, 1000))
def test_the_alarm_level_keeps_to_its_share_and_weighs_sources_by_the_root_of_their_size(seed: int) -> None:
    rng = np.random.default_rng(seed)
    real = np.concatenate([rng.normal(0, 1, 300), rng.normal(2, 1, 30)])
    sources = ["large"] * 300 + ["small"] * 30
    level = alarm(real, sources, 0.05)
    over = [(real[:300] > level).mean(), (real[300:] > level).mean()]
    assert np.average(over, weights=[300**0.5, 30**0.5]) <= 0.05 + 1e-9


def test_verdicts_have_a_middle_and_calibration_rises() -> None:
    rng = np.random.default_rng(2)
    real, twins, unseen = rng.normal(-2, 1, (300, 2)), rng.normal(2, 1, (60, 2)), rng.normal(-2, 1, (40, 2))
    found = fitted(real, ["a"] * 300, twins)
    assert fitted(real, ["a"] * 300, twins, (unseen,)).doubt[0] == 0.0
    assert 0 < found.doubt[0] < found.doubt[1] <= 1
    assert min(found.stack["network"], found.stack["regions"]) > 0


def test_what_cannot_tell_fakes_never_says_genuine() -> None:
    rng = np.random.default_rng(3)
    found = fitted(rng.normal(0, 1, (300, 2)), ["a"] * 300, rng.normal(0.1, 1, (300, 2)))
    assert found.doubt[0] == 0.0


def test_a_voter_that_says_the_opposite_is_not_heard() -> None:
    rng = np.random.default_rng(4)
    truth = np.repeat([0.0, 1.0], 200)
    votes = np.column_stack([2 * truth - 1, 1 - 2 * truth]) + rng.normal(0, 1, (400, 2))
    stack = joined(votes, truth, np.ones(400))
    assert stack[0] > 0
    assert stack[1] == 0
    both = joined(np.column_stack([votes[:, 0], votes[:, 0] + rng.normal(0, 1, 400)]), truth, np.ones(400))
    assert (both[:2] >= 0).all()


def test_sources_kept_out_are_not_learned_from() -> None:
    everything = [crop(s) for s, n in {"a": 50, "b": 40, "c": 30, "d": 20, "e": 10}.items() for _ in range(n)]
    learned, held = apart(everything, 1)
    assert {c.listed.source for c in learned} == {"a", "b", "d"}
    assert {c.listed.source for c in held} == {"c", "e"}
    one = [crop("a") for _ in range(100)]
    assert 5 < len(apart(one, 1)[1]) < 40


def test_small_sources_are_seen_more_often_than_their_share() -> None:
    chance = weights([crop("large")] * 100 + [crop("small")])
    assert chance.sum() == pytest.approx(1)
    assert chance[-1] == pytest.approx(10 * chance[0])


def test_cells_hold_the_mask_and_its_edge() -> None:
    where = np.zeros((192, 192), np.float32)
    where[:, :96] = 1.0
    where[:, 92:100] = 0.5
    inside, edge = cells_of(where)
    assert inside.shape == (CELLS, CELLS)
    assert inside[:, :11].min() == 1
    assert inside[:, 13:].max() == 0
    assert edge[:, 11:13].mean() > 0.4
    assert edge[:, :11].max() == 0


def picture(path: Path, face: bool = True) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    pixels = drawn_face(160) if face else np.full((160, 160, 3), 90, np.uint8)
    cv2.imwrite(str(path), pixels[:, :, ::-1])


def test_a_folder_without_a_list_is_of_real_faces_by_sub_folder(tmp_path: Path) -> None:
    picture(tmp_path / "web" / "a.png")
    picture(tmp_path / "phone" / "b.jpg")
    (tmp_path / "phone" / "notes.txt").write_text("no picture")
    assert [(one.source, one.label) for one in listed(tmp_path)] == [("phone", "real"), ("web", "real")]


def test_a_list_says_what_its_pictures_are_and_cannot_lead_out(tmp_path: Path) -> None:
    picture(tmp_path / "s" / "a.png")
    (tmp_path / "manifest.csv").write_text(
        "path,label,source,split,licence\ns/a.png,face_swap,maker,dev,CC0\n../../etc/x.png,real,,,\ns/clip.mp4,real,,,\n"
    )
    (one,) = listed(tmp_path)
    assert (one.label, one.source, one.split, one.licence) == ("face_swap", "maker", "dev", "CC0")


def test_a_list_without_its_columns_and_a_missing_folder_are_told(tmp_path: Path) -> None:
    (tmp_path / "labels.csv").write_text("name,what\na,b\n")
    with pytest.raises(InvalidSetting, match="file and label"):
        listed(tmp_path)
    with pytest.raises(NotFound):
        listed(tmp_path / "nowhere")


@pytest.mark.usefixtures("networks")
def test_crops_hold_the_face_and_pass_over_the_rest(tmp_path: Path) -> None:
    picture(tmp_path / "s" / "a.png")
    picture(tmp_path / "s" / "b.png", face=False)
    (tmp_path / "s" / "c.png").write_bytes(b"\x89PNG broken")
    (found,) = crops(listed(tmp_path))
    assert found.listed.path.name == "a.png"
    assert found.pixels.shape == (288, 288, 3)
    assert found.points.shape == (468, 2)
    assert found.points.min() > 0
    assert found.points.max() < 288
    assert found.size == pytest.approx(98, abs=8)


@pytest.mark.parametrize("name", RECODINGS)
def test_recodings_keep_a_picture_a_picture(name: str) -> None:
    out = recoded(name, drawn_face(200))
    assert out.dtype == np.uint8
    assert out.ndim == 3
    assert min(out.shape[:2]) >= 100
