"""Templates of faces: a customer's are erased on request, old ones day by day; each erasure is on record."""

from __future__ import annotations

import asyncio
from typing import Annotated

import msgspec
from fastapi import APIRouter, Path, Query, Request
from starlette.responses import Response

from assay.engine import Engine
from assay.ledger.base import Audit, Ledger
from assay.ledger.templates import Templates, erasure, expiry
from assay.service.batcher import Batcher
from assay.service.keys import Caller

_DAY = 86_400.0


class FaceTemplates:
    """Erasures. What the engine remembers of an erased template goes before it compares the next face."""

    def __init__(self, engine: Engine, ledger: Ledger, batcher: Batcher) -> None:
        vault = engine.traces.vault
        self.store = vault if isinstance(vault, Templates) else None
        self._ledger, self._batcher = ledger, batcher

    async def forget(self, actor: str, customer: str, why: str) -> int:
        """Deletes a customer's templates, and puts that on record; how many there were."""
        if self.store is None:
            return 0
        gone, audit = await asyncio.to_thread(erasure, self.store, customer, why, actor)
        await self._record(audit)
        return gone

    async def forget_evidence(self, evidence: str) -> int:
        """Deletes what one piece of evidence left; how many there were. Whoever erases its files records that."""
        return 0 if self.store is None else await asyncio.to_thread(self.store.forget_evidence, evidence)

    async def expire_daily(self, days: float) -> None:
        """For as long as the service runs: templates older than this go, at the start and then once a day."""
        while self.store is not None and days:
            gone, audit = await asyncio.to_thread(expiry, self.store, days)
            if gone:
                await self._record(audit)
            await asyncio.sleep(_DAY)

    async def _record(self, audit: Audit) -> None:
        await self._batcher.call(lambda: self._ledger.append_audit(audit.actor, audit.action, audit.about))


def router(templates: FaceTemplates) -> APIRouter:
    routes = APIRouter(prefix="/v1")

    @routes.delete("/customers/{id}/templates")
    async def forget(
        request: Request,
        id: Annotated[str, Path(max_length=128)],
        why: Annotated[str, Query(max_length=500, description="for the record")] = "",
    ) -> Response:
        """Forget a customer's face: erase the templates by which it would be known again. Decisions stay on record."""
        caller: Caller = request.state.caller
        gone = await templates.forget(caller.key, id, why)
        return Response(msgspec.json.encode({"erased": gone}), media_type="application/json")

    return routes
