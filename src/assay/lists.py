"""What people put on the lists of the policies in force, while the service runs: each entry with its reason, who added it, and
until when it holds. What a policy's own file says is never touched; together they are what its expressions read.

Entries lie in `DATA/lists.json`. Every change is on the ledger before it is done, a decision names the policy by a hash that
covers its lists, and no profile or finding depends on one: a replay of the ledger needs none of this.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from threading import RLock
from typing import Any

import msgspec

from assay.core.clock import iso, now
from assay.core.errors import InvalidSetting, LedgerUnavailable, NotFound
from assay.engine import Engine
from assay.ledger.files import write_whole
from assay.ledger.scrub import scrub
from assay.policy import Policy

FILE = "lists.json"
MOST, LONGEST, REASON = 10_000, 512, 500  # entries of one list; letters of a value, and of a reason


class Entry(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One value on one list of a room's policy. Times in microseconds; `until` None: until somebody takes it off."""

    room: str
    list: str
    value: str
    why: str
    by: str
    at: int
    until: int | None = None

    @property
    def key(self) -> tuple[str, str, str]:
        return self.room, self.list, self.value


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """A list as it stands: what its policy's file says, what people added, and the rules that read it. `policy` is empty where
    no policy in force has such a list any more: then its entries wait."""

    room: str
    list: str
    policy: str
    own: tuple[str, ...] = ()
    entries: tuple[Entry, ...] = ()
    rules: tuple[str, ...] = ()


Record = Callable[[str, dict[str, Any]], None]
"""`record(action, about)` puts an event on the ledger, durably."""


Put = Callable[[Mapping[str, Policy]], None]
"""`put(policies)` puts each room's policy, with what people put on its lists, in force."""


