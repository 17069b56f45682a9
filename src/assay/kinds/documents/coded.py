"""The codes printed on a document's pages, read once for everybody: parts for the messages room, the driver licence check, the
comparison of a payment code with what is printed."""

from __future__ import annotations

import time
from dataclasses import dataclass
from threading import Lock
from weakref import WeakKeyDictionary

from assay.core.enclosed import Enclosed
from assay.formats.codes import Code, read_codes
from assay.formats.payment_code import purpose
from assay.kinds.documents.opened import Opened, open_document

FIRST, LAST = 8, 4  # pages looked at from either end of a long document
SECONDS = 8.0
MOST_PARTS = 32
# What only a till or a warehouse reads; payments and licences are this room's own business.
_OURS = frozenset({"payment", "licence", "number"})


@dataclass(frozen=True)
class Printed:
    """A code on a page; `page` counts from 1."""

    page: int
    code: Code


_KEPT: WeakKeyDictionary[Opened, tuple[Printed, ...]] = WeakKeyDictionary()
_LOCK = Lock()


def codes_of(content: bytes) -> tuple[Printed, ...]:
    """Every code of a document, page by page, within `SECONDS`. Never raises for bad input."""
    opened = open_document(content)
    with _LOCK:
        kept = _KEPT.get(opened)
    if kept is not None:
        return kept
    pages = opened.pages
    if len(pages) > FIRST + LAST:
        pages = (*pages[:FIRST], *pages[-LAST:])
    began, found = time.monotonic(), []
    for page in pages:
        if time.monotonic() - began > SECONDS:
            break
        found += [Printed(page.number, code) for code in read_codes(page.pixels)]
    with _LOCK:
        _KEPT[opened] = tuple(found)
    return tuple(found)


def enclosed_codes(content: bytes) -> list[Enclosed]:
    """Codes that a telephone would act on, each payload once, as things for other rooms to read."""
    found: dict[bytes, Enclosed] = {}
    numbers: dict[int, int] = {}
    for printed in codes_of(content):
        numbers[printed.page] = number = numbers.get(printed.page, 0) + 1
        code = printed.code
        if code.matrix and code.content not in found and purpose(code.text) not in _OURS:
            name = f"page {printed.page} code {number}"
            found[code.content] = Enclosed(name=name, media="text/x-code", content=code.text.encode("utf-8", "replace"))
    return list(found.values())[:MOST_PARTS]
