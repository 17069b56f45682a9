"""Console logins. A person types an API key once; a cookie (HttpOnly, SameSite=Strict) stands for it until it ends, is
logged out, or the key is revoked. Only SHA-256 of a cookie is kept, in memory, so a restart logs everybody out.

`Sessions` is the console's `Access`. Its pages check the CSRF token of their own forms; a script of ours that posts to
`/v1/...` with the cookie sends the token in the header `X-CSRF-Token`, which `check_csrf` demands.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import time
from collections.abc import Callable
from typing import Any

import msgspec
from starlette.requests import HTTPConnection, Request
from starlette.responses import Response

from assay.console.source import Person
from assay.core.errors import Busy, Forbidden
from assay.service.keys import Caller, KeyRing, Unauthenticated
from assay.service.limits import Buckets
from assay.service.roles import CONSOLE, allowed

COOKIE = "assay_session"
_MOST = 1000


class Session(msgspec.Struct, frozen=True, kw_only=True):
    """A login that stands."""

    caller: Caller
    csrf: str
    ends: float  # time.monotonic()


class Sessions:
    """The logins of one running service. `audit(actor, action, about)` hears of every login and logout."""

    def __init__(
        self,
        ring: KeyRing,
        lifetime: float,
        attempts: Buckets,
        audit: Callable[[str, str, dict[str, Any]], None],
        *,
        secure: bool,
    ) -> None:
        self._ring, self._lifetime, self._attempts, self._audit, self._secure = ring, lifetime, attempts, audit, secure
        self._open: dict[bytes, Session] = {}

    def current(self, request: HTTPConnection) -> Session | None:
        """The session that the request's cookie stands for, if it has not ended and its key has not been revoked."""
        value = request.cookies.get(COOKIE)
        session = self._open.get(_digest(value)) if value else None
        if session is None or session.ends <= time.monotonic() or not self._ring.stands(session.caller.key):
            return None
        return session

    def person(self, request: Request) -> Person | None:
        """Who is signed in to the console, or None."""
        session = self.current(request)
        if session is None:
            return None
        caller = session.caller
        return Person(
            name=caller.name or caller.key,
            role=caller.role,
            csrf=session.csrf,
            key=caller.key,
            may_label=allowed(caller.role, "POST /v1/labels"),
            may_check=allowed(caller.role, "POST /v1/checks"),
        )

    def sign_in(self, request: Request, key: str, response: Response) -> bool:
        """Checks an API key (argon2: call from a worker thread) and starts a session on `response`.

        Raises `Busy` after too many wrong keys from one address.
        """
        address = request.client.host if request.client else ""
        if self._attempts.peek(address) > 0:
            raise Busy("too many wrong keys", hint="wait a minute")
        try:
            caller = self._ring.verify(key.encode())
        except Unauthenticated:
            self._attempts.take(address)
            return False
        if caller.role not in CONSOLE:
            return False
        now = time.monotonic()
        self._open = {k: s for k, s in self._open.items() if s.ends > now}
        while len(self._open) >= _MOST:
            self._open.pop(next(iter(self._open)))
        value = secrets.token_urlsafe(32)
        self._open[_digest(value)] = Session(caller=caller, csrf=secrets.token_urlsafe(24), ends=now + self._lifetime)
        self._set(response, value, int(self._lifetime))
        self._audit(caller.key, "signed-in", {"role": caller.role, "address": address})
        return True

    def sign_out(self, request: Request, response: Response) -> None:
        """Ends the request's session, if it has one."""
        session = self._open.pop(_digest(request.cookies.get(COOKIE, "")), None)
        self._set(response, "", 0)
        if session is not None:
            self._audit(session.caller.key, "signed-out", {})

    def _set(self, response: Response, value: str, age: int) -> None:
        response.set_cookie(COOKIE, value, age, httponly=True, samesite="strict", secure=self._secure)


def check_csrf(request: HTTPConnection, session: Session) -> None:
    """Raises `Forbidden` unless the request's header carries the session's token."""
    sent = request.headers.get("x-csrf-token", "")
    if not hmac.compare_digest(sent.encode(), session.csrf.encode()):
        raise Forbidden("the CSRF token is missing or out of date", hint="load the page again and repeat")


def _digest(value: str) -> bytes:
    return hashlib.sha256(value.encode()).digest()
