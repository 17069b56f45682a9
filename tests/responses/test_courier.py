"""Nothing that is to be told is lost, or told out of order: over failures, dead targets and kill -9."""

from __future__ import annotations

import json
import multiprocessing
import os
import random
import signal
import time
from pathlib import Path
from typing import Any

import pytest

from assay.core.clock import HOUR, SECOND
from assay.core.decision import Outcome
from assay.core.errors import InvalidSetting
from assay.ledger.sqlite import SqliteLedger
from assay.responses.courier import Courier, Undelivered
from assay.responses.document import Document, Stream
from assay.responses.news import Cursor, News, Wanted, as_ocsf, news, told
from assay.responses.responder import couriers
from assay.responses.stream import FileSink

from .world import BAD, NOW, finding, label, open_ledger, record

EVERYTHING = Wanted(1, ("review", "block"), labels=True)


class Clock:
    """Goes on when told to."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> int:
        return self.now

    def wait(self, seconds: float) -> None:
        self.now += int(seconds * SECOND) + 1


class Memory:
    """A sink that remembers, and fails when told to."""

    many = 1

    def __init__(self, failing: int = 0, many: int = 1) -> None:
        self.heard: list[str] = []
        self.failing, self.many = failing, many

    def resume(self, mark: dict[str, int]) -> None: ...

    def deliver(self, found: list[News], now: int) -> dict[str, int]:
        for done, one in enumerate(found):
            if self.failing:
                self.failing -= 1
                raise Undelivered("it answered 500", done)
            self.heard.append(f"{one.event} {one.uid}")
        return {}


def courier(
    folder: Path, ledger: SqliteLedger, sink: Any, *, tries: int = 5, wanted: Wanted = EVERYTHING, start: int = 0
) -> Courier:
    return Courier(
        "t", sink, wanted, folder / "responses", ledger=ledger, identity=ledger.identity, tries=tries, start=lambda: start,
        chance=lambda: 1.0,
    )  # fmt: skip


def fill(ledger: SqliteLedger) -> list[str]:
    record(ledger, "a", finding("high"), finding("low"), ip=BAD)
    record(ledger, "b")
    record(ledger, "c", finding("medium"), outcome=Outcome.BLOCK)
    label(ledger, "a", "genuine")
    record(ledger, "d", outcome=Outcome.REVIEW)
    return ["finding 1.0", "finding 1.1", "decision 3", "finding 3.0", "label 4", "decision 5"]


def test_everything_is_told_once_in_order(tmp_path: Path, ledger: SqliteLedger) -> None:
    wanted, sink = fill(ledger), Memory()
    it = courier(tmp_path, ledger, sink)
    assert it.run(lambda: NOW) == 0.0
    assert it.run(lambda: NOW) == 0.0
    assert sink.heard == wanted
    assert courier(tmp_path, ledger, Memory()).progress.told == 6
    record(ledger, "e", finding())
    it.run(lambda: NOW)
    assert sink.heard == [*wanted, "finding 6.0"]


def test_only_what_is_wanted_is_told(tmp_path: Path, ledger: SqliteLedger) -> None:
    fill(ledger)
    sink = Memory()
    courier(tmp_path, ledger, sink, wanted=Wanted(4)).run(lambda: NOW)
    assert sink.heard == ["finding 1.0"]


@pytest.mark.parametrize("start", range(6))
@pytest.mark.parametrize("part", [0, 1])
def test_news_goes_on_from_any_cursor(ledger: SqliteLedger, start: int, part: int) -> None:
    whole = fill(ledger)
    heard = [f"{one.event} {one.uid}" for one in news(ledger, Cursor(start, part), EVERYTHING) if isinstance(one, News)]
    assert whole[len(whole) - len(heard) :] == heard
    after = [one.after for one in news(ledger, Cursor(), EVERYTHING) if isinstance(one, News)]
    for i, cursor in enumerate(after):
        rest = [f"{one.event} {one.uid}" for one in news(ledger, cursor, EVERYTHING) if isinstance(one, News)]
        assert rest == whole[i + 1 :]


def test_what_fails_is_tried_again_later_and_later_and_nothing_overtakes_it(
    tmp_path: Path, ledger: SqliteLedger
) -> None:
    wanted, sink = fill(ledger), Memory(failing=3)
    it, clock, waits = courier(tmp_path, ledger, sink), Clock(), []
    while wait := it.run(clock):
        waits.append(wait)
        assert it.run(clock) > 0  # not before its time
        assert len(sink.heard) == 0
        clock.wait(wait)
    assert waits == [1.0, 2.0, 4.0]
    assert sink.heard == wanted
    assert it.progress.failed == 0
    assert it.progress.problem == ""


def test_waiting_survives_a_restart(tmp_path: Path, ledger: SqliteLedger) -> None:
    fill(ledger)
    courier(tmp_path, ledger, Memory(failing=1)).run(lambda: NOW)
    sink = Memory()
    assert courier(tmp_path, ledger, sink).run(lambda: NOW) > 0
    assert courier(tmp_path, ledger, sink).run(lambda: NOW + HOUR) == 0
    assert len(sink.heard) == 6


def test_what_no_try_brings_over_is_a_dead_letter_and_the_next_has_its_turn(
    tmp_path: Path, ledger: SqliteLedger
) -> None:
    wanted, sink = fill(ledger), Memory(failing=3)
    it, clock = courier(tmp_path, ledger, sink, tries=3), Clock()
    while wait := it.run(clock):
        clock.wait(wait)
    assert sink.heard == wanted[1:]
    (letter,) = [
        json.loads(line) for line in (tmp_path / "responses" / "dead-letters" / "t.jsonl").read_text().splitlines()
    ]
    assert letter["uid"] == "1.0"
    assert letter["problem"] == "it answered 500"
    assert it.progress.dead == 1


def test_a_target_that_takes_many_goes_on_after_the_last_it_took(tmp_path: Path, ledger: SqliteLedger) -> None:
    wanted, sink = fill(ledger), Memory(many=100)
    real = sink.deliver

    def deliver(found: list[News], now: int) -> dict[str, int]:
        if len(found) > 2:
            real(found[:2], now)
            raise Undelivered("the line went dead", 2)
        return real(found, now)

    sink.deliver = deliver  # type: ignore[method-assign]
    it, clock = courier(tmp_path, ledger, sink), Clock()
    while wait := it.run(clock):
        clock.wait(wait)
    assert sink.heard == wanted


def test_a_new_target_hears_what_comes_from_now_on(tmp_path: Path, ledger: SqliteLedger) -> None:
    fill(ledger)
    sink = Memory()
    it = courier(tmp_path, ledger, sink, start=ledger.last_seq)
    it.run(lambda: NOW)
    assert sink.heard == []
    record(ledger, "e", finding())
    it.run(lambda: NOW)
    assert sink.heard == ["finding 6.0"]


def test_a_delivery_has_one_id_at_every_try_and_another_for_every_target(ledger: SqliteLedger) -> None:
    fill(ledger)
    once, again = (
        [one.id("L", "t") for one in news(ledger, Cursor(), EVERYTHING) if isinstance(one, News)] for _ in range(2)
    )
    assert once == again
    assert len(set(once)) == len(once)
    assert not set(once) & {one.id("L", "u") for one in news(ledger, Cursor(), EVERYTHING) if isinstance(one, News)}


def test_what_is_told_says_what_and_of_whom(ledger: SqliteLedger) -> None:
    fill(ledger)
    said = [told(one, "d") for one in news(ledger, Cursor(), EVERYTHING) if isinstance(one, News)]
    assert said[0]["finding"]["severity"] == "high"
    assert list(said[0]["entities"]) == [{"kind": "ip", "id": BAD}]
    assert said[2]["evidence"]["outcome"] == "block"
    assert said[4]["label"]["truth"] == "genuine"
    json.dumps(said)


def test_a_damaged_cursor_is_an_error_that_names_it(tmp_path: Path, ledger: SqliteLedger) -> None:
    (tmp_path / "responses" / "cursors").mkdir(parents=True)
    (tmp_path / "responses" / "cursors" / "t.json").write_text("{")
    with pytest.raises(InvalidSetting, match=r"t\.json"):
        courier(tmp_path, ledger, Memory())


def write_until_killed(folder: Path, seed: int) -> None:
    """The child: a ledger that grows and a file that follows it."""
    rng = random.Random(seed)
    ledger = open_ledger(folder)
    it = courier(folder, ledger, FileSink(folder / "out.jsonl"))
    while True:
        for _ in range(rng.randint(1, 4)):
            n = ledger.last_seq
            record(ledger, f"e{n}", *[finding()] * rng.randint(0, 3), at=NOW + n)
            if rng.random() < 0.2:
                label(ledger, f"e{rng.randint(0, n)}", "fraud") if n else None
        it.run(lambda: NOW)


def test_after_kill_9_a_file_holds_every_event_once_and_in_order(tmp_path: Path) -> None:
    fork, rng = multiprocessing.get_context("fork"), random.Random(5)
    for seed in range(8):
        child = fork.Process(target=write_until_killed, args=(tmp_path, seed))
        child.start()
        time.sleep(rng.uniform(0.1, 0.4))
        os.kill(child.pid or 0, signal.SIGKILL)
        child.join()
    with open_ledger(tmp_path) as ledger:
        courier(tmp_path, ledger, FileSink(tmp_path / "out.jsonl")).run(lambda: NOW)
        wanted = [
            event["metadata"]["uid"]
            for one in news(ledger, Cursor(), EVERYTHING) if isinstance(one, News) for event in as_ocsf(one)
        ]  # fmt: skip
    found = [json.loads(line)["metadata"]["uid"] for line in (tmp_path / "out.jsonl").read_text().splitlines()]
    assert len(wanted) > 20
    assert found == wanted


@pytest.mark.parametrize("history", [True, False])
def test_a_target_may_ask_for_everything_on_record(tmp_path: Path, ledger: SqliteLedger, history: bool) -> None:
    fill(ledger)
    document = Document(streams={"all": Stream(to="out.jsonl", history=history)})
    (it,) = couriers(tmp_path, document, ledger)
    it.run(lambda: NOW)
    path = tmp_path / "responses" / "out" / "out.jsonl"
    assert (len(path.read_text().splitlines()) if path.exists() else 0) == (5 if history else 0)
