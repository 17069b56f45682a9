"""VeReMi's folders (2018, Extension, NextGen): what each receiver heard, and the ground truth beside it, as one recording.

A message is a lie where the ground truth names an attacker type for it, or where what it claims is not what the ground truth says of
the same message. A message without a ground truth is left out.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import numpy as np

from assay.core.batch import concat
from assay.core.errors import NotFound
from assay.core.evidence import column
from assay.kinds.roads.reading.heard import Entry, batches
from assay.kinds.roads.reading.lines import told
from assay.kinds.roads.recordings import GENUINE, VEREMI, Recording

MOST_TRUTH = 20_000_000  # messages
_APART = {
    "pos": 10.0,
    "spd": 2.0,
    "hed": 0.35,
    "acl": 2.0,
}  # by which a claim is another than the truth: metres, m/s, of one, m/s²
_TRUTHS = ("groundtruth", "ground_truth")


class _Truth(NamedTuple):
    kind: str | None  # None: to be found out by comparing
    plain: dict[str, Any]


def is_veremi(folder: Path) -> bool:
    """Is a ground truth there?"""
    return folder.is_dir() and any(_is_truth(path) for path in folder.rglob("*.json*"))


def load_veremi(folder: Path) -> Recording:
    """Every trace below a folder, each receiver apart. Raises `NotFound` where no message has a truth."""
    truth: dict[int, _Truth] = {}
    traces = []
    for path in sorted(folder.rglob("*.json*")):
        if _is_truth(path):
            truth |= _truths(path, MOST_TRUTH - len(truth))
        else:
            traces.append(path)
    kinds: list[str] = []
    senders: list[str] = []
    entries = (entry for path in traces for entry in _heard(path, truth, kinds, senders))
    found = list(batches(entries, folder.name[:40]))
    if not found:
        raise NotFound("no message of the traces is in the ground truth", where=str(folder))
    batch = concat(found)
    order = np.argsort(batch.time, kind="stable")
    kind, sender = column(kinds, numeric=False), column(senders, numeric=False)
    return Recording(folder.name, batch.take(order), kind[order], sender[order])


def _is_truth(path: Path) -> bool:
    return any(word in path.name.lower() for word in _TRUTHS)


def _truths(path: Path, most: int) -> dict[int, _Truth]:
    found: dict[int, _Truth] = {}
    with path.open("rb") as file:
        for line in file:
            if len(found) >= most:
                break
            try:
                plain = msgspec.json.decode(line)
                found[int(plain["messageID"])] = _Truth(_named(plain.get("attackerType")), plain)
            except (msgspec.MsgspecError, KeyError, TypeError, ValueError):
                continue
    return found


def _named(type_: Any) -> str | None:
    if type_ is None:
        return None
    number = int(type_)
    return VEREMI[number] if 0 <= number < len(VEREMI) else f"kind-{number}"


def _heard(path: Path, truth: dict[int, _Truth], kinds: list[str], senders: list[str]) -> Iterator[Entry]:
    for entry, plain in told(path, lambda _: None):
        known = truth.get(plain.get("messageID", -1))
        if known is None:
            continue
        kinds.append(known.kind or ("false-claim" if _differs(plain, known.plain) else GENUINE))
        senders.append(str(plain.get("sender", entry.heard.name)))
        yield entry._replace(where=len(kinds))


def _differs(claim: dict[str, Any], truth: dict[str, Any]) -> bool:
    for field, apart in _APART.items():
        a, b = claim.get(field), truth.get(field)
        if isinstance(a, list) and isinstance(b, list) and math.dist(a[:2], b[:2]) > apart:
            return True
    return False


__all__ = ["is_veremi", "load_veremi"]
