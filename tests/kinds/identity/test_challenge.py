"""The challenge: what is drawn, what counts as an answer, and that a flat picture, another order and another light do not."""

from __future__ import annotations

import random
from collections import Counter
from itertools import pairwise
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assay.core.batch import Batch
from assay.core.finding import Verdict
from assay.core.profile import Profile
from assay.kinds.identity import reasons
from assay.kinds.identity.challenge.continuity import continuity
from assay.kinds.identity.challenge.detector import Answer, judged
from assay.kinds.identity.challenge.flashes import flashed
from assay.kinds.identity.challenge.plan import ACTIONS, Plan, Signed, draw, read_plan, sign, signed_by
from assay.kinds.identity.challenge.relief import DEEP, FLAT, beyond_homography, relief
from assay.kinds.identity.challenge.steps import prompted, signals, steps
from assay.kinds.identity.challenge.watched import Watched, watch
from assay.kinds.identity.evidence import Frame, Prompt
from assay.kinds.identity.simulated.head import drawn, points, seen
from assay.kinds.identity.simulated.session import ATTACKS, BONA_FIDE, schedule, session
from assay.ledger.seal import Seal
from tests.kinds.identity.test_evidence import check

SEAL = Seal(bytes(range(32)))


def verdict(species: str, seed: int, **more: Any) -> tuple[Verdict, set[str]]:
    found = session(species, seed)
    said = judged(more.get("plan", found.plan), more.get("prompts", found.prompts), more.get("watched", found.watched))
    return max(one.verdict for one in said), {one.reason.code for one in said if one.verdict > Verdict.GENUINE}


# -- what is asked


def test_every_order_can_be_drawn_and_none_is_likelier() -> None:
    chance = random.Random(3)
    drawn_ = Counter(draw("s", 0, chance=chance).actions for _ in range(15_000))
    assert len(drawn_) == 150
    assert all(a != b for order in drawn_ for a, b in pairwise(order))
    assert max(drawn_.values()) < 160, "about 100 each"
    assert len({draw("s", 0).nonce for _ in range(100)}) == 100


def test_colours_change_at_most_three_times_a_second() -> None:
    for gentle in (False, True):
        plan = draw("s", 0, flashes=not gentle)
        assert plan.flash >= 334
        assert all(a != b for a, b in pairwise(plan.flashes))
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(msgspec.to_builtins(draw("s", 0)) | {"flash": 100}, Plan)


@given(st.text(max_size=300), st.text(max_size=60))
def test_only_this_home_signs(text: str, signature: str) -> None:
    plan = draw("s", 7)
    good = sign(plan, SEAL)
    assert signed_by(good, SEAL)
    assert read_plan(good.text) == plan
    assert not signed_by(Signed(text=good.text, signature=signature), SEAL)
    assert not signed_by(Signed(text=text, signature=good.signature), SEAL)
    assert not signed_by(Signed(text=text, signature=text[:100]), SEAL), "a token is given back by the seal as it is"
    assert not signed_by(good, Seal(bytes(32)))
    read_plan(text)


# -- steps


@pytest.mark.parametrize("species", [BONA_FIDE, *ATTACKS])
def test_who_passes_and_who_does_not(species: str) -> None:
    found = [verdict(species, seed) for seed in range(8)]
    if species == BONA_FIDE:
        assert all(v < Verdict.SUSPICIOUS for v, _ in found)
        assert sum(v == Verdict.GENUINE for v, _ in found) >= 5
    elif species == "puppet":  # it obeys; only light speaks against it, and bright rooms excuse that: never genuine
        assert all(v == Verdict.INCONCLUSIVE for v, _ in found)
    else:
        assert all(v == Verdict.SUSPICIOUS for v, _ in found)


def steps_of(actions: tuple[str, ...], done: list[tuple[str, float]], seed: int = 1) -> list[str]:
    """States of the steps where these actions are made at these seconds after the first prompt, by the session's own head."""
    from assay.kinds.identity.simulated.session import Motion, faces

    plan = msgspec.structs.replace(draw("s", 0), actions=actions)
    prompts = schedule(plan)
    asked = prompted(plan, prompts)
    assert asked is not None
    at = np.arange(0, 18, 0.14)
    motions = [Motion(action, asked[0] + when, 1.4, 1.2) for action, when in done]  # type: ignore[arg-type]
    found = steps(plan, asked, at, signals(faces(at, motions, np.random.default_rng(seed))))
    return [step.state for step in found]


