"""Uploads: examined as `assay check` would, on a worker thread, watched as they go, and deleted afterwards."""

import json
import re
import threading
import time
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from assay_parcels.waybill import HEAD

from assay.core.errors import UnreadableInput
from tests.engine.test_parts import nested

from .running import Running, running

TABLE = b"time,id,sender,weight\n" + b"".join(
    b"2026-03-02T10:%02d:00Z,t%d,s%d,%d\n" % (i % 60, i, i % 5, 50 if i % 10 == 0 else 2) for i in range(60)
)


def finished(service: Running, id_: str) -> dict[str, object]:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        job = service.client.get(f"/v1/checks/{id_}").json()
        if job["status"] in ("done", "failed"):
            return job
        time.sleep(0.05)
    raise AssertionError("the check did not finish")


def test_a_file_is_examined_as_the_command_would(service: Running) -> None:
    response = service.client.post("/v1/checks", params={"name": "parcels.csv"}, content=TABLE)
    assert response.status_code == 202
    job = response.json()
    assert job["status"] in ("queued", "running", "done")
    assert response.headers["location"] == f"/v1/checks/{job['id']}"
    assert job["bytes"] == len(TABLE)
    done = finished(service, job["id"])
    assert done["status"] == "done", done
    assert done["result"]["path"] == "parcels.csv"
    assert done["result"]["evidence"] == 60
    assert done["result"]["flagged"] == 6
    assert not list((service.app.settings.data / "uploads").rglob("*.csv"))


def test_nothing_of_a_check_is_recorded(service: Running) -> None:
    before = service.engine.ledger.last_seq
    job = service.client.post("/v1/checks", params={"name": "parcels.csv"}, content=TABLE).json()
    finished(service, job["id"])
    assert service.engine.ledger.last_seq == before


def test_progress_is_told_and_ends_with_the_result(parcels_installed: None, tmp_path: Path) -> None:
    def examine(path: Path, step: Callable[[int], None]) -> dict[str, object]:
        for _ in range(5):
            time.sleep(0.15)
            step(100)
        return {"path": str(path), "evidence": 500}

    with running(tmp_path, examine=examine) as service:
        id_ = service.client.post("/v1/checks", params={"name": "a.bin"}, content=b"x").json()["id"]
        events = []
        with service.client.stream("GET", f"/v1/checks/{id_}/events") as response:
            for line in response.iter_lines():
                if line.startswith("data: "):
                    events.append(json.loads(line[6:]))
        assert [e["examined"] for e in events if "examined" in e] == sorted(
            e["examined"] for e in events if "examined" in e
        )
        assert len(events) > 2
        assert events[-1]["result"] == {"path": "a.bin", "evidence": 500}


@pytest.mark.parametrize(
    ("raised", "told"),
    [
        (UnreadableInput("nobody reads this"), "nobody reads this"),
        (ZeroDivisionError("at /secret"), "ZeroDivisionError"),
    ],
)
def test_a_check_that_fails_says_so_and_no_more(
    parcels_installed: None, tmp_path: Path, raised: Exception, told: str
) -> None:
    def examine(path: Path, step: Callable[[int], None]) -> None:
        raise raised

    with running(tmp_path, examine=examine) as service:
        job = finished(service, service.client.post("/v1/checks", params={"name": "a"}, content=b"x").json()["id"])
        assert job["status"] == "failed"
        assert told in job["problem"]
        assert "/secret" not in job["problem"]


def test_uploads_are_bounded_in_size_and_number(parcels_installed: None, tmp_path: Path) -> None:
    gate = threading.Event()
    with running(tmp_path, examine=lambda path, step: gate.wait(20), checks_kept=3, max_upload=1000) as service:
        assert service.client.post("/v1/checks", params={"name": "a"}, content=b"x" * 1001).status_code == 413
        assert (
            service.client.post("/v1/checks", params={"name": "a"}, content=iter([b"x" * 600] * 3)).status_code == 413
        )
        assert service.client.post("/v1/checks", params={"name": "a"}, content=b"").status_code == 422
        assert service.client.post("/v1/checks", content=b"x").status_code == 422
        assert not any(path.is_file() for path in (tmp_path / "uploads").rglob("*"))
        codes = [service.client.post("/v1/checks", params={"name": "a"}, content=b"x").status_code for _ in range(5)]
        assert codes == [202, 202, 202, 429, 429]
        gate.set()
        time.sleep(0.5)
        assert service.client.post("/v1/checks", params={"name": "a"}, content=b"x").status_code == 202


def test_an_unknown_job_is_not_found(service: Running) -> None:
    assert service.client.get("/v1/checks/nothing").status_code == 404
    assert service.client.get("/v1/checks/nothing/events").status_code == 404


def test_a_document_s_steps_are_told_and_its_result_is_in_words(service: Running) -> None:
    job = service.client.post("/v1/checks", params={"name": "w.txt"}, content=nested(1)).json()
    done = finished(service, job["id"])
    assert done["steps"] >= 2
    item = done["result"]["items"][0]
    (finding,) = item["findings"]
    assert finding["where"][0]["part"] == item["parts"][0]["id"] == "w.txt/0"
    assert finding["reasons"][0]["text"] == "The waybill says 3 kg and the scale said 9 kg."
    with service.client.stream("GET", f"/v1/checks/{job['id']}/events") as response:
        (line,) = [line for line in response.iter_lines() if line.startswith("data: ")]
    assert json.loads(line[6:])["result"] == done["result"]


def test_the_console_sends_files_and_shows_what_was_found(service: Running) -> None:
    with httpx.Client(base_url=service.address, timeout=60) as browser:
        assert browser.post("/login", data={"key": service.tokens["analyst"]}).status_code == 303
        page = browser.get("/console/check").text
        csrf = re.search(r'data-csrf="([^"]+)"', page)
        assert csrf
        sent = {"params": {"name": "w.txt"}, "content": nested(1)}
        assert browser.post("/v1/checks", **sent).status_code == 403, "without the page's token nothing is taken"
        job = browser.post("/v1/checks", **sent, headers={"X-CSRF-Token": csrf[1]}).json()
        finished(service, job["id"])
        for address in (f"/console/checks/{job['id']}", f"/console/checks/{job['id']}?fragment=1"):
            shown = browser.get(address).text
            assert "The waybill says 3 kg and the scale said 9 kg." in shown
            assert "inner.txt" in shown
        assert ("<html" in shown) is False
        bad = browser.post(
            "/v1/checks", params={"name": "x.txt"}, content=HEAD + b"fail", headers={"X-CSRF-Token": csrf[1]}
        ).json()
        finished(service, bad["id"])
        assert "could not be examined, or not wholly" in browser.get(f"/console/checks/{bad['id']}").text
        assert browser.get("/console/checks/0123456789abcdef").status_code == 404
        assert browser.post("/login", data={"key": service.tokens["auditor"]}).status_code == 303
        assert "data-check" not in browser.get("/console/check").text
