"""The routes of the TAXII 2.1 server. What they answer is `assay.responses.taxii`'s; here are only addresses, media types, errors in
the standard's own form, and HTTP Basic, which it asks for: its password is an API key, its user anything."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Coroutine
from typing import Any

import msgspec
from fastapi import APIRouter, Request
from fastapi.routing import APIRoute
from starlette.responses import Response

from assay.core.errors import AssayError, NotFound
from assay.responses.taxii import MEDIA, Answered, Collections, acceptable, asked, posted, refused
from assay.service.access import Access
from assay.service.errors import headers_of
from assay.service.keys import Caller

ROOT = "/taxii2/assay/"
_encode = msgspec.json.Encoder().encode


class BasicToo:
    """As `Access`, for clients that can only sign in with a name and a password."""

    def __init__(self, access: Access) -> None:
        self._access = access

    async def __call__(self, request: Request) -> Caller:
        request.scope["headers"] = [
            (k, _bearer(v) if k == b"authorization" else v) for k, v in request.scope["headers"]
        ]
        return await self._access(request)


def _bearer(header: bytes) -> bytes:
    if header[:6].lower() != b"basic ":
        return header
    try:
        _, _, password = base64.b64decode(header[6:].strip(), validate=True).partition(b":")
    except binascii.Error:
        return header
    return b"Bearer " + password


def router(collections: Collections, largest: int) -> APIRouter:
    """`largest`: bytes of a request's body; nothing is ever taken here, but the standard wants it said."""
    routes = APIRouter(prefix="/taxii2", route_class=_Route)

    @routes.get("/")
    def discovery(request: Request) -> Response:
        """TAXII 2.1: where the collections are."""
        root = str(request.base_url).rstrip("/") + ROOT
        body = {"title": "Assay", "description": "block lists", "default": root, "api_roots": [root]}
        return _answer(request, Answered(body))

    @routes.get("/assay/")
    def api_root(request: Request) -> Response:
        """TAXII 2.1: what the server speaks."""
        return _answer(request, Answered({"title": "Assay", "versions": [MEDIA], "max_content_length": largest}))

    @routes.get("/assay/collections/")
    def all_(request: Request) -> Response:
        """TAXII 2.1: the lists that are published."""
        found = collections.all()
        return _answer(request, Answered({"collections": found} if found else {}))

    @routes.get("/assay/collections/{id}/")
    def one(request: Request, id: str) -> Response:
        """TAXII 2.1: one list, by its id or its name."""
        return _answer(request, Answered(collections.one(id)))

    @routes.get("/assay/collections/{id}/manifest/")
    def manifest(request: Request, id: str) -> Response:
        """TAXII 2.1: what a list holds, without the objects. Takes `added_after`, `limit`, `next` and `match[…]`."""
        return _answer(request, collections.manifest(id, asked(request.query_params)))

    @routes.get("/assay/collections/{id}/objects/")
    def objects(request: Request, id: str) -> Response:
        """TAXII 2.1: the indicators of a list. Takes `added_after`, `limit`, `next` and `match[…]`."""
        return _answer(request, collections.objects(id, asked(request.query_params)))

    @routes.get("/assay/collections/{id}/objects/{object_id}/")
    def object_(request: Request, id: str, object_id: str) -> Response:
        """TAXII 2.1: one object of a list."""
        return _answer(request, collections.object(id, object_id, asked(request.query_params)))

    @routes.get("/assay/collections/{id}/objects/{object_id}/versions/")
    def versions(request: Request, id: str, object_id: str) -> Response:
        """TAXII 2.1: the versions of an object; the newest is kept."""
        return _answer(request, collections.versions(id, object_id, asked(request.query_params)))

    @routes.post("/assay/collections/{id}/objects/")
    def add(request: Request, id: str) -> Response:
        """TAXII 2.1: refused, since collections are read only."""
        posted(request.headers.get("content-type", ""))
        collections.closed(id)

    @routes.delete("/assay/collections/{id}/objects/{object_id}/")
    def delete(request: Request, id: str, object_id: str) -> Response:
        """TAXII 2.1: refused, since collections are read only."""
        collections.closed(id)

    @routes.get("/assay/status/{id}/")
    def status(request: Request, id: str) -> Response:
        """TAXII 2.1: what became of a request to add objects: there are none."""
        raise NotFound("no such status", where="id")

    return routes


class _Route(APIRoute):
    """A route whose refusals, the access's too, are TAXII error messages."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def answered(request: Request) -> Response:
            try:
                return await handle(request)
            except AssayError as error:
                request.app.state.parts.metrics.refused(error.code)
                status, message = refused(error)
                headers = {name.decode(): value.decode() for name, value in headers_of(error)}
                if status == 401:
                    headers["www-authenticate"] = 'Basic realm="TAXII", charset="UTF-8"'
                return Response(_encode(message), status, headers, MEDIA)

        return answered


def _answer(request: Request, answered: Answered) -> Response:
    acceptable(request.headers.get("accept", ""))
    headers = {}
    if answered.first:
        headers = {"X-TAXII-Date-Added-First": answered.first, "X-TAXII-Date-Added-Last": answered.last}
    return Response(_encode(answered.body), media_type=MEDIA, headers=headers)
