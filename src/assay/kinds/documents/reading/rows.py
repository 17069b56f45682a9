"""Words to lines by geometry: what stands on one height is one line, whatever order the file or the recogniser gave."""

from __future__ import annotations

from collections.abc import Iterable

from assay.kinds.documents.opened import Line, Word

_ON_A_LEVEL = 0.5  # overlap of heights, as a share of the smaller


def rows_of(words: Iterable[Word]) -> tuple[Line, ...]:
    """Lines from top to bottom, each left to right. A word joins the line whose nearest word to its left shares at least
    half of its height, so that lines may slope a little."""
    waiting = sorted(words, key=lambda w: (w.box[1] + w.box[3]) / 2)
    lines: list[list[Word]] = []
    open_lines: list[list[Word]] = []
    for word in waiting:
        best: tuple[float, list[Word]] | None = None
        for line in reversed(open_lines):
            shared = max(_shared(word, other) for other in _nearest(line, word))
            if shared >= _ON_A_LEVEL and (best is None or shared > best[0]):
                best = (shared, line)
        if best is not None:
            best[1].append(word)
            continue
        new = [word]
        lines.append(new)
        open_lines = [line for line in open_lines if max(w.box[3] for w in line) > word.box[1] - 2]
        open_lines.append(new)
    return tuple(Line(tuple(sorted(line, key=lambda w: w.box[0]))) for line in lines)


def _nearest(line: list[Word], word: Word) -> list[Word]:
    """The words of a line just left and just right of a place; at most two."""
    left = [w for w in line if w.box[0] <= word.box[0]]
    right = [w for w in line if w.box[0] > word.box[0]]
    found = []
    if left:
        found.append(max(left, key=lambda w: w.box[2]))
    if right:
        found.append(min(right, key=lambda w: w.box[0]))
    return found


def _shared(a: Word, b: Word) -> float:
    """How much of the smaller height the two have in common."""
    overlap = min(a.box[3], b.box[3]) - max(a.box[1], b.box[1])
    return overlap / max(1e-6, min(a.box[3] - a.box[1], b.box[3] - b.box[1]))
