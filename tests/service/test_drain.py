"""Told to stop, the service finishes what it took, and nothing it acknowledged is lost."""

import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from tests.engine.world import open_engine

from .running import parcel


@contextmanager
def process(folder: Path, slow: float = 0.0) -> Iterator[tuple[subprocess.Popen[str], str, dict[str, str]]]:
    child = subprocess.Popen(
        [sys.executable, "-m", "tests.service.child", str(folder), str(slow)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert child.stdout is not None
        line = child.stdout.readline().split()
        assert len(line) == 2, child.stderr.read() if child.stderr else ""
        yield child, line[0], {"authorization": f"Bearer {line[1]}"}
    finally:
        child.kill()
        child.wait()


def load(
    address: str, headers: dict[str, str], acknowledged: list[str], others: list[str], senders: int
) -> list[threading.Thread]:
    def send(k: int) -> None:
        with httpx.Client(base_url=address, headers=headers, timeout=90) as client:
            for i in range(100_000):
                try:
                    response = client.post("/v1/assess", json=parcel(f"{k}-{i}"))
                except httpx.HTTPError as error:
                    others.append(type(error).__name__)
                    return
                (acknowledged if response.status_code == 200 else others).append(
                    response.json().get("id", str(response.status_code))
                )

    threads = [threading.Thread(target=send, args=(k,)) for k in range(senders)]
    for thread in threads:
        thread.start()
    return threads


@pytest.mark.parametrize("sent", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_drains_and_ends_with_status_0(parcels_installed: None, tmp_path: Path, sent: signal.Signals) -> None:
    acknowledged: list[str] = []
    with process(tmp_path, slow=0.03) as (child, address, headers):
        threads = load(address, headers, acknowledged, [], 8)
        time.sleep(1.0)
        child.send_signal(sent)
        out, err = child.communicate(timeout=90)
        assert child.returncode == 0, err
        assert "closed" in out
        for thread in threads:
            thread.join(20)
    assert len(acknowledged) > 20
    engine = open_engine(tmp_path)
    assert all(engine.ledger.decision(id_) is not None for id_ in acknowledged)
    assert engine.ledger.verify().ok
    assert [record.audit.action for record in engine.ledger.audit(limit=2)] == ["stopped", "started"]
    engine.ledger.close()


def test_what_was_queued_when_the_signal_came_is_still_answered(parcels_installed: None, tmp_path: Path) -> None:
    answers: list[int] = []
    with process(tmp_path, slow=0.8) as (child, address, headers):

        def one(i: int) -> None:
            answers.append(httpx.post(f"{address}/v1/assess", json=parcel(i), headers=headers, timeout=90).status_code)

        httpx.get(f"{address}/v1/policy", headers=headers)  # argon2 is behind us
        threads = [threading.Thread(target=one, args=(i,)) for i in range(10)]
        for thread in threads:
            thread.start()
        time.sleep(0.5)
        child.send_signal(signal.SIGTERM)
        for thread in threads:
            thread.join(20)
        child.communicate(timeout=90)
        assert child.returncode == 0
    assert answers == [200] * 10


def test_a_second_signal_ends_it_at_once_and_the_acknowledged_stays(parcels_installed: None, tmp_path: Path) -> None:
    acknowledged: list[str] = []
    with process(tmp_path, slow=0.3) as (child, address, headers):
        threads = load(address, headers, acknowledged, [], 4)
        time.sleep(1.5)
        child.send_signal(signal.SIGTERM)
        time.sleep(0.05)
        child.send_signal(signal.SIGTERM)
        began = time.monotonic()
        child.communicate(timeout=90)
        assert time.monotonic() - began < 3
        assert child.returncode != 0
        for thread in threads:
            thread.join(20)
    engine = open_engine(tmp_path)
    assert all(engine.ledger.decision(id_) is not None for id_ in acknowledged)
    engine.ledger.close()


def test_killed_it_comes_back_with_all_it_acknowledged(parcels_installed: None, tmp_path: Path) -> None:
    acknowledged: list[str] = []
    for _ in range(2):
        with process(tmp_path) as (child, address, headers):
            threads = load(address, headers, acknowledged, [], 6)
            time.sleep(0.6)
            child.kill()
            child.wait()
            for thread in threads:
                thread.join(20)
    assert acknowledged
    engine = open_engine(tmp_path)
    assert all(engine.ledger.decision(id_) is not None for id_ in set(acknowledged))
    engine.ledger.close()
