"""The console's pages as one router: each route asks the source, shapes what it got with `views`, and renders a template.

The service mounts `router(source, access)`. Errors of ours become pages in the reader's language (`error_page`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from urllib.parse import urlencode

import msgspec
from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse, Response

from assay.check import Examination
from assay.console import backtest, card, charts, graph, views
from assay.console.lists import ROLES as LISTERS
from assay.console.page import form_of, own, page_class, who
from assay.console.render import BASE, HEADERS, decision_url, entity_url, query_with, render, static_files
from assay.console.source import Access, Query, Source
from assay.core.clock import MINUTE, now
from assay.core.decision import OUTCOMES, Decision
from assay.core.entity import Entity
from assay.core.errors import Forbidden, InvalidEvidence, NotFound
from assay.core.kind import evidence_types
from assay.core.label import Label

HISTORY = 500  # decisions on an entity's page
LINKS = 160  # edges of its graph
SHOWN = 50  # entities in a search, decisions in the feed
PICTURES = {b"\x89PNG\r\n\x1a\n": "image/png", b"\xff\xd8\xff": "image/jpeg", b"RIFF": "image/webp"}


def router(source: Source, access: Access) -> APIRouter:
    """Every page under `/console`, sign-in at `/login`, and our own files under `/static`."""
    pages = APIRouter(include_in_schema=False, route_class=page_class(access))
    _feed(pages, source, access)
    _decision(pages, source, access)
    _checks(pages, source, access)
    _entities(pages, source, access)
    _models(pages, source, access)
    _door(pages, access)
    return pages


def _feed(pages: APIRouter, source: Source, access: Access) -> None:
    @pages.get(BASE)
    def feed(request: Request) -> Response:
        """The live feed. With `?fragment=1` only the part that changes, for the script to put in place."""
        person = who(request, access)
        query = _query(request)
        if (sealed := source.sealed(query.text)) != query.text:  # no plain number stays in an address
            return RedirectResponse(BASE + query_with(request, {"q": sealed}), 303)
        found = source.decisions(query)
        per_minute = source.rates(now(), MINUTE, 60)
        return render(
            request, "feed_part.html" if "fragment" in request.query_params else "feed.html", person,
            query=query, decisions=found, rates=per_minute, kinds=_by_weight(),
            totals=[sum(column) for column in zip(*per_minute, strict=True)] or [0] * len(OUTCOMES),
            older=found[-1].seq if len(found) == query.limit else None,
        )  # fmt: skip


def _by_weight() -> dict[str, list[str]]:
    """Tags of evidence: what is decided upon, and what is on record only where something was found in it."""
    known = sorted(evidence_types().items())
    return {
        weight: [tag for tag, type_ in known if weight == type_.WEIGHT] for weight in ("transaction", "observation")
    }


def _query(request: Request) -> Query:
    """The feed's filters from an address; nonsense is an error that names the field."""
    asked = request.query_params
    outcomes = frozenset(asked.getlist("outcome"))
    if unknown := outcomes - set(OUTCOMES):
        raise InvalidEvidence(f"no outcome {min(unknown)!r}", where="outcome", hint="one of " + ", ".join(OUTCOMES))
    try:
        percent = float(asked.get("p") or 0)
        before = int(asked["before"]) if asked.get("before") else None
    except ValueError:
        raise InvalidEvidence("not a number", where="p or before") from None
    return Query(
        outcomes=outcomes, kind=asked.get("kind", ""), text=asked.get("q", "").strip()[:128],
        entity=Entity.parse(asked["entity"]) if ":" in asked.get("entity", "") else None,
        at_least=min(100.0, max(0.0, percent)) / 100, before=before, limit=SHOWN,
    )  # fmt: skip


