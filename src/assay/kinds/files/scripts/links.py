"""Texts that start or show something by a double click: internet shortcuts and libraries that lead to somebody's share, links to
settings, consoles of Windows' management, sessions on other machines, starters of Linux desktops.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from urllib.parse import unquote

from assay.core.finding import Severity
from assay.kinds.files.abroad import outside
from assay.kinds.files.notes import Note
from assay.kinds.files.scripts import signs
from assay.kinds.files.scripts.plain import Script, read_script
from assay.kinds.files.scripts.shortcuts import ABROAD, LINKED, RUNNERS

_LINE = re.compile(
    r"(?im)^\s*(URL|IconFile|WorkingDirectory|BaseURL)\s*=\s*(\S.{0,2000})$|<(url)>\s*([^<\s][^<]{0,2000}?)\s*</url>"
)
_SEARCH = re.compile(r"^(?:search-ms|ms-search|search):.{0,2000}?location:\s*", re.IGNORECASE)
_DEEP = re.compile(r"(?is)<DeepLink>(.{1,4000}?)</DeepLink>")
# A page of Windows' own that goes wherever it is told, and so runs what stands in a console file (2024, "GrimResource").
_REDIRECTED = re.compile(r"apds\.dll/redirect\.html|\b(?:java|vb)script:", re.IGNORECASE)
_COMMAND = re.compile(r"<CommandLine\b[^<>]{0,4000}>|<Task\b[^<>]{0,4000}\bCommand=[^<>]{1,4000}>", re.IGNORECASE)
_SETTING = re.compile(
    r"(?im)^\s*(full address|alternate full address|drivestoredirect|redirectdrives|remoteapplicationprogram):[si]:(.{0,500}?)\s*$"
)
_EXEC = re.compile(r"(?m)^(?:Try)?Exec\s*=\s*(.{1,4000})$")


def link_notes(script: Script, stranger: bool) -> Iterator[Note]:
    """What a text leads to that is opened by a double click: internet shortcuts and libraries that show somebody's share, links to
    settings that name a program, consoles with a script in them, starters of Linux desktops. `stranger`: it came from outside."""
    if script.language == "msc":
        yield from _console(script)
    elif script.language == "rdp":
        yield from _desktop(script, stranger)
    elif script.language == "desktop":
        yield from _starter(script)
    for match in list(_LINE.finditer(script.text))[:20]:
        target = _SEARCH.sub("", (match[2] or match[4]).strip())
        abroad = ABROAD.match(target) if outside(target) else None
        if abroad is not None:
            level = Severity.MEDIUM if (match[1] or match[3]).lower() == "url" else Severity.LOW
            yield Note("files.shortcut-abroad", level, {"what": abroad[1]}, ((match.start(), len(match[0])),), (*LINKED, "T1187"))  # fmt: skip
            break
    deep = _DEEP.search(script.text)
    if deep is not None and RUNNERS.search(" " + deep[1] + " "):
        yield Note(
            "files.shortcut-command", Severity.MEDIUM, {"what": deep[1]}, ((deep.start(), len(deep[0])),), LINKED
        )


def _console(script: Script) -> Iterator[Note]:
    told = unquote(unescape(script.text))
    if (match := _REDIRECTED.search(told)) is not None:
        yield Note("files.console-runs", Severity.HIGH, {"what": match[0]}, (), ("T1218.014", "T1204.002"))
        return
    for match in list(_COMMAND.finditer(told))[:20]:
        if signs.FETCH.search(read_script(match[0].encode("utf-8", "replace"), "shortcut").everything):
            yield Note("files.console-runs", Severity.HIGH, {"what": match[0]}, (), ("T1218.014", "T1105"))
            return


def _desktop(script: Script, stranger: bool) -> Iterator[Note]:
    """A session on somebody's machine that is handed the drives of this one: what a stranger asks for, and no colleague."""
    told = {match[1].lower(): match[2].strip() for match in list(_SETTING.finditer(script.text))[:40]}
    host = (told.get("full address") or told.get("alternate full address") or "").partition(":")[0]
    drives = told.get("drivestoredirect", "") not in ("", "0") or told.get("redirectdrives") == "1"
    if stranger and drives and host and outside(f"//{host}/"):
        yield Note("files.remote-desktop", Severity.MEDIUM, {"what": host}, (), ("T1219", "T1566.001"))


def _starter(script: Script) -> Iterator[Note]:
    """What a starter of a Linux desktop runs, where that is fetched or decoded and handed to a shell."""
    for match in list(_EXEC.finditer(script.text))[:20]:
        if signs.PIPED.search(match[1]) or signs.DECODED_PIPE.search(match[1]) or "/dev/tcp/" in match[1]:
            where = ((match.start(), len(match[0])),)
            yield Note("files.shortcut-fetches", Severity.HIGH, {"what": match[1]}, where, ("T1204.002", "T1105"))
            return


__all__ = ["link_notes"]
