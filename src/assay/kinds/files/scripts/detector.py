"""`files.script`: what a script or macro does once its disguises are undone. One thing that it does is how scripts are; what counts
is what it does together, and whether it took pains that nobody should read it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from assay.core.batch import Batch
from assay.core.evidence import Evidence
from assay.core.finding import Findings, Severity
from assay.core.profile import Profile
from assay.kinds.files.evidence import File
from assay.kinds.files.notes import Note, noted
from assay.kinds.files.scripts import signs
from assay.kinds.files.scripts.links import link_notes
from assay.kinds.files.scripts.pages import page_notes
from assay.kinds.files.scripts.plain import HOSTED, Script
from assay.kinds.files.scripts.shortcuts import shortcut_notes

_CLIENT = ("vbscript", "hta", "wsf", "javascript")  # on a Windows desktop few honest ones fetch and run something
_LANGUAGE = {
    "powershell": "T1059.001", "batch": "T1059.003", "vbscript": "T1059.005", "vba": "T1059.005", "javascript": "T1059.007",
    "shell": "T1059.004", "python": "T1059.006", "hta": "T1218.005",
}  # fmt: skip


class Scripts:
    """Scripts for Windows, VBA, shortcuts; of scripts for Unix only those that hide what they run."""

    name = "files.script"
    version = "1"
    reads: tuple[type[Evidence], ...] = (File,)

    def examine(self, batch: Batch[Any], profile: Profile) -> Findings:
        return noted(self, batch, _notes)


def _notes(file: File) -> Iterator[Note]:
    opened = file.opened
    if opened.shortcut is not None:
        yield from shortcut_notes(opened.shortcut)
    script = opened.script
    if script is None:
        return
    if script.language == "vba":
        yield from _macro(script)
    elif script.language in ("html", "svg"):
        yield from page_notes(script, opened.content, file.inside == "message")
    elif opened.type.family == "shortcut":
        yield from link_notes(script, file.inside == "message" or file.internet is True)
    elif script.language in HOSTED or (script.language == "javascript" and signs.HOST.search(script.everything)):
        yield from _hosted(script)
    else:
        yield from _elsewhere(script)


class _Seen:
    """What a script does, and whether that could be read in it as it stands."""

    def __init__(self, script: Script) -> None:
        self._above, self._all = _code_of(script.text, script.language), _code_of(script.everything, script.language)
        self._low_above, self._low = self._above.lower(), self._all.lower()

    def does(self, *wanted: signs.Sign) -> re.Match[str] | None:
        return next((m for sign in wanted if (m := sign.search(self._all, self._low)) is not None), None)

    def hidden(self, *wanted: signs.Sign) -> bool:
        """It does so, and nothing of it can be read in the text as it stands."""
        return self.does(*wanted) is not None and not any(s.search(self._above, self._low_above) for s in wanted)

    def runs(self) -> re.Match[str] | None:
        """It starts another program: by a command, or by an object that can and the call that does."""
        shell = self.does(signs.HOST_SHELL)
        return self.does(signs.RUN) or (shell if shell and self.does(signs.CALL) else None)

    def covered(self) -> bool:
        """What it fetches with or runs by cannot be read in it as it stands."""
        return self.hidden(signs.RUN) or self.hidden(signs.HOST_SHELL) or self.hidden(signs.FETCH)


_COMMENT = re.compile(r"(?im)^[ \t]*(?:'|rem\b).*$")


def _code_of(text: str, language: str) -> str:
    """The text, Basic's lines of comment blanked out, every character where it was."""
    if language not in ("vba", "vbscript"):
        return text
    return _COMMENT.sub(lambda match: " " * len(match[0]), text)


def _code(script: Script) -> tuple[str, ...]:
    return tuple(filter(None, (_LANGUAGE.get(script.language, ""),)))


def _shown(*matches: re.Match[str] | None) -> str:
    return " · ".join(" ".join(m[0].split())[:60] for m in matches if m is not None)


def _span(script: Script, *matches: re.Match[str] | None) -> tuple[tuple[int, int], ...]:
    """Where it stands in the script itself, as far as it does."""
    return tuple((m.start(), len(m[0])) for m in matches if m is not None and script.text[m.start() : m.end()] == m[0])


