"""The routes of responses: lists as they stand, what would change, changing and taking back; findings as OCSF. What happens by
itself runs beside the service (`assay.responses.responder`)."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from assay.campaigns.told import named_by_cases
from assay.core.clock import now
from assay.core.decision import Decision
from assay.core.kind import evidence_types
from assay.engine import Engine
from assay.ledger.base import Ledger
from assay.ledger.ocsf import detection_finding
from assay.responses.changes import Change
from assay.responses.document import load
from assay.responses.lists import Lists
from assay.responses.responder import Responder
from assay.responses.taxii import Collections
from assay.service.answers import encode, language_of, record
from assay.service.batcher import Batcher
from assay.service.given import given
from assay.service.keys import Caller
from assay.settings import Settings

_encode = msgspec.json.Encoder().encode
_JSON = "application/json"


class Apply(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which lists; all where none is named."""

    lists: tuple[str, ...] = ()


class Undo(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    change: int
    force: bool = False


class Responses:
    """What the routes share. Raises `InvalidSetting` for a file with a mistake."""

    def __init__(self, settings: Settings, engine: Engine, ledger: Ledger, batcher: Batcher) -> None:
        self.document = load(settings.data)
        self._ledger, self._batcher = ledger, batcher
        self.lists = Lists(settings.data, self.document, ledger, lambda: named_by_cases(engine.campaigns))
        self.responder = Responder(settings.data, self.document, ledger, self.lists, self._audit_by("service"))
        self.collections = Collections(self.document, self.lists.feeds, ledger.identity)

    def _audit_by(self, actor: str) -> Any:
        def audit(action: str, about: dict[str, Any]) -> None:
            """On the ledger, durably; from any thread but the loop's."""
            call = self._batcher.call(lambda: self._ledger.append_audit(actor, action, about))
            asyncio.run_coroutine_threadsafe(call, self._batcher.loop).result()

        return audit

    async def apply(self, actor: str, wanted: Apply) -> list[Change]:
        audit = self._audit_by(actor)
        return await asyncio.to_thread(self.lists.apply, wanted.lists, now=now(), actor=actor, audit=audit)

    async def undo(self, actor: str, wanted: Undo) -> Change:
        audit = self._audit_by(actor)
        return await asyncio.to_thread(
            self.lists.undo, wanted.change, now=now(), actor=actor, audit=audit, force=wanted.force
        )


def router(responses: Responses, ledger: Ledger) -> APIRouter:
    routes = APIRouter(prefix="/v1")

    @routes.get("/responses")
    def standing(request: Request) -> Response:
        """The lists as they stand outside, the changes that can be taken back, and how far each target has been told."""
        told = {
            "lists": responses.lists.told(),
            "changes": responses.lists.changes.changes()[:100],
            "targets": responses.responder.targets(),
        }
        return _told(request, told)

    @routes.get("/responses/plan")
    def plan(
        request: Request,
        list: Annotated[list[str] | None, Query(description="which lists; all where none is named")] = None,
    ) -> Response:
        """What applying the lists would change, with the finding behind each entry. Nothing is changed."""
        return _told(request, {"plans": responses.lists.plan(list or [], now())})

    @routes.post("/responses/apply")
    async def apply(request: Request) -> Response:
        """Write lists: whole or not at all, on record before it is done."""
        caller: Caller = request.state.caller
        changes = await responses.apply(caller.key, await given(request, Apply))
        return _told(request, {"changes": changes})

    @routes.post("/responses/undo")
    async def undo(request: Request) -> Response:
        """Put back what every file held before a change, to the bit; on record."""
        caller: Caller = request.state.caller
        change = await responses.undo(caller.key, await given(request, Undo))
        return _told(request, {"change": change})

    @routes.get("/findings/ocsf")
    def ocsf(
        request: Request,
        after: Annotated[int, Query(ge=0, description="only findings of records after this number")] = 0,
        limit: Annotated[int, Query(ge=1, le=1000, description="at most those of so many records")] = 200,
    ) -> Response:
        """Findings as OCSF Detection Findings, oldest first, one JSON a line. `Assay-Next` is the next page's `after`."""
        types = evidence_types()
        lines, last = [], after
        for one in ledger.news(after, limit):
            last = one.seq
            if isinstance(one, Decision):
                type_ = types.get(one.kind)
                observed = type_ is not None and type_.WEIGHT == "observation"
                for ordinal, finding in enumerate(one.findings):
                    lines.append(_encode(detection_finding(one, ordinal, finding, observed=observed)) + b"\n")
        return Response(b"".join(lines), media_type="application/x-ndjson", headers={"Assay-Next": str(last)})

    return routes


def _told(request: Request, value: Any) -> Response:
    language = language_of(request.headers.get("accept-language", "").encode("latin-1"))
    return Response(encode(record(value, language)), media_type=_JSON)
