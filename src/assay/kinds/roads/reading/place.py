"""Degrees to metres on a plane that touches the Earth near the first place of a recording. Where that is, is not kept."""

from __future__ import annotations

import math

import numpy as np

EARTH = 6_378_137.0  # metres, WGS 84's equatorial radius
_E2 = 6.694379990e-3  # its first eccentricity squared


class Plane:
    """East and north of the first place asked for, rounded to a hundredth of a degree; good to a part in a thousand within
    fifty kilometres, which is further than anybody is heard."""

    def __init__(self) -> None:
        self._at: tuple[float, float] | None = None

    def metres(self, latitude: np.ndarray, longitude: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """x, y float64[n], NaN where a place is none on Earth. Degrees, float64[n]."""
        with np.errstate(invalid="ignore"):
            known = (np.abs(latitude) <= 90) & (np.abs(longitude) <= 180)
        if self._at is None:
            first = np.flatnonzero(known)
            if not len(first):
                return np.full(len(latitude), np.nan), np.full(len(latitude), np.nan)
            self._at = round(float(latitude[first[0]]), 2), round(float(longitude[first[0]]), 2)
        lat, lon = self._at
        slant = 1 - _E2 * math.sin(math.radians(lat)) ** 2
        north = EARTH * (1 - _E2) / slant**1.5
        east = EARTH / math.sqrt(slant) * math.cos(math.radians(lat))
        turned = (longitude - lon + 180.0) % 360.0 - 180.0
        x, y = np.radians(turned) * east, np.radians(latitude - lat) * north
        return np.where(known, x, np.nan), np.where(known, y, np.nan)


__all__ = ["Plane"]
