"""Where the simulated bank's customers live, travel and spend: cities, kinds of shops, and the hours people keep.

Every number here is an assumption of the simulator, in round figures; none is measured on anyone's data.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np


class City(NamedTuple):
    country: str
    latitude: float
    longitude: float
    weight: float  # of its customers at home, of its visitors abroad


# The bank is in Germany; populations in thousands give the weights.
HOME = (
    City("DE", 52.52, 13.40, 3700), City("DE", 53.55, 10.00, 1900), City("DE", 48.14, 11.58, 1500),
    City("DE", 50.94, 6.96, 1080), City("DE", 50.11, 8.68, 760), City("DE", 48.78, 9.18, 630),
    City("DE", 51.23, 6.78, 620), City("DE", 51.34, 12.37, 600), City("DE", 51.51, 7.47, 590),
    City("DE", 51.46, 7.01, 580), City("DE", 53.08, 8.80, 570), City("DE", 51.05, 13.74, 560),
    City("DE", 52.37, 9.73, 540), City("DE", 49.45, 11.08, 520), City("DE", 51.96, 7.63, 320),
    City("DE", 49.01, 8.40, 310), City("DE", 48.00, 7.85, 230), City("DE", 54.32, 10.14, 250),
    City("DE", 50.98, 11.03, 210), City("DE", 49.79, 9.95, 130),
)  # fmt: skip
ABROAD = (
    City("FR", 48.86, 2.35, 9), City("ES", 41.39, 2.17, 8), City("ES", 39.57, 2.65, 10), City("IT", 41.90, 12.50, 8),
    City("AT", 48.21, 16.37, 9), City("CH", 47.38, 8.54, 5), City("NL", 52.37, 4.90, 7), City("GB", 51.51, -0.13, 6),
    City("PL", 52.23, 21.01, 4), City("TR", 41.01, 28.98, 5), City("GR", 37.98, 23.73, 4), City("US", 40.71, -74.01, 3),
    City("TH", 13.76, 100.50, 2), City("AE", 25.20, 55.27, 2), City("CN", 31.23, 121.47, 1), City("BR", -23.55, -46.63, 1),
)  # fmt: skip
CITIES = HOME + ABROAD
ONLINE = len(CITIES)  # the "city" that shops without a place belong to


class Category(NamedTuple):
    code: str  # ISO 18245
    median: float  # of the amount, major units
    spread: float  # sigma of its logarithm
    shops: float  # share of merchants
    visits: float  # how often one is visited beside another
    resale: float = 0.0  # how much a thief likes it


PRESENT = (
    Category("5411", 24.0, 0.8, 10, 6.0), Category("5812", 32.0, 0.6, 14, 2.0), Category("5814", 9.5, 0.5, 10, 3.0),
    Category("5541", 55.0, 0.4, 5, 3.0, 0.4), Category("5912", 14.0, 0.7, 5, 1.5), Category("5311", 38.0, 0.8, 4, 1.5, 0.5),
    Category("5651", 48.0, 0.7, 9, 1.0, 0.4), Category("5732", 120.0, 1.0, 4, 0.5, 3.0),
    Category("5944", 180.0, 1.0, 2, 0.15, 2.0), Category("4111", 4.5, 0.6, 2, 4.0), Category("4121", 16.0, 0.5, 4, 0.8),
    Category("5942", 17.0, 0.6, 3, 0.6), Category("7832", 21.0, 0.4, 2, 0.8), Category("7230", 42.0, 0.5, 8, 0.4),
)  # fmt: skip
CASH = Category("6011", 90.0, 0.7, 1, 0.0, 1.0)
REMOTE = (
    Category("5999", 35.0, 0.9, 20, 2.0, 0.7), Category("5815", 8.0, 0.7, 8, 2.0, 0.5), Category("5816", 14.0, 0.9, 6, 1.0, 1.0),
    Category("5651", 58.0, 0.7, 10, 1.2, 0.6), Category("5732", 140.0, 1.0, 6, 0.6, 3.0), Category("5947", 30.0, 0.8, 3, 0.2, 3.0),
    Category("4511", 190.0, 0.7, 2, 0.25, 1.0), Category("4722", 260.0, 0.8, 2, 0.2, 0.7),
    Category("5812", 27.0, 0.4, 4, 1.5), Category("6051", 150.0, 1.1, 2, 0.1, 2.5),
)  # fmt: skip
SUBSCRIPTION = Category("4899", 11.0, 0.4, 3, 0.0)
CATEGORIES = (*PRESENT, CASH, *REMOTE, SUBSCRIPTION)

# How a day is kept: weight of each hour, 0 to 23, on weekdays and at weekends, for workers, pensioners, students, night shifts.
_HOURS = (
    ("1 0 0 0 0 1 5 14 16 9 9 12 20 14 10 12 18 26 28 22 14 9 6 3", "3 1 1 0 0 0 1 3 8 16 24 26 24 22 22 20 18 18 18 16 14 11 8 5"),
    ("0 0 0 0 0 1 3 8 18 28 30 26 18 14 16 18 16 12 8 5 3 2 1 0", "0 0 0 0 0 0 2 5 12 20 24 24 22 18 18 16 12 10 8 5 3 2 1 0"),
    ("4 2 1 1 0 0 1 4 8 10 12 15 20 18 15 15 16 18 20 20 18 16 13 8", "9 6 4 2 1 0 0 1 3 7 12 16 18 18 18 17 17 18 20 20 19 18 16 13"),
    ("14 10 8 8 7 8 12 14 8 3 1 1 2 4 8 12 14 14 12 10 8 8 12 14", "10 8 6 5 4 4 4 6 8 10 12 14 14 14 14 14 14 14 14 12 10 10 10 10"),
)  # fmt: skip
GROUPS = len(_HOURS)
_STEPS = 2048


def clocks() -> np.ndarray:
    """float64[groups, 2, 2048]: quantiles of the hour of day at which a group spends, on weekdays (0) and at weekends (1)."""
    tables = np.empty((GROUPS, 2, _STEPS))
    at = (np.arange(_STEPS) + 0.5) / _STEPS
    for group, pair in enumerate(_HOURS):
        for weekend, text in enumerate(pair):
            weight = np.array(text.split(), float) + 0.05  # nobody is asleep for certain
            tables[group, weekend] = np.interp(at, np.r_[0, np.cumsum(weight) / weight.sum()], np.arange(25))
    return tables
