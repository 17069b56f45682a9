"""Whose a host is, whom it imitates, and how much that proves."""

from pathlib import Path

import pytest

from assay.core.errors import InvalidSetting
from assay.kinds.messages.links.anatomy import anatomy
from assay.kinds.messages.links.brands import Brands, open_brands, read_brands, shipped
from assay.kinds.messages.links.imitation import Strength
from assay.kinds.messages.links.slips import slip

EXACT, STRONG, WEAK = Strength.EXACT, Strength.STRONG, Strength.WEAK


@pytest.mark.parametrize(
    ("host", "brand", "how", "strength"),
    [
        ("раураl.com", "PayPal", "homoglyph", EXACT),
        ("xn--pypal-4ve.com", "PayPal", "homoglyph", EXACT),
        ("login.mıcrosoft.com", "Microsoft", "homoglyph", STRONG),  # a dotless i is a Latin letter
        ("paypa1.com", "PayPal", "look-alike", EXACT),
        ("rnicrosoft.com", "Microsoft", "look-alike", EXACT),
        ("faceb00k-login.net", "Facebook", "look-alike", EXACT),
        ("paypal.com.evil.example", "PayPal", "embedded", EXACT),
        ("smbc-card.com.qsgqk.com", "SMBC", "embedded", EXACT),
        ("www-paypal-com.evil.example", "PayPal", "embedded", EXACT),
        ("netfllix.com", "Netflix", "slip", STRONG),
        ("face-book.com", "Facebook", "slip", STRONG),
        ("paypal-login.com", "PayPal", "combined", STRONG),
        ("secureamazonverify.com", "Amazon", "combined", STRONG),
        ("dhl.tracking-parcel.top", "DHL", "subdomain", STRONG),
        ("paypal-login.web.app", "PayPal", "combined", STRONG),
        ("amazon.cf", "Amazon", "ending", STRONG),
        ("netflix.okta.example", "Netflix", "subdomain", WEAK),
        ("paypalsucks.example", "PayPal", "combined", WEAK),
        ("sparkasse-hannover.de", "Sparkasse", "combined", WEAK),
        ("apple-tree-farm.com", "Apple", "combined", WEAK),
    ],
)
def test_imitations(host: str, brand: str, how: str, strength: Strength) -> None:
    found = shipped().imitated(anatomy(f"https://{host}/"))
    assert found is not None
    assert (found.brand.name, found.how, found.strength) == (brand, how, strength)


@pytest.mark.parametrize(
    "host",
    ["paypal.com", "www.paypal.com", "login.microsoftonline.com", "amazon.pl", "dhl.co.jp", "tax.service.gov.uk", "mufg.jp", "paypay.ne.jp",
     "example.org", "finance.example", "citicbank.com", "ing.nl", "10.0.0.1", "shop.example.co.uk", "icloud.com", "1.1.1.1",
     "en.wikipedia.org", "github.io", "berliner-sparkasse.de", "xn--bcher-kva.de"],
)  # fmt: skip
def test_what_imitates_nobody(host: str) -> None:
    found = shipped().imitated(anatomy(f"https://{host}/"))
    assert found is None or found.strength == WEAK


@pytest.mark.parametrize(
    ("host", "owner"),
    [("www.paypal.com", "PayPal"), ("amazon.com.mx", "Amazon"), ("post.japanpost.jp", "Japan Post"), ("evil.web.app", None),
     ("amazon.cf", None), ("paypal.com.evil.example", None), ("hmrc.gov.uk", "HMRC")],
)  # fmt: skip
def test_owners(host: str, owner: str | None) -> None:
    found = shipped().owner(anatomy(host))
    assert (found.name if found else None) == owner


def test_no_listed_domain_imitates_another() -> None:
    brands = shipped()
    for brand in brands.all:
        for domain in brand.domains:
            found = brands.imitated(anatomy(domain))
            assert found is None or found.strength == WEAK, (brand.name, domain, found)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("DHL: your parcel", "DHL"), ("【支付宝】您的", "Alipay"), ("[PayPal] hello", "PayPal"), ("Dear PayPal customer, your", "PayPal"),
        ("BankOfAmerica Alert 137943.", "Bank of America"), ("PayPaI: no", None), ("I pay with PayPal: easy", None), ("Hi mum: x", None),
        ("Your DHL parcel", None),
    ],
)  # fmt: skip
def test_claims(text: str, name: str | None) -> None:
    found = shipped().claimed(text)
    assert (found[0].name if found else None) == name


def test_an_operator_s_names_count_in_full_and_replace_ours(tmp_path: Path) -> None:
    (tmp_path / "brands.yaml").write_text(
        "- {name: Our Bank, words: [ourbank], domains: [ourbank.example]}\n- {name: PayPal, words: [paypal], domains: [paypal.test]}\n"
    )
    brands = open_brands(tmp_path)
    found = brands.imitated(anatomy("ourbank.other.example"))
    assert found is not None
    assert found.strength == STRONG
    assert brands.owner(anatomy("paypal.test")) is not None
    assert brands.owner(anatomy("paypal.com")) is None


@pytest.mark.parametrize(
    "text", ["- {name: x}", "nonsense", "- {name: x, words: [], domains: [a.example]}", "- {name: x, wrds: [y]}", "[: "]
)
def test_a_list_that_is_wrong_is_refused(text: str, tmp_path: Path) -> None:
    path = tmp_path / "brands.yaml"
    path.write_text(text)
    with pytest.raises(InvalidSetting, match=r"brands\.yaml"):
        read_brands(path, ours=True)


def test_names_stand_once() -> None:
    names = [brand.name for brand in shipped().all]
    assert len(names) == len(set(names))
    assert Brands([]).imitated(anatomy("paypa1.com")) is None


@pytest.mark.parametrize(
    ("word", "label", "how"),
    [
        ("paypal", "papyal", "transposed"), ("netflix", "netfllix", "doubled"), ("amazon", "amaxon", "neighbour"), ("google", "gogle", "missed"),
        ("google", "goopgle", "added"), ("paypal", "qaypal", "bit"), ("paypal", "paypal", ""), ("paypal", "pyapla", ""), ("ab", "abcd", ""),
    ],
)  # fmt: skip
def test_slips(word: str, label: str, how: str) -> None:
    assert slip(word, label) == how
