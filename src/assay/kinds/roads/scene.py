"""The scene around a doubtful message: the tracks of its sender and of those near it over the last seconds, in whole decimetres
from where the message says it was. Where on Earth that is stands nowhere.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from assay.kinds.roads.motion.layout import H, T, V, X, Y

TAIL = 4096  # messages
SPAN = 10.0  # seconds
REACH = 120.0  # metres
MOST_OTHERS, MOST_POINTS = 12, 24


class Scenes:
    """Arrays of the messages before a batch and of the batch; a scene is made where somebody asks for it."""

    def __init__(
        self, before: int, keys: np.ndarray, companion: np.ndarray, rows: np.ndarray, names: list[str]
    ) -> None:
        self._before, self._keys, self._companion, self._rows, self._names = before, keys, companion, rows, names

    def at(self, i: int) -> tuple[dict[str, Any], tuple[str, ...]]:
        """The scene around row i, and the names of whoever moves as its sender does. Tracks are lists of (seconds before, x, y,
        heading in degrees, speed) with x and y in decimetres, oldest first."""
        end = self._before + i + 1
        start = max(0, end - TAIL)
        keys, rows = self._keys[start:end], self._rows[start:end]
        me = rows[-1]
        if not np.isfinite(me[[T, X, Y]]).all():
            return {}, ()
        with np.errstate(invalid="ignore"):
            near = (np.abs(rows[:, T] - me[T]) <= SPAN) & (np.hypot(rows[:, X] - me[X], rows[:, Y] - me[Y]) <= REACH)
        mine = (keys == keys[-1]) & (np.abs(rows[:, T] - me[T]) <= SPAN)
        scene: dict[str, Any] = {"me": _track(rows[mine], me), "others": [], "like": None}
        others = [key for key in dict.fromkeys(keys[near & ~mine][::-1].tolist()) if key][:MOST_OTHERS]
        for key in others:
            scene["others"].append(_track(rows[near & (keys == key)], me))
        like = int(self._companion[i])
        linked: tuple[str, ...] = ()
        if like in others:
            scene["like"] = others.index(like)
            name = self._names[start + int(np.flatnonzero(keys == like)[-1])]
            linked = (name,) if name else ()
        return scene, linked


def _track(rows: np.ndarray, origin: np.ndarray) -> list[list[float]]:
    told = []
    if len(rows) > MOST_POINTS:  # spread over the seconds, the newest among them
        rows = rows[np.unique(np.linspace(0, len(rows) - 1, MOST_POINTS).round().astype(int))]
    for row in rows:
        if not (np.isfinite(row[X]) and np.isfinite(row[Y])):
            continue
        heading = round(float(np.degrees(row[H]))) % 360 if np.isfinite(row[H]) else 0
        speed = round(float(row[V]), 1) if np.isfinite(row[V]) else 0.0
        at = (float(row[X] - origin[X]), float(row[Y] - origin[Y]))
        told.append(
            [round(float(origin[T] - row[T]), 1), *(round(10 * min(max(v, -9e6), 9e6)) for v in at), heading, speed]
        )
    return told


__all__ = ["TAIL", "Scenes"]
