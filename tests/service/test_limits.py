"""Rates, back-pressure, and bounds: more than there is room for is answered 429, and memory does not grow."""

import threading
import time
from collections import Counter
from pathlib import Path

import httpx
import pytest

from assay.service.limits import Buckets
from tests.engine.world import open_engine

from .running import Running, parcel, running


def test_a_key_over_its_rate_is_told_when_to_come_back(parcels_installed: None, tmp_path: Path) -> None:
    with running(tmp_path, rate=5.0, burst=10) as service:
        codes = [service.assess(i).status_code for i in range(30)]
        assert codes[:10] == [200] * 10
        assert 429 in codes[10:]
        refused = next(r for r in (service.assess(f"more{i}") for i in range(30)) if r.status_code == 429)
        assert refused.json()["error"]["code"] == "rate-limited"
        assert int(refused.headers["retry-after"]) >= 1
        other = service.client.get("/v1/decisions", headers=service.as_role("auditor"))
        assert other.status_code == 200, "another key is not held up"


def test_a_stream_over_its_rate_is_slowed_and_not_refused(parcels_installed: None, tmp_path: Path) -> None:
    with running(tmp_path, rate=400.0, burst=100) as service:
        import json

        began = time.monotonic()
        body = "\n".join(json.dumps(parcel(i)) for i in range(500))
        text = service.client.post("/v1/assess/batch", content=body).text
        assert text.count('"outcome"') == 500
        assert 0.5 < time.monotonic() - began < 10


class SlowDisk:
    """An engine whose commits wait for a gate: what a stalled disk looks like from above."""

    def __init__(self, engine: object) -> None:
        self._engine, self.gate = engine, threading.Event()

    def commit(self) -> None:
        assert self.gate.wait(20)
        self._engine.commit()

    def __getattr__(self, name: str) -> object:
        return getattr(self._engine, name)


def test_a_full_queue_is_answered_429_and_what_was_taken_is_kept(parcels_installed: None, tmp_path: Path) -> None:
    engine = SlowDisk(open_engine(tmp_path))
    engine.gate.set()
    with running(tmp_path, engine=engine, queue=8) as service:
        engine.gate.clear()
        answers: list[httpx.Response] = []

        def one(i: int) -> None:
            answers.append(
                httpx.post(
                    f"{service.address}/v1/assess", json=parcel(i), headers=service.as_role("integrator"), timeout=20
                )
            )

        threads = [threading.Thread(target=one, args=(i,)) for i in range(24)]
        for thread in threads:
            thread.start()
        deadline = time.monotonic() + 10
        while len(answers) < 16 and time.monotonic() < deadline:
            time.sleep(0.05)
        assert [a.status_code for a in answers] == [429] * 16
        assert answers[0].headers["retry-after"] == "1"
        assert "assay_queue_depth 8.0" in service.client.get("/metrics").text
        engine.gate.set()
        for thread in threads:
            thread.join()
        assert Counter(a.status_code for a in answers) == {429: 16, 200: 8}
        for answer in answers:
            if answer.status_code == 200:
                assert service.client.get(f"/v1/decisions/{answer.json()['id']}").status_code == 200


def test_buckets_fill_at_their_rate(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    buckets = Buckets(rate=2.0, burst=4)
    assert [buckets.take("a") for _ in range(4)] == [0.0] * 4
    assert buckets.take("a") == pytest.approx(0.5)
    assert buckets.take("b") == 0.0
    now[0] = 0.5
    assert buckets.take("a") == 0.0
    assert buckets.take("a") > 0
    now[0] = 1000.0
    assert buckets.take("a", 4) == 0.0
    assert buckets.peek("a") == pytest.approx(0.5)


def test_more_than_a_burst_passes_once_the_bucket_is_full(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    buckets = Buckets(rate=10.0, burst=5)
    assert buckets.take("a", 20) == 0.0
    assert buckets.take("a", 1) == pytest.approx(1.6)


def test_rate_zero_means_no_limit() -> None:
    buckets = Buckets(rate=0, burst=1)
    assert all(buckets.take("a") == 0.0 for _ in range(1000))


def test_clients_are_forgotten_in_the_end() -> None:
    buckets = Buckets(rate=1.0, burst=1)
    for i in range(20_000):
        buckets.take(str(i))
    assert len(buckets._level) <= 10_000


def test_the_service_goes_on_after_all_that(service: Running) -> None:
    assert service.assess("still").status_code == 200
