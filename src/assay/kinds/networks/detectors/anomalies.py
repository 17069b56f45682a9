"""`networks.anomalies`: hours of a machine that are rare among this network's normal ones, as many a day as an operator will read.

Without a trained normal it says nothing. An hour is judged as one of its machine's role; a machine that was not there when it was
learned is taken for whatever role makes it most usual. The p-value is the share of normal hours held out of learning that are as strange; told
are those below budget / hours a day, so that on days when nothing is wrong no more than the budget is told, on average.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from assay.core.batch import Batch
from assay.core.errors import ModelError
from assay.core.evidence import Evidence
from assay.core.finding import Findings, Severity
from assay.core.profile import Profile
from assay.kinds.networks.detectors.told import Rule, findings, texts
from assay.kinds.networks.evidence import Conduct
from assay.kinds.networks.reasons import UNUSUAL

NAME = "networks.anomalies"
BUDGET = 5.0  # false alarms a day that are bearable, on average


class Anomalies:
    """Low: strange is not evil. `models` is the room's folder; the normal is the first in it that was trained here."""

    name = NAME
    version = "3"
    reads: tuple[type[Evidence], ...] = (Conduct,)

    def __init__(self, models: Path | None = None, budget: float = BUDGET) -> None:
        self.models, self.budget = models, budget
        self._opened: tuple[Any, Any, float] | None = None
        self._looked = False

    def _normal(self) -> tuple[Any, Any, float] | None:
        """The normal, the machines' roles, and the p-value below which an hour is told; opened when the first hour comes."""
        if not self._looked:
            self._looked = True
            from assay.kinds.networks.anomaly import roles
            from assay.kinds.networks.anomaly.normal import Normal
            from assay.learning.registry import find, open_folder

            for path in find(self.models):
                folder = open_folder(path)
                if folder.card.get("detector") == NAME:
                    try:
                        normal = Normal.of(folder.json("normal.json"))
                        known = roles.Roles.of_plain(folder.json(roles.FILE))
                        a_day = float(folder.card["figures"]["hours a day"])
                    except (ValueError, KeyError, TypeError) as error:
                        raise ModelError(f"the normal cannot be read: {error}", where=str(path)) from None
                    self._opened = normal, known, max(self.budget / max(a_day, 1.0), 1.0 / (normal.held + 1))
                    break
        return self._opened

    @property
    def silent(self) -> bool:
        """Was nothing trained?"""
        return self._normal() is None

    def examine(self, batch: Batch[Any], profile: Profile) -> Findings:
        n = len(batch)
        opened = self._normal()
        if opened is None:
            return findings(self, batch, [])
        from assay.kinds.networks.anomaly.hours import rows_of
        from assay.kinds.networks.anomaly.past import past_of
        from assay.kinds.networks.anomaly.roles import with_role

        normal, roles, limit = opened
        rows = rows_of(batch, past_of(self.models))
        mine = roles.of(texts(batch, "source"))
        rare = np.zeros(n)
        for role in range(roles.count):
            as_such = np.flatnonzero((mine == role) | (mine < 0))
            if len(as_such):
                rare[as_such] = np.maximum(rare[as_such], normal.rare(with_role(rows[as_such], role)))

        def told(i: int) -> dict[str, Any]:
            return {
                "rarity": round(1 / float(rare[i])),
                "what": ", ".join(normal.told(with_role(rows[[i]], max(0, mine[i]))[0])),
            }

        return findings(self, batch, [Rule(UNUSUAL, rare <= limit, int(Severity.LOW), told, ("T1041", "T1071"))])


__all__ = ["BUDGET", "Anomalies"]
