"""Heavy evidence: examined beside the service, in processes that may fail, while payments are answered as before."""

from __future__ import annotations

import base64
import json
import os
import signal
import statistics
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
from assay_parcels import KIND
from assay_parcels.waybill import HEAD, Waybill

from assay.core.batch import Batch
from assay.engine import Engine
from assay.examining.ahead import prepare
from assay.examining.examiner import Config, Examiners
from assay.ledger.exhibits import ExhibitStore
from assay.ledger.seal import key_in
from tests.engine.test_parts import CHANGED, nested, waybill
from tests.engine.world import open_engine

from .running import Running, parcel, running

ROOM = str(Path(KIND.page or ".").parents[1])


def examiners(folder: Path, timeout: float = 20.0, workers: int = 1, **config: Any) -> Examiners:
    site = [p for p in sys.path if "site" in p and (Path(p) / "assay_parcels-0.1.dist-info").exists()]
    told = Config(path=[*site, ROOM], rooms=["parcels"], key=key_in(folder / "secrets" / "seal.key"), **config)
    return Examiners(told, workers=workers, timeout=timeout)


def heavy_engine(folder: Path, **options: Any) -> Engine:
    store = ExhibitStore.open(folder / "exhibits", folder / "secrets")
    return open_engine(folder, exhibits=store, examiner=examiners(folder, **options))


