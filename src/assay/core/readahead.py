"""Reading ahead: what comes next is made in a thread of its own while the caller is busy with what came before."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from queue import Full, Queue
from threading import Event, Thread
from typing import Any, TypeVar

T = TypeVar("T")


def read_ahead(items: Iterable[T], most: int = 4) -> Iterator[T]:
    """The same items, at most so many of them ahead. An error there is raised here; whoever stops asking ends the thread.

    >>> list(read_ahead(range(3)))
    [0, 1, 2]
    """
    waiting: Queue[tuple[bool, Any]] = Queue(most)
    stop = Event()

    def put(entry: tuple[bool, Any]) -> None:
        while not stop.is_set():
            try:
                waiting.put(entry, timeout=0.1)
                return
            except Full:
                continue

    def make() -> None:
        try:
            for item in items:
                put((True, item))
                if stop.is_set():
                    return
            put((False, None))
        except BaseException as error:  # handed over, whatever it is
            put((False, error))

    Thread(target=make, name="assay-read", daemon=True).start()
    try:
        while True:
            more, item = waiting.get()
            if not more:
                if item is not None:
                    raise item
                return
            yield item
    finally:
        stop.set()


__all__ = ["read_ahead"]
