"""shutdown.log: what was still running when the phone went down, reboot by reboot (reference §5.4; Kaspersky's iShutdown).

A block is one shutdown: rounds of `After 1.00s, these clients are still here:` with a line for each client, closed by
`SIGTERM: [seconds since 1970]`. Delays count from the shutdown's beginning, so the last round's is the whole delay. A last block
without its SIGTERM is told too, its time unknown.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from assay.kinds.phones.backup.database import Broken
from assay.kinds.phones.gathering import Content, bytes_of
from assay.kinds.phones.timeline import Event, event, unix

MAX_LINE, MAX_LINES = 2_048, 2_000_000
_AFTER = re.compile(r"After (\d{1,6}(?:\.\d{1,6})?)s?, these clients are still here", re.IGNORECASE)
_CLIENT = re.compile(r"remaining client pid:\s*(\d{1,10}) \((.{1,1500})\)")
_END = re.compile(r"SIGTERM: \[(\d{1,12})\]")
_UUID = re.compile(r"/[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$")


class Client(NamedTuple):
    path: str
    seconds: float  # how long after the shutdown's beginning it was last seen


class Shutdown(NamedTuple):
    """`time` seconds since 1970, 0 where the log ends before it says; `rounds` how often clients were counted."""

    time: float
    rounds: int
    seconds: float
    clients: tuple[Client, ...]


def shutdowns(text: str) -> Iterator[Shutdown]:
    """Each shutdown of a log, in its order."""
    rounds, seconds = 0, 0.0
    clients: dict[str, float] = {}
    for number, line in enumerate(text.splitlines()):
        if number >= MAX_LINES:
            break
        line = line[:MAX_LINE]
        if found := _AFTER.search(line):
            rounds, seconds = rounds + 1, max(seconds, float(found[1]))
        elif found := _CLIENT.search(line):
            clients[_UUID.sub("", found[2])] = seconds
        elif found := _END.search(line):
            yield Shutdown(unix(int(found[1])), rounds, seconds, tuple(Client(*c) for c in clients.items()))
            rounds, seconds, clients = 0, 0.0, {}
    if rounds or clients:
        yield Shutdown(0.0, rounds, seconds, tuple(Client(*c) for c in clients.items()))


def log(content: Content, source: str) -> Iterator[Event]:
    """A `reboot` for each shutdown, and a `shutdown.delayed` for each client that held it up."""
    data = bytes_of(content)
    if b"\0" in data[:4096]:
        raise Broken("not a log")
    for one in shutdowns(data.decode("utf-8", "replace")):
        yield event(
            one.time, "reboot", f"{one.seconds:g} s", source, f"{one.rounds} rounds, {len(one.clients)} clients"
        )
        for client in one.clients:
            yield event(one.time, "shutdown.delayed", client.path, source, f"{client.seconds:g}")


__all__ = ["Client", "Shutdown", "log", "shutdowns"]
