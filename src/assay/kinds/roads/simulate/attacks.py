"""Fifteen ways to lie on the air (names and ranges after VeReMi NextGen, CC BY 4.0), each a change to what a vehicle would have
said, and replays of others by somebody who has no vehicle at all.

A lie is drawn once per liar. `None` where a message is not sent as it is; several where more than one goes out.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

KINDS = (
    "constant-position-offset", "random-position", "position-mirroring", "constant-speed-offset", "random-speed", "zero-speed",
    "sudden-stop", "sudden-constant-speed", "reversed-heading", "feigned-braking", "acceleration-multiplied", "time-delay",
    "data-replay", "denial-of-service", "congestion-sybil", "late-sending", "echo",
)  # fmt: skip


@dataclass(frozen=True)
class Said:
    """One message: s (of reception and of generation), metres, rad, m/s, m/s²; `vehicle` who really sent it (for the truth only),
    `name` the pseudonym it carries."""

    received: float
    made: float
    vehicle: int
    name: str
    x: float
    y: float
    heading: float
    speed: float
    pull: float
    label: str = "genuine"


@dataclass
class Liar:
    """What one attack was drawn as, and what it remembers."""

    kind: str
    rng: np.random.Generator
    names: list[str] = field(default_factory=list)
    past: list[Said] = field(default_factory=list)

    def __post_init__(self) -> None:
        rng = self.rng
        self.offset = rng.uniform(20, 70, 2) * rng.choice([-1, 1], 2)
        self.faster = float(rng.uniform(1.5, 7) * rng.choice([-1, 1]))
        self.times = float(rng.choice([rng.uniform(1.8, 4), rng.uniform(0.1, 0.5)]))
        self.late = float(rng.uniform(2.0, 4.0))
        self.many = int(rng.integers(4, 7))
        self.stopped: Said | None = None
        self.queue: list[Said] = []
        self.spacing = float(rng.uniform(7, 14))

    def lies(self, honest: Said, donor: list[Said]) -> list[Said]:
        """What goes out instead. `donor`: earlier messages of another vehicle, oldest first."""
        rng, kind = self.rng, self.kind
        self.past = [*self.past[-200:], honest]
        said = replace(honest, label=kind)
        if kind == "constant-position-offset":
            return [replace(said, x=said.x + self.offset[0], y=said.y + self.offset[1])]
        if kind == "random-position":
            dx, dy = rng.uniform(-70, 70, 2)
            return [replace(said, x=said.x + dx, y=said.y + dy)]
        if kind == "position-mirroring":
            right = 2 * float(rng.uniform(3, 5))
            return [replace(said, x=said.x - right * np.cos(said.heading), y=said.y + right * np.sin(said.heading),
                            heading=(said.heading + np.pi) % (2 * np.pi))]  # fmt: skip
        if kind == "constant-speed-offset":
            return [replace(said, speed=max(0.0, said.speed + self.faster))]
        if kind == "random-speed":
            return [replace(said, speed=max(0.0, said.speed + float(rng.uniform(-7, 7))))]
        if kind == "zero-speed":
            return [replace(said, speed=0.0, pull=0.0)]
        if kind == "sudden-stop":
            self.stopped = self.stopped or said
            still = self.stopped
            return [replace(said, x=still.x + float(rng.normal(0, 0.2)), y=still.y + float(rng.normal(0, 0.2)),
                            heading=still.heading, speed=0.0, pull=0.0)]  # fmt: skip
        if kind == "sudden-constant-speed":
            self.stopped = self.stopped or replace(said, speed=max(3.0, said.speed + self.faster))
            return [replace(said, speed=self.stopped.speed, pull=0.0)]
        if kind == "reversed-heading":
            return [replace(said, heading=(said.heading + np.pi) % (2 * np.pi))]
        if kind == "feigned-braking":
            return [replace(said, pull=float(rng.uniform(-8, -4)))]
        if kind == "acceleration-multiplied":
            return [replace(said, pull=said.pull * self.times)]
        if kind == "time-delay":  # an old state under a new time
            old = next((p for p in reversed(self.past) if p.made <= said.made - self.late), None)
            return (
                []
                if old is None
                else [replace(said, x=old.x, y=old.y, heading=old.heading, speed=old.speed, pull=old.pull)]
            )
        if kind == "late-sending":  # the state and its time are true; it is sent late
            return [replace(said, received=said.received + self.late)]
        if kind in ("data-replay", "echo"):
            return self._again(said, donor)
        if kind == "denial-of-service":
            gap = float(rng.uniform(0.05, 0.2))
            return [replace(said, received=said.received + k * gap, made=said.made + k * gap,
                            x=said.x + k * gap * said.speed * float(np.sin(said.heading)),
                            y=said.y + k * gap * said.speed * float(np.cos(said.heading))) for k in range(self.many)]  # fmt: skip
        return self._platoon(said)

    def _again(self, said: Said, donor: list[Said]) -> list[Said]:
        """Another's messages one after the other: under one's own name and a new time, or as they were, long after."""
        if self.stopped is None:
            if not donor:
                return []
            self.queue, self.stopped = list(donor), said
        if not self.queue or self.queue[0].made > said.made - 5.0:
            return []
        old = self.queue.pop(0)
        if self.kind == "echo":
            return [replace(old, received=said.received, vehicle=said.vehicle, label=said.label)]
        return [replace(said, x=old.x, y=old.y, heading=old.heading, speed=old.speed, pull=old.pull)]

    def _platoon(self, said: Said) -> list[Said]:
        """Itself, and ghosts behind it that move as it does but for a little noise."""
        out = [said]
        for k, name in enumerate(self.names[: self.many], 1):
            back, aside = k * self.spacing + float(self.rng.normal(0, 0.4)), float(self.rng.normal(0, 0.3))
            s, c = float(np.sin(said.heading)), float(np.cos(said.heading))
            out.append(replace(
                said, name=name, received=said.received + 0.02 * k, made=said.made + 0.02 * k,
                x=said.x - back * s + aside * c, y=said.y - back * c - aside * s,
                speed=max(0.0, said.speed + float(self.rng.normal(0, 0.2))),
                heading=(said.heading + float(self.rng.normal(0, 0.008))) % (2 * np.pi),
                pull=said.pull + float(self.rng.normal(0, 0.08)),
            ))  # fmt: skip
        return out


__all__ = ["KINDS", "Liar", "Said"]
