"""Indicators by the million: a folder a source, of arrays that are mapped and not read, so that five million cost no start.

An indicator is two independent 64-bit SipHashes of its kind and value: one is looked up, the other must agree, so that no other
value is ever taken for it. Look-ups come in batches: hashes, a directory by their first 16 bits, a short binary search.
"""

from __future__ import annotations

import json
import re
import shutil
import tempfile
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numba import njit

from assay.core.errors import InvalidSetting, ModelError, NotFound, UnreadableInput
from assay.core.keys import keys_of
from assay.intelligence.indicator import FOREVER, Indicator
from assay.intelligence.patterns import keep
from assay.intelligence.sources import indicators

FOLDER = "intelligence"
ROOMS = ("files", "networks", "phones")
MOST = 50_000_000  # indicators of one source
ROW = np.dtype([("threat", "<u4"), ("since", "<i4"), ("until", "<i4"), ("confidence", "u1")])
_BUCKETS = 1 << 16
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


class Hit(NamedTuple):
    """What is known of a value: `kind` and `value` as they matched (a domain above it, a network around it)."""

    kind: str
    value: str
    threat: str
    source: str
    confidence: int
    since: str
    until: str


class Source:
    """One publisher's indicators, opened from its folder. Raises `ModelError` where that is broken."""

    def __init__(self, path: Path) -> None:
        self.name = path.name
        try:
            self.keys = np.load(path / "keys.npy", mmap_mode="r", allow_pickle=False)
            self.checks = np.load(path / "checks.npy", mmap_mode="r", allow_pickle=False)
            self.rows = np.load(path / "rows.npy", mmap_mode="r", allow_pickle=False)
            self.card = json.loads((path / "source.json").read_text("utf-8"))
            self.threats = [str(t) for t in self.card["threats"]]
            self.prefixes = [(int(v), int(n)) for v, n in self.card["prefixes"]]
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise ModelError(f"the source cannot be opened: {error}", where=str(path)) from None
        if not len(self.keys) == len(self.checks) == len(self.rows) or self.rows.dtype != ROW:
            raise ModelError("its files do not fit together", where=str(path))
        edges = np.arange(_BUCKETS, dtype=np.uint64) << np.uint64(48)
        self.directory = np.append(np.searchsorted(self.keys, edges), len(self.keys)).astype(np.int64)

    def __len__(self) -> int:
        return len(self.keys)

    def find(self, keys: np.ndarray, checks: np.ndarray) -> np.ndarray:
        """int64[n]: the row of each, -1 where it is not here. keys, checks uint64[n]."""
        out = np.empty(len(keys), np.int64)
        _find(keys, checks, self.keys, self.checks, self.directory, out)
        return out


@njit(cache=True, nogil=True)
def _find(wanted, proofs, keys, checks, directory, out):  # type: ignore[no-untyped-def]
    for i in range(len(wanted)):
        key = wanted[i]
        bucket = key >> np.uint64(48)
        low, high = directory[bucket], directory[bucket + np.uint64(1)]
        while low < high:
            middle = (low + high) // 2
            if keys[middle] < key:
                low = middle + 1
            else:
                high = middle
        out[i] = -1
        while low < len(keys) and keys[low] == key:
            if checks[low] == proofs[i]:
                out[i] = low
                break
            low += 1


