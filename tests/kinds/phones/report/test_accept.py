"""A report is shown and a payment comes: what is believed holds it, what is not changes nothing or says who meddled."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from assay.core.clock import iso, micros
from assay.engine import Engine
from assay.formats import signers
from assay.kinds.payments import KIND as PAYMENTS
from assay.kinds.phones import KIND as PHONES
from assay.ledger.exhibits import ExhibitStore
from assay.ledger.seal import Seal
from assay.ledger.sqlite import SqliteLedger
from tests.service.running import Running, running

from .desk import EXPOSED, LEAD, NONCE, NOW, TRACE, phone, signed, statement
from .test_paper import touched

TYPES = {type_.tag(): type_ for kind in (PAYMENTS, PHONES) for type_ in kind.evidence}


def engine(folder: Path) -> Engine:
    opened = Engine(
        rooms=[PAYMENTS, PHONES], models=folder / "models", ledger=SqliteLedger(folder / "ledger", types=TYPES),
        seal=Seal.open(folder / "secrets"), exhibits=ExhibitStore.open(folder / "exhibits", folder / "secrets"),
    )  # fmt: skip
    opened.restore()
    return opened


def believe(folder: Path) -> Path:
    """A desk's keys, whose card the service in `folder` believes."""
    keys = folder / "keys"
    if not signers.cards(keys):
        signers.create(keys, "desk", now=NOW - timedelta(days=100))
    for card in keys.glob("*.json"):
        signers.trust(folder / "models" / "phones" / "signers", card.read_bytes())
    return keys


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("bank")


@pytest.fixture(scope="module")
def keys(folder: Path) -> Path:
    return believe(folder)


@pytest.fixture(scope="module")
def bank(folder: Path, keys: Path) -> Iterator[Running]:
    with running(folder, engine=engine(folder), heavy_workers=0) as service:
        yield service


def show(
    bank: Running,
    id_: str,
    content: bytes,
    customer: str,
    device: str,
    at: datetime = NOW + timedelta(hours=2),
    **more: Any,
) -> dict[str, Any]:
    body = {
        "kind": "phone-report", "id": id_, "time": iso(micros(at)), "customer": customer, "device": device,
        "content": base64.b64encode(content).decode(), "nonce": NONCE, **more,
    }  # fmt: skip
    said = bank.client.post("/v1/assess", json=body)
    assert said.status_code == 200, said.text
    return dict(bank.client.get(f"/v1/decisions/{id_}").json())


def codes(decision: dict[str, Any]) -> set[str]:
    return {reason["code"] for finding in decision["findings"] for reason in finding["reasons"]}


def pay(bank: Running, id_: str, amount: str, days: float = 1, **about: str) -> dict[str, Any]:
    at = NOW + timedelta(hours=2, days=days)
    body = {"kind": "payment", "id": id_, "time": iso(micros(at)), "amount": amount, "currency": "EUR", **about}
    said = bank.client.post("/v1/assess", json=body)
    assert said.status_code == 200, said.text
    return dict(said.json())


def test_traces_hold_the_payment_and_ask_for_a_call_on_another_device(bank: Running, keys: Path) -> None:
    nonce = "nonce-for-the-high-one"
    told = show(
        bank,
        "r-high",
        signed(keys, statement(TRACE, customer="c-high", device="d-high", nonce=nonce)),
        "c-high",
        "d-high",
        nonce=nonce,
    )
    assert {"phones.report-high", "phones.report-found"} <= codes(told)
    for about in ({"device": "d-high"}, {"customer": "c-high", "device": "another"}):
        paid = pay(bank, f"p-{len(about)}", "3.00", **about)
        assert paid["outcome"] == "review", paid
        assert "policy.phone-compromised" in {reason["code"] for reason in paid["reasons"]}
    assert pay(bank, "p-other", "3.00", customer="c-somebody", device="d-somebody")["outcome"] == "allow"
    assert pay(bank, "p-later", "3.00", days=9, device="d-high")["outcome"] == "allow"  # the report has expired by then


def test_exposure_lowers_the_limit_and_no_trace_changes_nothing(bank: Running, keys: Path) -> None:
    for name, found, small, large in (
        ("exposed", EXPOSED, "allow", "challenge"),
        ("lead", LEAD, "challenge", "challenge"),
        ("none", None, "allow", "allow"),
    ):
        about = {"customer": f"c-{name}", "device": f"d-{name}"}
        nonce = f"nonce-for-the-{name}-one"
        content = signed(keys, statement(*([found] if found else []), nonce=nonce, **about))
        told = show(bank, f"r-{name}", content, about["customer"], about["device"], nonce=nonce)
        assert f"phones.report-{'suspicious' if name == 'lead' else name}" in codes(told)
        assert pay(bank, f"p-{name}-small", "20.00", **about)["outcome"] == small
        assert pay(bank, f"p-{name}-large", "2500.00", **about)["outcome"] == large


