"""Check digits: published examples hold, and a changed digit does not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.core.checkdigits import mod97_holds
from assay.kinds.documents.reading import checkdigits, identifiers, paging
from tests.kinds.documents.reading.desk import paper

VALID = {
    "ATU": "13585627", "BE": "0403019261", "BG": "175074752", "CZ": "25123891", "DE": "136695976", "DK": "13585628",
    "EE": "100931558", "EL": "094259216", "ES": "54362315K", "FI": "20774740", "FR": "40303265045", "GB": "980780684",
    "HR": "33392005961", "HU": "12892312", "IE": "6433435F", "IT": "00743110157", "LU": "15027442", "MT": "11679112",
    "NL": "004495445B01", "PL": "8567346215", "PT": "501964843", "RO": "18547290", "SE": "123456789701", "SI": "50223054",
    "SK": "2022749619", "CHE": "107787577",
}  # fmt: skip


@pytest.mark.parametrize("country", VALID)
def test_tax_numbers_of_every_country(country: str) -> None:
    number, check = VALID[country], checkdigits.VAT[country][1]
    assert check(number)
    changed = [number[:i] + str((int(c) + 1) % 10) + number[i + 1 :] for i, c in enumerate(number[:7]) if c.isdigit()]
    assert sum(check(other) for other in changed) <= 1  # mod 11 forgives a few


@pytest.mark.parametrize(
    "iban", ["DE89370400440532013000", "GB29NWBK60161331926819", "FR1420041010050500013M02606", "NO9386011117947"]
)
def test_accounts(iban: str) -> None:
    assert mod97_holds(iban)
    assert not mod97_holds(iban[:-1] + ("1" if iban[-1] != "1" else "2"))


def test_chinese_codes() -> None:
    assert checkdigits.social_credit("91350100M000100Y43")
    assert not checkdigits.social_credit("91350100M000100Y44")
    assert checkdigits.chinese_identity("11010519491231002X")
    assert not checkdigits.chinese_identity("110105194912310021")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("IBAN DE89 3704 0044 0532 0130 00 BIC COBADEFFXXX", None),
        ("IBAN DE89 3704 0044 0532 0130 01 BIC COBADEFFXXX", "documents.iban"),
        ("USt-IdNr. DE136695976", None),
        ("USt-IdNr. DE136695977", "documents.tax-number"),
        ("N° TVA FR 40 303 265 046", "documents.tax-number"),
        ("Card number 4111 1111 1111 1111", None),
        ("Card number 4111 1111 1111 1112", "documents.card-number"),
        ("Card number **** **** **** 1112", None),
        ("Reference 4111 1111 1111 1112", None),
        ("Order DE136695977", None),
        ("纳税人识别号 91350100M000100Y44", "documents.tax-number"),
        ("Routing number 021000022", "documents.routing-number"),
    ],
)
def test_numbers_on_paper(text: str, code: str | None) -> None:
    issues = identifiers.issues_of(paper([[(10, text)]]))
    assert [issue.code for issue in issues] == ([code] if code else [])
    for issue in issues:
        assert len(str(issue.values["ending"])) <= 4


def numbered(*pages: str) -> list[str]:
    rows = [[(10.0, page)] for page in pages]
    return [issue.code for issue in paging.issues_of(paper(rows, per_page=1))]


def test_pages_run_on() -> None:
    assert numbered("Page 1 of 3", "Page 2 of 3", "Page 3 of 3") == []
    assert numbered("Seite 1/2", "Seite 2/2", "Seite 1/2", "Seite 2/2") == []  # two papers in one file
    assert numbered("Page 1 of 3", "Page 3 of 3") == ["documents.page-numbers"]
    assert numbered("Page 1 of 3", "Page 2 of 4") == ["documents.page-numbers"]
    assert numbered("Page 1 of 3", "Page 1 of 3", "no number") == []
    assert numbered("第1页 共3页", "第2页 共3页") == []


@given(st.text(max_size=80))
def test_any_text_can_be_searched(text: str) -> None:
    identifiers.issues_of(paper([[(10, text.replace("\n", " ") or "x")]]))
