"""Kill -9 at any moment: whatever was acknowledged is there once, as it was, and the chain is whole.

A child appends and commits, and acknowledges on a pipe only what `commit` has returned for; the parent kills it at a
random moment, over and over on the same ledger, with small index and log limits so that every kind of work is cut short.
"""

import multiprocessing
import os
import random
import signal
import time
from multiprocessing.connection import Connection
from pathlib import Path

import pytest

from assay.core.label import Label
from assay.ledger import sqlite
from assay.ledger.sqlite import SqliteLedger
from tests.ledger.sightings import TYPES, sightings

FLUSH_ROWS = 150


def write_until_killed(folder: Path, seed: int, pipe: Connection) -> None:
    """The child: goes on where the ledger ends."""
    sqlite.CHECKPOINT_BYTES = 200_000
    rng = random.Random(seed)
    ledger = SqliteLedger(folder, types=TYPES, flush_rows=FLUSH_ROWS)
    first = ledger.counts().decisions
    while True:
        sizes = [rng.choice([1, 1, 2, 7, 30, 90]) for _ in range(rng.randint(1, 3))]
        batches = []
        for n in sizes:
            ledger.append(sightings(first, n))
            batches.append((first, n))
            first += n
        label = Label(evidence=f"s{rng.randrange(first)}", truth="fraud", note=f"of {first}")
        ledger.append_labels([label], first)
        ledger.commit()
        pipe.send((batches, label))


def kill_and_check(folder: Path, kills: int, seed: int) -> int:
    rng = random.Random(seed)
    fork = multiprocessing.get_context("fork")
    batches: list[tuple[int, int]] = []
    labels: list[Label] = []
    for k in range(kills):
        ours, theirs = fork.Pipe(duplex=False)
        child = fork.Process(target=write_until_killed, args=(folder, seed * 1000 + k, theirs))
        child.start()
        theirs.close()
        if k % 3:
            ours.poll(60)  # until something was acknowledged; the others are killed wherever they are, at the start too
        time.sleep(rng.uniform(0.02, 0.1))
        os.kill(child.pid or 0, signal.SIGKILL)
        child.join()
        known = len(batches)
        try:
            while True:
                done, label = ours.recv()
                batches += done
                labels.append(label)
        except EOFError:
            ours.close()
        with SqliteLedger(folder, types=TYPES, flush_rows=FLUSH_ROWS) as ledger:
            check(ledger, batches[known:])
    with SqliteLedger(folder, types=TYPES, flush_rows=FLUSH_ROWS) as ledger:
        check(ledger, batches)
        kept = [label for record in ledger.replay() for label in record.labels]
        assert [label for label in kept if label in labels] == labels
        assert len(kept) - len(labels) <= kills  # at most one commit a kill was durable and not yet acknowledged
    return len(batches)


def check(ledger: SqliteLedger, acknowledged: list[tuple[int, int]]) -> None:
    found = ledger.verify()
    assert found.ok, found.problem
    ids = [id_ for record in ledger.replay() if record.decisions for id_ in record.decisions.batch.ids]
    assert ids == [f"s{i}" for i in range(len(ids))]  # each once, in order, none missing
    sample = [*ids[:: max(1, len(ids) // 200)], "s-new"]
    assert list(ledger.repeated(sample)) == list(range(len(sample) - 1))
    for first, n in acknowledged:
        assert first + n <= len(ids)
        given = sightings(first, n)
        for i in range(n):
            there = ledger.decision(f"s{first + i}")
            assert there is not None
            given.seq[i] = there.seq
            assert there == given.decision(i)


def test_nothing_acknowledged_is_lost_over_many_kills(tmp_path: Path):
    assert kill_and_check(tmp_path, kills=24, seed=1) >= 16


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(2, 12))
def test_nothing_acknowledged_is_lost_over_hundreds_of_kills(tmp_path: Path, seed: int):
    assert kill_and_check(tmp_path, kills=60, seed=seed) >= 40
