"""Archives and disk images as lists of members, each with its bytes where they could be had within bounds; and what is wrong
with the archive itself: entries that overlap, paths that lead out of it, names that it tells in two ways.

`walk` takes ZIP (and what is built on it), 7z, RAR, cabinets, tar, gz, bz2, xz, zst, Debian packages, ISO 9660 and disks with FAT or NTFS. Everything else
that `filetype` calls an archive is recognised and said to be unread. Formats: APPNOTE.TXT 6.3.10, POSIX.1-2017 pax, RFC 1952.
"""

from __future__ import annotations

import io
import re
import tarfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from importlib import import_module
from pathlib import PurePosixPath

from assay.formats.filetype import FileType
from assay.formats.unpack import Budget, Damaged, Exhausted, Unpacked, pieces, whole

MOST = 500  # members that are unpacked; the rest is counted
LISTED = 100_000  # members that are listed
_STREAMS = ("gz", "bz2", "xz", "zst")
_ZIPS = ("zip", "jar", "apk", "appx", "odf", "epub", "ooxml", "docx", "xlsx", "pptx")
_READERS = {  # what has a file of its own
    **dict.fromkeys(_ZIPS, "assay.formats.zipped:walk_zip"), "7z": "assay.formats.sevenzip:walk_7z", "rar": "assay.formats.rar:walk_rar",
    "cab": "assay.formats.cab:walk_cab", "iso": "assay.formats.iso9660:walk_iso",
    "vhd": "assay.formats.disk:walk_disk", "disk": "assay.formats.disk:walk_disk",
}  # fmt: skip
_GROWTH = 200.0  # to one, from which an archive that does not fit the budget is told to be a bomb
_DRIVE = re.compile(r"[A-Za-z]:")
# What is worth unpacking first where not everything is: what runs.
_ACTIVE = re.compile(
    r"\.(exe|dll|scr|com|pif|cpl|msi|sys|so|dylib|js|jse|vbs|vbe|wsf|hta|ps1|bat|cmd|lnk|jar|class|dex|py|sh|php|jsp|aspx?"
    r"|docm?|xls[mb]?|ppt[mx]?|docx|xlsx|rtf|one|zip|7z|rar|iso|img|html?|pdf|chm|url|bin|dat)$", re.IGNORECASE,
)  # fmt: skip


@dataclass(frozen=True)
class Member:
    """`content` is None where it was not unpacked: `problem` says why. `target`: of a link. `at`: byte in the archive."""

    name: str
    size: int = 0
    at: int = 0
    content: bytes | None = None
    problem: str = ""
    kind: str = "file"  # file, folder, link, device
    target: str = ""
    encrypted: bool = False


@dataclass(frozen=True)
class Fault:
    """Something that no honest tool writes. `what`: overlap, bomb, outside, through-link, two-names, second, same-name."""

    what: str
    at: int
    told: str
    grave: bool = False


@dataclass
class Walk:
    """`form` as `filetype` names it; `count` members in all; `left` of them not unpacked; `problem` why reading stopped; `sealed`: a
    password locks the very list of members. `passwords` are tried on what is locked; `opened`: one of them did so."""

    form: str
    passwords: tuple[str, ...] = ()
    members: list[Member] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    count: int = 0
    left: int = 0
    problem: str = ""
    sealed: bool = False
    opened: bool = False

    def opened_by(self, password: str) -> None:
        """The password that opened something is the first that is tried from here on."""
        self.opened = True
        self.passwords = (password, *(other for other in self.passwords if other != password))

    @property
    def locked(self) -> list[str]:
        """The names of the members under a password."""
        return [member.name for member in self.members if member.encrypted]

    def fault(self, what: str, at: int, told: str, *, grave: bool = False) -> None:
        """Each kind is told once, the gravest of it."""
        known = next((i for i, one in enumerate(self.faults) if one.what == what), None)
        if known is None:
            self.faults.append(Fault(what, at, told[:200], grave))
        elif grave and not self.faults[known].grave:
            self.faults[known] = Fault(what, at, told[:200], grave)


