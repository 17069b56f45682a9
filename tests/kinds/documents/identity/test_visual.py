"""Print and zone: what differs harmlessly is let pass, what plainly contradicts is told with both places."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

import numpy as np
import pytest

from assay.kinds.documents.identity.visual import Facts, compare
from assay.kinds.documents.opened import Line, Word

FACTS = Facts(
    "C19389564", date(1994, 8, 14), date(2028, 8, 15), None, "ABDULLAYEV", "DIL",
    {"birth": (1, (0, 900, 90, 920)), "number": (1, (0, 900, 90, 920))},
)  # fmt: skip
PAPER = (
    ("Passport", "No. C19389564"),
    ("Surname",), ("ABDULLAYEV",),
    ("Given name, patronymic",), ("ADIL BƏKIR OĞLU",),
    ("Date of birth", "Sex"), ("14.08.1994", "K/M"),
    ("Date of issue", "Date of expiry"), ("16.08.2018", "15.08.2028"),
    ("Authority",), ("MINISTRY OF INTERNAL AFFAIRS",),
)  # fmt: skip


@dataclass
class Sheet:
    """A page of lines as read, each cell 300 pixels from the one before."""

    lines: tuple[Line, ...]
    number: int = 1
    layer: bool = False
    pixels: np.ndarray | None = None

    @property
    def straight(self) -> tuple[Line, ...]:
        return self.lines


def sheet(rows: tuple[tuple[str, ...], ...], sure: float = 0.99) -> Sheet:
    lines = []
    for i, cells in enumerate(rows):
        words = []
        for column, cell in enumerate(cells):
            x = 40.0 + 300 * column
            for text in cell.split():
                words.append(Word(text, (x, 40.0 * i, x + 10 * len(text), 40.0 * i + 20), sure))
                x += 10 * len(text) + 6
        lines.append(Line(tuple(words)))
    return Sheet(tuple(lines))


def said(rows: tuple[tuple[str, ...], ...] = PAPER, facts: Facts = FACTS, sure: float = 0.99) -> dict[str, str]:
    return {d.code: d.grade for d in compare(facts, [sheet(rows, sure)], [])}  # type: ignore[list-item]


def instead(before: str, after: str) -> tuple[tuple[str, ...], ...]:
    return tuple(tuple(cell.replace(before, after) for cell in row) for row in PAPER)


def test_a_genuine_paper_whose_zone_drops_letters_agrees() -> None:
    assert said() == {}


@pytest.mark.parametrize(
    ("before", "after", "code"),
    [
        ("14.08.1994", "14.08.1991", "visual-birth"),
        ("15.08.2028", "15.08.2031", "visual-expiry"),
        ("C19389564", "C19389664", "visual-number"),
        ("C19389564", "C70351128", "visual-number"),
    ],
)
def test_another_date_or_number_is_proof_with_both_places(before: str, after: str, code: str) -> None:
    assert said(instead(before, after)) == {code: "high"}
    (doubt,) = compare(FACTS, [sheet(instead(before, after))], [])  # type: ignore[list-item]
    assert len(doubt.boxes) == (1 if code == "visual-expiry" else 2)
    assert "199" not in str(doubt.values)


def test_an_unsure_reading_accuses_nobody() -> None:
    assert said(instead("14.08.1994", "14.08.1991"), sure=0.8) == {"visual-unclear": "unclear"}


def test_without_labels_the_order_of_three_dates_tells() -> None:
    bare = tuple(row for row in instead("14.08.1994", "02.03.1991") if not any("Date" in c for c in row))
    assert said(bare) == {"visual-birth": "high"}
    without_birth = tuple(row for row in bare if not any("1991" in c for c in row))
    assert said(without_birth) == {}


def test_a_date_that_is_not_printed_or_not_read_accuses_nobody() -> None:
    assert said(instead("14.08.1994", "14.08.19")) == {}
    assert said(instead("C19389564", "")) == {}


@pytest.mark.parametrize("printed", ["14 AUG 1994", "14 août 1994", "1994-08-14", "14/08/94", "14 Aug /AOÛT 94"])
def test_a_date_may_be_printed_in_many_ways(printed: str) -> None:
    assert said(instead("14.08.1994", printed)) == {}


def test_a_paper_issued_after_it_expires_or_before_its_holder_is_born_is_doubted() -> None:
    assert said(instead("16.08.2018", "16.08.2029")) == {"visual-order": "medium"}
    assert said(instead("16.08.2018", "16.08.1993")) == {"visual-order": "medium"}


def test_look_alikes_in_a_number_are_the_reader_s() -> None:
    assert said(instead("C19389564", "CI93B9S64")) == {}


@pytest.mark.parametrize(
    ("zone", "printed"),
    [
        ("MUELLER", "Müller"),
        ("VAN DER BERG", "van den Berg"),
        ("OLUWASEUNADEB", "Oluwaseun Adebayo"),
        ("NUNEZ", "NÚÑEZ"),
    ],
)
def test_names_are_matched_as_they_are_spelt_and_cut(zone: str, printed: str) -> None:
    assert said(instead("ABDULLAYEV", printed), replace(FACTS, family=zone)) == {}


def test_a_name_like_nothing_printed_is_doubted() -> None:
    assert said(facts=replace(FACTS, family="THOMPSON", given="QUENTIN")) == {"visual-name": "medium"}
    assert said(facts=replace(FACTS, family="THOMPSON")) == {"visual-name": "low"}


def test_a_page_in_another_script_or_nearly_empty_says_nothing_of_names() -> None:
    cyrillic = tuple(tuple("Абдуллаев Адил Бекирович" if c.isalpha() else c for c in row) for row in PAPER)
    assert said(cyrillic, replace(FACTS, family="THOMPSON", given="QUENTIN")) == {}
    assert said(PAPER[:2], replace(FACTS, family="THOMPSON")) == {}


def test_what_stands_inside_the_zone_is_not_print() -> None:
    rows = (*PAPER, ("C19389564AZE9408148M2808152",))
    page = sheet(instead("C19389564", "C19389664") + rows[-1:])
    words = page.lines[-1].words[0].box
    (doubt,) = compare(FACTS, [page], [(1, words)])  # type: ignore[list-item]
    assert doubt.code == "visual-number"
