"""Archives and disk images as lists of members, each with its bytes where they could be had within bounds; and what is wrong
with the archive itself: entries that overlap, paths that lead out of it, names that it tells in two ways.

`walk` takes ZIP (and what is built on it), tar, gz, bz2, xz, zst, Debian packages and ISO 9660. Everything else that
`filetype` calls an archive is recognised and said to be unread. Formats: APPNOTE.TXT 6.3.10, POSIX.1-2017 pax, RFC 1952.
"""

from __future__ import annotations

import re
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from assay.formats.filetype import FileType
from assay.formats.unpack import Budget, Damaged, Exhausted, Unpacked, whole

MOST = 500  # members that are unpacked; the rest is counted
LISTED = 100_000  # members that are listed
_STREAMS = ("gz", "bz2", "xz", "zst")
_ZIPS = ("zip", "jar", "apk", "appx", "odf", "epub", "ooxml", "docx", "xlsx", "pptx")
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
    """Something that no honest tool writes. `what`: overlap, bomb, outside, through-link, two-names."""

    what: str
    at: int
    told: str
    grave: bool = False


@dataclass
class Walk:
    """`form` as `filetype` names it; `count` members in all; `left` of them not unpacked; `problem` why reading stopped."""

    form: str
    members: list[Member] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    count: int = 0
    left: int = 0
    problem: str = ""

    @property
    def encrypted(self) -> int:
        return sum(member.encrypted for member in self.members)

    def fault(self, what: str, at: int, told: str, *, grave: bool = False) -> None:
        """Each kind is told once, the gravest of it."""
        known = next((i for i, one in enumerate(self.faults) if one.what == what), None)
        if known is None:
            self.faults.append(Fault(what, at, told[:200], grave))
        elif grave and not self.faults[known].grave:
            self.faults[known] = Fault(what, at, told[:200], grave)


def readable(type_: FileType) -> bool:
    """Is it an archive or disk image that `walk` opens?"""
    return type_.name in (*_STREAMS, *_ZIPS, "tar", "deb", "iso")


def walk(content: bytes, type_: FileType, name: str = "", budget: Budget | None = None) -> Walk:
    """Never raises for what the bytes hold."""
    found = Walk(type_.name)
    budget = budget or Budget()
    try:
        if type_.name in _ZIPS:
            from assay.formats.zipped import walk_zip

            walk_zip(content, found, budget)
        elif type_.name == "iso":
            from assay.formats.iso9660 import walk_iso

            walk_iso(content, found, budget)
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
    from assay.formats.unpack import pieces

    try:
        for piece in pieces(form, memoryview(content), Budget()):
            yield piece[:1024]
            return
    except Exhausted:
        return


def _tar(packed: memoryview, form: str, found: Walk, budget: Budget) -> None:
    import io

    source = Unpacked(form, packed, budget) if form else io.BytesIO(packed)
    links: dict[str, str] = {}
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
            _through(info.name, info.offset, links, found)
            if kind == "link" and info.issym():
                links[info.name.rstrip("/")] = info.linkname


def _through(name: str, at: int, links: dict[str, str], found: Walk) -> None:
    """A member that would be written through a link of the archive to a place outside of it."""
    folder = name
    while "/" in folder and links:
        folder = folder.rpartition("/")[0]
        target = links.get(folder)
        if target is not None and escapes(
            f"{folder.rpartition('/')[0]}/{target}" if not target.startswith("/") else target
        ):
            found.fault("through-link", at, f"{name} by {folder} to {target}", grave=True)
            return


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
    """Climbing out by `..` is grave where it lands on what runs by itself; an absolute path alone is how some backups look."""
    for member in found.members:
        plain = member.name.replace("\\", "/")
        if ".." in plain and escapes(plain.lstrip("/")):
            found.fault("outside", member.at, member.name, grave=bool(_PLANTED.search(plain)))


__all__ = ["LISTED", "MOST", "Fault", "Member", "Walk", "escapes", "first_active", "readable", "walk"]
