"""The console's logins: a cookie for a key, gone with the key, useless to another site."""

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from .running import Running, parcel, running


@contextmanager
def login(service: Running, role: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=service.address, timeout=10) as client:
        response = client.post("/login", data={"key": service.tokens[role]})
        assert response.status_code == 303, response.text
        yield client


def csrf(client: httpx.Client) -> str:
    found = re.search(r'name="?csrf"? value="?([\w-]+)', client.get("/console").text)
    assert found
    return found[1]


def test_the_console_leads_to_the_login_and_back(service: Running) -> None:
    with httpx.Client(base_url=service.address) as client:
        response = client.get("/console")
        assert response.status_code == 303
        assert response.headers["location"].startswith("/login")
        assert client.get("/").headers["location"] == "/console"
    with login(service, "analyst") as client:
        assert client.get("/console").status_code == 200


def test_the_cookie_is_for_us_alone(service: Running) -> None:
    response = httpx.post(f"{service.address}/login", data={"key": service.tokens["analyst"]})
    cookie = response.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "samesite=strict" in cookie.lower()
    assert service.tokens["analyst"] not in cookie
    assert "Secure" not in cookie


def test_behind_tls_the_cookie_is_secure(parcels_installed: None, tmp_path: Path) -> None:
    with running(tmp_path, cookie_secure=True) as service:
        response = httpx.post(f"{service.address}/login", data={"key": service.tokens["analyst"]})
        assert "Secure" in response.headers["set-cookie"]


def test_a_wrong_key_or_an_integrators_opens_nothing(service: Running) -> None:
    for key in ("", "assay_x_y", service.tokens["integrator"]):
        response = httpx.post(f"{service.address}/login", data={"key": key})
        assert response.status_code == 401
        assert "set-cookie" not in response.headers
    service.app.state.parts.access.attempts._level.clear()


def test_guessing_at_the_login_is_slowed_down(service: Running) -> None:
    codes = [httpx.post(f"{service.address}/login", data={"key": f"assay_{i}_x"}).status_code for i in range(14)]
    assert codes[0] == 401
    assert codes[-1] == 429
    service.app.state.parts.access.attempts._level.clear()


def test_a_session_may_read_what_its_role_may(service: Running) -> None:
    with login(service, "auditor") as client:
        assert client.get("/v1/decisions").status_code == 200
        assert client.get("/metrics").status_code == 200
        with client.stream("GET", "/v1/live") as response:
            assert response.status_code == 200
    with login(service, "analyst") as client:
        assert client.get("/metrics").status_code == 403


def test_to_change_something_a_session_needs_its_token(service: Running) -> None:
    service.assess("csrf", weight=44.0)
    label = {"evidence": "pcsrf", "truth": "fraud"}
    with login(service, "analyst") as client:
        assert client.post("/v1/labels", json=label).status_code == 403
        assert client.post("/v1/labels", json=label, headers={"x-csrf-token": "wrong"}).status_code == 403
        assert client.post("/v1/checks", params={"name": "a"}, content=b"x").status_code == 403
        token = csrf(client)
        assert client.post("/v1/labels", json=label, headers={"x-csrf-token": token}).status_code == 200
    with login(service, "auditor") as client:
        assert client.post("/v1/labels", json=label, headers={"x-csrf-token": csrf(client)}).status_code == 403


def test_evidence_is_taken_by_key_only(service: Running) -> None:
    with login(service, "admin") as client:
        assert (
            client.post("/v1/assess", json=parcel("cookie"), headers={"x-csrf-token": csrf(client)}).status_code == 401
        )


def test_a_console_page_labels_and_the_engine_learns(service: Running) -> None:
    service.assess("page", weight=44.0)
    with login(service, "analyst") as client:
        form = {"evidence": "ppage", "truth": "genuine", "note": "fine", "csrf": csrf(client)}
        assert client.post("/console/labels", data=form).status_code == 303
        assert client.post("/console/labels", data=form | {"csrf": "x"}).status_code == 403
    labels = service.client.get("/v1/decisions/ppage").json()["labels"]
    assert [label["label"]["truth"] for label in labels] == ["genuine"]


@pytest.mark.parametrize(
    "path",
    ["/console", "/console?outcome=block&q=p", "/console/decisions/pshown", "/console/entities", "/console/entities?q=s",
     "/console/entities/sender/sshown", "/console/models", "/console/policy"],
)  # fmt: skip
def test_every_page_of_the_console_shows(service: Running, path: str) -> None:
    service.assess("shown", weight=44.0)
    with login(service, "engineer") as client:
        response = client.get(path)
        assert response.status_code == 200
        assert response.headers["content-type"].startswith("text/html")


def test_a_session_ends_with_its_key_its_logout_and_its_time(
    service: Running, parcels_installed: None, tmp_path: Path
) -> None:
    token, key = service.keys.create("analyst")
    time.sleep(0.05)
    client = httpx.Client(base_url=service.address)
    client.post("/login", data={"key": token})
    assert client.get("/v1/decisions").status_code == 200
    service.keys.revoke(key.id)
    time.sleep(0.05)
    assert client.get("/v1/decisions").status_code == 401

    with login(service, "analyst") as client:
        kept = client.cookies.get("assay_session")
        client.post("/logout", data={"csrf": csrf(client)})
        assert client.get("/v1/decisions", headers={"cookie": f"assay_session={kept}"}).status_code == 401

    with running(tmp_path, session=1) as short, login(short, "analyst") as client:
        assert client.get("/v1/decisions").status_code == 200
        time.sleep(1.1)
        assert client.get("/v1/decisions").status_code == 401


def test_logins_are_on_the_audit_trail(service: Running) -> None:
    with login(service, "analyst"):
        time.sleep(0.3)
    assert service.engine.ledger.audit(limit=1)[0].audit.action == "signed-in"
