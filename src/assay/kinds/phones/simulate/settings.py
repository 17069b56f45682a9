"""How made-up lives are drawn. `BUILD` is what detectors were built and tried with; `HELD` is kept for the bench: other ranges,
another law (heavy-tailed where the first is even) and other seeds, so that no figure is of a setting that was tuned to."""

from __future__ import annotations

import math
import random
from dataclasses import dataclass

Range = tuple[float, float]


@dataclass(frozen=True)
class Settings:
    """Ranges of what one phone is drawn from; `per_day`, `per_30` are rates. `tail`: 0 draws evenly between the ends, more
    draws log-normally around their middle, that many times as wide."""

    name: str
    tail: float
    days: Range = (40, 240)
    messages_per_day: Range = (2, 25)
    attachments_per_day: Range = (0.2, 3)
    deleted: Range = (0.0, 0.25)  # share of attachments that a person deletes in some clearing of a conversation
    regretted: Range = (0.0, 0.01)  # share deleted within minutes of their coming
    leaf_stays: Range = (0.2, 0.8)  # share of deleted attachments whose folder stays
    daemons: Range = (35, 70)
    late_daemons_per_30: Range = (0.5, 5)
    brief: Range = (0.0, 0.3)  # share of late daemons that use the network once only
    strange: Range = (0.0, 0.3)  # share of late daemons that no list knows
    settings: Range = (60, 180)
    sessions_per_30: Range = (1, 10)  # times when a person changes settings
    bundles: Range = (6, 18)
    stop_days: Range = (1, 8)  # mean age of a bundle's last stop
    apps: Range = (10, 60)
    installs_per_30: Range = (0.5, 6)
    reboot_days: Range = (5, 45)
    crashes_per_week: Range = (0.1, 4)
    visits_per_day: Range = (1, 15)

    def draw(self, rng: random.Random, name: str) -> float:
        low, high = (float(end) for end in getattr(self, name))
        if not self.tail:
            return rng.uniform(low, high)
        middle, width = (low + high) / 2, math.log((high + 1e-9) / (low + (high - low) * 0.15 + 1e-9)) / 2
        value = middle * math.exp(rng.gauss(0, width * self.tail))
        return min(value, high * 2.5) if high > 1 else min(value, 0.95, high * 2.5)

    def number(self, rng: random.Random, name: str, times: float = 1.0) -> int:
        """A Poisson number whose mean is the drawn rate times `times`."""
        return poisson(rng, self.draw(rng, name) * times)


def poisson(rng: random.Random, mean: float) -> int:
    """Knuth's way for small means, the normal law's for large ones."""
    if mean > 40:
        return max(0, round(rng.gauss(mean, math.sqrt(mean))))
    limit, product, count = math.exp(-mean), rng.random(), 0
    while product > limit:
        count, product = count + 1, product * rng.random()
    return count


BUILD = Settings("build", 0.0)
HELD = Settings(
    "held", 0.8, days=(25, 320), messages_per_day=(1, 45), attachments_per_day=(0.1, 5), deleted=(0.0, 0.35),
    regretted=(0.0, 0.02), leaf_stays=(0.1, 0.95), daemons=(25, 85), late_daemons_per_30=(0.3, 8), brief=(0.0, 0.5),
    strange=(0.0, 0.5), settings=(40, 260), sessions_per_30=(1, 16), bundles=(4, 20), stop_days=(0.5, 15), apps=(5, 90),
    installs_per_30=(0.3, 9), reboot_days=(3, 70), crashes_per_week=(0.05, 8), visits_per_day=(0.5, 25),
)  # fmt: skip

WEIGH = Settings(
    "weigh", 0.4, days=(30, 400), messages_per_day=(0.5, 60), attachments_per_day=(0.05, 6), deleted=(0.0, 0.45), regretted=(0.0, 0.03),
    leaf_stays=(0.0, 1.0), daemons=(30, 90), late_daemons_per_30=(0.2, 10), brief=(0.1, 0.6), strange=(0.05, 0.6), settings=(50, 300),
    sessions_per_30=(0.5, 20), bundles=(5, 20), stop_days=(0.3, 20), apps=(3, 120), installs_per_30=(0.2, 12), reboot_days=(2, 90),
    crashes_per_week=(0.02, 10), visits_per_day=(0.2, 40),
)  # fmt: skip
"""For weighing how much a finding says, and for nothing else: no detector was tried on it and no figure of recall is of it."""

__all__ = ["BUILD", "HELD", "WEIGH", "Settings", "poisson"]
