"""The YARA rules an operator keeps: adding, listing and removing collections, running rules against their own samples, and what of
ATT&CK they cover.

A rule's samples stand in its metadata: `match_1`, `match_2` … must meet it and `differ_1` … must not; each is base64.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections import Counter
from pathlib import Path
from typing import Any

from assay.core.errors import UnreadableInput
from assay.core.finding import Severity
from assay.formats.collection import collections, licences, rule_files_in, take_over
from assay.formats.collection import remove as remove_collection
from assay.kinds.files.yara.detector import scanner_of, severity_of, techniques_of
from assay.kinds.files.yara.load import OWN_RULES, Compiled, compile_rules, load_rules, sources

COMPILED = "rules.compiled"  # in the room's folder of models: the rules there, ready to use
_WANTED = re.compile(r".*\.(yar|yara)", re.IGNORECASE)
_SAMPLE = re.compile(r"(match|differ)(_\d+)?")


def holds(source: Path) -> int:
    """How many files of a folder or archive look like YARA rules."""
    return rule_files_in(source, _WANTED)


def added(models: Path) -> Path:
    """Where added rules are."""
    return models / "files" / "rules"


def folders(room: Path | None) -> list[Path]:
    """Where rules are: our own, then an operator's in the room's folder of models."""
    return [OWN_RULES] + ([room / "rules"] if room is not None and (room / "rules").is_dir() else [])


def add(source: Path, models: Path) -> dict[str, Any]:
    """Takes the rules of a folder, an archive or one file over, licences and authors with them; a collection of the same name is
    replaced. Raises `UnreadableInput` where nothing in it is a rule that compiles."""

    def judge(copied: Path) -> tuple[Counter[str], dict[str, Any]]:
        compiled = compile_rules(sources([copied]))
        if not compiled.count:
            why = compiled.refused[0][2] if compiled.refused else "it holds no YARA file"
            raise UnreadableInput(f"nothing in it is a rule that compiles: {why}", where=str(source))
        authors = Counter(filter(None, (str(dict(rule.metadata).get("author", "")) for rule in compiled.rules)))
        return authors, {"rules": compiled.count, "refused": len(compiled.refused), "why": _why(compiled)}

    told = take_over(source, added(models), _WANTED, judge)
    _ready(models)
    return told


def _why(compiled: Compiled) -> list[str]:
    return [f"{file}: {rule + ': ' if rule else ''}{reason}" for file, rule, reason in compiled.refused[:50]]


def _ready(models: Path) -> None:
    """The next start is quick."""
    load_rules(folders(models / "files"), models / "files" / COMPILED)


def collected(models: Path) -> dict[str, Any]:
    """Collection -> its rules, licences and files."""
    return {
        path.name: {"files": len(sources([path])), "rules": compile_rules(sources([path])).count, "licences": licences(path)}
        for path in collections(added(models))
    }  # fmt: skip


def remove(name: str, models: Path) -> None:
    """Raises `NotFound` where there is no such collection."""
    remove_collection(added(models), name)
    _ready(models)


def test(models: Path | None) -> dict[str, Any]:
    """Runs every rule that brings samples against them; `failed` says which and how, `refused` what does not compile."""
    compiled = _everything(models)
    scanner, samples, failed = scanner_of(compiled), 0, []
    for rule in compiled.rules:
        for key, value in rule.metadata:
            wanted = _SAMPLE.fullmatch(str(key))
            if wanted is None:
                continue
            samples += 1
            try:
                content = base64.b64decode(str(value), validate=True)
            except binascii.Error:
                failed.append({"rule": rule.identifier, "expected": key, "file": rule.namespace})
                continue
            met = {(one.namespace, one.identifier) for one in scanner.scan(content).matching_rules}
            if ((rule.namespace, rule.identifier) in met) != (wanted[1] == "match"):
                failed.append({"rule": rule.identifier, "expected": key, "file": rule.namespace})
    return {
        "rules": compiled.count, "samples": samples, "failed": failed, "refused": len(compiled.refused), "why": _why(compiled),
    }  # fmt: skip


def coverage(models: Path | None) -> dict[str, Any]:
    """Technique -> number of rules, and how many rules are of each severity or name no technique. YARA names no tactics."""
    compiled = _everything(models)
    techniques: Counter[str] = Counter()
    levels: Counter[str] = Counter()
    untold = 0
    for rule in compiled.rules:
        told = {str(k).lower(): v for k, v in rule.metadata}
        found = techniques_of(rule.tags, told)
        techniques.update(found)
        untold += not found
        levels[severity_of(told).word] += 1
    return {
        "rules": compiled.count, "levels": {s.word: levels[s.word] for s in Severity if levels[s.word]},
        "without a technique": untold, "techniques": dict(sorted(techniques.items())),
    }  # fmt: skip


def _everything(models: Path | None) -> Compiled:
    room = None if models is None else models / "files"
    return load_rules(folders(room), None if room is None or not room.is_dir() else room / COMPILED)


__all__ = ["COMPILED", "add", "collected", "coverage", "folders", "holds", "remove", "test"]
