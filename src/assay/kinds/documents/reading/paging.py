"""Page numbers printed on the pages of one file: two with one number, one left out between others, totals that differ."""

from __future__ import annotations

import itertools
import re

from assay.kinds.documents.reading.paper import Issue, Paper, Place
from assay.kinds.documents.reading.text import Row, folded

_PRINTED = re.compile(
    r"(?:page|seite|blatt|pagina|pag\.?|feuille|folha|hoja|p\.) *(?:no\.? *)?(\d{1,3}) *(?:of|von|/|de|di|sur|van|del?|-) *(\d{1,3})(?![\d.,/])"
    r"|第 ?(\d{1,3}) ?页 ?[,/]? ?共 ?(\d{1,3}) ?页|(\d{1,3}) (?:of|von|sur|van) (\d{1,3})$"
)


def issues_of(paper: Paper) -> list[Issue]:
    """At most one: a file of several pages, most of which say which of how many they are, that does not run on. Pages
    missing at the end say nothing: people hand in what they were asked for."""
    if paper.page_count < 2:
        return []
    printed = [one for page in range(1, paper.page_count + 1) if (one := _printed(paper, page)) is not None]
    if len(printed) < 2:
        return []
    for (number, of, _), (following, of_following, row) in itertools.pairwise(printed):
        if row.page - 1 < 1 or following == 1:
            continue  # another paper in the same file begins
        if of != of_following or following != number + 1:
            place = Place(row.page, row.index, row.box_of(0, len(row.text), seen=True))
            values: dict[str, str | int] = {
                "page": row.page, "printed": f"{following}/{of_following}", "before": f"{number}/{of}"
            }  # fmt: skip
            return [Issue("documents.page-numbers", (place,), values, weak=True)]
    return []


def _printed(paper: Paper, page: int) -> tuple[int, int, Row] | None:
    """Number and count as printed on a page, where it says so once."""
    found = {}
    for row in paper.rows:
        if row.page != page:
            continue
        match = _PRINTED.search(folded(row.text))
        if match:
            number, of = (int(group) for group in match.groups() if group is not None)
            if 1 <= number <= of:
                found[number, of] = row
    if len(found) != 1:
        return None
    (number, of), row = next(iter(found.items()))
    return number, of, row
