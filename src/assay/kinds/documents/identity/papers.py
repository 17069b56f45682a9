"""An identity paper as read: the zone on each page, once for everybody who asks (detector, traces, portraits)."""

from __future__ import annotations

import re
import time
from collections import OrderedDict
from dataclasses import dataclass
from functools import cached_property
from threading import Lock

from assay.kinds.documents.identity.checks import BLURRED, Readable
from assay.kinds.documents.identity.mrz import Found, find_zone
from assay.kinds.documents.opened import Opened, Page, open_document

MAX_PAGES = 6  # on which a zone is looked for
SECONDS = 12.0
_FILLERS = re.compile(r"<<")
_MANY_LINES = 25  # of a text layer: a page of running text is no identity paper


@dataclass(frozen=True)
class ZoneOnPage:
    """`page` counts from 1."""

    page: int
    found: Found

    @cached_property
    def read(self) -> Readable:
        """What to believe of it: a text whose digits fail by little was misread, and is mended."""
        decided = self.found.decided
        if decided.gap > 0 and decided.gap <= BLURRED and decided.mended is not None:
            return Readable(decided.mended, decided.sure, {}, True)
        return Readable(decided.zone, decided.sure, decided.gaps, False)


class Papers:
    """The zones of a document; `cut` where pages were left out for lack of time."""

    def __init__(self, opened: Opened) -> None:
        self.opened, self.cut = opened, False

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
