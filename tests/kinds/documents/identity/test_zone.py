"""The layouts of ICAO Doc 9303 and their check digits, on the standard's own specimens (Utopia, Anna Maria Eriksson)."""

from __future__ import annotations

from datetime import date
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.kinds.documents.identity.countries import known
from assay.kinds.documents.identity.specimens import SHAPES, made_up
from assay.kinds.documents.identity.zone import ALPHABET, Layout, Zone, check_digit, layout_of

TODAY = date(2026, 11, 22)
SPECIMENS = {
    "TD1": "I<UTOD231458907<<<<<<<<<<<<<<<\n7408122F1204159UTO<<<<<<<<<<<6\nERIKSSON<<ANNA<MARIA<<<<<<<<<<",
    "TD2": "I<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<\nD231458907UTO7408122F1204159<<<<<<<6",
    "TD3": "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<\nL898902C36UTO7408122F1204159ZE184226B<<<<<10",
    "MRV-A": "V<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<\nL8988901C4XXX4009078F96121096ZE184226B<<<<<<",
    "MRV-B": "V<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<\nL8988901C4XXX4009078F9612109<<<<<<<<",
    "FRA-1988": "IDFRABERTHIER<<<<<<<<<<<<<<<<<<<<<<<\n8806923102858CORINNE<<<<<<<6512068F6",
}


@pytest.mark.parametrize("name", SPECIMENS)
def test_specimens_agree_with_themselves(name: str) -> None:
    zone = Zone.parse(SPECIMENS[name])
    assert zone is not None
    assert zone.layout.name == name
    assert zone.failed() == []


def test_what_a_passport_says() -> None:
    zone = Zone.parse(SPECIMENS["TD3"])
    assert zone is not None
    assert (zone.issuer, zone.nationality, zone.number, zone.sex) == ("UTO", "UTO", "L898902C3", "F")
    assert (zone.surname, zone.given) == ("ERIKSSON", "ANNA MARIA")
    assert (zone.birth(TODAY), zone.expiry) == (date(1974, 8, 12), date(2012, 4, 15))


def test_a_number_of_more_than_nine_characters_goes_on_in_the_optional_field() -> None:
    zone = Zone.parse("I<UTOD23145890<7349<<<<<<<<<<<\n3407127M9507122UTO<<<<<<<<<<<2\nSTEVENSON<<PETER<<<<<<<<<<<<<<")
    assert zone is not None
    assert zone.number == "D23145890734"
    assert zone.failed() == []


def test_a_birth_is_never_in_the_future() -> None:
    lines = SPECIMENS["TD3"].replace("7408122", "301122" + str(check_digit("301122")))
    zone = Zone.parse(lines)
    assert zone is not None
    assert zone.birth(TODAY) == date(1930, 11, 22)


@given(st.randoms(use_true_random=False), st.sampled_from(SHAPES), st.data())
def test_one_changed_character_fails_a_digit_unless_it_is_equal_modulo_ten(
    rng: Random, layout: Layout, data: st.DataObject
) -> None:
    lines = made_up(rng, layout)
    assert Zone(layout, lines).failed() == []
    line, start, stop = data.draw(st.sampled_from([span for check in layout.checks for span in check.spans]))
    place = data.draw(st.integers(start, stop - 1))
    other = data.draw(st.sampled_from(ALPHABET.replace(lines[line][place], "")))
    old = lines[line][place]
    lines[line] = lines[line][:place] + other + lines[line][place + 1 :]
    value = {c: i % 10 for i, c in enumerate(ALPHABET[:36])} | {"<": 0}
    if value[old] != value[other] and layout.field_at(line, place).kind != "digit or filler":
        assert Zone(layout, lines).failed()


@given(st.text(max_size=150))
def test_any_text_is_a_zone_or_none(text: str) -> None:
    zone = Zone.parse(text)
    if zone is not None:
        zone.failed(), zone.number, zone.surname, zone.birth(TODAY), zone.expiry


@given(st.lists(st.text(ALPHABET, min_size=30, max_size=30), min_size=3, max_size=3))
def test_any_lines_of_the_right_size_are_read_without_error(lines: list[str]) -> None:
    layout = layout_of(lines)
    assert layout is not None
    zone = Zone(layout, lines)
    zone.failed(), zone.number, zone.given, zone.birth(TODAY), zone.expiry


def test_country_codes() -> None:
    assert all(known(code) for code in ("D<<", "UTO", "GBD", "XXA", "RKS", "ZWE"))
    assert not any(known(code) for code in ("ZZZ", "", "GER", "UK<"))
