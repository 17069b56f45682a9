"""An Android phone as a `PhoneImage`: from a bug report (zip, folder or text), from androidqf's folder with the backup and the bug
report that it may hold, or from one dump, log or backup alone."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, tzinfo
from functools import partial
from pathlib import Path

from assay.core.errors import UnreadableInput
from assay.kinds.phones.android import adb_backup, logcat, packages, services, state, tombstones
from assay.kinds.phones.android.sections import Section, sections
from assay.kinds.phones.android.times import zone_of
from assay.kinds.phones.backup.database import Broken
from assay.kinds.phones.backup.store import TooLarge
from assay.kinds.phones.evidence import PhoneImage
from assay.kinds.phones.gathering import Content, Gathering, Password, bytes_of, moment_of
from assay.kinds.phones.timeline import Event, Gap, written
from assay.kinds.phones.trees import Tree, ZipTree

MAX_TOMBSTONES = 200
Lines = Sequence[str]
Dump = Callable[[Lines, str, tzinfo], Iterator[Event]]


_SERVICES: dict[str, tuple[tuple[str, Dump], ...]] = {
    "package": (
        ("packages", packages.packages),
        ("receivers", packages.receivers),
        ("activities", packages.activities),
    ),
    "accessibility": (("accessibility", services.accessibility),),
    "appops": (("guarded operations", services.operations),),
    "dbinfo": (("open databases", services.databases),),
    "batterystats": (("battery history", services.battery),),
    "adb": (("debug keys", services.debugging),),
    "SYSTEM PROPERTIES": (("properties", state.properties),),
    "PROCESSES AND THREADS": (("processes", state.processes),),
    "PROCESSES": (("processes", state.processes),),
    "TOMBSTONE": (("crashes", tombstones.tombstone),),
}
_LOGS = ("SYSTEM LOG", "EVENT LOG", "LAST LOGCAT")
"""Section -> what is read of it."""
DUMPED = (
    "packages",
    "receivers",
    "accessibility",
    "guarded operations",
    "open databases",
    "battery history",
    "debug keys",
)
_LISTS: tuple[tuple[str, str, Dump], ...] = (
    ("properties", r"getprop\.txt", state.properties),
    ("processes", r"(?:processes|ps)\.(?:txt|json)", state.processes),
    ("settings", r"settings_\w+\.txt", state.settings),
    ("SELinux", r"selinux\.txt", state.selinux),
    ("root binaries", r"root_binaries\.(?:json|txt)", state.roots),
    ("packages with digests", r"packages\.json", state.packages),
    ("files", r"files\.json", state.files),
)
_HEADS: dict[str, re.Pattern[bytes]] = {
    "accessibility": re.compile(rb"ACCESSIBILITY MANAGER \(dumpsys accessibility\)"),
    "appops": re.compile(rb"Current AppOps Service state:"),
    "dbinfo": re.compile(rb"Applications Database Info:"),
    "batterystats": re.compile(rb"Battery History \("),
    "adb": re.compile(rb"ADB MANAGER STATE \(dumpsys adb\)"),
    "package": re.compile(rb"\nPackages:\n  Package \["),
    "SYSTEM PROPERTIES": re.compile(rb"\A(?:\[[\w.\-]{3,100}\]: \[[^\]\n]{0,200}\]\r?\n){3}|\[ro\.build\."),
    "PROCESSES": re.compile(rb"\A(?:LABEL +)?USER +PID +(?:TID +)?PPID +VSZ"),
    "TOMBSTONE": re.compile(rb"\A\s{0,8}\*\*\* \*\*\* \*\*\* "),
    _LOGS[0]: logcat.HEAD,
}
"""How a dump that is handed in alone begins."""
_TOMBSTONE = re.compile(r"(?:^|/)tombstones?/tombstone_\d+$")
_LOCKED = (
    "it is encrypted, and no password that opens it was given (ASSAY_BACKUP_PASSWORD or ASSAY_BACKUP_PASSWORD_FILE)"
)
_LOGCAT = re.compile(r"logcat(?:_old)?\.txt")
_BACKUP, _REPORT = re.compile(r"[^/]+\.ab"), "bugreport.zip"
_DONE = re.compile(r'"(?:completed|started)":\s*"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,6})?)')
MAIN = re.compile(r"(?:^|/)(?:bugreport[^/]*|dumpstate[^/]*)\.txt$")


def sure_of_text(head: bytes) -> float:
    """How sure it is that a text is a dump or a bug report."""
    if b"== dumpstate: " in head[:4096] or b"\nDUMP OF SERVICE " in head or head.startswith(b"DUMP OF SERVICE "):
        return 0.95
    if b"\0" in head[:512]:
        return 0.0
    return 0.9 if _alone(head) else 0.0


def _alone(head: bytes) -> str:
    """Which section a dump is that is handed in alone; empty where it is none."""
    return next((name for name, pattern in _HEADS.items() if pattern.search(head)), "")


def stands_for_folder(path: Path) -> bool:
    """Whether a file is the one of its folder that stands for it: androidqf's record of itself, or its list of packages where
    that is missing; a bug report's main entry."""
    beside = {p.name for p in path.parent.iterdir()} if path.parent.is_dir() else set()
    others = {"getprop.txt", "dumpsys.txt", "packages.json", "processes.txt", "ps.txt", "selinux.txt"} - {path.name}
    if path.name == "main_entry.txt":
        return any(MAIN.search(name) for name in beside)
    if path.name == "packages.json" and "acquisition.json" in beside:
        return False
    return len(others & beside) >= 2


