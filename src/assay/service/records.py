"""The routes that read records and take labels. Each asks the ledger in a worker thread and gives plain JSON, with each
reason's sentence in the caller's language."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from starlette.responses import Response, StreamingResponse

from assay.core.clock import micros
from assay.core.decision import OUTCOMES
from assay.core.entity import Entity
from assay.core.errors import InvalidEvidence, NotFound
from assay.core.kind import evidence_types
from assay.engine import Engine
from assay.ledger.base import DecisionFilter, Ledger
from assay.service.answers import encode, language_of, record
from assay.service.batcher import Batcher
from assay.service.checks import Checks
from assay.service.decode import LabelDecoder
from assay.service.guests import Guests
from assay.service.keys import Caller
from assay.service.limits import check_type
from assay.service.live import SSE_HEADERS, Hub
from assay.service.room import models_in, policies_in

Limit = Annotated[int, Query(ge=1, le=500, description="at most this many")]
Before = Annotated[int | None, Query(description="only records with a smaller ledger number: the next page")]
Outcomes = Annotated[
    list[str] | None, Query(description="allow, challenge, review or block; may be given several times")
]
Kinds = Annotated[list[str] | None, Query(description="evidence kinds, such as payment; may be given several times")]
About = Annotated[str, Query(description="an entity as kind:id")]


def router(
    engine: Engine, ledger: Ledger, batcher: Batcher, hub: Hub, checks: Checks, guests: Guests, deepest: int
) -> APIRouter:
    """Every ordinary route under `/v1`; the two for evidence and the upload are plain ASGI, elsewhere."""
    routes = APIRouter(prefix="/v1")
    _decisions(routes, ledger)
    _findings(routes, ledger)
    _labels(routes, engine, ledger, batcher, LabelDecoder(deepest))
    _live(routes, hub)
    _checks(routes, checks)

    @routes.get("/verifications/{id}")
    def verification(request: Request, id: str) -> Response:
        """A link for a guest: how far it is, and the outcome once something was handed in and decided."""
        return Response(encode(guests.read(id)), media_type=_JSON)

    @routes.get("/policy")
    def policy(request: Request) -> Response:
        """The policy in force, one a room: its name and version, and its text."""
        return _json(request, {"policies": policies_in(engine)})

    @routes.get("/models")
    def models(request: Request) -> Response:
        """The detectors in use: version, what they read, and the model card where there is one."""
        return _json(request, {"models": models_in(engine)})

    return routes


def _decisions(routes: APIRouter, ledger: Ledger) -> None:
    @routes.get("/decisions")
    def decisions(
        request: Request,
        outcome: Outcomes = None,
        kind: Annotated[str, Query(description="evidence kind, such as payment")] = "",
        entity: About = "",
        since: Annotated[datetime | None, Query(description="event time, inclusive")] = None,
        until: Annotated[datetime | None, Query(description="event time, exclusive")] = None,
        rule: Annotated[str, Query(description="the policy rule that settled it")] = "",
        reason: Annotated[str, Query(description="a reason code")] = "",
        min_probability: Annotated[float | None, Query(ge=0, le=1)] = None,
        id_prefix: Annotated[str, Query(max_length=128)] = "",
        before: Before = None,
        limit: Limit = 50,
    ) -> Response:
        """Decisions, newest first. `next` is what to send as `before` for the page after; absent on the last one."""
        page = ledger.decisions(
            DecisionFilter(
                outcome=tuple(_outcomes(outcome)),
                kind=kind,
                entity=_entity(entity),
                since=micros(since) if since else None,
                until=micros(until) if until else None,
                rule=rule,
                reason=reason,
                min_probability=min_probability,
                id_prefix=id_prefix,
                before_seq=before,
                limit=limit,
            )
        )
        more = {} if page.next_before is None else {"next": page.next_before}
        return _json(request, {"decisions": page.decisions, **more})

    @routes.get("/decisions/{id:path}")
    def decision(request: Request, id: str) -> Response:
        """One decision, whole: the evidence as recorded, findings, reasons, profile, versions, and the labels since."""
        found = ledger.decision(id)
        if found is None:
            raise NotFound("nothing with this id was decided here", where="id")
        language = _language(request)
        return Response(
            encode(record(found, language) | {"labels": record(ledger.labels(id), language)}), media_type=_JSON
        )


def _findings(routes: APIRouter, ledger: Ledger) -> None:
    @routes.get("/findings")
    def findings(
        request: Request,
        open: Annotated[bool | None, Query(description="true: not dismissed by a label; false: dismissed")] = None,
        entity: About = "",
        detector: Annotated[str, Query(description="such as payments.model")] = "",
        before: Before = None,
        limit: Limit = 100,
    ) -> Response:
        """Findings, newest first, each with its status: open, confirmed or dismissed."""
        found = ledger.findings(open=open, entity=_entity(entity), detector=detector, before_seq=before, limit=limit)
        more = {"next": found[-1].seq} if len(found) == limit else {}
        return _json(request, {"findings": found, **more})

    @routes.get("/entities/{kind}/{id:path}/links")
    def links(request: Request, kind: str, id: str, hops: Annotated[int, Query(ge=1, le=2)] = 1) -> Response:
        """Entities that share evidence with this one, one or two steps out."""
        return _json(request, ledger.links(Entity(kind, id), hops=hops))

    @routes.get("/entities/{kind}/{id:path}")
    def entity_(request: Request, kind: str, id: str, limit: Limit = 100) -> Response:
        """What is on record about one entity: its newest decisions, the findings that name it, and labels."""
        timeline = ledger.entity(Entity(kind, id), limit=limit)
        if not timeline.total:
            raise NotFound("nothing is on record about it", where=f"{kind}:{id}")
        return _json(request, timeline)


def _labels(routes: APIRouter, engine: Engine, ledger: Ledger, batcher: Batcher, decode: LabelDecoder) -> None:
    @routes.post("/labels")
    async def labels(request: Request) -> Response:
        """The truth about evidence decided earlier: one label, or a list of them. All are taken, or none."""
        check_type(dict(request.scope["headers"]), b"application/json")
        given = decode(await request.body())
        caller: Caller = request.state.caller

        def take() -> None:
            engine.label(given)
            ledger.append_audit(
                caller.key, "labelled", {"count": len(given), "evidence": [g.evidence for g in given[:100]]}
            )

        await batcher.call(take)
        return Response(encode({"labels": len(given)}), media_type=_JSON)


def _live(routes: APIRouter, hub: Hub) -> None:
    @routes.get("/live")
    async def live(request: Request, outcome: Outcomes = None, kind: Kinds = None) -> Response:
        """Every durable decision as it happens (server-sent events: `decision`, and `dropped` for a slow reader)."""
        known = evidence_types()
        if unknown := set(kind or ()) - set(known):
            raise InvalidEvidence(f"no kind {min(unknown)!r}", where="kind", hint="one of " + ", ".join(known))
        events = hub.watch(frozenset(_outcomes(outcome)), frozenset(kind or ()), _language(request))
        return StreamingResponse(events, media_type="text/event-stream", headers=SSE_HEADERS)


def _checks(routes: APIRouter, checks: Checks) -> None:
    @routes.get("/checks/{job}")
    async def check(request: Request, job: str) -> Response:
        """A job: how far it is, and its result once it is done."""
        return Response(encode(checks.told(checks.job(job), _language(request))), media_type=_JSON)

    @routes.get("/checks/{job}/events")
    async def check_events(request: Request, job: str) -> Response:
        """A job's progress as it happens (server-sent events: `progress`, then `done` or `failed`)."""
        return StreamingResponse(
            checks.progress(checks.job(job), _language(request)), media_type="text/event-stream", headers=SSE_HEADERS
        )


_JSON = "application/json"


def _json(request: Request, value: Any) -> Response:
    return Response(encode(record(value, _language(request))), media_type=_JSON)


def _language(request: Request) -> str:
    return language_of(request.headers.get("accept-language", "").encode("latin-1"))


def _outcomes(given: list[str] | None) -> list[str]:
    if unknown := set(given or ()) - set(OUTCOMES):
        raise InvalidEvidence(f"no outcome {min(unknown)!r}", where="outcome", hint="one of " + ", ".join(OUTCOMES))
    return given or []


def _entity(text: str) -> Entity | None:
    if not text:
        return None
    entity = Entity.parse(text)
    if not entity.kind or not entity.id:
        raise InvalidEvidence(f"{text!r} is not an entity", where="entity", hint="write kind:id, such as card:tok_9f")
    return entity
