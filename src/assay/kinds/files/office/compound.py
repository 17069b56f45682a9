"""OLE compound files: Word, Excel and PowerPoint until 2003, `vbaProject.bin`, and objects embedded in anything else."""

from __future__ import annotations

import io
import re
import zlib
from typing import Any

from assay.formats.ole_objects import Package, moniker_link, overlong_font, read_package
from assay.formats.vba import Module, read_project
from assay.kinds.files.office.opened import MOST_EMBEDDED, Link, Office

MAX_STREAM, MAX_STREAMS, MAX_DEPTH = 32 << 20, 4000, 3
SIGNATURE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
EQUATION = "0002CE02-0000-0000-C000-000000000046"  # the class of the old editor
_DDE = re.compile(rb"\x13\s{0,4}(DDE(?:AUTO)?\s[^\x13-\x15]{1,400})", re.IGNORECASE)
_DDE_WIDE = re.compile(
    rb"\x13\0(?:\s\0){0,4}((?:D\0){2}E\0(?:A\0U\0T\0O\0)?\s\0(?:[^\x13-\x15]\0){1,400})", re.IGNORECASE
)
# Calls by which a macro leaves the document: asked for in compiled macros where no source has them.
CALLS = (
    "Shell", "CreateObject", "GetObject", "URLDownloadToFile", "VirtualAlloc", "CreateThread", "WScript", "ExecuteExcel4Macro",
    "ShellExecute", "CreateProcess", "RtlMoveMemory", "WinExec", "MSXML2", "ADODB",
)  # fmt: skip


def read_compound(content: bytes, found: Office, depth: int = 0) -> None:
    """Fills `found`; raises what `olefile` raises on damage."""
    import olefile  # type: ignore[import-untyped]

    with olefile.OleFileIO(io.BytesIO(content)) as ole:
        names = ["/".join(path) for path in ole.listdir()[:MAX_STREAMS]]
        plain = {name.lower(): name for name in names}
        if "encryptedpackage" in plain:
            found.encrypted = True
            return
        for name in names:
            if name.lower().endswith("vba/dir"):
                _macros(ole, name[: -len("dir")], found)
        if (book := plain.get("workbook") or plain.get("book")) is not None:
            from assay.kinds.files.office.excel4 import read_workbook

            read_workbook(_stream(ole, book), found)
        if "worddocument" in plain:
            text = _stream(ole, plain["worddocument"])
            found.encrypted |= bool(len(text) > 11 and text[11] & 1)
            found.dde += [_shown(m[1], "latin-1") for m in _some(_DDE, text)]
            found.dde += [_shown(m[1], "utf-16-le") for m in _some(_DDE_WIDE, text)]
        if "powerpoint document" in plain:
            _slides(_stream(ole, plain["powerpoint document"]), found, depth)
        for name in names:
            _embedded(ole, name, found, depth)


def read_mail(content: bytes) -> list[Package]:
    """The body and the attachments of an Outlook message ([MS-OXMSG] 2.2). Never raises."""
    import olefile

    found: list[Package] = []
    try:
        with olefile.OleFileIO(io.BytesIO(content)) as ole:
            names = {"/".join(path) for path in ole.listdir()[:MAX_STREAMS]}
            if _BODY in names:
                text = _stream(ole, _BODY).decode("utf-16-le", "replace")
                found.append(Package("body.txt", text.encode("utf-8", "replace")))
            for folder in sorted({name.split("/")[0] for name in names if name.startswith("__attach_")})[
                :MOST_EMBEDDED
            ]:
                if f"{folder}/{_DATA}" in names:
                    told = next((f"{folder}/{one}" for one in _CALLED if f"{folder}/{one}" in names), "")
                    called = _stream(ole, told).decode("utf-16-le", "replace") if told else folder
                    found.append(Package(called.rstrip("\0"), _stream(ole, f"{folder}/{_DATA}")))
    except Exception:  # olefile raises what it meets: what was read until then is handed on
        return found
    return found


_BODY, _DATA = "__substg1.0_1000001F", "__substg1.0_37010102"
_CALLED = ("__substg1.0_3707001F", "__substg1.0_3704001F", "__substg1.0_3001001F")


def _stream(ole: Any, name: str) -> bytes:
    data: bytes = ole.openstream(name).read(MAX_STREAM)
    return data


def _macros(ole: Any, folder: str, found: Office) -> None:
    def stream(name: str) -> bytes | None:
        try:
            return _stream(ole, folder + name)
        except OSError:
            return None

    project = read_project(stream)
    found.compiled += sum(module.compiled for module in project.modules)
    found.macros += [(module.name, module.source) for module in project.modules if module.source.strip()]
    found.hollow += [module.name for module in project.modules if _hollow(module, stream)]
    if project.problem and not found.problem:
        found.problem = project.problem
    _unseen(stream("_VBA_PROJECT") or b"", found)


def _hollow(module: Module, stream: Any) -> bool:
    """P-code, and no source that it could have been made of: somebody took the source away ("stomping")."""
    left = [line for line in module.source.splitlines() if line.strip() and not line.startswith("Attribute ")]
    calls = [name for name in CALLS if name.encode() in (stream(module.name) or b"")[: module.compiled]]
    return module.compiled > 2048 and not left and bool(module.problem or calls)


def _unseen(identifiers: bytes, found: Office) -> None:
    """Names that compiled macros know and no source has. They may be left from an edit: a hint, and no more."""
    told = "\n".join(source for _, source in found.macros).lower()
    for name in CALLS:
        if len(name) > 8 and name.encode() in identifiers and name.lower() not in told and name not in found.unseen:
            found.unseen.append(name)


def _slides(document: bytes, found: Office, depth: int) -> None:
    """PowerPoint keeps its project packed in a record of type 0x1011 ([MS-PPT] 2.10.34)."""
    for match in _some(re.compile(rb"\x10\x00\x11\x10(.{4})", re.DOTALL), document, 50):
        size = int.from_bytes(match[1], "little")
        packed = document[match.end() + 4 : match.end() + size]
        try:
            inner = zlib.decompressobj().decompress(packed, MAX_STREAM)
        except zlib.error:
            continue
        if inner.startswith(SIGNATURE) and depth < MAX_DEPTH:
            read_compound(inner, found, depth + 1)


def _embedded(ole: Any, name: str, found: Office, depth: int) -> None:
    last = name.rpartition("/")[2].lower()
    if last == "\x01ole10native" and len(found.packages) < MOST_EMBEDDED:
        data = _stream(ole, name)
        package = read_package(data)
        if package is not None:
            found.packages.append(package)
        elif str(ole.root.clsid).upper() == EQUATION and (at := overlong_font(data[4:])) is not None:
            found.fonts.append(at)
    elif last == "equation native":
        at = overlong_font(_stream(ole, name))
        if at is not None:
            found.fonts.append(at)
    elif last == "\x01ole":
        target = moniker_link(_stream(ole, name))
        if target:
            found.links.append(Link("object", target))
    elif last in ("package", "contents") and len(found.packages) < MOST_EMBEDDED:
        data = _stream(ole, name)
        if data.startswith((b"PK\x03\x04", SIGNATURE, b"MZ")):
            found.packages.append(Package(last, data))


def _some(pattern: re.Pattern[bytes], text: bytes, most: int = 20) -> list[re.Match[bytes]]:
    found = []
    for match in pattern.finditer(text):
        found.append(match)
        if len(found) == most:
            break
    return found


def _shown(raw: bytes, codec: str) -> str:
    return " ".join(raw.decode(codec, "replace").split())


__all__ = ["CALLS", "SIGNATURE", "read_compound", "read_mail"]
