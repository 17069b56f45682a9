"""Finds the machine readable zone on a picture, whichever way it lies, and reads it: strands in twos and threes, each read by
the line recogniser, the layout that explains them best, and its check digits weighed against what was seen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from assay.kinds.documents.identity.lines import Strip, recognise, strip_of
from assay.kinds.documents.identity.spelling import Decided, alien, decide, evenly, spell
from assay.kinds.documents.identity.strands import Strand, strands
from assay.kinds.documents.identity.zone import ALPHABET, FRANCE, LAYOUTS, Layout

_MOST_STRANDS, _MOST_GROUPS = 24, 10
_SURE = 0.9
_PLAUSIBLE = 0.72  # mean probability of the characters of a real zone; text of other kinds stays below


@dataclass(frozen=True)
class Found:
    """A zone on a picture. `strips` are its lines as cut, `frames` where each character stands in them, `seen` the
    probabilities float[width, 37] they were decided by, `sureness` how like a zone it is, at most 1."""

    decided: Decided
    seen: tuple[np.ndarray, ...]
    strips: tuple[Strip, ...]
    frames: tuple[np.ndarray, ...]
    sureness: float

    @property
    def angle(self) -> float:
        """Degrees clockwise from rightwards in which its lines run."""
        x, y = self.strips[0].strand.along
        return float(np.degrees(np.arctan2(y, x)))

    def box(self, line: int, start: int = 0, stop: int | None = None) -> tuple[float, float, float, float]:
        """x0, y0, x1, y1 around characters of a line, in pixels of the picture."""
        strip, frames = self.strips[line], self.frames[line]
        stop = len(frames) if stop is None else stop
        pitch = (frames[-1] - frames[0]) / max(1, len(frames) - 1)
        s = [strip.place(frames[start] - pitch / 2), strip.place(frames[stop - 1] + pitch / 2)]
        half = strip.strand.height / 2
        corners = strip.strand.at(np.array([*s, *s]), np.array([-half, -half, half, half]))
        (x0, y0), (x1, y1) = corners.min(0), corners.max(0)
        return float(x0), float(y0), float(x1), float(y1)


def find_zone(pixels: np.ndarray) -> Found | None:
    """The zone of a picture uint8[h, w, 3] RGB; None where none is found. At most one is read: the likeliest."""
    import cv2

    grey = np.asarray(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY), np.uint8)
    best: Found | None = None
    for upwards in (False, True):
        for group in groups(strands(pixels, upwards=upwards)[:_MOST_STRANDS])[:_MOST_GROUPS]:
            for way in (group, [s.turned() for s in reversed(group)]):
                found = _read(grey, way)
                if found is not None and (best is None or found.sureness > best.sureness):
                    best = found
            if best is not None and best.sureness > _SURE:
                return best
    return best if best is not None and best.sureness >= _PLAUSIBLE else None


def groups(long: Sequence[Strand]) -> list[list[Strand]]:
    """Neighbouring parallel strands of like height and length, in twos and threes, top first; longest lines first. A line
    much shorter than its neighbour is drawn out to its length."""
    found = []
    for one in long:
        if one.length < 9 * one.height:
            continue
        near: list[tuple[float, Strand]] = [(0.0, one)]
        for other in long:
            if other is one or not 0.55 < other.height / one.height < 1.8 or other.length < 0.3 * one.length:
                continue
            if other.length > one.length * 1.03:
                continue
            turned = other if np.dot(other.along, one.along) > 0 else other.turned()
            if np.dot(turned.along, one.along) < 0.985:
                continue
            middle = turned.at(turned.length / 2) - one.start
            s, off = float(middle @ one.along), float(middle @ one.across)
            off -= float(np.polyval(np.array(one.bend), s))
            if abs(off) > 5 * one.height or abs(off) < 0.6 * one.height:
                continue
            if not -0.1 * one.length < s - turned.length / 2 or not s + turned.length / 2 < 1.1 * one.length:
                continue
            near.append((off, _drawn_out(turned, one)))
        near.sort(key=lambda pair: pair[0])
        at = next(i for i, (_, s) in enumerate(near) if s is one)
        for first, last in ((at - 2, at), (at - 1, at + 1), (at, at + 2), (at - 1, at), (at, at + 1)):
            if first >= 0 and last < len(near) and _evenly_spaced([off for off, _ in near[first : last + 1]]):
                found.append([s for _, s in near[first : last + 1]])
    return found


def _evenly_spaced(offsets: Sequence[float]) -> bool:
    gaps = [b - a for a, b in pairwise(offsets)]
    return max(gaps) < 1.45 * min(gaps)


def _drawn_out(short: Strand, long: Strand) -> Strand:
    """`short` from where `long` begins to where it ends, along its own line."""
    relative = np.array(long.start) - np.array(short.start)
    begin = float(relative @ short.along)
    end = float((long.at(long.length) - np.array(short.start)) @ short.along)
    begin, end = min(begin, 0.0), max(end, short.length)
    return _drawn(short, begin, end)


def _drawn(strand: Strand, begin: float, end: float) -> Strand:
    """The strand from `begin` to `end` along it."""
    a, b, c = strand.bend
    if end - begin > 1.3 * strand.length:  # a parabola is not to be trusted so far beyond its points
        middle = strand.length / 2
        a, b, c = 0.0, 2 * a * middle + b, c - a * middle**2
    at = np.array(strand.start) + np.array(strand.along) * begin
    return replace(
        strand, start=(float(at[0]), float(at[1])), length=end - begin,
        bend=(a, 2 * a * begin + b, a * begin**2 + b * begin + c),
    )  # fmt: skip


@dataclass(frozen=True)
class _Spelt:
    score: float
    seen: np.ndarray
    frames: np.ndarray


def _read(grey: np.ndarray, group: Sequence[Strand]) -> Found | None:
    """The group as a zone of whatever layout fits best; where it seems cut short, drawn out to where its letters end."""
    strips, logs = _recognised(grey, group)
    texts = [_greedy(log) for log in logs]
    if sum(text.count("<") for text in texts) < 3 or max(map(len, texts)) < 12:
        return None
    found = _fitted(strips, logs)
    if found is None or found.sureness < _SURE:
        longer = [_to_the_end(grey, strip, log) for strip, log in zip(strips, logs, strict=True)]
        if any(b.length > 1.06 * a.length for a, b in zip(group, longer, strict=True)):
            longest = max(longer, key=lambda strand: strand.length)
            again = _fitted(*_recognised(grey, [s if s is longest else _drawn_out(s, longest) for s in longer]))
            if again is not None and (found is None or again.sureness > found.sureness):
                return again
    return found


def _recognised(grey: np.ndarray, group: Sequence[Strand]) -> tuple[list[Strip], list[np.ndarray]]:
    strips = [strip_of(grey, strand) for strand in group]
    return strips, [recognise(strip.grey) for strip in strips]


def _to_the_end(grey: np.ndarray, strip: Strip, log: np.ndarray) -> Strand:
    """The strand as far as letters follow each other at the pitch they have in it."""
    strand = strip.strand
    inside = _letters(log)
    if len(inside) < 8:
        return strand
    pitch = float(np.median(np.diff([strip.place(t) for t in inside])))
    wide = _drawn(strand, -0.9 * strand.length, 1.9 * strand.length)
    whole = strip_of(grey, wide)
    places = np.array([whole.place(t) for t in _letters(recognise(whole.grey))]) - 0.9 * strand.length
    begin, end = strip.place(inside[0]), strip.place(inside[-1])
    for place in places[places > end]:
        if place - end > 1.7 * pitch:
            break
        end = float(place)
    for place in places[places < begin][::-1]:
        if begin - place > 1.7 * pitch:
            break
        begin = float(place)
    return _drawn(strand, min(0.0, begin - pitch / 2), max(strand.length, end + pitch / 2))


def _letters(log: np.ndarray) -> np.ndarray:
    """Frames at which greedy decoding has a new character."""
    best = log.argmax(1)
    return np.flatnonzero((best > 0) & (best != np.concatenate([[0], best[:-1]])))


def _fitted(strips: Sequence[Strip], logs: Sequence[np.ndarray]) -> Found | None:
    """Strips as the layout that fits them best."""
    usual = float(np.median([len(_letters(log)) for log in logs]))
    best: Found | None = None
    for width in {x.width for x in LAYOUTS if x.rows == len(strips)}:
        if not width - 9 <= usual <= width + 9:
            continue
        spelt = [_spelt(log, width) for log in logs]
        if any(not np.isfinite(one.score) for one in spelt):
            continue
        seen = [one.seen for one in spelt]
        for layout in _layouts(len(strips), width, seen):
            sureness = _sureness(layout, seen, [one.score for one in spelt], width)
            if best is None or sureness > best.sureness:
                frames = tuple(one.frames for one in spelt)
                best = Found(decide(layout, seen), tuple(seen), tuple(strips), frames, sureness)
    return best


def _greedy(log: np.ndarray) -> str:
    return "".join(ALPHABET[log[t].argmax() - 1] for t in _letters(log))


def _spelt(log: np.ndarray, width: int) -> _Spelt:
    """Spelt twice: where the characters come at an even pitch, then with that known."""
    first = _Spelt(*spell(log, width))
    if not np.isfinite(first.score):
        return first
    expected = evenly(first.frames)
    pitch = (expected[-1] - expected[0]) / (width - 1)
    if np.abs(first.frames - expected).max() < 0.3 * pitch:
        return first
    return _Spelt(*spell(log, width, expected))


def _layouts(rows: int, width: int, seen: Sequence[np.ndarray]) -> list[Layout]:
    """Those of this size; the ones told by their beginning only where the line begins so. The French card of 1988 begins as
    a TD2 of today may, so both are tried."""
    begins = "".join(ALPHABET[i] for i in seen[0][:5].argmax(1))
    fitting = [x for x in LAYOUTS if x.rows == rows and x.width == width]
    special = [x for x in fitting if x.begins and begins.startswith(x.begins)]
    return [x for x in special if x is not FRANCE] or [x for x in fitting if not x.begins or x in special]


def _sureness(layout: Layout, seen: Sequence[np.ndarray], scores: Sequence[float], width: int) -> float:
    """How well the lines fit the layout: mean probability of the characters, less what stands where it may not, less what
    had to be left out or put in to get the length."""
    mean = float(np.mean([row.max(1).mean() for row in seen]))
    strange = float(
        np.mean([alien(row[p], layout.field_at(i, p).kind) for i, row in enumerate(seen) for p in range(width)])
    )
    forced = min(0.0, float(np.mean(scores)) / width + 0.35)
    return mean - 3 * strange + 0.4 * forced
