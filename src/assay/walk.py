"""The files under paths that somebody named, in order, safely: links are not followed, devices, pipes and sockets are not opened,
file systems that the kernel makes up are left alone, and a folder of millions is walked in the memory of one folder.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path

from assay.core.errors import AssayError
from assay.core.kind import Kind, kinds, sniff

SORTED = 50_000  # entries of one folder that are put in order; a larger one comes as it lies
_MADE_UP = (
    "proc", "sysfs", "devtmpfs", "devpts", "cgroup", "cgroup2", "debugfs", "tracefs", "securityfs", "configfs", "fusectl", "mqueue",
    "hugetlbfs", "pstore", "bpf", "binfmt_misc", "efivarfs", "rpc_pipefs", "nsfs", "autofs", "selinuxfs",
)  # fmt: skip
_Spoken = list[tuple[str, re.Pattern[str]]]
"""(folder and what separates it, the names below it that one file of it speaks for)."""


def files(paths: Sequence[Path]) -> Iterator[Path]:
    """Every regular file under the paths, each folder's in order; a path that was named comes whatever it is, and so does a
    folder that cannot be read, for whoever examines it to say so. Where one file stands for a folder (`Kind.whole`), those it
    speaks for are left to it, and any other is a file of its own. Raises `AssayError` for a path that is not there."""
    for path in paths:
        if not os.path.lexists(path):
            raise AssayError("no such file or folder", where=str(path))
    for path in paths:
        if path.is_dir():
            yield from _below(str(path), [])
        else:
            yield path


def _below(folder: str, above: _Spoken) -> Iterator[Path]:
    try:
        waiting = [_entered(folder, above)]
    except OSError:
        yield Path(folder)
        return
    while waiting:
        entries, here, spoken = waiting[-1]
        entry = next(entries, None)
        if entry is None:
            waiting.pop()
            continue
        name, is_folder = entry
        full = os.path.join(here, name)
        if not is_folder:
            if not any(rest.fullmatch(full[len(ahead) :]) for ahead, rest in spoken):
                yield Path(full)
        elif full not in _made_up():
            try:
                waiting.append(_entered(full, spoken))  # how deep the files of a whole lie its room says
            except OSError:
                yield Path(full)


def _entered(folder: str, above: _Spoken) -> tuple[Iterator[tuple[str, bool]], str, _Spoken]:
    """A folder's entries, and what speaks for them. Raises `OSError`."""
    found: list[tuple[str, bool]] = []
    scan = _scan(folder)
    for entry in scan:
        found.append(entry)
        if len(found) > SORTED:
            return _rest(found, scan), folder, above
    found.sort(key=lambda entry: Path(entry[0]))
    spoken = list(above)
    if len(found) > 1:
        for name, is_folder in found:
            if not is_folder and name in _standing():
                kind, rest = _standing()[name]
                if _is_of(Path(folder, name), kind):
                    spoken.append((os.path.join(folder, ""), rest))
    return iter(found), folder, spoken


def _rest(found: list[tuple[str, bool]], scan: Iterator[tuple[str, bool]]) -> Iterator[tuple[str, bool]]:
    yield from found
    found.clear()
    yield from scan


def _scan(folder: str) -> Iterator[tuple[str, bool]]:
    """(name, is it a folder) of every folder and regular file; nothing else."""
    with os.scandir(folder) as entries:
        for entry in entries:
            try:
                is_folder = entry.is_dir(follow_symlinks=False)
                if is_folder or entry.is_file(follow_symlinks=False):
                    yield entry.name, is_folder
            except OSError:  # it went while it was looked at
                continue


def _is_of(path: Path, kind: Kind) -> bool:
    try:
        return sniff(path, [kind]) is not None
    except OSError:
        return False


@cache
def _standing() -> dict[str, tuple[Kind, re.Pattern[str]]]:
    return {name: (kind, re.compile(rest)) for kind in kinds().values() for name, rest in kind.whole.items()}


@cache
def _made_up() -> frozenset[str]:
    """Where the kernel's own file systems are mounted (Linux)."""
    try:
        lines = Path("/proc/self/mounts").read_text("utf-8", "replace").splitlines()
    except OSError:
        return frozenset()
    told = (line.split(" ") for line in lines)
    return frozenset(fields[1].replace("\\040", " ") for fields in told if len(fields) > 2 and fields[2] in _MADE_UP)


__all__ = ["files"]
