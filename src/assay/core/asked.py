"""A secret that is needed deep inside a room (a backup's password), asked of whoever sits there: only where the program that runs
says that somebody does. A service never asks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

Ask = Callable[[str], str]
_ASKS: ContextVar[Ask | None] = ContextVar("assay_asked", default=None)


def asked(what: str) -> str | None:
    """The answer to `what`; None where nobody sits there, or gives none."""
    ask = _ASKS.get()
    return (ask(what) or None) if ask is not None else None


@contextmanager
def answering(ask: Ask) -> Iterator[None]:
    """Inside, secrets may be asked of `ask`."""
    before = _ASKS.set(ask)
    try:
        yield
    finally:
        _ASKS.reset(before)


__all__ = ["answering", "asked"]