def known_names(names: Sequence[str]) -> bool:
    """Whether an archive of these names is a bug report or androidqf's output."""
    plain = {name.rpartition("/")[2] for name in names}
    if "main_entry.txt" in plain or any(re.search(r"(?:^|/)bugreport[^/]*\.txt$", name) for name in names):
        return True
    return len({"getprop.txt", "dumpsys.txt", "packages.json", "root_binaries.json", "acquisition.json"} & plain) >= 3


class _Examination:
    """`made`: when what is examined was taken, seconds since 1970."""

    def __init__(self, made: float) -> None:
        self.gathered = Gathering()
        self.zone: tzinfo = UTC
        self.made = made
        self.seen: set[str] = set()

    def dump(self, artefact: str, source: str, content: Callable[[], Content], parse: Dump) -> None:
        self.seen.add(artefact)

        def events(held: Content, where: str) -> Iterator[Event]:
            return parse(_lines(held), where, self.zone)

        self.gathered.take(artefact, source, content, events)

    def log(self, source: str, content: Callable[[], Content]) -> None:
        self.dump("log", source, content, partial(logcat.log, made=self.made))

    def text(self, lines: list[str], source: str, known: frozenset[str] = frozenset()) -> None:
        """All of a bug report's text or of `dumpsys`; artefacts that are `known` are passed over."""
        found = list(sections(lines))
        for section in found:
            if section.name == "SYSTEM PROPERTIES":
                self.zoned(section.lines)
        self.made = state.made(lines, self.zone) or self.made
        self.sections(found, source, known)

    def sections(self, found: Sequence[Section], source: str, known: frozenset[str] = frozenset()) -> None:
        for section in found:
            content = partial(_bytes, section.lines)
            for artefact, parse in _SERVICES.get(section.name, ()):
                if artefact not in known:
                    self.dump(artefact, f"{source}#{section.name}", content, parse)
            if section.name in _LOGS:
                self.log(f"{source}#{section.name}", content)

    def tombstones(self, tree: Tree, above: str = "") -> None:
        """Those of a tree, each once: the protocol buffer where there is no text beside it."""
        texts = {n for n in tree.names if _TOMBSTONE.search(n)}
        packed = [n for n in tree.names if n.endswith(".pb") and _TOMBSTONE.search(n.removesuffix(".pb"))]
        for name in [*sorted(texts), *(n for n in packed if n.removesuffix(".pb") not in texts)][:MAX_TOMBSTONES]:
            content = partial(tree.get, name)
            if name.endswith(".pb"):
                self.seen.add("crashes")
                self.gathered.take("crashes", above + name, content, tombstones.packed)
            else:
                self.dump("crashes", above + name, content, tombstones.tombstone)

    def backup(self, source: str, content: Callable[[], Content], password: Password) -> None:
        self.seen.add("Android backup")
        self.gathered.take("Android backup", source, content, partial(adb_backup.backup, password=password))

    def zoned(self, lines: Lines) -> None:
        for line in lines:
            if line.startswith("[persist.sys.timezone]: ["):
                self.zone = zone_of(line.rpartition("[")[2].rstrip("] \r"))

    def lines_of(self, tree: Tree, name: str) -> list[str]:
        """Empty where there is none; one that cannot be read is a gap."""
        try:
            return _lines(tree.get(name)) if name in tree.names else []
        except (TooLarge, Broken, OSError, MemoryError) as error:
            self.gathered.gaps.append(Gap(name[:200], f"broken: {str(error)[:160] or 'too large'}"))
            return []

    def settle(self, *artefacts: str) -> None:
        for name in dict.fromkeys((*artefacts, *sorted(self.seen))):
            self.gathered.settle(name)

    def image(self, id_: str, form: str, files: int, problem: str = "nothing in it could be read") -> PhoneImage:
        """`problem` is what is said where nothing at all could be read."""
        problem = "" if self.gathered.read else problem
        return self.gathered.image(id_, moment_of(self.made), system="android", form=form, files=files, problem=problem)


