"""A world of files written into a folder, with `labels.csv`: one line a file, the truth about each."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable
from pathlib import Path, PurePosixPath
from typing import Any

from assay.core.errors import InvalidSetting

LABELS = "labels.csv"


def write_folder(
    files: Iterable[dict[str, Any]], folder: Path, step: Callable[[int], None] = lambda _done: None
) -> dict[str, Any]:
    """Write `row["content"]` to `row["file"]` (a name without folders) and every other key to the table, whose columns
    are those of the first row. Returns how many files there are, how many not `genuine`, and both paths."""
    if folder.suffix or (folder.exists() and not folder.is_dir()):
        raise InvalidSetting("this world is made of files: name a folder", where=str(folder))
    folder.mkdir(parents=True, exist_ok=True)
    count = frauds = 0
    with (folder / LABELS).open("w", encoding="utf-8", newline="") as table:
        writer = None
        for row in files:
            told = {name: value for name, value in row.items() if name != "content"}
            if writer is None:
                writer = csv.DictWriter(table, list(told), lineterminator="\n")
                writer.writeheader()
            (folder / PurePosixPath(row["file"]).name).write_bytes(row["content"])
            writer.writerow(told)
            count, frauds = count + 1, frauds + int(row.get("label") != "genuine")
            step(1)
    if not count:
        raise InvalidSetting("the world is empty", where=str(folder))
    return {"files": count, "frauds": frauds, "out": str(folder), "labels": str(folder / LABELS)}
