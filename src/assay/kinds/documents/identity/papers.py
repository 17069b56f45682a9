"""An identity paper as read: the zone on each page, once for everybody who asks (detector, traces, portraits)."""

from __future__ import annotations

import re
import time
from collections import OrderedDict
from dataclasses import dataclass
from functools import cached_property
from threading import Lock

from assay.kinds.documents.coded import codes_of
from assay.kinds.documents.identity.checks import BLURRED, Box, Readable
from assay.kinds.documents.identity.licence import Licence, read_licence
from assay.kinds.documents.identity.mrz import Found, find_zone
from assay.kinds.documents.identity.portraits import Portraits, turned_portraits
from assay.kinds.documents.identity.visual import reads_like_identity
from assay.kinds.documents.opened import Opened, Page, open_document

CLEAR = 0.93  # likeness to a zone from which single characters count
MAX_PAGES = 6  # on which a zone is looked for
SECONDS = 12.0
_FILLERS = re.compile(r"<<")
_MANY_LINES = 8  # of a text layer: a page of running text is no identity paper


@dataclass(frozen=True)
class ZoneOnPage:
    """`page` counts from 1."""

    page: int
    found: Found

    @cached_property
    def read(self) -> Readable:
        """What to believe of it: a text whose digits fail by little was misread, and is mended."""
        decided, clear = self.found.decided, self.found.sureness >= CLEAR
        if decided.gap > 0 and decided.gap <= BLURRED and decided.mended is not None:
            return Readable(decided.mended, decided.sure, {}, True, clear)
        return Readable(decided.zone, decided.sure, decided.gaps, False, clear)


@dataclass(frozen=True)
class LicenceOnPage:
    """The licence that a code on a page holds."""

    page: int
    box: Box
    licence: Licence


class Papers:
    """The zones and licence codes of a document; `cut` where pages were left out for lack of time."""

    def __init__(self, opened: Opened) -> None:
        self.opened, self.cut = opened, False
        self._portraits: dict[tuple[int, int], Portraits] = {}

    @cached_property
    def zones(self) -> tuple[ZoneOnPage, ...]:
        found, began = [], time.monotonic()
        for page in [p for p in self.opened.pages if _may_hold(p)][:MAX_PAGES]:
            if time.monotonic() - began > SECONDS:
                self.cut = True
                break
            zone = find_zone(page.pixels)
            if zone is not None:
                found.append(ZoneOnPage(page.number, zone))
        return tuple(found)

    @cached_property
    def licences(self) -> tuple[LicenceOnPage, ...]:
        """From the codes on the pages, each payload once."""
        found: dict[bytes, LicenceOnPage] = {}
        for printed in codes_of(self.opened.content):
            text = printed.code.content.decode("latin-1")
            licence = read_licence(text) if printed.code.format.startswith("PDF417") else None
            if licence is not None and printed.code.content not in found:
                found[printed.code.content] = LicenceOnPage(printed.page, printed.code.box, licence)
        return tuple(found.values())[:8]

    def faced(self, claimed: str | None = None) -> list[tuple[int, float]]:
        """Pages (from 1) that show a holder, and the angle at which their text runs. On any other picture two faces are two
        people."""
        pages = {zone.page: zone.found.angle for zone in self.zones}
        if not pages:
            near = {code.page for code in self.licences}
            for page in self.opened.pages[:2]:
                if page.number in near or (not page.layer and (claimed == "identity" or reads_like_identity(page))):
                    pages[page.number] = 0.0
        return list(pages.items())

    def portraits(self, page: int, angle: float) -> Portraits:
        """The portraits of a page (from 1) whose text runs at `angle` degrees, in pixels of the page; kept. Raises `ModelError` where
        the networks that find faces are not installed."""
        turns = round(angle / 90) % 4
        if (page, turns) not in self._portraits:
            self._portraits[page, turns] = turned_portraits(self.opened.pages[page - 1].pixels, turns)
        return self._portraits[page, turns]


def _may_hold(page: Page) -> bool:
    """Is it worth looking for a zone here? A text layer tells at once."""
    if not page.layer:
        return True
    return len(page.lines) < _MANY_LINES or any(_FILLERS.search(line.text) for line in page.lines)


_KEPT: OrderedDict[int, Papers] = OrderedDict()
_LOCK = Lock()


def papers_of(content: bytes) -> Papers:
    """The papers in a document. Never raises for bad input: a document that does not open has no zones."""
    opened = open_document(content)
    with _LOCK:
        kept = _KEPT.get(id(opened))
        if kept is None or kept.opened is not opened:
            kept = _KEPT[id(opened)] = Papers(opened)
        _KEPT.move_to_end(id(opened))
        while len(_KEPT) > 2:
            _KEPT.popitem(last=False)
    return kept
