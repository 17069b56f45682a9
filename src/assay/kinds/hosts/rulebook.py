"""The rules an operator keeps: adding a collection, running rules against their own samples, and what of ATT&CK they cover."""

from __future__ import annotations

import re
import shutil
import tarfile
import tempfile
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import Any

from assay.core.errors import NotFound, UnreadableInput
from assay.kinds.hosts.detector import OWN_RULES, PARSED
from assay.kinds.hosts.samples import test_samples
from assay.kinds.hosts.sigma.correlate import linked
from assay.kinds.hosts.sigma.correlation import Correlation
from assay.kinds.hosts.sigma.load import Loaded, load_rules, site_lists
from assay.kinds.hosts.sigma.rule import LEVELS, Rule
from assay.kinds.hosts.sigma.store import load_stored

ZSTANDARD = b"\x28\xb5\x2f\xfd"
MAX_FILES, MAX_FILE, MAX_TOTAL = 200_000, 32 << 20, 2 << 30
_KEPT = re.compile(r".*\.(yml|yaml|evtx)|LICENSE.*|LICENCE.*|README.*|NOTICE.*", re.IGNORECASE)
_LICENCE = re.compile(r"(LICEN[CS]E|NOTICE|COPYING).*", re.IGNORECASE)
# ATT&CK's tactics in the order of an attack, as rules write them.
TACTICS = (
    "reconnaissance", "resource-development", "initial-access", "execution", "persistence", "privilege-escalation",
    "defense-evasion", "stealth", "defense-impairment", "credential-access", "discovery", "lateral-movement", "collection",
    "command-and-control", "exfiltration", "impact",
)  # fmt: skip


def add(source: Path, models: Path) -> dict[str, Any]:
    """Takes a folder or archive (zip, tar, tar.gz, tar.zst) of rules over into the room's `rules`, licences and authors with them;
    a collection of the same name is replaced. Raises `UnreadableInput` where nothing in it is a rule."""
    if not source.exists():
        raise NotFound("no such folder or archive", where=str(source))
    name = (
        re.sub(r"[^A-Za-z0-9._-]", "-", source.name)
        .removesuffix(".zip")
        .removesuffix(".gz")
        .removesuffix(".zst")
        .removesuffix(".tar")
    )
    target = models / "hosts" / "rules" / (name.strip(".-") or "rules")
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=models / "hosts") as temporary:
        copied = Path(temporary) / "rules"
        copied.mkdir()
        _copy(source, copied)
        loaded = load_rules([copied], site_lists(models / "hosts" / "lists"))
        if not (loaded.rules or loaded.correlations or loaded.filters):
            why = loaded.refused[0][1] if loaded.refused else "it holds no rule file"
            raise UnreadableInput(f"nothing in it is a rule: {why}", where=str(source))
        loaded.refused += _unlinked(loaded, [OWN_RULES, *(p for p in sorted(target.parent.iterdir()) if p != target)])
        written = [rule.author for rule in loaded.rules] + [one.author for one in loaded.correlations]
        authors = Counter(filter(None, written))
        _attribute(copied, source.name, authors)
        if target.exists():
            shutil.rmtree(target)
        copied.rename(target)
    load_stored(
        folders(models), site_lists(models / "hosts" / "lists"), models / "hosts" / PARSED
    )  # the next start is quick
    return {
        "collection": target.name, "rules": len(loaded.rules), "correlations": len(loaded.correlations),
        "filters": len(loaded.filters), "retired": loaded.retired, "refused": len(loaded.refused),
        "why": [f"{Path(path).name}: {reason}" for path, reason in loaded.refused[:50]],
        "authors": len(authors), "licences": sorted(p.name for p in target.rglob("*") if _LICENCE.fullmatch(p.name)),
    }  # fmt: skip


def _unlinked(loaded: Loaded, others: Sequence[Path]) -> list[tuple[str, str]]:
    """Correlations of a collection that name rules which are neither in it nor here already."""
    here = load_rules(others)
    return linked([*here.rules, *loaded.rules], [*here.correlations, *loaded.correlations])[2]


