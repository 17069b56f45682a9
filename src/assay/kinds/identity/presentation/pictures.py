"""Labelled pictures of presentations: a folder with `manifest.csv` (path, label, generator, source, split), or folders `live` and
`spoof` (in that, a folder a species). Bona fide or attack, of which species, from which source, for training or for testing.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from assay.core.errors import InvalidSetting, NotFound
from assay.kinds.identity.presentation.region import Region, region
from assay.kinds.identity.seen import NO_NETWORKS, Seen

MANIFEST = "manifest.csv"
LIVE, SPOOF, REAL = "live", "spoof", "real"
_SIDES = re.compile(r"[_-](live|spoof|real|fake|attack|bona[_-]?fide)$", re.IGNORECASE)
_SPECIES = {"print": "print", "paper": "print", "screen": "screen", "replay": "screen", "mask": "mask"}
_MOST = 20_000


class Presentation(NamedTuple):
    """`species` "" for bona fide. `source`: what the two sides of one collection share. `split`: "train", "dev" or ""."""

    path: Path
    species: str
    source: str
    split: str = ""


def presentations(folder: Path) -> list[Presentation]:
    """Those of a folder, in the order of their paths. Raises `NotFound` where there is no such folder, `InvalidSetting` where
    nothing in it is labelled."""
    if not folder.is_dir():
        raise NotFound("no such folder", where=str(folder))
    found = list(_listed(folder) if (folder / MANIFEST).is_file() else _sorted_in(folder))
    if not found:
        hint = f"a {MANIFEST} with path, label (live, spoof), generator, source and split; or folders live and spoof/<species>"
        raise InvalidSetting("no picture here is labelled live or spoof", where=str(folder), hint=hint)
    return sorted(found, key=lambda one: str(one.path))[:_MOST]


def people(folder: Path) -> list[Presentation]:
    """Ordinary pictures for training, labelled real in a manifest, of which recaptures can be made; those with faces are found
    by looking. Only folders whose name says that they hold faces, since scenes have none."""
    if not (folder / MANIFEST).is_file():
        return []
    return [
        Presentation(folder / row["path"], "", row.get("source", ""), row.get("split", ""))
        for row in _rows(folder)
        if row["label"] == REAL and row.get("split") == "train" and re.search("face|lfw|portrait|nomask", row["path"])
    ]


def opened(one: Presentation) -> tuple[Seen, Region | None]:
    """The picture and what of it is looked at; None where no face is found, or none large enough. Raises `NotFound` where the
    networks are not installed."""
    view = Seen(one.path.read_bytes())
    if view.problem == NO_NETWORKS:
        raise NotFound("the networks that find faces are not installed", hint="make, or python -m assay.vision.assets")
    if view.shape is None:
        return view, None
    return view, region(view.pixels, view.shape.points)


def species_of(text: str) -> str:
    """What kind of instrument a description names: "print", "screen", "mask", "print or screen", or "attack" for none of
    them."""
    named = sorted({kind for word, kind in _SPECIES.items() if word in text.lower()})
    return " or ".join(named) if named else "attack"


def _rows(folder: Path) -> Iterator[dict[str, str]]:
    with (folder / MANIFEST).open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            if row.get("path") and row.get("label") and ".." not in Path(row["path"]).parts:
                yield row


def _listed(folder: Path) -> Iterator[Presentation]:
    for row in _rows(folder):
        if row["label"] in (LIVE, SPOOF) and (folder / row["path"]).is_file():
            source = _SIDES.sub("", row.get("source") or Path(row["path"]).parts[0])
            species = "" if row["label"] == LIVE else species_of(row.get("generator", ""))
            yield Presentation(folder / row["path"], species, source, row.get("split", ""))


def _sorted_in(folder: Path) -> Iterator[Presentation]:
    for path in folder.rglob("*"):
        parts = path.relative_to(folder).parts
        if not path.is_file() or path.is_symlink():
            continue
        if LIVE in parts:
            yield Presentation(path, "", folder.name)
        elif SPOOF in parts:
            kind = parts[parts.index(SPOOF) + 1] if len(parts) > parts.index(SPOOF) + 2 else "attack"
            yield Presentation(path, kind, folder.name)
