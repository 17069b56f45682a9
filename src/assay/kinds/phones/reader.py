"""iOS backups as `PhoneImage`s: a folder (known by its `Manifest.db`), a zip or a tar of one, plain or encrypted.

The password comes from `ASSAY_BACKUP_PASSWORD`, or from the file that `ASSAY_BACKUP_PASSWORD_FILE` names; it is never logged.
"""

from __future__ import annotations

import hashlib
import os
import re
import zlib
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from assay.core.batch import Batch
from assay.core.enclosed import Enclosed
from assay.core.errors import UnreadableInput
from assay.core.kind import RowError
from assay.kinds.phones.artefacts import ARTEFACTS, Artefact, event
from assay.kinds.phones.attachments import attached
from assay.kinds.phones.backup.database import Broken
from assay.kinds.phones.backup.keybag import Locked
from assay.kinds.phones.backup.manifest import DIRECTORY, FILE, Backup, Row, file_id, open_backup
from assay.kinds.phones.backup.store import MAX_FILE, Folder, Store, Tar, TooLarge, Zip
from assay.kinds.phones.evidence import Event, Gap, PhoneImage

MAX_EVENTS = 1_500_000
MAX_BROUGHT = 200_000  # attachments of messages
MAX_PLACES = 200  # files of one artefact
ATTACHMENTS = "Library/SMS/Attachments/"
_INSIDE = re.compile(rb"(?:^|[/\0\n])(?:Manifest\.db|Status\.plist|[0-9a-f]{2}/[0-9a-f]{40})")
_APPS = ("Installed Applications", "Applications")


class IosBackup:
    """Sure of a `Manifest.db` beside the other files of a backup, and of archives that hold one."""

    name = "phones.ios-backup"

    def sniff(self, head: bytes, path: Path) -> float:
        if path.name == "Manifest.db":
            beside = any((path.parent / n).is_file() for n in ("Manifest.plist", "Info.plist", "Status.plist"))
            return 0.95 if beside or (head.startswith(b"SQLite format 3\0") and b"fileID TEXT" in head) else 0.0
        if head.startswith(b"\x1f\x8b"):
            try:
                head = zlib.decompressobj(31).decompress(head, 65_536)
            except zlib.error:
                return 0.0
        archive = head.startswith(b"PK\x03\x04") or head[257:262] == b"ustar"
        return 0.9 if archive and _INSIDE.search(head) else 0.0

    def read(self, path: Path, *, mapping: Any = None, reject: Callable[[RowError], None]) -> Iterator[Batch[Any]]:
        yield Batch.of([examine(_store(path), _password(), _id(path), path.stat().st_mtime)])


def examine(store: Store, password: bytes | None, id_: str, when: float) -> PhoneImage:
    """The phone that a store holds. What cannot be opened is said in `problem`, what lacks in `gaps`; nothing is raised."""
    time = datetime.fromtimestamp(when, UTC)
    try:
        backup = open_backup(store, password)
    except Locked as error:
        return PhoneImage(id=id_, time=time, encrypted=True, problem=str(error), gaps=_all_gaps("locked"))
    except (Broken, TooLarge) as error:
        problem = str(error) or "the manifest is too large"
        return PhoneImage(id=id_, time=time, problem=problem, gaps=_all_gaps("broken"))
    return _Examination(backup).image(id_, time)


