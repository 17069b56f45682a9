"""`files.rules`: the YARA rules that a file meets, with what of it met them.

Severity is the rule's own word (`severity`, `threat_level`, else `score` as public collections write it) and never more; a rule that
says nothing of its weight is of medium severity at most.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from threading import Lock
from typing import Any

from assay.core.batch import Batch
from assay.core.evidence import Evidence
from assay.core.finding import Findings, Severity
from assay.core.profile import Profile
from assay.kinds.files.evidence import File
from assay.kinds.files.notes import UNSURE, Note, noted
from assay.kinds.files.yara.load import OWN_RULES, Compiled, load_rules, rule_files

SECONDS = 20  # for one file
PLACES = 6  # of one rule
_TECHNIQUE = re.compile(r"\bT\d{4}(?:[._]\d{3})?\b")
_SCORES = ((80, Severity.HIGH), (60, Severity.MEDIUM), (40, Severity.LOW), (0, Severity.INFORMATIONAL))
# What public rules ask `filetype` for, where it is not our name in capitals.
_TYPES = {"pe": "EXE", "rtf": "RTF", "gz": "GZIP", "text": "TXT"}


class Rules:
    """Compiles, or reads what was compiled, when the first file comes. One scan at a time: a scanner is one thread's."""

    name = "files.rules"
    version = "1"
    reads: tuple[type[Evidence], ...] = (File,)

    def __init__(self, folders: Sequence[Path], kept: Path | None = None) -> None:
        self._folders, self._kept = tuple(folders), kept
        # An operator's rules hold for any file, also where another room reads it; ours are about files that this room reads.
        self.everything = any(rule_files(folder) for folder in folders if folder != OWN_RULES)
        self._scanner: Any = None
        self._compiled: Compiled | None = None
        self._lock = Lock()

    @property
    def compiled(self) -> Compiled:
        if self._compiled is None:
            self._compiled = load_rules(self._folders, self._kept)
        return self._compiled

    def examine(self, batch: Batch[Any], profile: Profile) -> Findings:
        with self._lock:
            return noted(self, batch, self._notes)

    def _notes(self, file: File) -> Iterator[Note]:
        if not file.content:
            return
        import yara_x

        if self._scanner is None:
            self._scanner = scanner_of(self.compiled)
        for name, value in externals(file).items():
            self._scanner.set_global(name, value)
        try:
            results = self._scanner.scan(file.content)
        except yara_x.TimeoutError:
            yield Note("files.rules-slow", UNSURE, {"seconds": SECONDS})
            return
        except yara_x.ScanError as error:
            yield Note("files.rules-failed", UNSURE, {"what": str(error)[:120]})
            return
        for rule in results.matching_rules:
            yield note_of(rule)


def scanner_of(compiled: Compiled) -> Any:
    """A scanner within bounds; it keeps the first match of a pattern where a rule asks for no more."""
    import yara_x

    scanner = yara_x.Scanner(compiled.rules)
    scanner.set_timeout(SECONDS)
    scanner.max_matches_per_pattern(1000)
    scanner.fast_scan(True)
    return scanner


def externals(file: File) -> dict[str, str]:
    """What rules may ask of a file beside its bytes."""
    opened = file.opened
    kind = opened.type.name
    path = file.path.replace("\\", "/")
    ending = f".{opened.extension}" if opened.extension else ""
    return {
        "filename": file.name, "filepath": path.rpartition("/")[0], "extension": ending,
        "filetype": _TYPES.get(kind, kind.upper()), "owner": "",
    }  # fmt: skip


def note_of(rule: Any) -> Note:
    """A rule that matched, as a note."""
    told = {str(k).lower(): v for k, v in rule.metadata}
    collection, _, path = rule.namespace.partition("/")
    spans = [
        (match.offset, match.length) for pattern in rule.patterns for match in list(pattern.matches)[:2]
    ]  # fmt: skip
    patterns = [pattern.identifier for pattern in rule.patterns if len(pattern.matches)]
    values = {
        "rule": rule.identifier, "set": collection, "file": path or rule.namespace,
        "what": str(told.get("description") or told.get("desc") or rule.identifier),
        "author": str(told.get("author", "") or "–"), "strings": " ".join(patterns[:12]), "tags": " ".join(rule.tags),
    }  # fmt: skip
    return Note("files.rule", severity_of(told), values, tuple(spans[:PLACES]), techniques_of(rule.tags, told))


def severity_of(told: dict[str, Any]) -> Severity:
    """What a rule says of its own weight."""
    word = str(told.get("severity", told.get("threat_level", ""))).strip().upper()
    if word in Severity.__members__:
        return Severity[word]
    score = told.get("score", told.get("severity") if word.isdigit() and int(word) > 5 else None)
    try:
        return next(severity for least, severity in _SCORES if int(score) >= least)  # type: ignore[arg-type]
    except (TypeError, ValueError, StopIteration):
        return Severity.MEDIUM


def techniques_of(tags: Sequence[str], told: dict[str, Any]) -> tuple[str, ...]:
    """ATT&CK's codes in a rule's tags, and in what it says of attack, mitre or technique."""
    texts = [
        *tags,
        *(str(v) for k, v in told.items() if k.startswith(("attack", "mitre", "technique", "tactic", "ttp"))),
    ]
    return tuple(dict.fromkeys(code.replace("_", ".") for text in texts for code in _TECHNIQUE.findall(text)))


__all__ = ["SECONDS", "Rules", "externals", "note_of", "scanner_of", "severity_of", "techniques_of"]
