"""A message opened once and looked at by every detector of the room: the text a person reads, its links with where they
stand, the header fields, whom it claims to be.

Opening is cached by the message, so that the detectors of one assessment share the work.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any
from urllib.parse import unquote

from assay.core.batch import Batch
from assay.kinds.messages.evidence import Message
from assay.kinds.messages.links.anatomy import Anatomy, anatomy
from assay.kinds.messages.links.found import find_links
from assay.kinds.messages.mail.address import Address, parse_address
from assay.kinds.messages.normalise import Normal, normalise

MAX_LINKS = 300
MAX_HOPS = 4


@dataclass(frozen=True)
class Link:
    """A link of a message: characters start..end of `field` are what a reader clicks; `target` is where it leads.

    kind   "text": written out in the text; "anchor": under a text of its own; "form": where a form is sent
    shown  what stands there
    """

    field: str
    start: int
    end: int
    kind: str
    shown: str
    target: Anatomy

    @cached_property
    def route(self) -> tuple[Anatomy, ...]:
        """The target, then whatever it takes along for a forwarder to go to, wrappers of mail gateways undone."""
        route = [self.target]
        while len(route) < MAX_HOPS:
            further = _unwrapped(route[-1]) or route[-1].redirect
            if not further:
                break
            taken = anatomy(further)
            if not (taken.registered or taken.ip) or taken.host == route[-1].host:
                break
            route.append(taken)
        return tuple(route)

    @property
    def end_of_route(self) -> Anatomy:
        """Where it leads in the end, as far as the link itself tells."""
        return self.route[-1]


class Opened:
    """See the module. `field` names the field that `body` is: what an HTML message shows, else its text."""

    def __init__(self, message: Message) -> None:
        self.message = message
        self.field = "shown" if message.shown.strip() or message.anchors else "text"
        self.body = message.shown if self.field == "shown" else message.text

    @cached_property
    def normal(self) -> Normal:
        """The body, normalised."""
        return normalise(self.body)

    @cached_property
    def subject(self) -> Normal:
        """The subject, normalised."""
        return normalise(self.message.subject)

    @cached_property
    def links(self) -> tuple[Link, ...]:
        """Every link once, in the order they stand."""
        found: list[Link] = []
        if self.message.channel in ("link", "code"):
            whole = self.body.strip()
            taken = anatomy(whole)
            if " " not in whole and (taken.registered or taken.ip or taken.scheme in ("javascript", "data")):
                start = self.body.find(whole)
                return (Link(self.field, start, start + len(whole), "text", whole[:4096], taken),)
        if self.field == "shown":
            found += self._anchors()
        covered = [(link.start, link.end) for link in found if link.kind == "anchor"]
        for name, text in ((self.field, self.body), ("subject", self.message.subject)):
            for one in find_links(text):
                if name != "shown" or not any(a <= one.start and one.end <= b for a, b in covered):
                    found.append(Link(name, one.start, one.end, "text", one.url, one.anatomy))
        found.sort(key=lambda link: (link.field == "subject", link.start))
        return tuple(found[:MAX_LINKS])

    def _anchors(self) -> list[Link]:
        found = []
        for line in self.message.anchors.split("\n")[:MAX_LINKS]:
            match = _ANCHOR.match(line)
            if match is None or match[3] == "password":
                continue
            start, end = int(match[1]), int(match[2])
            if start > end or end > len(self.body):
                continue
            taken = anatomy(match[4])
            if taken.registered or taken.ip or taken.scheme in ("javascript", "data", "vbscript"):
                kind = "anchor" if match[3] == "a" else "form"
                found.append(Link("shown", start, end, kind, self.body[start:end], taken))
        return found

    @cached_property
    def asks_password(self) -> bool:
        """The page holds a field for a password."""
        return any(line.split(" ", 3)[2:3] == ["password"] for line in self.message.anchors.split("\n"))

    @cached_property
    def headers(self) -> tuple[tuple[str, str, int], ...]:
        """(name, value, where the value begins in `headers`) of each kept header field, topmost first."""
        found, at = [], 0
        for line in self.message.headers.split("\n") if self.message.headers else ():
            name, colon, value = line.partition(":")
            if colon:
                found.append(
                    (name.strip().lower(), value.strip(), at + len(name) + 1 + len(value) - len(value.lstrip()))
                )
            at += len(line) + 1
        return tuple(found)

    def header(self, name: str) -> str:
        """The topmost field of this name; "" where there is none."""
        return next((value for key, value, _ in self.headers if key == name), "")

    @cached_property
    def sender(self) -> Address:
        """Who it says it is from: name shown and address; both "" where unknown."""
        message = self.message
        if message.sender and "@" in message.sender:
            found = parse_address(message.sender)
            return found._replace(name=message.sender_name or found.name)
        return Address(message.sender_name or "", "", "", "")


_ANCHOR = re.compile(r"(\d{1,7}) (\d{1,7}) (a|form|password) ?(.{0,4096})")


@lru_cache(maxsize=128)
def open_message(message: Message) -> Opened:
    """The message, opened."""
    return Opened(message)


def open_row(batch: Batch[Any], i: int) -> Opened:
    """Row i of a batch, opened."""
    return open_message(batch.item(i))


def _unwrapped(taken: Anatomy) -> str:
    """The link that a mail gateway wrapped to check it on click (Microsoft Safe Links, Proofpoint URL Defense)."""
    if taken.host.endswith(".safelinks.protection.outlook.com"):
        return _parameter(taken.query, "url")
    if taken.host == "urldefense.proofpoint.com":
        coded = _parameter(taken.query, "u")
        return unquote(coded.replace("-", "%").replace("_", "/")) if coded else ""
    if taken.host == "urldefense.com":
        match = re.match(r"/v3/__(.{1,2000}?)__;", taken.path)
        return match[1] if match else ""
    return ""


def _parameter(query: str, name: str) -> str:
    for pair in query.split("&")[:50]:
        key, _, value = pair.partition("=")
        if key == name:
            return value
    return ""
