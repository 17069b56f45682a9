"""Evidence inside evidence: gathered from a batch, bounded in depth and number, and grouped by type for their rooms."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from assay.core.batch import Batch
from assay.core.errors import InvalidEvidence
from assay.core.evidence import Evidence

DEPTH = 4  # an attachment of a message in an archive in an attachment
PER_WHOLE = 1000


@dataclass
class Parts:
    """Parts of one type, and for each the row of the whole it belongs to."""

    batch: Batch[Any]
    wholes: np.ndarray


def gather(batch: Batch[Any]) -> list[Parts]:
    """Every part of every row, parts of parts too; empty for types without parts.

    Raises `InvalidEvidence` for a whole with too many or too deeply nested parts.
    """
    if batch.type.parts is Evidence.parts:
        return []
    found: dict[type[Evidence], tuple[list[Evidence], list[int]]] = {}
    for i in range(len(batch)):
        count = 0
        level: list[Evidence] = [batch.item(i)]
        for depth in range(DEPTH + 1):
            level = [part for whole in level for part in whole.parts()]
            count += len(level)
            if not level:
                break
            if depth == DEPTH or count > PER_WHOLE:
                raise InvalidEvidence(
                    f"{batch.ids[i]!r} has parts nested over {DEPTH} deep or more than {PER_WHOLE}", where="parts"
                )
            for part in level:
                items, wholes = found.setdefault(type(part), ([], []))
                items.append(part)
                wholes.append(i)
    return [Parts(Batch.of(items), np.array(wholes, np.int64)) for items, wholes in found.values()]