def test_a_report_shown_twice_is_a_replay_over_a_restart_too(tmp_path: Path) -> None:
    keys = believe(tmp_path)
    content = signed(keys, statement())
    with running(tmp_path, engine=engine(tmp_path), heavy_workers=0) as bank:
        assert "phones.report-replayed" not in codes(show(bank, "r-1", content, "c-1", "d-1"))
    with running(tmp_path, engine=engine(tmp_path), heavy_workers=0) as bank:
        later = NOW + timedelta(days=5)
        assert "phones.report-replayed" in codes(show(bank, "r-2", content, "c-1", "d-1", at=later))
        paid = pay(bank, "p-1", "3.00", days=6, device="d-1")
        assert paid["outcome"] == "challenge"


@pytest.mark.parametrize(
    ("name", "code", "verdict"),
    [("forged", "phones.report-forged", "counterfeit"), ("device", "phones.report-other-device", "suspicious"),
     ("customer", "phones.report-other-customer", "suspicious"), ("nonce", "phones.report-other-case", "suspicious"),
     ("case", "phones.report-other-case", "suspicious"), ("expired", "phones.report-expired", "inconclusive"),
     ("early", "phones.report-early", "suspicious"), ("unknown", "phones.report-unknown-signer", "inconclusive"),
     ("broken", "phones.report-broken", "inconclusive")],
)  # fmt: skip
def test_what_is_not_to_be_believed_says_why_and_never_holds_as_a_trace_would(
    bank: Running, keys: Path, tmp_path: Path, name: str, code: str, verdict: str
) -> None:
    about = {"customer": f"x-{name}", "device": f"y-{name}"}
    nonce = f"nonce-refused-{name}"
    content = signed(
        tmp_path / "stranger" if name == "unknown" else keys, statement(TRACE, nonce=nonce, case="k-1", **about)
    )
    at, more = NOW + timedelta(hours=2), {"nonce": nonce, "case": "k-1"}
    if name == "forged":
        content = content.replace(b'"version":"18.7.3"', b'"version":"18.7.4"')
    elif name == "broken":
        content = content[:-40]
    elif name in ("device", "customer"):
        about[name] = "somebody-else"
    elif name in ("nonce", "case"):
        more[name] = "another-nonce-altogether"
    elif name == "expired":
        at = NOW + timedelta(days=8)
    elif name == "early":
        at = NOW - timedelta(hours=1)
    told = show(bank, f"r-{name}", content, about["customer"], about["device"], at=at, **more)
    (finding,) = [f for f in told["findings"] if f["detector"] == "phones.report"]
    assert code in codes(told)
    assert finding["verdict"] == verdict
    assert "phones.report-high" not in codes(told)
    paid = pay(bank, f"p-{name}", "3.00", device=about["device"])
    assert "policy.phone-compromised" not in {reason["code"] for reason in paid.get("reasons", ())}


def test_a_device_that_was_one_phone_does_not_become_another(bank: Running, keys: Path) -> None:
    for number, name in enumerate(("first-phone", "first-phone", "second-phone")):
        nonce = f"nonce-of-showing-{number}"
        content = signed(keys, statement(image=phone(device=name), nonce=nonce, device="d-swap", customer="c-swap"))
        told = show(bank, f"r-swap-{number}", content, "c-swap", "d-swap", nonce=nonce)
        assert ("phones.report-other-phone" in codes(told)) == (number == 2)


def test_a_report_on_paper_is_shown_with_its_nonce_and_its_pages_count(bank: Running, keys: Path) -> None:
    from assay.kinds.phones.report.page import page
    from assay.kinds.phones.report.paper import seal
    from assay.kinds.phones.report.statement import sign

    card, key = signers.signing_key(keys)
    said = statement(TRACE, nonce="nonce-upon-the-paper", device="d-paper", customer="c-paper")
    pdf = seal(page(said, card, sign(said, card, key), "en"), card, key)
    told = show(bank, "r-paper", pdf, "c-paper", "d-paper", nonce="nonce-upon-the-paper")
    assert "phones.report-high" in codes(told)
    changed = show(bank, "r-paper-2", touched(pdf), "c-q", "d-q", nonce="nonce-upon-the-paper")
    assert "phones.report-page-altered" in codes(changed)
    body = {
        "kind": "phone-report",
        "id": "r-paper-3",
        "time": iso(micros(NOW)),
        "content": base64.b64encode(pdf).decode(),
    }
    assert bank.client.post("/v1/assess", json=body).status_code == 422


def test_a_revoked_signer_is_believed_no_more_after_the_next_start(tmp_path: Path) -> None:
    keys = believe(tmp_path)
    content = signed(keys, statement(TRACE))
    signers.revoke(tmp_path / "models" / "phones" / "signers", next(iter(signers.cards(keys))), "stolen")
    with running(tmp_path, engine=engine(tmp_path), heavy_workers=0) as bank:
        assert "phones.report-revoked" in codes(show(bank, "r-1", content, "c-1", "d-1"))


def test_the_report_is_kept_as_it_came(bank: Running, keys: Path) -> None:
    content = signed(keys, statement(nonce="nonce-kept-as-it-came", customer="c-k", device="d-k"))
    told = show(bank, "r-kept", content, "c-k", "d-k", nonce="nonce-kept-as-it-came")
    assert bank.client.get("/v1/decisions/r-kept/exhibits/1").content == content
    assert told["evidence"]["phone"] == "digest-of-the-phone"
