"""Micro-batching and group commit: many requests, one pass of the engine, one sync of the disk.

A pass takes whatever is waiting (under light load one piece of evidence, under heavy load hundreds), assesses it as columns
and appends it to the ledger. Passes run on the event loop itself: they are short, and a thread of their own would only
fight it for the interpreter. So does writing what was appended, which takes a tenth of a millisecond; but the disk may take
its time, so a *writer* thread waits for it, and only then are the answers released. Meanwhile nothing more is written: a slow
disk holds up nobody but those who wait for it.
A pass has a fixed cost, so many small ones are dear. The next one begins when the disk is done (but one that takes longer than a
millisecond is not waited for) and the loop has had as long for other things as the last pass took: passes then take half of
the time at most, and the load itself sets their size. What may take long (a label, a snapshot, a recovery) runs on a
worker thread, and passes are held back meanwhile, so the engine is never used twice at once and the loop never blocks.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Coroutine, Sequence
from queue import SimpleQueue
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

_PATIENCE = 0.001  # seconds that a pass waits for the disk
_REST = 1.0  # of the last pass; the loop reads and answers meanwhile, and the next pass takes more at once
_LONGEST_REST = 0.005  # seconds that the loop has for other things after a pass, at most
_RECOVER_EVERY = 0.5  # seconds between attempts to get a failed ledger back


class Engine(Protocol):
    """What the batcher asks of `assay.engine.Engine`."""

    def assess_batch(self, batch: Batch[Any], *, commit: bool = True) -> Decisions: ...
    def write(self) -> None: ...
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
    """Start it on the running loop; use it from that loop only, `post` excepted."""

    def __init__(self, engine: Engine, *, size: int, queue: int, decided: Callable[[Decisions], None]) -> None:
        """`size`: most evidence in a pass. `queue`: most evidence waiting. `decided` hears every durable batch."""
        self._engine, self._size, self._room, self._decided = engine, size, queue, decided
        self._todo: deque[Work] = deque()
        self._assessed: list[Assessed] = []  # in the ledger's hands, not yet in the writer's
        self._to_write: SimpleQueue[list[Assessed] | None] = SimpleQueue()  # to the writer
        self._space, self._settled = asyncio.Event(), asyncio.Event()
        self._scheduled = self._held = self._writing = False
        self._timer: asyncio.Handle
        self._rested = 0.0
        self.draining = False
        self.waiting = 0  # evidence submitted and not yet answered
        self.failed: AssayError | None = None  # why nothing can be recorded, while nothing can
        self.commit_seconds: Callable[[float], None] = lambda seconds: None
        self.batch_size: Callable[[int], None] = lambda n: None

    def start(self) -> None:
        self.loop = asyncio.get_running_loop()
        self._writer = threading.Thread(target=self._write_forever, name="assay-writer", daemon=True)
        self._writer.start()

    def submit(self, items: Sequence[Evidence]) -> asyncio.Future[list[Answer]]:
        """Queues evidence that arrived together. The future gives one answer an item once all are durable.

        Raises `Busy` when there is no room; the future raises `LedgerUnavailable` when nothing could be recorded.
        """
        self._open()
        if self.waiting + len(items) > self._room and self.waiting:
            raise Busy("too much evidence is waiting", hint="try again in a moment")
        self.waiting += len(items)
        future: asyncio.Future[list[Answer]] = self.loop.create_future()
        self._put(Work(items, future))
        return future

    async def submit_when_room(self, items: Sequence[Evidence]) -> asyncio.Future[list[Answer]]:
        """As `submit`, but waits for room: for a stream, whose sender is slowed down instead of refused."""
        while not self.draining and self.waiting and self.waiting + len(items) > self._room:
            self._space.clear()
            await self._space.wait()
        return self.submit(items)

    async def call(self, function: Callable[[], T]) -> T:
        """Runs a function on a worker thread, alone with the engine, after what was submitted before it; what it wrote
        is durable when this returns."""
        self._open()
        future: asyncio.Future[T] = self.loop.create_future()
        self._put(Work((), future, function))
        return await future

    def post(self, function: Callable[[], Any]) -> None:
        """As `call`, from any thread, without waiting: what goes wrong is logged."""
        if not self.draining:
            self.loop.call_soon_threadsafe(self._put, Work((), None, function))

    async def drain(self) -> None:
        """Takes no more work, finishes what is queued, makes it durable, and ends the writer."""
        await asyncio.sleep(0)  # what was posted just before is taken in
        self.draining = True
        self._space.set()
        while self._todo or self._assessed or self._writing or self._held:
            if self.failed is not None:
                self._refuse_all(self.failed)
            self._settled.clear()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._settled.wait(), 0.1)
        self._to_write.put(None)
        await asyncio.to_thread(self._writer.join)

    def _open(self) -> None:
        """Raises `Draining`, or why nothing can be recorded just now."""
        if self.draining:
            raise Draining("the service is shutting down")
        if self.failed is not None:
            raise _again(self.failed)

    # passes, on the loop

    def _put(self, work: Work) -> None:
        self._todo.append(work)
        self._schedule()

    def _schedule(self) -> None:
        """Sets the time of the next pass: at once where nothing speaks against it; see the module."""
        if self._scheduled or self._held:
            return
        self._scheduled = True
        wait = 0.0
        if self.waiting < self._size:
            wait = max(self._rested - time.perf_counter(), _PATIENCE if self._writing else 0.0)
        self._timer = self.loop.call_later(wait, self._run) if wait > 0 else self.loop.call_soon(self._run)

    def _run(self) -> None:
        """One pass over what is waiting, or the call that is next."""
        self._scheduled = False
        if self._held or not self._todo:
            return
        if self.failed is not None:
            self._refuse_all(self.failed)
            return
        if self._todo[0].call is not None:
            self._hold(self._run_call(self._todo.popleft()))
            return
        began = time.perf_counter()
        works, total = [], 0
        while self._todo and self._todo[0].call is None and total < self._size:
            works.append(self._todo.popleft())
            total += len(works[-1].items)
        assessed = Assessed(works, [])
        try:
            self._decide(works, assessed.decided)
        except Exception as error:
            self._fail(works, error)
            return
        self._commit_soon(assessed)
        ended = time.perf_counter()
        self._rested = ended + min(_REST * (ended - began), _LONGEST_REST)
        if self._todo:
            self._schedule()

    async def _run_call(self, work: Work) -> None:
        assert work.call is not None
        try:
            work.result = await asyncio.to_thread(work.call)
        except LedgerUnavailable as error:
            self._fail([work], error)
            return
        except Exception as error:  # the caller's own mistake, such as a label for an unknown id
            work.result = error
            if work.future is None:
                log.error("between passes: %s", error)
        self._commit_soon(Assessed([work], []))

    def _hold(self, task: Coroutine[Any, Any, None]) -> None:
        """Runs something that is to be alone with the engine; passes go on when it is over."""
        self._held = True

        async def alone() -> None:
            try:
                await task
            finally:
                self._held = False
                self._settled.set()
                self._schedule()

        self._task = self.loop.create_task(alone())

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

    # group commit

    def _commit_soon(self, assessed: Assessed) -> None:
        self._assessed.append(assessed)
        if not self._writing:
            self._hand_over()

    def _hand_over(self) -> None:
        """Writes what was assessed, and has the writer see to it that it is durable."""
        group, self._assessed = self._assessed, []
        self._writing = True
        error = self._tried(self._engine.write)
        if error is not None:
            self._written(group, 0.0, error)
        else:
            self._to_write.put(group)

    def _write_forever(self) -> None:
        while (group := self._to_write.get()) is not None:
            start = time.perf_counter()
            error = self._tried(self._engine.commit)
            self.loop.call_soon_threadsafe(self._written, group, time.perf_counter() - start, error)

    @staticmethod
    def _tried(step: Callable[[], None]) -> LedgerUnavailable | None:
        """Does a part of a commit; returns why it could not be done."""
        try:
            step()
        except LedgerUnavailable as error:
            return error
        except Exception as error:
            log.exception("the ledger failed", exc_info=error)
            return LedgerUnavailable(str(error))
        return None

    def _written(self, group: list[Assessed], seconds: float, error: AssayError | None) -> None:
        """Back on the loop: releases the answers of what is durable now, or refuses it with all that came after it."""
        self._writing = False
        if error is not None:
            self._fail([work for assessed in group for work in assessed.works], error)
            return
        self.commit_seconds(seconds)
        for assessed in group:
            self._release(assessed.works, None)
            for decisions in assessed.decided:
                self.batch_size(len(decisions))
                self._decided(decisions)
        if self._assessed:
            self._hand_over()
        elif self._todo:
            self._timer.cancel()  # it may have been waiting for the disk
            self._scheduled = False
            self._schedule()
        self._settled.set()

    def _release(self, works: Sequence[Work], error: AssayError | None) -> None:
        for work in works:
            self.waiting -= len(work.items)
            if work.future is None or work.future.done():
                continue  # its sender went away; the decision stands all the same
            if error is not None:
                work.future.set_exception(_again(error))
            elif isinstance(work.result, Exception):
                work.future.set_exception(work.result)
            else:
                work.future.set_result(work.result)
        self._space.set()

    # failure

    def _fail(self, works: Sequence[Work], error: Exception) -> None:
        """Nothing that is not durable yet will be: refuses it all, then rebuilds the engine from the ledger."""
        if isinstance(error, LedgerUnavailable):
            log.error("nothing can be recorded: %s", error)
            self.failed = error
        else:
            log.exception("the engine failed; rebuilding it from the ledger", exc_info=error)
            self.failed = EngineFailed(f"an error of our own ({type(error).__name__}); it is in the service's log")
        self._release(works, self.failed)
        self._refuse_all(self.failed)
        if not self._held:
            self._hold(self._recover())

    def _refuse_all(self, error: AssayError) -> None:
        for assessed in self._assessed:
            self._release(assessed.works, error)
        self._assessed.clear()
        works = [*self._todo]
        self._todo.clear()
        self._release(works, error)

    async def _recover(self) -> None:
        """Tries until it succeeds, or the service ends; meanwhile whatever comes is refused at once."""
        while True:
            while self._writing:  # a group already in the writer's hands fails of itself
                await asyncio.sleep(0.01)
            try:
                await asyncio.to_thread(self._engine.recover)
            except Exception as error:
                if not isinstance(error, AssayError):
                    log.exception("could not recover", exc_info=error)
                self.failed = error if isinstance(error, AssayError) else EngineFailed(str(error))
            else:
                log.warning("recovered: the ledger can be written to again")
                self.failed = None
                return
            if self.draining:
                return
            await asyncio.sleep(_RECOVER_EVERY)


class Assessed(NamedTuple):
    """A pass whose decisions the ledger has, and what waits for them."""

    works: list[Work]
    decided: list[Decisions]


def _again(error: AssayError) -> AssayError:
    """The same error as a new object: one that is raised for many requests would collect all their tracebacks."""
    return type(error)(error.message, where=error.where, hint=error.hint)


class EngineFailed(AssayError):
    """The engine met an error of its own; nothing of that batch was acknowledged."""

    code, status = "engine-failed", 500
