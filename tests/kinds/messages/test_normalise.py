"""What hides a word from a filter is undone, honest text is left alone, and every place maps back to the original."""

import time
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.kinds.messages.confusables import mixed_script, skeleton
from assay.kinds.messages.normalise import MAX_TEXT, normalise


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("Ｖｅｒｉｆｙ your account", "verify your account"),  # full width
        ("𝐯𝐞𝐫𝐢𝐟𝐲 your 𝒂𝒄𝒄𝒐𝒖𝒏𝒕", "verify your account"),  # mathematical
        ("vеrify your ассоunt", "verify your account"),  # Cyrillic е, а, с, о among Latin letters
        ("ver\u200bify your acc\u00adount", "verify your account"),  # invisible
        ("v.e.r.i.f.y your a c c o u n t", "verify your account"),  # set apart
        ("v3rify your acc0unt", "verify your account"),  # l33t
        ("VÉRIFIEZ  votre\ncompte", "verifiez votre compte"),  # accents, blanks
        ("Überweisung für Straße", "uberweisung fur strasse"),
        ("您的账户，已冻结", "您的账户,已冻结"),
    ],
)
def test_disguises_are_undone(written: str, read: str) -> None:
    assert normalise(written).text == read


@pytest.mark.parametrize(
    "text",
    [
        "iphone14 and covid19, b2b at 10.30am",
        "http://acc0unt.example/l0gin?x=1",
        "j0hn.d0e@example.com",
        "ваш заказ отправлен",  # Russian stays Russian
        "το δέμα σας".replace("έ", "ε"),
        "ref 4a7b9c2d",
        "u s a",
    ],
)
def test_honest_text_stays_as_it_is(text: str) -> None:
    assert normalise(text).text == text


def test_disguises_are_counted_and_honest_use_is_not() -> None:
    bad = normalise("p\u200bay, pаypal, l.o.g.i.n")
    assert (bad.hidden, bad.swapped, bad.disguised) == (1, 1, 1)
    good = normalise("می‌خواهم \U0001f468\u200d\U0001f469\u200d\U0001f467 Donau\u00addampf\u00adschiff почта")
    assert (good.hidden, good.swapped, good.disguised, good.reversed) == (0, 0, 0, 0)


@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=200))
def test_every_span_lies_in_the_original_and_in_order(text: str) -> None:
    normal = normalise(text)
    spans = [normal.span(i, i + 1) for i in range(len(normal.text))]
    assert all(0 <= start < end <= len(text) for start, end in spans)
    assert all(a[0] <= b[0] for a, b in pairwise(spans))


@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=100))
def test_once_is_enough_for_letters(text: str) -> None:
    normal = normalise(text).text
    assert normal == normal.lower() or not normal.isascii()


@pytest.mark.parametrize("unit", ["a", "a.", "\u200b", "е", "é", "\u202e", "p.a.", "a1", "İ", " ", "\u0301", "漢"])
def test_hostile_texts_take_bounded_time(unit: str) -> None:
    text = unit * (100_000 // len(unit))
    began = time.process_time()
    assert len(normalise(text).text) <= 3 * MAX_TEXT
    assert time.process_time() - began < 0.5


def test_skeletons_meet_where_eyes_do() -> None:
    assert skeleton("раураl") == skeleton("PayPa1") == skeleton("paypal")
    assert skeleton("rnicrosoft") == skeleton("microsoft") == skeleton("mıcrosoft")
    assert skeleton("netflix") != skeleton("netfix")


def test_scripts_mix_only_where_a_language_mixes_them() -> None:
    assert mixed_script("gооgle")
    assert not mixed_script("日本語tv")
    assert not mixed_script("почта")