def _macro(script: Script) -> Iterator[Note]:
    seen = _Seen(script)
    starts, fetch = seen.does(signs.STARTS), seen.does(signs.FETCH)
    run = seen.runs() or seen.does(signs.RUN_VBA)
    covered = seen.covered() or seen.does(signs.HIDE) is not None
    memory = seen.does(signs.MEMORY) and seen.does(signs.MEMORY_RUN)
    where, codes = _span(script, run, fetch, starts), ("T1059.005",)
    values = {"what": _shown(starts, run, fetch)}
    if memory:
        grave = Severity.HIGH if starts else Severity.MEDIUM
        yield Note("files.script-memory", grave, {"what": _shown(memory)}, _span(script, memory), (*codes, "T1055"))
    if run and fetch:
        yield Note(
            "files.macro-fetches", Severity.HIGH if starts else Severity.MEDIUM, values, where, (*codes, "T1105")
        )
    elif run and starts:
        yield Note(
            "files.macro-runs", Severity.HIGH if covered else Severity.MEDIUM, values, where, (*codes, "T1204.002")
        )
    elif run or fetch:
        yield Note("files.macro-able", Severity.LOW, values, where, codes)
    elif starts:
        yield Note("files.macro-starts", Severity.INFORMATIONAL, values, where, codes)
    yield from _shared(script, seen)


def _hosted(script: Script) -> Iterator[Note]:
    seen = _Seen(script)
    fetch = seen.does(signs.FETCH)
    run = seen.runs()
    hide, place = seen.does(signs.HIDE), seen.does(signs.PLACE)
    covered = seen.covered()
    bare = signs.BARE.search(script.everything)
    memory = seen.does(signs.MEMORY) and seen.does(signs.MEMORY_RUN)
    codes = _code(script)
    if memory:
        yield Note(
            "files.script-memory", Severity.HIGH, {"what": _shown(memory)}, _span(script, memory), (*codes, "T1055")
        )
    if fetch and run:
        level = Severity.MEDIUM if script.language in _CLIENT or hide or bare or covered else Severity.LOW
        if covered or (script.language in _CLIENT and hide and place):
            level = Severity.HIGH
        yield Note("files.script-fetches", level, {"what": _shown(fetch, run, hide)}, _span(script, fetch, run), (*codes, "T1105"))  # fmt: skip
    yield from _shared(script, seen)


def _shared(script: Script, seen: _Seen) -> Iterator[Note]:
    """What is told of macros and scripts alike."""
    codes = _code(script)
    disarm, stay = seen.does(signs.DISARM), seen.does(signs.STAY)
    encoded = next((layer for layer in script.layers if layer.how == "encoded command"), None)
    if seen.covered() or seen.hidden(signs.DISARM):
        told = seen.does(signs.FETCH, signs.RUN, signs.HOST_SHELL, signs.DISARM)
        yield Note("files.script-covered", Severity.MEDIUM, {"what": _shown(told)}, (), (*codes, "T1027.010"))
    elif encoded is not None:
        where = ((encoded.at, 16),) if script.text[encoded.at : encoded.at + 1] else ()
        yield Note("files.script-encoded", Severity.LOW, {"what": encoded.text}, where, (*codes, "T1027.010"))
    elif script.packed:
        yield Note("files.script-encoded", Severity.LOW, {"what": "#@~^"}, (), ("T1027.010",))
    if disarm:
        yield Note(
            "files.script-disarms", Severity.MEDIUM, {"what": _shown(disarm)}, _span(script, disarm), ("T1562.001",)
        )
    if stay and (script.layers or seen.does(signs.FETCH)) and script.language != "vba":
        grave = Severity.MEDIUM if seen.hidden(signs.STAY) or seen.does(signs.HIDE) else Severity.LOW
        yield Note("files.script-stays", grave, {"what": _shown(stay)}, _span(script, stay), ("T1547.001", "T1053.005"))
    carried = next((one for one in script.carried if one.what.name in ("pe", "elf", "code")), None)
    if carried is not None:
        values = {"what": carried.what.name}
        yield Note("files.script-carries", Severity.MEDIUM, values, ((carried.at, 16),), ("T1027.009",))


def _elsewhere(script: Script) -> Iterator[Note]:
    """Shell, Python and the like."""
    if script.language == "shell":
        if (match := signs.DECODED_PIPE.search(script.text)) is not None:
            yield Note("files.script-covered", Severity.MEDIUM, {"what": _shown(match)}, _span(script, match), ("T1059.004", "T1027.010"))  # fmt: skip
        elif (match := signs.PIPED.search(script.text)) is not None:
            yield Note("files.script-fetches", Severity.LOW, {"what": _shown(match)}, _span(script, match), ("T1059.004", "T1105"))  # fmt: skip
    pattern = {"python": signs.DECODED_RUN, "javascript": signs.DECODED_JS}.get(script.language)
    if pattern is not None and (match := pattern.search(script.text)) is not None:
        yield Note("files.script-covered", Severity.MEDIUM, {"what": _shown(match)}, _span(script, match), (*_code(script), "T1027.010"))  # fmt: skip


__all__ = ["Scripts"]
