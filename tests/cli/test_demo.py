"""The demo's keys, in a terminal of their own."""

from __future__ import annotations

import os
import pty
import sys
import termios
import time
from types import SimpleNamespace

import pytest

from assay.cli.demo import steered


def test_keys_change_the_speed_and_the_terminal_is_left_as_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    typed, shown = pty.openpty()  # never closed: the thread that reads waits there
    monkeypatch.setattr(sys, "stdin", os.fdopen(shown))
    before = termios.tcgetattr(shown)
    feeder = SimpleNamespace(speed=60.0, paused=False)
    with steered(feeder, "en"):  # type: ignore[arg-type]
        os.write(typed, b"++x- ")
        until = time.monotonic() + 10
        while not feeder.paused and time.monotonic() < until:
            time.sleep(0.01)
    assert (feeder.speed, feeder.paused) == (120.0, True)
    assert termios.tcgetattr(shown) == before
