"""An Android phone as a `PhoneImage`: from a bug report (zip, folder or text), from androidqf's folder, or from one dump alone."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, tzinfo
from functools import partial
from pathlib import Path

from assay.kinds.phones import tasks
from assay.kinds.phones.android import packages, services, state
from assay.kinds.phones.android.sections import Section, sections
from assay.kinds.phones.android.times import zone_of
from assay.kinds.phones.backup.database import Broken
from assay.kinds.phones.backup.store import TooLarge
from assay.kinds.phones.evidence import PhoneImage
from assay.kinds.phones.gathering import Content, Gathering, moment_of
from assay.kinds.phones.timeline import Event, Gap, written
from assay.kinds.phones.trees import Tree

MAX_TOMBSTONES = 200
Lines = Sequence[str]
Dump = Callable[[Lines, str, tzinfo], Iterator[Event]]


def _listed(lines: Lines, source: str, zone: tzinfo) -> Iterator[Event]:
    return tasks.listed(list(lines), source)


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
    "PROCESSES AND THREADS": (("processes", _listed),),
    "PROCESSES": (("processes", _listed),),
    "TOMBSTONE": (("crashes", state.tombstone),),
}
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
    ("processes", r"(?:processes|ps)\.txt", _listed),
    ("processes", r"processes\.json", state.processes),
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
}
"""How a dump that is handed in alone begins."""
_TOMBSTONE = re.compile(r"(?:^|/)tombstones?/tombstone_\d+$")
_RECOGNISED = {
    "Android backup": re.compile(r"\.ab$"),
    "tombstones as protocol buffers": re.compile(r"(?:^|/)tombstone_\d+\.pb$"),
}
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
    def __init__(self) -> None:
        self.gathered = Gathering()
        self.zone: tzinfo = UTC
        self.seen: set[str] = set()

    def dump(self, artefact: str, source: str, content: Callable[[], bytes], parse: Dump) -> None:
        self.seen.add(artefact)

        def events(held: Content, where: str) -> Iterator[Event]:
            return parse(_lines(held), where, self.zone)

        self.gathered.take(artefact, source, content, events)

    def sections(self, found: Sequence[Section], source: str) -> None:
        for section in found:
            if section.name == "SYSTEM PROPERTIES":
                self.zoned(section.lines)
        for section in found:
            for artefact, parse in _SERVICES.get(section.name, ()):
                self.dump(artefact, f"{source}#{section.name}", partial(_bytes, section.lines), parse)

    def zoned(self, lines: Lines) -> None:
        for line in lines:
            if line.startswith("[persist.sys.timezone]: ["):
                self.zone = zone_of(line.rpartition("[")[2].rstrip("] \r"))

    def settle(self, *artefacts: str) -> None:
        for name in dict.fromkeys((*artefacts, *sorted(self.seen))):
            self.gathered.settle(name)

    def image(self, id_: str, when: float, form: str, files: int, problem: str = "") -> PhoneImage:
        if problem:
            self.gathered.gaps.append(Gap("archive", problem))
        problem = "" if self.gathered.read else problem or "nothing in it could be read"
        return self.gathered.image(id_, moment_of(when), system="android", form=form, files=files, problem=problem)


def from_tree(tree: Tree, id_: str, when: float, problem: str = "") -> PhoneImage:
    """A bug report's zip or folder, or androidqf's."""
    work = _Examination()

    def lines_of(name: str) -> list[str]:
        try:
            return _lines(tree.get(name)) if name in tree.names else []
        except (TooLarge, Broken, OSError, MemoryError) as error:
            work.gathered.gaps.append(Gap(name[:200], f"broken: {str(error)[:160] or 'too large'}"))
            return []

    lists = [(a, name, parse) for a, pattern, parse in _LISTS for name in tree.names if re.fullmatch(pattern, name)]
    form = "androidqf" if lists else "bugreport"
    work.zoned(lines_of("getprop.txt"))
    for artefact, name, parse in lists:
        work.dump(artefact, name, partial(tree.get, name), parse)
    main = "dumpsys.txt" if "dumpsys.txt" in tree.names else _main(tree, lines_of)
    lines = lines_of(main)
    work.sections(list(sections(lines)), main)
    when = state.made(lines, work.zone) or when
    for name in [n for n in tree.names if _TOMBSTONE.search(n)][:MAX_TOMBSTONES]:
        work.dump("crashes", name, partial(tree.get, name), state.tombstone)
    found = _DONE.search("\n".join(lines_of("acquisition.json"))[:65_536])
    when = (written(found[1]) if found else 0) or when
    needed = [a for a, _, _ in _LISTS] if form == "androidqf" else []
    work.settle(*DUMPED, "properties", "processes", *needed)
    for what, pattern in _RECOGNISED.items():
        if any(pattern.search(name) for name in tree.names):
            work.gathered.gaps.append(Gap(what, "recognised, not read here"))
    return work.image(id_, when, form, len(tree.names), problem)


def from_text(path: Path, data: bytes, id_: str, when: float) -> PhoneImage:
    """A bug report as text, all of `dumpsys`, or the dump of one service."""
    work = _Examination()
    lines = _lines(data)
    found = [s for s in sections(lines) if s.name in _SERVICES]
    form = "bugreport" if found else "file"
    if not found:
        found = [Section(_alone(data[:65_536]), lines)]
    work.sections(found, path.name[:200])
    work.settle(*DUMPED, "properties", "processes")
    return work.image(id_, state.made(lines, work.zone) or when, form, 1)


def _main(tree: Tree, lines_of: Callable[[str], list[str]]) -> str:
    """A bug report's main text: as `main_entry.txt` says, else the one that is called so; empty where there is none."""
    said = "".join(lines_of("main_entry.txt")[:1]).strip()
    return said if said in tree.names else next((name for name in tree.names if MAIN.search(name)), "")


def _bytes(lines: Lines) -> bytes:
    return "\n".join(lines).encode("utf-8", "replace")


def _lines(content: Content) -> list[str]:
    data = content.read_bytes() if isinstance(content, Path) else content
    return data.decode("utf-8", "replace").splitlines()


__all__ = ["DUMPED", "MAIN", "from_text", "from_tree", "known_names", "stands_for_folder", "sure_of_text"]
