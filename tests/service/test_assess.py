"""One piece of evidence over HTTP: decided, durable, explained, once."""

import json
import threading

import pytest

from .running import Running, parcel


def test_the_answer_is_the_decision_on_record(service: Running) -> None:
    answer = service.assess("a1", weight=44.0).json()
    assert answer["outcome"] == "block"
    assert answer["rule"] == "too heavy"
    recorded = service.client.get("/v1/decisions/pa1").json()
    assert {k: recorded[k] for k in ("id", "outcome", "rule", "seq")} == {
        k: answer[k] for k in ("id", "outcome", "rule", "seq")
    }
    assert recorded["evidence"]["weight"] == 44.0
    assert recorded["findings"][0]["detector"] == "parcels.weight"


def test_reasons_are_sentences_in_the_callers_language(service: Running) -> None:
    def reason(language: str) -> dict[str, object]:
        headers = {"accept-language": language}
        return service.client.post("/v1/assess", json=parcel("lang", weight=44.0), headers=headers).json()["reasons"][0]

    english, chinese = reason("en-GB"), reason("zh-CN,zh;q=0.9")
    assert english["code"] == chinese["code"] == "parcels.heavy"
    assert english["text"] != chinese["text"]
    assert "44" in english["text"]
    assert english["values"] == {"weight": 44.0}


def test_an_id_is_decided_once(service: Running) -> None:
    first = service.assess("once", weight=44.0).json()
    again = service.assess("once", weight=1.0).json()
    assert again["repeated"] is True
    assert {k: again[k] for k in ("outcome", "seq", "decided")} == {k: first[k] for k in ("outcome", "seq", "decided")}


def test_requests_that_race_with_one_id_agree(service: Running) -> None:
    answers: list[dict[str, object]] = []
    threads = [
        threading.Thread(target=lambda: answers.append(service.assess("race", weight=44.0).json())) for _ in range(12)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({answer["seq"] for answer in answers}) == 1
    assert sum(not answer.get("repeated") for answer in answers) == 1


def test_an_observation_without_findings_is_allowed_and_not_recorded(service: Running) -> None:
    scan = {"kind": "parcel-scan", "id": "scan1", "time": "2026-03-02T10:00:00Z", "speed": 1.0, "depot": "d9"}
    answer = service.client.post("/v1/assess", json=scan).json()
    assert (answer["outcome"], answer["id"]) == ("allow", "scan1")
    assert service.client.get("/v1/decisions/scan1").status_code == 404
    told = service.client.post("/v1/assess", json=scan | {"id": "scan2", "speed": 9.0}).json()
    assert told["reasons"][0]["code"] == "parcels.fast-belt"


def test_evidence_of_several_kinds_in_one_pass_keeps_its_order(service: Running) -> None:
    lines = [
        parcel("mix1"),
        {"kind": "parcel-scan", "id": "mix2", "time": "2026-03-02T10:00:00Z", "speed": 1.0},
        parcel("mix3", weight=44.0),
    ]
    response = service.client.post("/v1/assess/batch", content="\n".join(map(json.dumps, lines)))
    answers = [json.loads(line) for line in response.text.splitlines()]
    assert [(a["id"], a["line"], a["outcome"]) for a in answers] == [
        ("pmix1", 1, "allow"),
        ("mix2", 2, "allow"),
        ("pmix3", 3, "block"),
    ]


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"weight": "heavy"}, "weight"),
        ({"wieght": 2.0}, "wieght"),
        ({"weight": None}, "weight"),
        ({"time": "yesterday"}, "time"),
        ({"time": "2026-02-30T00:00:00Z"}, "time"),
        ({"time": "0001-01-01T00:00:00+23:59"}, "time"),
        ({"time": "9999-12-31T23:59:59Z"}, "time"),
        ({"id": ""}, "id"),
        ({"id": "x" * 129}, "id"),
        ({"kind": "parsel"}, "kind"),
        (
            {"photos": [{"kind": "parcel-photo", "id": "f", "time": "2026-03-02T10:00:00Z", "brightness": "dim"}]},
            "photos[0].brightness",
        ),
    ],
)
def test_a_malformed_field_is_named(service: Running, change: dict[str, object], where: str) -> None:
    response = service.assess("bad", **change)
    assert response.status_code == 422
    error = response.json()["error"]
    assert error["code"] == "invalid-evidence"
    assert error["where"] == where
    assert error["message"]


def test_a_missing_field_is_named(service: Running) -> None:
    body = parcel("missing")
    del body["weight"]
    error = service.client.post("/v1/assess", json=body).json()["error"]
    assert (error["where"], error["message"]) == ("weight", "is required")


def test_refused_evidence_is_kept_as_a_dead_letter(service: Running) -> None:
    secret = "4111111111111111"
    service.client.post(
        "/v1/assess",
        content=b'{"kind":"parcel","card":"%s"}' % secret.encode(),
        headers={"content-type": "application/json"},
    )
    folder = service.engine.ledger.folder / "dead-letters"
    kept = "".join(path.read_text() for path in folder.rglob("*") if path.is_file())
    assert "parcel" in kept
    assert secret not in kept
