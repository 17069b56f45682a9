"""What a logger makes of a bus: its clock's steps, frames that it lost, pauses, a host that reads in handfuls, a clock set anew."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from assay.kinds.vehicles.frames import id_text


@dataclass(frozen=True)
class Logger:
    """`tick` microseconds that times are rounded down to; `poll` microseconds between two looks of the host, which stamps what
    came since (0: the interface stamps); `lost` share of frames, `holes` and `pauses` an hour (of up to .05 and 60 seconds);
    `steps` of the clock an hour."""

    tick: int = 1
    poll: int = 0
    lost: float = 0.0
    holes: float = 0.0
    pauses: float = 0.0
    steps: float = 0.0

    def record(self, frames: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """FRAME[n] as it stands in the log."""
        told = frames[rng.random(len(frames)) >= self.lost] if self.lost else frames.copy()
        if not len(told):
            return told
        first, last = int(told["time"][0]), int(told["time"][-1])
        hours = (last - first) / 3.6e9
        for many, longest in ((self.holes, 5e4), (self.pauses, 6e7)):
            for _ in range(rng.poisson(many * hours)):
                at = rng.integers(first, last)
                told = told[(told["time"] < at) | (told["time"] > at + rng.uniform(0.02, 1) * longest)]
        if self.poll:
            told["time"] = -(-told["time"] // self.poll) * self.poll + rng.integers(0, 40, len(told))
            told["time"] = np.maximum.accumulate(told["time"])
        for _ in range(rng.poisson(self.steps * hours)):
            at = rng.integers(first, last)
            told["time"][told["time"] > at] += rng.integers(-20_000_000, 20_000_000)
        told["time"] -= told["time"] % self.tick
        return told


LOGGERS = {
    "interface's own clock": Logger(), "tenths of milliseconds": Logger(tick=100), "milliseconds": Logger(tick=1000),
    "a host that looks every millisecond": Logger(poll=1000), "a host that looks every four": Logger(poll=4000),
    "frames lost": Logger(lost=0.003, holes=20), "pauses and a clock set anew": Logger(tick=10, pauses=4, steps=3),
}  # fmt: skip


def candump(frames: np.ndarray) -> str:
    """As `candump -L` writes it."""
    columns = (frames[name].tolist() for name in ("time", "id", "data", "length"))
    return "".join(
        f"({t // 1_000_000}.{t % 1_000_000:06d}) can0 {id_text(i)}#{d.to_bytes(8, 'little')[:n].hex()}\n"
        for t, i, d, n in zip(*columns, strict=True)
    )


__all__ = ["LOGGERS", "Logger", "candump"]
