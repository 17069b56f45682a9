"""The text layer of a PDF page as words and lines: what is painted, each word once.

Characters become words where the file puts space between them or the pen jumps. Words painted twice in one place (bold by
offset) or over one another count once, the later, since that is what a reader sees.
"""

from __future__ import annotations

import numpy as np

from assay.formats.pdfium import Glyphs
from assay.kinds.documents.opened import Box, Line, Word
from assay.kinds.documents.reading.rows import rows_of

_LEGIBLE = 0.9  # share of characters that the font must name: digits alone are often a quarter of a statement's
_SCAN = 0.5  # share of the page under one image, from which hidden text is somebody's recognition of it


def lines_of(glyphs: Glyphs) -> tuple[tuple[Line, ...], tuple[Line, ...]] | None:
    """The lines painted as text, in pixels and upright (other than in pixels only where the page shows its text sideways
    or on its head); None where nothing is, or where fonts do not say what their glyphs mean."""
    painted = [i for i, char in enumerate(glyphs.text) if glyphs.shown[i] and not char.isspace()]
    if not painted or (glyphs.pictured >= _SCAN and len(painted) < 0.5 * sum(not c.isspace() for c in glyphs.text)):
        return None
    legible = sum(_legible(glyphs.text[i]) for i in painted)
    if legible < _LEGIBLE * len(painted):
        return None
    upright = _upright(glyphs.boxes, painted)
    if upright is glyphs.boxes:
        lines = rows_of(_seen_once(_words(glyphs, glyphs.boxes)[0]))
        return lines, lines
    words, runs = _words(glyphs, upright)
    shown = {id(word): Word(word.text, _around(glyphs.boxes[run])) for word, run in zip(words, runs, strict=True)}
    straight = rows_of(_seen_once(words))
    return tuple(Line(tuple(shown[id(word)] for word in line.words)) for line in straight), straight


def _upright(boxes: np.ndarray, painted: list[int]) -> np.ndarray:
    """The boxes as if most text ran from left to right; the same array where it does."""
    places = boxes[painted]
    steps = np.diff((places[:, :2] + places[:, 2:]) / 2, axis=0)
    near = steps[np.abs(steps).max(1) < 4 * max(1.0, float(np.median(np.ptp(places.reshape(-1, 2, 2), axis=1))))]
    if len(near) < 3:
        return boxes
    across, down = np.median(near, axis=0)
    if across > abs(down) or not (across or down):
        return boxes
    x0, y0, x1, y1 = boxes.T
    if abs(across) >= abs(down):
        return np.stack([-x1, -y1, -x0, -y0], 1)
    return np.stack([y0, -x1, y1, -x0], 1) if down > 0 else np.stack([-y1, x0, -y0, x1], 1)


def _words(glyphs: Glyphs, boxes: np.ndarray) -> tuple[list[Word], list[list[int]]]:
    """Words, and the characters each is made of."""
    words: list[Word] = []
    runs: list[list[int]] = []
    run: list[int] = []

    def close() -> None:
        if run:
            words.append(Word("".join(glyphs.text[i] for i in run), _around(boxes[run])))
            runs.append(run.copy())
            run.clear()

    for i, char in enumerate(glyphs.text):
        if char.isspace() or not glyphs.shown[i] or ord(char) < 32:
            close()
            continue
        if run and (_jumps(boxes[run[-1]], boxes[i]) or _amount_ends(glyphs.text, run, i)):
            close()
        run.append(i)
    close()
    return words, runs


def _around(boxes: np.ndarray) -> Box:
    return float(boxes[:, 0].min()), float(boxes[:, 1].min()), float(boxes[:, 2].max()), float(boxes[:, 3].max())


def _jumps(last: np.ndarray, box: np.ndarray) -> bool:
    """Is this character elsewhere than right behind the last one?"""
    height = max(1.0, min(last[3] - last[1], box[3] - box[1]))
    apart = box[0] - last[2]
    level = abs((box[1] + box[3]) - (last[1] + last[3])) / 2
    return bool(apart > 0.35 * height or apart < -0.6 * height or level > 0.6 * height)


def _amount_ends(text: list[str], run: list[int], i: int) -> bool:
    """Does a word begin here right behind an amount? Columns set flush against one another leave no space."""
    if not text[i].isalpha() or len(run) < 4 or not (i + 1 < len(text) and text[i + 1].isalpha()):
        return False
    mark, first, second = (text[k] for k in run[-3:])
    return mark in ".," and first.isdigit() and second.isdigit() and text[run[-4]].isdigit()


def _seen_once(words: list[Word]) -> list[Word]:
    """Without what a later word covers by more than half."""
    order = sorted(range(len(words)), key=lambda i: words[i].box[0])
    covered: set[int] = set()
    active: list[int] = []
    for i in order:
        x0, y0, x1, y1 = words[i].box
        active = [j for j in active if words[j].box[2] > x0]
        for j in active:
            a0, b0, a1, b1 = words[j].box
            shared = max(0.0, min(x1, a1) - max(x0, a0)) * max(0.0, min(y1, b1) - max(y0, b0))
            smaller = min((x1 - x0) * (y1 - y0), (a1 - a0) * (b1 - b0))
            if shared > 0.5 * smaller:
                covered.add(min(i, j))
        active.append(i)
        if len(active) > 400:  # no page has so many words beside one another: a hostile one is left as it is
            break
    return [word for i, word in enumerate(words) if i not in covered]


def _legible(char: str) -> bool:
    code = ord(char)
    return char != "\ufffd" and code >= 32 and not 0xE000 <= code < 0xF900 and code < 0xF0000
