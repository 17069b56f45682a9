"""The pages of cases: the queue, worst first, and one case whole, with what an analyst does to it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse, Response

from assay.campaigns.state import Event
from assay.campaigns.told import STATES, Line, Stage, Tie, Whole, asked_about, titled
from assay.campaigns.work import Work
from assay.console import graph, lanes
from assay.console.charts import percent
from assay.console.page import form_of, own, page_class, who
from assay.console.render import BASE, decision_url, entity_url, language, render, word_or
from assay.console.source import Access, Person
from assay.core.entity import Entity
from assay.core.errors import Forbidden, InvalidEvidence
from assay.core.words import say

CASES = f"{BASE}/cases"
SHOWN = 100
MARKS = 400  # findings of one lane that are drawn
PAGELESS = ("process", "logon", "file")  # kinds that findings name and evidence does not: they have no page
TRUTHS = ("fraud", "genuine")


class Desk(Protocol):
    """What the pages ask of the rest; called from worker threads."""

    def queue(
        self, states: Sequence[str], owner: str | None = None, about: Entity | str = "", limit: int = 100
    ) -> list[Line]: ...
    def whole(self, case: str) -> Whole: ...
    def exported(self, case: str, language: str) -> bytes: ...
    def done(self, person: Person, case: str, work: Work) -> str: ...


def router(desk: Desk, access: Access) -> APIRouter:
    """Stands before the console's own router, whose last route takes every other address."""
    pages = APIRouter(include_in_schema=False, route_class=page_class(access))

    @pages.get(CASES)
    def queue(request: Request) -> Response:
        person = who(request, access)
        asked = request.query_params
        states = tuple(asked.getlist("state")) or ("open",)
        if unknown := set(states) - set(STATES):
            raise InvalidEvidence(f"no state {min(unknown)!r}", where="state", hint="one of " + ", ".join(STATES))
        text = asked.get("entity", "").strip()[:512]
        owner = asked.get("owner")
        return render(
            request, "cases.html", person,
            cases=desk.queue(states, owner, asked_about(text), SHOWN), states=states, owner=owner, entity=text, STATES=STATES,
            lanes=lanes, CASES=CASES, me=_me(person),
        )  # fmt: skip

    @pages.get(CASES + "/{case}")
    def case(request: Request, case: str) -> Response:
        person = who(request, access)
        found = desk.whole(case)
        if found.case.id != case:  # it became part of another
            return RedirectResponse(case_url(found.case.id), 303)
        words = language(request)
        centre, nodes, edges = drawn(found)
        return render(
            request, "case.html", person,
            whole=found, case=found.case, lanes=lanes, CASES=CASES, me=_me(person), done=request.query_params.get("done"),
            stages=[_lane(stage, words) for stage in found.stages], case_url=case_url, PAGELESS=PAGELESS, titled=lambda said: titled(said, words),
            history=[(event, about(event, words)) for event in found.history], centre=centre, nodes=nodes, edges=edges,
            shapes=graph.shape_of({named.entity.kind for named in found.entities}),
        )  # fmt: skip

    @pages.get(CASES + "/{case}/json")
    def export(request: Request, case: str) -> Response:
        who(request, access)
        headers = {"content-disposition": f'attachment; filename="{desk.whole(case).case.id}.json"'}
        return Response(desk.exported(case, language(request)), media_type="application/json", headers=headers)

    @pages.post(CASES + "/{case}/work")
    async def work(request: Request, case: str) -> Response:
        person = who(request, access)
        form = await form_of(request)
        if not person.may_label:
            raise Forbidden("cases are worked by the role analyst", hint="sign in with another key")
        own(form, person)
        truth = form.get("truth") or None
        if truth not in (None, *TRUTHS):
            raise InvalidEvidence("choose fraud or genuine", where="truth")
        work = Work(
            action=form.get("action", ""),
            owner=form.get("owner", "")[:128],
            truth=truth,  # type: ignore[arg-type]
            note=form.get("note", "")[:2000],
        )
        id_ = await run_in_threadpool(desk.done, person, case, work)
        return RedirectResponse(f"{case_url(id_)}?done={work.action}#work", 303)

    return pages


def case_url(id_: str) -> str:
    return f"{CASES}/{id_}"


def about(event: Event, words: str) -> str:
    """What a line of a case's history is about, for people."""
    if event.what == "labelled":
        return say(f"console.case.truth.{event.about}", words)
    why, _, value = event.about.partition(" ")
    if why == "posterior":
        return say("console.case.by-posterior", words, p=percent(float(value)))
    return graph.clip(event.about, 34)


def _me(person: Person) -> str:
    return person.name or person.role


def _lane(stage: Stage, words: str) -> lanes.Lane:
    marks = [
        lanes.Mark(
            piece.time,
            said.severity,
            decision_url(piece.evidence),
            f"{titled(said, words)} · {piece.evidence}",
        )
        for said in stage.said
        for piece in said.pieces
    ]
    return lanes.Lane(word_or(f"console.tactic.{stage.tactic or 'none'}", stage.tactic, words), marks[:MARKS])


def drawn(whole: Whole) -> tuple[graph.Node | None, list[graph.Node], list[graph.Edge]]:
    """The link graph around the entity that most findings name: its centre, the others, and what ties them."""
    if not whole.entities:
        return None, [], []
    first = max(whole.entities, key=lambda named: (not named.hub, named.n, named.entity))
    url = {named.entity: _url(named.entity) for named in whole.entities}
    centre = graph.Node(first.entity, url[first.entity])
    nodes = [graph.Node(named.entity, url[named.entity], named.hub) for named in whole.entities if named is not first]
    return centre, nodes, [graph.Edge(*_pair(tie)) for tie in whole.ties]


def _pair(tie: Tie) -> tuple[Entity, Entity, int]:
    return tie.a, tie.b, tie.n


def _url(entity: Entity) -> str:
    return f"{CASES}?{urlencode({'entity': str(entity)})}" if entity.kind in PAGELESS else entity_url(entity)
