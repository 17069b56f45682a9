"""Frames over time made one answer, faces followed, and the weak signs: what is planted is found, what is plain is left alone."""

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.kinds.videos import faces, generated
from assay.kinds.videos.body import Place, body, cut, place_of
from assay.kinds.videos.curvature import curvature
from assay.kinds.videos.life import life, pulse
from assay.kinds.videos.looks import Followed, Look, SeenFace, skin_of
from assay.kinds.videos.timeline import Score, curve, pooled
from assay.vision.eyes import eyes
from tests.kinds.videos.films import moving
from tests.kinds.videos.test_watch import sketched

DOUBT = (0.3, 0.8)


def scores(values):
    return [Score(i / 5, float(v), DOUBT) for i, v in enumerate(values)]


# -- frames over time -------------------------------------------------------------------------------------------------


def test_a_few_strong_frames_do_not_sway_a_film():
    calm = pooled(scores([0.05] * 30 + [0.999] * 4))
    assert calm.probability < 0.1
    assert calm.spans == ((6.0, 6.6),)
    assert pooled(scores([0.05] * 30 + [0.999] * 2)).spans == ()


def test_one_calm_frame_does_not_break_a_stretch():
    found = pooled(scores([0.1] * 5 + [0.9] * 4 + [0.5] + [0.9] * 4 + [0.1] * 5))
    assert found.spans == ((1.0, 2.6),)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=60), st.integers(0, 59), st.floats(0, 1))
def test_no_frame_rising_makes_a_film_look_more_genuine(values, at, higher):
    risen = list(values)
    risen[at % len(values)] = max(values[at % len(values)], higher)
    before, after = pooled(scores(values)), pooled(scores(risen))
    assert after.probability >= before.probability - 1e-9
    assert after.high >= before.high


def test_a_curve_for_the_record_is_short():
    assert len(curve(scores(np.linspace(0, 1, 1000)))) <= 96
    assert curve(scores([0.5])) == [(0.0, 0.5)]


@pytest.mark.parametrize(
    ("values", "drawn", "verdict"),
    [
        ([0.99] * 20, False, "suspicious"), ([0.99] * 20, True, "inconclusive"), ([0.94] * 20, False, "inconclusive"), ([0.05] * 20, False, ""),
        ([0.5] * 20, False, "inconclusive"), ([0.99] * 4, False, "inconclusive"),
        ([0.05] * 15 + [0.97] * 5, False, "inconclusive"), ([0.99] * 10 + [0.05] * 10, False, "inconclusive"),
    ],
)  # fmt: skip
def test_a_film_is_suspicious_where_most_frames_are_and_open_in_between(values, drawn, verdict):
    reason, said, _ = generated._judged(scores(values), len(values), drawn)
    assert said == verdict
    assert (reason is None) == (verdict == "")


def test_a_film_few_of_whose_frames_can_be_judged_is_open():
    assert generated._judged(scores([0.99] * 6), 60, False)[1] == "inconclusive"


# -- faces ------------------------------------------------------------------------------------------------------------


def seen(x, forged, size=100.0):
    return SeenFace((x, 50.0, x + size, 50.0 + size), size, forged, "", DOUBT)


def looks(*rows):
    return [Look(i / 5, None, "", tuple(row)) for i, row in enumerate(rows)]


def test_two_people_are_two_tracks_and_the_worst_one_counts():
    film = looks(*[(seen(10 + i, 0.02), seen(300 - i, 0.98)) for i in range(12)])
    found = faces.tracks(film)
    assert [len(track.views) for track in found] == [12, 12]
    reason, verdict, where = faces._judged(found)
    assert (reason.code, verdict) == ("videos.face-forged", "suspicious")
    assert where[0].box[0] == pytest.approx(300, abs=3)


def test_faces_seen_too_seldom_or_too_badly_leave_it_open_or_say_nothing():
    assert faces._judged(faces.tracks(looks((seen(10, 0.99),), (), ())))[1] == ""
    poor = [Look(i / 5, None, "", (SeenFace((0, 0, 90, 90), 90, 0.99, "blurred", DOUBT),)) for i in range(9)]
    assert faces._judged(faces.tracks(poor))[1] == "inconclusive"
    assert faces._judged(faces.tracks(looks(*[(seen(10, 0.05),)] * 9)))[1] == ""


