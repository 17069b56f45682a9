"""What is being done now, told from deep inside a room to whoever watches: a check's progress, a bar on a terminal.

No callback has to be handed through every call; where nobody listens, telling costs nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_HEARS: ContextVar[Callable[[str], None] | None] = ContextVar("assay_progress", default=None)


def doing(what: str) -> None:
    """Say what begins now, such as "documents.pdf" or "page 3"."""
    hear = _HEARS.get()
    if hear is not None:
        hear(what)


@contextmanager
def heard(hear: Callable[[str], None]) -> Iterator[None]:
    """Inside, `hear` is told what is being done."""
    before = _HEARS.set(hear)
    try:
        yield
    finally:
        _HEARS.reset(before)