class Intelligence:
    """All sources of a folder; an empty one where there is none."""

    def __init__(self, folder: Path | None) -> None:
        there = (
            sorted(p for p in folder.iterdir() if (p / "source.json").is_file())
            if folder is not None and folder.is_dir()
            else []
        )
        self.sources = [Source(path) for path in there]
        self.prefixes = sorted({prefix for source in self.sources for prefix in source.prefixes})

    def __len__(self) -> int:
        return sum(len(source) for source in self.sources)

    def look_up(self, kind: str, values: Sequence[str], days: np.ndarray | None = None) -> dict[int, Hit]:
        """Place in `values` -> what is known of it. `days` int64[n]: days since 1970 on which each was seen; an indicator
        whose term was over by then is none. A domain is met by every one above it, an address by every network around it;
        of several the surest is told."""
        if not self.sources or not len(values):
            return {}
        at, kinds, told = _asked(kind, values, self.prefixes)
        keys, checks = hashes(kinds, told)
        found: dict[int, tuple[tuple[int, int], Hit]] = {}
        for source in self.sources:
            rows = source.find(keys, checks)
            for j in np.flatnonzero(rows >= 0).tolist():
                row = source.rows[int(rows[j])]
                i = at[j]
                if days is not None and int(days[i]) > int(row["until"]):
                    continue
                rank = (int(row["confidence"]), len(told[j]))
                if i not in found or rank > found[i][0]:
                    found[i] = (rank, _hit(source, row, kinds[j], told[j]))
        return {i: hit for i, (_, hit) in found.items()}

    def told(self) -> list[dict[str, Any]]:
        """Of each source what its card says, without the threats' names."""
        return [{k: v for k, v in s.card.items() if k not in ("threats", "prefixes")} for s in self.sources]


def _hit(source: Source, row: Any, kind: str, value: str) -> Hit:
    threat = source.threats[int(row["threat"])] if int(row["threat"]) < len(source.threats) else ""
    return Hit(
        kind, value, threat, source.name, int(row["confidence"]), _day(int(row["since"])), _day(int(row["until"]))
    )


def _day(days: int) -> str:
    if days in (0, FOREVER):
        return ""
    try:
        return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(days=days)).date().isoformat()
    except OverflowError:
        return ""


def _asked(kind: str, values: Sequence[str], prefixes: list[tuple[int, int]]) -> tuple[list[int], list[str], list[str]]:
    """Everything that would match the values: (place, kind, value), as three lists."""
    if kind not in ("domain", "ip", "url"):
        return list(range(len(values))), [kind] * len(values), list(values)
    at: list[int] = []
    kinds: list[str] = []
    told: list[str] = []
    for i, value in enumerate(values):
        if kind == "url":
            host = value.partition("/")[0].partition(":")[0]
            parts = [("url", value), ("url", value.partition("?")[0]), *_above(host)]
        else:
            parts = _above(value) if kind == "domain" else _around(value, prefixes)
        for of, part in parts:
            at.append(i)
            kinds.append(of)
            told.append(part)
    return at, kinds, told


def _above(name: str) -> list[tuple[str, str]]:
    """A domain and those above it; an address where it is one."""
    if name[-1:].isdigit():
        return [("ip", name)]
    out = []
    while "." in name:
        out.append(("domain", name))
        name = name.partition(".")[2]
    return out


def _around(address: str, prefixes: list[tuple[int, int]]) -> list[tuple[str, str]]:
    try:
        found = ip_address(address)
    except ValueError:
        return _above(address.lower())
    whole = str(found)
    return [("ip", whole)] + [
        ("network", str(ip_network((whole, n), strict=False))) for v, n in prefixes if v == found.version
    ]