def readable(type_: FileType) -> bool:
    """Is it an archive or disk image that `walk` opens?"""
    return type_.name in (*_READERS, *_STREAMS, "tar", "deb")


def walk(
    content: bytes, type_: FileType, name: str = "", budget: Budget | None = None, passwords: tuple[str, ...] = ()
) -> Walk:
    """Never raises for what the bytes hold."""
    found = Walk(type_.name, passwords)
    budget = budget or Budget()
    try:
        if type_.name in _READERS:
            module, _, name_ = _READERS[type_.name].partition(":")
            read: Callable[[bytes, Walk, Budget], None] = getattr(import_module(module), name_)
            read(content, found, budget)
        elif type_.name == "tar":
            _tar(memoryview(content), "", found, budget)
        elif type_.name == "deb":
            _ar(content, found, budget)
        elif type_.name in _STREAMS:
            _stream(content, type_.name, name, found, budget)
        else:
            found.problem = f"{type_.name} is not unpacked here"
    except Exhausted as error:
        found.problem = "it unpacks to more than is looked at"
        if error.ratio >= _GROWTH:
            found.fault("bomb", 0, f"{error.ratio:.0f} bytes for each one packed")
    except (Damaged, tarfile.TarError, ValueError, EOFError, OSError, OverflowError) as error:
        found.problem = f"it is damaged: {str(error)[:120]}"
    _paths(found)
    return found


def first_active(members: list[Member], most: int) -> set[int]:
    """Which members are unpacked where there are too many: what runs, then in order."""
    ranked = sorted(range(len(members)), key=lambda i: (not _ACTIVE.search(members[i].name[-40:]), i))
    return set(ranked[:most])


def stretches(
    unpacked: Iterator[bytes], taken: Iterable[tuple[int, int, int]], members: list[Member], found: Walk, budget: Budget
) -> None:
    """Gives members that are stretches of one stream their contents. `taken`: (start, size, which of `members`), in order. What
    cannot be unpacked says why; raises `Exhausted` where the budget is spent."""
    file, at = io.BufferedReader(Unpacked(unpacked), 1 << 16), 0
    problem = ""
    for start, size, i in taken:
        if start < at and size and not problem:
            found.fault("overlap", members[i].at, f"{members[i].name} lies in the member before it", grave=True)
        if problem or start < at or size > budget.member:
            members[i] = replace(members[i], problem=problem or "not unpacked")
            continue
        try:
            while at < start and (skipped := len(file.read(min(1 << 20, start - at)))):
                at += skipped
            inner = file.read(size) if at == start else b""
        except Damaged as error:
            problem = f"damaged: {error}"
            members[i] = replace(members[i], problem=problem)
            continue
        at += len(inner)
        whole_ = len(inner) == size and at == start + size
        members[i] = (
            replace(members[i], content=inner) if whole_ else replace(members[i], problem="damaged: it ends too early")
        )


def _stream(content: bytes, form: str, name: str, found: Walk, budget: Budget) -> None:
    """One thing packed; where it is a tar, the tar's members."""
    head = b""
    for piece in _first(form, content):
        head = piece
    if head[257:262] == b"ustar":
        found.form = f"tar.{form}"
        _tar(memoryview(content), form, found, budget)
        return
    inner = re.sub(r"\.(gz|bz2|xz|zst|t[gbx]z)$", "", PurePosixPath(name).name, flags=re.IGNORECASE) or "content"
    found.count = 1
    try:
        unpacked = whole(form, memoryview(content), budget)
        found.members.append(Member(inner, len(unpacked), 0, unpacked))
    except Exhausted:
        found.left = 1
        raise


def _first(form: str, content: bytes) -> Iterator[bytes]:
    try:
        for piece in pieces(form, memoryview(content), Budget()):
            yield piece[:1024]
            return
    except Exhausted:
        return


