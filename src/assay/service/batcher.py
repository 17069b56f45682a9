"""Micro-batching and group commit: many requests, one pass of the engine, one sync of the disk.

Two threads stand behind the event loop. The *assessor* takes whatever is waiting (no artificial delay: under light load
that is one piece of evidence, under heavy load hundreds), assesses it as columns and appends it to the ledger. The *writer*
makes everything appended so far durable, and only then are the answers released. While the writer waits for the disk the
assessor is already at the next batch. The engine is only ever touched by the assessor, `commit` excepted.
"""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import Callable, Sequence
from queue import Empty, SimpleQueue
from typing import Any, NamedTuple, Protocol, TypeVar

from assay.core.batch import Batch
from assay.core.decision import Decisions
from assay.core.errors import AssayError, Busy, InvalidEvidence, LedgerUnavailable
from assay.core.evidence import Evidence

log = logging.getLogger("assay.service")
T = TypeVar("T")


class Unremarkable(NamedTuple):
    """An observation that nothing was found in: it is not recorded."""

    id: str
    kind: str
    decided: int


Answer = tuple[Decisions, int] | Unremarkable | AssayError
"""A decision where it lies (the batch's decisions, and the row), or why this one piece of evidence was refused."""

_RECOVER_EVERY = 0.5  # seconds between attempts to get a failed ledger back


class Engine(Protocol):
    """What the batcher asks of `assay.engine.Engine`."""

    def assess_batch(self, batch: Batch[Any], *, commit: bool = True) -> Decisions: ...
    def commit(self) -> None: ...
    def recover(self) -> None: ...


class Draining(AssayError):
    """The service is shutting down and takes no new work."""

    code, status = "draining", 503


class Work:
    """Evidence that arrived together, or a function to run between batches, and the future its sender waits on (none: nobody does)."""

    __slots__ = ("call", "future", "items", "result")

    def __init__(
        self, items: Sequence[Evidence], future: asyncio.Future[Any] | None, call: Callable[[], Any] | None = None
    ) -> None:
        self.items, self.future, self.call = items, future, call
        self.result: Any = None


