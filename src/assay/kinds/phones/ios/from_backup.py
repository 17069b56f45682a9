"""A backup of an iPhone as a `PhoneImage`: its manifest's times, its artefacts, its apps, what messages brought."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import partial
from itertools import chain
from typing import Any

from assay.core.enclosed import Enclosed
from assay.kinds.phones.attachments import BROUGHT, attached, newest
from assay.kinds.phones.backup.database import Broken
from assay.kinds.phones.backup.keybag import Locked
from assay.kinds.phones.backup.manifest import DIRECTORY, FILE, Backup, Row, file_id, open_backup
from assay.kinds.phones.backup.store import Store, TooLarge
from assay.kinds.phones.evidence import PhoneImage
from assay.kinds.phones.gathering import Gathering, moment_of
from assay.kinds.phones.ios.apps import origins_of
from assay.kinds.phones.ios.places import ARTEFACTS, EXTRA, Artefact
from assay.kinds.phones.timeline import Gap, event

MAX_BROUGHT = 200_000  # attachments of messages
MAX_PLACES = 200  # files of one artefact
ATTACHMENTS = BROUGHT["MediaDomain"]
_APPS = ("Installed Applications", "Applications")


def examine(store: Store, password: bytes | None, id_: str, when: float) -> PhoneImage:
    """The phone that a store holds. What cannot be opened is said in `problem`, what lacks in `gaps`; nothing is raised."""
    time = moment_of(when)
    try:
        backup = open_backup(store, password)
    except Locked as error:
        return unopened(id_, time, str(error), "locked", encrypted=True)
    except (Broken, TooLarge) as error:
        return unopened(id_, time, str(error) or "the manifest is too large", "broken")
    return _Examination(backup).image(id_, time)


def unopened(id_: str, time: datetime, problem: str, why: str, *, encrypted: bool = False) -> PhoneImage:
    names = ("manifest", *(a.name for a in ARTEFACTS), "installed apps")
    gaps = tuple(Gap(name, why) for name in names)
    return PhoneImage(id=id_, time=time, system="ios", form="backup", encrypted=encrypted, problem=problem, gaps=gaps)


class _Examination:
    def __init__(self, backup: Backup) -> None:
        self.backup = backup
        self.gathered = Gathering()
        self.counts: Counter[str] = Counter()
        self.wanted: dict[str, list[Row]] = defaultdict(list)
        self.brought: list[Row] = []
        self.attached: list[Enclosed] = []

    def image(self, id_: str, time: datetime) -> PhoneImage:
        about, info, gathered = self.backup.about, self.backup.info, self.gathered
        lockdown = about.get("Lockdown")
        lockdown = lockdown if isinstance(lockdown, dict) else {}
        made = info.get("Last Backup Date") or about.get("Date")
        made = made.replace(tzinfo=UTC) if isinstance(made, datetime) else time
        self._manifest()
        if not self.counts["rows"]:
            problem = gathered.gaps[0].why if gathered.gaps else "the manifest lists nothing"
            return unopened(id_, time, problem, "broken", encrypted=self.backup.encrypted)
        brought = newest(self.brought)
        self.backup.store.expect(row.id for row in (*chain(*self.wanted.values()), *brought))
        for artefact in (*ARTEFACTS, *EXTRA):
            self._artefact(artefact, needed=artefact in ARTEFACTS)
        self._apps()
        self._attachments(brought)
        return gathered.image(
            id_, made, unknown=info.get("Unique Identifier") or lockdown.get("UniqueDeviceID") or info.get("Target Identifier"),
            system="ios", form="backup", encrypted=self.backup.encrypted,
            product=_short(info.get("Product Type") or lockdown.get("ProductType")),
            version=_short(info.get("Product Version") or lockdown.get("ProductVersion")),
            build=_short(info.get("Build Version") or lockdown.get("BuildVersion")),
            files=self.counts["files"], forged_ids=self.counts["forged"], attached=tuple(self.attached),
        )  # fmt: skip

    def _manifest(self) -> None:
        leaves: dict[str, Row] = {}
        filled: set[str] = set()
        try:
            for row in self.backup.rows():
                self.counts["rows"] += 1
                self.counts["files"] += row.flags == FILE
                if (
                    file_id(row.domain, row.path) != row.id and "\ufffd" not in row.path
                ):  # one that is no text cannot be compared
                    self.counts["forged"] += 1
                    continue  # what it claims to be is not what its payload is stored as
                self._times(row)
                if row.flags == FILE:
                    self._want(row)
                above = BROUGHT.get(row.domain)
                if above is not None and row.path.startswith(above):
                    if row.flags == FILE and len(self.brought) < MAX_BROUGHT:
                        self.brought.append(row)
                    if above == ATTACHMENTS:
                        if row.flags == DIRECTORY:
                            leaves[row.path] = row
                        filled.add(row.path.rpartition("/")[0])
            self.gathered.read.append("manifest")
        except (Broken, OSError) as error:
            self.gathered.gaps.append(Gap("manifest", f"broken: {str(error)[:160]}"))
        for path, row in leaves.items():
            # An attachment lies in a folder of its own within one by digest: either is left empty when it goes.
            if path not in filled and path.count("/") >= 4:
                when = row.changed or row.modified
                stayed = f"{when - row.born}" if row.born and when >= row.born else ""
                self.gathered.add(event(when, "attachments.emptied", path, "manifest", stayed))

    def _times(self, row: Row) -> None:
        path = f"{row.domain}/{row.path}"
        what = "file" if row.flags == FILE else "folder" if row.flags == DIRECTORY else "link"
        times: dict[int, str] = {}
        for letter, time in (("m", row.modified), ("c", row.changed), ("b", row.born)):
            times[time] = times.get(time, "") + letter
        for time, letters in times.items():
            self.gathered.add(event(time, what, path, "manifest", letters))
        if row.path.endswith(".ips") and row.born:
            self.gathered.add(event(row.born, "crash", row.path.rpartition("/")[2].partition("-")[0], "manifest"))

    def _want(self, row: Row) -> None:
        for artefact in (*ARTEFACTS, *EXTRA):
            if len(self.wanted[artefact.name]) < MAX_PLACES and any(
                _fits(row.domain, domain) and _fits(row.path, path) for domain, path in artefact.places
            ):
                self.wanted[artefact.name].append(row)

    def _artefact(self, artefact: Artefact, *, needed: bool) -> None:
        for row in self.wanted[artefact.name]:
            self.gathered.take(
                artefact.name, f"{row.domain}/{row.path}", partial(self.backup.payload, row), artefact.parse
            )
        if needed or self.wanted[artefact.name]:
            self.gathered.settle(artefact.name)

    def _attachments(self, brought: Sequence[Row]) -> None:
        looked = 0
        for one in attached(self.backup, brought):
            looked += 1
            if one.enclosed is not None:
                self.attached.append(one.enclosed)
            if one.lies:
                self.gathered.add(event(one.row.born, "attachment.lies", one.row.path, "manifest", one.media))
        if looked < len(self.brought):
            self.gathered.gaps.append(Gap("attachments", f"{looked} of {len(self.brought)} could be looked at"))
        elif looked:
            self.gathered.read.append("attachments")

    def _apps(self) -> None:
        names = _listed(self.backup.info) | _listed(self.backup.about)
        origins = origins_of(self.backup.info.get("Applications"))
        for name in sorted(names):
            self.gathered.add(event(0, "app", name, "installed applications", origins.get(name, "")))
        if names:
            self.gathered.read.append("installed apps")
        else:
            self.gathered.gaps.append(Gap("installed apps", "absent"))


def _listed(table: dict[str, Any]) -> set[str]:
    names: set[str] = set()
    for key in _APPS:
        listed = table.get(key)
        if isinstance(listed, (list, dict)):
            names.update(str(n)[:255] for n in list(listed)[:10_000] if isinstance(n, str))
    return names


def _fits(text: str, pattern: str) -> bool:
    return text.startswith(pattern[:-1]) if pattern.endswith("*") else text == pattern


def _short(value: object) -> str:
    return "".join(c for c in value if c.isprintable())[:64] if isinstance(value, str) else ""


def fixed_ids(artefacts: Sequence[Artefact] = (*ARTEFACTS, *EXTRA)) -> list[str]:
    """Ids of the artefacts whose place needs no manifest: what can be wanted of an archive that is read once."""
    return [file_id(d, p) for a in artefacts for d, p in a.places if "*" not in d + p]


__all__ = ["examine", "fixed_ids", "unopened"]
