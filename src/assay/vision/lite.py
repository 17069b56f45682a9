"""Networks in TensorFlow Lite's format, run by LiteRT on one thread: loaded once a process, one call at a time."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from threading import Lock
from typing import Any

import numpy as np

from assay.core.errors import ModelError
from assay.vision.assets import HINT, asset


class Lite:
    """One network. Safe to call from several threads: a call waits for the one before it."""

    def __init__(self, name: str) -> None:
        path = asset(name)
        try:
            from ai_edge_litert.interpreter import Interpreter
        except ImportError:
            raise ModelError("LiteRT is not installed, which runs the face networks", hint=HINT) from None
        self._turn = Lock()
        with _hushed():
            self._interpreter: Any = Interpreter(model_path=str(path), num_threads=1)
            self._interpreter.allocate_tensors()
        taken = self._interpreter.get_input_details()[0]
        self._input: int = taken["index"]
        self.shape: tuple[int, ...] = tuple(int(n) for n in taken["shape"])
        self._outputs: list[int] = [one["index"] for one in self._interpreter.get_output_details()]

    def __call__(self, pixels: np.ndarray) -> list[np.ndarray]:
        """float32[height, width, 3] in the network's own range -> its outputs, copied, without the batch axis."""
        with self._turn:
            self._interpreter.set_tensor(self._input, pixels[None].astype(np.float32, copy=False))
            self._interpreter.invoke()
            return [np.array(self._interpreter.get_tensor(index)[0]) for index in self._outputs]


@contextmanager
def _hushed() -> Iterator[None]:
    """LiteRT's native code greets on standard error when it loads: nobody asked. Held under the loading lock only."""
    kept, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)


_LOADING = Lock()


@cache
def _kept(name: str, pid: int) -> Lite:
    return Lite(name)


def lite(name: str) -> Lite:
    """The asset of this name, ready to run; the same object for the whole process. Raises `ModelError` if not installed."""
    with _LOADING:
        return _kept(name, os.getpid())
