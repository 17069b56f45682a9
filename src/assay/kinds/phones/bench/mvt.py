"""MVT beside ours on the same backups, in an environment of its own: its licence binds larger works, so it is only ever run as another
program. Where it is not found, that is said."""

from __future__ import annotations

import json
import os
import resource
import shutil
import subprocess
from pathlib import Path
from typing import Any

from assay.kinds.phones.backup.store import Folder
from assay.kinds.phones.bench.judge import codes_of
from assay.kinds.phones.bench.lives import made, shaped
from assay.kinds.phones.indicators import load
from assay.kinds.phones.ios.from_backup import examine
from assay.kinds.phones.simulate import write
from assay.kinds.phones.simulate.attacks import SHAPES
from assay.kinds.phones.simulate.upheavals import UPHEAVALS

TIME_LIMIT = 300
SORTS = ("quiet", "upgraded", "triangulation", "renamed", "slow, 1-4 hours")
_GRAVE = ("high", "critical")


def found(peer: str) -> Path | None:
    """`mvt-ios`: the file named, beside the Python named, or on PATH."""
    named = Path(peer) if peer else None
    for path in (named, named.parent / "mvt-ios" if named else None):
        if path is not None and path.is_file() and path.name == "mvt-ios":
            return path
    on_path = shutil.which("mvt-ios")
    return Path(on_path) if on_path and not peer else None


def beside(peer: str, sets: list[Path], folder: Path, n: int) -> dict[str, Any]:
    """`n` backups of each sort through both, with the same sets of indicators."""
    program = found(peer)
    if program is None:
        return {"skipped": "mvt-ios was not found: name it, or a Python beside which it lies, with --peer"}
    files = [file for path in sets for file in sorted(path.rglob("*.stix2"))]
    indicators, _ = load(sets)
    told: dict[str, Any] = {"version": _version(program), "sets of indicators": len(files)}
    for sort in SORTS:
        change = UPHEAVALS.get(sort) or (shaped(SHAPES[sort]) if sort in SHAPES else None)
        one = {"backups": n, "ours alarmed": 0, "MVT, high or critical": 0, "MVT, medium or above": 0, "MVT failed": 0}
        seconds = 0.0
        for i in range(n):
            backup = write(made(sort, 80_000 + i, change), folder / "beside")
            image = examine(Folder(backup), None, "beside", 1.9e9)
            codes = codes_of(image, indicators)
            one["ours alarmed"] += any(codes.values())
            before = resource.getrusage(resource.RUSAGE_CHILDREN)
            levels = _run(program, backup, files, folder / "out")
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
            seconds += after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
            one["MVT failed"] += levels is None
            one["MVT, medium or above"] += any(level in (*_GRAVE, "medium") for level in levels or [])
            one["MVT, high or critical"] += any(level in _GRAVE for level in levels or [])
            shutil.rmtree(backup)
        told[sort] = one | {"MVT CPU seconds a backup": round(seconds / n, 2)}
    return told


def _run(program: Path, backup: Path, files: list[Path], out: Path) -> list[str] | None:
    """Levels of its alerts; None where it failed."""
    shutil.rmtree(out, ignore_errors=True)
    command = [
        str(program),
        "--disable-update-check",
        "--disable-indicator-update-check",
        "check-backup",
        "-o",
        str(out),
    ]
    for file in files:
        command += ["-i", str(file)]
    environment = {"PATH": os.environ.get("PATH", ""), "HOME": str(out.parent), "MVT_STIX2": "", "NO_COLOR": "1"}
    try:
        done = subprocess.run(
            [*command, str(backup)], env=environment, capture_output=True, timeout=TIME_LIMIT, check=False
        )
    except subprocess.TimeoutExpired:
        return None
    if done.returncode != 0 or not out.is_dir():
        return None
    alerts = out / "alerts.json"
    told = json.loads(alerts.read_text("utf-8")) if alerts.is_file() else []
    return [str(alert.get("level", "")).lower() for alert in told if isinstance(alert, dict)]


def _version(program: Path) -> str:
    done = subprocess.run([str(program), "version"], capture_output=True, timeout=60, check=False, text=True)
    return next((line.partition(":")[2].strip() for line in done.stdout.splitlines() if "Version:" in line), "unknown")


__all__ = ["beside", "found"]
