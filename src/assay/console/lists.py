"""The page of lists: what stands on the lists that policies read, from their files and by people, with reason and term; an engineer
puts values on them and takes them off."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse, Response

from assay.console.page import form_of, own, page_class, who
from assay.console.render import BASE, render
from assay.console.source import Access, Person
from assay.core.errors import AssayError, Forbidden

if TYPE_CHECKING:
    from assay.lists import Told

LISTS = f"{BASE}/lists"
TERMS = ("1d", "7d", "30d", "90d", "")  # after which an entry expires; the last: never
SHOWN = 200  # values of one list
ROLES = ("engineer", "admin")


class Keeper(Protocol):
    """What the page asks of the rest; called from worker threads."""

    def told(self) -> Sequence[Told]: ...
    def add(self, person: Person, room: str, name: str, value: str, why: str, expires: str) -> Any: ...
    def remove(self, person: Person, room: str, name: str, value: str, why: str) -> Any: ...


def router(keeper: Keeper, access: Access) -> APIRouter:
    """Stands before the console's own router, whose last route takes every other address."""
    pages = APIRouter(include_in_schema=False, route_class=page_class(access))

    @pages.get(LISTS)
    def lists(request: Request) -> Response:
        """Every list; with `?q=` only what holds that; `?value=` stands in the form already."""
        return _page(request, who(request, access), keeper)

    @pages.post(LISTS)
    async def change(request: Request) -> Response:
        """Put a value on a list, or take one off."""
        person = who(request, access)
        form = await form_of(request)
        own(form, person)
        if person.role not in ROLES:
            raise Forbidden("lists are changed by the role engineer", hint="sign in with another key")
        room, _, name = form.get("list", "").partition("/")
        what = "removed" if form.get("what") == "remove" else "added"
        value, why = form.get("value", "").strip(), form.get("why", "")
        try:
            if what == "removed":
                await run_in_threadpool(keeper.remove, person, room, name, value, why)
            else:
                await run_in_threadpool(keeper.add, person, room, name, value, why, form.get("expires", ""))
        except AssayError as error:
            shown = await run_in_threadpool(_page, request, person, keeper, form, error)
            shown.status_code = error.status
            return shown
        return RedirectResponse(f"{LISTS}?{urlencode({'done': what})}", 303)

    return pages


def _page(
    request: Request, person: Person, keeper: Keeper, form: Any = None, problem: AssayError | None = None
) -> Response:
    told = list(keeper.told())
    asked = request.query_params.get("q", "").strip()[:128]
    return render(
        request, "lists.html", person,
        LISTS=LISTS, TERMS=TERMS, SHOWN=SHOWN, lists=matching(told, asked) if asked else told, choices=[one for one in told if one.policy],
        asked=asked, form=form or request.query_params, problem=problem, done=request.query_params.get("done"),
        may_change=person.role in ROLES,
    )  # fmt: skip


class Found:
    """A list, with only those of its values that hold a text."""

    def __init__(self, whole: Told, text: str) -> None:
        self.room, self.list, self.policy, self.rules = whole.room, whole.list, whole.policy, whole.rules
        self.own = [value for value in whole.own if text in value.casefold()]
        self.entries = [one for one in whole.entries if text in f"{one.value} {one.why} {one.by}".casefold()]


def matching(lists: Sequence[Told], text: str) -> list[Found]:
    """By name, value, reason, or who put it there: a list of that name whole, of the others what matches."""
    text = text.casefold()
    found = (Found(one, "" if text in f"{one.room}/{one.list}".casefold() else text) for one in lists)
    return [one for one in found if one.own or one.entries or text in f"{one.room}/{one.list}".casefold()]
