"""The rules an operator keeps: adding a collection, running rules against their own samples, and what of ATT&CK they cover."""

from __future__ import annotations

import re
import shutil
import tarfile
import tempfile
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath
from typing import Any

from assay.core.errors import NotFound, UnreadableInput
from assay.kinds.hosts.detector import OWN_RULES
from assay.kinds.hosts.reader import normal
from assay.kinds.hosts.sigma.rule import LEVELS, Loaded, Rule, documents, load_rules
from assay.kinds.hosts.sigma.ruleset import RuleSet
from assay.kinds.hosts.windows import flatten

MAX_FILES, MAX_FILE, MAX_TOTAL = 200_000, 32 << 20, 2 << 30
_KEPT = re.compile(r".*\.(yml|yaml|evtx)|LICENSE.*|LICENCE.*|README.*|NOTICE.*", re.IGNORECASE)
# ATT&CK's tactics in the order of an attack, as rules write them.
TACTICS = (
    "reconnaissance", "resource-development", "initial-access", "execution", "persistence", "privilege-escalation",
    "defense-evasion", "stealth", "defense-impairment", "credential-access", "discovery", "lateral-movement", "collection",
    "command-and-control", "exfiltration", "impact",
)  # fmt: skip


def add(source: Path, models: Path) -> dict[str, Any]:
    """Takes a folder or archive (zip, tar, tar.gz) of rules over into the room's `rules`, licences and authors with them;
    a collection of the same name is replaced. Raises `UnreadableInput` where nothing in it is a rule."""
    if not source.exists():
        raise NotFound("no such folder or archive", where=str(source))
    name = re.sub(r"[^A-Za-z0-9._-]", "-", source.name).removesuffix(".zip").removesuffix(".gz").removesuffix(".tar")
    target = models / "hosts" / "rules" / (name.strip(".-") or "rules")
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent) as temporary:
        copied = Path(temporary) / "rules"
        copied.mkdir()
        _copy(source, copied)
        loaded = load_rules([copied])
        if not loaded.rules:
            why = loaded.refused[0][1] if loaded.refused else "it holds no rule file"
            raise UnreadableInput(f"nothing in it is a rule: {why}", where=str(source))
        if target.exists():
            shutil.rmtree(target)
        copied.rename(target)
    return {
        "collection": target.name, "rules": len(loaded.rules), "refused": len(loaded.refused),
        "correlations not run": len(loaded.correlations),
        "why": [f"{Path(path).name}: {reason}" for path, reason in loaded.refused[:50]],
        "authors": len({rule.author for rule in loaded.rules if rule.author}),
    }  # fmt: skip


def _copy(source: Path, into: Path) -> None:
    total = 0
    for number, (name, content) in enumerate(_members(source)):
        total += len(content)
        if number >= MAX_FILES or total > MAX_TOTAL:
            raise UnreadableInput(f"more than {MAX_FILES} files or {MAX_TOTAL} bytes", where=str(source))
        parts = [
            part
            for part in PurePosixPath(name.replace("\\", "/")).parts
            if part not in ("/", "..", ".") and ":" not in part
        ]
        if parts:
            path = into.joinpath(*parts)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)


def _members(source: Path) -> Iterator[tuple[str, bytes]]:
    """(name, content) of the files worth keeping, each bounded."""
    if source.is_dir():
        for path in sorted(p for p in source.rglob("*") if p.is_file() and not p.is_symlink()):
            if _KEPT.fullmatch(path.name) and path.stat().st_size <= MAX_FILE:
                yield str(path.relative_to(source)), path.read_bytes()
    elif zipfile.is_zipfile(source):
        with zipfile.ZipFile(source) as packed:
            for info in packed.infolist():
                if _KEPT.fullmatch(PurePosixPath(info.filename).name) and info.file_size <= MAX_FILE:
                    with packed.open(info) as file:
                        yield info.filename, file.read(MAX_FILE)
    else:
        try:
            with tarfile.open(source, "r:*") as tar:
                for member in tar:
                    if member.isfile() and member.size <= MAX_FILE and _KEPT.fullmatch(PurePosixPath(member.name).name):
                        inside = tar.extractfile(member)
                        if inside is not None:
                            yield member.name, inside.read()
        except tarfile.TarError as error:
            raise UnreadableInput(f"neither a folder nor an archive that is read: {error}", where=str(source)) from None


