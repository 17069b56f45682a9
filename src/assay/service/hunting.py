"""Hunting over HTTP, and for the console: who asked what is on record; a few questions at a time; everything else is
`assay.hunting`'s."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from fastapi import APIRouter, Request
from starlette.responses import Response

from assay.console.source import Person
from assay.core.clock import now
from assay.core.errors import Busy
from assay.hunting.examples import EXAMPLES, Example, Saved, SavedQueries
from assay.hunting.query import MEDIA, Answer, Form, Limits, ask
from assay.hunting.refresh import beside
from assay.hunting.schema import TABLES, Column, columns
from assay.hunting.tables import Tables
from assay.ledger.base import Ledger
from assay.ledger.scrub import scrub
from assay.service.answers import encode, record
from assay.service.batcher import Batcher
from assay.service.given import given
from assay.service.keys import Caller
from assay.settings import Settings

AT_ONCE = 2  # questions
_PATIENCE = 2.0  # seconds that a third one waits: whoever waits holds a thread that others need
_AUDITS = 200  # audit events that are looked through before the tables are simply brought up to date
_RECORDED = 2000  # letters of a question that go on record
_encode = msgspec.json.Encoder().encode


class Asked(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`limit`: most rows; at most as many as the settings allow."""

    query: str
    format: Form = "json"
    limit: int = 1000


class Kept(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    name: str
    query: str


class Hunting:
    """`ask` and the rest may be called from any thread but the loop's."""

    def __init__(self, settings: Settings, ledger: Ledger, batcher: Batcher) -> None:
        self._data, self._ledger, self._batcher, self._settings = settings.data, ledger, batcher, settings
        self.tables, self.saved = Tables(settings.data), SavedQueries(settings.data)
        self._slots = threading.BoundedSemaphore(AT_ONCE)
        self._refreshing = threading.Lock()

    def ask(self, actor: str, asked: Asked) -> Answer:
        """Raises `BadQuestion`, and `Busy` where others are asking already."""
        if not self._slots.acquire(timeout=_PATIENCE):
            raise Busy("too many questions at once", hint="try again in a moment")
        try:
            limits = Limits(
                rows=max(1, min(asked.limit, self._settings.hunt_rows)), seconds=self._settings.hunt_timeout, memory=self._settings.hunt_memory
            )  # fmt: skip
            self._audit(actor, "hunted", {"query": scrub(asked.query[:_RECORDED]), "format": asked.format})
            self._refresh()
            return ask(self.tables, asked.query, asked.format, limits)
        finally:
            self._slots.release()

    def _refresh(self) -> None:
        """What came since the last question; a question a moment later does with what there is."""
        with self._refreshing:
            if self._behind():
                beside(self._data, self._settings.hunt_timeout)

    def _behind(self) -> bool:
        """Is there anything on record that belongs into the tables? That somebody asked is on record too, and does not."""
        contents = self.tables.contents()
        if contents.ledger != self._ledger.identity:
            return True
        for after, came in enumerate(self._ledger.replay(contents.seq), 1):
            if came.audit is None or after > _AUDITS:
                return True
        return False

    def keep(self, actor: str, name: str, query: str) -> Saved:
        saved = Saved(name=name.strip(), query=query, by=actor, at=now())
        self.saved.keep(saved)
        self._audit(actor, "query-saved", {"name": saved.name})
        return saved

    def forget(self, actor: str, name: str) -> None:
        self.saved.forget(name)
        self._audit(actor, "query-deleted", {"name": name})

    def _audit(self, actor: str, action: str, about: dict[str, Any]) -> None:
        call = self._batcher.call(lambda: self._ledger.append_audit(actor, action, about))
        asyncio.run_coroutine_threadsafe(call, self._batcher.loop).result()


class ForConsole:
    """`Hunting` as the console's page asks for it."""

    tables: Mapping[str, Sequence[Column]] = {name: columns(name) for name in TABLES}
    examples: Sequence[Example] = EXAMPLES
    media: Mapping[str, str] = MEDIA

    def __init__(self, hunting: Hunting) -> None:
        self._hunting = hunting

    def saved(self) -> list[Saved]:
        return self._hunting.saved.all()

    def ask(self, query: str, form: str, limit: int, person: Person) -> Answer:
        return self._hunting.ask(person.key, Asked(query, form, limit))  # type: ignore[arg-type]

    def keep(self, name: str, query: str, person: Person) -> None:
        self._hunting.keep(person.key, name, query)

    def forget(self, name: str, person: Person) -> None:
        self._hunting.forget(person.key, name)


def router(hunting: Hunting) -> APIRouter:
    routes = APIRouter(prefix="/v1")

    @routes.post("/hunt")
    async def hunt(request: Request) -> Response:
        """One SELECT over the tables of findings, decisions, reasons, entities and labels: JSON, CSV or Parquet."""
        asked, caller = await given(request, Asked), request.state.caller
        answer = await asyncio.to_thread(hunting.ask, caller.key, asked)
        headers = {"Assay-Upto": str(answer.upto), "Assay-Cut": "true" if answer.cut else "false"}
        if asked.format != "json":
            name = f"hunt-{time.strftime('%Y%m%d-%H%M%S', time.gmtime())}.{asked.format}"
            headers["Content-Disposition"] = f'attachment; filename="{name}"'
            return Response(answer.body, media_type=MEDIA[asked.format], headers=headers)
        told = {
            "columns": [{"name": name, "type": type_} for name, type_ in answer.columns], "rows": msgspec.Raw(answer.body),
            "cut": answer.cut, "ms": answer.ms, "upto": answer.upto,
        }  # fmt: skip
        return Response(_encode(told), media_type=MEDIA["json"], headers=headers)

    @routes.get("/hunts")
    def saved(request: Request) -> Response:
        """The questions that people kept."""
        return Response(encode(record({"hunts": hunting.saved.all()}, "en")), media_type=MEDIA["json"])

    @routes.post("/hunts")
    async def keep(request: Request) -> Response:
        """Keep a question under a name; one of the same name is replaced."""
        kept, caller = await given(request, Kept), request.state.caller
        saved = await asyncio.to_thread(hunting.keep, caller.key, kept.name, kept.query)
        return Response(encode(record(saved, "en")), media_type=MEDIA["json"])

    @routes.delete("/hunts/{name}")
    async def forget(request: Request, name: str) -> Response:
        """Forget a question that was kept."""
        caller: Caller = request.state.caller
        await asyncio.to_thread(hunting.forget, caller.key, name)
        return Response(_encode({"deleted": name}), media_type=MEDIA["json"])

    return routes
