"""History through the whole flow, as if it had come live: every row assessed and recorded in event order, and each label
delivered soon after it became known (when the batch after the one it fell due in has been profiled).
"""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from assay.core.batch import Batch
from assay.core.clock import moment
from assay.core.decision import OUTCOMES, Outcome
from assay.core.evidence import Evidence
from assay.core.label import Label, Truth
from assay.core.readahead import read_ahead
from assay.engine import Engine
from assay.pipeline import Pipeline

CHUNK = 8192


class Labels:
    """Truths waiting for the moment they become known."""

    def __init__(self, source: str = "history") -> None:
        self.source = source
        self._waiting: list[tuple[int, str, Truth]] = []

    def expect(self, batch: Batch[Any], outcome: np.ndarray) -> None:
        """Take in a batch's truth. Genuine labels are kept only for evidence that was not plainly allowed (`outcome`
        int8[n]): for the rest they say nothing new."""
        if batch.truth is None or batch.known is None:
            return
        worth = (batch.truth == 1) | ((batch.truth == 0) & (outcome != Outcome.ALLOW))
        for i in np.flatnonzero(worth):
            truth: Truth = "fraud" if batch.truth[i] == 1 else "genuine"
            heapq.heappush(self._waiting, (int(batch.known[i]), batch.ids[i], truth))

    def due(self, until: int) -> list[Label]:
        """Those known by `until`, in order of becoming known; they wait no longer."""
        found = []
        while self._waiting and self._waiting[0][0] <= until:
            known, id_, truth = heapq.heappop(self._waiting)
            found.append(Label(evidence=id_, truth=truth, source=self.source, time=moment(known)))
        return found


def replay(
    engine: Engine,
    batches: Iterable[Batch[Any]],
    *,
    labels: Labels | None = None,
    step: Callable[[int], None] = lambda _done: None,
) -> dict[str, int]:
    """Assess and record all of it; returns how many got each outcome, how many ids had been decided before, and how many
    labels came. Labels not yet due at the end stay in `labels`. Everything is durable when it returns.

    Reading, examining, deciding and committing overlap (see `pipeline`); the numbers are the same as without.
    """
    told: Counter[str] = Counter()
    labels = labels or Labels()
    upto = -(1 << 62)  # the newest moment of evidence that is decided
    with Pipeline(engine) as line:

        def take(most: int) -> None:
            """Takes in what is decided, all but the latest few; then delivers the labels due by then."""
            nonlocal upto
            for batch, decisions in line.settle(most):
                labels.expect(batch, decisions.outcome)
                upto = int(batch.time.max())
                outcomes, counts = np.unique(decisions.outcome, return_counts=True)
                told.update({OUTCOMES[o]: int(c) for o, c in zip(outcomes, counts, strict=True)})
                told["repeated"] += sum(d.repeated for d in decisions.given.values())
                step(len(batch))
            due = labels.due(upto)
            if engine.ledger is not None:
                line.label(due)
            told["labels"] += len(due)

        for batch in read_ahead(_sealed(engine, part) for whole in batches for part in whole.split(CHUNK)):
            take(1)
            line.assess(batch)
        take(0)
    return dict(told)


def _sealed(engine: Engine, batch: Batch[Any]) -> Batch[Any]:
    """Protected already while it waits; parts need the items, which stay with the engine."""
    return batch if engine.seal is None or batch.type.parts is not Evidence.parts else batch.protected(engine.seal)