class Batcher:
    """Start it on the running loop; `submit` from that loop only."""

    def __init__(self, engine: Engine, *, size: int, queue: int, decided: Callable[[Decisions], None]) -> None:
        """`size`: most evidence in a pass. `queue`: most evidence waiting. `decided` hears every durable batch."""
        self._engine, self._size, self._room, self._decided = engine, size, queue, decided
        self._todo: SimpleQueue[Work | None] = SimpleQueue()
        self._done: SimpleQueue[tuple[list[Work], list[Decisions]] | threading.Event | None] = SimpleQueue()
        self._space = asyncio.Event()
        self._threads: list[threading.Thread] = []
        self.draining = False
        self.waiting = 0  # evidence submitted and not yet answered
        self.failed: AssayError | None = None  # why the ledger cannot be written to, while it cannot
        self.commit_seconds: Callable[[float], None] = lambda seconds: None
        self.batch_size: Callable[[int], None] = lambda n: None

    def start(self) -> None:
        self.loop = asyncio.get_running_loop()
        for name, run in (("assay-assessor", self._assess_forever), ("assay-writer", self._write_forever)):
            thread = threading.Thread(target=run, name=name, daemon=True)
            thread.start()
            self._threads.append(thread)

    def submit(self, items: Sequence[Evidence]) -> asyncio.Future[list[Answer]]:
        """Queues evidence that arrived together. The future gives one answer an item once all are durable.

        Raises `Busy` when there is no room; the future raises `LedgerUnavailable` when nothing could be recorded.
        """
        if self.draining:
            raise Draining("the service is shutting down")
        if self.waiting + len(items) > self._room and self.waiting:
            raise Busy("too much evidence is waiting", hint="try again in a moment")
        self.waiting += len(items)
        future: asyncio.Future[list[Answer]] = self.loop.create_future()
        self._todo.put(Work(items, future))
        return future

    async def submit_when_room(self, items: Sequence[Evidence]) -> asyncio.Future[list[Answer]]:
        """As `submit`, but waits for room: for a stream, whose sender is slowed down instead of refused."""
        while not self.draining and self.waiting and self.waiting + len(items) > self._room:
            self._space.clear()
            await self._space.wait()
        return self.submit(items)

    async def call(self, function: Callable[[], T]) -> T:
        """Runs a function on the assessor's thread, between batches, after what was submitted before it; what it wrote
        is durable when this returns."""
        if self.draining:
            raise Draining("the service is shutting down")
        future: asyncio.Future[T] = self.loop.create_future()
        self._todo.put(Work((), future, function))
        return await future

    def post(self, function: Callable[[], Any]) -> None:
        """As `call`, from any thread, without waiting: what goes wrong is logged."""
        if not self.draining:
            self._todo.put(Work((), None, function))

    async def drain(self) -> None:
        """Takes no more work, finishes what is queued, makes it durable, and ends both threads."""
        if self.draining:
            return
        self.draining = True
        self._space.set()
        self._todo.put(None)
        for thread in self._threads:
            await asyncio.to_thread(thread.join)

    # the assessor's thread

    def _assess_forever(self) -> None:
        size, todo = self._size, self._todo
        tried = 0.0
        while True:
            try:
                work = todo.get(timeout=_RECOVER_EVERY) if self.failed else todo.get()
            except Empty:
                work = _nudge()
            if self.failed and time.monotonic() - tried > _RECOVER_EVERY:
                self._recover()
                tried = time.monotonic()
            works: list[Work] = []
            last = work is None
            total = 0
            while work is not None:
                works.append(work)
                total += len(work.items)
                if total >= size or work.call is not None:
                    break
                try:
                    work = todo.get_nowait()
                except Empty:
                    break
                last = work is None
            if works:
                self._assess(works)
            if last:
                self._done.put(None)
                return

    def _assess(self, works: list[Work]) -> None:
        if self.failed is not None:
            self._release(works, [], self.failed)
            return
        decided: list[Decisions] = []
        try:
            self._decide([work for work in works if work.call is None], decided)
        except Exception as error:
            self._fail(works, error)
            return
        if works[-1].call is not None:
            try:
                works[-1].result = works[-1].call()
            except LedgerUnavailable as error:
                self._fail(works, error)
                return
            except Exception as error:  # the caller's own mistake, such as a label for an unknown id
                works[-1].result = error
                if works[-1].future is None:
                    log.error("between batches: %s", error)
        self._done.put((works, decided))

    def _decide(self, works: list[Work], decided: list[Decisions]) -> None:
        """Assesses all items, one engine batch a type of evidence, and gives each work its answers in its order."""
        items = [item for work in works for item in work.items]
        if not items:
            return
        places: dict[type[Evidence], list[int]] = {}
        for i, item in enumerate(items):
            places.setdefault(type(item), []).append(i)
        answers: list[Any] = [None] * len(items)
        for rows in places.values():
            for i, answer in zip(rows, self._pass([items[i] for i in rows], decided), strict=True):
                answers[i] = answer
        start = 0
        for work in works:
            work.result = answers[start : start + len(work.items)]
            start += len(work.items)

    def _pass(self, items: list[Evidence], decided: list[Decisions]) -> Sequence[Answer]:
        """One pass of the engine over items of one type. Where it refuses an item, each is passed on its own, so that
        only the one at fault is refused."""
        try:
            batch = Batch.of(items)
        except Exception as error:  # a value that passed validation and yet fits no column; the engine is untouched
            if len(items) == 1:
                log.warning(
                    "evidence of type %s could not be made a batch: %s", type(items[0]).__name__, type(error).__name__
                )
                return [InvalidEvidence(f"holds a value that cannot be used ({type(error).__name__})")]
            return [answer for item in items for answer in self._pass([item], decided)]
        try:
            decisions = self._engine.assess_batch(batch, commit=False)
        except LedgerUnavailable:
            raise
        except AssayError as error:
            if len(items) == 1:
                return [error]
            return [answer for item in items for answer in self._pass([item], decided)]
        decided.append(decisions)
        if len(decisions) == len(items):
            return [(decisions, row) for row in range(len(items))]
        found = {id_: row for row, id_ in enumerate(decisions.batch.ids)}
        tag = type(items[0]).tag()
        return [
            (decisions, found[item.id]) if item.id in found else Unremarkable(item.id, tag, decisions.decided)
            for item in items
        ]

    def _fail(self, works: list[Work], error: Exception) -> None:
        """Part of a batch may be in the engine and not in the ledger: refuse it all, and rebuild from the ledger."""
        if not isinstance(error, AssayError):
            log.exception("the engine failed on a batch of %d; rebuilding from the ledger", len(works), exc_info=error)
        self.failed = (
            error if isinstance(error, LedgerUnavailable) else EngineFailed(f"{type(error).__name__}: {error}")
        )
        self._release(works, [], self.failed)
        self._recover()

    def _recover(self) -> None:
        settled = threading.Event()
        self._done.put(settled)
        settled.wait()  # the writer has refused whatever was not durable
        try:
            self._engine.recover()
        except Exception as error:
            if not isinstance(error, AssayError):
                log.exception("could not recover", exc_info=error)
            self.failed = error if isinstance(error, AssayError) else EngineFailed(str(error))
        else:
            log.warning("recovered: the ledger can be written to again")
            self.failed = None

    # the writer's thread

    def _write_forever(self) -> None:
        done = self._done
        while True:
            entries = [done.get()]
            while len(entries) < 64 and not done.empty():
                entries.append(done.get())
            finished = [entry for entry in entries if isinstance(entry, tuple)]
            if finished:
                self._commit(finished)
            for entry in entries:
                if isinstance(entry, threading.Event):
                    entry.set()
            if None in entries:
                return

    def _commit(self, finished: list[tuple[list[Work], list[Decisions]]]) -> None:
        works = [work for group, _ in finished for work in group]
        decided = [decisions for _, group in finished for decisions in group]
        error = self.failed
        if error is None:
            start = time.perf_counter()
            try:
                self._engine.commit()
            except Exception as raised:
                log.error("the ledger could not be written: %s", raised)
                error = raised if isinstance(raised, LedgerUnavailable) else LedgerUnavailable(str(raised))
                self.failed = error
                self._todo.put(_nudge())  # the assessor may be waiting for work: it is to try to recover
            else:
                self.commit_seconds(time.perf_counter() - start)
        self._release(works, decided, error)

    # back on the loop

    def _release(self, works: list[Work], decided: list[Decisions], error: AssayError | None) -> None:
        self.loop.call_soon_threadsafe(self._resolve, works, decided, error)

    def _resolve(self, works: list[Work], decided: list[Decisions], error: AssayError | None) -> None:
        for work in works:
            self.waiting -= len(work.items)
            if work.future is None or work.future.done():
                continue  # its sender went away; the decision stands all the same
            if error is not None:
                work.future.set_exception(error)
            elif isinstance(work.result, Exception):
                work.future.set_exception(work.result)
            else:
                work.future.set_result(work.result)
        self._space.set()
        if error is None:
            for decisions in decided:
                self.batch_size(len(decisions))
                self._decided(decisions)


def _nudge() -> Work:
    return Work((), None, lambda: None)


class EngineFailed(AssayError):
    """The engine met an error of its own; nothing of that batch was acknowledged."""

    code, status = "engine-failed", 500