class _Examination:
    def __init__(self, backup: Backup) -> None:
        self.backup = backup
        self.events: list[Event] = []
        self.counts: Counter[str] = Counter()
        self.wanted: dict[str, list[Row]] = defaultdict(list)
        self.brought: list[Row] = []
        self.attached: list[Enclosed] = []
        self.gaps: list[Gap] = []
        self.read: list[str] = []

    def image(self, id_: str, time: datetime) -> PhoneImage:
        about, info = self.backup.about, self.backup.info
        lockdown = about.get("Lockdown")
        lockdown = lockdown if isinstance(lockdown, dict) else {}
        made = info.get("Last Backup Date") or about.get("Date")
        made = made.replace(tzinfo=UTC) if isinstance(made, datetime) else time
        self._manifest()
        if not self.counts["rows"]:
            problem = self.gaps[0].why if self.gaps else "the manifest lists nothing"
            return PhoneImage(
                id=id_, time=time, encrypted=self.backup.encrypted, problem=problem, gaps=_all_gaps("broken")
            )
        for artefact in ARTEFACTS:
            self._artefact(artefact)
        self._apps()
        self._attachments()
        unknown = info.get("Unique Identifier") or lockdown.get("UniqueDeviceID") or info.get("Target Identifier")
        device = hashlib.sha256(str(unknown).lower().encode()).hexdigest()[:32] if unknown else None
        self.events.sort(key=lambda e: e.time)
        kinds = Counter(e.kind for e in self.events)
        on = next((e.subject for e in self.events if e.kind == "lockdown"), None)
        return PhoneImage(
            id=id_, time=made, device=device, encrypted=self.backup.encrypted,
            product=_short(info.get("Product Type") or lockdown.get("ProductType")),
            version=_short(info.get("Product Version") or lockdown.get("ProductVersion")),
            coverage=len(self.read) / (len(self.read) + len(self.gaps)), read=tuple(self.read), gaps=tuple(self.gaps),
            files=self.counts["files"], forged_ids=self.counts["forged"], messages=kinds["message"],
            attachments=kinds["attachment"], apps=kinds["app"], profiles=kinds["profile"], visits=kinds["site.visited"],
            processes=len({e.subject for e in self.events if e.kind.startswith("process.") and e.subject}),
            orphans=kinds["process.deleted"], lockdown=None if on is None else on == "on", events=tuple(self.events),
            attached=tuple(self.attached),
        )  # fmt: skip

    def _manifest(self) -> None:
        leaves: dict[str, float] = {}
        filled: set[str] = set()
        try:
            for row in self.backup.rows():
                self.counts["rows"] += 1
                self.counts["files"] += row.flags == FILE
                if file_id(row.domain, row.path) != row.id:
                    self.counts["forged"] += 1
                    continue  # what it claims to be is not what its payload is stored as
                self._times(row)
                if row.flags == FILE:
                    self._want(row)
                if row.domain == "MediaDomain" and row.path.startswith(ATTACHMENTS):
                    if row.flags == DIRECTORY:
                        leaves[row.path] = row.changed or row.modified
                        filled.add(row.path.rpartition("/")[0])
                    else:
                        self._bring(row)
                        filled.add(row.path.rpartition("/")[0])
            self.read.append("manifest")
        except (Broken, OSError) as error:
            self.gaps.append(Gap("manifest", f"broken: {str(error)[:160]}"))
        for path, when in leaves.items():
            if path not in filled and path.count("/") >= 5:
                self._add(event(when, "attachments.emptied", path, "manifest"))

    def _times(self, row: Row) -> None:
        path = f"{row.domain}/{row.path}"
        what = "file" if row.flags == FILE else "folder" if row.flags == DIRECTORY else "link"
        times: dict[int, str] = {}
        for letter, time in (("m", row.modified), ("c", row.changed), ("b", row.born)):
            times[time] = times.get(time, "") + letter
        for time, letters in times.items():
            self._add(event(time, what, path, "manifest", letters))
        if row.path.endswith(".ips") and row.born:
            self._add(event(row.born, "crash", row.path.rpartition("/")[2].partition("-")[0], "manifest"))

    def _want(self, row: Row) -> None:
        for artefact in ARTEFACTS:
            if len(self.wanted[artefact.name]) < MAX_PLACES and any(
                _fits(row.domain, domain) and _fits(row.path, path) for domain, path in artefact.places
            ):
                self.wanted[artefact.name].append(row)

    def _artefact(self, artefact: Artefact) -> None:
        why, done = "absent", False
        for row in self.wanted[artefact.name]:
            source = f"{row.domain}/{row.path}"
            try:
                content = self.backup.payload(row)
                if content is None:
                    continue
                if isinstance(content, Path) and content.stat().st_size > MAX_FILE:
                    raise TooLarge
                for found in artefact.parse(content, source):
                    self._add(found)
                done = True
            except TooLarge:
                why = "too large"
            except Locked:
                why = "locked"
            except (Broken, OSError, MemoryError, RecursionError) as error:
                why = f"broken: {str(error)[:160]}"
        if done:
            self.read.append(artefact.name)
        if not done or why != "absent":
            self.gaps.append(Gap(artefact.name, why))

    def _bring(self, row: Row) -> None:
        if row.flags == FILE and len(self.brought) < MAX_BROUGHT:
            self.brought.append(row)

    def _attachments(self) -> None:
        looked = 0
        for one in attached(self.backup, self.brought):
            looked += 1
            if one.enclosed is not None:
                self.attached.append(one.enclosed)
            if one.lies:
                self._add(event(one.row.born, "attachment.lies", one.row.path, "manifest", one.media))
        if looked < len(self.brought):
            self.gaps.append(Gap("attachments", f"{looked} of {len(self.brought)} could be looked at"))
        elif looked:
            self.read.append("attachments")

    def _apps(self) -> None:
        names: set[str] = set()
        for table in (self.backup.info, self.backup.about):
            for key in _APPS:
                listed = table.get(key)
                if isinstance(listed, (list, dict)):
                    names.update(str(n)[:255] for n in list(listed)[:10_000] if isinstance(n, str))
        for name in sorted(names):
            self._add(event(0, "app", name, "installed applications"))
        if names:
            self.read.append("installed apps")
        else:
            self.gaps.append(Gap("installed apps", "absent"))

    def _add(self, found: Event) -> None:
        if len(self.events) < MAX_EVENTS:
            self.events.append(found)
        elif not self.counts["too many"]:
            self.counts["too many"] = 1
            self.gaps.append(Gap("timeline", f"more than {MAX_EVENTS} events"))


def _fits(text: str, pattern: str) -> bool:
    return text.startswith(pattern[:-1]) if pattern.endswith("*") else text == pattern


def _all_gaps(why: str) -> tuple[Gap, ...]:
    return tuple(Gap(name, why) for name in ("manifest", *(a.name for a in ARTEFACTS), "installed apps"))


def _store(path: Path) -> Store:
    if path.name == "Manifest.db":
        return Folder(path.parent)
    with path.open("rb") as file:
        head = file.read(4)
    if head == b"PK\x03\x04":
        return Zip(path)
    # A tar is read once, so what is wanted of it must be known before its manifest is: wildcards cannot be.
    return Tar(path, [file_id(d, p) for a in ARTEFACTS for d, p in a.places if "*" not in d + p])


def _password() -> bytes | None:
    given = os.environ.get("ASSAY_BACKUP_PASSWORD")
    if given is not None:
        return given.encode()
    named = os.environ.get("ASSAY_BACKUP_PASSWORD_FILE")
    if named is None:
        return None
    try:
        with Path(named).open("rb") as file:
            return file.read(4096).rstrip(b"\r\n")
    except OSError as error:
        raise UnreadableInput(f"the password's file cannot be read: {error.strerror}", where=named) from None


def _id(path: Path) -> str:
    name = path.absolute().parent.name if path.name == "Manifest.db" else path.name
    return "".join(c for c in name if c.isprintable())[-120:] or "backup"


def _short(value: object) -> str:
    return "".join(c for c in value if c.isprintable())[:64] if isinstance(value, str) else ""


__all__ = ["IosBackup", "examine"]
