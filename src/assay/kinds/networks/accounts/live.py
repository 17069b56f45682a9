"""Accounts of what comes one by one: the same accounts as of a log, made anew for a machine when something about it has grown
enough to look again.

Of each machine inside the last day's rows are kept, so that its accounts are those of a log of that day; what is older is
remembered as one part of a log is for the next (`Memory`). When accounts are made depends on the order of rows alone, never on how
they were cut into batches. Bounded: beyond `MOST_ROWS` of a machine its oldest hours are remembered early, beyond `MOST_ALL` the
machine that has been silent for longest is forgotten.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from assay.core.batch import Batch
from assay.core.evidence import column
from assay.kinds.networks.accounts import conduct, contacts, drains, firsts, names, schema, sweeps
from assay.kinds.networks.accounts.conduct import ADMIN, HOUR
from assay.kinds.networks.accounts.contacts import CHATTER
from assay.kinds.networks.accounts.memory import Memory
from assay.kinds.networks.accounts.names import DAY
from assay.kinds.networks.accounts.sweeps import LOGIN_SPAN, LOGINS
from assay.kinds.networks.evidence import Contact
from assay.kinds.networks.places import external, internal, owner_of, registered

if TYPE_CHECKING:
    import polars as pl

MOST_ROWS, MOST_ALL = 8_192, 400_000
_FEW = {  # bytes, or how many
    "contact": 12, "sweep": 10, "login": 15, "conduct": 50e6, "drain": 100e6, "door": 1, "met": 1, "names": 10, "search": 5,
}  # fmt: skip
_MORE = 4  # an account is made anew when what it is about has grown by one in so many
_EVEN = 0.5  # share of a pair's gaps near their middle, below which it is no beacon and need not be looked at
_STEP = 1.1  # by which the middle of gaps that are not kept is found, as it goes
_SPARE = 6 * HOUR  # beyond a day, so that the oldest hours are taken over several at a time


class Machine:
    """`rows` in order of arrival; `grown` (account, what it is about) -> [how much, at how much the account is due next]; `pace`
    destination -> [time of its last connection, the middle of the gaps so far, how many there were, how many near the middle]."""

    __slots__ = ("grown", "pace", "rows")

    def __init__(self) -> None:
        self.rows: list[tuple[Any, ...]] = []
        self.grown: dict[tuple[str, str], list[float]] = {}
        self.pace: dict[str, list[float]] = {}

    def due(self, account: str, about: str, more: float = 1) -> bool:
        """Has it grown enough?"""
        known = self.grown.setdefault((account, about), [0, _FEW[account]])
        known[0] += more
        if known[0] < known[1]:
            return False
        known[1] = known[0] + max(_FEW[account] / 3, known[0] / _MORE)
        return True

    def new(self, account: str, about: str) -> bool:
        """Is this the first time?"""
        return (account, about) not in self.grown and self.due(account, about)

    def beats(self, destination: str, time: int) -> bool:
        """Does it talk to it evenly enough to look closer, and has that not been done lately?"""
        known = self.pace.setdefault(destination, [time, 0.0, 0, 0])
        gap = (time - known[0]) / 1e6
        if gap >= 1:
            known[0], known[2] = time, known[2] + 1
            known[3] += 0.5 * known[1] <= gap <= 1.5 * known[1]
            known[1] = gap if not known[1] else known[1] * (_STEP if gap > known[1] else 1 / _STEP)
        return self.due("contact", destination) and known[3] >= _EVEN * known[2]

    def clear(self) -> None:
        self.grown.clear()
        self.pace.clear()


class Live:
    """Rows of one type (`tag`), each after the other, as `schema` has them: `hear` says which accounts are due, `accounts` makes them."""

    def __init__(self, tag: str, machines: dict[str, Machine] | None = None, memory: Memory | None = None) -> None:
        self.tag = tag
        self.machines: dict[str, Machine] = machines or {}  # the one silent for longest first
        self.memory = memory or Memory()
        self.rows = sum(len(one.rows) for one in self.machines.values())

    def hear(self, row: tuple[Any, ...]) -> list[str]:
        """The accounts of its source that are due with this row."""
        time, source = row[0], row[1]
        if not internal(source):
            return []
        self.memory.begin(time)
        machine = self.machines.pop(source, None) or Machine()
        self.machines[source] = machine
        before = machine.rows[-1][0] if machine.rows else time
        late = time // HOUR > before // HOUR
        machine.rows.append(row)
        self.rows += 1
        now = min(before, time)  # one wrong clock alone ends no day
        if now - machine.rows[0][0] > DAY + _SPARE or len(machine.rows) > MOST_ROWS:
            self._remember(machine, now)
        while self.rows > MOST_ALL:
            silent = next(iter(self.machines))
            self.rows -= len(self.machines.pop(silent).rows)
        if self.tag == "lookup":
            return _of_lookup(machine, row, self.memory)
        return (["hour"] if late else []) + _of_flow(machine, row, self.memory)

    def _remember(self, machine: Machine, now: int) -> None:
        """Rows older than a day, by whole hours, and the older half where there are too many, go over into the memory."""
        last, many = now - DAY, len(machine.rows) > MOST_ROWS
        if many:
            last = max(last, sorted(row[0] for row in machine.rows)[MOST_ROWS // 2])
        last -= last % HOUR
        gone = [row for row in machine.rows if row[0] < last]
        if not gone and many:  # all of one hour
            gone, machine.rows = machine.rows[: MOST_ROWS // 2], machine.rows[MOST_ROWS // 2 :]
        elif gone:
            machine.rows = [row for row in machine.rows if row[0] >= last]
        if gone:
            self.rows -= len(gone)
            machine.clear()
            if self.tag == "flow":
                table = self._table(gone)
                for account in ("conduct", "door"):
                    _ACCOUNTS[account](table, self.memory)

    def accounts(self, row: tuple[Any, ...], due: Sequence[str]) -> Iterator[tuple[str, Batch[Any]]]:
        """Those of the row's source, as of a log of its rows; nothing is remembered of them."""
        for account in due:
            rows = self.machines[row[1]].rows
            if account == "met":
                yield account, _met(row)
                continue
            some = [r for r in rows if r[0] // HOUR < row[0] // HOUR] if account == "hour" else rows
            made = _ACCOUNTS[account](self._table(some), self.memory.draft(row[1]))
            if made is not None:
                yield account, made

    def _table(self, rows: list[tuple[Any, ...]]) -> pl.DataFrame:
        import polars as pl

        return pl.DataFrame(rows, schema=schema(self.tag), orient="row").sort("time", maintain_order=True)

    def kept(self) -> list[Any]:
        """All of it as plain values, for `of`."""
        machines = [
            (source, one.rows, [(*about, *grown) for about, grown in one.grown.items()], list(one.pace.items()))
            for source, one in self.machines.items()
        ]
        return [machines, self.memory.kept()]

    @classmethod
    def of(cls, tag: str, kept: list[Any]) -> Live:
        machines = {}
        for source, rows, grown, pace in kept[0]:
            one = machines[source] = Machine()
            one.rows = [tuple(row) for row in rows]
            one.pace = {destination: list(told) for destination, told in pace}
            one.grown = {(account, about): [much, next_] for account, about, much, next_ in grown}
        return cls(tag, machines, Memory.of(kept[1]))


def _of_flow(machine: Machine, row: tuple[Any, ...], memory: Memory) -> list[str]:
    time, source, destination, port, protocol, _, sent, _, state, name = row
    out = []
    if external(destination):
        to, owner = name or destination, owner_of(name, destination)
        if machine.new("met", destination):
            out.append("met")
            for end in dict.fromkeys((to, destination, owner)):  # others' accounts know who shares it
                memory.remember((source, end), time)
        if (protocol == "tcp" or port not in CHATTER) and machine.beats(to, time):
            out.append("contact")
        if sent and machine.due("conduct", "", sent):
            out.append("conduct")
        if sent and machine.due("drain", owner, sent):
            out.append("drain")
    elif port in ADMIN and state == "open":
        door = f"{destination} {port}"
        if ("admin", source, destination, str(port)) not in memory.met and machine.new("door", door):
            out.append("door")
    if state in ("attempt", "rejected"):
        again = machine.due("sweep", f"{protocol} {port}") or machine.due("sweep", destination)
    else:  # of as many within a span as are told, half lie in one of the clock's spans
        again = port in LOGINS and machine.due("login", f"{destination} {port} {time // LOGIN_SPAN}")
    if again:
        out.append("sweep")
    return out


def _of_lookup(machine: Machine, row: tuple[Any, ...], memory: Memory) -> list[str]:
    """Names that were asked for before add nothing."""
    time, source, name, _, code = row
    _, domain = registered(name)
    if not domain:
        return []
    memory.remember((source, domain), time)
    out = []
    if machine.new("met", name) and machine.due("names", domain):
        out.append("names")
    if code == "NXDOMAIN" and machine.new("met", f"no {domain}") and machine.due("search", ""):
        out.append("search")
    return out


def _met(row: tuple[Any, ...]) -> Batch[Any]:
    """A contact of which nothing is known but its ends."""
    ends = {"source": row[1], "destination": row[9] or row[2], "address": row[2]}
    columns = {name: column([value], numeric=False) for name, value in ends.items()}
    return Batch(Contact, [f"live:{row[1]}>{row[2]}"[-128:]], np.array([row[0]], np.int64), columns)


def _contacts(table: pl.DataFrame, memory: Memory) -> Batch[Any] | None:
    since = None if memory.since is None else memory.since // 1_000_000
    return contacts.account(table, None, None, memory, "live", since)


_ACCOUNTS: dict[str, Callable[[pl.DataFrame, Memory], Batch[Any] | None]] = {
    "contact": _contacts,
    "sweep": lambda table, _: sweeps.account(table, "live"),
    "conduct": lambda table, memory: conduct.account(table, memory, "live"),
    "hour": lambda table, memory: conduct.account(table, memory, "live"),
    "drain": lambda table, memory: drains.account(table, memory, "live"),
    "door": lambda table, memory: firsts.account(table, None, memory, "live"),
    "names": lambda table, memory: names.namings(table, memory, "live"),
    "search": lambda table, _: names.searches(table, "live"),
}

__all__ = ["MOST_ALL", "MOST_ROWS", "Live"]
