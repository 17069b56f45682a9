"""Who is asking, may they, and not too often: the same questions for the hot route and for every other one."""

from __future__ import annotations

import asyncio
from typing import Any

from starlette.requests import HTTPConnection, Request
from starlette.types import Scope

from assay.core.errors import Forbidden
from assay.service.keys import Caller, KeyRing, Unauthenticated
from assay.service.limits import Buckets, RateLimited
from assay.service.roles import allowed
from assay.service.sessions import Sessions, check_csrf

_BEARER = b"bearer "
_SAFE = frozenset({"GET", "HEAD"})


class Access:
    """Identifies callers by `Authorization: Bearer assay_…` or, for the console's scripts, by their session."""

    def __init__(self, ring: KeyRing, sessions: Sessions, rate: Buckets, attempts: Buckets) -> None:
        self.ring, self.sessions, self.rate, self.attempts = ring, sessions, rate, attempts
        self._argon2 = asyncio.Semaphore(
            1
        )  # 19 MiB and 20 ms each: one at a time is enough, and bounds what a guesser costs

    async def by_key(self, headers: dict[bytes, bytes], client: Any) -> Caller:
        """The caller whose key the Authorization header carries. Raises `Unauthenticated`, or `RateLimited` for an
        address that keeps sending wrong keys."""
        header = headers.get(b"authorization", b"")
        if header[:7].lower() != _BEARER:
            raise Unauthenticated("an API key is needed", hint="send Authorization: Bearer assay_…")
        token = header[7:].strip()
        caller = self.ring.known(token)
        if caller is not None:
            return caller
        address = client[0] if client else ""
        if (wait := self.attempts.peek(address)) > 0:
            raise RateLimited(wait)
        async with self._argon2:
            try:
                return await asyncio.to_thread(self.ring.verify, token)
            except Unauthenticated:
                self.attempts.take(address)
                raise

    async def by_key_or_session(self, scope: Scope) -> Caller:
        """The caller by key, else by the console's session (which must then carry its CSRF token to change anything)."""
        headers = dict(scope["headers"])
        if b"authorization" not in headers:
            request = HTTPConnection(scope)
            session = self.sessions.current(request)
            if session is not None:
                if scope["method"] not in _SAFE:
                    check_csrf(request, session)
                return session.caller
        return await self.by_key(headers, scope.get("client"))

    def permit(self, caller: Caller, route: str) -> None:
        """Raises `Forbidden` where the role may not use the route (written as 'GET /v1/decisions/{id}')."""
        if not allowed(caller.role, route):
            raise Forbidden(f"the role {caller.role} may not use {route}", hint="ask for a key with another role")

    def count(self, caller: Caller, n: int = 1) -> None:
        """Counts n requests or pieces of evidence against the key's rate. Raises `RateLimited`."""
        if (wait := self.rate.take(caller.key, n)) > 0:
            raise RateLimited(wait)

    async def slow_down(self, caller: Caller, n: int) -> None:
        """As `count`, but waits: for a stream, whose sender is slowed instead of refused."""
        while (wait := self.rate.take(caller.key, n)) > 0:
            await asyncio.sleep(wait)

    async def __call__(self, request: Request) -> Caller:
        """The dependency of every ordinary API route: identifies, permits, counts; the caller is on `request.state`."""
        caller = await self.by_key_or_session(request.scope)
        route: str = request.scope["route"].path
        self.permit(caller, f"{request.method} {route.replace(':path', '')}")
        self.count(caller)
        request.state.caller = caller
        return caller
