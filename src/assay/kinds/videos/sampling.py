"""Which seconds of a film are decoded. A film that is cheap enough is decoded as a whole; of a longer one stretches of some
seconds are, spread over all of it and dense within, visited so that an early stop leaves it thinly covered from end to end.
"""

from __future__ import annotations

from dataclasses import dataclass

WHOLE = 4e9  # pixels that are decoded in one go: a minute at 1080p and 30 frames a second
SPREAD = 1.5e10  # pixels that stretches may cost, the way to each included
STRETCH = 2.0  # seconds
CLOSE = 12.0  # seconds in which faces are followed frame by frame: some blinks, a dozen heartbeats
LEAST, MOST = 6, 90  # stretches
LOOKS = 120  # frames that networks look at, about
PER_SECOND = 5.0  # at most so many of them a second
_LEAD = 140  # frames decoded on the way to a place between two key frames


@dataclass(frozen=True)
class Plan:
    """`stretches` (start, length) in the order they are decoded, seconds; `every` seconds between frames that are looked at, the
    first half as far from the beginning of a stretch;
    `close` the stretch in which faces are followed frame by frame."""

    whole: bool
    stretches: tuple[tuple[float, float], ...]
    every: float
    close: tuple[float, float]

    @property
    def covered(self) -> float:
        return sum(length for _, length in self.stretches)


def plan(seconds: float, rate: float, pixels: int) -> Plan:
    """For a film of that length (0: unknown), frame rate and pixels a frame.

    >>> plan(8.0, 25.0, 640 * 480).stretches
    ((0.0, 9.0),)
    >>> long = plan(7200.0, 25.0, 1280 * 720)
    >>> len(long.stretches), long.whole
    (85, False)
    """
    rate = rate or 30.0
    middle = max(0.0, (seconds - CLOSE) / 2)
    close = (middle, CLOSE)
    if seconds * rate * pixels <= WHOLE:
        every = max(1 / PER_SECOND, seconds / LOOKS)
        return Plan(True, ((0.0, (seconds or 600.0) + 1.0),), every, close)
    number = int(SPREAD / (pixels * (_LEAD + STRETCH * rate)))
    number = max(LEAST, min(MOST, number, int(seconds / (2 * STRETCH))))
    gap = seconds / number
    starts = [gap * (i + 0.5) - STRETCH / 2 for i in range(number)]
    order = sorted(range(number), key=lambda i: _mirrored(i, number))
    stretches = [(max(0.0, starts[i]), STRETCH) for i in order]
    at = min(range(number), key=lambda i: abs(stretches[i][0] - middle))
    stretches[at] = (middle, CLOSE)
    covered = (number - 1) * STRETCH + CLOSE
    every = max(1 / PER_SECOND, covered / LOOKS, STRETCH / max(1, LOOKS // number))
    return Plan(False, tuple(stretches), every, close)


def _mirrored(i: int, number: int) -> int:
    """The bits of i the other way round (van der Corput): neighbours come far apart."""
    width = max(1, (number - 1).bit_length())
    return int(f"{i:0{width}b}"[::-1], 2)


__all__ = ["CLOSE", "LOOKS", "PER_SECOND", "Plan", "plan"]
