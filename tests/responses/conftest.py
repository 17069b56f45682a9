"""A ledger of alerts in a folder of its own."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from assay.ledger.sqlite import SqliteLedger

from .world import open_ledger


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[SqliteLedger]:
    with open_ledger(tmp_path) as opened:
        yield opened
