"""No card number and no IBAN is left in text that is kept; what is neither stays as it is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.ledger.dead_letters import DeadLetters
from assay.ledger.scrub import scrub

CARDS = [
    "4111111111111111",
    "5555555555554444",
    "378282246310005",
    "6011111111111117",
    "4222222222222",
    "6304000000000000",
]
IBANS = ["GB82WEST12345698765432", "DE89370400440532013000", "NO9386011117947", "MT84MALT011000012345MTLCAST001S"]
words = st.text("abcxyz .,;:/\"'{}\n", max_size=12)


def with_check_digit(digits: str) -> str:
    doubled = sum((2 * int(d) - 9 * (d > "4") if i % 2 == 0 else int(d)) for i, d in enumerate(reversed(digits)))
    return digits + str(-doubled % 10)


numbers = st.text("0123456789", min_size=11, max_size=18).filter(lambda d: d.strip("0")).map(with_check_digit)


@given(words, numbers, words, st.sampled_from(["", " ", "-"]), st.integers(1, 6))
def test_a_card_number_never_stays(before: str, number: str, after: str, gap: str, every: int):
    written = gap.join(number[i : i + every] for i in range(0, len(number), every))
    before += ":"  # letters right before might make it an IBAN
    kept = scrub(f"{before}{written}{after}")
    assert number not in "".join(c for c in kept if c.isdigit())
    assert "[card]" in kept
    assert kept.startswith(before)
    assert kept.endswith(after)


@given(st.sampled_from(IBANS), words, st.sampled_from(["", " ", "-"]), st.booleans())
def test_an_iban_never_stays(iban: str, around: str, gap: str, lower: bool):
    around = around.strip("abcxyz")
    written = gap.join(iban[i : i + 4] for i in range(0, len(iban), 4))
    kept = scrub(f"{around} {written.lower() if lower else written} {around}")
    assert iban[4:] not in kept.upper().replace(" ", "").replace("-", "")
    assert f"{iban[:2]}[iban]" in kept


@pytest.mark.parametrize("card", CARDS)
def test_known_test_cards_are_masked_in_json_and_csv(card: str):
    assert scrub(f'{{"card":"{card}","amount":12.5}}') == '{"card":"[card]","amount":12.5}'
    assert scrub(f"7,{card},12.5") == "7,[card],12.5"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "order 4111111111111112",
        "12:30 2024-02-29",
        "NO9386011117948",
        "call 0049 30 1234",
        "id 000000000000000",
        "1.5e9",
    ],
)
def test_what_is_neither_stays(text: str):
    assert scrub(text) == text


def test_a_number_among_other_digits_is_found():
    assert scrub("4111 1111 1111 1111 12 26") == "[card] 12 26"
    assert scrub("12-4111-1111-1111-1111-99") == "12-[card]-99"
    assert scrub("9" * 9 + "4111111111111111" + "7" * 9).count("[card]") >= 1


@given(st.text(max_size=200))
def test_scrubbing_twice_is_scrubbing_once(text: str):
    assert scrub(scrub(text)) == scrub(text)


def test_a_hostile_text_takes_no_time():
    assert scrub("1 " * 50_000)
    assert scrub("GB" * 50_000)


def test_dead_letters_are_kept_masked_and_bounded(tmp_path):
    letters = DeadLetters(tmp_path, file_bytes=2000, files=3)
    for row in range(1, 101):
        letters.write("payments.csv", row, "amount: not a number", f"{row},4111111111111111,abc")
    kept = letters.read()
    assert [k.row for k in kept] == list(range(kept[0].row, 101))
    assert kept[-1].raw == "100,[card],abc"
    assert kept[-1].reason == "amount: not a number"
    assert sum(p.stat().st_size for p in tmp_path.iterdir()) <= 6000
    letters.write("x", 1, "too long", "y" * 10**6)
    assert len(letters.read()[-1].raw) == 16_384


def test_a_disk_that_refuses_a_dead_letter_stops_nothing(tmp_path):
    (tmp_path / "file").write_text("")
    DeadLetters(tmp_path / "file" / "inside").write("x", 1, "y", "z")
