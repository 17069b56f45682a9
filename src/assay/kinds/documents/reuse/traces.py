"""What a document may be known again by, when somebody else hands it in.

`file`      the very bytes
`picture`   a photograph or scan, also after it was saved again, shrunk or brightened (256-bit perceptual hash)
`rows`      the dated and priced lines of a document, under another name or layout (256-bit similarity hash)
`template`  the identifier a PDF keeps for life: two files edited out of one have it in common
`signature` the ink beside the word "signature"
`account`   the account a statement is of
and what the identity checks name: `portrait`, `identity-number`.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np

from assay.core.batch import Batch
from assay.core.checkdigits import mod97_holds
from assay.core.finding import Where
from assay.core.trace import Trace
from assay.kinds.documents.identity.papers import papers_of
from assay.kinds.documents.identity.traces import identity_traces
from assay.kinds.documents.media import PDF
from assay.kinds.documents.opened import Box, Opened, Page, open_document
from assay.vision.likeness import NEAR, picture_hash

ROWS_NEAR = 48  # bits: five rows in six alike
LEAST_ROWS = 6
MOST_PAGES = 5
_DIGITS = re.compile(r"\d")
_IBAN = re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?\b")
_STATEMENT = re.compile(
    r"statement|kontoauszug|relev[ée]|extracto|estratto conto|对账单|交易明细|账户明细", re.IGNORECASE
)
_SIGNATURE = re.compile(r"signature|signed|unterschrift|firma\b|assinatura|handtekening|签名|签字", re.IGNORECASE)


def traces(batch: Batch[Any]) -> list[list[Trace]]:
    """For each document of the batch, everything above that it shows."""
    return [list(_of(batch.item(i))) for i in range(len(batch))]


def _of(document: Any) -> Iterator[Trace]:
    if not document.content:
        return
    yield Trace("file", hashlib.sha256(document.content).digest())
    opened = open_document(document.content)
    if opened.problem:
        return
    if opened.media == PDF:
        yield from _template(document.content)
    for page in opened.pages[:MOST_PAGES]:
        if not page.layer and min(page.pixels.shape[:2]) >= 64:
            yield Trace("picture", picture_hash(page.pixels), NEAR, Where(page=page.number))
            yield from _signatures(page)
    yield from _rows(opened)
    yield from _account(opened, document.claimed)
    yield from identity_traces(papers_of(document.content), document.claimed)


def similarity_hash(rows: Iterable[str]) -> bytes:
    """32 bytes that differ the less, the more rows two sets have in common (Charikar 2002)."""
    total = np.zeros(256, np.int64)
    for row in rows:
        digest = hashlib.blake2b(row.encode(), digest_size=32).digest()
        total += np.unpackbits(np.frombuffer(digest, np.uint8)).astype(np.int64) * 2 - 1
    return np.packbits(total > 0).tobytes()


def _rows(opened: Opened) -> Iterator[Trace]:
    """Lines with at least four digits tell one statement from another; headings and addresses are everybody's."""
    rows = {
        re.sub(r"\W+", "", line.text.casefold())
        for page in opened.pages[:MOST_PAGES]
        for line in page.lines
        if len(_DIGITS.findall(line.text)) >= 4
    }
    if len(rows) >= LEAST_ROWS:
        yield Trace("rows", similarity_hash(rows), ROWS_NEAR)


def _template(content: bytes) -> Iterator[Trace]:
    """The first half of a PDF's /ID, where it is one: 8 bytes or more, not all alike."""
    found = re.search(rb"/ID\s*\[\s*(?:<([0-9A-Fa-f\s]{16,128})>|\(([^)]{8,64})\))", content[-65_536:] + content[:8192])
    if found:
        hexadecimal = re.sub(rb"\s", b"", found.group(1) or b"")
        value = bytes.fromhex((hexadecimal + b"0" * (len(hexadecimal) % 2)).decode()) if hexadecimal else found.group(2)
        if len(set(value)) > 3:
            yield Trace("template", value)


def _account(opened: Opened, claimed: str | None) -> Iterator[Trace]:
    """The first IBAN with good check digits on a statement's first page: its own, the others are payees."""
    lines = [line for page in opened.pages[:1] for line in page.lines]
    if claimed != "statement" and not any(_STATEMENT.search(line.text) for line in lines[:30]):
        return
    for line in lines[: max(12, len(lines) // 3)]:
        for found in _IBAN.finditer(line.text):
            number = found.group().replace(" ", "")
            if 15 <= len(number) <= 34 and mod97_holds(number):
                box = _around([word.box for word in line.words])
                yield Trace("account", number.encode(), 0, Where(page=1, box=box))
                return


def _signatures(page: Page) -> Iterator[Trace]:
    """The ink over or beside a word for "signature": its outline on a grid, where there is enough of it."""
    import cv2

    gray = cv2.cvtColor(np.ascontiguousarray(page.pixels), cv2.COLOR_RGB2GRAY)
    for line in page.lines:
        if not _SIGNATURE.search(line.text) or len(line.text) > 40:
            continue
        x0, y0, x1, y1 = (int(v) for v in _around([word.box for word in line.words]))
        tall = max(8, y1 - y0)
        top, left, right = max(0, y0 - 5 * tall), max(0, x0 - tall), min(gray.shape[1], x1 + 8 * tall)
        patch = gray[top : max(top + 1, y0 - tall // 4), left:right]
        if min(patch.shape) < 16:
            continue
        _, ink = cv2.threshold(patch, 0, 255, cv2.THRESH_BINARY_INV | cv2.THRESH_OTSU)
        share = float((ink > 0).mean())
        points = cv2.findNonZero(ink)
        if points is None or not 0.01 < share < 0.3:
            continue
        x, y, w, h = cv2.boundingRect(points)
        if w < 3 * tall or h < tall:
            continue
        shape = cv2.resize(ink[y : y + h, x : x + w], (64, 64), interpolation=cv2.INTER_AREA).astype(np.float32)
        low = cv2.dct(shape)[:16, :16].ravel()
        value = np.packbits(low > np.median(low)).tobytes()
        yield Trace(
            "signature",
            value,
            NEAR,
            Where(page=page.number, box=(left + x, top + y, left + x + w, top + y + h)),
        )


def _around(boxes: Sequence[Box]) -> Box:
    return (
        min(b[0] for b in boxes), min(b[1] for b in boxes), max(b[2] for b in boxes), max(b[3] for b in boxes),
    )  # fmt: skip