def _decision(pages: APIRouter, source: Source, access: Access) -> None:
    @pages.get(BASE + "/decisions/{id_:path}")
    def decision(request: Request, id_: str) -> Response:
        person = who(request, access)
        found = source.decision(id_)
        if found is None:
            raise NotFound(f"no decision on {id_!r}")
        usual = source.usual(found.kind)
        measured = views.measures(found, usual)
        return render(
            request, "decision.html", person,
            decision=found, groups=views.reason_groups(found),
            unusual=[m for m in measured if m.excess > 0], ordinary=views.by_entity(m for m in measured if m.excess <= 0),
            usual_known=any(m.usual for m in measured),
            view=source.view(found, person), kept=source.kept(found),
            cases=source.cases(found.entities), costs=source.costs(found), labels=source.labels(id_), labelled=request.query_params.get("labelled"),
        )  # fmt: skip

    @pages.get(BASE + "/pictures/{name}/{id_:path}")
    def picture(request: Request, name: str, id_: str) -> Response:
        """A picture of a room's page: nothing but a picture leaves here, whatever a file made of it."""
        person = who(request, access)
        found = source.decision(id_)
        if found is None:
            raise NotFound(f"no decision on {id_!r}")
        drawn = source.picture(found, name, person)
        media = next((media for sign, media in PICTURES.items() if drawn.startswith(sign)), None)
        if media is None:
            raise NotFound(f"no picture {name!r}")
        return Response(drawn, media_type=media, headers=HEADERS | {"Content-Security-Policy": "default-src 'none'"})

    @pages.post(BASE + "/labels")
    async def label(request: Request) -> Response:
        person = who(request, access)
        form = await form_of(request)
        if not person.may_label:
            raise Forbidden("labels need the role analyst", hint="sign in with another key")
        own(form, person)
        truth, id_ = form.get("truth"), form.get("evidence", "")
        if truth not in ("fraud", "genuine"):
            raise InvalidEvidence("choose fraud or genuine", where="truth")
        given = Label(evidence=id_, truth=truth, source=person.name or "analyst", note=form.get("note", "")[:500])  # type: ignore[arg-type]
        await run_in_threadpool(source.add_label, given)
        return RedirectResponse(decision_url(id_) + f"?labelled={truth}#labels", 303)


def _checks(pages: APIRouter, source: Source, access: Access) -> None:
    @pages.get(BASE + "/check")
    def check(request: Request) -> Response:
        """Files to be examined, sent by the script to `/v1/checks`; nothing of them is recorded."""
        return render(request, "check.html", who(request, access))

    @pages.get(BASE + "/checks/{job}")
    def checked(request: Request, job: str) -> Response:
        """What was found in a file. With `?fragment=1` only the part that the script puts in place."""
        person = who(request, access)
        found = source.job(job)
        template = "checked_part.html" if "fragment" in request.query_params else "checked.html"
        return render(request, template, person, job=found, shown=_examination(found.result))


def _examination(result: object) -> Examination | None:
    """A job's result; None while there is none, or where it is of another shape."""
    try:
        return None if result is None else msgspec.convert(result, Examination)
    except msgspec.ValidationError:
        return None


def _entities(pages: APIRouter, source: Source, access: Access) -> None:
    @pages.get(BASE + "/entities")
    def entities(request: Request) -> Response:
        person = who(request, access)
        text = request.query_params.get("q", "").strip()[:128]
        return render(request, "entities.html", person, text=text, found=source.search(text, SHOWN), most=SHOWN)

    @pages.post(BASE + "/entities")
    async def search(request: Request) -> Response:
        """The search form posts, so that a card number typed there reaches no address, history or log."""
        person = who(request, access)
        form = await form_of(request)
        own(form, person)
        text = await run_in_threadpool(source.sealed, form.get("q", "").strip()[:128])
        return RedirectResponse(f"{BASE}/entities?{urlencode({'q': text})}", 303)

    @pages.get(BASE + "/entities/{kind}/{id_:path}")
    def entity(request: Request, kind: str, id_: str) -> Response:
        person = who(request, access)
        about = Entity(kind, id_)
        summary = source.summary(about)
        if summary is None:
            raise NotFound(f"nothing is known of {about}")
        history = source.history(about, HISTORY)
        labels = {d.id: found for d in history if (found := source.labels(d.id))}
        edges = source.links(about, LINKS)
        flagged = {e for d in history if d.outcome in ("review", "block") for e in d.entities} - {about}
        met = {entity for edge in edges for entity in (edge.a, edge.b)} - {about}
        nodes = [graph.Node(e, entity_url(e), e in flagged) for e in sorted(met)]
        return render(
            request, "entity.html", person,
            entity=about, summary=summary, history=history, labels=labels, edges=edges, nodes=nodes,
            centre=graph.Node(about, entity_url(about)), shapes=graph.shape_of({about.kind, *(e.kind for e in met)}),
            open=views.open_findings(history, labels), cases=source.cases([about]), may_list=person.role in LISTERS,
            drawn=lambda measure: _events(history, measure, labels),
        )  # fmt: skip


