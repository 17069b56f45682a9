"""The live feed: every durable decision, as it happens, to whoever watches (server-sent events, WHATWG HTML section 9.2).

A watcher that reads too slowly loses the oldest decisions of its own queue and is told how many; nobody else notices.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator

import numpy as np

from assay.core.decision import OUTCOMES, Decisions
from assay.core.errors import Busy
from assay.service.answers import answer_of, encode

HEARTBEAT = 15.0
SSE_HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}


class Watcher:
    """One client's filters and queue."""

    def __init__(self, outcomes: frozenset[str], kinds: frozenset[str], most: int) -> None:
        self.kinds = kinds
        self.outcomes = np.array([not outcomes or word in outcomes for word in OUTCOMES])
        self.queue: deque[tuple[Decisions, int]] = deque()
        self.most, self.dropped = most, 0
        self.news = asyncio.Event()

    def offer(self, decisions: Decisions) -> None:
        if self.kinds and decisions.batch.type.tag() not in self.kinds:
            return
        rows = np.flatnonzero(self.outcomes[decisions.outcome]).tolist()
        if decisions.given:
            rows = [row for row in rows if row not in decisions.given or not decisions.given[row].repeated]
        if not rows:
            return
        self.queue.extend((decisions, row) for row in rows[-self.most :])
        self.dropped += max(0, len(rows) - self.most)
        while len(self.queue) > self.most:
            self.queue.popleft()
            self.dropped += 1
        self.news.set()


class Hub:
    """All watchers. `publish` is called on the event loop with each durable batch and costs nothing while nobody watches."""

    def __init__(self, queue: int, clients: int) -> None:
        self._queue, self._most = queue, clients
        self.watchers: set[Watcher] = set()
        self._closed = False

    def publish(self, decisions: Decisions) -> None:
        for watcher in self.watchers:
            watcher.offer(decisions)

    def close(self) -> None:
        """Ends every feed: part of shutting down."""
        self._closed = True
        for watcher in self.watchers:
            watcher.news.set()

    def watch(self, outcomes: frozenset[str], kinds: frozenset[str], language: str) -> AsyncIterator[bytes]:
        """Events as bytes, until the client goes or the service ends. Raises `Busy` at once when too many watch."""
        if len(self.watchers) >= self._most:
            raise Busy("too many live clients")
        watcher = Watcher(outcomes, kinds, self._queue)
        self.watchers.add(watcher)
        return self._events(watcher, language)

    async def _events(self, watcher: Watcher, language: str) -> AsyncIterator[bytes]:
        try:
            yield b"retry: 2000\n\n"
            while not self._closed:
                try:
                    async with asyncio.timeout(HEARTBEAT):
                        await watcher.news.wait()
                except TimeoutError:
                    yield b": still here\n\n"
                watcher.news.clear()
                if watcher.dropped:
                    dropped, watcher.dropped = watcher.dropped, 0
                    yield event("dropped", encode({"dropped": dropped}))
                while watcher.queue:
                    decisions, row = watcher.queue.popleft()
                    said = answer_of((decisions, row), language)
                    yield event("decision", encode(said), said.seq)
        finally:
            self.watchers.discard(watcher)


def event(name: str, data: bytes, id_: int | None = None) -> bytes:
    """One server-sent event; `data` is JSON on one line."""
    head = b"" if id_ is None else b"id: %d\n" % id_
    return head + b"event: " + name.encode() + b"\ndata: " + data + b"\n\n"