def test_the_views_that_the_tower_was_heard_on_speak_alone_where_they_are_enough():
    def view(i, often):
        heard = i % often == 0
        return seen(10, 0.95 if heard else 0.1)._replace(tower=heard)

    often = faces.tracks(looks(*[(view(i, 3),) for i in range(15)]))
    assert faces._judged(often)[1] == "suspicious"
    assert len(often[0].scores) == 5
    seldom = faces.tracks(looks(*[(view(i, 6),) for i in range(15)]))
    assert faces._judged(seldom)[1] == ""
    assert len(seldom[0].scores) == 15


def test_a_face_that_leaves_and_comes_back_elsewhere_is_another():
    film = looks(*[(seen(10, 0.1),)] * 5, *[(seen(500, 0.1),)] * 5)
    assert [len(track.views) for track in faces.tracks(film)] == [5, 5]


# -- signs of life ----------------------------------------------------------------------------------------------------


def followed(seconds=12.0, rate=25.0, beat=1.2, swing=0.004, trembles=0.0, blinks=(3.0, 7.0), seed=1):
    """A face as it is followed: it nods, blinks, has a heartbeat in its skin; as much of each as is asked for."""
    rng = np.random.default_rng(seed)
    shape = rng.uniform(0, 100, (468, 3)).astype(np.float32)
    shape[33], shape[263] = (20, 40, 0), (80, 40, 0)
    opened = rng.integers(40, 200, (24, 80), np.uint8)
    closed = np.full((24, 80), 130, np.uint8)
    closed[11:13] = 60
    out = []
    for i in range(round(seconds * rate)):
        at = i / rate
        points = shape + np.float32([5 * np.sin(at), 3 * np.sin(at * 0.7), 0])
        points += rng.normal(0, max(trembles, 1e-6), points.shape).astype(np.float32)
        shut = any(abs(at - one) < 0.1 for one in blinks)
        eyes = np.clip((closed if shut else opened) + rng.normal(0, 2, (24, 80)), 0, 255).astype(np.uint8)
        tone = 1 + swing * np.sin(2 * np.pi * beat * at) * np.array([0.3, 1.0, 0.5]) + rng.normal(0, 1e-4, 3)
        out.append(Followed(at, points, eyes, tuple(np.array([180.0, 140.0, 120.0]) * tone)))
    return out


def codes(run):
    return {reason.code for reason in faces._weak(run)}


def test_a_living_face_has_no_weak_sign():
    signs = life(followed())
    assert signs.stirs == 2
    assert signs.beat == pytest.approx(72, abs=3)
    assert signs.clear > 3
    assert codes(followed()) == set()


@pytest.mark.parametrize("beat", [0.9, 1.5, 2.3])
def test_the_heartbeat_is_read_from_the_skin(beat):
    run = followed(beat=beat)
    at = np.array([one.at for one in run])
    assert pulse(at, np.array([one.skin for one in run]))[0] == pytest.approx(60 * beat, abs=4)


def test_each_planted_sign_is_told_and_only_that():
    assert codes(followed(blinks=())) == {"videos.no-blink"}
    assert codes(followed(swing=0.0)) == {"videos.no-pulse"}
    assert codes(followed(trembles=1.0)) == {"videos.face-jitters"}


def test_too_short_too_coarse_or_lost_says_nothing():
    assert life(followed(seconds=5)) is None
    assert life(followed(rate=8)) is None
    run = followed()
    broken = [one._replace(points=None) if i % 60 == 59 else one for i, one in enumerate(run)]
    assert life(broken) is None
    assert life([]) is None


def test_skin_that_compression_repeats_says_nothing_of_a_pulse():
    run = followed(swing=0.0)
    held = [one._replace(skin=run[i - i % 5].skin) for i, one in enumerate(run)]
    assert codes(held) == set()


@given(st.floats(-1e4, 1e4), st.floats(-1e4, 1e4), st.floats(0, 300))
def test_points_anywhere_cut_out_something_or_nothing(x, y, scale):
    points = np.random.default_rng(0).normal(0, 1, (468, 3)).astype(np.float32) * scale + [x, y, 0]
    rgb = np.full((60, 80, 3), 90, np.uint8)
    assert eyes(rgb, points.astype(np.float32)).shape == (24, 80)
    assert len(skin_of(rgb, points.astype(np.float32))) == 3


# -- a body that keeps still ------------------------------------------------------------------------------------------


PLACE = Place(0, 90, 180, 190, 100.0)


