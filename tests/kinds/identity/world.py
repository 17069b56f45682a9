"""A service with the room of identity alone, for tests over HTTP and in a browser."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from assay.engine import Engine
from assay.kinds.identity import KIND
from assay.ledger.exhibits import ExhibitStore
from assay.ledger.seal import Seal
from assay.ledger.sqlite import SqliteLedger
from tests.service.running import Running, running

TYPES = {type_.tag(): type_ for type_ in KIND.evidence}


def open_engine(folder: Path) -> Engine:
    """An engine over the room with a ledger, a seal and a store of files in `folder`, its state rebuilt."""
    engine = Engine(
        rooms=[KIND],
        ledger=SqliteLedger(folder / "ledger", types=TYPES),
        seal=Seal.open(folder / "secrets"),
        exhibits=ExhibitStore.open(folder / "exhibits", folder / "secrets"),
    )
    engine.restore()
    return engine


@contextmanager
def serving(folder: Path, **settings: Any) -> Iterator[Running]:
    with running(folder, engine=open_engine(folder), **settings) as service:
        yield service