class Lists:
    """The lists of policies by room. Whoever calls `add`, `remove` or `refresh` is alone with what decides by them meanwhile; the
    others may be called from any thread. Raises `InvalidSetting` for a damaged file."""

    def __init__(
        self,
        data: Path,
        policies: Mapping[str, Policy],
        put: Put = lambda _policies: None,
        clock: Callable[[], int] = now,
    ) -> None:
        self._path, self._plain, self._put, self._clock = data / FILE, dict(policies), put, clock
        self._turn = RLock()
        self._entries = {entry.key: entry for entry in _read(self._path)}
        self._put(self._policies())

    @classmethod
    def of(cls, data: Path, engine: Engine) -> Lists:
        """Those of an engine's policies, felt by what it decides next."""
        lanes = [lane for lane in engine.lanes.values() if lane.policy is not None]

        def put(policies: Mapping[str, Policy]) -> None:
            for lane in lanes:
                lane.policy = policies[lane.kind.name]

        return cls(data, {lane.kind.name: lane.policy for lane in lanes if lane.policy is not None}, put)

    def told(self) -> list[Told]:
        """Every list, by room and name; newest entries first."""
        with self._turn:
            entries = sorted(self._entries.values(), key=lambda entry: -entry.at)
        names = {(room, name) for room, policy in self._plain.items() for name in policy.names.lists}
        return [
            self._told(room, name, [entry for entry in entries if (entry.room, entry.list) == (room, name)])
            for room, name in sorted(names | {(entry.room, entry.list) for entry in entries})
        ]

    def _told(self, room: str, name: str, entries: Sequence[Entry]) -> Told:
        policy = self._plain.get(room)
        if policy is None or name not in policy.names.lists:
            return Told(room=room, list=name, policy="", entries=tuple(entries))
        own = tuple(str(value) for value in policy.names.lists[name])
        asks = re.compile(rf"\blists\.{re.escape(name)}\b")  # of the text: what asks for an empty list reads nothing
        rules = tuple(rule.name for rule in policy.rules if asks.search(rule.when.text))
        return Told(room=room, list=name, policy=policy.name, own=own, entries=tuple(entries), rules=rules)

    def add(self, entry: Entry, record: Record) -> Entry:
        """Puts a value on a list, or gives one that people put there another reason or term. Raises `NotFound` for a list that no
        policy has, `InvalidSetting` for a value that cannot stand in it or stands in the policy's file."""
        policy = self._plain.get(entry.room)
        if policy is None or entry.list not in policy.names.lists:
            raise NotFound(f"no list {entry.list!r}", where=entry.room)
        _check(entry, self._clock())
        entry = msgspec.structs.replace(entry, why=scrub(entry.why))  # no number of a card stays in a reason
        if entry.value in map(str, policy.names.lists[entry.list]):
            raise InvalidSetting("stands in the policy's own file", where=entry.value)
        with self._turn:
            after = self._entries | {entry.key: entry}
            if sum(one.list == entry.list and one.room == entry.room for one in after.values()) > MOST:
                raise InvalidSetting(f"more than {MOST} entries", where=entry.list, hint="write them into a file")
            about = {"room": entry.room, "list": entry.list, "value": entry.value, "why": entry.why, "by": entry.by}
            until = {} if entry.until is None else {"until": iso(entry.until)}
            self._change(after, lambda: record("list-entry-added", about | until))
        return entry

    def remove(self, room: str, name: str, value: str, why: str, record: Record) -> Entry:
        """Takes a value off that people put on. Raises `NotFound`."""
        with self._turn:
            gone = self._entries.get((room, name, value))
            if gone is None:
                raise NotFound("nobody put this on the list", where=value)
            after = {key: entry for key, entry in self._entries.items() if key != gone.key}
            about = {"room": room, "list": name, "value": value, "why": scrub(why[:REASON])}
            self._change(after, lambda: record("list-entry-removed", about))
        return gone

    def refresh(self, record: Record) -> int:
        """What has expired leaves its list. Returns how many."""
        with self._turn:
            moment = self._clock()
            over = [entry for entry in self._entries.values() if entry.until is not None and entry.until <= moment]
            if over:
                after = {key: entry for key, entry in self._entries.items() if entry not in over}
                about = [{"room": entry.room, "list": entry.list, "value": entry.value} for entry in over]
                self._change(after, lambda: record("list-entries-expired", {"entries": about}))
            return len(over)

    def next_end(self) -> int | None:
        """When the next entry expires; None where none does."""
        with self._turn:
            return min((entry.until for entry in self._entries.values() if entry.until is not None), default=None)

    def _change(self, after: dict[tuple[str, str, str], Entry], record: Callable[[], None]) -> None:
        """The policies are made first, since that may fail; then it is on record; then it is so."""
        before, self._entries = self._entries, after
        try:
            policies = self._policies()
            record()
            _write(self._path, sorted(after.values(), key=lambda entry: entry.at))
        except BaseException:
            self._entries = before
            raise
        self._put(policies)

    def _policies(self) -> dict[str, Policy]:
        """Each policy with the values that people put on its lists."""
        more = _holding(self._entries.values(), self._clock())
        return {room: policy.holding(more.get(room, {})) for room, policy in self._plain.items()}


def standing(data: Path, moment: int) -> dict[str, dict[str, list[str]]]:
    """Room -> list -> the values that people put there and that hold at a moment, of a data folder that nobody need serve."""
    return _holding(_read(data / FILE), moment)


def _holding(entries: Iterable[Entry], moment: int) -> dict[str, dict[str, list[str]]]:
    found: dict[str, dict[str, list[str]]] = {}
    for entry in entries:
        if entry.until is None or entry.until > moment:
            found.setdefault(entry.room, {}).setdefault(entry.list, []).append(entry.value)
    return found


def _check(entry: Entry, moment: int) -> None:
    if not entry.value or len(entry.value) > LONGEST or not entry.value.isprintable():
        raise InvalidSetting(f"1 to {LONGEST} printable letters", where="value")
    if not entry.why.strip() or len(entry.why) > REASON:
        raise InvalidSetting(f"say why, in {REASON} letters at most", where="why")
    if entry.until is not None and entry.until <= moment:
        raise InvalidSetting("is over already", where="until")


def _read(path: Path) -> list[Entry]:
    try:
        return msgspec.json.decode(path.read_bytes(), type=list[Entry])
    except FileNotFoundError:
        return []
    except (OSError, msgspec.MsgspecError) as error:
        raise InvalidSetting(f"cannot be read: {error}", where=str(path)) from None


def _write(path: Path, entries: Sequence[Entry]) -> None:
    try:
        write_whole(path, msgspec.json.encode(entries), mode=0o600)
    except OSError as error:
        raise LedgerUnavailable(f"the lists cannot be kept: {error.strerror}", where=str(path)) from error


__all__ = ["Entry", "Lists", "Record", "Told", "standing"]
