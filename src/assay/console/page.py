"""What every page's route shares: errors as pages, who is signed in, and forms that only our own pages can send."""

from __future__ import annotations

import hmac
import logging
from collections.abc import Callable, Coroutine, Mapping
from typing import Any
from urllib.parse import parse_qs, quote

from fastapi import Request
from fastapi.routing import APIRoute
from starlette.responses import RedirectResponse, Response

from assay.console.render import language, render
from assay.console.source import Access, Person
from assay.core.errors import AssayError, Forbidden, InvalidEvidence
from assay.core.words import translated

log = logging.getLogger("assay.console")
FORM = 64 * 1024


def error_page(
    request: Request, status: int, title: str, message: str, hint: str = "", person: Person | None = None
) -> Response:
    """An error as a page. `title` is a key of the catalogue under `console.error.`, such as `404`."""
    words = language(request)
    message, hint = translated(message, words), translated(hint, words)
    return render(request, "error.html", person, status, code=title, message=message, hint=hint)


class SignIn(Exception):
    """Nobody is signed in: lead to the form, and back afterwards."""


def page_class(access: Access) -> type[APIRoute]:
    """Routes whose errors become pages, and that lead to the form where nobody is signed in."""

    class Page(APIRoute):
        def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
            handle = super().get_route_handler()

            async def show(request: Request) -> Response:
                try:
                    return await handle(request)
                except SignIn:
                    back = request.url.path + (f"?{request.url.query}" if request.url.query else "")
                    return RedirectResponse(f"/login?next={quote(back)}", 303)
                except AssayError as error:
                    person = access.person(request)
                    return error_page(request, error.status, str(error.status), error.message, error.hint, person)
                except Exception:
                    log.exception("an error of our own at %s", request.url.path)
                    return error_page(request, 500, "500", "", "", access.person(request))

            return show

    return Page


def who(request: Request, access: Access) -> Person:
    """Who is signed in; where nobody is, the answer leads to the form."""
    person = access.person(request)
    if person is None:
        raise SignIn
    return person


def own(form: Mapping[str, str], person: Person) -> None:
    """Only a form of this session's pages may change or ask anything by POST."""
    if not hmac.compare_digest(form.get("csrf", "").encode(), person.csrf.encode()):
        raise Forbidden("the form has expired", hint="reload the page and send it again")


async def form_of(request: Request) -> Mapping[str, str]:
    """A small url-encoded form; the last value of each field."""
    body = await request.body()
    if len(body) > FORM:
        raise InvalidEvidence("the form is too large", hint=f"at most {FORM} bytes")
    return {
        k: v[-1]
        for k, v in parse_qs(body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=20).items()
    }
