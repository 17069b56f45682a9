"""Guests: people without an account who come by a link and hand in evidence themselves, such as the person who is to prove
who they are. A room names its `Guest` in `Kind.guest`; the service makes the links, keeps them, serves the room's page at
`/verify/<token>` and assesses what comes back. The room knows nothing of HTTP, the service nothing of what is asked.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple, Protocol, runtime_checkable

import msgspec

from assay.core.evidence import Evidence, Seal


class Link(msgspec.Struct, frozen=True, kw_only=True):
    """What a room is told of a link. `asked`: what it kept of the integrator's request; `tries`: attempts not yet begun;
    times in microseconds since 1970."""

    id: str
    kind: str
    created: int
    expires: int
    asked: dict[str, Any]
    tries: int


class Attempt(NamedTuple):
    """What a guest was told when an attempt began. `number` counts from 1."""

    number: int
    at: int
    told: dict[str, Any]


class GuestFile(NamedTuple):
    """A stylesheet or script of the page."""

    content: bytes
    media: str


@runtime_checkable
class Guest(Protocol):
    """A room's page for guests; made without arguments, and used from several threads.

    kind         tag of the evidence that guests hand in
    tries        attempts that a link gives
    most         bytes of an answer, at most
    permissions  the page's Permissions-Policy, such as "camera=(self)"
    """

    kind: str
    tries: int
    most: int
    permissions: str

    def invited(self, asked: dict[str, Any]) -> dict[str, Any]:
        """What to keep of an integrator's request, in plain values and bytes. Raises `InvalidEvidence`, naming the field."""
        ...

    def page(self, link: Link | None, here: str, files: Mapping[str, str], language: str) -> str:
        """The page as HTML; of no link, that it is not valid or used up. `here`: the page's own address, under which
        `/begin` and `/answer` take JSON; `files`: name -> address of the page's own files. No inline script or style runs."""
        ...

    def files(self) -> Mapping[str, GuestFile]:
        """The page's own files by name."""
        ...

    def begin(self, link: Link, number: int, body: bytes, now: int, seal: Seal) -> dict[str, Any]:
        """The link's attempt `number` begins: what the page is told, in plain values. Raises `InvalidEvidence`."""
        ...

    def evidence(self, link: Link, attempt: Attempt, body: bytes, now: int, agent: str) -> Evidence:
        """What the guest hands in, as evidence with the id that the link and the attempt give. `agent`: the browser's
        user agent. Raises `InvalidEvidence`."""
        ...
