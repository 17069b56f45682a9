"""People without an account: an integrator makes a link (`POST /v1/verifications`), whoever opens it is shown a room's page
(`/verify/<token>`, see `assay.core.guest`) and hands in evidence, and the integrator reads what became of it.

The token is the only right. It is good for a few attempts until it expires, each attempt for one answer; a wrong one is
answered alike whatever is wrong with it, and whoever tries many is made to wait. A guest learns only whether to try again.
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any
from urllib.parse import parse_qs

import msgspec
from starlette.types import Receive, Scope, Send

from assay.core.clock import iso, now
from assay.core.decision import Outcome
from assay.core.errors import AssayError, InvalidEvidence, NotFound
from assay.core.guest import Guest, Link
from assay.core.kind import load
from assay.core.words import LANGUAGES
from assay.engine import Engine
from assay.ledger.base import Ledger
from assay.service.access import Access
from assay.service.answers import answer_of, encode, language_of
from assay.service.decode import invalid
from assay.service.errors import answer, refuse
from assay.service.intake import Intake
from assay.service.invitations import Conflict, Invitation, Invitations
from assay.service.limits import Buckets, Gone, RateLimited, check_length, check_type
from assay.service.scan import check
from assay.settings import Settings

CREATE, READ = "POST /v1/verifications", "GET /v1/verifications/{id}"
BASE = "/verify/"
log = logging.getLogger("assay.service")
_FILE = re.compile(r"/verify/files/([a-z0-9-]{1,64})/([A-Za-z0-9._-]{1,64})")
_PAGE = re.compile(r"/verify/([^/]{1,100})(/begin|/answer)?")
_LEAST, _USUAL, _MOST = 60.0, 1800.0, 7 * 86_400.0  # seconds a link stands
_BEGIN = 4096  # bytes of what a page says when it begins
_HOUR = 3600.0
_CSP = (
    b"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; media-src 'self' blob:; "
    b"connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


class Verification(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A link and what became of it. `path` is told once, when it is made: append it to the address at which people reach
    this service. `state`: open (not used yet), begun, done, expired; `outcome` of the last answer that was decided."""

    id: str
    kind: str
    state: str
    created: str
    expires: str
    tries: int
    path: str = ""
    outcome: str = ""
    answers: tuple[str, ...] = ()


