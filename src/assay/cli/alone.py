"""A command that changes something needs the ledger for itself, since what it did goes on record there; a running service does
the same over HTTP."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from assay.ledger.sqlite import SqliteLedger

ACTOR = "command line"


@contextmanager
def alone_with(data: Path) -> Iterator[tuple[SqliteLedger, Callable[[str, dict[str, Any]], None]]]:
    """The ledger of a data folder, and what puts an event on its record, durably: `audit(action, about)`. Raises `NotFound`
    where there is none, `LedgerUnavailable` where somebody else writes it."""
    from assay.core.errors import NotFound
    from assay.core.kind import evidence_types
    from assay.ledger.sqlite import SqliteLedger

    folder = data / "ledger"
    if not folder.is_dir():
        raise NotFound("there is no ledger here", where=str(folder))
    ledger = SqliteLedger(folder, types=evidence_types())

    def audit(action: str, about: dict[str, Any]) -> None:
        ledger.append_audit(ACTOR, action, about)
        ledger.commit()

    try:
        yield ledger, audit
    finally:
        ledger.close()
