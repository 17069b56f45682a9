"""Paper and screens: figures as the standard defines them, features that measure what they say, a model that leaves open what it
cannot know, and training on an operator's own folders."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import cv2
import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assay.core.batch import Batch
from assay.core.errors import InvalidSetting, NotFound
from assay.core.finding import Finding, Verdict
from assay.core.profile import Profile
from assay.kinds.identity import reasons
from assay.kinds.identity.evidence import IdentityCheck
from assay.kinds.identity.presentation import iso
from assay.kinds.identity.presentation.detector import Presentation
from assay.kinds.identity.presentation.features import features, pattern_shares, spectrum
from assay.kinds.identity.presentation.model import GROUPS, Line, Model, group_of, opened
from assay.kinds.identity.presentation.pictures import presentations, species_of
from assay.kinds.identity.presentation.region import region
from assay.kinds.identity.presentation.train import train
from assay.kinds.identity.seen import Seen
from assay.learning import TrainRequest
from assay.vision import assets
from tests.kinds.identity.faces import jpeg, one, other, png

WHEN = datetime(2026, 3, 2, 10, tzinfo=UTC)
needs_networks = pytest.mark.skipif(bool(assets.missing()), reason="the face networks are not installed")


def recaptured(face: np.ndarray) -> np.ndarray:
    """As from a coarse screen: the stripes of its colours, a grey glow for black, a little blur."""
    stripes = np.ones((*face.shape[:2], 3), np.float32)
    for k in range(3):
        stripes[:, :, k] = 0.7 + 0.6 * ((np.arange(face.shape[1]) % 3) == k)[None, :]
    lit = face.astype(np.float32) * 0.8 * stripes + 40
    return np.clip(cv2.GaussianBlur(lit, (0, 0), 0.6), 0, 255).astype(np.uint8)


def measured(picture: np.ndarray) -> dict[str, float]:
    view = Seen(png(picture))
    assert view.shape is not None
    place = region(view.pixels, view.shape.points)
    assert place is not None
    return features(place)


# -- the standard's figures -------------------------------------------------------------------------------------------


def test_error_rates_are_those_of_the_standard_counted_by_hand() -> None:
    scores = np.array([0.9, 0.2, 0.6, np.nan, 0.1, 0.3, 0.7])
    species = ["print", "print", "screen", "screen", "", "", ""]
    told = iso.detection(scores, species, 0.5)
    assert told["apcer"]["print"]["rate"] == 0.5
    assert told["apcer"]["screen"] == told["apcer"]["screen"] | {"rate": 0.0, "n": 1, "no_response": 1}
    assert told["worst_apcer"] is None, "too few of either to say which is the worst"
    assert iso.detection(np.tile(scores, 10), species * 10, 0.5)["worst_apcer"] == 0.5
    assert told["bpcer"]["rate"] == pytest.approx(1 / 3)
    assert told["bpcer"]["low"] < 1 / 3 < told["bpcer"]["high"]
    assert iso.rate(0, 900)["high"] == pytest.approx(0.0041, abs=2e-4), "nought in 900"
    assert iso.rate(0, 0) == {"n": 0}


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.floats(-5, 5), st.sampled_from(["", "print", "screen"])), min_size=1, max_size=60))
def test_the_trade_holds_its_promise(rows: list[tuple[float, str]]) -> None:
    scores, species = np.array([score for score, _ in rows]), [kind for _, kind in rows]
    told = iso.trade(scores, species, least=1)
    if not told:
        assert len({bool(kind) for kind in species}) == 1
        return
    bona_fide = np.sort(scores[[not kind for kind in species]])
    rates = [told[f"bpcer_at_apcer_{level}%"]["rate"] for level in (10, 5, 1)]
    assert rates == sorted(rates), "fewer missed attacks never cost fewer genuine people"
    # the threshold that gives this rate misses at most a tenth of each species
    refused = told["bpcer_at_apcer_10%"]["errors"]
    if 0 < refused < len(bona_fide):
        edge = bona_fide[-refused]
        for kind in {k for k in species if k}:
            attacks = scores[[k == kind for k in species]]
            assert (attacks < edge).mean() <= 1.0
            assert (attacks <= bona_fide[-refused - 1]).mean() <= 0.1 or bona_fide[-refused - 1] < attacks.min()


def test_a_perfect_score_costs_nobody() -> None:
    told = iso.trade(np.array([0.0, 0.1, 0.9, 1.0]), ["", "", "print", "screen"], least=1)
    assert [one["errors"] for one in told.values()] == [0, 0, 0]
    assert iso.auc(np.array([0.0, 0.9, np.nan]), ["", "print", "print"]) == 1.0
    assert iso.auc(np.array([0.0]), [""]) is None


# -- features ---------------------------------------------------------------------------------------------------------


def test_a_grid_seen_through_a_grid_stands_out_of_the_spectrum() -> None:
    random = np.random.default_rng(3)
    plain = cv2.GaussianBlur(random.normal(0, 60, (160, 160)).astype(np.float32), (0, 0), 1.0) + 120
    x, y = np.meshgrid(np.arange(160), np.arange(160))
    moire = plain + 8 * np.cos(2 * np.pi * (0.31 * x + 0.12 * y)).astype(np.float32)
    assert spectrum(moire)["peak"] > spectrum(plain)["peak"] + 1
    assert spectrum(cv2.GaussianBlur(plain, (0, 0), 3))["slope"] > spectrum(plain)["slope"]


def test_patterns_ignore_light_and_turns() -> None:
    random = np.random.default_rng(5)
    texture = cv2.GaussianBlur(random.normal(0, 1, (80, 80)).astype(np.float32), (0, 0), 1.2)
    everywhere = np.ones(texture.shape, bool)
    shares = pattern_shares(texture, everywhere, 1)
    assert shares.sum() == pytest.approx(1)
    assert np.allclose(shares, pattern_shares(texture * 7 + 30, everywhere, 1)), "light"
    assert np.allclose(shares, pattern_shares(np.rot90(texture).copy(), everywhere, 1)), "a quarter turn"
    flat = pattern_shares(np.zeros((20, 20), np.float32), np.ones((20, 20), bool), 2)
    assert flat[8] == 1


@needs_networks
def test_features_are_finite_of_one_set_of_names_and_each_of_a_group() -> None:
    first = measured(one())
    assert set(first) == set(measured(recaptured(other())))
    assert {*opened()[0].line.names, "blur"} == set(first), "the shipped model was learned from these very features"
    assert {group_of(name) for name in opened()[0].line.names} == set(GROUPS)
    assert all(np.isfinite(value) for name, value in first.items() if not name.startswith("ring"))


@needs_networks
def test_a_face_too_small_or_hardly_there_is_not_measured() -> None:
    view = Seen(png(one()))
    assert view.shape is not None
    assert region(view.pixels, view.shape.points / 8) is None
    assert region(view.pixels, view.shape.points + 390) is None
    assert region(view.pixels, np.full_like(view.shape.points, np.nan)) is None


# -- the model --------------------------------------------------------------------------------------------------------


class Deaf:
    """Trees that add nothing."""

    def predict(self, rows: np.ndarray, pred_contrib: bool = False, **_: Any) -> np.ndarray:
        return np.zeros((len(rows), rows.shape[1] + 1) if pred_contrib else len(rows))


def small() -> Model:
    return Model(Line(["y.grid", "y.peak"], [0.4, 2.0], [0.1, 0.5], [0.0, 1.0], 0.0), Deaf())


def test_no_odd_number_decides_alone() -> None:
    model = small()
    assert model.score({"y.grid": 0.4, "y.peak": 4.0}) == pytest.approx(4.0)
    assert model.score({"y.grid": 0.4, "y.peak": 4e9}) == pytest.approx(4.0)
    assert model.score({"y.grid": 0.4}) == 0.0, "what the picture has not counts for nothing"
    assert model.cues({"y.grid": 0.4, "y.peak": 3.0}) == dict.fromkeys(GROUPS, 0.0) | {"spectrum": 2.0}
    assert model.answers({"y.grid": 0.4, "y.peak": 2.0, "blur": 0.4})
    assert not model.answers({"y.grid": 0.4, "y.peak": 2.0, "blur": 0.7}), "blurred"
    assert not model.answers({"y.grid": 0.4, "y.peak": 40.0, "blur": 0.4}), "like nothing it learned from"


@needs_networks
def test_what_cues_add_is_the_score_but_for_what_every_picture_has() -> None:
    model, _ = opened()
    told = [measured(one()), measured(recaptured(other()))]
    added = [sum(model.cues(each).values()) - model.score(each) for each in told]
    assert added[0] == pytest.approx(added[1], abs=1e-6)


def found(detector: Presentation, **fields: Any) -> Finding | None:
    findings = detector.examine(Batch.of([IdentityCheck(id="i1", time=WHEN, **fields)]), Profile.empty(1))
    if findings.verdict[0] == Verdict.NONE:
        return None
    (finding,) = findings.explain(np.array([0]))
    assert {reason.code for reason in finding.reasons} <= set(reasons.ALL)
    assert finding.severity in ("informational", "low", "medium"), "pixels alone never weigh more"
    assert finding.probability is None
    return finding


@needs_networks
def test_thresholds_part_suspicion_from_clearance_and_both_from_silence(monkeypatch: pytest.MonkeyPatch) -> None:
    detector = Presentation()
    score = detector._model.score(measured(one()))
    for low, high, verdict in (
        (score + 1, score + 2, "genuine"),
        (score - 1, score + 1, "inconclusive"),
        (score - 2, score - 1, "suspicious"),
    ):
        line = msgspec.structs.replace(detector._model.line, low=low, high=high)
        monkeypatch.setattr(detector, "_model", Model(line, detector._model.trees))
        told = found(detector, selfie=png(one()))
        assert told is not None
        assert told.verdict == verdict
    assert told.reasons[0].code == "identity.presentation-attack"
    assert len(told.reasons) > 1, "by which traces"
    assert told.where[0].field == "selfie"


@needs_networks
def test_grey_small_and_broken_pictures_are_left_open() -> None:
    detector = Presentation()
    grey = np.repeat(cv2.cvtColor(one(), cv2.COLOR_RGB2GRAY)[:, :, None], 3, axis=2)
    for poor in (png(grey), png(cv2.resize(one(), (70, 70))), b"no picture", jpeg(np.zeros((200, 200, 3), np.uint8))):
        told = found(detector, selfie=poor)
        assert told is not None
        assert told.verdict == "inconclusive"
    assert found(detector) is None


# -- labelled pictures and training -----------------------------------------------------------------------------------


def test_folders_and_manifests_are_read_alike(tmp_path: Path) -> None:
    for name in ("live/a.png", "spoof/print/b.png", "spoof/c.png"):
        (tmp_path / "own" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "own" / name).write_bytes(b"x")
    assert [one.species for one in presentations(tmp_path / "own")] == ["", "attack", "print"]
    listed = tmp_path / "listed"
    (listed / "x_live").mkdir(parents=True)
    (listed / "x_live" / "1.png").write_bytes(b"x")
    rows = [
        "path,label,generator,source,split",
        "x_live/1.png,live,camera,x_live,dev",
        "../../etc/passwd,live,,x,train",
        "x_live/none.png,spoof,print,x_spoof,train",
    ]
    (listed / "manifest.csv").write_text("\n".join(rows))
    (single,) = presentations(listed)
    assert (single.source, single.split, single.species) == ("x", "dev", "")
    (tmp_path / "empty").mkdir()
    with pytest.raises(InvalidSetting, match="labelled"):
        presentations(tmp_path / "empty")
    with pytest.raises(NotFound):
        presentations(tmp_path / "nowhere")
    assert [species_of(t) for t in ("NUAA printed photo", "replay-screen", "screen/print replay", "?")] == [
        "print", "screen", "print or screen", "attack",
    ]  # fmt: skip


@needs_networks
def test_an_operator_s_own_pictures_are_learned_and_told_apart(tmp_path: Path) -> None:
    random = np.random.default_rng(1)
    data = tmp_path / "data"
    for i in range(12):
        side = int(random.integers(220, 320))
        face = (one if i % 2 else other)(side)
        lit = np.clip(
            face.astype(np.float32) * random.uniform(0.8, 1.15) + random.normal(0, 2, face.shape), 0, 255
        ).astype(np.uint8)
        for kind, picture in (("live", lit), ("spoof/screen", recaptured(lit))):
            (data / kind).mkdir(parents=True, exist_ok=True)
            (data / kind / f"{i}.png").write_bytes(png(picture))
    report = train(TrainRequest(data, None, tmp_path / "models", {"licence": "drawn", "seed": 2}))
    assert report.figures["auc"] > 0.95
    assert set(report.figures["at the upper threshold"]["apcer"]) == {"screen"}
    card = json.loads((tmp_path / "models" / "card.json").read_text())
    assert card["data"]["licence"] == "drawn"
    own = Presentation.find(tmp_path / "models")
    assert own.version != Presentation().version
    told = found(own, selfie=png(recaptured(one(260))))
    assert told is not None
    assert told.verdict == "suspicious"
    cleared = found(own, selfie=png(one(260)))
    assert cleared is not None
    assert cleared.verdict != "suspicious"
    (tmp_path / "few" / "live").mkdir(parents=True)
    (tmp_path / "few" / "live" / "a.png").write_bytes(png(one()))
    with pytest.raises(InvalidSetting, match="with a face"):
        train(TrainRequest(tmp_path / "few", None, tmp_path / "none"))
