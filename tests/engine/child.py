"""A process to be killed: works through a fixed list of actions on an engine, and says on standard output what it was
told is durable. Which action comes next is read from the ledger, so it goes on where it was cut off.

Run as `python -m tests.engine.child FOLDER ACTIONS SEED`.
"""

from __future__ import annotations

import random
import sys
from pathlib import Path

from assay.core.batch import Batch

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


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
