"""A licence's code: taken apart by the standard, its dates held against each other, its form only lightly."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.kinds.documents.identity.licence import Licence, licence_doubts, read_licence

TODAY = date(2026, 11, 22)
ELEMENTS = {
    "DAQ": "T64235789", "DCS": "SAMPLE", "DDE": "N", "DAC": "MICHAEL", "DDF": "N", "DAD": "JOHN", "DDG": "N", "DCA": "D",
    "DCB": "K", "DCD": "PH", "DBD": "06062019", "DBB": "06061986", "DBA": "12102030", "DBC": "1", "DAU": "068 in",
    "DAY": "BRO", "DAG": "2300 WEST BROAD STREET", "DAI": "RICHMOND", "DAJ": "VA", "DAK": "232690000  ",
    "DCF": "2424244747474786102204", "DCG": "USA", "DCK": "123456789", "DDA": "F", "DDB": "06062018",
}  # fmt: skip


def payload(issuer: str = "636000", head: str = "@\n\x1e\rANSI ", shift: int = 0, **changed: str | None) -> str:
    elements = {k: v for k, v in (ELEMENTS | changed).items() if v is not None}
    body = "DL" + "\n".join(k + v for k, v in elements.items()) + "\r"
    at = len(head) + 6 + 2 + 2 + 2 + 10
    return f"{head}{issuer}080101DL{at + shift:04d}{len(body):04d}{body}"


def read(text: str) -> Licence:
    licence = read_licence(text)
    assert licence is not None
    return licence


def codes(text: str) -> dict[str, str]:
    return {doubt.code: doubt.grade for doubt in licence_doubts(read(text), TODAY)}


def test_a_genuine_licence_is_read_and_agrees_with_itself() -> None:
    licence = read(payload())
    assert (licence.state, licence.number, licence.family, licence.given) == ("VA", "T64235789", "SAMPLE", "MICHAEL")
    assert (licence.birth, licence.issued, licence.expiry) == (date(1986, 6, 6), date(2019, 6, 6), date(2030, 12, 10))
    assert licence.faults == ()
    assert licence_doubts(licence, TODAY) == []


def test_canadian_dates_begin_with_the_year() -> None:
    licence = read(payload("636012", DCG="CAN", DAJ="ON", DBB="19860606", DBD="20190606", DBA="20301210"))
    assert (licence.state, licence.birth, licence.expiry) == ("ON", date(1986, 6, 6), date(2030, 12, 10))
    assert licence_doubts(licence, TODAY) == []


def test_the_first_version_has_one_name_and_no_version_of_the_state() -> None:
    body = "DLDAQ1234567\nDAASAMPLE,MICHAEL,J\nDBB19860606\nDBA20301210\nDBD20190606\r"
    licence = read(f"@\n\x1e\rANSI 6360000101DL0029{len(body):04d}{body}")
    assert (licence.version, licence.family, licence.given, licence.birth) == (1, "SAMPLE", "MICHAEL", date(1986, 6, 6))
    assert licence.faults == ()


@pytest.mark.parametrize(
    ("changed", "code", "grade"),
    [
        ({"DBA": "06052019"}, "licence-dates", "high"),  # expires before it is issued
        ({"DBB": "06062031"}, "licence-dates", "high"),  # born after it is issued
        ({"DBB": "13321986"}, "licence-dates", "high"),  # no day
        ({"DBD": "01012027"}, "licence-dates", "high"),  # issued tomorrow
        ({"DDJ": "06062008"}, "licence-dates", "high"),  # turns 21 at 22
        ({"DBB": "06062012"}, "licence-dates", "medium"),  # issued to a child of seven
        ({"DBA": "12102024"}, "expired", "aside"),
        ({"DAJ": "OH"}, "licence-state", "low"),
    ],
)
def test_contradictions_are_told(changed: dict[str, str], code: str, grade: str) -> None:
    assert codes(payload(**changed)) == {code: grade}


def test_the_day_of_turning_twenty_one_may_fit() -> None:
    assert codes(payload(DDJ="06062007", DDH="06062004", DDI="06062005")) == {}


def test_an_issuer_that_nobody_is() -> None:
    assert codes(payload("636999")) == {"licence-issuer": "medium"}


def test_form_counts_little() -> None:
    assert codes(payload(head="@\r\n\x1e\rANSI ")) == {"licence-form": "low"}
    assert codes(payload(shift=40)) == {"licence-form": "low"}
    assert codes(payload(shift=1)) == {}
    sparse = dict.fromkeys(("DAG", "DAI", "DAK", "DAU", "DAY", "DCF"))
    assert codes(payload(shift=40, **sparse)) == {"licence-form": "medium"}


def test_other_codes_are_no_licence() -> None:
    assert read_licence("https://example.com") is None
    assert read_licence("@") is None


@given(st.data())
def test_damaged_licences_are_survived(data: st.DataObject) -> None:
    text = payload()
    cut = data.draw(st.integers(0, len(text)))
    noise = data.draw(st.text(max_size=20))
    at = data.draw(st.integers(0, len(text)))
    for damaged in (text[:cut], text[:at] + noise + text[at:], text[:40] + noise, noise + text):
        licence = read_licence(damaged)
        if licence is not None:
            licence_doubts(licence, TODAY), licence.number, licence.family, licence.given
