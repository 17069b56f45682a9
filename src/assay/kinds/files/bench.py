"""`assay bench files`: false alarms over what is installed on this machine, tricks in files made by code, and the speed of YARA rules
beside yara-x alone.

`--data` names a folder with YARA rules of somebody else (`*.tar.zst`, or unpacked); without it only our own are measured. Nothing here
is learnt, so nothing is held out: the samples were written with the detectors in mind, and say that each trick is told, not how many
of a world's tricks are. What is benign is what this machine's packages brought; that none of it is an attack is their word.
"""

from __future__ import annotations

import os
import sys
import sysconfig
import tarfile
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from assay.core.batch import Batch
from assay.core.enclosed import MAX_BYTES
from assay.core.finding import Severity, Verdict
from assay.core.profile import Profile
from assay.formats.filetype import HEAD, type_of
from assay.kinds.files.detectors import detectors
from assay.kinds.files.evidence import File
from assay.kinds.files.judge import WHEN, judge
from assay.kinds.files.samples import everything
from assay.kinds.files.yara.detector import Rules, externals, scanner_of
from assay.kinds.files.yara.load import OWN_RULES, Compiled, load_rules, sources

FILES = 4000  # of each corpus, evenly over it
MOST = 16 << 20  # bytes of a file that is timed
VOLUME = 160 << 20  # bytes that the rules are timed over
NAMED = 12


def bench(data: Path | None = None, *, short: bool = False, **_options: Any) -> dict[str, Any]:
    """Figures; `short` looks at a tenth of the files."""
    count = FILES // 10 if short else FILES
    corpora = {name: _some(folder, count) for name, folder in _corpora().items() if folder.is_dir()}
    corpora["made for Windows, in any of these"] = _for_windows(count)
    programs = _some(Path("/usr/bin"), count) or _some(Path(sys.prefix), count)
    told: dict[str, Any] = {
        "samples": _samples(),
        "benign": {name: _benign(files) for name, files in corpora.items()},
        "header stage": _header_stage([path for files in corpora.values() for path in files]),
        "own rules": _rules([OWN_RULES], programs, short),
    }
    if data is not None:
        with tempfile.TemporaryDirectory() as temporary:
            folder = _unpacked(data, Path(temporary))
            told["rules of others"] = _rules([folder], programs, short)
    return told


def _corpora() -> dict[str, Path]:
    return {
        "/usr/bin": Path("/usr/bin"), "/usr/lib": Path("/usr/lib"), "/usr/share": Path("/usr/share"), "/etc": Path("/etc"),
        "fonts": Path("/usr/share/fonts"), "Python": Path(sysconfig.get_paths()["stdlib"]),
        "Python packages": Path(sysconfig.get_paths()["purelib"]),
    }  # fmt: skip


