"""A document in the console: its pages with boxes, an edit before and after, in both languages, and once its file is gone."""

import io
from functools import cache

import msgspec
import numpy as np
import pytest
from PIL import Image

from assay.console.render import BASE
from assay.core.batch import Batch
from assay.core.enclosed import Enclosed
from assay.core.entity import Entity
from assay.core.errors import NotFound
from assay.core.profile import Profile
from assay.core.words import LANGUAGES
from assay.kinds.documents.evidence import Document
from assay.kinds.documents.judged import HANDED_IN
from assay.kinds.documents.simulate.papers import papers
from assay.kinds.documents.view import picture, view
from tests.console.test_pages import Page, client
from tests.console.world import Desk, World


@cache
def handed_in(forgery="revised", name="statement <b>.pdf"):
    """A forged statement as evidence, with what the detectors of structure and sums say of it."""
    from assay.kinds.documents.pdf.detector import PdfDetector
    from assay.kinds.documents.reading.detector import Arithmetic

    options = {"kinds": "statement", "media": "pdf", "templates": "build", "forgeries": forgery, "forged": 1}
    paper = next(papers(6, size=1, **options))
    document = Document(
        id="doc-1", time=HANDED_IN, name=name, content=paper.content, claimed="statement", customer="C-20417"
    )
    batch = Batch.of([document])
    found = [detector.examine(batch, Profile.empty(1)) for detector in (PdfDetector(), Arithmetic())]
    findings = tuple(f.explain(np.array([0]))[0] for f in found if f.verdict[0])
    recorded = batch.row(0) | {"digest": document.digest}
    last = World(count=2).made[-1]
    decision = msgspec.structs.replace(
        last, id="doc-1", kind="document", evidence=recorded, findings=findings, outcome="review", reasons=(), probability=None,
        entities=(Entity("customer", "C-20417"),), profile={},
    )  # fmt: skip
    return decision, list(document.exhibits())


def test_a_revised_statement_shows_the_page_and_what_stood_there_before():
    decision, files = handed_in()
    told = view(decision, files)
    assert told["kept"]
    assert told["pages"][0]["number"] == 1
    assert sum(page["marks"] for page in told["pages"]) > 0
    (pair, *_) = told["pairs"]
    assert any(any(c.isdigit() for c in word["before"]) and word["before"] != word["after"] for word in pair["words"])
    for name, size in (("page-1", None), ("before-0", pair["size_before"]), ("after-0", pair["size_after"])):
        drawn = Image.open(io.BytesIO(picture(name, files)))
        assert drawn.format == "JPEG"
        assert size is None or list(drawn.size) == size
    with pytest.raises(NotFound):
        picture("page-99", files)


@pytest.mark.parametrize("name", ["page-x", "page--1", "../etc", "before-7", ""])
def test_a_picture_that_does_not_exist_is_not_found(name):
    with pytest.raises(NotFound):
        picture(name, handed_in()[1])


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_is_whole_in_every_language_and_what_it_shows_is_text(language):
    decision, files = handed_in()
    with client(Desk(decision, files, view, picture)) as browser:
        found = browser.get(f"{BASE}/decisions/doc-1?lang={language}")
        assert found.status_code == 200
        page = Page(found.text)
        assert "statement <b>.pdf" in " ".join(page.text)
        assert decision.evidence["claimed"] == "statement"
        assert "documents.page" not in found.text
        shown = [dict(a)["href"] for tag, a in page.elements if tag == "image"]
        assert {address.split("/pictures/")[1].split("/")[0] for address in shown} >= {"page-1", "before-0", "after-0"}
        for address in shown:
            answer = browser.get(address)
            assert (answer.status_code, answer.headers["content-type"]) == (200, "image/jpeg")
        assert browser.get(f"{BASE}?lang={language}").status_code == 200


def test_without_the_file_the_page_says_so_and_keeps_what_is_on_record():
    decision, _ = handed_in()
    assert view(decision, []) == {"kept": False, "pages": [], "left_out": 0, "pairs": []}
    with client(Desk(decision, [], view, picture)) as browser:
        found = browser.get(f"{BASE}/decisions/doc-1?lang=en")
        assert "no longer kept" in found.text
        assert "<image" not in found.text


def test_a_file_that_is_no_document_shows_no_page():
    decision, _ = handed_in()
    told = view(decision, [Enclosed(name="x", content=b"%PDF-1.4 nothing")])
    assert (told["kept"], told["pages"], told["pairs"]) == (True, [], [])
