"""Responses over HTTP: lists planned, applied and taken back with everything on record, and a TAXII 2.1 server by the standard."""

from __future__ import annotations

import base64
import json
import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.engine.conftest import parcels_installed  # noqa: F401

from .running import Running, running

DOCUMENT = """
lists:
  senders: {holds: account, entities: [sender], severity: low, taxii: true, tlp: green, write: [{as: plain, to: senders.txt}]}
  depots: {holds: account, entities: [depot], severity: low, taxii: true}
"""
MEDIA = "application/taxii+json;version=2.1"


@pytest.fixture(scope="module")
def service(parcels_installed: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:  # noqa: F811
    folder = tmp_path_factory.mktemp("responses")
    (folder / "responses.yaml").write_text(DOCUMENT)
    with running(folder) as service:
        service.folder = folder  # type: ignore[attr-defined]
        yield service


def heavy(service: Running, *numbers: int) -> None:
    for i in numbers:
        assert service.assess(f"h{i}", weight=40.0, sender=f"bad{i}").status_code == 200


def applied(service: Running, *lists: str) -> list[dict]:
    answer = service.client.post("/v1/responses/apply", json={"lists": list(lists)})
    assert answer.status_code == 200, answer.text
    return answer.json()["changes"]


def collection(service: Running) -> str:
    found = service.client.get("/taxii2/assay/collections/").json()["collections"]
    return next(f"/taxii2/assay/collections/{c['id']}/" for c in found if c["alias"] == "senders")


def test_a_list_from_finding_to_file_and_back(service: Running) -> None:
    heavy(service, 1, 2)
    (plan,) = service.client.get("/v1/responses/plan", params={"list": "senders"}).json()["plans"]
    assert [entry["value"] for entry in plan["added"]] == ["bad1", "bad2"]
    assert all(re.fullmatch(r"\d+(\.\d+)?", entry["why"]["finding"]) for entry in plan["added"])
    path = service.folder / "responses" / "out" / "senders.txt"  # type: ignore[attr-defined]
    assert not path.exists()
    (change,) = applied(service, "senders")
    assert [line for line in path.read_text().splitlines() if line[0] != "#"] == ["bad1", "bad2"]
    told = service.client.get("/v1/responses").json()
    assert told["lists"][0]["entries"] == 2
    assert told["changes"][0]["number"] == change["number"]
    undone = service.client.post("/v1/responses/undo", json={"change": change["number"]})
    assert undone.json()["change"]["state"] == "undone"
    assert not path.exists()
    again = service.client.post("/v1/responses/undo", json={"change": change["number"]})
    assert again.status_code == 409
    audits = [a.audit for a in service.engine.ledger.audit(limit=20) if a.audit.action.startswith("response-")]
    assert [a.action for a in audits] == ["response-undone", "response-applied"]
    assert audits[1].about["added"] == ["bad1", "bad2"]


@pytest.mark.parametrize("body", ["{", "[]", '{"lists": "x"}', '{"other": 1}', '{"lists": ["nobody"]}'])
def test_a_wrong_request_changes_nothing(service: Running, body: str) -> None:
    answer = service.client.post("/v1/responses/apply", content=body, headers={"content-type": "application/json"})
    assert answer.status_code in (404, 422)
    assert answer.json()["error"]["message"]


def test_findings_as_ocsf_page_by_page(service: Running) -> None:
    heavy(service, 11, 12, 13)
    uids, after = [], 0
    while True:
        answer = service.client.get("/v1/findings/ocsf", params={"after": after, "limit": 2})
        lines = [json.loads(line) for line in answer.text.splitlines()]
        uids += [line["finding_info"]["uid"] for line in lines]
        if int(answer.headers["assay-next"]) == after:
            break
        after = int(answer.headers["assay-next"])
    assert len(uids) == len(set(uids)) == service.engine.ledger.counts().findings


# TAXII 2.1


def test_discovery_leads_to_the_objects(service: Running) -> None:
    heavy(service, 21)
    applied(service)
    found = service.client.get("/taxii2/")
    assert found.headers["content-type"] == MEDIA
    root = found.json()["api_roots"][0]
    assert found.json()["default"] == root
    assert MEDIA in service.client.get(root).json()["versions"]
    for one in service.client.get(f"{root}collections/").json()["collections"]:
        assert one["can_read"] is True
        assert one["can_write"] is False
        assert service.client.get(f"{root}collections/{one['id']}/").json() == one
        assert service.client.get(f"{root}collections/{one['alias']}/").json() == one
    envelope = service.client.get(collection(service) + "objects/")
    assert {o["type"] for o in envelope.json()["objects"]} == {"marking-definition", "identity", "indicator"}
    assert envelope.json()["more"] is False
    assert envelope.headers["x-taxii-date-added-first"] <= envelope.headers["x-taxii-date-added-last"]


def test_pages_hold_everything_once(service: Running) -> None:
    heavy(service, *range(30, 37))
    applied(service)
    at = collection(service)
    whole = service.client.get(at + "objects/").json()["objects"]
    found, after, pages = [], {}, 0
    while True:
        page = service.client.get(at + "objects/", params={"limit": 2, **after}).json()
        found += page["objects"]
        pages += 1
        if not page["more"]:
            break
        after = {"next": page["next"]}
    assert found == whole
    assert pages == -(-len(whole) // 2)


def test_what_is_new_since(service: Running) -> None:
    heavy(service, 41)
    applied(service)
    at = collection(service)
    last = service.client.get(at + "objects/").headers["x-taxii-date-added-last"]
    assert service.client.get(at + "objects/", params={"added_after": last}).json() == {}
    heavy(service, 42)
    (change,) = applied(service, "senders")
    new = service.client.get(at + "objects/", params={"added_after": last}).json()["objects"]
    assert [o["name"] for o in new] == ["account bad42"]
    service.client.post("/v1/responses/undo", json={"change": change["number"]})
    told = service.client.get(at + "objects/", params={"added_after": last}).json()["objects"]
    assert [(o["name"], o["revoked"]) for o in told] == [("account bad42", True)]
    assert told[0]["modified"] > new[0]["modified"]
    applied(service, "senders")
    told = service.client.get(at + f"objects/{new[0]['id']}/").json()["objects"]
    assert "revoked" not in told[0]


def test_filters_and_the_manifest(service: Running) -> None:
    heavy(service, 51, 52)
    applied(service)
    at = collection(service)
    objects = service.client.get(at + "objects/").json()["objects"]
    manifest = service.client.get(at + "manifest/").json()["objects"]
    assert [m["id"] for m in manifest] == [o["id"] for o in objects]
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", m["date_added"]) for m in manifest)
    kinds = service.client.get(at + "objects/", params={"match[type]": "indicator,identity"}).json()["objects"]
    assert {o["type"] for o in kinds} == {"indicator", "identity"}
    wanted = [o["id"] for o in objects[:2]]
    chosen = service.client.get(at + "objects/", params={"match[id]": ",".join(wanted)}).json()["objects"]
    assert [o["id"] for o in chosen] == wanted
    one = next(m for m in manifest if m["id"].startswith("indicator"))
    assert service.client.get(at + f"objects/{one['id']}/versions/").json()["versions"] == [one["version"]]
    same = service.client.get(at + f"objects/{one['id']}/", params={"match[version]": one["version"]}).json()
    assert same["objects"][0]["id"] == one["id"]
    other = service.client.get(at + "objects/", params={"match[version]": "2001-01-01T00:00:00Z"}).json()
    assert other == {}
    assert service.client.get(at + "objects/", params={"match[spec_version]": "2.0"}).json() == {}


@pytest.mark.parametrize(
    "query",
    ["added_after=soon", "limit=0", "limit=x", "next=nowhere", "next=99999999999999999999~x", "match[version]=old"],
)
def test_a_filter_that_cannot_be_read_is_named(service: Running, query: str) -> None:
    heavy(service, 1)
    applied(service)
    answer = service.client.get(collection(service) + f"objects/?{query}")
    assert (answer.status_code, answer.headers["content-type"]) == (400, MEDIA)
    assert answer.json()["details"]["where"] == query.partition("=")[0]


@pytest.mark.parametrize(
    ("accept", "status"),
    [
        ("application/taxii+json", 200), (MEDIA, 200), ('application/taxii+json; version="2.1"', 200), ("*/*", 200),
        ("text/html, application/*;q=0.2", 200), ("application/taxii+json;version=2.0", 406), ("application/json", 406),
    ],
)  # fmt: skip
def test_only_what_is_spoken_is_accepted(service: Running, accept: str, status: int) -> None:
    assert service.client.get("/taxii2/", headers={"accept": accept}).status_code == status


def test_what_is_not_there_is_404_and_nothing_can_be_written(service: Running) -> None:
    for path in (
        "collections/nobody/",
        "collections/nobody/objects/",
        "collections/senders/objects/indicator--0/",
        "status/x/",
    ):
        answer = service.client.get(f"/taxii2/assay/{path}")
        assert (answer.status_code, answer.headers["content-type"]) == (404, MEDIA)
        assert answer.json()["http_status"] == "404"
    objects = collection(service) + "objects/"
    assert service.client.post(objects, json={"objects": []}).status_code == 415
    written = service.client.post(objects, content=b'{"objects": []}', headers={"content-type": MEDIA})
    assert (written.status_code, written.json()["title"]) == (403, "the collection is read only")
    assert (
        service.client.post("/taxii2/assay/collections/x/objects/", headers={"content-type": MEDIA}).status_code == 404
    )
    assert service.client.delete(objects + "x/").status_code == 403


def test_a_subscriber_signs_in_with_a_password_and_reads_nothing_else(service: Running) -> None:
    token = service.tokens["subscriber"]
    basic = {"authorization": "Basic " + base64.b64encode(f"firewall:{token}".encode()).decode()}
    assert service.client.get("/taxii2/", headers=basic).status_code == 200
    assert service.client.get("/v1/decisions", headers=service.as_role("subscriber")).status_code == 403
    assert service.client.get("/v1/decisions", headers=basic).status_code == 401
    wrong = {"authorization": "Basic " + base64.b64encode(b"firewall:wrong").decode()}
    refused = service.client.get("/taxii2/", headers=wrong)
    assert (refused.status_code, refused.headers["content-type"]) == (401, MEDIA)
    assert refused.headers["www-authenticate"].startswith("Basic ")
    assert service.client.get("/taxii2/", headers={"authorization": "Basic ~"}).status_code == 401


def test_a_service_with_a_mistake_in_the_file_does_not_start(parcels_installed: None, tmp_path: Path) -> None:  # noqa: F811
    from assay.core.errors import InvalidSetting

    (tmp_path / "responses.yaml").write_text("lists: {x: {holds: apples}}")
    with pytest.raises(InvalidSetting, match="apples"), running(tmp_path):
        pass


def test_a_list_keeps_itself(parcels_installed: None, tmp_path: Path) -> None:  # noqa: F811
    (tmp_path / "responses.yaml").write_text(
        "every: 1s\nlists: {s: {holds: account, entities: [sender], severity: low, automatic: true, write: [{as: plain, to: s.txt}]}}"
    )
    with running(tmp_path) as service:
        heavy(service, 1)
        path = tmp_path / "responses" / "out" / "s.txt"
        for _ in range(60):
            if path.exists() and "bad1" in path.read_text():
                break
            time.sleep(0.05)
        assert "bad1" in path.read_text()
