"""UDS (ISO 14229): what was asked of which computer, how it answered, and which of that nobody does to a car on the road.

*Security access* guessed at; *resets*, *flashing*, other *sessions*, and *control* taken (communication or fault memory switched
off, outputs driven, memory written, routines started); *floods* of requests, and *scans* over addresses and services.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from assay.kinds.vehicles.diagnostics.isotp import Said

RESET, SECURITY, SESSION, TESTER = 0x11, 0x27, 0x10, 0x3E
FLASHING = frozenset((0x34, 0x35, 0x36, 0x37, 0x38))
CONTROL = frozenset((0x28, 0x2E, 0x2F, 0x31, 0x3D, 0x85))
SERVICES = frozenset((0x10, 0x11, 0x14, 0x19, 0x22, 0x23, 0x24, 0x27, 0x28, 0x29, 0x2A, 0x2C, 0x2E, 0x2F, 0x31, 0x3D, 0x3E, 0x83, 0x84, 0x85, 0x86, 0x87)) | FLASHING  # fmt: skip
_WRONG_KEY, _TOO_MANY, _WAIT = 0x35, 0x36, 0x37
GUESSES = 3  # wrong keys within a minute: a workshop's tester knows the key
_MINUTE = 60_000_000
_FLOOD = 50  # requests in a second; testers send one after the other's answer, and TesterPresent every two seconds
_ADDRESSES, _SERVICES = 12, 16  # asked within ten seconds
_SCAN = 10_000_000


class Asked(NamedTuple):
    """A request: when, of whom, what; `answer` 1 said yes, 0 nothing, else minus the code of refusal."""

    time: int
    id: int
    service: int
    function: int
    answer: int
    row: int


@dataclass
class Doings:
    """What was done, by reason: times and ids."""

    times: list[int] = field(default_factory=list)
    ids: set[int] = field(default_factory=set)
    rows: list[int] = field(default_factory=list)
    sure: bool = False  # it was answered: done, and not only asked

    def add(self, asked: Asked) -> None:
        self.times.append(asked.time)
        self.ids.add(asked.id)
        self.rows.append(asked.row)
        self.sure = self.sure or asked.answer == 1


def requests(said: Iterable[Said]) -> list[Asked]:
    """Requests with their answers, in order; messages that are neither are passed over."""
    found: list[Asked] = []
    waiting: dict[tuple[int, int], int] = {}
    for one in said:
        service = one.payload[0]
        if service in SERVICES:
            function = one.payload[1] & 0x7F if len(one.payload) > 1 else 0
            waiting[one.peer, service] = len(found)
            found.append(Asked(one.time, one.id, service, function, 0, one.row))
            continue
        refused = service == 0x7F and len(one.payload) >= 3
        whose = one.payload[1] if refused else service - 0x40
        at = waiting.get((one.id, whose), waiting.get((0, whose), -1))
        if at >= 0 and whose in SERVICES and found[at].answer == 0:
            code = -one.payload[2] if refused else 1
            if code != -0x78:  # the answer is pending
                found[at] = found[at]._replace(answer=code)
    return found


def doings(asked: list[Asked]) -> dict[str, Doings]:
    """By kind: `guessed`, `reset`, `flashing`, `session`, `control`, `flood`, `scan`."""
    found: dict[str, Doings] = defaultdict(Doings)
    for one in asked:
        if one.answer < 0:
            continue
        if one.service == RESET:
            found["reset"].add(one)
        elif one.service in FLASHING:
            found["flashing"].add(one)
        elif one.service == SESSION and one.function > 1:
            found["session"].add(one)
        elif one.service in CONTROL:
            found["control"].add(one)
    _guessed(asked, found)
    _flooded(asked, found)
    _scanned(asked, found)
    return dict(found)


def _guessed(asked: list[Asked], found: dict[str, Doings]) -> None:
    """Keys refused, again and again, of one computer; and whether one fitted at last."""
    wrong: dict[int, list[Asked]] = defaultdict(list)
    for one in asked:
        if one.service != SECURITY:
            continue
        mine = wrong[one.id]
        if one.answer in (-_WRONG_KEY, -_TOO_MANY, -_WAIT) and (one.function % 2 == 0 or one.answer != -_WRONG_KEY):
            mine.append(one)
            while one.time - mine[0].time > _MINUTE:
                mine.pop(0)
            if len(mine) >= GUESSES:
                for each in mine if one.id not in found["guessed"].ids else [one]:
                    found["guessed"].add(each)
        elif one.answer == 1 and one.function % 2 == 0 and len(mine) >= GUESSES:
            found["guessed"].add(one)
    if not found["guessed"].times:
        del found["guessed"]


def _flooded(asked: list[Asked], found: dict[str, Doings]) -> None:
    first = 0
    for last, one in enumerate(asked):
        while one.time - asked[first].time > 1_000_000:
            first += 1
        if last - first + 1 >= _FLOOD:
            found["flood"].add(one)


def _scanned(asked: list[Asked], found: dict[str, Doings]) -> None:
    """Many addresses, or many services of one, within seconds."""
    first = 0
    ids: dict[int, int] = defaultdict(int)
    services: dict[tuple[int, int], int] = defaultdict(int)
    tried: dict[int, int] = defaultdict(int)
    for one in asked:
        ids[one.id] += 1
        services[one.id, one.service] += 1
        tried[one.id] += services[one.id, one.service] == 1
        while one.time - asked[first].time > _SCAN:
            old = asked[first]
            ids[old.id] -= 1
            if not ids[old.id]:
                del ids[old.id]
            services[old.id, old.service] -= 1
            tried[old.id] -= services[old.id, old.service] == 0
            first += 1
        if len(ids) >= _ADDRESSES or tried[one.id] >= _SERVICES:
            found["scan"].add(one)


__all__ = ["GUESSES", "Asked", "Doings", "doings", "requests"]
