"""A sysdiagnose (archive or folder) of an iPhone as a `PhoneImage`."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial

from assay.kinds.phones.evidence import PhoneImage
from assay.kinds.phones.gathering import Gathering, moment_of
from assay.kinds.phones.ios import unified
from assay.kinds.phones.ios.places import SYSDIAGNOSE, SYSDIAGNOSE_EXTRA
from assay.kinds.phones.timeline import Gap, written
from assay.kinds.phones.trees import Tree

MAX_FILES = 2_000  # of one artefact
_NAMED = re.compile(
    r"sysdiagnose_(\d{4})\.(\d\d)\.(\d\d)_(\d\d)-(\d\d)-(\d\d)([+-]\d{4})_([A-Za-z-]{2,20})_([A-Za-z0-9,-]+)_([0-9A-Za-z]+)"
)


def kept_of(name: str) -> Callable[[bytes], bytes] | None:
    """What of a file of the archive is held: the rest of an archive is passed over."""
    if any(kept.files.search(name) for kept in (*SYSDIAGNOSE, *SYSDIAGNOSE_EXTRA)):
        return bytes
    return unified.kept_of(name)


def examine(tree: Tree, id_: str, when: float, problem: str = "") -> PhoneImage:
    """`problem`: what an archive that is damaged said, told as a gap beside what could be read."""
    gathered = Gathering()
    for kept in (*SYSDIAGNOSE, *SYSDIAGNOSE_EXTRA):
        names = [name for name in tree.names if kept.files.search(name)]
        for name in names[:MAX_FILES]:
            gathered.take(kept.name, name, partial(tree.get, name), kept.parse)
        if len(names) > MAX_FILES:
            gathered.gaps.append(Gap(kept.name, f"{MAX_FILES} of {len(names)} were read"))
        if names or kept in SYSDIAGNOSE:
            gathered.settle(kept.name)
    unified.read(tree, gathered)
    if problem:
        gathered.gaps.append(Gap("archive", problem))
    told: dict[str, str] = {}
    if found := _NAMED.search(tree.root):
        year, month, day, hour, minute, second, zone, _, _, build = found.groups()
        when = written(f"{year}-{month}-{day}T{hour}:{minute}:{second}{zone}") or when
        told["build"] = build
    if not gathered.read:
        told["problem"] = problem or "nothing in it could be read"
    return gathered.image(id_, moment_of(when), system="ios", form="sysdiagnose", files=len(tree.names), **told)


__all__ = ["examine", "kept_of"]
