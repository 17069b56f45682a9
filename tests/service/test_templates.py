"""Templates over HTTP: an administrator has a customer's face forgotten, in the running service at once and on record."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from assay.ledger.templates import Templates
from tests.engine.test_vectors import shown
from tests.engine.world import open_engine

from .running import Running, running
from .test_heavy import body


@pytest.fixture(scope="module")
def service(parcels_installed: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    folder = tmp_path_factory.mktemp("templates")
    engine = open_engine(folder, templates=Templates.open(folder / "templates", folder / "secrets"))
    with running(folder, engine=engine) as service:
        yield service


def hand_in(service: Running, id_: str, customer: str, offset: float) -> set[str]:
    answer = service.client.post("/v1/assess", json=body(id_, shown(offset), customer=customer))
    assert answer.status_code == 200, answer.text
    return {reason["code"] for reason in answer.json().get("reasons", ())}


def test_a_customer_s_face_is_forgotten_at_once_and_that_is_on_record(service: Running) -> None:
    hand_in(service, "t1", "c1", 0.0)
    assert "parcels.reused" in hand_in(service, "t2", "c2", 0.1)
    for role, status in (("analyst", 403), ("integrator", 403), ("admin", 200)):
        gone = service.client.request(
            "DELETE", "/v1/customers/c1/templates", params={"why": "wish"}, headers=service.as_role(role)
        )
        assert gone.status_code == status
    assert gone.json() == {"erased": 1}
    found = [a.audit for a in service.engine.ledger.audit(limit=50) if a.audit.action == "templates.erased"]
    assert [audit.about["why"] for audit in found] == ["wish"]
    service.client.request("DELETE", "/v1/customers/c2/templates", headers=service.as_role("admin"))
    assert hand_in(service, "t3", "c3", 0.0) == set()


def test_erasing_a_piece_of_evidence_erases_its_template(service: Running) -> None:
    hand_in(service, "t4", "c4", 5.0)
    service.client.request("DELETE", "/v1/decisions/t4/exhibits", headers=service.as_role("admin"))
    assert hand_in(service, "t5", "c5", 5.0) == set()
