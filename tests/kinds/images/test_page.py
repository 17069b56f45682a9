"""A picture in the console: boxes, what can be laid over it, faces, and its account of its making, in both languages, and once its
file is gone."""

from __future__ import annotations

import io
from functools import cache

import msgspec
import numpy as np
import pytest
from PIL import Image as Picture

from assay.console.render import BASE
from assay.core.batch import Batch
from assay.core.enclosed import Enclosed
from assay.core.entity import Entity
from assay.core.errors import NotFound
from assay.core.profile import Profile
from assay.core.words import LANGUAGES
from assay.kinds.images.detectors import detectors
from assay.kinds.images.evidence import Image
from assay.kinds.images.view import picture, view
from tests.console.test_pages import Page, client
from tests.console.world import Desk, World
from tests.formats.signing import TYPES, signed_jpeg
from tests.kinds.images.files import decoded, exif, jpeg, photograph
from tests.kinds.images.handed import HANDED_IN


@cache
def handed_in():
    """A photograph of a camera, into which a part was put before it was saved again and signed."""
    first = decoded(jpeg(photograph(3, 640, 880, noise=5.0), 60)).copy()
    first[200:320, 300:460] = photograph(9, 120, 160, noise=5.0)
    saved = jpeg(first, 92, exif(size=(4000, 3000), software="Adobe Photoshop 25.1", taken="2026:01:05 10:00:00"))
    content = signed_jpeg(TYPES + "compositeWithTrainedAlgorithmicMedia", plain=saved)
    image = Image(
        id="img-1", time=HANDED_IN, name="damage <b>.jpg", content=content, about="damage to a car", customer="C-20417"
    )
    batch = Batch.of([image])
    found = [detector.examine(batch, Profile.empty(1)) for detector in detectors(None)]
    findings = tuple(f.explain(np.array([0]))[0] for f in found if f.verdict[0])
    recorded = batch.row(0) | {"digest": image.digest}
    decision = msgspec.structs.replace(
        World(count=2).made[-1], id="img-1", kind="image", evidence=recorded, findings=findings, outcome="challenge",
        reasons=(), probability=None, entities=(Entity("customer", "C-20417"),), profile={},
    )  # fmt: skip
    return decision, list(image.exhibits())


def test_an_edited_photograph_shows_the_place_and_the_account():
    decision, files = handed_in()
    told = view(decision, files)
    assert (told["kept"], told["shown"], told["width"], told["height"]) == (True, True, 880, 640)
    assert "edited" in told["heats"]
    rows = {group["group"]: {row["key"]: row["value"] for row in group["rows"]} for group in told["panel"]}
    assert rows["manifest"]["state"] == "=holds"
    assert rows["manifest"]["sources"] == "compositeWithTrainedAlgorithmicMedia"
    assert rows["camera"]["device"] == "Maker Camera 7"
    assert rows["file"]["noted"] == "4000 x 3000"
    assert rows["file"]["tables"] == "ijg 92"
    shown = Picture.open(io.BytesIO(picture("picture", files)))
    assert (shown.format, shown.size) == ("JPEG", (880, 640))
    over = Picture.open(io.BytesIO(picture("heat-edited", files)))
    assert (over.format, over.mode) == ("PNG", "RGBA")
    depth = np.asarray(over.getchannel("A"), float)
    h, w = depth.shape
    inside = depth[int(h * 0.34) : int(h * 0.48), int(w * 0.37) : int(w * 0.5)].mean()
    assert inside > 5 * (depth.mean() + 1), "the part put in is what is red"


@pytest.mark.parametrize("name", ["", "heat-x", "face-0", "face-99", "face-x", "../etc", "heat-", "picture-1"])
def test_a_picture_that_does_not_exist_is_not_found(name):
    with pytest.raises(NotFound):
        picture(name, handed_in()[1])


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_is_whole_in_every_language_and_what_it_shows_is_text(language):
    decision, files = handed_in()
    with client(Desk(decision, files, view, picture)) as browser:
        found = browser.get(f"{BASE}/decisions/img-1?lang={language}")
        assert found.status_code == 200
        page = Page(found.text)
        assert "damage <b>.jpg" in " ".join(page.text)
        assert "images.page" not in found.text
        assert "images.panel" not in found.text
        shown = [dict(a)["href"] for tag, a in page.elements if tag == "image"]
        assert [address.split("/pictures/")[1].split("/")[0] for address in shown][:1] == ["picture"]
        for address in shown:
            assert browser.get(address).status_code == 200
        assert browser.get(f"{BASE}?lang={language}").status_code == 200


def test_without_the_file_the_page_says_so_and_keeps_what_is_on_record():
    decision, _ = handed_in()
    told = view(decision, [])
    assert (told["kept"], told["shown"], told["panel"]) == (False, False, [])
    with client(Desk(decision, [], view, picture)) as browser:
        found = browser.get(f"{BASE}/decisions/img-1?lang=en")
        assert "no longer kept" in found.text
        assert "<image" not in found.text


def test_a_file_that_is_no_picture_shows_none():
    decision, _ = handed_in()
    told = view(decision, [Enclosed(name="x", content=b"\xff\xd8\xff nothing")])
    assert (told["kept"], told["shown"]) == (True, False)
    with pytest.raises(NotFound):
        picture("picture", [Enclosed(name="x", content=b"\xff\xd8\xff nothing")])
