"""A process to be killed while it takes in waybills with files and traces; says on standard output what it was told is
durable. Run as `python -m tests.engine.heavy_child FOLDER NUMBER`."""

from __future__ import annotations

import hashlib
import sys
from datetime import timedelta
from pathlib import Path

if __name__ == "__main__":  # before anything asks which rooms there are
    from .conftest import install_for_process

    install_for_process()

from assay_parcels.waybill import HEAD, Waybill

from assay.core.clock import moment
from assay.engine import Engine
from assay.ledger.exhibits import ExhibitStore

from .world import START, open_engine


def waybill(i: int) -> Waybill:
    """Number i: of one of seven customers, with one of five accounts and one of eleven pages."""
    page = hashlib.sha256(f"page {i % 11}".encode()).hexdigest()
    content = HEAD + f"weight {i}\naccount A{i % 5}\npage {page}\n".encode()
    return Waybill(id=f"w{i}", time=moment(START) + timedelta(minutes=i), content=content, customer=f"c{i % 7}")


def opened(folder: Path) -> Engine:
    return open_engine(folder, exhibits=ExhibitStore.open(folder / "exhibits", folder / "secrets"))


def main(folder: Path, number: int) -> None:
    engine = opened(folder)
    print("open", flush=True)
    for i in range(engine.ledger.last_seq, number):
        decision = engine.assess(waybill(i))
        print(decision.id, len(decision.findings), flush=True)
        if i % 40 == 39:
            engine.snapshot()
    engine.ledger.close()
    print("done", flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
