"""Made-up journeys for tests, each made once: honest ones of one car, and the model that comes with the room."""

from __future__ import annotations

from functools import cache

import numpy as np

from assay.kinds.vehicles.simulate.sensors import Recorder, drive
from assay.kinds.vehicles.trips.detector import SHIPPED
from assay.kinds.vehicles.trips.model import open_models
from assay.kinds.vehicles.trips.track import Track
from assay.kinds.vehicles.trips.usual import Usual


@cache
def usual() -> Usual:
    return open_models(None, SHIPPED)[0]


@cache
def honest(seed: int = 1, seconds: float = 600.0) -> Track:
    """A journey of ten minutes; the recorder is that of car 1 for every seed."""
    return drive(np.random.default_rng(seed), seconds, Recorder.draw(np.random.default_rng(1)))


def without(track: Track, *streams: str) -> Track:
    """The journey without some of its streams."""
    return Track(*({} if name in streams else getattr(track, name) for name in ("gnss", "imu", "said")))