def folders(models: Path | None) -> list[Path]:
    """Where rules are: our own, then an operator's."""
    added = models / "hosts" / "rules" if models is not None else None
    return [OWN_RULES] + ([added] if added is not None and added.is_dir() else [])


def test(models: Path | None) -> dict[str, Any]:
    """Runs every rule that brings samples against them: those in the rule (`assay`), and event logs beside it named by
    `regression_tests_path`. `failed` says which and how."""
    loaded = load_rules(folders(models))
    ruleset, samples, failed = RuleSet(loaded.rules), 0, []
    rules = {rule.id: rule for rule in loaded.rules}
    for folder in folders(models):
        for path in sorted(folder.rglob("*.y*ml")):
            found = _recorded(path, ruleset) if path.name == "info.yml" else _written(path, ruleset)
            for rule, wanted, held in found:
                if rule in rules:
                    samples += 1
                    if wanted != held:
                        failed.append({"rule": rule, "title": rules[rule].title, "expected": wanted, "file": path.name})
    return {"rules": len(loaded.rules), "samples": samples, "failed": failed}


def _written(path: Path, ruleset: RuleSet) -> Iterator[tuple[str, bool, bool]]:
    """(rule, must it hold, does it) of the samples that a rule of ours holds."""
    text = path.read_text("utf-8", "replace")
    for document in documents(text) if "\nassay:" in text else ():
        for sample in document.get("assay") or ():
            for kind, fields in sample.items():
                held = document["id"] in {rule.id for rule in ruleset.match(event_of(fields))}
                yield str(document["id"]), kind == "match", held


def _recorded(path: Path, ruleset: RuleSet) -> Iterator[tuple[str, bool, bool]]:
    """The same for SigmaHQ's regression set: an `info.yml` beside its event logs."""
    from assay.kinds.hosts.bench import events

    for document in documents(path.read_text("utf-8", "replace")):
        ids = [str(entry["id"]) for entry in document.get("rule_metadata") or () if "id" in entry]
        for recorded in document.get("regression_tests_info") or ():
            file = path.parent / Path(str(recorded.get("path", ""))).name
            if file.suffix == ".evtx" and file.is_file():
                met = {rule.id for event in events(file) for rule in ruleset.match(event)}
                for rule in ids:
                    yield rule, True, rule in met


def event_of(fields: dict[str, Any]) -> dict[str, Any]:
    """A sample written as plain fields, as an event."""
    if "Channel" in fields and "EventID" in fields:
        system = {"EventID": fields["EventID"], "Channel": fields["Channel"]}
        data = {k: v for k, v in fields.items() if k not in system}
        return flatten({"Event": {"System": system, "EventData": data}})
    return normal(fields)


def coverage(models: Path | None) -> dict[str, Any]:
    """Tactic -> technique -> number of rules, in the order of an attack; and how many rules name none."""
    loaded: Loaded = load_rules(folders(models))
    table: dict[str, dict[str, int]] = {tactic: {} for tactic in TACTICS}
    for rule in loaded.rules:
        for tactic in _tactics(rule):
            row = table.setdefault(tactic, {})
            for technique in rule.techniques or ("",):
                row[technique] = row.get(technique, 0) + 1
    untold = sum(not rule.techniques for rule in loaded.rules)
    levels = {level: sum(rule.level == level for rule in loaded.rules) for level in LEVELS}
    filled = {tactic: dict(sorted(row.items())) for tactic, row in table.items() if row}
    return {"rules": len(loaded.rules), "levels": levels, "without a technique": untold, "tactics": filled}


def _tactics(rule: Rule) -> Sequence[str]:
    names = [tag[7:].lower() for tag in rule.tags if tag.lower().startswith("attack.")]
    return [name for name in names if not re.fullmatch(r"[tsg]\d.*", name)] or ["no tactic"]


__all__ = ["TACTICS", "add", "coverage", "event_of", "test"]
