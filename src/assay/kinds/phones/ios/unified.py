"""What the unified log of a sysdiagnose says of the phone: its boots, new builds, and which programs wrote to it, from where and
since when. What they wrote is not read, and the gap says so."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import partial
from itertools import pairwise

from assay.kinds.phones.backup.database import Broken
from assay.kinds.phones.backup.store import TooLarge
from assay.kinds.phones.gathering import Content, Gathering, bytes_of
from assay.kinds.phones.ios import tracev3
from assay.kinds.phones.timeline import Event, Gap, event
from assay.kinds.phones.trees import Tree

ARTEFACT, MESSAGES = "unified log", "unified log messages"
MAX_TRACES, MAX_PROGRAMS = 2_000, 20_000
_ARCHIVE = r"(?:^|/)system_logs\.logarchive/"
_TRACE = re.compile(rf"{_ARCHIVE}.*\.tracev3$", re.IGNORECASE)
_SYNC = re.compile(rf"{_ARCHIVE}timesync/[^/]+\.timesync$", re.IGNORECASE)
_NAMES = re.compile(rf"{_ARCHIVE}([0-9A-F]{{2}})/([0-9A-F]{{30}})$", re.IGNORECASE)
_USERS = {0: "root", 501: "mobile"}


def kept_of(name: str) -> Callable[[bytes], bytes] | None:
    """What is kept in memory of a file of the log; None for a name that is none of its files."""
    if _TRACE.search(name):
        return tracev3.thin
    if _NAMES.search(name):
        return tracev3.thin_names
    return bytes if _SYNC.search(name) else None


def read(tree: Tree, gathered: Gathering) -> None:
    """Adds what the log says, and the share of it that was not read."""
    names = [name for name in tree.names if _TRACE.search(name)]
    if not names:
        gathered.settle(ARTEFACT)
        return
    reading = _Reading(tree)
    for name in tree.names:
        if _SYNC.search(name):
            gathered.take(ARTEFACT, name, partial(tree.get, name), reading.clocks)
    for name in names[:MAX_TRACES]:
        gathered.take(ARTEFACT, name, partial(tree.get, name), reading.trace, tree.digests.get(name))
    for found in reading.builds():
        gathered.add(found)
    gathered.settle(ARTEFACT)
    share = 100 * reading.bytes_read / max(1, reading.bytes_all)
    told = f"{share:.2g} % of the log's bytes say which programs wrote; what they wrote is not read"
    gathered.gaps.append(Gap(MESSAGES, told))
    if len(names) > MAX_TRACES:
        gathered.gaps.append(Gap(ARTEFACT, f"{MAX_TRACES} of {len(names)} were read"))


class _Reading:
    def __init__(self, tree: Tree) -> None:
        self.tree = tree
        self.files = {(found[1] + found[2]).upper(): name for name in tree.names if (found := _NAMES.search(name))}
        self.by_boot: dict[bytes, tracev3.Clock] = {}
        self.build: dict[bytes, str] = {}
        self.paths: dict[bytes, str] = {}
        self.told: set[tuple[bytes, bytes, int]] = set()
        self.bytes_read = self.bytes_all = 0

    def clocks(self, content: Content, source: str) -> Iterator[Event]:
        """A `reboot` for each boot."""
        for boot, clock in tracev3.clocks(bytes_of(content)):
            known = self.by_boot.setdefault(boot, clock)
            if known is clock:
                yield event(clock.booted / 1e9, "reboot", "start", source)
            else:  # a boot that outlasts its file goes on in the next one
                known.pairs.extend(pair for pair in clock.pairs if pair[0] > known.pairs[-1][0])

    def trace(self, content: Content, source: str) -> Iterator[Event]:
        """A `process.run` for each program of a boot, at the first block with something of it."""
        one = tracev3.trace(bytes_of(content))
        self.bytes_read += one.read
        self.bytes_all += one.size
        self.build.setdefault(one.boot, one.build)
        clock = self.by_boot.get(one.boot)
        for wrote in one.wrote:
            key = one.boot, wrote.program, wrote.user
            path = self._path(wrote.program)
            if key in self.told or not path or len(self.told) >= MAX_PROGRAMS:
                continue
            self.told.add(key)
            since, until = (clock.at(wrote.since), clock.at(wrote.until)) if clock else (0.0, 0.0)
            user = _USERS.get(wrote.user, str(wrote.user))
            yield event(since, "process.run", path.rpartition("/")[2], source, path, user, until - since)

    def builds(self) -> Iterator[Event]:
        """The build of the last boot, and an `upgraded` where one boot's differs from that of the boot before."""
        boots = sorted((clock.booted, self.build[boot]) for boot, clock in self.by_boot.items() if self.build.get(boot))
        for (_, before), (booted, build) in pairwise(boots):
            if build != before:
                yield event(booted / 1e9, "upgraded", build, ARTEFACT, before)
        if boots:
            yield event(0, "property", "ProductBuildVersion", ARTEFACT, boots[-1][1])

    def _path(self, program: bytes) -> str:
        if program not in self.paths:
            name = self.files.get(program.hex().upper())
            try:
                self.paths[program] = tracev3.program(bytes_of(self.tree.get(name))) if name else ""
            except (Broken, TooLarge, OSError):
                self.paths[program] = ""
        return self.paths[program]


__all__ = ["ARTEFACT", "MESSAGES", "kept_of", "read"]
