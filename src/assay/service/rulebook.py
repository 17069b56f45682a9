"""The rules of the rooms in use, for the console's pages: read from the rooms' rulebooks, and looked at again when they may have
changed."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping, Sequence
from functools import cached_property
from importlib import import_module
from pathlib import Path
from typing import Any

from assay.core.errors import NotFound
from assay.engine import Engine
from assay.ledger.base import FindingRecord, Ledger

FRESH = 60.0  # seconds that what was read counts
NEWEST = 2000  # findings looked through


class RulesForConsole:
    """Rooms whose rulebook can list its rules (`Kind.rulebook`)."""

    def __init__(self, engine: Engine, ledger: Ledger, models: Path) -> None:
        self._ledger, self._models = ledger, models if models.exists() else None
        self._rooms = {room.name: room.rulebook for room in engine.rooms if room.rulebook}
        lanes = engine.lanes.values()
        self._detectors = sorted({d.name for lane in lanes if lane.kind.name in self._rooms for d in lane.detectors})
        self._at, self._rules = float("-inf"), list[Mapping[str, Any]]()
        self._turn = threading.Lock()

    @cached_property
    def _books(self) -> dict[str, Any]:
        """Loaded when somebody first looks: a start need not wait for rules."""
        books = {name: import_module(module) for name, module in self._rooms.items()}
        return {name: book for name, book in books.items() if hasattr(book, "listed")}

    def rules(self) -> Sequence[Mapping[str, Any]]:
        with self._turn:
            if self._at + FRESH < time.monotonic():
                books = self._books.items()
                self._rules = [{"room": name, **one} for name, book in books for one in book.listed(self._models)]
                self._at = time.monotonic()
            return self._rules

    def text(self, room: str, id_: str) -> str:
        if room not in self._books:
            raise NotFound(f"{room} runs no rules")
        return str(self._books[room].text(id_, self._models))

    def newest(self) -> Sequence[FindingRecord]:
        found = [one for name in self._detectors for one in self._ledger.findings(detector=name, limit=NEWEST)]
        return sorted(found, key=lambda one: -one.seq)
