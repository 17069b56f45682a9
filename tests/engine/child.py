"""A process to be killed: works through a fixed list of actions on an engine, and says on standard output what it was
told is durable. Which action comes next is read from the ledger, so it goes on where it was cut off.

Run as `python -m tests.engine.child FOLDER ACTIONS SEED [piped]`.
"""

from __future__ import annotations

import random
import sys
from pathlib import Path

from assay.core.batch import Batch
from assay.pipeline import Pipeline

if __name__ == "__main__":  # before anything asks which rooms there are
    from .conftest import install_for_process

    install_for_process()

from .world import open_engine, parcel, truth


def script(actions: int) -> list[tuple[str, int]]:
    """Parcels in order; after every seventh, the truth about one that came a while before."""
    out: list[tuple[str, int]] = []
    i = 0
    while len(out) < actions:
        out.append(("parcel", i))
        if i % 7 == 6 and i > 20:
            out.append(("label", i - 17))
        i += 1
    return out[:actions]


def main(folder: Path, actions: int, seed: int) -> None:
    """Resends, on purpose, some of what was already decided."""
    rng = random.Random(seed)
    engine = open_engine(folder)
    todo = script(actions)
    at = engine.ledger.last_seq
    while at < len(todo):
        what, i = todo[at]
        if what == "label":
            engine.label([truth(i)])
            at += 1
        else:
            run = [i]
            while len(run) < rng.randint(1, 12) and at + len(run) < len(todo) and todo[at + len(run)][0] == "parcel":
                run.append(todo[at + len(run)][1])
            again = [rng.randrange(i) for _ in range(rng.randint(0, 2))] if i else []
            decisions = engine.assess_batch(Batch.of([parcel(j) for j in run + again]))
            for row in range(len(run)):
                told = decisions.decision(row)
                print(told.id, told.outcome, told.seq, flush=True)
            at += len(run)
        if rng.random() < 0.02:
            engine.snapshot()
    engine.ledger.close()
    print("done", flush=True)


def main_piped(folder: Path, actions: int, seed: int) -> None:
    """The same through a pipeline, some dozens of actions at a time."""
    rng = random.Random(seed)
    engine = open_engine(folder)
    todo = script(actions)
    at = engine.ledger.last_seq
    while at < len(todo):
        stop, decided = min(len(todo), at + rng.randint(20, 80)), []
        with Pipeline(engine) as line:
            while at < stop:
                decided += line.settle(1)
                run = []
                while at < stop and todo[at][0] == "parcel" and len(run) < 5:
                    run.append(todo[at][1])
                    at += 1
                if run:
                    again = [rng.randrange(run[0]) for _ in range(rng.randint(0, 1))] if run[0] else []
                    line.assess(Batch.of([parcel(j) for j in run + again]))
                else:
                    line.label([truth(todo[at][1])])
                    at += 1
            decided += line.settle(0)
        for _, decisions in decided:
            for row in range(len(decisions)):
                told = decisions.decision(row)
                print(told.id, told.outcome, told.seq, flush=True)
        if rng.random() < 0.1:
            engine.snapshot()
    engine.ledger.close()
    print("done", flush=True)


if __name__ == "__main__":
    work = main_piped if "piped" in sys.argv else main
    work(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
