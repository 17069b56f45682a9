"""Keys and roles: every route for every role, as the one table says; a revoked key stops at once."""

import logging
import os
import stat
import time
from pathlib import Path

import httpx
import pytest

from assay.core.errors import InvalidSetting, NotFound
from assay.service.examples import EXAMPLES
from assay.service.keys import KeyFile, KeyRing, Unauthenticated
from assay.service.roles import OPEN, ROLES, ROUTES, is_console, is_open

from .running import Running, parcel


def test_every_route_is_in_the_table_or_open(service: Running) -> None:
    """A route that somebody adds and forgets to give to a role answers nobody; this test says so first."""
    served = {
        f"{m} {p}"
        for p, methods in service.client.get("/openapi.json").json()["paths"].items()
        for m in map(str.upper, methods)
    }
    assert served - OPEN == set(ROUTES)
    for route in service.app.routes:
        for method in getattr(route, "methods", None) or ():
            name = f"{method} {route.path}".replace(":path", "")
            assert name in ROUTES or is_open(name) or is_console(name) or method == "HEAD", name


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("route", sorted(ROUTES))
def test_a_role_may_do_what_the_table_says_and_nothing_else(service: Running, route: str, role: str) -> None:
    response = call(service, route, service.as_role(role))
    if role in ROUTES[route]:
        assert (
            response.status_code not in (401, 403) or "read only" in response.text
        )  # TAXII's word for what cannot be written
    else:
        assert response.status_code == 403
        assert f"the role {role} may not use" in response.text


@pytest.mark.parametrize("route", sorted(ROUTES))
@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "Bearer",
        "Bearer x",
        "Basic YTpi",
        "Bearer assay_aaaaaaaaaa_wrong",
        "Bearer " + "assay_" * 5000,
        "Bearer assay__",
    ],
    ids=["none", "empty", "bare", "nonsense", "basic", "unknown", "long", "without id"],
)
def test_without_a_good_key_nothing_answers(service: Running, route: str, header: str | None) -> None:
    service.app.state.parts.access.attempts._level.clear()
    response = call(service, route, {} if header is None else {"authorization": header})
    assert response.status_code in (401, 431)
    assert "authenticate" in "".join(response.headers) or response.status_code == 431


def call(service: Running, route: str, headers: dict[str, str]) -> httpx.Response:
    """The route's own example, as anybody would send it; of a stream only the head is awaited."""
    example = EXAMPLES[route]
    method, _, path = route.partition(" ")
    body: dict[str, object] = {}
    if example.request is not None:
        body = {"json": parcel("role")} if path == "/v1/assess" else {"content": b"{}"}
        headers = headers | {"content-type": example.takes}
    with (
        httpx.Client(base_url=service.address, timeout=90) as client,
        client.stream(method, path.format(**example.path), params=example.query, headers=headers, **body) as response,
    ):
        if "event-stream" not in response.headers["content-type"]:
            response.read()
        return response


def test_a_wrong_secret_for_a_known_id_is_refused(service: Running) -> None:
    service.app.state.parts.access.attempts._level.clear()
    token = service.tokens["admin"]
    wrong = token[:-1] + ("a" if token[-1] != "a" else "b")
    for given in (wrong, token + "x", token.upper(), token[:20]):
        assert service.client.get("/v1/policy", headers={"authorization": f"Bearer {given}"}).status_code == 401


def test_guessing_from_one_address_is_slowed_down(service: Running) -> None:
    attempts = service.app.state.parts.access.attempts
    attempts._level.clear()
    codes = [
        service.client.get("/v1/policy", headers={"authorization": f"Bearer assay_guess_{i}"}).status_code
        for i in range(15)
    ]
    assert codes[:10] == [401] * 10
    assert codes[-1] == 429
    assert service.client.get("/v1/policy").status_code == 200, "a key verified before is not held up"
    attempts._level.clear()


def test_a_revoked_key_stops_at_once(service: Running) -> None:
    token, key = service.keys.create("analyst")
    headers = {"authorization": f"Bearer {token}"}
    time.sleep(0.05)
    assert service.client.get("/v1/policy", headers=headers).status_code == 200
    service.keys.revoke(key.id)
    time.sleep(0.05)
    assert service.client.get("/v1/policy", headers=headers).status_code == 401
    assert service.client.get("/v1/policy").status_code == 200


def test_keys_made_and_revoked_while_it_runs_are_on_the_audit_trail(service: Running) -> None:
    _, key = service.keys.create("auditor")
    time.sleep(0.05)
    service.client.get("/v1/policy")
    service.keys.revoke(key.id)
    time.sleep(0.05)
    service.client.get("/v1/policy")
    time.sleep(0.2)
    events = [record.audit for record in service.engine.ledger.audit(limit=10)]
    assert [e.action for e in events if e.about.get("key") == key.id] == ["key-revoked", "key-created"]


def test_no_key_is_ever_logged(service: Running, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        service.client.get("/v1/policy")
        service.client.get("/v1/policy", headers={"authorization": "Bearer assay_aaaaaaaaaa_topsecret"})
        service.app.state.parts.access.attempts._level.clear()
    assert "topsecret" not in caplog.text
    assert service.tokens["admin"].rpartition("_")[2] not in caplog.text


# the key file


def test_the_file_holds_no_secret_and_is_its_owners_alone(tmp_path: Path) -> None:
    keys = KeyFile(tmp_path)
    token, key = keys.create("engineer", "laptop")
    text = keys.path.read_text()
    assert token.rpartition("_")[2] not in text
    assert "$argon2id$" in text
    assert stat.S_IMODE(os.stat(keys.path).st_mode) == 0o600
    assert (key.role, key.name, key.active) == ("engineer", "laptop", True)
    assert token.startswith(f"assay_{key.id}_")


def test_keys_are_listed_oldest_first_with_the_revoked(tmp_path: Path) -> None:
    keys = KeyFile(tmp_path)
    made = [keys.create(role)[1].id for role in ROLES]
    keys.revoke(made[2])
    assert [key.id for key in keys.list()] == made
    assert [key.active for key in keys.list()] == [i != 2 for i in range(len(made))]


def test_what_cannot_be_done_is_said(tmp_path: Path) -> None:
    keys = KeyFile(tmp_path)
    with pytest.raises(InvalidSetting, match="no role 'king'"):
        keys.create("king")
    with pytest.raises(NotFound):
        keys.revoke("nobody")
    keys.create("admin")
    keys.path.write_text("[{]")
    with pytest.raises(InvalidSetting, match=r"keys\.json"):
        keys.list()


def test_a_verified_key_is_known_until_its_trust_runs_out(tmp_path: Path) -> None:
    keys = KeyFile(tmp_path)
    token, key = keys.create("auditor")
    ring = KeyRing(keys, trust=0.2)
    assert ring.known(token.encode()) is None
    assert ring.verify(token.encode()).role == "auditor"
    assert ring.known(token.encode()) is not None
    time.sleep(0.25)
    assert ring.known(token.encode()) is None
    keys.revoke(key.id)
    time.sleep(0.05)
    with pytest.raises(Unauthenticated):
        ring.verify(token.encode())


def test_a_known_key_costs_microseconds(tmp_path: Path) -> None:
    keys = KeyFile(tmp_path)
    token = keys.create("admin")[0].encode()
    ring = KeyRing(keys, trust=60)
    ring.verify(token)
    began = time.perf_counter()
    for _ in range(10_000):
        ring.known(token)
    assert (time.perf_counter() - began) / 10_000 < 50e-6
