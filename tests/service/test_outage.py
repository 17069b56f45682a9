"""The disk fails: nothing is acknowledged that is not on it, and the service recovers by itself when it is back."""

import json
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from assay.core.errors import LedgerUnavailable
from tests.engine.world import open_engine

from .running import Running, parcel, running


class Faulty:
    """A real engine whose disk takes nothing while `broken` is set: what would write raises as the ledger does, and it cannot be
    reopened."""

    def __init__(self, folder: Path) -> None:
        self._engine = open_engine(folder)
        self.broken = threading.Event()
        self.crash_on = ""

    def write(self) -> None:
        if self.broken.is_set():
            raise self._engine.ledger._failed(OSError("disk full"))
        self._engine.write()

    def commit(self) -> None:
        self.write()
        self._engine.commit()

    def recover(self) -> None:
        if self.broken.is_set():
            raise LedgerUnavailable("disk full")
        self._engine.recover()

    def assess_batch(self, batch: object, *, commit: bool = True) -> object:
        if self.crash_on and self.crash_on in batch.ids:
            raise ZeroDivisionError("a bug in a detector, after profiles have moved")
        return self._engine.assess_batch(batch, commit=commit)

    def __getattr__(self, name: str) -> object:
        return getattr(self._engine, name)


@pytest.fixture
def faulty(parcels_installed: None, tmp_path: Path) -> Iterator[tuple[Running, Faulty]]:
    engine = Faulty(tmp_path)
    with running(tmp_path, engine=engine) as service:
        yield service, engine


def until(service: Running, status: int, seconds: float = 10.0) -> dict[str, object]:
    """Waits for a health; returns what it said."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        response = service.client.get("/healthz")
        if response.status_code == status:
            return response.json()
        time.sleep(0.05)
    raise AssertionError(f"healthz never said {status}")


def test_while_the_disk_is_gone_nothing_is_acknowledged(faulty: tuple[Running, Faulty]) -> None:
    service, engine = faulty
    assert service.assess("before").status_code == 200
    engine.broken.set()
    refused = [service.assess(f"during{i}") for i in range(5)]
    assert {r.status_code for r in refused} == {503}
    assert refused[0].json()["error"]["code"] == "ledger-unavailable"
    assert "disk full" in refused[0].text
    assert refused[0].headers["retry-after"]
    told = until(service, 503)
    assert told["status"] == "failed"
    assert "disk full" in told["reasons"][0]
    assert "assay_ledger_failed 1.0" in service.client.get("/metrics").text
    assert service.client.get("/v1/decisions/pbefore").status_code == 200, "what is on record can still be read"

    engine.broken.clear()
    until(service, 200)
    for i in range(5):
        assert service.client.get(f"/v1/decisions/pduring{i}").status_code == 404
        again = service.assess(f"during{i}").json()
        assert not again.get("repeated"), "sent again, it is decided for the first time"


def test_it_recovers_without_anybody_asking(faulty: tuple[Running, Faulty]) -> None:
    service, engine = faulty
    engine.broken.set()
    assert service.assess("one").status_code == 503
    engine.broken.clear()
    until(service, 200, 5.0)


def test_a_stream_says_which_lines_were_not_taken(faulty: tuple[Running, Faulty]) -> None:
    service, engine = faulty
    engine.broken.set()
    body = "\n".join(json.dumps(parcel(f"s{i}")) for i in range(700))
    lines = [json.loads(line) for line in service.client.post("/v1/assess/batch", content=body).text.splitlines()]
    numbered = [line for line in lines if "line" in line]
    assert all(line["error"]["code"] == "ledger-unavailable" for line in lines)
    assert [line["line"] for line in numbered] == list(range(1, len(numbered) + 1))


def test_profiles_are_as_if_the_refused_had_never_come(faulty: tuple[Running, Faulty], tmp_path: Path) -> None:
    service, engine = faulty
    for i in range(20):
        service.assess(f"a{i}", sender="x")
    engine.broken.set()
    for i in range(20):
        service.assess(f"b{i}", sender="x", weight=44.0)
    engine.broken.clear()
    until(service, 200)
    for i in range(20):
        service.assess(f"c{i}", sender="x")
    live = [lane.profiles.digest() for lane in engine.lanes.values() if lane.profiles]
    clean = open_engine(tmp_path / "clean")
    from assay.core.batch import Batch
    from assay.service.decode import EvidenceDecoder

    decode = EvidenceDecoder(32)
    for prefix in "ac":
        for i in range(20):
            clean.assess_batch(Batch.of([decode(json.dumps(parcel(f"{prefix}{i}", sender="x")).encode())]))
    assert live == [lane.profiles.digest() for lane in clean.lanes.values() if lane.profiles]
    clean.ledger.close()


def test_an_error_of_our_own_refuses_its_batch_and_heals(faulty: tuple[Running, Faulty]) -> None:
    service, engine = faulty
    engine.crash_on = "pcrash"
    response = service.assess("crash")
    assert response.status_code == 500
    assert response.json()["error"]["code"] == "engine-failed"
    assert "detector" not in response.text, "what went wrong inside is for the log"
    until(service, 200)
    assert service.assess("fine").status_code == 200


def test_requests_under_way_when_the_disk_fails_are_all_answered(faulty: tuple[Running, Faulty]) -> None:
    service, engine = faulty
    codes: list[int] = []
    stop = threading.Event()

    def sender(k: int) -> None:
        with httpx.Client(base_url=service.address, headers=service.as_role("integrator"), timeout=20) as client:
            i = 0
            while not stop.is_set():
                response = client.post("/v1/assess", json=parcel(f"u{k}-{i}"))
                codes.append(response.status_code)
                if response.status_code == 200:
                    acknowledged.append(response.json()["id"])
                i += 1

    acknowledged: list[str] = []
    threads = [threading.Thread(target=sender, args=(k,)) for k in range(6)]
    for thread in threads:
        thread.start()
    for _ in range(3):
        time.sleep(0.3)
        engine.broken.set()
        time.sleep(0.2)
        engine.broken.clear()
        until(service, 200)
    stop.set()
    for thread in threads:
        thread.join(20)
        assert not thread.is_alive()
    assert set(codes) == {200, 503}
    for id_ in acknowledged[:: max(1, len(acknowledged) // 200)]:
        assert service.client.get(f"/v1/decisions/{id_}").status_code == 200
