"""Inputs that were refused, kept for a person to look at: one JSON line each, card numbers and IBANs masked, files inside
them left out, in files of bounded size and number."""

from __future__ import annotations

import re
import threading
from pathlib import Path

import msgspec

from assay.core.clock import iso, now
from assay.ledger.scrub import scrub

RAW_CHARACTERS = 16_384
_FILE = re.compile(
    r'(?<=")[A-Za-z0-9+/_-]{256,}={0,2}'
)  # base64 in JSON: what was handed in is kept encrypted or not at all


class DeadLetter(msgspec.Struct, frozen=True):
    """`row` counts from 1 in `source`; `raw` is what was refused, masked, and cut if very long."""

    time: str
    source: str
    row: int
    reason: str
    raw: str


class DeadLetters:
    """`folder/dead-letters.jsonl`; at `file_bytes` it becomes `.1`, `.1` becomes `.2`, and the last of `files` goes."""

    def __init__(self, folder: Path, *, file_bytes: int = 16 << 20, files: int = 8) -> None:
        self.path = folder / "dead-letters.jsonl"
        self._file_bytes, self._files = file_bytes, files
        self._lock = threading.Lock()

    def write(self, source: str, row: int, reason: str, raw: str) -> None:
        """Add one. A disk that will not take it is no reason to stop: the refusal itself has been answered."""
        letter = DeadLetter(
            iso(now()), scrub(source), row, scrub(reason), scrub(_FILE.sub("[file]", raw[:RAW_CHARACTERS]))
        )
        text = msgspec.json.encode(letter) + b"\n"
        with self._lock:
            try:
                self.path.parent.mkdir(parents=True, exist_ok=True)
                if self.path.exists() and self.path.stat().st_size + len(text) > self._file_bytes:
                    self._rotate()
                with self.path.open("ab") as file:
                    file.write(text)
            except OSError:
                return

    def _rotate(self) -> None:
        for i in range(self._files - 1, 0, -1):
            older = self._numbered(i - 1)
            if older.exists():
                older.replace(self._numbered(i))

    def _numbered(self, i: int) -> Path:
        return self.path.with_name(f"{self.path.name}.{i}") if i else self.path

    def read(self) -> list[DeadLetter]:
        """What is kept, oldest first."""
        lines: list[DeadLetter] = []
        for i in range(self._files - 1, -1, -1):
            if self._numbered(i).exists():
                for line in self._numbered(i).read_bytes().splitlines():
                    lines.append(msgspec.json.decode(line, type=DeadLetter))
        return lines
