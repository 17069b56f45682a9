"""Views recorded once and decided many times: what a backtest replays.

The engine's profiles and detectors run over history once; of each view only what the policies read is kept, so that a
year of payments fits in memory.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from assay.core.batch import Batch
from assay.core.finding import Findings
from assay.core.profile import Profile
from assay.policy import Policy
from assay.policy.view import View

MOST_WORDS = 20
"""A text field with more values than this is no segment."""


class History:
    """Recorded views, in event order. `len` counts rows; iterating gives the views."""

    def __init__(self, policies: Sequence[Policy]) -> None:
        self.reads = frozenset().union(*(policy.reads for policy in policies))
        self.views: list[View] = []

    @classmethod
    def of(cls, views: Iterable[View], policies: Sequence[Policy]) -> History:
        """All of these views, thinned to what the policies read."""
        history = cls(policies)
        for view in views:
            history.add(view)
        return history

    def __len__(self) -> int:
        return sum(len(view.batch) for view in self.views)

    def __iter__(self) -> Iterator[View]:
        return iter(self.views)

    def add(self, view: View) -> None:
        """Record one view; its batch carries the labels (`truth`, `known`)."""
        batch = view.batch
        kept = [name for name, values in batch.columns.items() if self._keeps(batch, name, values)]
        thin = Batch(batch.type, batch.ids, batch.time, {name: batch.columns[name] for name in kept})
        thin.truth, thin.known = batch.truth, batch.known
        features = tuple(name for name in view.profile.names if f"profile.{name}" in self.reads)
        values = np.empty((len(batch), len(features)))
        for k, name in enumerate(features):
            values[:, k] = view.profile.column(name)
        findings = {
            # Without `explain`, which holds on to the whole batch.
            name: Findings(name, f.version, f.verdict, probability=f.probability, severity=f.severity, codes=f.codes)
            for name, f in view.findings.items()
        }
        self.views.append(View(thin, Profile(features, values), findings, view.parts, view.open))

    def _keeps(self, batch: Batch, name: str, values: np.ndarray) -> bool:  # type: ignore[type-arg]
        if name in ("amount", "currency") or f"evidence.{name}" in self.reads:
            return True
        return values.dtype == object and name not in batch.type.ENTITIES.values() and _few(values)


def _few(values: np.ndarray) -> bool:
    words: set[object] = set()
    for start in range(0, len(values), 1024):
        words.update(values[start : start + 1024].tolist())
        if len(words) > MOST_WORDS + 1:
            return False
    return True


def segment_names(history: Iterable[View]) -> list[str]:
    """The text fields, other than entities, that tell rows apart into 2 to 20 groups; and the amount, in bands."""
    words: dict[str, set[object]] = {}
    amount = False
    for view in history:
        amount |= "amount" in view.batch.columns
        entities = set(view.batch.type.ENTITIES.values())
        for name, values in view.batch.columns.items():
            if values.dtype == object and name not in entities and len(words.setdefault(name, set())) <= MOST_WORDS:
                words[name].update(values.tolist())
    found = [name for name, values in words.items() if 2 <= len(values - {None}) <= MOST_WORDS]
    return sorted(found) + ["amount"] * amount


def segment(view: View, name: str) -> np.ndarray:
    """object[n]: each row's group; text as it is ("" where absent), numbers in bands of tens (10 to 100, 100 to 1000)."""
    values = view.batch.columns.get(name)
    out = np.full(len(view.batch), "", dtype=object)
    if values is None:
        return out
    if values.dtype == object:
        out[:] = ["" if v is None else str(v) for v in values.tolist()]
        return out
    edges = 10.0 ** np.arange(-2, 13)
    names = np.array([f"under {edges[0]:g}"] + [f"{low:g} to {10 * low:g}" for low in edges], dtype=object)
    known = ~np.isnan(values)
    out[known] = names[np.searchsorted(edges, values[known], side="right")]
    return out
