"""Patterns of STIX bundles kept beside a source's arrays, as they were written: those that need several things at once, and those of
keys that only some rooms look for (a process, an app, a profile). A room that reads patterns takes them all from here."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

FILE = "patterns.jsonl"
MOST = 200_000  # of one source: arrays are for more
MAX_JSON = 128 << 20


class Pattern(NamedTuple):
    """`since` and `until` as the publisher wrote them, empty where it did not; `set` the source's name."""

    pattern: str
    threat: str
    since: str
    until: str
    set: str


def patterns(path: Path) -> Iterator[Pattern]:
    """Every STIX pattern of a bundle, read or not; nothing of a file that is no bundle. Raises `ValueError` for broken JSON."""
    if path.stat().st_size > MAX_JSON:
        raise ValueError(f"larger than {MAX_JSON >> 20} MiB")
    try:
        bundle = json.loads(path.read_bytes())
    except RecursionError:
        raise ValueError("nested too deeply") from None
    objects = bundle.get("objects") if isinstance(bundle, dict) else None
    things = [o for o in objects if isinstance(o, dict)] if isinstance(objects, list) else []
    names = {o.get("id"): str(o.get("name", "")) for o in things if o.get("type") in ("malware", "campaign", "tool", "intrusion-set", "threat-actor")}  # fmt: skip
    belongs = {str(o.get("source_ref")): names[o["target_ref"]] for o in things
               if o.get("type") == "relationship" and o.get("target_ref") in names}  # fmt: skip
    only = next(iter(names.values())) if len(names) == 1 else path.stem
    for one in things:
        if one.get("type") == "indicator" and one.get("revoked") is not True:
            told = one.get("pattern")
            if not isinstance(told, str) or one.get("pattern_type", "stix") != "stix":
                told = ""
            threat = belongs.get(str(one.get("id"))) or only
            yield Pattern(told, threat, _day(one.get("valid_from")), _day(one.get("valid_until")), path.name)


def keep(files: Iterable[Path], folder: Path) -> int:
    """Writes the patterns of these files' bundles into a source's folder; returns how many. Files that are none are passed over."""
    count = 0
    with (folder / FILE).open("w", encoding="utf-8") as out:
        for path in files:
            try:
                for one in patterns(path):
                    if one.pattern and count < MOST:
                        out.write(json.dumps(one, ensure_ascii=False) + "\n")
                        count += 1
            except (ValueError, OSError):
                continue
    if not count:
        (folder / FILE).unlink()
    return count


def kept(folder: Path | None) -> Iterator[Pattern]:
    """The patterns of every source of an intelligence folder, sources in the order of their names."""
    for path in sorted(folder.glob(f"*/{FILE}")) if folder is not None and folder.is_dir() else ():
        with path.open(encoding="utf-8") as lines:
            for line in lines:
                told: Any = json.loads(line)
                yield Pattern(str(told[0]), str(told[1]), str(told[2]), str(told[3]), path.parent.name)


def _day(value: Any) -> str:
    return value[:10] if isinstance(value, str) else ""


__all__ = ["FILE", "Pattern", "keep", "kept", "patterns"]
