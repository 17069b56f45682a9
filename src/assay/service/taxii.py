"""The routes of the TAXII 2.1 server. What they answer is `assay.responses.taxii`'s; here are only addresses, media types, and
HTTP Basic, which the standard asks for: its password is an API key, its user anything."""

from __future__ import annotations

import base64
import binascii

import msgspec
from fastapi import APIRouter, Request
from starlette.responses import Response

from assay.responses.taxii import MEDIA, Answered, Collections, acceptable, asked
from assay.service.access import Access
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
    routes = APIRouter(prefix="/taxii2")

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

    return routes


def _answer(request: Request, answered: Answered) -> Response:
    acceptable(request.headers.get("accept", ""))
    headers = {}
    if answered.first:
        headers = {"X-TAXII-Date-Added-First": answered.first, "X-TAXII-Date-Added-Last": answered.last}
    return Response(_encode(answered.body), media_type=MEDIA, headers=headers)
