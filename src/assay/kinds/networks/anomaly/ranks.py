"""`Ranks`: values of held-out rows in order. What share of them is at least as large? With the row itself counted, that is a
conformal p-value (Vovk, Gammerman, Shafer 2005): even on rows like those held out, whatever the values mean."""

from __future__ import annotations

import numpy as np


class Ranks:
    """`values` float64[n] or float64[n, …], each place ranked by itself."""

    def __init__(self, values: np.ndarray) -> None:
        self.values = np.sort(values, axis=0)

    def __call__(self, values: np.ndarray) -> np.ndarray:
        """The same shape, in (0, 1]."""
        n = len(self.values)
        if self.values.ndim == 1:
            below = np.searchsorted(self.values, values, "left")
        else:
            flat = self.values.reshape(n, -1)
            told = values.reshape(len(values), -1)
            below = np.stack([np.searchsorted(flat[:, j], told[:, j], "left") for j in range(flat.shape[1])], axis=1)
            below = below.reshape(values.shape)
        return np.asarray((n - below + 1) / (n + 1))


__all__ = ["Ranks"]
