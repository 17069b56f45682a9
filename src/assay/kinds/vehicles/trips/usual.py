"""`Usual`: how far two instruments differ in honest trips, learnt from honest trips alone, and how surprising others are.

Each number has a middle and a ninth tenth in honest trips, for minutes and for stretches of five. A surprise is how many
spreads above the ninth tenth a number lies, the spread never taken for less than what cars and recorders differ by. No forged
trip is needed to learn, so no way of forging is unknown to it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from assay.kinds.vehicles.trips.agreement import NAMES

JUDGED = tuple(name for name in NAMES if name not in ("later", "said"))
LEAST = {  # the spread of each number is never taken for less
    "turn": 0.5, "push": 0.3, "side": 0.4, "turn_share": 0.1, "push_share": 0.1, "lag": 0.3, "scale": 0.8, "still": 0.1,
    "frozen": 0.1, "brisk": 0.3, "step": 0.3, "bend": 0.3, "smooth": 0.3, "clock": 0.05,
}  # fmt: skip
MOST = 8.0  # a surprise beyond counts as this
LEVELS = ("minute", "stretch")


def oriented(values: np.ndarray) -> np.ndarray:
    """float64[n, len(JUDGED)] of rows of `NAMES`, each number the worse the greater."""
    rows = np.asarray(values, np.float64).reshape(-1, len(NAMES)).copy()
    rows[:, NAMES.index("scale")] = np.abs(rows[:, NAMES.index("scale")])
    rows[:, NAMES.index("brisk")] *= -1
    return rows[:, [NAMES.index(name) for name in JUDGED]]


@dataclass(frozen=True)
class Usual:
    """`middle` and `high` float64[levels, len(JUDGED)]: medians and ninth tenths of honest rows; `rows` how many were learnt
    from."""

    middle: np.ndarray
    high: np.ndarray
    rows: tuple[int, ...]

    @classmethod
    def learn(cls, levels: Sequence[np.ndarray]) -> Usual:
        """From honest rows of `NAMES`, one array a level. A number never seen is taken for as small as can be."""
        middle, high = np.zeros((len(levels), len(JUDGED))), np.zeros((len(levels), len(JUDGED)))
        for at, values in enumerate(levels):
            rows = oriented(values)
            for j in range(len(JUDGED)):
                known = rows[np.isfinite(rows[:, j]), j]
                if len(known) >= 5:
                    middle[at, j], high[at, j] = np.quantile(known, [0.5, 0.9])
        return cls(middle, high, tuple(len(values) for values in levels))

    def surprises(self, values: np.ndarray, level: str) -> np.ndarray:
        """float64[n, len(JUDGED)] in -0.5..`MOST`; NaN where there was nothing to compare."""
        at = LEVELS.index(level)
        spread = np.maximum(self.high[at] - self.middle[at], [LEAST[name] for name in JUDGED])
        return np.asarray(np.clip((oriented(values) - self.high[at]) / spread, -0.5, MOST))

    def scores(self, values: np.ndarray, level: str) -> np.ndarray:
        """float64[n]: the sum of a row's surprises."""
        return np.asarray(np.nansum(self.surprises(values, level), axis=1))

    def plain(self) -> dict[str, Any]:
        return {
            "names": list(JUDGED), "rows": list(self.rows),
            "middle": np.round(self.middle, 5).tolist(), "high": np.round(self.high, 5).tolist(),
        }  # fmt: skip

    @classmethod
    def of(cls, plain: Any) -> Usual:
        """Raises `ValueError` where that was made for other numbers than these."""
        try:
            if list(plain["names"]) != list(JUDGED):
                raise ValueError("the model knows other numbers")
            middle, high = np.array(plain["middle"], np.float64), np.array(plain["high"], np.float64)
        except (KeyError, TypeError) as error:
            raise ValueError(f"the model is not whole: {error}") from None
        if (
            middle.shape != (len(LEVELS), len(JUDGED))
            or high.shape != middle.shape
            or not np.isfinite(middle + high).all()
        ):
            raise ValueError("the model's numbers are not whole")
        return cls(middle, high, tuple(int(n) for n in plain.get("rows", ())))


__all__ = ["JUDGED", "LEVELS", "MOST", "Usual", "oriented"]
