"""An office file opened once: its macros as text, the addresses it fetches something from, the commands of its fields, the files
put into it. OLE compound files, Office Open XML, RTF and OneNote come to the same shape.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from assay.core.enclosed import Enclosed
from assay.formats.filetype import FileType
from assay.formats.ole_objects import Package

MOST_EMBEDDED = 200


@dataclass(frozen=True)
class Link:
    """Something from outside that the file has brought in when it is opened. `kind`: template, object, frame, picture."""

    kind: str
    target: str
    at: int = 0


@dataclass
class Office:
    """`macros`: (module, source). `unseen`: names of calls that stand in compiled macros and in no source. `sheets`: Excel 4 macro
    sheets (name, hidden); `formulas`: what they call that reaches out of Excel; `starts`: they begin by themselves. `dde`: commands
    of fields. `fonts`: bytes where an equation's font is longer than its reader has room for. `objects`: classes of embedded
    objects; `strewn`: their bytes are broken up so that scanners lose them. `encrypted`: nothing of it can be read."""

    form: str
    macros: list[tuple[str, str]] = field(default_factory=list)
    compiled: int = 0
    unseen: list[str] = field(default_factory=list)
    hollow: list[str] = field(default_factory=list)
    sheets: list[tuple[str, bool]] = field(default_factory=list)
    formulas: list[str] = field(default_factory=list)
    starts: bool = False
    links: list[Link] = field(default_factory=list)
    dde: list[str] = field(default_factory=list)
    fonts: list[int] = field(default_factory=list)
    objects: list[str] = field(default_factory=list)
    updates: bool = False
    strewn: int | None = None
    packages: list[Package] = field(default_factory=list)
    encrypted: bool = False
    problem: str = ""

    @property
    def enclosed(self) -> Iterator[Enclosed]:
        """The macros as one text, and every file that was put into it."""
        from assay.kinds.files.opened import MACROS, short

        if self.macros:
            text = "\n".join(f"' {name}\n{source}" for name, source in self.macros)
            yield Enclosed(name="macros.vba", media=MACROS, content=text.encode("utf-8", "replace"))
        for package in self.packages[:MOST_EMBEDDED]:
            if package.content:
                yield Enclosed(name=short(package.name) or "embedded", content=package.content)


def read_office(content: bytes, type_: FileType) -> Office:
    """Never raises: what could not be read is in `problem`."""
    found = Office(type_.name)
    try:
        if type_.name in ("docx", "xlsx", "pptx", "ooxml", "odf"):
            from assay.kinds.files.office.ooxml import read_ooxml

            read_ooxml(content, found)
        elif type_.name == "rtf":
            from assay.kinds.files.office.texts import read_rich_text

            read_rich_text(content, found)
        elif type_.name == "onenote":
            from assay.kinds.files.office.texts import read_notebook

            read_notebook(content, found)
        else:
            from assay.kinds.files.office.compound import read_compound

            read_compound(content, found)
    except RecursionError:
        found.problem = "it is nested too deeply"
    except Exception as error:  # olefile raises what it meets on a hostile file
        found.problem = f"{type(error).__name__}: {error}"[:160]
    return found


__all__ = ["Link", "Office", "read_office"]
