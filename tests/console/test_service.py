"""The console on the real service: sign in with a key, see what was decided, say what it was; a room from outside included."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pytest

from assay.console.render import BASE
from tests.engine.conftest import parcels_installed  # noqa: F401
from tests.service.running import Running, running


@pytest.fixture(scope="module")
def service(parcels_installed: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:  # noqa: F811
    with running(tmp_path_factory.mktemp("console")) as service:
        for i in range(70):
            service.assess(i, sender=f"s{i % 7}", depot="north", weight=40.0 if i % 10 == 0 else 2.0)
        yield service


@contextmanager
def browser(service: Running, role: str = "analyst") -> Iterator[httpx.Client]:
    with httpx.Client(base_url=service.address) as client:
        answer = client.post("/login", data={"key": service.tokens[role], "next": BASE})
        assert (answer.status_code, answer.headers["location"]) == (303, BASE)
        yield client


def words(html: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


def test_the_feed_counts_and_lists_what_was_just_decided(service: Running) -> None:
    with browser(service) as client:
        feed = client.get(BASE)
        assert feed.status_code == 200
        assert feed.text.count("data-row") == 50
        assert "7 Block" in words(feed.text)
        blocked = client.get(f"{BASE}?outcome=block")
        assert blocked.text.count("data-row") == 7
        assert client.get(f"{BASE}?q=p10").text.count("data-row") == 1
        assert client.get(f"{BASE}?entity=sender:s3").text.count("data-row") == 10


def test_a_room_from_outside_shows_its_evidence_on_its_own_page(service: Running) -> None:
    with browser(service) as client:
        page = client.get(f"{BASE}/decisions/p10")
    assert page.status_code == 200
    assert "A parcel of 40.0 kg." in page.text
    assert "The parcel weighs 40" in words(page.text)


def test_an_entity_shows_its_past_and_its_neighbours(service: Running) -> None:
    with browser(service) as client:
        page = client.get(f"{BASE}/entities/depot/north")
        found = words(client.get(f"{BASE}/entities?q=s3").text)
    assert page.status_code == 200
    assert "70 Events" in words(page.text)
    assert all(f"sender s{i}" in page.text for i in range(7))
    assert "s3 10" in found


@pytest.mark.parametrize("path", ["/entities", "/models", "/policy"])
def test_every_page_stands(service: Running, path: str) -> None:
    with browser(service, "auditor") as client:
        assert client.get(BASE + path).status_code == 200


def test_a_label_given_here_is_on_the_ledger_with_its_giver(service: Running) -> None:
    with browser(service) as client:
        page = client.get(f"{BASE}/decisions/p20").text
        csrf = re.search(r'name="csrf" value="([^"]+)"', page)
        assert csrf is not None
        answer = client.post(
            f"{BASE}/labels", data={"evidence": "p20", "truth": "fraud", "note": "seal broken", "csrf": csrf[1]}
        )
        assert answer.status_code == 303
        assert "seal broken" in client.get(f"{BASE}/decisions/p20").text
    (given,) = service.engine.ledger.labels("p20")  # type: ignore[union-attr]
    assert (given.label.truth, given.label.source, given.label.note) == ("fraud", "the analyst", "seal broken")


def test_an_integrators_key_opens_the_api_and_not_the_console(service: Running) -> None:
    with httpx.Client(base_url=service.address) as client:
        assert client.post("/login", data={"key": service.tokens["integrator"]}).status_code == 401
        assert client.get(BASE).status_code == 303


def test_a_key_alone_opens_no_page_so_that_no_link_can_carry_one(service: Running) -> None:
    assert service.client.get(BASE).status_code == 303