class Guests:
    """`POST /v1/verifications`: a link by which a person without an account hands in evidence: who it is about, how long it
    stands, and what the page needs to know. The address is told once."""

    def __init__(
        self,
        access: Access,
        intake: Intake,
        engine: Engine,
        ledger: Ledger,
        settings: Settings,
        audit: Callable[[str, str, dict[str, Any]], None],
    ) -> None:
        self._access, self._intake, self._engine, self._ledger = access, intake, engine, ledger
        self._settings, self._audit = settings, audit
        self.invitations = Invitations(settings.data)
        self._wrong = Buckets(rate=1 / 6, burst=20)  # wrong tokens from one address
        self._calls = Buckets(rate=2.0, burst=40)  # of one link
        self._busy: set[str] = set()

    @cached_property
    def guests(self) -> Mapping[str, Guest]:
        """Evidence tag -> the page by which guests hand it in."""
        made = [load(room.guest)() for room in self._engine.rooms if room.guest]
        return {guest.kind: guest for guest in made}

    # -- integrators ------------------------------------------------------------------------------------------------

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        room = 0
        try:
            headers = dict(scope["headers"])
            caller = await self._access.by_key_or_session(scope)
            self._access.permit(caller, CREATE)
            self._access.count(caller)
            check_length(headers, self._settings.max_heavy_body)
            check_type(headers, b"application/json")
            body, room = await self._intake.large_body(receive, headers, self._settings.max_heavy_body)
            asked = await asyncio.to_thread(_object, body, self._settings.max_depth)
            token, made = await asyncio.to_thread(self._create, asked, caller.key)
            self._audit(caller.key, "verification.created", {"verification": made.id, "kind": made.kind})
            told = msgspec.structs.replace(self._told(made), path=BASE + token)
            await answer(scope, send, 201, encode(told), [(b"location", f"/v1/verifications/{made.id}".encode())])
        except AssayError as error:
            await refuse(scope, send, error)
        except Gone:
            return
        finally:
            self._intake.give_back(room)

    def _create(self, asked: dict[str, Any], by: str) -> tuple[str, Invitation]:
        kind = asked.pop("kind", None) or next(iter(self.guests), "")
        guest = self.guests.get(kind) if isinstance(kind, str) else None
        if guest is None:
            there = ", ".join(self.guests) or "none here"
            raise InvalidEvidence("no page takes this kind from guests", where="kind", hint=f"one of: {there}")
        lifetime = asked.pop("expires_in", _USUAL)
        if isinstance(lifetime, bool) or not isinstance(lifetime, (int, float)) or not _LEAST <= lifetime <= _MOST:
            raise InvalidEvidence(f"must be {_LEAST:g} to {_MOST:g} seconds", where="expires_in")
        return self.invitations.create(guest.kind, by, guest.invited(asked), guest.tries, now(), float(lifetime))

    def read(self, id_: str) -> Verification:
        """What became of a link. Raises `NotFound`."""
        return self._told(self.invitations.by_id(id_))

    def _told(self, kept: Invitation) -> Verification:
        decided = (self._ledger.decision(id_) for id_ in reversed(kept.answers))
        outcome = next((decision.outcome for decision in decided if decision is not None), "")
        done = kept.closed and bool(kept.answers)
        state = "done" if done else "expired" if not kept.open(now()) else "begun" if kept.attempts else "open"
        return Verification(
            id=kept.id, kind=kept.kind, state=state, created=iso(kept.created), expires=iso(kept.expires), tries=kept.tries,
            outcome=outcome, answers=kept.answers,
        )  # fmt: skip

    # -- guests -----------------------------------------------------------------------------------------------------

    async def serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Everything under `/verify/`."""
        try:
            await self._serve(scope, receive, send)
        except AssayError as error:
            await refuse(scope, send, error)
        except Gone:
            return

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        method, path = scope["method"], scope["path"]
        if (file := _FILE.fullmatch(path)) and method in ("GET", "HEAD"):
            await self._file(send, file[1], file[2])
            return
        asked = _PAGE.fullmatch(path)
        wanted = "GET" if asked and not asked[2] else "POST"
        if asked is None or method not in (wanted, "HEAD"):
            raise NotFound("no such page")
        address = scope["client"][0] if scope.get("client") else ""
        if (wait := self._wrong.peek(address)) > 0:
            raise RateLimited(wait)
        headers = dict(scope["headers"])
        language = _language(scope, headers)
        try:
            kept = await asyncio.to_thread(self.invitations.by_token, asked[1])
        except NotFound:
            self._wrong.take(address)
            if wanted == "POST":
                raise
            await self._page(send, 404, None, path, language)
            return
        if (wait := self._calls.take(kept.id)) > 0:
            raise RateLimited(wait)
        guest = self.guests.get(kept.kind)
        if guest is None:
            raise NotFound("no such page")
        if asked[2] == "/begin":
            await self._begin(scope, receive, send, guest, kept)
        elif asked[2] == "/answer":
            await self._answer(scope, receive, send, guest, kept)
        else:
            usable = kept.open(now())
            await self._page(send, 200 if usable else 410, kept if usable else None, path, language)

    async def _page(self, send: Send, status: int, kept: Invitation | None, here: str, language: str) -> None:
        guest = self.guests.get(kept.kind) if kept else next(iter(self.guests.values()), None)
        if guest is None:
            raise NotFound("no such page")
        files = {name: f"{BASE}files/{guest.kind}/{name}" for name in guest.files()}
        html = guest.page(kept.link if kept else None, here if kept else "", files, language).encode()
        await _send(send, status, html, b"text/html; charset=utf-8", guest.permissions if kept else "camera=()")

    async def _file(self, send: Send, kind: str, name: str) -> None:
        guest = self.guests.get(kind)
        file = guest.files().get(name) if guest else None
        if file is None:
            raise NotFound("no such file")
        await _send(send, 200, file.content, file.media.encode(), "camera=()")

    async def _begin(self, scope: Scope, receive: Receive, send: Send, guest: Guest, kept: Invitation) -> None:
        headers = dict(scope["headers"])
        check_length(headers, _BEGIN)
        check_type(headers, b"application/json")
        body, _ = await self._intake.large_body(receive, headers, _BEGIN)
        check(body or b"{}", self._settings.max_depth)
        seal, began = self._engine.seal, now()
        if seal is None:
            raise NotFound("this home has no key to sign with")

        def told(link: Link, number: int) -> dict[str, Any]:
            return guest.begin(link, number, body, began, seal)

        attempt = await asyncio.to_thread(self.invitations.begin, kept.id, began, told)
        tries = kept.tries - 1
        await answer(scope, send, 200, encode({"attempt": attempt.number, "tries": max(0, tries), **attempt.told}))

    async def _answer(self, scope: Scope, receive: Receive, send: Send, guest: Guest, kept: Invitation) -> None:
        headers = dict(scope["headers"])
        most = min(guest.most, self._settings.max_heavy_body)
        check_length(headers, most)
        check_type(headers, b"application/json")
        if kept.id in self._busy:  # one upload at a time: a link cannot hold the memory of many
            raise Conflict("another answer to this link is under way")
        self._busy.add(kept.id)
        room = 0
        try:
            body, room = await self._intake.large_body(receive, headers, most)
            arrived = now()
            link, attempt = await asyncio.to_thread(self.invitations.claim, kept.id, arrived)
            agent = headers.get(b"user-agent", b"").decode("latin-1")[:500]

            await asyncio.to_thread(check, body, self._settings.max_depth)
            evidence = await asyncio.to_thread(guest.evidence, link, attempt, body, arrived, agent)
            body = b""  # the examination takes longer than anything: what was decoded is kept, and no copy
            try:
                [decided] = await self._intake.submit((evidence,))
                said = answer_of(decided, "en")
            except AssayError:  # nothing was decided: the same answer may be sent again
                await asyncio.to_thread(
                    self.invitations.change, kept.id, lambda one: msgspec.structs.replace(one, begun=attempt)
                )
                raise
            again = said.outcome == Outcome.CHALLENGE.word

            def note(one: Invitation) -> Invitation:
                closed = one.closed or not (again and one.tries > 0)
                return msgspec.structs.replace(one, answers=(*one.answers, said.id), closed=closed)

            after = await asyncio.to_thread(self.invitations.change, kept.id, note)
            told = {"state": "received" if after.closed else "again", "tries": after.tries}
            await answer(scope, send, 200, encode(told))
        finally:
            self._busy.discard(kept.id)
            self._intake.give_back(room)

    async def expire_hourly(self) -> None:
        """For as long as the service runs: what expired links hold is dropped."""
        while True:
            try:
                await asyncio.to_thread(self.invitations.expire, now())
            except (AssayError, OSError) as error:
                log.error("expired links could not be cleared: %s", error)
            await asyncio.sleep(_HOUR)


async def _send(send: Send, status: int, body: bytes, media: bytes, permissions: str) -> None:
    headers = [
        (b"content-type", media),
        (b"content-length", b"%d" % len(body)),
        (b"cache-control", b"no-store"),
        (b"content-security-policy", _CSP),
        (b"permissions-policy", permissions.encode()),
        (b"referrer-policy", b"no-referrer"),
        (b"x-content-type-options", b"nosniff"),
        (b"x-frame-options", b"DENY"),
        (b"x-robots-tag", b"noindex"),
        (b"cross-origin-opener-policy", b"same-origin"),
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def _language(scope: Scope, headers: dict[bytes, bytes]) -> str:
    """As `?lang=` says, else as the browser asks for."""
    wanted = parse_qs(scope.get("query_string", b"").decode("latin-1")).get("lang", [""])[-1]
    return wanted if wanted in LANGUAGES else language_of(headers.get(b"accept-language", b""))


def _object(body: bytes, deepest: int) -> dict[str, Any]:
    check(body, deepest)
    try:
        return msgspec.json.decode(body, type=dict[str, Any])
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise invalid(error) from None
