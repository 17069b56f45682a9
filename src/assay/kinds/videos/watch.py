"""Watching a film: one pass over the stretches of its plan, in which every decoded frame is sketched, some are looked at by the
networks, and faces are followed through one stretch frame by frame. Frames are let go at once; what was seen stays.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

from assay.core.progress import doing
from assay.kinds.videos.decode import Film
from assay.kinds.videos.facts import Facts
from assay.kinds.videos.looks import Followed, Look, Looker
from assay.kinds.videos.media import DRAWN
from assay.kinds.videos.sampling import LOOKS, PER_SECOND, Plan, plan
from assay.kinds.videos.sketch import MAX_FRAMES, Gatherer, Sketches

SECONDS = 80.0  # by the clock, for decoding and looking together
FOUND = 0.2  # share of the frames of the planned stretches, below which the film's own length is not believed
_TOLD = 10.0  # seconds of film between two words on progress


@dataclass(frozen=True)
class Watched:
    """`seconds` long as far as is known, `covered` of them decoded; `looks` in order of time; `followed` face by face and
    frame by frame; `cut`: the clock, or the bound on frames, ended it before the plan did; `broken`: decoding failed."""

    width: int
    height: int
    seconds: float
    covered: float
    sketches: Sketches
    looks: tuple[Look, ...]
    followed: tuple[Followed, ...]
    cut: bool
    broken: bool
    whole: bool


def watch(path: Path, media: str, facts: Facts) -> Watched:
    """Raises `UnreadableInput` where the film cannot be opened. Bounded by `SECONDS` and `MAX_FRAMES`."""
    ends = time.monotonic() + SECONDS
    with Film(path, media) as film, Looker() as looker:
        seconds = _length(facts, film)
        planned = plan(seconds if media not in DRAWN else 0.0, film.rate, film.width * film.height)
        gatherer, cut = _pass(film, planned, looker, ends)
        if not planned.whole and not cut and len(gatherer) < FOUND * planned.covered * (film.rate or 25.0):
            # The film is far shorter than it says, or cannot be wound: from its beginning, then, as far as that goes.
            seconds = 0.0
            begun = Plan(True, ((0.0, 1e9),), 1 / PER_SECOND, (0.0, planned.close[1]))
            gatherer, cut = _pass(film, begun, looker, ends)
        looks, followed = looker.finish()
        sketches = gatherer.sketches()
        joined = sketches.joined
        covered = float((sketches.at[1:] - sketches.at[:-1])[joined[1:]].sum()) if len(sketches) else 0.0
        last = float(sketches.at[-1]) if len(sketches) else 0.0
        return Watched(
            film.width, film.height, max(seconds, last), covered, sketches, looks, followed, cut, film.broken, planned.whole
        )  # fmt: skip


def _length(facts: Facts, film: Film) -> float:
    """The longer of what container and decoder say; 0 where neither knows."""
    said = [value for value in (facts.seconds, film.seconds) if value and 0 < value < 1e7]
    return max(said, default=0.0)


def _pass(film: Film, planned: Plan, looker: Looker, ends: float) -> tuple[Gatherer, bool]:
    gatherer = Gatherer()
    number = len(planned.stretches)
    start, length = planned.close
    for i, (begin, lasting) in enumerate(planned.stretches):
        doing(f"videos.frames, {i + 1} of {number}")
        due, told = begin + (0.0 if planned.whole else planned.every / 2), begin + _TOLD
        for frame in film.frames(begin, lasting, ends=ends):
            if frame.at >= told:
                doing(f"videos.frames, {i + 1} of {number}, second {frame.at:.0f}")
                told = frame.at + _TOLD
            gatherer.add(frame.at, frame.kind, frame.bgr, i)
            if frame.at >= due - 1e-3:
                looker.look(frame)
                every = planned.every * 2.0 ** (looker.given // LOOKS)  # a film longer than anybody said
                due = max(due + every, frame.at + every / 2)
            if start <= frame.at < start + length:
                looker.follow(frame)
            if len(gatherer) >= MAX_FRAMES:
                return gatherer, True
        if time.monotonic() > ends:
            return gatherer, True
    return gatherer, False


__all__ = ["SECONDS", "Watched", "watch"]