def from_tree(tree: Tree, id_: str, when: float, password: Password) -> PhoneImage:
    """A bug report's zip or folder, or androidqf's."""
    lists = [(a, name, parse) for a, pattern, parse in _LISTS for name in tree.names if re.fullmatch(pattern, name)]
    work = _Examination(when)
    if not lists:
        work.text(*_main(tree, work))
        work.tombstones(tree)
        work.settle(*DUMPED, "properties", "processes")
        return work.image(id_, "bugreport", len(tree.names))
    told = _DONE.search("\n".join(work.lines_of(tree, "acquisition.json"))[:65_536])
    done = written(told[1]) if told else 0
    work.made = done or when
    work.zoned(work.lines_of(tree, "getprop.txt"))
    for artefact, name, parse in lists:
        work.dump(artefact, name, partial(tree.get, name), parse)
    work.text(work.lines_of(tree, "dumpsys.txt"), "dumpsys.txt")
    if _REPORT in tree.names:
        _nested(work, tree)
    work.tombstones(tree)
    for name in tree.names:
        if _LOGCAT.fullmatch(name):
            work.log(name, partial(tree.get, name))
        elif _BACKUP.fullmatch(name):
            work.backup(name, partial(tree.get, name), password)
    work.made = done or work.made
    work.settle(*DUMPED, "properties", "processes", *(a for a, _, _ in _LISTS))
    return work.image(id_, "androidqf", len(tree.names))


def _nested(work: _Examination, tree: Tree) -> None:
    """The bug report that androidqf takes along: what its own lists have told is not told again."""
    try:
        report = ZipTree(bytes_of(tree.get(_REPORT)))
    except (UnreadableInput, TooLarge, Broken, OSError) as error:
        work.gathered.gaps.append(Gap("bug report", f"broken: {str(error)[:160] or 'too large'}"))
        return
    lines, name = _main(report, work)
    work.text(lines, f"{_REPORT}/{name}", frozenset(work.seen))
    work.tombstones(report, f"{_REPORT}/")


def from_backup(path: Path, id_: str, when: float, password: Password) -> PhoneImage:
    """An `adb backup` alone."""
    work = _Examination(when)
    work.backup(path.name[:200], lambda: path, password)
    for name in (*DUMPED, "properties", "processes"):
        work.gathered.settle(name, "not handed in")
    work.settle()
    why = next((g.why for g in work.gathered.gaps if g.artefact == "Android backup"), "")
    return work.image(id_, "backup", 1, _LOCKED if why == "locked" else why)


def from_text(path: Path, data: bytes, id_: str, when: float) -> PhoneImage:
    """A bug report as text, all of `dumpsys`, or the dump of one service, or a log."""
    work = _Examination(when)
    lines = _lines(data)
    known = {*_SERVICES, *_LOGS}
    whole = any(s.name in known for s in sections(lines))
    if whole:
        work.text(lines, path.name[:200])
    else:
        work.sections([Section(_alone(data[:65_536]), lines)], path.name[:200])
    work.settle(*DUMPED, "properties", "processes")
    return work.image(id_, "bugreport" if whole else "file", 1)


def _main(tree: Tree, work: _Examination) -> tuple[list[str], str]:
    """A bug report's main text and its name: as `main_entry.txt` says, else the one that is called so; empty where there is none."""
    said = "".join(work.lines_of(tree, "main_entry.txt")[:1]).strip()
    name = said if said in tree.names else next((name for name in tree.names if MAIN.search(name)), "")
    return work.lines_of(tree, name), name


def _bytes(lines: Lines) -> bytes:
    return "\n".join(lines).encode("utf-8", "replace")


def _lines(content: Content) -> list[str]:
    return bytes_of(content).decode("utf-8", "replace").splitlines()


__all__ = [
    "DUMPED",
    "MAIN",
    "from_backup",
    "from_text",
    "from_tree",
    "known_names",
    "stands_for_folder",
    "sure_of_text",
]
