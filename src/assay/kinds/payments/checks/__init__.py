"""Checks that need no training: arithmetic on what the profile knows, each with one sentence an analyst can act on.

`Checks` reads a batch and its profile and says which of `CHECKS` hold, row by row. A number that is missing (no place, no
balance, no past) makes a check silent, never true. Limits are in `CheckLimits`, with where each comes from.
"""

from assay.kinds.payments.checks.detector import REASONS, Checks
from assay.kinds.payments.checks.limits import CheckLimits
from assay.kinds.payments.checks.patterns import CHECKS
from assay.kinds.payments.checks.reading import CHECK_FEATURES, PAST, kilometres

__all__ = ["CHECKS", "CHECK_FEATURES", "PAST", "REASONS", "CheckLimits", "Checks", "kilometres"]
