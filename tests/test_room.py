"""The door of a room: a package from outside brings a kind of evidence, and every command, the service and the console take
it without a changed line. The package is `tests/room`, installed by pip like any other."""

from __future__ import annotations

import http.client
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import numpy as np
import pytest

ROOM = Path(__file__).parent / "room"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the package installed in it, and nothing else."""
    folder = tmp_path_factory.mktemp("site")
    command = [
        sys.executable,
        "-m",
        "pip",
        "install",
        "-q",
        "--no-deps",
        "--no-build-isolation",
        "--no-index",
        "--target",
    ]
    subprocess.run([*command, str(folder), str(ROOM)], check=True, capture_output=True)
    return folder


def assay(site: Path, *arguments: str | Path, status: int = 0) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "assay.cli", *map(str, arguments)],
        capture_output=True,
        text=True,
        env=os.environ | {"PYTHONPATH": str(site), "ASSAY_LANGUAGE": "en"},
    )
    assert done.returncode == status, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def history(site: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("history") / "parcels.csv"
    told = json.loads(assay(site, "simulate", "depot", "--out", path, "--days", "3", "--size", "300", "--json"))
    assert told["rows"] == 900
    return path


def test_simulate_train_evaluate_and_bench(site: Path, history: Path, tmp_path: Path) -> None:
    models = tmp_path / "models"
    trained = json.loads(assay(site, "train", "parcels", "--data", history, "--out", models / "parcels", "--json"))
    assert trained["limit"] > 0
    other = json.loads(assay(site, "train", "seals", "--data", history, "--out", models / "seals", "--json"))
    assert other["seals"] == 1.0
    told = json.loads(assay(site, "evaluate", "parcels", "--model", models / "parcels", "--data", history, "--json"))
    assert told["right"] > 0.9
    assert json.loads(assay(site, "bench", "parcels", "--json")) == {"parcels": 1000}
    checked = json.loads(assay(site, "check", history, "--models", models, "--json", status=1))
    assert checked["examinations"][0]["counts"]["parcels.heavy"] > 10


def test_check_finds_the_room_by_content(site: Path, history: Path) -> None:
    (told,) = json.loads(assay(site, "check", history, "--json", status=1))["examinations"]
    assert (told["kind"], told["reader"], told["evidence"]) == ("parcels", "parcels.table", 900)
    assert told["items"][0]["findings"][0]["reasons"][0]["text"].startswith("The parcel weighs")


def test_an_observation_comes_in_batches_of_100_000(site: Path, tmp_path: Path) -> None:
    speeds = np.full(250_000, 1.5)
    speeds[[7, 123_456, 249_999]] = 9.0
    log = tmp_path / "belt.log"
    log.write_text("BELT d1\n" + "\n".join(map(str, speeds)))
    (told,) = json.loads(assay(site, "check", log, "--json", status=1))["examinations"]
    assert (told["reader"], told["evidence"], told["flagged"]) == ("parcels.scans", 250_000, 3)
    assert [item["id"] for item in told["items"]] == ["d1-7", "d1-123456", "d1-249999"]


@pytest.fixture(scope="module")
def service(site: Path, history: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[int, str]]:
    """A served data folder that has lived through the history: (port, key)."""
    data = tmp_path_factory.mktemp("data")
    key = json.loads(assay(site, "keys", "create", "admin", "--data", data, "--json"))["key"]
    child = subprocess.Popen(
        [sys.executable, "-m", "assay.cli", "serve", "--data", str(data), "--port", "0", "--history", str(history)],
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": str(site), "ASSAY_LANGUAGE": "en"},
    )
    assert child.stdout is not None
    address = re.search(r":(\d+)", child.stdout.readline())
    assert address
    yield int(address[1]), key
    child.terminate()
    assert child.wait(30) == 0


def call(service: tuple[int, str], method: str, path: str, body: object = None) -> tuple[int, bytes]:
    port, key = service
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    headers = {"authorization": f"Bearer {key}", "content-type": "application/json"}
    connection.request(method, path, None if body is None else json.dumps(body), headers)
    answer = connection.getresponse()
    return answer.status, answer.read()


def test_the_service_assesses_wholes_parts_and_observations(service: tuple[int, str]) -> None:
    photo = {"kind": "parcel-photo", "id": "f1", "time": "2026-02-01T10:00:00Z", "brightness": 0.01}
    parcel = {
        "kind": "parcel",
        "id": "new-1",
        "time": "2026-02-01T10:00:00Z",
        "weight": 2.0,
        "depot": "d9",
        "photos": [photo],
    }
    status, body = call(service, "POST", "/v1/assess", parcel)
    assert status == 200, body
    told = json.loads(body)
    assert told["outcome"] == "review"
    assert told["reasons"][0]["code"] == "parcels.dark-photo"
    scan = {"kind": "parcel-scan", "id": "belt-1", "time": "2026-02-01T10:01:00Z", "speed": 9.0, "depot": "d9"}
    assert call(service, "POST", "/v1/assess", scan)[0] == 200
    after = parcel | {"id": "new-2", "time": "2026-02-01T10:02:00Z", "photos": []}
    assert json.loads(call(service, "POST", "/v1/assess", after)[1])["outcome"] == "challenge"
    status, body = call(service, "GET", "/v1/decisions?outcome=block&limit=5")
    assert status == 200
    assert json.loads(body)["decisions"], "the history was recorded"


def test_the_console_draws_the_room_s_own_page(service: tuple[int, str]) -> None:
    port, key = service
    heavy = {"kind": "parcel", "id": "seen", "time": "2026-02-01T11:00:00Z", "weight": 77.0, "depot": "d8"}
    assert call(service, "POST", "/v1/assess", heavy)[0] == 200
    with httpx.Client(base_url=f"http://127.0.0.1:{port}") as browser:
        assert browser.post("/login", data={"key": key}).status_code == 303
        page = browser.get("/console/decisions/seen")
        assert page.status_code == 200
        assert "A parcel of 77.0 kg." in page.text
        assert "The parcel weighs 77.0 kg." in page.text
        assert browser.get("/console/entities/depot/d8").status_code == 200
