"""What an identity paper may be known again by in other hands: its number with its issuer, and its portrait."""

from __future__ import annotations

from collections.abc import Iterator

from assay.core.errors import ModelError
from assay.core.finding import Where
from assay.core.trace import Trace
from assay.kinds.documents.identity.checks import BLURRED
from assay.kinds.documents.identity.papers import Papers

# Bits of 256. Of the mock papers at hand, photographs of one portrait differ by 48 (median) and those of two people by 76 and
# more: what is found at 56 is the same picture, and some of the same are missed.
PORTRAIT_NEAR = 56


def identity_traces(papers: Papers, claimed: str | None = None) -> Iterator[Trace]:
    """`identity-number` (exact: issuer, layout-independent, and number) of every zone and licence whose number was read with
    its check digit right; `portrait` (near) of every page's main portrait."""
    for on in papers.zones:
        zone = on.read.zone
        good = "number" not in {failure.of for failure in zone.failed()} and on.found.decided.gap <= BLURRED
        if good and len(zone.number) >= 5 and on.read.clear:
            place = next(f for f in zone.layout.fields if f.name == "number")
            where = Where(page=on.page, box=on.found.box(place.line, place.start, place.stop), field="number")
            yield Trace("identity-number", f"{zone.issuer} {zone.number}".encode(), 0, where)
    for code in papers.licences:
        if len(code.licence.number) >= 5:
            where = Where(page=code.page, box=code.box, field="number")
            yield Trace("identity-number", f"{code.licence.issuer} {code.licence.number}".encode(), 0, where)
    for page, angle in papers.faced(claimed):
        try:
            found = papers.portraits(page, angle)
        except ModelError:  # the detector says that portraits were not compared
            return
        if found.mark is not None:
            yield Trace("portrait", found.mark, PORTRAIT_NEAR, Where(page=page, box=found.boxes[0], field="portrait"))
