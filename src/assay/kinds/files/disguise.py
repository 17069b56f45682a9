"""What a name says against what the bytes are: a program called a picture, a second extension behind the first, characters
that turn the reading direction so that `exe.pdf` stands where `fdp.exe` is, blanks that push the true ending out of sight.

A name alone is never grave: what stands behind it has to run.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from assay.core.finding import Severity
from assay.formats.filetype import SCRIPT_NAMES
from assay.kinds.files.evidence import File
from assay.kinds.files.notes import Note
from assay.kinds.files.opened import Opened

MASQUERADE = ("T1036.008",)
DOUBLE, TURNED, PADDED = ("T1036.007",), ("T1036.002",), ("T1036.006",)
_OVERRIDES = "\u202e\u202d"
# What people open without a thought, by family; nothing that runs is honestly called so.
_PASSIVE = {
    "document": ("pdf", "doc", "docx", "xls", "xlsx", "ppt", "pptx", "odt", "ods", "rtf", "csv", "txt", "epub", "xps"),
    "picture": ("jpg", "jpeg", "png", "gif", "bmp", "tif", "tiff", "webp", "heic", "svg", "ico"),
    "sound or film": ("mp3", "wav", "ogg", "flac", "m4a", "mp4", "avi", "mov", "mkv", "webm", "wmv"),
}
_SHOWN_AS = {ending: family for family, endings in _PASSIVE.items() for ending in endings}
_RUNS = ("exe", "scr", "com", "pif", "cpl", "msi", "msix", "dll")
_RUNS_AS_SCRIPT = ("vbs", "vbe", "jse", "wsf", "hta", "ps1", "bat", "cmd", "jar", "settingcontent-ms", "msc", "chm")
_HOSTED = re.compile(rb"\b(?:ActiveXObject|WScript\.|GetObject\s*\()", re.IGNORECASE)
_BLANKS = re.compile(r"[\s\u00a0\u2000-\u200b\u2800\u3000_]{12,}\.\w{2,4}$")
# Ending -> types that it may hold; asked only where the content is a program or a script for Windows.
_SCRIPTS = ("powershell", "vbscript", "hta", "wsf", "batch")


def disguises(file: File, opened: Opened) -> Iterator[Note]:
    """Each trick that the name plays."""
    name = file.name
    if not name:
        return
    runs = _runs(opened)
    ending = opened.extension
    if runs and ending in _SHOWN_AS and opened.type.name not in _NOT_TOLD.get(ending, ()):
        severity = Severity.HIGH if opened.type.family in ("program", "shortcut") else Severity.MEDIUM
        values = {"name": name, "says": ending, "is": opened.type.name}
        yield Note("files.disguised", severity, values, ((0, 4),), MASQUERADE)
    if any(c in name for c in _OVERRIDES):
        yield Note("files.direction", Severity.HIGH if runs else Severity.LOW, {"name": spelt(name)}, (), TURNED)
    if _BLANKS.search(name):
        yield Note("files.padded-name", Severity.HIGH if runs else Severity.LOW, {"name": spelt(name)}, (), PADDED)
    before = name.rpartition(".")[0].rstrip().rpartition(".")[2].strip().lower()
    if before in _SHOWN_AS and before != ending and runs:
        if ending in _RUNS and opened.type.family == "program":
            yield Note("files.double-extension", Severity.HIGH, {"name": name}, (), DOUBLE)
        elif ending in _RUNS_AS_SCRIPT or (ending == "js" and _HOSTED.search(opened.content[:65_536])):
            yield Note("files.double-extension", Severity.MEDIUM, {"name": name}, (), DOUBLE)
    told = opened.type.family != "script" or ending in SCRIPT_NAMES  # a text that speaks of scripts is none
    if file.inside == "message" and runs and told:
        severity = Severity.MEDIUM if opened.type.name not in ("python", "shell", "javascript") else Severity.LOW
        yield Note("files.mailed-program", severity, {"name": name, "is": opened.type.name}, (), ("T1566.001",))


# A text whose words look like a script's is not thereby disguised: only files that a double click would run count.
_NOT_TOLD = {"txt": _SCRIPTS, "csv": _SCRIPTS, "svg": _SCRIPTS}


def _runs(opened: Opened) -> bool:
    kind = opened.type
    if kind.name in ("pe", "elf", "macho", "msi", "lnk", "dex"):
        return opened.program is None or not opened.program.problem or kind.name in ("msi", "lnk", "dex")
    return kind.name in _SCRIPTS or (kind.family == "script" and opened.extension in ("js", "jse"))


def spelt(name: str) -> str:
    """A name with what cannot be seen in it spelt out."""
    turned = "".join(f"[{ord(c):04X}]" if c in _OVERRIDES else c for c in name)
    return re.sub(r"\s{4,}", lambda m: f"[{len(m[0])} blanks]", turned)


__all__ = ["disguises", "spelt"]
