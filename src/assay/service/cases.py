"""Cases over HTTP, and for the console: the queue, one case whole, and what analysts do, each on record and done once."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Path, Query, Request
from starlette.responses import Response

from assay.campaigns import told
from assay.campaigns.told import Line, Whole
from assay.campaigns.work import Work
from assay.console.source import Person
from assay.core.clock import iso, now
from assay.core.entity import Entity
from assay.core.errors import InvalidEvidence
from assay.engine import Engine
from assay.ledger.base import Ledger
from assay.responses.incident import incident_finding
from assay.service.answers import encode, language_of, record
from assay.service.batcher import Batcher
from assay.service.given import given
from assay.service.opened import reported

_JSON, _LINES = "application/json", "application/x-ndjson"
_encode = msgspec.json.Encoder().encode


class Cases:
    """Reading goes on beside the engine, from any thread; what is done goes through the batcher, in its turn."""

    def __init__(self, engine: Engine, ledger: Ledger, batcher: Batcher) -> None:
        self._engine, self._ledger, self._batcher = engine, ledger, batcher

    def queue(
        self, states: Sequence[str], owner: str | None = None, about: Entity | str = "", limit: int = 100
    ) -> list[Line]:
        """The worst first."""
        return told.queue(self._engine.campaigns, now(), states=states, owner=owner, about=about, limit=limit)

    def whole(self, case: str) -> Whole:
        """Raises `NotFound`."""
        return told.whole(self._engine.campaigns, case, now())

    def exported(self, case: str, language: str) -> bytes:
        """The whole case as JSON, as the API has it. Raises `NotFound`."""
        return encode(_whole(self.whole(case), language))

    def incident(self, case: str) -> dict[str, Any]:
        """As it is now, for other tools. Raises `NotFound`."""
        about = reported(self._engine, self._ledger, case, "now")
        return incident_finding(
            about | {"change": "closed" if about["state"] == "closed" else "now"}, f"{case}@{about['at']}"
        )

    def of(self, entities: Sequence[Entity]) -> list[Line]:
        """The cases that these entities are part of."""
        return told.of_entities(self._engine.campaigns, entities, now())

    async def do(self, actor: str, case: str, work: Work) -> str:
        """Durable when it returns; the id that the case goes by. Raises `NotFound`, or `InvalidEvidence` for what cannot be."""
        return await self._batcher.call(lambda: self._engine.work(actor, case, work, commit=False))

    def done(self, person: Person, case: str, work: Work) -> str:
        """As `do`, for the console: from any thread but the loop's."""
        call = self.do(person.key or person.name, case, work)
        return asyncio.run_coroutine_threadsafe(call, self._batcher.loop).result()


def router(cases: Cases) -> APIRouter:
    routes = APIRouter(prefix="/v1")

    @routes.get("/cases")
    def queue(
        request: Request,
        state: Annotated[
            list[str] | None,
            Query(
                description="open (unless you say so), faded: nobody took it and it is hardly likely by now, closed, or gathering: no case yet; may be given several times"
            ),
        ] = None,
        owner: Annotated[str | None, Query(max_length=128, description="who works on it; empty: nobody yet")] = None,
        entity: Annotated[
            str, Query(max_length=512, description="only those that this entity, kind:id, is part of")
        ] = "",
        limit: Annotated[int, Query(ge=1, le=500, description="at most this many")] = 100,
    ) -> Response:
        """The cases that findings make, the worst first: what each is about, how likely it is an attack, its stages."""
        states = _states(state)
        about = Entity.parse(entity) if entity else ""
        if isinstance(about, Entity) and not (about.kind and about.id):
            raise InvalidEvidence(
                f"{entity!r} is not an entity", where="entity", hint="write kind:id, such as host:ws-7"
            )
        found = cases.queue(states, owner, about, limit)
        return Response(encode({"cases": [_line(one) for one in found]}), media_type=_JSON)

    @routes.get("/cases/ocsf")
    def ocsf(
        state: Annotated[list[str] | None, Query(description="open and closed unless you say so")] = None,
        limit: Annotated[int, Query(ge=1, le=500, description="at most this many")] = 100,
    ) -> Response:
        """The cases as they are now as OCSF Incident Findings, the worst first, one JSON a line."""
        found = cases.queue(_states(state, ("open", "closed")), limit=limit)
        return Response(b"".join(_encode(cases.incident(one.id)) + b"\n" for one in found), media_type=_LINES)

    @routes.get("/cases/{id}")
    def whole(request: Request, id: Annotated[str, Path(max_length=64)]) -> Response:
        """One case: stage by stage the rules and the findings they were met by, its entities and what ties them, and what
        became of it. An id that was merged leads to the case that it is part of now."""
        language = language_of(request.headers.get("accept-language", "").encode("latin-1"))
        return Response(cases.exported(id, language), media_type=_JSON)

    @routes.post("/cases/{id}/work")
    async def work(request: Request, id: Annotated[str, Path(max_length=64)]) -> Response:
        """Assign a case, note something, label it (which closes it), or open it again. On record; what would change nothing,
        or came before under the same `key`, is not done again."""
        asked, caller = await given(request, Work), request.state.caller
        case = await cases.do(caller.key, id, asked)
        found = await asyncio.to_thread(cases.whole, case)
        return Response(encode({"case": _line(found.case)}), media_type=_JSON)

    return routes


def _states(asked: list[str] | None, otherwise: tuple[str, ...] = ("open",)) -> tuple[str, ...]:
    states = tuple(asked or otherwise)
    if unknown := set(states) - set(told.STATES):
        raise InvalidEvidence(f"no state {min(unknown)!r}", where="state", hint="one of " + ", ".join(told.STATES))
    return states


def _line(line: Line) -> dict[str, Any]:
    plain: dict[str, Any] = record(line, "en")
    if line.opened is not None:
        plain["opened"] = iso(line.opened)
    return {name: value for name, value in plain.items() if value not in (None, "")}


def _whole(whole: Whole, language: str) -> dict[str, Any]:
    plain: dict[str, Any] = record(whole, language)
    plain["case"] = _line(whole.case)
    for stage, told_ in zip(plain["stages"], whole.stages, strict=True):
        for said, rule in zip(stage["said"], told_.said, strict=True):
            said["title"] = told.titled(rule, language)
    return plain


__all__ = ["Cases", "router"]
