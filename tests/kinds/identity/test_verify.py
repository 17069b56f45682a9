"""The page `/verify/<token>` and what stands behind it, over HTTP: one challenge, one answer, and nothing else counts."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest

from assay.core.clock import iso
from assay.core.words import LANGUAGES, catalogue
from assay.kinds.identity.challenge.plan import Plan
from assay.kinds.identity.verify.guest import Page
from assay.ledger.seal import Seal
from tests.kinds.identity.world import open_engine, serving
from tests.service.running import Running, running

JPEG = base64.b64encode(b"\xff\xd8\xff\xe0" + bytes(60)).decode()


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with serving(tmp_path_factory.mktemp("identity")) as service:
        yield service


@pytest.fixture
def guest(service: Running) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=service.address, timeout=60) as client:
        yield client


def link(service: Running, **asked: Any) -> dict[str, Any]:
    made = service.client.post("/v1/verifications", json={"customer": "c-7"} | asked)
    assert made.status_code == 201, made.text
    return dict(made.json())


def begin(guest: httpx.Client, made: dict[str, Any], **more: Any) -> dict[str, Any]:
    begun = guest.post(f"{made['path']}/begin", json=more)
    assert begun.status_code == 200, begun.text
    return dict(begun.json())


def body(challenge: dict[str, Any], **more: Any) -> dict[str, Any]:
    frames = [{"at": 100.0 * i, "image": JPEG} for i in range(3)]
    return {"challenge": challenge, "frames": frames, "camera": {"label": "Integrated Camera"}} | more


def codes(service: Running, id_: str) -> set[str]:
    found = service.client.get(f"/v1/decisions/{id_}").json()
    return {reason["code"] for finding in found.get("findings", ()) for reason in finding["reasons"]}


def test_the_page_speaks_both_languages_and_needs_nothing_from_elsewhere(service: Running, guest: httpx.Client) -> None:
    made = link(service)
    for language in LANGUAGES:
        page = guest.get(made["path"], headers={"accept-language": language})
        assert page.status_code == 200
        assert catalogue(language)["identity.verify.intro"] in page.text
        assert catalogue(language)["identity.verify.privacy-what"] in page.text
        assert "style=" not in page.text
        assert "http" not in page.text.replace("http-equiv", "")
        assert "camera=(self)" in page.headers["permissions-policy"]
        assert "'unsafe" not in page.headers["content-security-policy"]
    assert guest.get(f"{made['path']}?lang=zh").text.count("zh-Hans") == 1
    for name in Page().files():
        assert guest.get(f"/verify/files/identity-check/{name}").status_code == 200
    assert "camera=()" in guest.get("/docs").headers["permissions-policy"]


def test_each_attempt_has_a_challenge_of_its_own(service: Running, guest: httpx.Client) -> None:
    made = link(service)
    first, second = begin(guest, made), begin(guest, made, gentle=True)
    plans = [msgspec.convert(told["plan"], Plan) for told in (first, second)]
    assert json.loads(first["challenge"]["text"]) == first["plan"]
    assert plans[0].nonce != plans[1].nonce
    assert [plan.session for plan in plans] == [f"{made['id']}-1", f"{made['id']}-2"]
    assert (len(plans[0].actions), len(plans[0].flashes)) == (3, 6)
    assert (len(plans[1].actions), len(plans[1].flashes)) == (4, 0)


def test_an_answer_is_on_record_with_its_files(service: Running, guest: httpx.Client) -> None:
    made = link(service, document=base64.b64encode(b"%PDF-1.7 nothing").decode())
    begun = begin(guest, made)
    said = guest.post(f"{made['path']}/answer", json=body(begun["challenge"]), headers={"user-agent": "Firefox"})
    assert said.status_code == 200, said.text
    found = service.client.get(f"/v1/decisions/{made['id']}-1").json()
    assert found["evidence"]["agent"] == "Firefox"
    assert found["evidence"]["signed"] == 1
    assert found["exhibits"][0]["name"] == "identity-check.zip"
    assert "identity.challenge-holds" not in {r["code"] for r in found.get("reasons", ())}
    assert JPEG not in json.dumps(found)


def test_a_challenge_of_another_link_or_of_nobody_is_found_out(service: Running, guest: httpx.Client) -> None:
    one, other = link(service), link(service)
    stolen = begin(guest, other)
    begin(guest, one)
    assert guest.post(f"{one['path']}/answer", json=body(stolen["challenge"])).json()["state"] == "received"
    assert "identity.challenge-elsewhere" in codes(service, f"{one['id']}-1")
    assert service.client.get(f"/v1/verifications/{one['id']}").json()["outcome"] == "review"
    made = link(service)
    begun = begin(guest, made)
    begun["plan"]["actions"] = ["blink", "open-mouth", "blink"]
    forged = {"text": json.dumps(begun["plan"]), "signature": begun["challenge"]["signature"]}
    guest.post(f"{made['path']}/answer", json=body(forged))
    assert "identity.challenge-forged" in codes(service, f"{made['id']}-1")


def test_an_answered_challenge_is_remembered_over_a_restart(tmp_path: Path) -> None:
    with serving(tmp_path) as service, httpx.Client(base_url=service.address) as guest:
        made = link(service)
        begun = begin(guest, made)
        answer = body(begun["challenge"])
        guest.post(f"{made['path']}/answer", json=answer)
        assert "identity.challenge-replayed" not in codes(service, f"{made['id']}-1")
    when = service.engine.clock()
    with running(tmp_path, engine=open_engine(tmp_path)) as service:
        again = {"kind": "identity-check", "id": "again", "time": iso(when), "session": f"{made['id']}-1", **answer}
        said = service.client.post("/v1/assess", json=again)
        assert said.status_code == 200, said.text
        assert said.json()["outcome"] == "review"
        assert "identity.challenge-replayed" in {reason["code"] for reason in said.json()["reasons"]}


def test_a_stale_answer_is_asked_for_again(service: Running, guest: httpx.Client) -> None:
    made = link(service)
    begun = begin(guest, made)
    late = msgspec.convert(begun["plan"], Plan).expires + 60_000_000
    assessed = {"kind": "identity-check", "id": "late", "time": iso(late), "session": f"{made['id']}-1"}
    assessed |= body(begun["challenge"])
    said = service.client.post("/v1/assess", json=assessed).json()
    assert said["outcome"] == "challenge"
    assert "identity.challenge-stale" in {reason["code"] for reason in said["reasons"]}


@pytest.mark.parametrize(
    ("more", "where"),
    [
        ({"frames": [{"at": 0, "image": ""}] * 10_000}, "frames"),
        ({"frames": [{"at": 0, "image": "A" * 800_000}]}, "frames"),
        ({"frames": [{"at": 1e300, "image": ""}]}, "frames"),
        ({"camera": {"label": "x" * 1000}}, "camera"),
        ({"camera": {"settings": {str(i): i for i in range(100)}}}, "camera"),
        ({"prompts": [{"name": "blink", "at": 0}] * 100}, "prompts"),
        ({"challenge": {"text": "x" * 5000, "signature": ""}}, "challenge"),
        ({"id": "mine"}, ""),
    ],
)
def test_hostile_answers_are_refused_by_field(
    service: Running, guest: httpx.Client, more: dict[str, Any], where: str
) -> None:
    made = link(service)
    begun = begin(guest, made)
    refused = guest.post(f"{made['path']}/answer", json=body(begun["challenge"]) | more)
    assert refused.status_code == 422, refused.text
    assert where in refused.json()["error"].get("where", "")


@pytest.mark.parametrize(
    ("asked", "where"),
    [
        ({"customer": ""}, "customer"),
        ({"document": "!"}, "document"),
        ({"name": "x"}, ""),
        ({"ask_document": 3}, "ask_document"),
    ],
)
def test_a_request_that_makes_no_sense_names_its_field(service: Running, asked: dict[str, Any], where: str) -> None:
    refused = service.client.post("/v1/verifications", json=asked)
    assert refused.status_code == 422
    assert where in refused.json()["error"].get("where", "")


def test_nobody_can_sign_a_challenge_without_the_key(service: Running) -> None:
    seal = Seal.open(service.app.state.parts.settings.data / "secrets")
    assert seal("challenge", "x") != Seal(bytes(32))("challenge", "x")
