"""An engine of one room over a folder, as a service opens it after a crash: what detectors remember comes from snapshot and
journal."""

from __future__ import annotations

from pathlib import Path

from assay.core.kind import kind_of
from assay.engine import Engine
from assay.ledger.journal import Journal
from assay.ledger.snapshots import Snapshots
from assay.ledger.sqlite import SqliteLedger


def opened(room: str, folder: Path) -> Engine:
    engine = Engine(
        rooms=[kind_of(room)], ledger=SqliteLedger(folder / "ledger"), snapshots=Snapshots(folder / "snapshots"),
        journal=Journal(folder / "journal"),
    )  # fmt: skip
    engine.restore()
    return engine
