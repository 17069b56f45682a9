"""Evidence on its way to the batcher. Light evidence goes straight on. Heavy evidence (`Evidence.HEAVY`) is examined first,
and its files are kept, on threads beside the event loop (the work itself is done in processes of its own, see
`assay.examining.examiner`), so that a pass of the engine finds it ready and nobody waits for it.
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from starlette.types import Receive

from assay.core.batch import Batch
from assay.core.errors import AssayError, Busy
from assay.core.evidence import Evidence
from assay.core.kind import evidence_types
from assay.engine import Engine
from assay.ledger.base import Ledger
from assay.service.batcher import Answer, Batcher
from assay.service.limits import TooLarge, TooSlow, next_part, read_body
from assay.settings import Settings

log = logging.getLogger("assay.service")
_HELD_BODIES = 8  # of the largest kind, in memory at a time
_FIRST = 4096  # bytes of a large body, in which its kind must be named
_A_WHILE = 1 << 20  # bytes that may take as long as a plain request
_KIND = re.compile(rb'"kind"\s*:\s*"([^"\\]{1,64})"')


class Intake:
    """Use it from the event loop. `waiting`: pieces of heavy evidence taken in and not yet answered."""

    def __init__(self, engine: Engine, ledger: Ledger, batcher: Batcher, settings: Settings) -> None:
        self._engine, self._ledger, self._batcher, self._settings = engine, ledger, batcher, settings
        self._threads = ThreadPoolExecutor(max(1, settings.heavy_workers), "assay-heavy")
        self._under_way: set[asyncio.Task[list[Answer]]] = set()
        self._bytes = 0
        self.waiting = 0
        self.closed = False

    # bodies

    async def body(self, receive: Receive, headers: dict[bytes, bytes]) -> tuple[bytes, int]:
        """The body of one piece of evidence, and how many bytes of room it takes up: `give_back` them. More than
        `max_body` is taken only of a heavy kind that says so at once, and as long as there is room for it."""
        settings = self._settings
        declared = int(headers.get(b"content-length", b"0"))
        if declared <= settings.max_body and b"transfer-encoding" not in headers:
            return await read_body(receive, settings.max_body, settings.request_timeout), 0
        parts = bytearray()
        more = await self._read(receive, parts, _FIRST, _FIRST)
        most = settings.max_heavy_body if _heavy(parts) else settings.max_body
        if max(declared, len(parts)) > most:
            raise _too_large(most, settings)
        room = self._reserve(declared or most) if more and most > settings.max_body else 0
        try:
            if more:
                await self._read(receive, parts, most + 1, most)
            if len(parts) > most:
                raise _too_large(most, settings)
        except BaseException:
            self.give_back(room)
            raise
        return bytes(parts), room

    async def large_body(self, receive: Receive, headers: dict[bytes, bytes], most: int) -> tuple[bytes, int]:
        """A body of at most `most` bytes, and how many bytes of room it takes up: `give_back` them."""
        declared = int(headers.get(b"content-length", b"0"))
        if max(declared, most if b"transfer-encoding" in headers else 0) <= self._settings.max_body:
            return await read_body(receive, min(most, self._settings.max_body), self._settings.request_timeout), 0
        if declared > most:
            raise _too_large(most, self._settings)
        room = self._reserve(declared or most)
        parts = bytearray()
        try:
            await self._read(receive, parts, most + 1, declared or most)
            if len(parts) > most:
                raise _too_large(most, self._settings)
        except BaseException:
            self.give_back(room)
            raise
        return bytes(parts), room

    async def _read(self, receive: Receive, parts: bytearray, until: int, expected: int) -> bool:
        """Reads on until there are so many bytes; False once the body is complete. A client has the usual time for every
        megabyte, and once more."""
        wait = self._settings.request_timeout
        try:
            async with asyncio.timeout(wait * (1 + expected / _A_WHILE)):
                while len(parts) < until:
                    part, more = await next_part(receive, wait)
                    parts += part
                    if not more:
                        return False
        except TimeoutError:
            raise TooSlow("the body came too slowly") from None
        return True

    def _reserve(self, size: int) -> int:
        if self._bytes + size > _HELD_BODIES * self._settings.max_heavy_body:
            raise Busy("too many large bodies at once", hint="try again in a moment")
        self._bytes += size
        return size

    def give_back(self, room: int) -> None:
        self._bytes -= room

    # evidence

    def submit(self, items: Sequence[Evidence]) -> asyncio.Future[list[Answer]]:
        """As `Batcher.submit`. Raises `Busy` where too much heavy evidence is waiting already."""
        if not _any_heavy(items):
            return self._batcher.submit(items)
        if self.waiting >= self._settings.heavy_queue:
            raise Busy("too much heavy evidence is waiting", hint="try again in a moment")
        return self._go(items)

    async def submit_when_room(self, items: Sequence[Evidence]) -> asyncio.Future[list[Answer]]:
        """As `submit`, but waits for room."""
        if not _any_heavy(items):
            return await self._batcher.submit_when_room(items)
        while self.waiting >= self._settings.heavy_queue and self._under_way:
            await asyncio.wait(self._under_way, return_when=asyncio.FIRST_COMPLETED)
        return self._go(items)

    def _go(self, items: Sequence[Evidence]) -> asyncio.Future[list[Answer]]:
        """A task of its own: a client that goes away does not stop what was taken in."""
        self.waiting += len(items)
        task = asyncio.get_running_loop().create_task(self._assess(items))
        self._under_way.add(task)
        task.add_done_callback(self._gone)
        return asyncio.shield(task)

    def _gone(self, task: asyncio.Task[list[Answer]]) -> None:
        self._under_way.discard(task)
        if not task.cancelled():
            task.exception()  # whoever waited has heard of it; nobody may have waited

    async def _assess(self, items: Sequence[Evidence]) -> list[Answer]:
        loop = asyncio.get_running_loop()
        heavy = [item for item in items if item.HEAVY]
        try:
            await loop.run_in_executor(self._threads, self._make_ready, heavy)
            return await (await self._batcher.submit_when_room(items))
        finally:
            self.waiting -= len(items)
            for item in heavy:
                self._engine.release(item)

    def _make_ready(self, items: Sequence[Evidence]) -> None:
        """On a thread: examine each that was not decided before, and keep its files."""
        again = self._ledger.repeated([item.id for item in items])
        by_type: dict[type[Evidence], list[Evidence]] = {}
        for i, item in enumerate(items):
            if i not in again:
                by_type.setdefault(type(item), []).append(item)
        store = self._engine.exhibits
        for fresh in by_type.values():
            for item, prepared in zip(fresh, self._engine.prepare(Batch.of(fresh)), strict=True):
                self._engine.hold(item, prepared, () if store is None else store.keep(item))

    async def drain(self) -> None:
        """Finishes what was taken in; before the batcher drains."""
        while self._under_way:
            await asyncio.wait(self._under_way)
        self._threads.shutdown(wait=False)


def _any_heavy(items: Sequence[Evidence]) -> bool:
    return items[0].HEAVY if len(items) == 1 else any(item.HEAVY for item in items)


def _heavy(first: bytes | bytearray) -> bool:
    found = _KIND.search(bytes(first[:_FIRST]))
    type_ = evidence_types().get(found[1].decode("utf-8", "replace")) if found else None
    return type_ is not None and type_.HEAVY


def _too_large(most: int, settings: Settings) -> AssayError:
    hint = f"at most {most} bytes"
    if most == settings.max_body:
        hint += f"; {settings.max_heavy_body} for documents and the like, whose kind comes first in the body"
    return TooLarge("the body is too long", hint=hint)
