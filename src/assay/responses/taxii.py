"""What a TAXII 2.1 server answers (https://docs.oasis-open.org/cti/taxii/v2.1/os/taxii-v2.1-os.html), as plain values: lists are
collections, read only. Whoever speaks HTTP hands in what was asked.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NoReturn

import msgspec

from assay.core.clock import micros, moment
from assay.core.errors import AssayError, Forbidden, InvalidEvidence, NotFound
from assay.responses.document import Document
from assay.responses.feed import Added, Feed
from assay.responses.stix import OURS

MEDIA = "application/taxii+json;version=2.1"
STIX = "application/stix+json;version=2.1"
MOST = 1000  # objects of a page, whatever is asked


class NotAcceptable(AssayError):
    """The client takes nothing that a TAXII server sends."""

    code, status = "not-acceptable", 406


class NotOurMedia(AssayError):
    """What was posted is no TAXII message."""

    code, status = "wrong-content-type", 415


class Asked(msgspec.Struct, frozen=True):
    """The filters of section 3.4; each may hold several values."""

    added_after: int | None = None
    limit: int = MOST
    next: str = ""
    ids: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    versions: tuple[str, ...] = ()
    spec_versions: tuple[str, ...] = ()


class Answered(msgspec.Struct, frozen=True):
    """A page: its body, and when the first and last of what it holds were added (empty where it holds nothing)."""

    body: dict[str, Any]
    first: str = ""
    last: str = ""


def acceptable(accept: str) -> None:
    """Raises `NotAcceptable` unless the client takes TAXII 2.1."""
    for item in accept.lower().split(",") if accept.strip() else ["*/*"]:
        media, *parameters = (part.strip() for part in item.split(";"))
        version = next((p.removeprefix("version=").strip('"') for p in parameters if p.startswith("version=")), "2.1")
        if media in ("*/*", "application/*") or (media == "application/taxii+json" and version == "2.1"):
            return
    raise NotAcceptable("only TAXII 2.1 is spoken here", where="accept", hint=MEDIA)


def posted(content_type: str) -> None:
    """Raises `NotOurMedia` unless it is of TAXII 2.1 (section 1.6.8)."""
    media, *parameters = (part.strip() for part in content_type.lower().split(";"))
    if media != "application/taxii+json" or "version=2.1" not in [p.replace('"', "") for p in parameters]:
        raise NotOurMedia("not a TAXII 2.1 message", where="content-type", hint=MEDIA)


def refused(error: AssayError) -> tuple[int, dict[str, Any]]:
    """The status of an error and its message as section 3.6.1 has it. A filter that cannot be read is 400 here."""
    status = 400 if error.status == 422 else error.status
    told: dict[str, Any] = {"title": error.message, "error_code": error.code, "http_status": str(status)}
    if error.hint:
        told["description"] = error.hint
    if error.where:
        told["details"] = {"where": error.where}
    return status, told


def asked(query: Mapping[str, str]) -> Asked:
    """The filters of an address. Raises `InvalidEvidence`, naming the one that cannot be read."""
    try:
        limit = int(query.get("limit") or MOST)
        if limit < 1:
            raise ValueError
    except ValueError:
        raise InvalidEvidence("not a number of objects", where="limit") from None
    after = query.get("added_after")

    def several(name: str) -> tuple[str, ...]:
        return tuple(part for part in query.get(f"match[{name}]", "").split(",") if part)[:100]

    return Asked(
        None if after is None else _moment(after, "added_after"), min(limit, MOST), query.get("next", ""),
        several("id"), several("type"), several("version"), several("spec_version"),
    )  # fmt: skip


def _moment(text: str, where: str) -> int:
    try:
        return micros(datetime.fromisoformat(text))
    except (ValueError, OverflowError):
        raise InvalidEvidence(f"{text[:40]!r} is no moment", where=where, hint="write 2026-01-31T12:00:00Z") from None


class Collections:
    """The collections of one installation. `ledger` tells them from those of any other."""

    def __init__(self, document: Document, feeds: Mapping[str, Feed], ledger: str) -> None:
        self._lists = {
            str(uuid.uuid5(OURS, f"{ledger}/{name}")): (name, rules, feeds[name])
            for name, rules in document.lists.items()
            if rules.taxii
        }

    def all(self) -> list[dict[str, Any]]:
        """Section 5.1: every collection."""
        return [self.one(id_) for id_ in self._lists]

    def one(self, id_: str) -> dict[str, Any]:
        """Section 5.2, by id or by the list's name (its alias). Raises `NotFound`."""
        id_, (name, rules, _) = self._find(id_)
        return {
            "id": id_, "title": name, "description": f"{rules.holds}, TLP:{rules.tlp.upper()}", "alias": name,
            "can_read": True, "can_write": False, "media_types": [STIX],
        }  # fmt: skip

    def closed(self, id_: str) -> NoReturn:
        """Every collection is read only (section 5.5 and 5.7). Raises `Forbidden`, or `NotFound`."""
        self._find(id_)
        raise Forbidden("the collection is read only", where="id", hint="its list follows what is found")

    def objects(self, id_: str, wanted: Asked) -> Answered:
        """Section 5.4: a page of objects."""
        page, more = self._page(id_, wanted)
        return _answered({"objects": [one.object for one in page]}, page, more)

    def object(self, id_: str, object_: str, wanted: Asked) -> Answered:
        """Section 5.6: one object. Raises `NotFound`."""
        return self.objects(id_, self._of(id_, object_, wanted))

    def manifest(self, id_: str, wanted: Asked) -> Answered:
        """Section 5.3: what there is, without the objects themselves."""
        page, more = self._page(id_, wanted)
        told = [{"id": o.id, "date_added": stamp(o.at), "version": o.version, "media_type": STIX} for o in page]
        return _answered({"objects": told}, page, more)

    def versions(self, id_: str, object_: str, wanted: Asked) -> Answered:
        """Section 5.8: of each object the newest version is kept. Raises `NotFound`."""
        page, more = self._page(id_, self._of(id_, object_, wanted))
        return _answered({"versions": [one.version for one in page]}, page, more)

    def _of(self, id_: str, object_: str, wanted: Asked) -> Asked:
        if not any(one.id == object_ for one in self._find(id_)[1][2].added()):
            raise NotFound("no such object", where="object_id")
        return msgspec.structs.replace(wanted, ids=(object_,))

    def _find(self, id_: str) -> tuple[str, tuple[str, Any, Feed]]:
        for known, found in self._lists.items():
            if id_ in (known, found[0]):
                return known, found
        raise NotFound("no such collection", where="id")

    def _page(self, id_: str, wanted: Asked) -> tuple[list[Added], bool]:
        after = wanted.added_after
        found = [
            one for one in self._find(id_)[1][2].added() if _matches(one, wanted) and (after is None or one.at > after)
        ]
        if wanted.next:
            at, _, last = wanted.next.partition("~")
            if not at.isdecimal() or len(at) > 18:
                raise InvalidEvidence("not a page that was offered", where="next")
            found = [one for one in found if (one.at, one.id) > (int(at), last)]
        return found[: wanted.limit], len(found) > wanted.limit


def _answered(body: dict[str, Any], page: Sequence[Added], more: bool) -> Answered:
    """An empty page is an empty object (section 3.7)."""
    if not page:
        return Answered({})
    body = {"more": more, **({"next": f"{page[-1].at}~{page[-1].id}"} if more else {}), **body}
    return Answered(body, stamp(page[0].at), stamp(page[-1].at))


def _matches(one: Added, wanted: Asked) -> bool:
    """Several values of one filter are alternatives; several filters must all hold (section 3.4.1)."""
    versions = wanted.versions or ("last",)
    return (
        (not wanted.ids or one.id in wanted.ids)
        and (not wanted.types or one.object["type"] in wanted.types)
        and (not wanted.spec_versions or one.object["spec_version"] in wanted.spec_versions)
        and any(v in ("last", "first", "all") or _same(v, one.version) for v in versions)
    )


def _same(asked_: str, version: str) -> bool:
    return _moment(asked_, "match[version]") == _moment(version, "version")


def stamp(us: int) -> str:
    """A moment to the microsecond, as section 3.2 has it.

    >>> stamp(1_000_000)
    '1970-01-01T00:00:01.000000Z'
    """
    return f"{moment(us):%Y-%m-%dT%H:%M:%S.%f}Z"
