"""Cases over HTTP: the queue, one whole, and work that is on record, done once, and for those who may."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from assay.core.batch import Batch
from tests.engine.test_campaigns import attack, log, opened

from .running import Running, running


@pytest.fixture(scope="module")
def working(parcels_installed: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    folder = tmp_path_factory.mktemp("cases")
    engine = opened(folder)
    engine.assess_batch(Batch.of(attack()))
    engine.assess_batch(Batch.of([log("weak", "little low T1082", 1, host="ws-9")]))
    with running(folder, engine=engine) as service:
        yield service


def case(service: Running) -> str:
    (one,) = service.client.get("/v1/cases", params={"state": ["open", "faded", "closed"]}).json()["cases"]
    return one["id"]


def work(service: Running, role: str = "analyst", **body: str) -> tuple[int, dict[str, object]]:
    answer = service.client.post(f"/v1/cases/{case(service)}/work", json=body, headers=service.as_role(role))
    return answer.status_code, answer.json()


def test_the_queue_and_a_case_whole(working: Running) -> None:
    (line,) = working.client.get("/v1/cases", params={"state": ["open", "faded"]}).json()["cases"]  # it was long ago
    assert line["tactics"] == ["initial-access", "execution", "credential-access", "lateral-movement"]
    assert line["findings"] == 4
    assert line["first"].endswith("Z")
    whole = working.client.get(f"/v1/cases/{line['id']}").json()
    assert [stage["tactic"] for stage in whole["stages"]] == line["tactics"]
    said = whole["stages"][0]["said"][0]
    assert (said["title"], said["pieces"][0]["evidence"]) == ("mail", "a0")
    assert working.client.get(f"/v1/decisions/{said['pieces'][0]['evidence']}").status_code == 200
    assert whole["ties"][0]["n"] == 4


def test_filters(working: Running) -> None:
    def listed(**params: object) -> int:
        return len(working.client.get("/v1/cases", params=params).json()["cases"])

    assert listed(state="gathering") == 1
    assert listed(state=["open", "faded", "closed", "gathering"]) == 2
    assert listed(state="faded", entity="device:ws-7") == 1
    assert listed(entity="host:ws-8") == 0
    assert listed(owner="nobody we know") == 0


@pytest.mark.parametrize("params", [{"state": "lost"}, {"entity": "ws-7"}, {"limit": 0}])
def test_a_filter_that_makes_no_sense_is_named(working: Running, params: dict[str, object]) -> None:
    answer = working.client.get("/v1/cases", params=params)
    assert answer.status_code == 422
    assert answer.json()["error"]["where"] == next(iter(params))


def test_what_is_done_is_done_once_and_on_record(working: Running) -> None:
    for _ in range(2):
        assert work(working, action="assign", owner="anna")[0] == 200
        assert work(working, action="note", note="seen", key="n-1")[0] == 200
        status, told = work(working, action="label", truth="fraud")
        assert (status, told["case"]["state"], told["case"]["truth"]) == (200, "closed", "fraud")
        assert told["case"]["probability"] > 0.5, "as it was when it was closed"
    assert work(working, action="reopen")[1]["case"]["state"] == "open"
    done = [one.audit for one in working.engine.ledger.audit(limit=100) if one.audit.action.startswith("case.")]
    assert [a.action for a in reversed(done)] == ["case.assigned", "case.noted", "case.labelled", "case.reopened"]
    assert len({a.actor for a in done}) == 1


@pytest.mark.parametrize(
    ("body", "status"),
    [({"action": "burn"}, 422), ({"action": "label"}, 422), ({"action": "label", "truth": "maybe"}, 422), ({"action": "note"}, 422),
     ({"action": "assign", "owner": "x" * 200}, 422), ({"what": "label"}, 422)],
)  # fmt: skip
def test_what_makes_no_sense_is_refused(working: Running, body: dict[str, str], status: int) -> None:
    assert work(working, **body)[0] == status


def test_how_many_are_open_is_a_figure_for_operators(working: Running) -> None:
    assert "assay_cases_open 1.0" in working.client.get("/metrics").text


def test_roles(working: Running) -> None:
    id_ = case(working)
    for role, reads, works in (("integrator", 403, 403), ("auditor", 200, 403), ("analyst", 200, 200)):
        assert working.client.get(f"/v1/cases/{id_}", headers=working.as_role(role)).status_code == reads
        assert work(working, role, action="assign", owner=f"by {role}")[0] == works


def test_nothing_is_a_404(working: Running) -> None:
    assert working.client.get("/v1/cases/case-nothing").status_code == 404
    assert working.client.post("/v1/cases/case-nothing/work", json={"action": "reopen"}).status_code == 404


def test_what_was_done_is_there_after_a_restart(parcels_installed: None, tmp_path: Path) -> None:
    engine = opened(tmp_path)
    engine.assess_batch(Batch.of(attack()))
    with running(tmp_path, engine=engine) as service:
        assert work(service, action="label", truth="genuine", note="a drill")[0] == 200
    again = opened(tmp_path)
    (one,) = again.campaigns.cases.values()
    assert (one.state, one.truth, one.history[-1].note) == ("closed", "genuine", "a drill")
    again.ledger.close()
