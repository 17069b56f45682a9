"""The service put together: `create_app(engine, settings, keys)` makes one FastAPI application of every part here.

The routes that take evidence and uploads are plain ASGI and answered before the framework sees them; all others are
ordinary routes behind one dependency (`Access`), so a route nobody gave a role in `roles.py` answers nobody.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import cache
from pathlib import Path
from typing import Any

from fastapi import Depends, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

import assay
from assay.core.decision import Decisions
from assay.core.errors import AssayError, LedgerUnavailable
from assay.engine import Engine
from assay.ledger.base import Ledger
from assay.service import cases, exhibits, hunting, lists, openapi, records, responses, taxii, templates
from assay.service.access import Access
from assay.service.answers import language_of
from assay.service.assess import MANY, ONE, AssessMany, AssessOne
from assay.service.batcher import Batcher
from assay.service.checks import ROUTE as UPLOAD
from assay.service.checks import Checks, Examine
from assay.service.decode import EvidenceDecoder
from assay.service.errors import SECURITY_HEADERS, body_of, headers_of, refuse
from assay.service.guests import BASE as GUESTS
from assay.service.guests import CREATE as INVITE
from assay.service.guests import Guests
from assay.service.intake import Intake
from assay.service.keys import KeyFile, KeyRing
from assay.service.limits import Buckets, bounded, check_length
from assay.service.live import Hub
from assay.service.metrics import CONTENT_TYPE, Metrics
from assay.service.opened import Opened
from assay.service.rulebook import RulesForConsole
from assay.service.sessions import Sessions
from assay.service.source import LedgerSource, Rates
from assay.settings import Settings

log = logging.getLogger("assay.service")


class Service(FastAPI):
    """A FastAPI application with a fast lane. `raw`: 'METHOD path' -> plain ASGI application; `guests` has all of its prefix."""

    raw: dict[str, ASGIApp]
    guests: ASGIApp
    settings: Settings

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await super().__call__(scope, receive, send)
            return
        raw = self.raw.get(f"{scope['method']} {scope['path']}")
        if raw is None and scope["path"].startswith(GUESTS):
            raw = self.guests
        if raw is not None:
            await raw(scope, receive, send)
            return
        try:
            check_length(dict(scope["headers"]), self.settings.max_body)
        except AssayError as error:
            await refuse(scope, send, error)
            return
        receive = bounded(receive, self.settings.max_body, self.settings.request_timeout)
        await super().__call__(scope, receive, _secured(send))


def _secured(send: Send) -> Send:
    """Adds the security headers to an answer, and forbids keeping it unless it says otherwise itself."""

    async def secured(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = message["headers"]
            names = {name for name, _ in headers}
            headers += [header for header in SECURITY_HEADERS if header[0] not in names]
            if b"cache-control" not in names:
                headers.append((b"cache-control", b"no-store"))
        await send(message)

    return secured


def create_app(engine: Engine, settings: Settings, keys: KeyFile, *, examine: Examine | None = None) -> Service:
    """The application over an open engine with a ledger. `examine(path, step)` serves `/v1/checks`; by default it does
    what `assay check` does. The application's lifespan starts and drains the batcher; closing the engine, which takes the
    last snapshot, is the caller's.
    """
    ledger = engine.ledger
    if ledger is None:
        raise LedgerUnavailable("a service needs a ledger")
    parts = _Parts(engine, ledger, settings, keys, examine or _examine_with(engine, settings))
    app = Service(
        title="Assay",
        version=assay.__version__,
        description="Tells the genuine from the counterfeit: evidence in, decisions out, each explained and on record.",
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        lifespan=parts.lifespan,
    )
    app.settings = settings
    app.raw = {ONE: parts.one, MANY: parts.many, UPLOAD: parts.checks, INVITE: parts.guests}
    app.guests = parts.guests.serve
    app.state.parts = parts
    app.include_router(exhibits.router(parts.exhibits), dependencies=[Depends(parts.access)])
    app.include_router(cases.router(parts.cases), dependencies=[Depends(parts.access)])
    app.include_router(templates.router(parts.templates), dependencies=[Depends(parts.access)])
    app.include_router(responses.router(parts.responses, ledger), dependencies=[Depends(parts.access)])
    app.include_router(hunting.router(parts.hunting), dependencies=[Depends(parts.access)])
    app.include_router(lists.router(parts.lists), dependencies=[Depends(parts.access)])
    published = taxii.router(parts.responses.collections, settings.max_body)
    app.include_router(published, dependencies=[Depends(taxii.BasicToo(parts.access))])
    routes = records.router(engine, ledger, parts.batcher, parts.hub, parts.checks, parts.guests, settings.max_depth)
    app.include_router(routes, dependencies=[Depends(parts.access)])
    _open_routes(app, parts)
    _answer_errors(app)
    _mount_console(app, parts)
    return app


class _Parts:
    """What the routes share, made once."""

    def __init__(self, engine: Engine, ledger: Ledger, settings: Settings, keys: KeyFile, examine: Examine) -> None:
        self.engine, self.ledger, self.settings = engine, ledger, settings
        self.metrics = Metrics(self.gauges)
        self.rates = Rates()
        self.hub = Hub(settings.live_queue, settings.live_clients)
        self.batcher = Batcher(engine, size=settings.micro_batch, queue=settings.queue, decided=self.decided)
        self.batcher.commit_seconds, self.batcher.batch_size = self.metrics.commit_seconds, self.metrics.batch_size
        ring = KeyRing(
            keys, settings.key_cache, lambda what, key: self.audit("keys", what, {"key": key.id, "role": key.role})
        )
        attempts = Buckets(rate=1 / 6, burst=10)  # ten wrong keys at once from one address, then one in six seconds
        self.sessions = Sessions(
            ring, settings.session, attempts, self.audit, secure=settings.cookie_secure or bool(settings.tls_cert)
        )
        self.access = Access(ring, self.sessions, Buckets(settings.rate, settings.burst), attempts)
        decoder = EvidenceDecoder(settings.max_depth, settings.max_ahead)
        self.templates = templates.FaceTemplates(engine, ledger, self.batcher)
        self.exhibits = exhibits.Exhibits(engine, ledger, self.batcher, self.templates)
        self.intake = Intake(engine, ledger, self.batcher, settings)
        self.one = AssessOne(self.access, decoder, self.intake, self.metrics, settings, self.reject)
        self.many = AssessMany(self.access, decoder, self.intake, self.metrics, settings, self.reject)
        self.checks = Checks(self.access, examine, settings)
        self.guests = Guests(self.access, self.intake, engine, ledger, settings, self.audit)
        self.responses = responses.Responses(settings, engine, ledger, self.batcher)
        self.hunting = hunting.Hunting(settings, ledger, self.batcher)
        self.cases = cases.Cases(engine, ledger, self.batcher)
        tested = settings.data / "backtest.json"
        self.source = LedgerSource(engine, ledger, self.batcher, self.rates, self.exhibits, self.checks, tested)
        self.lists = lists.PolicyLists(settings, engine, ledger, self.batcher, self.source.sealed)

    @asynccontextmanager
    async def lifespan(self, app: FastAPI) -> AsyncIterator[None]:
        """Starts the batcher and the snapshots; at the end finishes what is queued and makes it durable."""
        self.batcher.start()
        self.checks.start()
        self.responses.responder.start()
        self.audit("service", "started", {"version": assay.__version__})
        kept_up = [self._snapshots(), self._expiry(), self.guests.expire_hourly(), self.lists.watch()]
        if self.responses.document.cases:
            kept_up.append(Opened(self.engine, self.ledger, self.batcher).watch())
        tasks = [asyncio.create_task(one) for one in kept_up]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            self.close_feeds()
            await asyncio.to_thread(self.responses.responder.stop)
            self.audit("service", "stopped", {})
            await self.intake.drain()
            await self.batcher.drain()

    def close_feeds(self) -> None:
        """Ends what would never end by itself: the live feeds and the progress of checks."""
        self.hub.close()
        self.checks.close()

    async def _snapshots(self) -> None:
        every = self.settings.snapshot_every
        while every:
            await asyncio.sleep(every)
            try:
                await self.batcher.call(self.engine.snapshot)
            except Exception as error:  # the ledger still has everything; only the next start is slower
                log.error("no snapshot could be taken: %s", error)

    async def _expiry(self) -> None:
        try:
            await asyncio.gather(
                self.exhibits.expire_daily(self.settings.exhibit_days),
                self.templates.expire_daily(self.settings.template_days),
            )
        except (AssayError, OSError) as error:
            log.error("what is old could not be removed: %s", error)

    def decided(self, decisions: Decisions) -> None:
        self.metrics.decided(decisions)
        self.hub.publish(decisions)
        self.rates.add(decisions)
        self.responses.responder.news()

    def reject(self, source: str, row: int, reason: str, raw: bytes) -> None:
        """Keeps a refused input as a dead letter; that it could not be kept must not hide why it was refused."""
        self.metrics.dead_letters.inc()
        try:
            self.ledger.dead_letter(source, row, reason, raw[: self.settings.max_body].decode("utf-8", "replace"))
        except (AssayError, OSError) as error:
            log.error("a dead letter could not be kept: %s", error)

    def audit(self, actor: str, action: str, about: dict[str, Any]) -> None:
        """Puts an event on the ledger, in its turn; may be called from any thread."""
        self.batcher.post(lambda: self.ledger.append_audit(actor, action, about))

    def health(self) -> tuple[str, list[str]]:
        """ready, failed or draining, and why."""
        if self.batcher.failed is not None:
            return "failed", [f"{self.batcher.failed.code}: {self.batcher.failed.message}"]
        if self.batcher.draining:
            return "draining", ["the service is shutting down"]
        return "ready", []

    def gauges(self) -> dict[str, tuple[str, float]]:
        found = {
            "assay_queue_depth": ("Evidence submitted and not yet answered.", float(self.batcher.waiting)),
            "assay_heavy_waiting": ("Heavy evidence taken in and not yet answered.", float(self.intake.waiting)),
            "assay_ledger_failed": ("1 while nothing can be recorded.", float(self.batcher.failed is not None)),
            "assay_live_clients": ("Clients of the live feed.", float(len(self.hub.watchers))),
        }
        cases = list(self.engine.campaigns.cases.values())
        opened = float(sum(case.state == "open" and case.into is None for case in cases))
        found["assay_cases_open"] = ("Cases that nobody has closed.", opened)
        pools = [
            pool for lane in self.engine.lanes.values() if lane.profiles for pool in lane.profiles.counts().values()
        ]
        found["assay_profile_keys"] = ("Entities that profiles are kept of.", float(sum(pool.keys for pool in pools)))
        found["assay_profile_evicted"] = (
            "Entities whose profile had to make room.",
            float(sum(p.evicted for p in pools)),
        )
        return found


def _open_routes(app: Service, parts: _Parts) -> None:
    @app.get("/healthz")
    async def healthz() -> Response:
        """Ready to take evidence (200), or not and why (503). Needs no key."""
        status, reasons = parts.health()
        return JSONResponse({"status": status, "reasons": reasons}, 200 if status == "ready" else 503)

    @app.get("/metrics", dependencies=[Depends(parts.access)])
    async def metrics() -> Response:
        """Counters, gauges and histograms in the Prometheus text format."""
        return Response(parts.metrics.text(), media_type=CONTENT_TYPE)

    @app.get("/openapi.json", include_in_schema=False)
    def openapi_json() -> Response:
        return JSONResponse(_document(app))

    @app.get("/docs", include_in_schema=False)
    def docs() -> Response:
        return HTMLResponse(openapi.page(_document(app)))

    @app.get("/docs.css", include_in_schema=False)
    def docs_css() -> Response:
        return Response(openapi.STYLE, media_type="text/css")


def _document(app: Service) -> dict[str, Any]:
    if app.openapi_schema is None:
        app.openapi_schema = openapi.document(app, app.raw)
    return app.openapi_schema


def _answer_errors(app: Service) -> None:
    """Every refusal in the one shape of `errors.py`."""

    def reply(request: Request, error: AssayError) -> Response:
        headers = {name.decode(): value.decode() for name, value in headers_of(error)}
        language = language_of(request.headers.get("accept-language", "").encode("latin-1"))
        return Response(body_of(error, language), error.status, headers, "application/json")

    @app.exception_handler(AssayError)
    async def ours(request: Request, error: AssayError) -> Response:
        app.state.parts.metrics.refused(error.code)
        return reply(request, error)

    @app.exception_handler(RequestValidationError)
    async def parameters(request: Request, error: RequestValidationError) -> Response:
        first = error.errors()[0]
        wrong = AssayError(str(first["msg"]), where=".".join(str(step) for step in first["loc"][1:]))
        wrong.code, wrong.status = "invalid-parameter", 422
        return reply(request, wrong)

    @app.exception_handler(HTTPException)
    async def framework(request: Request, error: HTTPException) -> Response:
        wrong = AssayError(str(error.detail))
        wrong.code, wrong.status = (
            {404: "not-found", 405: "method-not-allowed"}.get(error.status_code, "error"),
            error.status_code,
        )
        return reply(request, wrong)

    @app.exception_handler(Exception)
    async def unexpected(request: Request, error: Exception) -> Response:
        log.exception("an error of our own at %s", request.url.path, exc_info=error)
        wrong = AssayError("an error of our own; it is in the service's log")
        return reply(request, wrong)


def _mount_console(app: Service, parts: _Parts) -> None:
    from assay.console import cases as case_pages
    from assay.console import hunt, rules
    from assay.console import lists as list_pages
    from assay.console.router import router

    books = RulesForConsole(parts.engine, parts.ledger, parts.settings.models_folder)
    app.include_router(rules.router(books, parts.sessions))
    app.include_router(hunt.router(hunting.ForConsole(parts.hunting), parts.sessions))
    app.include_router(case_pages.router(parts.cases, parts.sessions))
    app.include_router(list_pages.router(lists.ForConsole(parts.lists), parts.sessions))
    app.include_router(router(parts.source, parts.sessions))

    @app.get("/", include_in_schema=False)
    def home() -> Response:
        return RedirectResponse("/console")


def _examine_with(engine: Engine, settings: Settings) -> Examine:
    """`assay check`'s own function, with an engine of its own: nothing of it touches the live profiles."""

    @cache
    def own() -> Engine:
        return Engine(rooms=engine.rooms, models=settings.models_folder, seal=engine.seal, examiner=engine.examiner)

    def examine(path: Path, step: Callable[..., None]) -> Any:
        from assay.check import check_path

        own().restore()  # to nothing: what one file holds is no past of another's
        return check_path(path, own(), step=step)

    return examine
