"""That a case opened, on record: cases are made from findings as they come, and whoever is to be told of one (a webhook) is told
what the ledger says, in its order and after any crash. Each case is put on record once."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

import msgspec

from assay.campaigns.state import OPEN
from assay.campaigns.told import line
from assay.core.clock import now
from assay.core.errors import AssayError
from assay.engine import Engine
from assay.ledger.base import Ledger
from assay.responses.news import CASE_OPENED
from assay.service.batcher import Batcher

log = logging.getLogger("assay.service")
EVERY = 1.0  # seconds between looks; nothing is looked at where no finding came
_PAGE = 1000


class Opened:
    """Start `watch` on the event loop. Only where somebody wants to be told: it costs a look at the open cases."""

    def __init__(self, engine: Engine, ledger: Ledger, batcher: Batcher) -> None:
        self._engine, self._ledger, self._batcher = engine, ledger, batcher
        self._known: set[str] = set()
        self._seen = (-1, -1)

    async def watch(self) -> None:
        """For as long as the service runs."""
        self._known = await asyncio.to_thread(self._recorded)
        while True:
            try:
                await self.look()
            except AssayError as error:
                log.error("that a case opened could not be put on record: %s", error)
            await asyncio.sleep(EVERY)

    async def look(self) -> None:
        """Puts the cases on record that have opened since."""
        campaigns = self._engine.campaigns
        seen = (campaigns.number, campaigns.changed)
        if seen == self._seen:
            return
        for case in [c for c in list(campaigns.cases.values()) if c.state == OPEN and c.into is None]:
            if case.id not in self._known:
                about = _plain(msgspec.to_builtins(line(campaigns, case, now())))
                await self._batcher.call(lambda about=about: self._ledger.append_audit("service", CASE_OPENED, about))  # type: ignore[misc]
                self._known.add(case.id)
        self._seen = seen

    def _recorded(self) -> set[str]:
        """Those that are on record already."""
        found: set[str] = set()
        before: int | None = None
        while records := self._ledger.audit(before_seq=before, limit=_PAGE):
            found |= {str(r.audit.about.get("id")) for r in records if r.audit.action == CASE_OPENED}
            before = records[-1].seq
        return found


def _plain(told: dict[str, Any]) -> dict[str, Any]:
    """What does not change with every finding."""
    return {k: v for k, v in told.items() if k not in ("now", "owner", "truth")}
