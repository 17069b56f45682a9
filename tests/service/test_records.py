"""Reading back what was recorded, and giving labels."""

import json

import pytest

from .running import Running, parcel


@pytest.fixture(scope="module", autouse=True)
def history(service: Running) -> None:
    body = [
        parcel(
            f"h{i}",
            weight=44.0 if i % 5 == 0 else 2.0,
            sender=f"h{i % 4}",
            depot="hd",
            time=f"2026-03-0{1 + i % 7}T10:00:00Z",
        )
        for i in range(40)
    ]
    assert service.client.post("/v1/assess/batch", content="\n".join(map(json.dumps, body))).text.count("outcome") == 40


def ids(service: Running, **params: object) -> list[str]:
    response = service.client.get("/v1/decisions", params={"id_prefix": "ph", "limit": 500} | params)
    assert response.status_code == 200, response.text
    return [decision["id"] for decision in response.json()["decisions"]]


def test_decisions_come_newest_first(service: Running) -> None:
    assert ids(service) == [f"ph{i}" for i in reversed(range(40))]


def test_filters_narrow(service: Running) -> None:
    blocked = ids(service, outcome="block")
    assert blocked == [f"ph{i}" for i in reversed(range(0, 40, 5))]
    assert ids(service, outcome=["block", "review"], reason="parcels.heavy") == blocked
    assert ids(service, rule="too heavy") == blocked
    assert ids(service, entity="sender:h1") == [f"ph{i}" for i in reversed(range(1, 40, 4))]
    assert ids(service, since="2026-03-07T00:00:00Z") == [f"ph{i}" for i in reversed(range(40)) if i % 7 == 6]
    assert ids(service, until="2026-03-02T00:00:00Z", kind="parcel") == [
        f"ph{i}" for i in reversed(range(40)) if i % 7 == 0
    ]
    assert ids(service, kind="parcel-scan") == []


def test_pages_join_without_gap_or_repeat(service: Running) -> None:
    found, before = [], None
    while True:
        params = {"id_prefix": "ph", "limit": 7} | ({} if before is None else {"before": before})
        page = service.client.get("/v1/decisions", params=params).json()
        found += [decision["id"] for decision in page["decisions"]]
        before = page.get("next")
        if before is None:
            break
    assert found == ids(service)


@pytest.mark.parametrize(
    "params",
    [
        {"outcome": "maybe"},
        {"limit": 0},
        {"limit": 501},
        {"limit": "many"},
        {"since": "yesterday"},
        {"min_probability": 2},
        {"entity": "sender"},
        {"before": "x"},
    ],
)
def test_a_filter_that_makes_no_sense_is_named(service: Running, params: dict[str, object]) -> None:
    response = service.client.get("/v1/decisions", params=params)
    assert response.status_code == 422
    assert response.json()["error"]["where"] == next(iter(params))


def test_a_decision_nobody_made_is_not_found(service: Running) -> None:
    response = service.client.get("/v1/decisions/nothing")
    assert (response.status_code, response.json()["error"]["code"]) == (404, "not-found")


def test_findings_with_their_sentences(service: Running) -> None:
    found = service.client.get("/v1/findings", params={"entity": "sender:h0", "detector": "parcels.weight"}).json()[
        "findings"
    ]
    assert [finding["evidence"] for finding in found] == ["ph20", "ph0"]
    assert found[0]["status"] == "open"
    assert found[0]["time"].endswith("Z")
    assert "44" in found[0]["finding"]["reasons"][0]["text"]


def test_an_entitys_record_and_links(service: Running) -> None:
    record = service.client.get("/v1/entities/sender/h2").json()
    assert record["total"] == 10
    assert {decision["id"] for decision in record["decisions"]} == {f"ph{i}" for i in range(2, 40, 4)}
    links = service.client.get("/v1/entities/sender/h2/links").json()
    assert {"kind": "depot", "id": "hd"} in [node["entity"] for node in links["nodes"]]
    assert service.client.get("/v1/entities/sender/nobody").status_code == 404


