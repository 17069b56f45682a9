"""An identity check in the console: faces side by side, steps with their frames, in both languages, and once its files are gone."""

from __future__ import annotations

import io
from functools import cache

import msgspec
import numpy as np
import pytest
from PIL import Image

from assay.console.render import BASE
from assay.core.batch import Batch
from assay.core.decision import Decision
from assay.core.enclosed import Enclosed
from assay.core.entity import Entity
from assay.core.errors import NotFound
from assay.core.finding import Finding
from assay.core.profile import Profile
from assay.core.words import LANGUAGES, say
from assay.kinds.identity.challenge.detector import Answer, judged
from assay.kinds.identity.challenge.plan import sign
from assay.kinds.identity.evidence import Camera, Frame
from assay.kinds.identity.injection.detector import Injection
from assay.kinds.identity.simulated.head import drawn
from assay.kinds.identity.simulated.session import session
from assay.kinds.identity.view import picture, view
from tests.console.test_pages import Page, client
from tests.console.world import Desk, World
from tests.kinds.identity.test_evidence import SEAL, check


@cache
def handed_in() -> tuple[Decision, list[Enclosed]]:
    """The right actions in another order, through a camera that is a program: the evidence, and what two detectors say of it."""
    made = session("wrong-order", 3)
    out = io.BytesIO()
    Image.fromarray(drawn(0.0)).save(out, "JPEG")
    frames = tuple(
        Frame(at=float(at * 1000), image=out.getvalue() + bytes([i % 250])) for i, at in enumerate(made.watched.at)
    )
    one = check(
        id="i-1", customer="C-20417", selfie=out.getvalue(), document=b"", portrait=out.getvalue(), frames=frames,
        challenge=sign(made.plan, SEAL), prompts=made.prompts, agent='Firefox "<script>"',
        camera=Camera(label="OBS Virtual Camera <b>", others=("Front <i>",), width=360, height=480, settings={"<u>": True}),
    )  # fmt: skip
    batch = Batch.of([one])
    injected = Injection().examine(batch, Profile.empty(1)).explain(np.array([0]))[0]
    answer: Finding = Answer()._finding(judged(made.plan, made.prompts, made.watched), made.watched)
    last = World(count=2).made[-1]
    return msgspec.structs.replace(
        last, id="i-1", kind="identity-check", evidence=batch.protected(SEAL).row(0), findings=(injected, answer),
        outcome="review", reasons=(), probability=None, entities=(Entity("customer", "C-20417"),), profile={},
    ), list(one.exhibits())  # fmt: skip


def test_the_view_shows_steps_in_order_with_their_frames() -> None:
    decision, files = handed_in()
    shown = view(decision, files)
    assert shown["kept"]
    assert [step["number"] for step in shown["steps"]] == [1, 2, 3]
    assert not any(step["good"] for step in shown["steps"])
    assert [c["name"] for c in shown["colours"]] == list(session("wrong-order", 3).plan.flashes)
    for name in (*shown["faces"], f"frame-{shown['colours'][0]['frame']}"):
        assert Image.open(io.BytesIO(picture(name, files))).format == "JPEG"
    for wrong in ("frame-9999", "frame-x", "frame--1", "document", "secret", ""):
        with pytest.raises(NotFound):
            picture(wrong, files)
    msgspec.msgpack.encode(shown)


def test_without_the_files_the_steps_stay() -> None:
    decision, files = handed_in()
    assert view(decision, [])["steps"] == view(decision, files)["steps"]
    assert view(decision, [])["kept"] is False
    broken = [Enclosed(name="identity-check.zip", content=b"PK\x03\x04 nothing")]
    assert view(decision, broken)["kept"] is False


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kept", [True, False])
def test_the_page_in_each_language(language: str, kept: bool) -> None:
    decision, files = handed_in()
    with client(Desk(decision, files if kept else [], view, picture)) as browser:
        browser.headers["accept-language"] = language
        answer = browser.get(f"{BASE}/decisions/i-1")
        assert answer.status_code == 200, answer.text
        Page(answer.text)
        assert say("identity.page.asked", language) in answer.text
        assert say("identity.page.camera", language) in answer.text
        assert "OBS Virtual Camera &lt;b&gt;" in answer.text
        assert "<script>&quot;" not in answer.text
        assert "<u>" not in answer.text
        assert (f"{BASE}/pictures/selfie/i-1" in answer.text) == kept
        assert (say("identity.page.not-kept", language) in answer.text) == (not kept)
        assert browser.get(BASE).status_code == 200
        assert browser.get(f"{BASE}/pictures/selfie/i-1").status_code == (200 if kept else 404)