def _tar(packed: memoryview, form: str, found: Walk, budget: Budget) -> None:
    source = Unpacked(pieces(form, packed, budget)) if form else io.BytesIO(packed)
    with tarfile.open(
        fileobj=io.BufferedReader(source, 1 << 16) if form else source, mode="r|", ignore_zeros=False
    ) as tar:
        for info in tar:
            found.count += 1
            if found.count > LISTED:
                found.problem = f"more than {LISTED} members"
                return
            kind = (
                "file"
                if info.isfile()
                else "folder"
                if info.isdir()
                else "link"
                if info.issym() or info.islnk()
                else "device"
            )
            inner, problem = None, ""
            if kind == "file":
                if info.size > budget.member or len(found.members) >= MOST:
                    found.left += 1
                    problem = "not unpacked"
                elif (file := tar.extractfile(info)) is not None:
                    inner = file.read(budget.member)
                    if not form:
                        budget.spend(len(inner), 1.0)
            found.members.append(
                Member(info.name, info.size, info.offset, inner, problem, kind, info.linkname if kind == "link" else "")
            )


def _ar(content: bytes, found: Walk, budget: Budget) -> None:
    """A Debian package: members behind headers of 60 bytes."""
    at = 8
    while at + 60 <= len(content) and found.count < MOST:
        header = content[at : at + 60]
        size = int(header[48:58].decode("ascii").strip() or "0")
        if header[58:60] != b"`\n" or not 0 <= size <= len(content) - at - 60:
            raise Damaged("a member's header does not hold")
        name = header[:16].decode("utf-8", "replace").strip().rstrip("/")
        inner = content[at + 60 : at + 60 + size]
        budget.spend(size, 1.0)
        found.count += 1
        found.members.append(Member(name, size, at, inner))
        at += 60 + size + size % 2


def escapes(path: str) -> bool:
    """Does a member's path lead out of the folder that it is unpacked into?"""
    depth = 0
    plain = path.replace("\\", "/")
    if plain.startswith("/") or _DRIVE.match(plain):
        return True
    for step in plain.split("/"):
        depth += -1 if step == ".." else 1 if step not in ("", ".") else 0
        if depth < 0:
            return True
    return False


_PLANTED = re.compile(
    r"startup/|start menu/|\.ssh/|authorized_keys|cron|\.bashrc|\.profile|system32/|/etc/|\.php$|\.jsp$|\.aspx?$", re.I
)


def _paths(found: Walk) -> None:
    """Climbing out by `..` is grave where it lands on what runs by itself; an absolute path alone is how some backups look. A folder
    that is called like a file but for a blank at its end, with one in it called so too, is what CVE-2023-38831 opens in its place. A member that
    lies below a link of the archive is written to where that leads."""
    bare = [_bare(member.name) for member in found.members]
    files = {name for name, member in zip(bare, found.members, strict=True) if member.kind == "file"}
    links: dict[str, str] = {}
    for name, member in zip(bare, found.members, strict=True):
        if ".." in name and escapes(name.lstrip("/")):
            found.fault("outside", member.at, member.name, grave=bool(_PLANTED.search(name)))
        folder, _, own = name.rpartition("/")
        blank = " /" in member.name or " \\" in member.name
        if blank and folder in files and own.startswith(folder.rpartition("/")[2]):
            found.fault("same-name", member.at, member.name, grave=True)
        while folder and links:
            target = links.get(folder)
            above = folder.rpartition("/")[0]
            if target is not None and escapes(target if target.startswith("/") else f"{above}/{target}".lstrip("/")):
                found.fault("through-link", member.at, f"{member.name} by {folder} to {target}", grave=True)
                break
            folder = above
        if member.kind == "link" and member.target:
            links[name.rstrip("/")] = member.target


def _bare(name: str) -> str:
    """A path with its dividers the one way round, in lower case, without the blanks that its steps end in."""
    return "/".join(step.rstrip(" ") for step in name.lower().replace("\\", "/").split("/"))


__all__ = ["LISTED", "MOST", "Fault", "Member", "Walk", "escapes", "first_active", "readable", "walk"]
