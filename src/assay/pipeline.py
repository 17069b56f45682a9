"""A stream of batches through the engine, several under way at once: while one is profiled and examined, the one before it
is decided and handed to the ledger, and the one before that is written to disk.

Every batch passes each step in the order in which it came, and so do the labels between them: numbers, decisions and
records are those of one batch after another. Meanwhile the engine is the pipeline's alone.
"""

from __future__ import annotations

import gc
import sys
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType
from typing import Any, NamedTuple

from assay.core.batch import Batch
from assay.core.decision import Decisions
from assay.core.errors import NotFound
from assay.core.label import Label
from assay.engine import Engine

_COLLECT = (
    100_000,
    20,
    100,
)  # thresholds: hardly anything here lies in a circle, and looking for it takes a tenth of the time
_SWITCH = 0.0005  # seconds: a thread that comes out of a kernel gets the interpreter sooner than after the usual 5 ms


class _Flight(NamedTuple):
    """A batch under way, and its decisions."""

    batch: Batch[Any]
    ids: frozenset[str]
    decided: Future[Decisions]


class Pipeline:
    """Use as a context manager, from one thread. All that was assessed is durable when the context is left. An error of any
    step is raised by the next call; then the engine is put back to what is on record."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._flights: deque[_Flight] = deque()
        self._decider = ThreadPoolExecutor(1, "assay-decide")
        self._writer = ThreadPoolExecutor(1, "assay-commit")
        self._written: Future[None] | None = None
        self._failed: BaseException | None = None  # the first error of any step
        self._alone = engine.alone()
        self._interval, self._thresholds = sys.getswitchinterval(), gc.get_threshold()

    def __enter__(self) -> Pipeline:
        self._alone.__enter__()
        sys.setswitchinterval(min(_SWITCH, self._interval))
        gc.set_threshold(*_COLLECT)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self._decider.shutdown()
            self._writer.shutdown()
            if self._failed is None:
                if self._written is not None:
                    self._written.result()
                self._engine.commit()
                return
            if self._engine.ledger is not None and not self._engine.ledger.failed:
                self._engine.commit()
                self._engine.restore()
            if error is None:
                raise self._failed
        finally:
            sys.setswitchinterval(self._interval)
            gc.set_threshold(*self._thresholds)
            self._alone.__exit__(None, None, None)

    def assess(self, batch: Batch[Any]) -> None:
        """Profiles and examines it now, and leaves the rest to the other threads; `settle` gives the decisions."""
        began = time.perf_counter_ns()
        if any(not flight.ids.isdisjoint(batch.ids) for flight in self._flights):
            self._idle()
        fresh, _ = self._engine.fresh(batch)
        if fresh is None:
            begun = self._noted(lambda: self._engine.begin(batch, began))
            decided = self._later(lambda: self._engine.finish(begun))
        else:  # ids that were decided before, or come twice: nothing else may be under way
            self._idle()
            decisions = self._noted(lambda: self._engine.assess_batch(batch, commit=False))
            decided = self._later(lambda: decisions)
        self._flights.append(_Flight(batch, frozenset(batch.ids), decided))

    def settle(self, most: int) -> Iterator[tuple[Batch[Any], Decisions]]:
        """Waits until at most so many batches are undecided; gives those that are not, in order, with their decisions,
        which need not be durable yet."""
        while len(self._flights) > most:
            flight = self._flights.popleft()
            yield flight.batch, flight.decided.result()

    def label(self, labels: Sequence[Label]) -> None:
        """Labels on evidence whose decisions `settle` has given: known to every batch assessed after this."""
        ledger = self._engine.ledger
        if ledger is None or not labels:
            return
        found = ledger.repeated([label.evidence for label in labels])
        if len(found) < len(labels):
            unknown = next(label for i, label in enumerate(labels) if i not in found)
            raise NotFound(f"no evidence {unknown.evidence!r} was decided here")
        spoken = [found[i] for i in range(len(labels))]
        self._noted(lambda: self._engine.learn(labels, spoken))
        self._later(lambda: self._engine.record_labels(labels, spoken))

    def _later(self, work: Callable[[], Any]) -> Future[Any]:
        """Has it done by the deciding thread, after all before it; what it appended is then written to disk."""

        def turn() -> Any:
            if self._failed is not None:
                raise self._failed
            return self._noted(lambda: self._done(work()))

        return self._decider.submit(turn)

    def _done(self, result: Any) -> Any:
        if self._written is not None:
            self._written.result()
        self._written = self._writer.submit(self._engine.commit)
        return result

    def _noted(self, work: Callable[[], Any]) -> Any:
        try:
            return work()
        except BaseException as error:
            self._failed = self._failed or error
            raise

    def _idle(self) -> None:
        """Waits until the deciding thread has nothing left to do."""
        self._decider.submit(int).result()
        if self._failed is not None:
            raise self._failed