def _events(history: Sequence[Decision], measure: str, labels: Mapping[str, Sequence[Label]]) -> list[charts.Event]:
    """Marks of an entity's timeline. `measure` is the evidence field a room charts; without one, the probability."""
    out = []
    for d in history:
        value = d.evidence.get(measure) if measure else None
        height = value if isinstance(value, (int, float)) else (d.probability or 0.0) * 100
        fraud = d.id in labels and labels[d.id][-1].truth == "fraud"
        out.append(
            charts.Event(d.time, float(height), views.told(d), decision_url(d.id), f"{views.told(d)} · {d.id}", fraud)
        )
    return out


def _models(pages: APIRouter, source: Source, access: Access) -> None:
    @pages.get(BASE + "/models")
    def models(request: Request) -> Response:
        person = who(request, access)
        return render(
            request, "models.html", person, cards={name: card.read(raw) for name, raw in source.cards().items()}
        )

    @pages.get(BASE + "/models/{detector}")
    def model(request: Request, detector: str) -> Response:
        person = who(request, access)
        raw = source.cards().get(detector)
        if raw is None:
            raise NotFound(f"no detector {detector!r} in use")
        return render(request, "model.html", person, detector=detector, card=card.read(raw))

    @pages.get(BASE + "/policy")
    def policy(request: Request) -> Response:
        person = who(request, access)
        room = request.query_params.get("room", "")
        found = source.policy(room)
        if found is None and room:
            raise NotFound(f"no policy of {room!r}")
        tested = backtest.read(found.backtest if found else None)
        return render(
            request, "policy.html", person,
            policy=found, hits=source.hits(room), tested=tested, heat=backtest.heat(tested.changes) if tested else {},
        )  # fmt: skip


def _door(pages: APIRouter, access: Access) -> None:
    @pages.get("/login")
    def login(request: Request) -> Response:
        return render(
            request, "login.html", access.person(request), wrong=False, back=_back(request.query_params.get("next", ""))
        )

    @pages.post("/login")
    async def sign_in(request: Request) -> Response:
        form = await form_of(request)
        back = _back(form.get("next", ""))
        response = RedirectResponse(back, 303)
        if await run_in_threadpool(access.sign_in, request, form.get("key", "").strip(), response):
            return response
        return render(request, "login.html", None, 401, wrong=True, back=back)

    @pages.post("/logout")
    async def sign_out(request: Request) -> Response:
        person = access.person(request)
        form = await form_of(request)
        response = RedirectResponse("/login", 303)
        if person is not None and form.get("csrf", "") == person.csrf:
            access.sign_out(request, response)
        return response

    @pages.get(BASE + "/{rest:path}")
    def unknown(request: Request, rest: str) -> Response:
        who(request, access)
        raise NotFound(f"no page {rest!r}")

    @pages.get("/static/{name}")
    def static(name: str) -> Response:
        file = static_files().get(name)
        if file is None:
            raise NotFound(f"no file {name!r}")
        headers = {"Cache-Control": "public, max-age=31536000, immutable", "X-Content-Type-Options": "nosniff"}
        return Response(file.body, media_type=file.media, headers=headers)


def _back(address: str) -> str:
    """Where to go after signing in: one of our own pages, never another site."""
    ours = address.startswith(BASE) and not address.startswith("//") and "\\" not in address and "\n" not in address
    return address if ours else BASE
