"""Conditions on features: `where="customer_amount_ratio_90d > 3"` lets a feature count only events that were themselves
unusual when they happened. The feature it names is read first, at the same event; conditions do not stand on conditions.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from assay.core.errors import InvalidSetting
from assay.profiles.spec import Feature

_FORM = re.compile(r"(not )?([A-Za-z_][\w+|]*) > (-?\d+(?:\.\d+)?)")


class Condition(NamedTuple):
    """True where the feature (column `column` of the profile) exceeds `limit`; negated, everywhere else, so that an event
    without that number counts among the negated."""

    column: int
    limit: float
    negated: bool

    def holds(self, profile: np.ndarray) -> np.ndarray:
        """bool[n] of the rows of a profile."""
        above: np.ndarray = profile[:, self.column] > self.limit
        return ~above if self.negated else above


def conditional(feature: Feature) -> bool:
    """Does this feature's `where` speak of another feature (and not of a boolean column)?"""
    return _FORM.fullmatch(feature.where) is not None


def conditions(features: Sequence[Feature]) -> dict[str, Condition]:
    """Every condition that features name, by its text. Raises InvalidSetting for one on a feature that is not declared,
    or that is itself conditional."""
    columns = {feature.key: i for i, feature in enumerate(features)}
    found: dict[str, Condition] = {}
    for feature in features:
        match = _FORM.fullmatch(feature.where)
        if match is None:
            continue
        column = columns.get(match[2])
        if column is None:
            raise InvalidSetting(f"no feature {match[2]!r} is declared", where=f"feature {feature.key}")
        if conditional(features[column]):
            raise InvalidSetting(f"{match[2]} is itself conditional", where=f"feature {feature.key}")
        found[feature.where] = Condition(column, float(match[3]), bool(match[1]))
    return found
