"""Single messages that came since the last snapshot outlive a crash: an engine that was killed remembers what one that was not does."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np

from assay.engine import Engine
from assay.kinds.roads.evidence import RoadMessage
from assay.kinds.roads.simulate.world import batch_of, world
from tests.kinds.remembering import opened


def memories(engine: Engine) -> list[bytes]:
    return [bytes(d.kept()) for d in engine.lanes[RoadMessage].detectors]  # type: ignore[attr-defined]


def test_what_one_message_at_a_time_taught_is_there_after_a_crash(tmp_path: Path) -> None:
    messages = batch_of(world(4, vehicles=8, seconds=40.0, liars=0.5, rate=2.0)).take(np.arange(200))
    messages.columns["faults"] = np.array(["signature" if i % 50 == 7 else "" for i in range(200)], object)
    engine = opened("roads", tmp_path / "a")
    for number, one in enumerate(messages.split(1)):
        engine.assess_batch(one)
        engine.commit()
        if number == 120:
            engine.snapshot()
    shutil.copytree(tmp_path / "a", tmp_path / "b")  # as a disk stands when the power goes
    again = opened("roads", tmp_path / "b")
    assert memories(again) == memories(engine)
    assert all(memories(engine))
    for one in (engine, again):
        one.ledger.close()  # type: ignore[union-attr]
