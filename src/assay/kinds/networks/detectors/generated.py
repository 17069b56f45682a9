"""`networks.dga`: a machine that asks for made-up names, most of which do not exist (T1568.002).

One odd name means little. Of the names of an hour that do not exist, those that the model takes for made up are counted against
what chance would bring: one in eighteen popular sites' names, none of them learned from, looks so.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np

from assay.core.batch import Batch
from assay.core.evidence import Evidence
from assay.core.finding import Findings, Severity
from assay.core.profile import Profile
from assay.kinds.networks.detectors.told import Rule, findings, numbers, texts
from assay.kinds.networks.evidence import Search
from assay.kinds.networks.generated.model import NAME, folder_of, label_of, model_of
from assay.kinds.networks.reasons import DGA, MISSING

CHANCE = 0.06  # of a person's name to pass the limit, on names of another origin than those learned from
LEAST = 5  # names, below which no count tells anything
PROOF = 1e-6  # chance of so many among as many by accident
MANY = 50  # domains in an hour that do not exist, whatever they look like


class GeneratedNames:
    """Medium where counts and looks agree. Where only the count is high the matter is open: a machine whose search list is wrong
    asks for as many, and so does malware that joins words."""

    name = NAME
    version = "1"
    reads: tuple[type[Evidence], ...] = (Search,)

    def __init__(self, models: Path | None = None) -> None:
        self.models = models
        self.folder = folder_of(models)  # where its card lies

    def examine(self, batch: Batch[Any], profile: Profile) -> Findings:
        n = len(batch)
        model: Any = None  # opened only where there is something to judge
        missing, asked = numbers(batch, "missing"), numbers(batch, "asked")
        odd, judged = np.zeros(n), np.zeros(n)
        chance = np.ones(n)
        for i, names in enumerate(texts(batch, "absent")):
            if missing[i] < LEAST:
                continue
            model = model or model_of(self.models)
            scores = model.score([label_of(name) for name in names.split()])
            judged[i] = np.count_nonzero(~np.isnan(scores))
            odd[i] = np.count_nonzero(np.nan_to_num(scores) > model.limit)
            chance[i] = at_least(int(odd[i]), int(judged[i]), CHANCE)
        made_up = (odd >= LEAST) & (chance < PROOF)
        share = missing / np.maximum(asked, 1)

        def told(i: int) -> dict[str, Any]:
            return {
                "missing": int(missing[i]),
                "asked": int(asked[i]),
                "made_up": int(odd[i]),
                "judged": int(judged[i]),
            }

        many = (missing >= MANY) & (share >= 0.3) & ~made_up
        return findings(self, batch, [
            Rule(DGA, made_up, int(Severity.MEDIUM), told, ("T1568.002",)),
            Rule(MISSING, many, 1, told, ("T1568.002",), open=np.ones(n, bool)),
        ])  # fmt: skip


def at_least(k: int, n: int, p: float) -> float:
    """The chance of k or more of n, each with chance p."""
    if k <= 0:
        return 1.0
    terms = (
        math.lgamma(n + 1) - math.lgamma(j + 1) - math.lgamma(n - j + 1) + j * math.log(p) + (n - j) * math.log1p(-p)
        for j in range(k, n + 1)
    )
    return min(1.0, sum(math.exp(t) for t in terms))


__all__ = ["GeneratedNames", "at_least"]
