"""The kept files of evidence, for those who may see them: every look is on record, and so is every erasure."""

from __future__ import annotations

import asyncio
import time
from typing import Annotated
from urllib.parse import quote

import msgspec
from fastapi import APIRouter, Path, Query, Request
from starlette.responses import Response

from assay.core.decision import Decision
from assay.core.enclosed import Enclosed
from assay.core.errors import NotFound
from assay.engine import Engine
from assay.ledger.base import Ledger
from assay.ledger.exhibits import SEEN, ExhibitStore, erasure, expiry
from assay.service.batcher import Batcher
from assay.service.keys import Caller
from assay.service.templates import FaceTemplates

_AGAIN = 600.0  # seconds in which one person's looks at one piece of evidence are one look
_REMEMBERED = 10_000
_DAY = 86_400.0
_HEADERS = {"Content-Security-Policy": "default-src 'none'; sandbox", "X-Content-Type-Options": "nosniff"}


class Exhibits:
    """Looks and erasures. `looked` may be called from any thread but the loop's."""

    def __init__(self, engine: Engine, ledger: Ledger, batcher: Batcher, templates: FaceTemplates) -> None:
        self.store = engine.exhibits if isinstance(engine.exhibits, ExhibitStore) else None
        self._ledger, self._batcher, self._templates = ledger, batcher, templates
        self._looks: dict[tuple[str, str], float] = {}

    def decision(self, id_: str) -> Decision:
        found = self._ledger.decision(id_)
        if found is None:
            raise NotFound("nothing with this id was decided here", where="id")
        return found

    def one(self, decision: Decision, number: int) -> Enclosed:
        """One file, from 1. Raises `NotFound` where there is none or it is not kept any more."""
        if self.store is None or not 1 <= number <= len(decision.exhibits):
            raise NotFound("it has no such file", where="number")
        return self.store.read(decision.exhibits[number - 1])

    def looked(self, actor: str, decision: Decision) -> None:
        """Puts it on record, durably, that this person looked at these files."""
        look, now = (actor, decision.id), time.monotonic()
        if self._looks.get(look, -_AGAIN) + _AGAIN > now:
            return
        call = self._batcher.call(lambda: self._ledger.append_audit(actor, SEEN, {"evidence": decision.id}))
        asyncio.run_coroutine_threadsafe(call, self._batcher.loop).result()
        if len(self._looks) >= _REMEMBERED:
            self._looks.clear()
        self._looks[look] = now

    async def erase(self, actor: str, decision: Decision, why: str) -> int:
        """Deletes the files of a decision and the templates made of them, and puts that on record; how many files there
        were."""
        await self._templates.forget_evidence(decision.id)
        if self.store is None:
            return 0
        gone, audit = await asyncio.to_thread(erasure, decision, self.store, why)
        await self._batcher.call(lambda: self._ledger.append_audit(actor, audit.action, audit.about))
        return gone

    async def expire_daily(self, days: float) -> None:
        """For as long as the service runs: files older than this go, at the start and then once a day."""
        while self.store is not None and days:
            gone, audit = await asyncio.to_thread(expiry, self.store, days)
            if gone:
                about = audit
                await self._batcher.call(lambda about=about: self._ledger.append_audit(about.actor, about.action, about.about))  # type: ignore[misc]  # fmt: skip
            await asyncio.sleep(_DAY)


def router(exhibits: Exhibits) -> APIRouter:
    routes = APIRouter(prefix="/v1")

    @routes.get("/decisions/{id:path}/exhibits/{number}")
    def exhibit(request: Request, id: str, number: Annotated[int, Path(ge=1, le=1000)]) -> Response:
        """One file of the evidence, as it was handed in, where it is still kept. Every look is on record."""
        caller: Caller = request.state.caller
        decision = exhibits.decision(id)
        found = exhibits.one(decision, number)
        exhibits.looked(caller.key, decision)
        headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{quote(found.name or f'exhibit-{number}')}"}
        return Response(found.content, media_type="application/octet-stream", headers=headers | _HEADERS)

    @routes.delete("/decisions/{id:path}/exhibits")
    async def erase(
        request: Request, id: str, why: Annotated[str, Query(max_length=500, description="for the record")] = ""
    ) -> Response:
        """Erase the files of one piece of evidence. The decision stays on record, and that they were erased."""
        caller: Caller = request.state.caller
        decision = await asyncio.to_thread(exhibits.decision, id)
        gone = await exhibits.erase(caller.key, decision, why)
        return Response(msgspec.json.encode({"erased": gone}), media_type="application/json")

    return routes
