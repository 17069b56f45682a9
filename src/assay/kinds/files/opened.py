"""A file opened once and looked at by every detector of the room: its type, and what of a program, an archive, an office
file or a script is in it. Each is made when first asked for; the last few files stay open.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from functools import cached_property
from threading import Lock
from typing import TYPE_CHECKING

from assay.core.enclosed import MAX_BYTES, Enclosed
from assay.formats.filetype import FileType, extension, plain_text, type_of

if TYPE_CHECKING:
    from assay.formats.archive import Walk
    from assay.formats.lnk import Shortcut
    from assay.formats.program import Program
    from assay.kinds.files.office.opened import Office
    from assay.kinds.files.scripts.plain import Script

_KEPT_BYTES, _KEPT_FILES = (
    320 << 20,
    1200,
)  # as much as one whole may hold: its parts are looked at one detector at a time
MAX_SCRIPT = 4 << 20
_COMPOUND = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
MACROS = "application/x-vba-source"  # the media type of macros that an office file hands on


class Opened:
    """`type` by content; the rest is None where the file is nothing of the kind. Nothing here raises."""

    def __init__(self, content: bytes, name: str, passwords: tuple[str, ...] = ()) -> None:
        self.content, self.name, self.passwords = content, name, passwords

    @cached_property
    def type(self) -> FileType:
        return type_of(self.content, self.name)

    @cached_property
    def extension(self) -> str:
        return extension(self.name)

    @property
    def of_a_picture(self) -> bool:
        """Is it one of the pieces of a document or picture whose structure is looked at, and which has no type of its own?"""
        from assay.formats.jbig2 import is_jbig2
        from assay.formats.truetype import is_truetype

        return is_jbig2(self.content[:64]) or is_truetype(self.content[:64])

    @cached_property
    def program(self) -> Program | None:
        if self.type.name not in ("pe", "elf", "macho"):
            return None
        from assay.formats.program import read_program

        return read_program(self.content)

    @cached_property
    def archive(self) -> Walk | None:
        """What is in it; of an office file built on ZIP this is the office file's own business."""
        from assay.formats.archive import readable, walk

        if self.type.family not in ("archive", "image") and self.type.name not in ("jar", "apk", "odf", "epub"):
            return None
        return walk(self.content, self.type, self.name, passwords=self.passwords) if readable(self.type) else None

    @cached_property
    def behind(self) -> Walk | None:
        """An archive behind the end of a compound file, which is made of whole sectors: an installer that is a program for Java too."""
        if not self.content.startswith(_COMPOUND) or not len(self.content) % 512:
            return None
        from assay.formats.archive import walk
        from assay.formats.zipped import ends_in_zip

        return walk(self.content, FileType("zip", "archive"), self.name) if ends_in_zip(self.content) else None

    @cached_property
    def office(self) -> Office | None:
        if self.type.family != "office":
            return None
        from assay.kinds.files.office.opened import read_office

        return read_office(self.content, self.type)

    @cached_property
    def shortcut(self) -> Shortcut | None:
        if self.type.name != "lnk":
            return None
        from assay.formats.lnk import read_shortcut

        return read_shortcut(self.content)

    @cached_property
    def script(self) -> Script | None:
        """A text that something runs; its language, and what it says once its disguises are undone."""
        if self.type.name == "lnk" or (
            self.type.family not in ("script", "shortcut") and self.type.name not in ("html", "svg")
        ):
            return None
        text = plain_text(self.content[:MAX_SCRIPT])
        if text is None:
            return None
        from assay.kinds.files.scripts.plain import read_script

        return read_script(text, self.type.name)

    @property
    def enclosed(self) -> Iterator[Enclosed]:
        """What is inside, for whichever room knows it."""
        walk = self.archive or self.behind
        for member in walk.members if walk is not None else ():
            if member.kind == "file" and member.content:
                yield Enclosed(name=short(member.name), content=member.content[:MAX_BYTES])
        if self.office is not None:
            yield from self.office.enclosed
        if self.script is not None:
            from assay.kinds.files.scripts.pages import name_in

            for one in self.script.carried:
                if one.what.name == "code":  # of a machine, and no file
                    continue
                yield Enclosed(name=name_in(self.script.text) or f"carried.{one.what.name}", content=one.content)
        if self.type.name == "msg":
            from assay.kinds.files.office.compound import read_mail

            for package in read_mail(self.content):
                if package.content:
                    yield Enclosed(name=short(package.name) or "attachment", content=package.content[:MAX_BYTES])


def short(name: str) -> str:
    """A member's name without folders, as the name of a part; of an endless one its end."""
    plain = name.replace("\\", "/").rstrip("/").rpartition("/")[2] or name
    return plain[-255:]


class _Cache:
    """The last files opened, by their bytes and name: bounded in number and bytes."""

    def __init__(self) -> None:
        self._files: OrderedDict[tuple[str, bytes, tuple[str, ...]], Opened] = OrderedDict()
        self._bytes = 0
        self._lock = Lock()

    def open(self, content: bytes, name: str, passwords: tuple[str, ...]) -> Opened:
        key = (name, content, passwords)
        with self._lock:
            opened = self._files.get(key)
            if opened is not None:
                self._files.move_to_end(key)
                return opened
            opened = self._files[key] = Opened(content, name, passwords)
            self._bytes += len(content)
            while len(self._files) > 1 and (len(self._files) > _KEPT_FILES or self._bytes > _KEPT_BYTES):
                (_, gone, _), _ = self._files.popitem(last=False)
                self._bytes -= len(gone)
        return opened


_OPEN = _Cache()


def open_file(content: bytes, name: str, passwords: tuple[str, ...] = ()) -> Opened:
    """The file of these bytes under this name."""
    return _OPEN.open(content, name, passwords)


__all__ = ["MACROS", "Opened", "open_file", "short"]
