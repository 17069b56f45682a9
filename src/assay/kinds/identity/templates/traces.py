"""The face of an identity check as a trace: the vector by which it is known again under another customer's name.

Only the face of the person before the camera leaves one, and only from a good view; a document's portrait may be anybody's.
Kept it is encrypted and erasable, and not at all where the operator keeps no templates (`template_days`).
"""

from __future__ import annotations

from math import sqrt
from typing import Any

import numpy as np

from assay.core.batch import Batch
from assay.core.errors import ModelError
from assay.core.finding import Where
from assay.core.trace import Trace
from assay.kinds.identity.matching.compare import fit
from assay.kinds.identity.matching.population import population
from assay.kinds.identity.seen import seen

KIND = "face"
REACH = 0.55  # of a stranger's distance, within which faces are told of; what that means depends on how many there are


def traces(batch: Batch[Any]) -> list[list[Trace]]:
    """At most one a check."""
    return [_of(batch.item(i)) for i in range(len(batch))]


def _of(check: Any) -> list[Trace]:
    if not check.shown:
        return []
    view = seen(check.shown)
    if view.problem or not fit(view) or view.embedding is None:
        return []
    try:
        apart = REACH * sqrt(population().expected(view.embedding))
    except ModelError:
        return []
    vector = np.asarray(view.embedding, "<f4").tobytes()
    return [Trace(KIND, vector, where=Where(field="selfie", box=view.box), apart=apart)]