def test_an_action_counts_after_its_prompt_and_before_any_other() -> None:
    asked = ("turn-left", "open-mouth", "turn-right")
    gap = 3.9
    good = [("turn-left", 0.6), ("open-mouth", gap + 0.6), ("turn-right", 2 * gap + 0.6)]
    assert steps_of(asked, good) == ["done"] * 3
    assert steps_of(asked, [("turn-left", -0.3), *good[1:]])[0] == "early"
    assert steps_of(asked, good[1:])[0] == "missed"
    assert steps_of(asked, [("turn-right", 0.4), ("turn-left", 1.7), *good[1:]])[0] == "wrong"
    assert steps_of(asked, [("turn-right", 0.6), *good[1:]])[0] == "wrong"
    assert steps_of(asked, [("turn-left", 3.2), *good[1:]])[0] == "missed", "too late"


@pytest.mark.parametrize("action", ACTIONS)
def test_each_action_is_told_from_the_others(action: str) -> None:
    for done in ACTIONS:
        state = steps_of(
            (action, "blink", action) if action != "blink" else ("blink", "open-mouth", "blink"), [(done, 0.7)]
        )[0]
        assert (state == "done") == (done == action), done


def test_a_passing_blink_is_no_closing_of_the_eyes() -> None:
    from assay.kinds.identity.simulated.session import Motion, faces

    plan = msgspec.structs.replace(draw("s", 0), actions=("blink", "open-mouth", "blink"))
    asked = prompted(plan, schedule(plan))
    assert asked is not None
    at = np.arange(0, 18, 0.14)
    found = faces(at, [Motion("blink", asked[0] + 1, 0.15, 1.0)], np.random.default_rng(1))
    assert steps(plan, asked, at, signals(found))[0].state == "missed"


def test_prompts_must_be_those_of_the_plan_at_its_pace() -> None:
    plan = draw("s", 0)
    prompts = schedule(plan)
    assert prompted(plan, prompts) is not None
    assert prompted(plan, prompts[1:]) is None
    assert prompted(plan, tuple(reversed(prompts))) is None
    rushed = tuple(Prompt(name=p.name, at=p.at / 3) for p in prompts)
    assert prompted(plan, rushed) is None
    assert verdict(BONA_FIDE, 1, prompts=rushed)[1] >= {"identity.prompts-differ"}


# -- depth


def turning(top: float, *, flat: bool, seed: int = 1) -> tuple[Watched, np.ndarray]:
    yaw = np.linspace(0, top, 7)
    meshes = np.stack([seen(points(), y, flat=flat) for y in yaw])
    nothing = np.zeros((7, 3))
    pictures = [drawn(y, flat=flat, seed=seed) for y in yaw]
    return Watched(np.arange(7) * 0.14, np.arange(7), meshes, nothing, nothing, pictures, np.zeros(7, bool)), yaw


@pytest.mark.parametrize("top", [-30.0, 15.0, 28.0])
def test_a_head_is_told_from_a_flat_picture_by_its_spots(top: float) -> None:
    for seed in (1, 2):
        watched, yaw = turning(top, flat=False, seed=seed)
        head = relief(watched, yaw, 0, 6)
        sheet = relief(turning(top, flat=True, seed=seed)[0], yaw, 0, 6)
        assert head is not None
        assert sheet is not None
        assert head.share > DEEP
        assert sheet.share < FLAT / 2


def test_too_little_turn_or_too_few_spots_say_nothing() -> None:
    watched, yaw = turning(5.0, flat=False)
    assert relief(watched, yaw, 0, 6) is None
    blank = [np.full((480, 360, 3), 90, np.uint8)] * 7
    watched, yaw = turning(30.0, flat=False)
    bare = Watched(watched.at, watched.number, watched.points, watched.skin, watched.ground, blank, watched.others)
    assert relief(bare, yaw, 0, 6) is None


@given(st.lists(st.floats(-0.3, 0.3), min_size=8, max_size=8))
def test_a_plane_leaves_nothing_whatever_the_view(h: list[float]) -> None:
    rng = np.random.default_rng(5)
    flat = rng.uniform(0, 100, (60, 2))
    matrix = np.eye(3) + np.array([[h[0], h[1], 9 * h[2]], [h[3], h[4], 9 * h[5]], [h[6] / 500, h[7] / 500, 0]])
    moved = np.column_stack([flat, np.ones(60)]) @ matrix.T
    assert beyond_homography(flat, moved[:, :2] / moved[:, 2:]) < 1e-3


# -- light


