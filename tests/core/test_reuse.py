"""What is said of things seen before: the gravest first, the file above all that is in it, and nothing of what everybody has."""

from __future__ import annotations

import pytest

from assay.core.finding import Finding, Where
from assay.core.reuse import FORM, Gravity, seen_before
from assay.core.trace import Sighting

NOWHERE = Where()
GRAVE = {"file": Gravity("high", 0.9), "picture": Gravity("high", 0.8), "ink": Gravity("medium", 0.5)}


def told(*sightings: Sighting) -> Finding | None:
    return seen_before(sightings, GRAVE, room="x", detector="x.reuse", version="1")


def seen(kind: str, owners: int = 1, where: Where = NOWHERE) -> Sighting:
    return Sighting(kind, "e1", "c1", 5, where=where, distance=2, owners=owners)


def test_nothing_seen_says_nothing() -> None:
    assert told() is None
    assert told(seen("unheard-of")) is None


@pytest.mark.parametrize("owners", [FORM, FORM + 1, 1000])
def test_what_many_show_is_a_form(owners: int) -> None:
    assert told(seen("picture", owners)) is None


def test_reasons_come_gravest_first_with_their_places() -> None:
    found = told(seen("ink", where=Where(page=2, box=(1, 2, 3, 4))), seen("picture", where=Where(box=(0, 0, 9, 9))))
    assert found is not None
    assert (found.verdict, found.severity) == ("suspicious", "high")
    assert [reason.code for reason in found.reasons] == ["x.same-picture", "x.same-ink"]
    assert {(where.page, where.rule) for where in found.where} == {(2, "x.same-ink"), (None, "x.same-picture")}
    alone = told(seen("ink"))
    assert alone is not None
    assert alone.severity == "medium"


def test_the_very_file_says_all() -> None:
    found = told(seen("picture"), seen("file"), seen("ink"))
    assert found is not None
    assert [reason.code for reason in found.reasons] == ["x.same-file"]