@pytest.fixture(scope="module")
def service(parcels_installed: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    folder = tmp_path_factory.mktemp("heavy")
    engine = heavy_engine(folder, timeout=4.0)
    with running(folder, engine=engine, max_body=20_000, max_heavy_body=400_000) as service:
        yield service
    engine.examiner.close()  # type: ignore[union-attr]


def body(id_: str, content: bytes, **fields: Any) -> dict[str, Any]:
    plain = {"kind": "waybill", "id": id_, "time": "2026-03-02T10:00:00Z"}
    return plain | {"content": base64.b64encode(content).decode()} | fields


def assess(service: Running, id_: str, content: bytes, **fields: Any) -> httpx.Response:
    return service.client.post("/v1/assess", json=body(id_, content, **fields))


def codes(response: httpx.Response) -> list[str]:
    assert response.status_code == 200, response.text
    return [reason["code"] for reason in response.json().get("reasons", ())]


def test_in_a_process_of_its_own_the_same_is_found(service: Running, tmp_path: Path) -> None:
    rows = [waybill(f"same{i}", nested(i % 3), customer=f"c{i}") for i in range(5)]
    engine = service.engine
    there = engine.examiner(Batch.of(rows), lambda _what: None)  # type: ignore[misc]
    here = prepare(Batch.of(rows), engine.lanes, engine.seal)
    assert [msgspec.structs.replace(row, took_us=0) for row in there] == [
        msgspec.structs.replace(row, took_us=0) for row in here
    ]
    assert any(row.stated for row in there)


def test_a_decision_a_repeat_and_the_files_on_record(service: Running) -> None:
    first = assess(service, "w1", CHANGED, customer="c1")
    assert (first.json()["outcome"], codes(first)) == ("block", ["parcels.misweighed"])
    again = assess(service, "w1", HEAD, customer="c1")
    assert again.json()["repeated"]
    decision = service.engine.ledger.decision("w1")
    assert [e.media for e in decision.exhibits] == ["text/plain"]
    burnt = assess(service, "burnt", HEAD + b"burn 0.2\n")
    assert burnt.json()["took_us"] > 200_000, "the time spent ahead of its turn is told"
    assert service.engine.exhibits.read(decision.exhibits[0]).content == CHANGED


@pytest.mark.parametrize(
    ("line", "code"),
    [(b"fail", "examination.failed"), (b"crash", "examination.crashed"), (b"burn 60", "examination.too-long")],
)
def test_what_cannot_be_examined_is_inconclusive_and_the_next_is_not(service: Running, line: bytes, code: str) -> None:
    began = time.monotonic()
    assert codes(assess(service, f"bad-{code}", HEAD + line + b"\n")) == [code]
    assert time.monotonic() - began < 30
    assert codes(assess(service, f"after-{code}", CHANGED)) == ["parcels.misweighed"]


def test_in_one_stream_only_the_one_at_fault_is_inconclusive(service: Running) -> None:
    lines = [body("n1", CHANGED), body("n2", HEAD + b"crash\n"), parcel("n3"), body("n4", CHANGED)]
    answer = service.client.post("/v1/assess/batch", content="\n".join(map(json.dumps, lines)))
    told = [json.loads(line) for line in answer.text.splitlines()]
    assert [one["outcome"] for one in told] == ["block", "allow", "allow", "block"]
    assert told[1]["reasons"][0]["code"] == "examination.crashed"
    assert told[1]["reasons"][0]["text"] == "Examining it ended the process that did it."


def test_a_killed_process_is_replaced(service: Running) -> None:
    pid = service.engine.examiner._all[0]._child.pid  # type: ignore[union-attr]
    os.kill(pid, signal.SIGKILL)
    time.sleep(0.1)
    assert codes(assess(service, "after-kill", CHANGED)) == ["parcels.misweighed"]


def test_large_bodies_are_for_heavy_kinds_that_say_so_first(service: Running) -> None:
    large = CHANGED + b"note " + b"x" * 200_000
    assert codes(assess(service, "large", large)) == ["parcels.misweighed"]
    late = dict(reversed(body("late", large).items()))
    assert service.client.post("/v1/assess", json=late).status_code == 413
    assert assess(service, "too-large", HEAD + b"x" * 400_000).status_code == 413
    light = parcel("light") | {"sender": "s" * 30_000}
    assert service.client.post("/v1/assess", json=light).status_code == 413
    posing = {"sender": '"kind":"waybill"'} | parcel("posing") | {"depot": "d" * 30_000}
    posing = {"sender": '"kind":"waybill"'} | {k: v for k, v in posing.items() if k != "sender"}
    assert service.client.post("/v1/assess", json=posing).status_code == 413

    def chunked() -> Iterator[bytes]:
        data = json.dumps(body("chunked", large)).encode()
        for start in range(0, len(data), 7_000):
            yield data[start : start + 7_000]

    answer = service.client.post("/v1/assess", content=chunked(), headers={"content-type": "application/json"})
    assert codes(answer) == ["parcels.misweighed"]
    assert service.app.state.parts.intake._bytes == 0


def test_no_file_stays_in_a_dead_letter(service: Running) -> None:
    wrong = body("wrong", CHANGED + b"secret " * 300) | {"unknown": 1}
    assert service.client.post("/v1/assess", json=wrong).status_code == 422
    letter = service.engine.ledger.dead_letters.read()[-1]
    assert '"content":"[file]"' in letter.raw.replace('": "', '":"')
    assert base64.b64encode(b"secret secret")[:12].decode() not in letter.raw


def test_payments_are_answered_promptly_while_a_slow_detector_runs(service: Running) -> None:
    """Half a second of pure Python at a time, one after the other: the light requests must not wait for any of it."""

    def times(n: int, name: str) -> list[float]:
        out = []
        for i in range(n):
            began = time.perf_counter()
            assert service.assess(f"{name}{i}").status_code == 200
            out.append(time.perf_counter() - began)
        return out

    times(50, "warm")
    quiet = times(150, "quiet")
    stop = threading.Event()

    def burn() -> None:
        with httpx.Client(base_url=service.address, headers=service.as_role("integrator"), timeout=60) as client:
            for i in range(1000):
                if stop.is_set():
                    return
                client.post("/v1/assess", json=body(f"burn{i}", HEAD + b"burn 0.5\n"))

    thread = threading.Thread(target=burn)
    thread.start()
    try:
        time.sleep(0.1)
        busy = times(150, "busy")
    finally:
        stop.set()
        thread.join()
    assert max(busy) < 0.45, "none waited for an examination to end"
    assert statistics.median(busy) < 5 * statistics.median(quiet) + 0.01


def test_a_client_that_goes_away_does_not_undo_what_was_taken(service: Running) -> None:
    with pytest.raises(httpx.ReadTimeout):
        service.client.post("/v1/assess", json=body("gone", CHANGED + b"burn 1\n"), timeout=0.3)
    deadline = time.monotonic() + 20
    while service.engine.ledger.decision("gone") is None and time.monotonic() < deadline:
        time.sleep(0.05)
    assert service.engine.ledger.decision("gone").outcome == "block"
    assert not service.engine._ready


def test_too_much_at_once_is_told(parcels_installed: None, tmp_path: Path) -> None:
    engine = heavy_engine(tmp_path)
    with running(tmp_path, engine=engine, heavy_queue=1) as service:
        thread = threading.Thread(target=assess, args=(service, "slow", HEAD + b"burn 1\n"))
        thread.start()
        time.sleep(0.3)
        assert assess(service, "second", HEAD).status_code == 429
        assert service.assess("light").status_code == 200
        thread.join()
    engine.examiner.close()  # type: ignore[union-attr]


def test_a_full_disk_acknowledges_nothing(
    parcels_installed: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from assay.ledger import exhibits

    engine = heavy_engine(tmp_path)
    with running(tmp_path, engine=engine) as service:
        with monkeypatch.context() as patch:

            def full(*_: object, **__: object) -> None:
                raise OSError(28, "No space left on device")

            patch.setattr(exhibits, "write_whole", full)
            refused = assess(service, "w", CHANGED)
            assert refused.status_code == 503
            assert "No space left" in refused.json()["error"]["message"]
            assert service.engine.ledger.decision("w") is None
            assert service.assess("light").status_code == 200, "a parcel has no files and goes on"
        assert assess(service, "w", CHANGED).json()["outcome"] == "block"
    engine.examiner.close()  # type: ignore[union-attr]


def test_without_processes_the_service_s_own_threads_do_it(parcels_installed: None, tmp_path: Path) -> None:
    with running(tmp_path) as service:
        assert service.engine.examiner is None
        assert codes(assess(service, "w", CHANGED)) == ["parcels.misweighed"]


def test_memory_is_bounded_where_it_is_asked_for(parcels_installed: None, tmp_path: Path) -> None:
    pool = examiners(tmp_path, memory=1 << 30)
    try:
        rows = pool(Batch.of([waybill("w", CHANGED)]))
        assert rows[0].stated
    finally:
        pool.close()
    assert isinstance(waybill("w", CHANGED), Waybill)