def _attribute(folder: Path, source: str, authors: Counter[str]) -> None:
    """Who wrote the rules and under which licence stays with them, in `ATTRIBUTION.txt`."""
    licences = [str(p.relative_to(folder)) for p in sorted(folder.rglob("*")) if _LICENCE.fullmatch(p.name)]
    lines = [
        f"Taken over from {source}.",
        "Licences: " + (", ".join(licences) or "none came with it"),
        "Authors (rules):",
    ]
    lines += [f"  {' '.join(name.split())} ({count})" for name, count in authors.most_common()]
    (folder / "ATTRIBUTION.txt").write_text("\n".join(lines) + "\n", "utf-8")


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
        try:
            with zipfile.ZipFile(source) as packed:
                for info in packed.infolist():
                    if _KEPT.fullmatch(PurePosixPath(info.filename).name) and info.file_size <= MAX_FILE:
                        with packed.open(info) as file:
                            yield info.filename, file.read(MAX_FILE)
        except (zipfile.BadZipFile, RuntimeError, NotImplementedError, EOFError, OSError, zlib.error) as error:
            raise UnreadableInput(f"the archive cannot be unpacked: {error}", where=str(source)) from None
    else:
        try:
            with _tar(source) as tar:
                for member in tar:
                    if member.isfile() and member.size <= MAX_FILE and _KEPT.fullmatch(PurePosixPath(member.name).name):
                        inside = tar.extractfile(member)
                        if inside is not None:
                            yield member.name, inside.read(MAX_FILE)
        except (tarfile.TarError, EOFError, OSError) as error:
            raise UnreadableInput(f"neither a folder nor an archive that is read: {error}", where=str(source)) from None


@contextmanager
def _tar(source: Path) -> Iterator[tarfile.TarFile]:
    """A tar archive, packed or not; by Zstandard too."""
    with source.open("rb") as file:
        if file.read(4) != ZSTANDARD:
            file.seek(0)
            with tarfile.open(fileobj=file, mode="r:*") as tar:
                yield tar
            return
        import zstandard

        file.seek(0)
        try:
            with (
                zstandard.ZstdDecompressor().stream_reader(file) as unpacked,
                tarfile.open(fileobj=unpacked, mode="r|") as tar,
            ):
                yield tar
        except zstandard.ZstdError as error:
            raise tarfile.ReadError(str(error)) from None


def folders(models: Path | None) -> list[Path]:
    """Where rules are: our own, then an operator's."""
    added = models / "hosts" / "rules" if models is not None else None
    return [OWN_RULES] + ([added] if added is not None and added.is_dir() else [])


def test(models: Path | None) -> dict[str, Any]:
    """Runs every rule and correlation that brings samples against them; `failed` says which and how."""
    loaded = _everything(models)
    return {
        "rules": len(loaded.rules), "correlations": len(loaded.correlations), **test_samples(loaded, folders(models)),
    }  # fmt: skip


def _everything(models: Path | None) -> Loaded:
    return load_rules(folders(models), site_lists(models / "hosts" / "lists") if models is not None else None)


def coverage(models: Path | None) -> dict[str, Any]:
    """Tactic -> technique -> number of rules, in the order of an attack; and how many rules name none."""
    loaded = _everything(models)
    every: list[Rule | Correlation] = [*loaded.rules, *loaded.correlations]
    table: dict[str, dict[str, int]] = {tactic: {} for tactic in TACTICS}
    for rule in every:
        for tactic in _tactics(rule):
            row = table.setdefault(tactic, {})
            for technique in rule.techniques or ("",):
                row[technique] = row.get(technique, 0) + 1
    untold = sum(not rule.techniques for rule in every)
    levels = {level: sum(rule.level == level for rule in every) for level in LEVELS}
    filled = {tactic: dict(sorted(row.items())) for tactic, row in table.items() if row}
    return {
        "rules": len(loaded.rules), "correlations": len(loaded.correlations), "levels": levels,
        "without a technique": untold, "tactics": filled,
    }  # fmt: skip


def _tactics(rule: Rule | Correlation) -> Sequence[str]:
    names = [tag[7:].lower() for tag in rule.tags if tag.lower().startswith("attack.")]
    return [name for name in names if not re.fullmatch(r"[tsg]\d.*", name)] or ["no tactic"]


__all__ = ["TACTICS", "add", "coverage", "folders", "test"]
