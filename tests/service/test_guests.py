"""Links for people without an account: made by an integrator, opened by anybody who holds the token, used up, and kept in a
form that opens nothing."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import httpx
import pytest

from assay.core.clock import DAY, now
from assay.service.invitations import Invitations

from .running import Running, running


def make(service: Running, **asked: Any) -> dict[str, Any]:
    answer = service.client.post("/v1/verifications", json={"kind": "waybill", "customer": "c-9"} | asked)
    assert answer.status_code == 201, answer.text
    assert answer.headers["location"] == f"/v1/verifications/{answer.json()['id']}"
    return dict(answer.json())


def state(service: Running, made: dict[str, Any]) -> dict[str, Any]:
    return dict(service.client.get(f"/v1/verifications/{made['id']}").json())


@pytest.fixture
def guest(service: Running) -> Any:
    """Somebody without a key."""
    service.app.state.parts.guests._wrong._level.clear()
    with httpx.Client(base_url=service.address, timeout=90) as client:
        yield client


def answer(guest: httpx.Client, made: dict[str, Any], lines: str, **more: Any) -> httpx.Response:
    begun = guest.post(f"{made['path']}/begin", json={})
    assert begun.status_code == 200, begun.text
    return guest.post(f"{made['path']}/answer", json={"signature": begun.json()["signature"], "lines": lines} | more)


def test_a_guest_hands_in_evidence_and_the_integrator_reads_the_outcome(service: Running, guest: httpx.Client) -> None:
    made = make(service)
    assert state(service, made) == {k: v for k, v in made.items() if k != "path"}
    page = guest.get(made["path"], headers={"accept-language": "zh-CN"})
    assert page.status_code == 200
    assert "waybill of c-9 by zh" in page.text
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert page.headers["permissions-policy"] == "camera=()"
    assert page.headers["referrer-policy"] == "no-referrer"
    assert page.headers["cache-control"] == "no-store"
    assert guest.get("/verify/files/waybill/counter.css").text == "body { color: black }"
    assert answer(guest, made, "weight 3\nweighed 3").json() == {"state": "received", "tries": 1}
    told = state(service, made)
    assert (told["state"], told["outcome"], told["answers"]) == ("done", "allow", [f"{made['id']}-1"])
    decided = service.client.get(f"/v1/decisions/{made['id']}-1").json()
    assert decided["evidence"]["customer"] == "c-9"


def test_a_used_link_is_used_up(service: Running, guest: httpx.Client) -> None:
    made = make(service)
    begun = guest.post(f"{made['path']}/begin", json={}).json()
    body = {"signature": begun["signature"], "lines": "weight 1"}
    assert guest.post(f"{made['path']}/answer", json=body).status_code == 200
    assert guest.post(f"{made['path']}/answer", json=body).status_code == 409
    assert guest.post(f"{made['path']}/begin", json={}).status_code == 409
    assert guest.get(made["path"]).status_code == 410
    assert len(state(service, made)["answers"]) == 1


def test_attempts_are_counted_when_they_begin(service: Running, guest: httpx.Client) -> None:
    made = make(service)
    told = [guest.post(f"{made['path']}/begin", json={}) for _ in range(3)]
    assert [one.status_code for one in told] == [200, 200, 409]
    late = guest.post(f"{made['path']}/answer", json={"signature": told[0].json()["signature"], "lines": "weight 1"})
    assert late.status_code == 422, "only what was asked last can be answered"
    assert (
        guest.post(f"{made['path']}/answer", json={"signature": told[1].json()["signature"], "lines": ""}).status_code
        == 409
    )


@pytest.mark.parametrize(
    "token",
    ["x", "v-aaaaaaaaaaaaaaaa." + "a" * 43, "..%2f..%2fsecrets", "v-aaaaaaaaaaaaaaaa", "a" * 5000, "%00", "files", "files/waybill/x"],
)  # fmt: skip
def test_a_wrong_token_says_nothing(guest: httpx.Client, token: str) -> None:
    answer = guest.get(f"/verify/{token}")
    assert answer.status_code in (404, 431)
    assert "c-9" not in answer.text
    assert guest.post(f"/verify/{token}/begin", json={}).status_code in (404, 431)


def test_the_secret_of_another_link_opens_nothing(service: Running, guest: httpx.Client) -> None:
    one, other = make(service), make(service)
    mixed = one["path"].split(".")[0] + "." + other["path"].split(".")[1]
    assert guest.get(mixed).status_code == 404


def test_guessing_is_slowed_down(service: Running, guest: httpx.Client) -> None:
    codes = [guest.get(f"/verify/v-{'a' * 16}.{'b' * 42}{i % 10}").status_code for i in range(40)]
    assert codes[0] == 404
    assert codes[-1] == 429


def test_what_lies_on_the_disk_opens_no_link_and_names_nobody(service: Running) -> None:
    made = make(service, customer="Maria Muster")
    kept = (service.app.state.parts.settings.data / "guests" / made["id"]).read_bytes()
    assert b"Maria" not in kept
    assert made["path"].split(".")[1].encode() not in kept


@pytest.mark.parametrize(
    ("asked", "where"),
    [
        ({"kind": "payment"}, "kind"), ({"kind": 7}, "kind"), ({"expires_in": 1}, "expires_in"),
        ({"expires_in": 10**9}, "expires_in"), ({"expires_in": True}, "expires_in"), ({"colour": "red"}, "colour"),
    ],
)  # fmt: skip
def test_a_request_that_makes_no_sense_names_its_field(service: Running, asked: dict[str, Any], where: str) -> None:
    refused = service.client.post("/v1/verifications", json={"kind": "waybill"} | asked)
    assert refused.status_code == 422
    assert refused.json()["error"]["where"] == where


def test_only_one_of_two_answers_at_once_counts(service: Running, guest: httpx.Client) -> None:
    made = make(service)
    begun = guest.post(f"{made['path']}/begin", json={}).json()
    codes: list[int] = []

    def send() -> None:
        with httpx.Client(base_url=service.address, timeout=90) as client:
            body = {"signature": begun["signature"], "lines": "burn 0.3"}
            codes.append(client.post(f"{made['path']}/answer", json=body).status_code)

    threads = [threading.Thread(target=send) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(codes) == [200, 409, 409, 409]


def test_large_and_wrong_bodies_are_refused(service: Running, guest: httpx.Client) -> None:
    made = make(service)
    guest.post(f"{made['path']}/begin", json={})
    assert guest.post(f"{made['path']}/begin", content=b"x" * 10_000).status_code in (413, 415)
    assert (
        guest.post(
            f"{made['path']}/answer", content=b" " * (5 << 20), headers={"content-type": "application/json"}
        ).status_code
        == 413
    )
    assert (
        guest.post(f"{made['path']}/answer", content=b"<x/>", headers={"content-type": "text/xml"}).status_code == 415
    )
    assert guest.put(made["path"]).status_code == 404


def test_a_link_and_its_state_outlive_the_service_and_an_expired_one_is_emptied(
    parcels_installed: None, tmp_path: Path
) -> None:
    with running(tmp_path) as service:
        made, gone = make(service), make(service, customer="c-old")
    with running(tmp_path) as service, httpx.Client(base_url=service.address) as guest:
        assert answer(guest, made, "weight 1").json()["state"] == "received"
        assert state(service, made)["state"] == "done"
        kept = Invitations(tmp_path)
        assert kept.by_id(gone["id"]).asked == {"customer": "c-old"}
        assert kept.expire(now() + DAY) == 1
        assert kept.by_id(gone["id"]).asked == {}
        assert state(service, gone)["state"] == "expired"
        assert kept.expire(now() + 40 * DAY) == 2
        assert service.client.get(f"/v1/verifications/{gone['id']}").status_code == 404