def lit(plan: Plan, colours: tuple[str, ...], strength: float, beside: float, noise: float, seed: int) -> Any:
    rng = np.random.default_rng(seed)
    prompts = schedule(plan)
    starts = [p.at / 1000 for p in prompts if p.name in ("red", "green", "blue", "white")]
    at = np.arange(0, 19, 0.14)
    screen = {"red": (1, 0, 0), "green": (0, 1, 0), "blue": (0, 0, 1), "white": (1, 1, 1)}
    light = np.zeros((len(at), 3))
    for name, start in zip(colours, starts, strict=True):
        light[(at >= start + 0.15) & (at < start + 0.15 + plan.flash / 1000)] = screen[name]
    skin = np.array([0.3, 0.2, 0.15]) * (1 + strength * light) * rng.normal(1, noise, light.shape)
    ground = 0.1 * (1 + strength * beside * light) * rng.normal(1, noise, light.shape)
    return flashed(plan, prompts, at, skin, ground)


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000), strength=st.floats(0.05, 0.5))
def test_a_face_lit_by_the_screen_answers_and_no_other_order_does(seed: int, strength: float) -> None:
    plan = draw("s", 0, chance=random.Random(seed))
    found = lit(plan, plan.flashes, strength, 0.2, 0.005, seed)
    assert found.answered
    assert not found.alike
    other = draw("s", 0, chance=random.Random(seed + 1)).flashes
    if other != plan.flashes and sum(a == b for a, b in zip(other, plan.flashes, strict=True)) <= 2:
        assert not lit(plan, other, strength, 0.2, 0.005, seed).answered
    assert lit(plan, plan.flashes, strength, 1.0, 0.003, seed).alike, "a flat picture answers as its ground does"


def test_without_light_an_answer_is_as_rare_as_it_says() -> None:
    answers = [
        lit(draw("s", 0, chance=random.Random(s)), draw("s", 0, chance=random.Random(s)).flashes, 0, 0, 0.01, s)
        for s in range(300)
    ]
    assert sum(found.chance <= 0.02 for found in answers) <= 14, "at most about 2 % of 300"
    assert sum(found.answered for found in answers) <= 14


# -- one face


def test_a_face_that_jumps_is_found_and_one_that_turns_is_not() -> None:
    whole = session(BONA_FIDE, 4).watched
    assert continuity(whole).jump == -1
    moved = whole.points.copy()
    moved[40:] += np.array([150, 0, 0], np.float32)
    cut = Watched(whole.at, whole.number, moved, whole.skin, whole.ground, (), whole.others)
    assert continuity(cut).jump == 40


def test_a_face_out_of_sight_is_inconclusive_and_none_at_all_too() -> None:
    whole = session(BONA_FIDE, 4)
    away = whole.watched.points.copy()
    away[30:48] = np.nan
    w = whole.watched
    assert verdict(BONA_FIDE, 4, watched=Watched(w.at, w.number, away, w.skin, w.ground, (), w.others))[1] & {
        "identity.face-lost"
    }
    none = Watched(w.at, w.number, np.full_like(away, np.nan), w.skin * np.nan, w.ground, (), w.others)
    assert verdict(BONA_FIDE, 4, watched=none) == (Verdict.INCONCLUSIVE, {"identity.no-face"})


# -- the detector


def test_frames_that_are_none_are_inconclusive_and_harm_nobody() -> None:
    frames = tuple(Frame(at=100.0 * i, image=bytes([i % 7]) * 50) for i in range(160))
    one, two = check(frames=frames), check(id="few")
    found = Answer().examine(Batch.of([one, two, check(id="none", challenge=None)]), Profile.empty(3))
    assert found.verdict.tolist() == [Verdict.INCONCLUSIVE, Verdict.INCONCLUSIVE, Verdict.NONE]
    assert found.codes["identity.frames-few"].tolist() == [False, True, False]
    assert set(found.codes) <= set(reasons.ALL)


@settings(max_examples=20, deadline=None)
@given(
    st.lists(st.binary(max_size=200), min_size=1, max_size=6), st.lists(st.floats(-1e6, 1e6), min_size=6, max_size=6)
)
def test_any_bytes_at_any_time_are_watched_without_harm(images: list[bytes], at: list[float]) -> None:
    heads = (b"", b"\xff\xd8\xff\xe0", b"RIFF\x10\x00\x00\x00WEBPVP8 ", b"\x89PNG\r\n\x1a\n")
    frames = [Frame(at=t, image=heads[i % 4] + image) for i, (image, t) in enumerate(zip(images, at, strict=False))]
    watched = watch(frames)
    assert watched.broken == len(watched)
    assert (np.diff(watched.at) >= 0).all()