def test_a_label_is_recorded_and_learned(service: Running) -> None:
    given = {"evidence": "ph5", "truth": "genuine", "source": "analyst", "note": "weighed again"}
    assert service.client.post("/v1/labels", json=given).json() == {"labels": 1}
    labels = service.client.get("/v1/decisions/ph5").json()["labels"]
    assert [(label["label"]["truth"], label["label"]["note"]) for label in labels] == [("genuine", "weighed again")]
    found = service.client.get("/v1/findings", params={"entity": "sender:h1"}).json()["findings"]
    assert {f["evidence"]: f["status"] for f in found} == {"ph25": "open", "ph5": "dismissed"}


def test_labels_are_taken_together_or_not_at_all(service: Running) -> None:
    given = [{"evidence": "ph10", "truth": "fraud"}, {"evidence": "nobody", "truth": "fraud"}]
    response = service.client.post("/v1/labels", json=given)
    assert response.status_code == 404
    assert "nobody" in response.json()["error"]["message"]
    assert service.client.get("/v1/decisions/ph10").json()["labels"] == []
    assert service.client.post("/v1/labels", json=given[:1]).json() == {"labels": 1}


@pytest.mark.parametrize(
    ("body", "where"),
    [
        ({"evidence": "ph1", "truth": "maybe"}, "truth"),
        ({"truth": "fraud"}, "evidence"),
        ([{"evidence": "ph1", "truth": "fraud"}, {"evidence": 3, "truth": "fraud"}], "[1].evidence"),
        ({"evidence": "ph1", "truth": "fraud", "when": "now"}, "when"),
    ],
)
def test_a_malformed_label_is_named(service: Running, body: object, where: str) -> None:
    response = service.client.post("/v1/labels", json=body)
    assert response.status_code == 422
    assert response.json()["error"]["where"] == where


def test_who_gave_a_label_is_on_the_audit_trail(service: Running) -> None:
    service.client.post("/v1/labels", json={"evidence": "ph15", "truth": "fraud"}, headers=service.as_role("analyst"))
    analyst = next(key.id for key in service.keys.list() if key.role == "analyst")
    events = [record.audit for record in service.engine.ledger.audit(limit=20)]
    assert any(e.actor == analyst and e.action == "labelled" and e.about["evidence"] == ["ph15"] for e in events)
    assert service.engine.ledger.audit(limit=500)[-1].audit.action == "started"


def test_policy_and_models_in_force(service: Running) -> None:
    policies = service.client.get("/v1/policy").json()["policies"]
    assert [p["room"] for p in policies] == ["parcels"]
    assert "too heavy" in policies[0]["text"]
    models = service.client.get("/v1/models").json()["models"]
    assert [model["detector"] for model in models] == [
        "parcels.belt", "parcels.photo", "parcels.reuse", "parcels.waybill", "parcels.weight",
    ]  # fmt: skip


def test_metrics_add_up(service: Running) -> None:
    def blocked() -> float:
        text = service.client.get("/metrics").text
        line = next(
            row for row in text.splitlines() if row.startswith('assay_decisions_total{kind="parcel",outcome="block"}')
        )
        return float(line.split()[-1])

    before = blocked()
    service.assess("metric", weight=44.0)
    service.assess("metric", weight=44.0)  # repeated: not counted twice
    assert blocked() == before + 1
    text = service.client.get("/metrics").text
    for name in (
        "assay_assess_seconds_bucket",
        "assay_commit_seconds_sum",
        "assay_queue_depth 0.0",
        "assay_ledger_failed 0.0",
    ):
        assert name in text
    keys = next(row for row in text.splitlines() if row.startswith("assay_profile_keys "))
    assert float(keys.split()[-1]) > 0


def test_security_headers_are_on_every_answer(service: Running) -> None:
    for path in ("/healthz", "/v1/decisions", "/docs", "/nowhere", "/v1/decisions/none", "/console"):
        headers = service.client.get(path).headers
        assert headers["x-content-type-options"] == "nosniff", path
        assert headers["x-frame-options"] == "DENY", path
        assert "default-src 'self'" in headers["content-security-policy"], path
        assert "server" not in headers


def test_what_is_not_there_is_said_in_the_same_shape(service: Running) -> None:
    assert service.client.get("/v1/nothing").json()["error"]["code"] == "not-found"
    assert service.client.delete("/v1/decisions").json()["error"]["code"] == "method-not-allowed"
    assert service.client.get("/v1/assess").status_code in (404, 405)
