"""The lists of policies over HTTP, and for the console: what stands on them, put on and taken off by engineers, each with a reason
and, where wanted, a term; everything else is `assay.lists`'s."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import msgspec
from fastapi import APIRouter, Request
from starlette.responses import Response

from assay.console.source import Person
from assay.core.clock import SECOND, now, parse_duration
from assay.core.errors import AssayError
from assay.engine import Engine
from assay.ledger.base import Ledger
from assay.lists import Entry, Lists, Told
from assay.service.answers import encode, record
from assay.service.batcher import Batcher
from assay.service.given import given
from assay.service.keys import Caller
from assay.settings import Settings

_JSON = "application/json"
_LONGEST_SLEEP = 60.0  # seconds: the clock may be set


class Addition(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`expires`: after which time, such as 7d; empty: it stays until somebody takes it off."""

    room: str
    list: str
    value: str
    why: str
    expires: str = ""


class Removal(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    room: str
    list: str
    value: str
    why: str = ""


class PolicyLists:
    """`sealed`: what stands in the records for a card or account number; any other text as it is."""

    def __init__(
        self, settings: Settings, engine: Engine, ledger: Ledger, batcher: Batcher, sealed: Callable[[str], str]
    ) -> None:
        self._lists = Lists.of(settings.data, engine)
        self._engine, self._ledger, self._batcher, self._sealed = engine, ledger, batcher, sealed
        self._changed = asyncio.Event()

    def told(self) -> list[Told]:
        return self._lists.told()

    async def add(self, actor: str, wanted: Addition, by: str = "") -> Entry:
        """`by`: what people call who did it."""
        value = await asyncio.to_thread(self._sealed, wanted.value.strip())
        moment = now()
        until = moment + parse_duration(wanted.expires) if wanted.expires else None
        entry = Entry(
            room=wanted.room,
            list=wanted.list,
            value=value,
            why=wanted.why.strip(),
            by=by or actor,
            at=moment,
            until=until,
        )
        made = await self._batcher.call(lambda: self._lists.add(entry, self._record(actor)))
        self._changed.set()
        return made

    async def remove(self, actor: str, gone: Removal) -> Entry:
        return await self._batcher.call(
            lambda: self._lists.remove(gone.room, gone.list, gone.value, gone.why, self._record(actor))
        )

    def beside(self, change: Coroutine[Any, Any, Entry]) -> Entry:
        """Runs a change on the loop, for whoever is in another thread."""
        return asyncio.run_coroutine_threadsafe(change, self._batcher.loop).result()

    def _record(self, actor: str) -> Callable[[str, dict[str, Any]], None]:
        def put(action: str, about: dict[str, Any]) -> None:
            self._ledger.append_audit(actor, action, about)
            self._engine.commit()

        return put

    async def watch(self) -> None:
        """Takes off what expires, for as long as the service runs."""
        while True:
            self._changed.clear()
            ends = self._lists.next_end()
            wait = _LONGEST_SLEEP if ends is None else min(_LONGEST_SLEEP, max(0.0, (ends - now()) / SECOND))
            try:
                await asyncio.wait_for(self._changed.wait(), wait)
            except TimeoutError:
                if ends is not None and ends <= now():
                    await self._expire()

    async def _expire(self) -> None:
        try:
            await self._batcher.call(lambda: self._lists.refresh(self._record("service")))
        except AssayError:  # nothing can be recorded just now: it is tried again
            await asyncio.sleep(1.0)


class ForConsole:
    """`PolicyLists` as the console's page asks for it; called from worker threads."""

    def __init__(self, lists: PolicyLists) -> None:
        self._lists = lists

    def told(self) -> list[Told]:
        return self._lists.told()

    def add(self, person: Person, room: str, name: str, value: str, why: str, expires: str) -> Entry:
        return self._lists.beside(self._lists.add(person.key, Addition(room, name, value, why, expires), person.name))

    def remove(self, person: Person, room: str, name: str, value: str, why: str) -> Entry:
        return self._lists.beside(self._lists.remove(person.key, Removal(room, name, value, why)))


def router(lists: PolicyLists) -> APIRouter:
    routes = APIRouter(prefix="/v1")

    @routes.get("/lists")
    def standing(request: Request) -> Response:
        """The lists of the policies in force: what their files say, what people added and why, and the rules that read them."""
        return Response(encode(record({"lists": lists.told()}, "en")), media_type=_JSON)

    @routes.post("/lists/add")
    async def add(request: Request) -> Response:
        """Put a value on a list, from the next piece of evidence on; on record before it is done."""
        caller: Caller = request.state.caller
        entry = await lists.add(caller.key, await given(request, Addition), caller.name)
        return Response(encode(record(entry, "en")), media_type=_JSON)

    @routes.post("/lists/remove")
    async def remove(request: Request) -> Response:
        """Take a value off a list that somebody put there; on record before it is done."""
        entry = await lists.remove(request.state.caller.key, await given(request, Removal))
        return Response(encode(record(entry, "en")), media_type=_JSON)

    return routes