def speaking(seconds=8.0, sways=1.0, speaks=0.3, noise=2.0, edges=40.0, rate=12.0):
    """A mouth that opens and shuts above shoulders that rise and fall by so many hundredths of the face's length."""
    rng = np.random.default_rng(4)
    cloth = cv2.GaussianBlur(rng.normal(0, 1, (120, 200)).astype(np.float32), (0, 0), 3)
    cloth = 128 + cloth * edges / cloth.std()
    run = []
    for i in range(round(seconds * rate)):
        points = np.zeros((468, 3), np.float32)
        points[152], points[78], points[308] = (90, 100, 0), (70, 80, 0), (110, 80, 0)
        points[13], points[14] = (90, 80, 0), (90, 80 + 40 * speaks * (i % 4 > 1), 0)
        moved = np.float32([[1, 0, 0], [0, 1, sways * np.sqrt(2) * np.sin(1.5 * i / rate)]])
        seen = cv2.warpAffine(cloth, moved, (200, 120), flags=cv2.INTER_CUBIC)[10:110, 10:190]
        shown = np.clip(seen + rng.normal(0, noise, seen.shape), 0, 255).astype(np.uint8)
        run.append(Followed(i / rate, points, None, (0.0,) * 3, shown, PLACE))
    return run


def posed(run):
    reasons, where = faces._posed(run)
    assert len(where) == len(reasons)
    return {reason.code for reason in reasons}


@pytest.mark.parametrize("sways", [0.3, 0.6, 2.0])
def test_how_far_a_body_moves_is_measured(sways):
    seen = body(speaking(sways=sways, noise=0.5))
    assert seen.sways == pytest.approx(sways, rel=0.35)
    assert seen.speaks == pytest.approx(0.3, abs=0.02)
    assert posed(speaking(sways=sways)) == set()


def test_a_photograph_made_to_speak_is_told():
    assert posed(speaking(sways=0.0)) == {"videos.body-still"}
    assert posed(speaking(sways=0.0, speaks=0.0)) == set(), "a photograph that does not speak is none of it"
    assert posed(speaking(sways=0.0, noise=12.0)) == set(), "noise hides it"
    assert posed(speaking(sways=0.0, edges=1.0, noise=0.0)) == set(), "a plain wall says nothing"
    assert posed(speaking(sways=0.0, seconds=4.0)) == set(), "too short for a breath"
    assert posed([one._replace(body=None, place=None) for one in speaking(sways=0.0)]) == set()


def test_a_place_lies_in_the_frame_or_is_none():
    outline = np.float32([[100, 50], [200, 50], [200, 170], [100, 170]])
    place = place_of(outline, 640, 480)
    assert cut(np.zeros((480, 640, 3), np.uint8), place).shape == (100, 163)
    assert cut(np.zeros((240, 320, 3), np.uint8)[:150], place) is None, "the film changed its size"
    assert place_of(outline, 640, 175) is None, "no body below the face"
    assert place_of(outline / 2, 640, 480) is None, "a small face"
    assert place_of(outline * np.nan, 640, 480) is None


# -- how straight -----------------------------------------------------------------------------------------------------


def test_a_steady_pan_is_straight_and_flicker_turns():
    wide = np.concatenate([moving(3, 1, 400, 120)[0], moving(4, 1, 400, 120)[0]], axis=1)
    rng = np.random.default_rng(1)
    pan = [wide[:, i : i + 160] for i in range(60)]
    patches = rng.normal(0, 4, (60, 15, 20, 3)).repeat(8, axis=1).repeat(8, axis=2)
    flickers = [np.clip(wide[:, :160] + patch, 0, 255).astype(np.uint8) for patch in patches]
    races = [np.roll(wide, int(x), axis=1)[:, :160] for x in rng.integers(0, 800, 60)]
    straight, bent, fast = (curvature(sketched(film), ()) for film in (pan, flickers, races))
    assert straight.angle < 70
    assert bent.angle == pytest.approx(120, abs=5)
    assert generated._unsteady(bent)
    assert not generated._unsteady(straight)
    assert fast.angle > 100
    assert not generated._unsteady(fast), "what moves fast looks alike in this"


def test_repeated_frames_and_cuts_do_not_bend_a_film():
    pan = moving(3, 60)
    plain = curvature(sketched(pan), ())
    doubled = curvature(sketched([frame for frame in pan for _ in range(2)], 50.0), ())
    assert doubled.angle == pytest.approx(plain.angle, abs=6)
    cut = sketched(pan + moving(9, 60))
    assert curvature(cut, (2.4,)).n < len(cut)


def test_a_still_film_is_neither_straight_nor_bent():
    rng = np.random.default_rng(2)
    still = [
        np.clip(moving(3, 1)[0].astype(int) + rng.normal(0, 2, (120, 160, 3)), 0, 255).astype(np.uint8)
        for _ in range(40)
    ]
    assert curvature(sketched(still), ()) is None
