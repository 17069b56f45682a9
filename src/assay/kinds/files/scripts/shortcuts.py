"""Shortcuts: a picture of a document and a name without ending, and behind it a command. Windows shortcuts, internet shortcuts that
lead to somebody's share, and links to settings that start a program.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from assay.core.finding import Severity
from assay.formats.lnk import Shortcut
from assay.kinds.files.notes import Note
from assay.kinds.files.scripts import signs
from assay.kinds.files.scripts.plain import Script, read_script

_RUNNERS = re.compile(
    r"(?:^|[\\/\s\"])(cmd|powershell|pwsh|mshta|wscript|cscript|rundll32|regsvr32|msiexec|certutil|bitsadmin|forfiles|pcalua|conhost"
    r"|curl|ssh|bash|wmic|installutil|hh|odbcconf|syncappvpublishingserver)(?:\.exe)?(?:[\"\s]|$)", re.IGNORECASE,
)  # fmt: skip
_ITSELF = re.compile(r"\.lnk\b[^\n]{0,200}(?:ReadAllBytes|Get-Content|findstr|-Skip|Substring|copy\s+/b)|(?:findstr|Get-Content|gc|ReadAllBytes|dir)\b[^\n]{0,200}\.lnk", re.I)  # fmt: skip
_DOCUMENT = re.compile(
    r"\.(pdf|docx?|xlsx?|pptx?|txt|jpe?g|png|rtf|zip)\b|wordpad|acro(bat|rd32)|winword|excel|imageres|msedge",
    re.IGNORECASE,
)
_ABROAD = re.compile(r"^(?:\\\\|//|file:/{2,4})(?!localhost)([\w-]+(?:\.[\w-]+)+)", re.IGNORECASE)
_PADDED = re.compile(r"[\s\u00a0]{200,}")
_CARRIED = 1024  # bytes behind the end from which it is more than padding
LINKED = ("T1204.002", "T1547.009")


def shortcut_notes(link: Shortcut) -> Iterator[Note]:
    """A shortcut that starts an interpreter to fetch, decode or read something out of itself; one that hides its command."""
    runner = _RUNNERS.search(f"{link.target or link.relative} ") or _RUNNERS.search(" " + link.arguments)
    command = link.command
    if runner is not None:
        script = read_script(command.encode("utf-8", "replace"), "shortcut")
        told = script.everything
        act = signs.FETCH.search(told) or _ITSELF.search(told) or signs.DISARM.search(told)
        covered = any(layer.how != "joined" for layer in script.layers) or _TICKED.search(link.arguments)
        remote = re.search(r"https?://|\\\\[\w.-]+\\|\\DavWWWRoot", link.arguments, re.IGNORECASE)
        if (
            act
            or covered
            or (
                remote
                and runner[1].lower()
                in ("mshta", "rundll32", "regsvr32", "msiexec", "wscript", "cscript", "forfiles", "curl")
            )
        ):
            yield Note("files.shortcut-fetches", Severity.HIGH, {"what": command}, (), (*LINKED, "T1105"))
        elif signs.HIDE.search(told) and link.arguments:
            yield Note("files.shortcut-command", Severity.MEDIUM, {"what": command}, (), LINKED)
        elif _DOCUMENT.search(link.icon) and link.arguments:
            yield Note("files.shortcut-disguised", Severity.MEDIUM, {"what": command, "icon": link.icon}, (), (*LINKED, "T1036"))  # fmt: skip
    if _PADDED.search(link.arguments):
        plain = " ".join(link.arguments.split())
        yield Note("files.shortcut-padded", Severity.HIGH, {"what": plain}, (), (*LINKED, "T1027"))
    at, length = link.overlay
    if length >= _CARRIED:
        level = Severity.MEDIUM if runner is not None else Severity.LOW
        yield Note("files.shortcut-carries", level, {"size": length}, ((at, 16),), (*LINKED, "T1027.009"))
    if (match := _ABROAD.match(link.target)) is not None:
        yield Note("files.shortcut-abroad", Severity.MEDIUM, {"what": match[1]}, (), (*LINKED, "T1187"))


_TICKED = re.compile(r"(?:[A-Za-z]\^){3,}|(?:[A-Za-z]`){3,}")
_LINE = re.compile(r"(?im)^\s*(URL|IconFile|WorkingDirectory|BaseURL)\s*=\s*(\S.{0,2000})$")
_DEEP = re.compile(r"(?is)<DeepLink>(.{1,4000}?)</DeepLink>")


def link_notes(script: Script) -> Iterator[Note]:
    """Internet shortcuts to files on somebody's share, and links to settings that name a program."""
    for match in list(_LINE.finditer(script.text))[:20]:
        abroad = _ABROAD.match(match[2].strip())
        if abroad is not None:
            level = Severity.MEDIUM if match[1].lower() == "url" else Severity.LOW
            yield Note("files.shortcut-abroad", level, {"what": abroad[1]}, ((match.start(), len(match[0])),), (*LINKED, "T1187"))  # fmt: skip
            break
    deep = _DEEP.search(script.text)
    if deep is not None and _RUNNERS.search(" " + deep[1] + " "):
        yield Note(
            "files.shortcut-command", Severity.MEDIUM, {"what": deep[1]}, ((deep.start(), len(deep[0])),), LINKED
        )


__all__ = ["link_notes", "shortcut_notes"]
