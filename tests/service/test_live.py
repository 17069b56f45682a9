"""The live feed: every durable decision, filtered, and a slow reader is told what it missed."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import numpy as np
import pytest

from assay.core.decision import Decisions
from assay.service.live import Hub, Watcher
from tests.engine.world import parcel as real_parcel

from .running import Running, running


@contextmanager
def watching(service: Running, **params: object) -> Iterator[Iterator[tuple[str, dict[str, object]]]]:
    """(event, data) as they come; the feed is open when this yields."""
    with (
        httpx.Client(base_url=service.address, headers=service.as_role("analyst"), timeout=10) as client,
        client.stream("GET", "/v1/live", params=params) as response,
    ):
        assert response.status_code == 200
        assert response.headers["content-type"].startswith("text/event-stream")
        lines = response.iter_lines()
        assert next(lines).startswith("retry")

        def events() -> Iterator[tuple[str, dict[str, object]]]:
            name = ""
            for line in lines:
                if line.startswith("event: "):
                    name = line[7:]
                elif line.startswith("data: "):
                    yield name, json.loads(line[6:])

        yield events()


def test_a_decision_is_seen_as_it_was_answered(service: Running) -> None:
    with watching(service) as events:
        answer = service.assess("l1", weight=44.0).json()
        name, seen = next(events)
    assert name == "decision"
    assert seen == answer


def test_filters_by_outcome_and_kind(service: Running) -> None:
    with watching(service, outcome=["block", "review"], kind="parcel") as events:
        service.assess("f1")
        service.assess("f2", weight=44.0)
        service.assess("f2", weight=44.0)  # again: not news
        service.assess("f3")
        service.assess("f4", weight=45.0)
        assert [next(events)[1]["id"] for _ in range(2)] == ["pf2", "pf4"]


@pytest.mark.parametrize("params", [{"outcome": "maybe"}, {"kind": "postcard"}])
def test_a_filter_that_matches_nothing_there_is_is_refused(service: Running, params: dict[str, str]) -> None:
    response = service.client.get("/v1/live", params=params)
    assert response.status_code == 422
    assert response.json()["error"]["where"] == next(iter(params))


def test_a_watcher_that_leaves_is_forgotten(service: Running) -> None:
    with watching(service):
        assert len(service.app.state.parts.hub.watchers) == 1
    deadline = time.monotonic() + 5
    while service.app.state.parts.hub.watchers and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not service.app.state.parts.hub.watchers


def test_too_many_watchers_are_refused(parcels_installed: None, tmp_path: Path) -> None:
    with running(tmp_path, live_clients=1) as service, watching(service):
        assert service.client.get("/v1/live").status_code == 429


def test_watchers_do_not_keep_the_service_from_stopping(parcels_installed: None, tmp_path: Path) -> None:
    ended = threading.Event()
    with running(tmp_path) as service:

        def watch() -> None:
            with watching(service) as events:
                list(events)
            ended.set()

        threading.Thread(target=watch, daemon=True).start()
        time.sleep(0.3)
        began = time.monotonic()
    assert ended.wait(5)
    assert time.monotonic() - began < 10


def decisions(outcomes: list[int]) -> Decisions:
    from assay.core.batch import Batch

    n = len(outcomes)
    batch = Batch.of([real_parcel(i) for i in range(n)])
    return Decisions(batch, np.array(outcomes), np.full(n, np.nan), np.full(n, np.nan), np.full(n, -1))


def test_a_slow_reader_loses_the_oldest_and_is_told_how_many(parcels_installed: None) -> None:
    watcher = Watcher(frozenset(), frozenset(), most=10)
    for _ in range(5):
        watcher.offer(decisions([0] * 7))
    assert len(watcher.queue) == 10
    assert watcher.dropped == 25
    watcher.offer(decisions([0] * 30))
    assert (len(watcher.queue), watcher.dropped) == (10, 55)
    assert [row for _, row in watcher.queue] == list(range(20, 30))


def test_publishing_costs_nothing_while_nobody_watches(parcels_installed: None) -> None:
    hub, batch = Hub(10, 10), decisions([0] * 512)
    began = time.perf_counter()
    for _ in range(10_000):
        hub.publish(batch)
    assert time.perf_counter() - began < 0.5
