"""The break-in of the demo is one that our own rules see, and enough of it to be a case."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec

from assay.campaigns import told
from assay.cli.intrusion import records
from assay.core.batch import Batch
from assay.core.kind import kinds
from assay.engine import Engine
from assay.kinds.hosts.evidence import LogRecord


def test_the_demo_s_break_in_makes_a_case() -> None:
    engine = Engine(rooms=[kinds()["hosts"]])
    lines = list(records("log-1", datetime(2026, 3, 2, 12, tzinfo=UTC), "d0001", "c-1", "10.0.0.1"))
    engine.assess_batch(Batch.of([msgspec.convert(line, LogRecord) for line in lines]))
    (case,) = told.queue(engine.campaigns, None)
    assert case.probability > 0.9
    assert len(case.tactics) >= 3
