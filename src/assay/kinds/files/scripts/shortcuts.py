"""Windows shortcuts: a picture of a document and a name without ending, and behind it a command."""

from __future__ import annotations

import re
from collections.abc import Iterator

from assay.core.finding import Severity
from assay.formats.lnk import Shortcut
from assay.kinds.files.abroad import outside
from assay.kinds.files.notes import Note
from assay.kinds.files.scripts import signs
from assay.kinds.files.scripts.plain import read_script

RUNNERS = re.compile(
    r"(?:^|[\\/\s\"])(cmd|powershell|pwsh|mshta|wscript|cscript|rundll32|regsvr32|msiexec|certutil|bitsadmin|forfiles|pcalua|conhost"
    r"|curl|ssh|bash|wmic|installutil|hh|odbcconf|syncappvpublishingserver)(?:\.exe)?(?:[\"\s]|$)", re.IGNORECASE,
)  # fmt: skip
_ITSELF = re.compile(r"\.lnk\b[^\n]{0,200}(?:ReadAllBytes|Get-Content|findstr|-Skip|Substring|copy\s+/b)|(?:findstr|Get-Content|gc|ReadAllBytes|dir)\b[^\n]{0,200}\.lnk", re.I)  # fmt: skip
_DOCUMENT = re.compile(
    r"\.(pdf|docx?|xlsx?|pptx?|txt|jpe?g|png|rtf|zip)\b|wordpad|acro(bat|rd32)|winword|excel|imageres|msedge",
    re.IGNORECASE,
)
ABROAD = re.compile(r"^(?:\\\\|//|file:/{2,4})(?!localhost)([\w-]+(?:\.[\w-]+)+)", re.IGNORECASE)
_PADDED = re.compile(r"[\s\u00a0]{200,}")
_CARRIED = 1024  # bytes behind the end from which it is more than padding
LINKED = ("T1204.002", "T1547.009")


def shortcut_notes(link: Shortcut) -> Iterator[Note]:
    """A shortcut that starts an interpreter to fetch, decode or read something out of itself; one that hides its command."""
    runner = RUNNERS.search(f"{link.target or link.relative} ") or RUNNERS.search(" " + link.arguments)
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
        elif beside := _beside(runner[1].lower(), link.arguments):
            yield Note("files.shortcut-beside", Severity.MEDIUM, {"what": command, "name": beside}, (), LINKED)
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
    if outside(link.target) and (match := ABROAD.match(link.target)) is not None:
        yield Note("files.shortcut-abroad", Severity.MEDIUM, {"what": match[1]}, (), (*LINKED, "T1187"))


_TICKED = re.compile(r"(?:[A-Za-z]\^){3,}|(?:[A-Za-z]`){3,}")
# A program of Windows that is named without a folder lies where Windows does.
_OWN = frozenset((
    "shell32", "user32", "printui", "advapi32", "advpack", "ieframe", "inetcpl", "main", "netplwiz", "powrprof", "shdocvw", "sysdm", "url",
    "zipfldr", "mshtml", "keymgr", "dfshim", "setupapi", "pcwutl", "shimgvw", "photoviewer", "fldrclnr", "desk", "appwiz", "timedate",
    "mmsys", "ncpa", "firewall", "powercfg", "intl", "joy", "telephon", "hdwwiz", "access", "bthprops", "irprops", "wscui", "nvcpl", "iernonce",
    "davclnt", "wdc", "cryptext", "tcpmonui", "credwiz", "input", "sendmail", "winethc", "msrating", "dsquery", "dskquoui", "rasdlg",
))  # fmt: skip
_TOKEN = re.compile(r"\"([^\"]*)\"|(\S+)")
_RELATIVE = re.compile(r"(?:\.{1,2}\\)*(?:[^\\/:*?\"<>|%$,]+\\)*([^\\/:*?\"<>|%$,]+)\.([A-Za-z0-9]{1,6})")
_LIBRARIES, _STARTED = ("rundll32", "regsvr32"), ("js", "jse", "vbs", "vbe", "wsf", "hta", "bat", "cmd", "exe", "ps1", "dll", "scr", "com")  # fmt: skip


def _beside(runner: str, arguments: str) -> str:
    """The file without a folder of its own that a shortcut hands to a runner: what lies beside it, as in an archive or disk image that
    brought both. "" where there is none."""
    for match in list(_TOKEN.finditer(arguments))[:40]:
        token = match[1] if match[1] is not None else match[2]
        plain = token.partition(",")[0] if runner in _LIBRARIES else token
        found = _RELATIVE.fullmatch(plain)
        if found is None or token.startswith(("/", "-", "&", "|", ">", "<")):
            continue
        name, ending = found[1].rpartition("\\")[2].lower(), found[2].lower()
        if runner in _LIBRARIES:
            return "" if name in _OWN else plain
        if ending in _STARTED and not RUNNERS.fullmatch(name) and name not in _OWN:
            return plain
    return ""


__all__ = ["ABROAD", "LINKED", "RUNNERS", "shortcut_notes"]
