"""Lists as they stand outside, and how they change: looked at first, written whole or not at all, put on record before it is
done, and taken back to the bit.

```
DATA/responses/lists/NAME.json      the entries that stand outside now, and which change put them there
DATA/responses/changes/000007/      change.json (what it did), and what every file held before
DATA/responses/out/                 the files, where the document names them by a relative path
```
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

import msgspec

from assay.core.errors import AssayError, InvalidSetting, NotFound
from assay.ledger.files import sync_folder, write_whole
from assay.responses.document import BlockList
from assay.responses.entries import Collected, Entry

KEPT = 200  # changes that can be taken back; older ones are forgotten
SHOWN = 100  # values of a plan that go on record
Audit = Callable[[str, dict[str, Any]], None]
"""`audit(action, about)` puts an event on the ledger, durably."""


class Conflict(AssayError):
    """Something else happened meanwhile, so that what is asked would undo more than it says."""

    code, status = "conflict", 409


class Standing(msgspec.Struct, frozen=True):
    """A list as it stands outside. `held`: taken back by a person, so it is not kept by itself until they apply it again."""

    entries: tuple[Entry, ...] = ()
    change: int = 0
    at: int = 0
    held: bool = False


class FileChange(msgspec.Struct, frozen=True):
    """`before` and `after` are SHA-256 of what it held and holds; empty where there was no file."""

    path: str
    before: str
    after: str


class Change(msgspec.Struct, frozen=True, omit_defaults=True):
    """One change of one list. `state`: begun and not finished (a crash), applied, or undone."""

    number: int
    list: str
    at: int
    actor: str
    files: tuple[FileChange, ...]
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    counts: dict[str, int] = {}
    state: Literal["begun", "applied", "undone"] = "begun"


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """What applying would do: nothing is done yet. `files`: path -> how many bytes it would hold, for those that would change."""

    list: str
    added: tuple[Entry, ...]
    removed: tuple[Entry, ...]
    extended: int
    entries: int
    refused: dict[str, str]
    left_out: int
    files: dict[str, int]
    held: bool = False

    @property
    def empty(self) -> bool:
        return not self.files


class Changes:
    """The lists of one data folder. Every method may be called from any process; one changes something at a time."""

    def __init__(self, data: Path) -> None:
        self.folder = data / "responses"
        self.out = self.folder / "out"

    # Looking

    def standing(self, name: str) -> Standing:
        """A list as it stands; an empty one where it was never applied."""
        return _read(self.folder / "lists" / f"{name}.json", Standing) or Standing()

    def plan(self, name: str, rules: BlockList, found: Collected, contents: Mapping[str, bytes]) -> Plan:
        """`contents`: what the files would hold (`written`)."""
        standing = self.standing(name)
        before = {entry.value: entry for entry in standing.entries}
        after = {entry.value: entry for entry in found.entries}
        added = tuple(entry for entry in found.entries if entry.value not in before)
        removed = tuple(entry for entry in standing.entries if entry.value not in after)
        extended = sum(value in before and before[value] != entry for value, entry in after.items())
        moved = bool(added or removed or extended) or standing.change == 0
        files = {to: len(content) for to, content in contents.items() if not self.path(to).exists() or moved}
        return Plan(
            list=name, added=added, removed=removed, extended=extended, entries=len(after), refused=found.refused,
            left_out=found.left_out, files=files, held=standing.held,
        )  # fmt: skip

    def changes(self, list_: str = "") -> list[Change]:
        """Newest first."""
        numbers = sorted((int(p.name) for p in self._changes().glob("[0-9]*") if p.name.isdecimal()), reverse=True)
        found = (_read(self._change(number) / "change.json", Change) for number in numbers)
        return [change for change in found if change is not None and list_ in ("", change.list)]

    def path(self, to: str) -> Path:
        """Where a file of the document stands. Raises `InvalidSetting` where a relative one leads out of its folder."""
        if os.path.isabs(to):
            return Path(to)
        path = Path(os.path.normpath(self.out / to))
        if not path.is_relative_to(self.out):
            raise InvalidSetting(f"{to} leads out of the folder", where="to", hint="write an absolute path")
        return path

    # Changing

    def apply(
        self, name: str, found: Collected, contents: Mapping[str, bytes], *, now: int, actor: str, audit: Audit
    ) -> Change:
        """Put a list outside. Raises `InvalidSetting` where a file cannot be written; then nothing has changed."""
        with self._alone(audit):
            before = {entry.value for entry in self.standing(name).entries}
            after = {entry.value for entry in found.entries}
            number = max((int(p.name) for p in self._changes().glob("[0-9]*") if p.name.isdecimal()), default=0) + 1
            standing = msgspec.json.encode(Standing(found.entries, number, now))
            whole = {self.path(to): content for to, content in contents.items()} | {self._list(name): standing}
            files, kept = self._keep(number, whole)
            change = Change(
                number, name, now, actor, files, tuple(sorted(after - before)), tuple(sorted(before - after)),
                {"entries": len(after), "refused": len(found.refused), "left out": found.left_out},
            )  # fmt: skip
            self._note(change)
            audit("response-applied", _about(change))
            self._write(change, {path: (content, kept[path]) for path, content in whole.items()})
            change = msgspec.structs.replace(change, state="applied")
            self._note(change)
            self._forget_old()
            return change

    def undo(self, number: int, *, now: int, actor: str, audit: Audit, force: bool = False) -> Change:
        """Put back what every file held before this change. Raises `NotFound`; `Conflict` where a later change of the list
        still stands, or a file has been altered by somebody else (unless `force`)."""
        with self._alone(audit):
            change = next((one for one in self.changes() if one.number == number), None)
            if change is None:
                raise NotFound("no such change", where=str(number))
            if change.state != "applied":
                raise Conflict("this change does not stand any more", where=str(number))
            later = [one.number for one in self.changes(change.list) if one.number > number and one.state == "applied"]
            if later:
                raise Conflict(
                    f"change {max(later)} of this list came later", where=str(number), hint="undo that one first"
                )
            try:
                self._put_back(change, actor, audit, force=force)
            except OSError as error:
                raise InvalidSetting(error.strerror or str(error), where=str(error.filename or "")) from None
            change = msgspec.structs.replace(change, state="undone")
            self._note(change)
            return change

    def _put_back(self, change: Change, actor: str, audit: Audit, *, force: bool) -> None:
        own = self._list(change.list)
        altered = [c.path for c in change.files if Path(c.path) != own and _digest(Path(c.path)) != c.after]
        if altered and not force:
            hint = "look at it; force puts it back all the same"
            raise Conflict(f"{altered[0]} has been altered since", where=str(change.number), hint=hint)
        audit("response-undone", {**_about(change), "by": actor})
        self._restore(change)
        held = msgspec.structs.replace(self.standing(change.list), held=True)
        write_whole(own, msgspec.json.encode(held), 0o600)

    def _keep(self, number: int, whole: Mapping[Path, bytes]) -> tuple[tuple[FileChange, ...], dict[Path, int]]:
        """What every file holds, copied aside durably; and its rights."""
        folder = self._change(number)
        folder.mkdir(parents=True, mode=0o700)
        files, modes = [], {}
        for i, (path, content) in enumerate(sorted(whole.items())):
            try:
                before = path.read_bytes() if path.exists() else None
                modes[path] = path.stat().st_mode & 0o777 if before is not None else 0o644
            except OSError as error:
                shutil.rmtree(folder, ignore_errors=True)
                raise InvalidSetting(error.strerror or str(error), where=str(path)) from None
            if before is not None:
                write_whole(folder / f"{i:04}.before", before, 0o600)
            digest = "" if before is None else hashlib.sha256(before).hexdigest()
            files.append(FileChange(str(path), digest, hashlib.sha256(content).hexdigest()))
        return tuple(files), modes

    def _write(self, change: Change, whole: Mapping[Path, tuple[bytes, int]]) -> None:
        try:
            for path, (content, mode) in sorted(whole.items()):
                path.parent.mkdir(parents=True, exist_ok=True)
                write_whole(path, content, 0o600 if path == self._list(change.list) else mode)
        except OSError as error:
            self._restore(change)
            self._note(msgspec.structs.replace(change, state="undone"))
            raise InvalidSetting(error.strerror or str(error), where=str(error.filename or "")) from None

    def _restore(self, change: Change) -> None:
        for i, one in enumerate(change.files):
            path, kept = Path(one.path), self._change(change.number) / f"{i:04}.before"
            if one.before:
                path.parent.mkdir(parents=True, exist_ok=True)
                mode = path.stat().st_mode & 0o777 if path.exists() else 0o644
                write_whole(path, kept.read_bytes(), mode)
            elif path.exists():
                path.unlink()
                sync_folder(path.parent)

    def _finish_begun(self, audit: Audit) -> None:
        """A change that a crash cut short is taken back: a list stands wholly or not at all."""
        for change in self.changes():
            if change.state == "begun":
                self._restore(change)
                audit("response-undone", {**_about(change), "by": "recovery"})
                self._note(msgspec.structs.replace(change, state="undone"))

    def _forget_old(self) -> None:
        numbers = sorted((int(p.name) for p in self._changes().glob("[0-9]*") if p.name.isdecimal()), reverse=True)
        for number in numbers[KEPT:]:
            shutil.rmtree(self._change(number), ignore_errors=True)

    @contextmanager
    def _alone(self, audit: Audit) -> Iterator[None]:
        """Nobody else changes a list meanwhile."""
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        for name in ("lists", "changes"):
            (self.folder / name).mkdir(exist_ok=True, mode=0o700)
        self.out.mkdir(exist_ok=True)
        with (self.folder / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            self._finish_begun(audit)
            yield

    def _note(self, change: Change) -> None:
        write_whole(self._change(change.number) / "change.json", msgspec.json.encode(change), 0o600)

    def _list(self, name: str) -> Path:
        return self.folder / "lists" / f"{name}.json"

    def _changes(self) -> Path:
        return self.folder / "changes"

    def _change(self, number: int) -> Path:
        return self._changes() / f"{number:06}"


def _about(change: Change) -> dict[str, Any]:
    """What goes on record of a change; of very many values the first."""
    return {
        "change": change.number, "list": change.list, "actor": change.actor,
        "added": list(change.added[:SHOWN]), "removed": list(change.removed[:SHOWN]),
        "counts": {"added": len(change.added), "removed": len(change.removed), **change.counts},
        "files": {one.path: one.after for one in change.files if not re.search(r"/responses/lists/[^/]+$", one.path)},
    }  # fmt: skip


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.exists() else ""


def _read(path: Path, type_: type[Any]) -> Any:
    try:
        return msgspec.json.decode(path.read_bytes(), type=type_)
    except FileNotFoundError:
        return None
    except (OSError, msgspec.MsgspecError) as error:
        raise InvalidSetting(f"cannot be read: {error}", where=str(path)) from None


def names(rules: Mapping[str, BlockList], wanted: Sequence[str]) -> list[str]:
    """The lists that are meant: those named, else all. Raises `NotFound`."""
    for name in wanted:
        if name not in rules:
            raise NotFound(f"no list {name!r}", hint="there are: " + ", ".join(rules))
    return list(wanted) or list(rules)
