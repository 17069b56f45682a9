"""The page for hunting: one question, its answer as a table, the tables there are, and questions to begin with or kept before.

A question is sent by POST, so that what somebody types reaches no address, history or log of a proxy; every cell is text.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse, Response

from assay.console.page import form_of, own, page_class, who
from assay.console.render import BASE, HEADERS, decision_url, entity_url, render
from assay.console.source import Access, Person
from assay.core.entity import Entity
from assay.core.errors import AssayError, Forbidden, NotFound

if TYPE_CHECKING:
    from assay.hunting.examples import Example, Saved
    from assay.hunting.query import Answer
    from assay.hunting.schema import Column

HUNT = f"{BASE}/hunt"
SHOWN = 500  # rows on the page; an export has them all


class Hunter(Protocol):
    """What the page asks of the rest; called from worker threads."""

    tables: Mapping[str, Sequence[Column]]
    examples: Sequence[Example]
    media: Mapping[str, str]

    def saved(self) -> Sequence[Saved]: ...
    def ask(self, query: str, form: str, limit: int, person: Person) -> Answer: ...
    def keep(self, name: str, query: str, person: Person) -> None: ...
    def forget(self, name: str, person: Person) -> None: ...


def router(hunter: Hunter, access: Access) -> APIRouter:
    """Stands before the console's own router, whose last route takes every other address."""
    pages = APIRouter(include_in_schema=False, route_class=page_class(access))

    @pages.get(HUNT)
    def page(request: Request) -> Response:
        """The form; with `?example=` or `?saved=` that question in it, not yet asked."""
        person = who(request, access)
        return _page(request, person, hunter, query=_chosen(request, hunter))

    @pages.post(HUNT)
    async def ask(request: Request) -> Response:
        person = who(request, access)
        form = await form_of(request)
        own(form, person)
        query, wanted = form.get("query", ""), form.get("format", "json")
        if wanted not in hunter.media:
            raise NotFound(f"no form {wanted!r}")
        try:
            limit = SHOWN if wanted == "json" else 1_000_000
            answer = await run_in_threadpool(hunter.ask, query, wanted, limit, person)
        except AssayError as error:
            shown = _page(request, person, hunter, query=query, problem=error)
            shown.status_code = error.status
            return shown
        if wanted != "json":
            name = {"Content-Disposition": f'attachment; filename="hunt.{wanted}"'}
            return Response(answer.body, media_type=hunter.media[wanted], headers=HEADERS | name)
        return _page(request, person, hunter, query=query, answer=answer)

    @pages.post(f"{HUNT}/saved")
    async def keep(request: Request) -> Response:
        """Keep the question, or forget one."""
        person = who(request, access)
        form = await form_of(request)
        own(form, person)
        if not person.may_label:
            raise Forbidden("saving needs the role analyst", hint="sign in with another key")
        name = form.get("name", "")
        if form.get("what") == "forget":
            await run_in_threadpool(hunter.forget, name, person)
            return RedirectResponse(HUNT, 303)
        await run_in_threadpool(hunter.keep, name, form.get("query", ""), person)
        return RedirectResponse(f"{HUNT}#saved", 303)

    return pages


def _chosen(request: Request, hunter: Hunter) -> str:
    asked = request.query_params
    if name := asked.get("example"):
        return next((one.query for one in hunter.examples if one.name == name), "")
    if name := asked.get("saved"):
        return next((one.query for one in hunter.saved() if one.name == name), "")
    return ""


def _page(
    request: Request,
    person: Person,
    hunter: Hunter,
    *,
    query: str,
    answer: Answer | None = None,
    problem: AssayError | None = None,
) -> Response:
    rows = [] if answer is None else answer.values()
    return render(
        request, "hunt.html", person,
        query=query, answer=answer, rows=rows, links=_links(answer, rows), problem=problem,
        tables=hunter.tables, examples=hunter.examples, saved=hunter.saved(), HUNT=HUNT,
    )  # fmt: skip


def _links(answer: Answer | None, rows: Sequence[Sequence[Any]]) -> dict[tuple[int, int], str]:
    """(row, column) -> where a cell leads: evidence to its decision, a pair of `kind` and `id` to its entity's page."""
    if answer is None:
        return {}
    names = [name for name, _ in answer.columns]
    found: dict[tuple[int, int], str] = {}
    for column, name in enumerate(names):
        if name == "evidence":
            found |= {
                (i, column): decision_url(row[column]) for i, row in enumerate(rows) if isinstance(row[column], str)
            }
    if "kind" in names and "id" in names:
        kind, id_ = names.index("kind"), names.index("id")
        whole = "outcome" in names or "decided" in names  # then `id` is the evidence's own
        for i, row in enumerate(rows):
            if isinstance(row[kind], str) and isinstance(row[id_], str):
                found[i, id_] = decision_url(row[id_]) if whole else entity_url(Entity(row[kind], row[id_]))
    return found