def hashes(kinds: Sequence[str], values: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
    """Both hashes of each indicator, uint64[n]."""
    words = [f"{k} {v}" for k, v in zip(kinds, values, strict=True)]
    return keys_of(words), keys_of([word + " again" for word in words])


def add(
    source: Path, folder: Path, *, name: str = "", kind: str = "", confidence: int = 75, days: int | None = None
) -> dict[str, Any]:
    """Takes a file, or every file of a folder, over as one source, with the patterns of its bundles as they stand; one of the
    same name is replaced as a whole. `days`: term of indicators that come without. Raises `UnreadableInput` where nothing in it is an indicator."""
    if not source.exists():
        raise UnreadableInput("no such file or folder", where=str(source))
    name = name or re.sub(r"[^A-Za-z0-9._-]", "-", source.name.partition(".")[0]).strip(".-") or "source"
    if not _NAME.fullmatch(name):
        raise InvalidSetting("a name is letters, digits, dots and dashes", where=name)
    refused: list[str] = []
    count = {"refused": 0}

    def refuse(place: int, value: str, why: str) -> None:
        count["refused"] += 1
        if len(refused) < 20:
            refused.append(f"{place}: {value[:80]}: {why}")

    files = sorted(p for p in source.rglob("*") if p.is_file()) if source.is_dir() else [source]
    term = FOREVER if days is None else int(datetime.now(UTC).timestamp() // 86_400) + days
    found = (
        one if one.until != FOREVER or days is None else one._replace(until=term)
        for file in files
        for one in indicators(file, refuse, kind=kind, confidence=confidence)
    )
    folder.mkdir(parents=True, exist_ok=True)
    for room in ROOMS:  # a room looks for models, and for this, only where it has a folder of its own
        (folder.parent / room).mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder, prefix=".") as temporary:
        card = write(found, Path(temporary) / name)
        card["patterns"] = keep(files, Path(temporary) / name)
        if not card["indicators"] and not card["patterns"]:
            raise UnreadableInput(
                "nothing in it is an indicator" + (f": {refused[0]}" if refused else ""), where=str(source)
            )
        target = folder / name
        if target.exists():
            shutil.rmtree(target)
        (Path(temporary) / name).rename(target)
    told = {k: v for k, v in card.items() if k not in ("threats", "prefixes")}
    return {"source": name, **told, "refused": count["refused"], "why": refused}


def remove(folder: Path, name: str) -> None:
    """Raises `NotFound` where there is no such source."""
    if not _NAME.fullmatch(name) or not (folder / name / "source.json").is_file():
        raise NotFound("there is no such source", where=name)
    shutil.rmtree(folder / name)


def write(found: Iterable[Indicator], path: Path) -> dict[str, Any]:
    """A source's folder; returns its card. Of indicators given twice the surest stays."""
    keys, checks, rows = [], [], []
    threats: dict[str, int] = {}
    prefixes: set[tuple[int, int]] = set()
    kinds: dict[str, int] = {}
    total = 0
    for block in _blocks(found):
        first, second = hashes([one.kind for one in block], [one.value for one in block])
        told = np.empty(len(block), ROW)
        told["threat"] = [threats.setdefault(one.threat, len(threats)) for one in block]
        told["since"] = [one.since for one in block]
        told["until"] = [one.until for one in block]
        told["confidence"] = [min(max(one.confidence, 0), 100) for one in block]
        for one in block:
            kinds[one.kind] = kinds.get(one.kind, 0) + 1
            if one.kind == "network":
                network = ip_network(one.value)
                prefixes.add((network.version, network.prefixlen))
        keys.append(first)
        checks.append(second)
        rows.append(told)
        total += len(block)
        if total > MOST:
            raise UnreadableInput(f"more than {MOST} indicators")
    path.mkdir(parents=True)
    key = np.concatenate(keys) if keys else np.zeros(0, np.uint64)
    check = np.concatenate(checks) if checks else np.zeros(0, np.uint64)
    row = np.concatenate(rows) if rows else np.zeros(0, ROW)
    order = np.lexsort((-row["confidence"].astype(np.int64), check, key))
    key, check, row = key[order], check[order], row[order]
    kept = np.ones(len(key), bool)
    kept[1:] = (key[1:] != key[:-1]) | (check[1:] != check[:-1])
    for name, values in (("keys", key[kept]), ("checks", check[kept]), ("rows", row[kept])):
        np.save(path / f"{name}.npy", values, allow_pickle=False)
    card = {
        "name": path.name, "indicators": int(kept.sum()), "kinds": dict(sorted(kinds.items())),
        "added": datetime.now(UTC).date().isoformat(), "threats": list(threats), "prefixes": sorted(prefixes),
    }  # fmt: skip
    (path / "source.json").write_text(json.dumps(card, ensure_ascii=False), "utf-8")
    return card


def _blocks(found: Iterable[Indicator], size: int = 100_000) -> Iterable[list[Indicator]]:
    block: list[Indicator] = []
    for one in found:
        block.append(one)
        if len(block) == size:
            yield block
            block = []
    if block:
        yield block


def folder_of(models: Path | None) -> Path | None:
    """Where a room finds the intelligence: beside its own folder among the trained models."""
    return None if models is None else models.parent / FOLDER


__all__ = ["FOLDER", "Hit", "Intelligence", "Source", "add", "folder_of", "hashes", "remove", "write"]
