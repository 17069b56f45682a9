"""A case that opens is on record once, and told to whoever asked for cases: over restarts too."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from assay.campaigns.terms import Terms
from assay.core.kind import kind_of
from assay.engine import Engine
from assay.ledger.seal import Seal
from assay.ledger.sqlite import SqliteLedger
from assay.responses.news import CASE_OPENED

from .running import Running, running


class Receiver(HTTPServer):
    def __init__(self) -> None:
        self.posted: list[dict[str, Any]] = []
        super().__init__(("127.0.0.1", 0), Handler)


class Handler(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        self.server.posted.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_: Any) -> None: ...


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    server = Receiver()
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def started(folder: Path) -> Engine:
    """An engine for which a single grave finding is a case."""
    ledger = SqliteLedger(folder / "ledger")
    engine = Engine(
        rooms=[kind_of("hosts")], ledger=ledger, seal=Seal.open(folder / "secrets"), terms=Terms(prior=0.2, opens=0.3)
    )
    engine.restore()
    return engine


def attack(service: Running, n: int) -> None:
    fields = {
        "Channel": "Microsoft-Windows-Sysmon/Operational", "EventID": "1", "Computer": f"pc{n}",
        "Image": "C:\\Windows\\System32\\vssadmin.exe", "CommandLine": "vssadmin delete shadows /all /quiet",
    }  # fmt: skip
    event = {
        "kind": "log-record",
        "id": f"x{n}",
        "time": "2026-03-02T10:00:00Z",
        "product": "windows",
        "host": f"pc{n}",
        "fields": fields,
    }
    assert service.client.post("/v1/assess", json=event).status_code == 200


def wait_for(receiver: Receiver, count: int) -> list[dict[str, Any]]:
    for _ in range(200):
        if len(receiver.posted) >= count:
            break
        time.sleep(0.05)
    return receiver.posted


def test_a_case_is_told_once_even_over_a_restart(tmp_path: Path, receiver: Receiver) -> None:
    url = f"http://127.0.0.1:{receiver.server_port}/"
    (tmp_path / "responses.yaml").write_text(f"webhooks: {{desk: {{url: '{url}', cases: true, insecure: true}}}}")
    with running(tmp_path, engine=started(tmp_path)) as service:
        attack(service, 1)
        (first,) = wait_for(receiver, 1)
        cases = service.client.get("/v1/cases").json()["cases"]
        assert first["event"] == "case"
        assert first["uid"] == first["case"]["id"] == cases[0]["id"]
        assert {"kind": "host", "id": "pc1"} in first["case"]["about"]
        assert first["case"]["first"] == "2026-03-02T10:00:00Z"
    with running(tmp_path, engine=started(tmp_path)) as service:
        attack(service, 2)
        told = wait_for(receiver, 2)
        time.sleep(0.3)
        assert len({one["uid"] for one in told}) == len(told) == 2
        audits = [a.audit for a in service.engine.ledger.audit(limit=200) if a.audit.action == CASE_OPENED]
    assert len(audits) == 2


def test_where_nobody_asks_for_cases_nothing_is_put_on_record(tmp_path: Path) -> None:
    with running(tmp_path, engine=started(tmp_path)) as service:
        attack(service, 1)
        time.sleep(1.3)
        assert not [a for a in service.engine.ledger.audit(limit=200) if a.audit.action == CASE_OPENED]


def test_what_becomes_of_a_case_is_told_once_each_and_streamed_as_an_incident(
    tmp_path: Path, receiver: Receiver
) -> None:
    url = f"http://127.0.0.1:{receiver.server_port}/"
    hook = f"{{url: '{url}', cases: true, insecure: true}}"
    (tmp_path / "responses.yaml").write_text(
        f"webhooks: {{desk: {hook}}}\nstreams: {{siem: {{to: all.jsonl, cases: true}}}}"
    )
    with running(tmp_path, engine=started(tmp_path)) as service:
        attack(service, 1)
        (first,) = wait_for(receiver, 1)
        case = first["case"]["id"]
        work = f"/v1/cases/{case}/work"
        assert service.client.post(work, json={"action": "assign", "owner": "anna"}).status_code == 200
        wait_for(receiver, 2)
        label = {"action": "label", "truth": "fraud", "note": "seen on the host"}
        assert service.client.post(work, json=label).status_code == 200
        told = wait_for(receiver, 3)
        assert [one["case"]["change"] for one in told] == ["opened", "assigned", "closed"]
        assert len({one["uid"] for one in told}) == 3
        path = tmp_path / "responses" / "out" / "all.jsonl"
        for _ in range(100):
            events = [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []
            incidents = [e for e in events if e["class_uid"] == 2005]
            if len(incidents) == 3:
                break
            time.sleep(0.1)
        assert [(e["activity_id"], e["status_id"], e["verdict_id"]) for e in incidents] == [
            (1, 1, 0),
            (2, 2, 0),
            (3, 4, 2),
        ]
        assert incidents[2]["comment"] == "seen on the host"
        found = {e["finding_info"]["uid"] for e in events if e["class_uid"] == 2004}
        assert {info["uid"] for info in incidents[0]["finding_info_list"]} <= found, "joined by their uids"
        now = service.client.get("/v1/cases/ocsf", params={"state": "closed"})
        (line,) = [json.loads(line) for line in now.text.splitlines()]
        assert (line["unmapped"]["case"], line["verdict"]) == (case, "True Positive")
