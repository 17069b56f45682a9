"""The simulated papers: the same files every time, arithmetic that holds on the genuine ones, and truth about the forged."""

import io
import json

import numpy as np
import pytest
from PIL import Image

from assay.core.errors import InvalidSetting
from assay.kinds.documents.media import media_of
from assay.kinds.documents.simulate import KINDS, simulate
from assay.kinds.documents.simulate.forgery import FORGERIES
from assay.kinds.documents.simulate.papers import papers


@pytest.fixture(scope="module")
def world():
    return list(papers(11, size=60, media="pdf", kinds="statement,payslip,invoice,receipt")) + list(
        papers(12, size=8, media="photo,scan,scanned-pdf")
    )


def test_a_seed_is_a_world_and_a_paper_does_not_depend_on_how_many_there_are():
    once = list(simulate(5, size=3))
    assert list(simulate(5, size=3)) == once
    assert list(simulate(5, size=2)) == once[:2]
    assert [row["content"] for row in simulate(6, size=2)] != [row["content"] for row in once[:2]]


def test_files_are_what_their_medium_says(world):
    for paper in world:
        assert media_of(paper.content) == ("application/pdf" if "pdf" in paper.medium else "image/jpeg")


def test_a_forged_paper_says_how_and_where_and_a_genuine_one_states_the_truth(world):
    for paper in world:
        if paper.label == "genuine":
            assert (paper.forgery, paper.box, paper.exact) == ("", None, False)
            assert paper.fields == paper.stated
        else:
            assert paper.forgery in FORGERIES
            assert paper.box is not None
            x0, y0, x1, y1 = paper.box
            assert x0 < x1
            assert y0 < y1
            if "pdf" not in paper.medium:
                wide, high = Image.open(io.BytesIO(paper.content)).size
                assert -5 <= x0 < x1 <= wide + 5
                assert -5 <= y0 < y1 <= high + 5


def test_building_and_checking_share_no_template():
    def seen(templates):
        return {
            paper.template for paper in papers(3, size=60, templates=templates, media="pdf", kinds="statement,receipt")
        }

    built, checked = seen("build"), seen("check")
    assert built
    assert checked
    assert not built & checked


def test_at_least_fourteen_kinds_of_forgery_and_each_can_be_asked_for():
    assert len(FORGERIES) >= 14
    for name in ("after-signing", "overlay", "revised", "resaved", "code-payee", "stamp-copied"):
        asked = next(papers(2, size=1, kinds="invoice", media="pdf", forgeries=name, forged=1))
        assert asked.forgery == name


def test_an_exact_forgery_is_one_that_leaves_a_contradiction(world):
    never = {"amount-recomputed", "name-retyped", "resaved", "smooth-patch", "portrait-swapped", "stamp-copied"}
    assert not any(paper.exact for paper in world if paper.forgery in never)
    assert all(paper.exact for paper in world if paper.forgery in {"amount-stale", "iban-bad", "balance-edited"})


def test_every_kind_has_layouts_enough_in_several_places():
    for name, room in KINDS.items():
        for check in (False, True):
            assert len([t for t in room.TEMPLATES if t.check == check]) >= 3
        if name != "licence":  # American by its code
            assert len({locale for t in room.TEMPLATES for locale in t.locales}) >= 5


def test_pixels_of_a_photograph_differ_from_the_scan_of_the_same_seed():
    photo, scan = (next(papers(4, size=1, media=m, kinds="invoice", forged=0)) for m in ("photo", "scan"))
    a, b = (np.asarray(Image.open(io.BytesIO(p.content))) for p in (photo, scan))
    assert a.shape != b.shape


def test_the_labels_table_is_plain_text(world):
    row = world[0].row()
    assert json.loads(row["fields"]) == world[0].fields
    assert all(isinstance(value, str) for name, value in row.items() if name != "content")


@pytest.mark.parametrize("options", [{"templates": "most"}, {"kinds": "poem"}, {"media": "film"}, {"forgeries": "x"}])
def test_a_name_that_does_not_exist_is_an_error(options):
    with pytest.raises(InvalidSetting, match="no "):
        next(iter(simulate(1, size=1, **options)))


@pytest.mark.parametrize("name", KINDS)
def test_every_font_has_every_character_it_is_asked_to_draw(name):
    from reportlab.pdfbase.pdfmetrics import getFont

    from assay.kinds.documents.simulate.fonts import font, runs
    from assay.kinds.documents.simulate.locales import LOCALES
    from assay.kinds.documents.simulate.marks import seeded
    from assay.kinds.documents.simulate.papers import font_for
    from assay.kinds.documents.simulate.sheet import Text

    room, lacking = KINDS[name], set()
    for template in room.TEMPLATES:
        for tag in template.locales:
            locale = LOCALES[tag]
            facts = room.state(seeded(template.id, tag), template, locale)
            sheet = room.draw(template, facts, font_for(template.font, locale.country, template.id))
            texts = [item for items in sheet.items for item in items if isinstance(item, Text)]
            names = [(person, texts[0].font) for person in (*locale.given, *locale.family)]
            for text, drawn in [(item.text, item.font) for item in texts] + names:
                for run, one in runs(text, drawn):
                    face = getattr(getFont(font(one)), "face", None)
                    glyphs = getattr(face, "charToGlyph", None)
                    if glyphs is not None:
                        lacking |= {(one, c) for c in run if ord(c) not in glyphs}
                    elif one not in ("STSong-Light", "MSung-Light"):
                        lacking |= {(one, c) for c in run if not c.encode("cp1252", "ignore")}
    assert not lacking
