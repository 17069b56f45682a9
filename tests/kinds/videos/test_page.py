"""A film in the console: its timeline with frames and seconds, what the file says, in both languages, and once it is gone."""

import io
from functools import cache

import msgspec
import numpy as np
import pytest
from PIL import Image

from assay.console.render import BASE
from assay.core.batch import Batch
from assay.core.entity import Entity
from assay.core.errors import NotFound
from assay.core.finding import Finding, Reason, Where
from assay.core.profile import Profile
from assay.core.words import LANGUAGES
from assay.kinds.videos.detectors import detectors
from assay.kinds.videos.evidence import Video
from assay.kinds.videos.view import FRAMES, picture, view
from tests.console.test_pages import Page, client
from tests.console.world import Desk, World
from tests.kinds.videos.films import film, moving, with_notes
from tests.kinds.videos.test_watch import WHEN


@cache
def handed_in(name="film <b>.mp4"):
    """A film with a loop and an editor's name as evidence, what detectors say of it, and a curve as networks give it."""
    frames = moving(6, 130)
    content = with_notes(film(frames[:90] + frames[30:70] + moving(9, 30)), {"software": "<i>CapCut</i> 3"})
    item = Video(id="film-1", time=WHEN, name=name, content=content, customer="C-20417")
    batch = Batch.of([item])
    found = [detector.examine(batch, Profile.empty(1)) for detector in detectors(None)]
    findings = [f.explain(np.array([0]))[0] for f in found if f.verdict[0]]
    curve = [(i / 5, abs(np.sin(i / 9)).item()) for i in range(30)]
    findings.append(
        Finding(
            detector="videos.faces", version="1", verdict="suspicious", severity="low",
            reasons=(Reason("videos.face-forged", 0.4, {"frames": 30, "share": 70, "curve": curve}),),
            where=(Where(span=(1.0, 2.4), box=(10, 10, 60, 60), rule="videos.face-forged"),),
        )
    )  # fmt: skip
    last = World(count=2).made[-1]
    decision = msgspec.structs.replace(
        last, id="film-1", kind="video", evidence=batch.row(0), findings=tuple(findings), outcome="challenge", reasons=(),
        probability=None, entities=(Entity("customer", "C-20417"),), profile={},
    )  # fmt: skip
    return decision, list(item.exhibits())


def test_the_timeline_has_frames_lanes_curves_and_a_clock():
    decision, files = handed_in()
    told = view(decision, files)
    assert told["kept"]
    assert len(told["frames"]) == FRAMES
    assert [one["x"] for one in told["frames"]] == sorted(one["x"] for one in told["frames"])
    lanes = {lane["code"]: lane for lane in told["lanes"]}
    assert lanes["videos.comes-again"]["spans"]
    assert lanes["videos.face-forged"]["spans"] == [{"x": 156.2, "width": 218.8, "start": "0:01.0", "stop": "0:02.4"}]
    assert told["curves"][0]["name"] == "motion"
    assert "faces" in [curve["name"] for curve in told["curves"]]
    assert told["cuts"]
    assert [frame["boxes"] for frame in told["frames"] if frame["boxes"]] == [[[10.0, 10.0, 50.0, 50.0]]]
    assert told["facts"]["editor"] == "CapCut"
    for number in range(FRAMES):
        drawn = Image.open(io.BytesIO(picture(f"frame-{number}", files)))
        assert (drawn.format, drawn.size) == ("JPEG", (160, 120))


@pytest.mark.parametrize("name", ["frame-99", "frame-x", "frame--1", "", "../etc", "frame-99999999"])
def test_no_other_picture_is_drawn(name):
    with pytest.raises(NotFound):
        picture(name, handed_in()[1])


def test_a_film_that_is_no_longer_kept_or_broken_still_has_a_page():
    decision, files = handed_in()
    gone = view(decision, [])
    assert not gone["kept"]
    assert gone["lanes"]
    assert gone["frames"] == []
    broken = [msgspec.structs.replace(files[0], content=files[0].content[:3000])]
    assert view(decision, broken)["kept"]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kept", [True, False])
def test_the_page_is_drawn_in_every_language_and_nothing_of_the_file_is_markup(language, kept):
    decision, files = handed_in()
    with client(Desk(decision, files if kept else [], view, picture)) as browser:
        answer = browser.get(f"{BASE}/decisions/film-1?lang={language}")
        assert answer.status_code == 200
        page = Page(answer.text)
        assert "film <b>.mp4" in " ".join(page.text)
        assert "videos.page" not in answer.text
        assert "videos.fact" not in answer.text
        drawings = [dict(a) for tag, a in page.elements if tag == "svg" and "film" in (dict(a).get("class") or "")]
        assert len(drawings) == 1
        addresses = {dict(a)["href"] for tag, a in page.elements if tag == "image"}
        assert bool(addresses) is kept
        for address in sorted(addresses)[:3]:
            assert browser.get(address).headers["content-type"] == "image/jpeg"
        assert browser.get(f"{BASE}?lang={language}").status_code == 200
