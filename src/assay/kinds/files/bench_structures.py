"""`assay bench structures`: what the detector of structure finds and what it leaves alone, and how fast it passes over files.

Benign: the fonts of this system, the pictures and fonts of the Python packages beside this one, and whatever `--data` names (a
folder, such as libwebp's own test files). Crafted: one file for each way to overstep one limit, and their neighbours that keep to
it. Speed: the header stage over many small files on disk (open, read 16 bytes, decide), and whole fonts and pictures.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from assay.kinds.files.crafted import keeping, overstepping
from assay.kinds.files.structure import faults, structure_of

HEAD, MOST_BYTES = 16, 32 << 20
_PICTURES = (".webp", ".tif", ".tiff", ".dng", ".jb2", ".jbig2", ".ttf", ".ttc", ".pkpass", ".png", ".gif", ".jpg")


def bench(data: Path | None, *, short: bool = False, **options: Any) -> dict[str, Any]:
    """Figures; `short` looks at fewer files."""
    fonts = Path("/usr/share/fonts")
    corpora = {"fonts of this system": fonts, "pictures of Python packages": _packages()}
    if data is not None:
        corpora["data"] = data
    return {
        "benign": {name: _benign(list(_files(folder))[: 200 if short else 20_000]) for name, folder in corpora.items()},
        "crafted": _crafted(),
        "header_stage": header_stage(5_000 if short else 50_000),
    }


def header_stage(number: int) -> dict[str, Any]:
    """So many files of 4 KiB on disk, one in fifty of a kind that is looked at, opened and decided upon one by one."""
    with tempfile.TemporaryDirectory() as folder:
        webp = keeping()["one symbol"].ljust(4096, b"\0")
        for i in range(number):
            Path(folder, f"{i}.bin").write_bytes(webp if i % 50 == 0 else i.to_bytes(4, "little") * 1024)
        began, cpu = time.perf_counter(), time.process_time()
        found = scan(folder)
        cpu, wall = time.process_time() - cpu, time.perf_counter() - began
    heads = [os.urandom(HEAD) for _ in range(10_000)]
    deciding = time.process_time()
    for head in heads:
        structure_of(head)
    deciding = time.process_time() - deciding
    return {
        "files": number, "looked_at": found, "cpu_seconds": round(cpu, 3), "seconds": round(wall, 3),
        "million_files_per_core_minute": round(60 * number / cpu / 1e6, 2), "decide_ns": round(deciding / len(heads) * 1e9),
    }  # fmt: skip


def scan(folder: str | Path) -> int:
    """How many files of a folder have a structure that is looked at: the header stage over it."""
    found = 0
    with os.scandir(folder) as entries:
        for entry in entries:
            handle = os.open(entry.path, os.O_RDONLY)
            try:
                found += structure_of(os.read(handle, HEAD)) != ""
            finally:
                os.close(handle)
    return found


def _benign(files: Sequence[Path]) -> dict[str, Any]:
    flagged: Counter[str] = Counter()
    unread: Counter[str] = Counter()
    looked = size = 0
    began = time.process_time()
    for path in files:
        content = path.read_bytes()
        if structure_of(content[:HEAD], content[-66_000:] if content[:2] == b"PK" else b""):
            looked += 1
            size += len(content)
            found, problem = faults(content)
            flagged.update(breach.rule for breach in found)
            unread.update([problem] if problem else [])
    spent = time.process_time() - began
    return {
        "files": len(files), "looked_at": looked, "flagged": dict(flagged), "unread": dict(unread), "cpu_seconds": round(spent, 2),
        "megabytes": round(size / 1e6, 1),
    }  # fmt: skip


def _crafted() -> dict[str, Any]:
    missed = [
        name for name, (rule, content) in overstepping().items() if rule not in {b.rule for b in faults(content)[0]}
    ]
    alarmed = [name for name, content in keeping().items() if faults(content)[0]]
    return {"overstepping": len(overstepping()), "missed": missed, "keeping": len(keeping()), "alarmed": alarmed}


def _packages() -> Path:
    import numpy

    return Path(numpy.__file__).parents[1]


def _files(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.rglob("*")) if folder.is_dir() else ():
        if (
            path.suffix.lower() in _PICTURES
            and path.is_file()
            and not path.is_symlink()
            and path.stat().st_size <= MOST_BYTES
        ):
            yield path


__all__ = ["bench", "header_stage", "scan"]
