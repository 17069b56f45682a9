"""Amounts in columns, found by where they stand: what overlaps sideways over the rows of a table is one column."""

from __future__ import annotations

from collections.abc import Sequence

from assay.kinds.documents.reading.amounts import Number

_OVERLAP = 0.35  # of the narrower


def columns_of(numbers: Sequence[Number]) -> list[list[Number]]:
    """Columns left to right, each top to bottom. Numbers join the column that most of their width lies over; columns are
    seeded by their right edges, since amounts are mostly set flush right."""
    if not numbers:
        return []
    height = sorted(n.place[3] - n.place[1] for n in numbers)[len(numbers) // 2]
    waiting = sorted(numbers, key=lambda n: n.place[2])
    seeds: list[list[Number]] = []
    for number in waiting:
        if seeds and number.place[2] - seeds[-1][-1].place[2] <= 0.5 * height:
            seeds[-1].append(number)
        else:
            seeds.append([number])
    seeds.sort(key=len, reverse=True)
    columns: list[list[Number]] = []
    for seed in seeds:
        left, right = min(n.place[0] for n in seed), max(n.place[2] for n in seed)
        best: tuple[float, list[Number]] | None = None
        for column in columns:
            a, b = _extent(column)
            shared = (min(right, b) - max(left, a)) / max(1e-6, min(right - left, b - a))
            if shared >= _OVERLAP and (best is None or shared > best[0]):
                best = (shared, column)
        if best is not None:
            best[1].extend(seed)
        else:
            columns.append(list(seed))
    columns.sort(key=lambda c: _extent(c)[1])
    return [sorted(c, key=lambda n: (n.row.page, n.row.index, n.start)) for c in columns]


def _extent(column: Sequence[Number]) -> tuple[float, float]:
    """The usual left and right edge: medians, so that one long number does not bridge two columns."""
    lefts, rights = sorted(n.place[0] for n in column), sorted(n.place[2] for n in column)
    return lefts[len(lefts) // 2], rights[len(rights) // 2]