def _some(folder: Path, count: int) -> list[Path]:
    """At most `count` regular files of a folder, evenly over all of it."""
    found = []
    for top, folders, names in os.walk(folder):
        folders.sort()
        found += [Path(top, name) for name in sorted(names)]
    step = max(1, len(found) // count)
    return [path for path in found[::step][:count] if path.is_file() and not path.is_symlink()]


def _for_windows(count: int) -> list[Path]:
    """Programs, scripts and office files for Windows that packages brought: each name and size once."""
    found: dict[tuple[str, int], Path] = {}
    for folder in {Path("/usr"), Path(sys.base_prefix), Path(sys.prefix)}:
        for top, _, names in os.walk(folder):
            for name in names:
                if name.lower().endswith(_WINDOWS) and not (path := Path(top, name)).is_symlink() and path.is_file():
                    found.setdefault((name, path.stat().st_size), path)
    return [found[key] for key in sorted(found)][:count]


_WINDOWS = (
    ".exe", ".dll", ".pyd", ".msi", ".bat", ".cmd", ".ps1", ".psm1", ".vbs", ".wsf", ".hta", ".lnk", ".url", ".doc", ".docx", ".docm", ".dot",
    ".xls", ".xlsx", ".xlsm", ".ppt", ".pptx", ".rtf", ".one",
)  # fmt: skip


def _read(paths: Sequence[Path]) -> Iterator[File]:
    for path in paths:
        try:
            size = path.stat().st_size
            with path.open("rb") as file:
                content = file.read(MAX_BYTES)
        except OSError:
            continue
        if content:
            yield File(id="f", time=WHEN, name=path.name[-255:], path=str(path)[-4096:], content=content, size=size)


def _benign(paths: Sequence[Path]) -> dict[str, Any]:
    """Whole files, with what is in archives: alarms by severity, what could not be examined, and CPU time."""
    looking = detectors(None)
    alarms: Counter[str] = Counter()
    unexamined: Counter[str] = Counter()
    named: list[str] = []
    files = size = 0
    began = time.process_time()
    for file in _read(paths):
        files += 1
        size += len(file.content)
        judged = judge(file, looking)
        grave = [f for f in judged.findings if Verdict[f.verdict.upper()] >= Verdict.SUSPICIOUS]
        if grave:
            worst = max(grave, key=lambda f: Severity[f.severity.upper()])
            alarms[worst.severity] += 1
            if Severity[worst.severity.upper()] >= Severity.MEDIUM and len(named) < NAMED:
                named.append(f"{file.path}: {worst.reasons[0].code}")
        unexamined.update({r.code for f in judged.findings if f.verdict == "inconclusive" for r in f.reasons})
    spent = time.process_time() - began
    serious = sum(n for severity, n in alarms.items() if Severity[severity.upper()] >= Severity.MEDIUM)
    return {
        "files": files, "MB": size >> 20, "medium or more": serious, "which": named, "by severity": dict(alarms),
        "not examined": dict(unexamined), "CPU seconds": round(spent, 1), "files a CPU-minute": round(60 * files / max(spent, 1e-9)),
    }  # fmt: skip


def _samples() -> dict[str, Any]:
    looking = detectors(None)
    tricks: Counter[str] = Counter()
    missed, honest, alarmed = [], 0, []
    for sample in everything():
        judged = judge(sample.file, looking)
        if not sample.trick:
            honest += 1
            alarmed += [sample.name] * (judged.severity >= Severity.MEDIUM)
        else:
            tricks[sample.trick] += 1
            missed += [f"{sample.trick}: {sample.name}"] * (sample.wanted not in judged.codes)
    return {
        "tricks": len(tricks), "files": sum(tricks.values()), "missed": missed, "honest files": honest, "honest files of medium or more": alarmed,
    }  # fmt: skip


def _header_stage(paths: Sequence[Path]) -> dict[str, Any]:
    """Open, read 64 KiB, tell the type: what every file costs before anything looks at it."""
    began, kinds = time.process_time(), Counter[str]()
    for path in paths:
        try:
            with path.open("rb") as file:
                kinds[type_of(file.read(HEAD), path.name).family or "unknown"] += 1
        except OSError:
            continue
    spent = time.process_time() - began
    return {
        "files": len(paths), "CPU seconds": round(spent, 2), "files a CPU-minute": round(60 * len(paths) / max(spent, 1e-9)),
        "families": dict(kinds.most_common()),
    }  # fmt: skip


def _rules(folders: Sequence[Path], paths: Sequence[Path], short: bool) -> dict[str, Any]:
    """Compiling, starting from what was kept, and scanning, through the room and by yara-x alone, over the same bytes in turn."""
    with tempfile.TemporaryDirectory() as temporary:
        kept = Path(temporary) / "kept"
        compiled, compiling = _timed(lambda: load_rules(folders, kept))
        again, starting = _timed(lambda: load_rules(folders, kept))
        assert again.count == compiled.count
        size = kept.stat().st_size
    scanned: list[File] = []
    volume = 0
    for file in _read(paths):
        if file.content and len(file.content) <= MOST and volume < (VOLUME // 10 if short else VOLUME):
            scanned.append(file)
            volume += len(file.content)
    _alone(compiled, scanned[: len(scanned) // 10])  # what is made on first use is made
    before = _alone(compiled, scanned)
    ours, alarms = _through_the_room(compiled, folders, scanned)
    alone = (before + _alone(compiled, scanned)) / 2
    return {
        "rule files": len(sources(folders)), "rules": compiled.count, "refused": len(compiled.refused),
        "seconds to compile": round(compiling, 2), "seconds to start from what was kept": round(starting, 2), "kept MB": round(size / 1e6, 1),
        "scanned MB": volume >> 20, "scanned files": len(scanned), "alarms by severity": alarms,
        "MB a CPU-second": {"yara-x alone": round(volume / 1e6 / alone, 1), "through the room": round(volume / 1e6 / ours, 1)},
    }  # fmt: skip


def _alone(compiled: Compiled, scanned: Sequence[File]) -> float:
    """CPU seconds of yara-x over the same bytes, told the same names: the floor."""
    scanner = scanner_of(compiled)
    named = [externals(file) for file in scanned]
    began = time.process_time()
    for file, names in zip(scanned, named, strict=True):
        for name, value in names.items():
            scanner.set_global(name, value)
        scanner.scan(file.content)
    return time.process_time() - began


def _through_the_room(
    compiled: Compiled, folders: Sequence[Path], scanned: Sequence[File]
) -> tuple[float, dict[str, int]]:
    detector = Rules(folders)
    detector._compiled = compiled
    alarms: Counter[str] = Counter()
    began = time.process_time()
    for file in scanned:
        found = detector.examine(Batch.of([file]), Profile.empty(1))
        if found.verdict[0]:
            alarms[found.explain(np.array([0]))[0].severity] += 1
    return time.process_time() - began, dict(alarms)


def _unpacked(data: Path, into: Path) -> Path:
    """A folder of rules as it is; archives in it unpacked."""
    import zstandard

    for packed in sorted(data.glob("*yara*.tar.zst")):
        with (
            packed.open("rb") as file,
            zstandard.ZstdDecompressor().stream_reader(file) as stream,
            tarfile.open(fileobj=stream, mode="r|") as tar,
        ):
            tar.extractall(into, filter="data")
    return into if any(into.iterdir()) else data


def _timed(work: Callable[[], Any]) -> tuple[Any, float]:
    """What it gives, and the processor's seconds that it took."""
    began = time.process_time()
    done = work()
    return done, time.process_time() - began


__all__ = ["bench"]
