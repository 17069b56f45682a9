"""Tables of text, as somebody's program wrote them: csv leaves encoding and separator open (RFC 4180), so the first bytes decide.
UTF-8 with or without a mark, UTF-16 (what spreadsheets call Unicode text), GB 18030 and Windows-1252 are told apart.
"""

from __future__ import annotations

import csv
import re
from codecs import getincrementaldecoder
from collections.abc import Callable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from assay.core.errors import UnreadableInput
from assay.core.kind import RowError

if TYPE_CHECKING:
    import polars as pl

Reject = Callable[[RowError], None]
Frames = Iterator[tuple[int, "pl.DataFrame"]]
HEAD = 65_536  # bytes that tell how a table is written
MOST_ABOVE = 40  # lines among which a header is looked for
SEPARATORS = ",;\t|"
MAX_FIELD = 10_000  # characters of one field
UTF8 = "utf-8-sig"
_NUMBER = re.compile(r"[-+]?[\d.,:/ TZ-]+")
_NO_LETTER = re.compile(rb"[\x81\x8d\x8f\x90\x9d\xff]")  # nothing in Windows-1252, or what no text has


def encoding_of(head: bytes) -> str:
    """The encoding of a text by its first bytes, as Python names it.

    >>> encoding_of("\u91d1\u989d,\u65f6\u95f4".encode("gb18030")), encoding_of("Empf\u00e4nger;W\u00e4hrung".encode("cp1252"))
    ('gb18030', 'cp1252')
    """
    if head[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return "utf-16"
    nuls = [head[i:4096:2].count(0) / max(1, len(head[i:4096:2])) for i in (0, 1)]
    if max(nuls) > 0.4 and min(nuls) < 0.1:  # letters of Europe in two bytes each
        return "utf-16-le" if nuls[1] > nuls[0] else "utf-16-be"
    try:
        getincrementaldecoder("utf-8")().decode(head)  # not to its end: a letter may be cut there
        return UTF8
    except UnicodeDecodeError:
        pass
    read = head.decode("utf-8", "replace")
    if sum(letter > "\x7f" and letter != "\ufffd" for letter in read) > read.count("\ufffd"):
        return UTF8  # with a few letters that are none
    runs = re.findall(rb"[\x80-\xff]+", head[:-1])
    # GB 2312, the part of GB 18030 in daily use, comes in pairs of such bytes.
    if all(len(run) % 2 == 0 and min(run) >= 0xA1 for run in runs):
        return "gb18030"
    return UTF8 if _NO_LETTER.search(head) else "cp1252"


def separator(line: str) -> str:
    """The separator that a line uses most."""
    return max(SEPARATORS, key=line.count)


class Layout(NamedTuple):
    """How a table of text is written. Its header, `names`, stands below `above` lines that are none of it; `first` is its first row."""

    encoding: str
    separator: str
    above: int
    names: tuple[str, ...]
    first: tuple[str, ...]


@lru_cache(8)
def layout(head: bytes) -> Layout:
    """By the first bytes. The header is the first line; or, where a statement of account tells of itself first, the line below a gap
    (or below nothing but sentences) with which lines of as many fields begin, all words, and more than the first line has."""
    encoding = encoding_of(head)
    lines = re.split(r"\r?\n", head.decode(encoding, "replace"), maxsplit=MOST_ABOVE)[:MOST_ABOVE]
    sep = separator(lines[0])
    names = _fields(lines[0], sep)
    for above in range(1, len(lines) - 1):
        other = separator(lines[above])
        run = [_fields(line, other) for line in lines[above : above + 3]]
        words = all(run[0][:-1]) and not any(map(_NUMBER.fullmatch, run[0]))
        if len(run[0]) > len(names) and words and len({len(fields) for fields in run}) == 1:
            if not lines[above - 1].strip(f' "{SEPARATORS}') or not any(other in line for line in lines[:above]):
                return Layout(encoding, other, above, run[0], run[1])
            break
    return Layout(encoding, sep, 0, names, _fields(lines[1], sep) if len(lines) > 1 else ())


def _fields(line: str, sep: str) -> tuple[str, ...]:
    try:
        return tuple(name.strip() for name in next(csv.reader([line], delimiter=sep), []))
    except csv.Error:
        return ()


def column_names(head: bytes, path: Path) -> list[str]:
    """The columns of a table by its first bytes (Parquet: by its end); none where it is no table, or not what its name says."""
    suffix = path.suffix.lower()
    try:
        if suffix in (".parquet", ".pq") and head[:4] == b"PAR1":
            import polars as pl

            return list(pl.read_parquet_schema(path))
        if suffix in (".jsonl", ".ndjson"):
            import msgspec

            plain = msgspec.json.decode(head.split(b"\n", 1)[0])
            return list(plain) if isinstance(plain, dict) and "kind" not in plain else []
        if suffix in (".csv", ".tsv", ".txt"):
            return list(layout(head).names)
    except Exception:  # whatever a broken file makes a parser raise
        return []
    return []


def frames(path: Path, batched: Callable[[pl.LazyFrame], Frames], chunk: int, reject: Reject | None) -> Frames:
    """`(number of the first row, frame)` with text in every column. The quick way (`batched`) while the file is well formed UTF-8;
    from the first defect on, row by row, so that it costs one row."""
    import polars as pl

    with path.open("rb") as file:
        told = layout(file.read(HEAD))
    done = 0
    if told.encoding == UTF8:
        try:
            lazy = pl.scan_csv(path, infer_schema=False, separator=told.separator, skip_lines=told.above)
            for first, frame in batched(lazy):
                yield first, frame
                done += len(frame)
            return
        except UnreadableInput:
            pass
    yield from _rows(path, told, chunk, reject, skip=done)


def _rows(path: Path, told: Layout, chunk: int, reject: Reject | None, skip: int) -> Frames:
    csv.field_size_limit(MAX_FIELD)
    errors = "surrogateescape" if told.encoding == UTF8 else "replace"
    with path.open(encoding=told.encoding, errors=errors, newline="") as file:
        for _ in range(told.above):
            file.readline()
        rows = csv.reader(file, delimiter=told.separator)
        try:
            names = next(rows)
        except (StopIteration, csv.Error):
            return
        kept: list[list[str | None]] = []
        numbers: list[int] = []
        number = 0
        while True:
            try:
                row = next(rows)
            except StopIteration:
                break
            except csv.Error as error:
                row, number = [], number + 1
                _tell(reject, RowError(number, str(error)))
                continue
            number += 1
            if number <= skip or not row:
                continue
            reason = _defect(row, len(names), told.encoding)
            if reason:
                raw = told.separator.join(row)[:1000].encode("utf-8", "replace").decode()
                _tell(reject, RowError(number, reason, raw))
                continue
            kept.append([cell or None for cell in row])
            numbers.append(number)
            # A run of rows without a gap keeps row numbers right; a gap starts a new frame.
            if len(kept) >= chunk or (len(kept) > 1 and numbers[-1] - numbers[-2] > 1):
                yield from _runs(names, kept, numbers)
                kept, numbers = [], []
        yield from _runs(names, kept, numbers)


def _runs(names: list[str], rows: list[list[str | None]], numbers: list[int]) -> Frames:
    """Rows grouped into frames whose row numbers are consecutive."""
    import polars as pl

    start = 0
    for end in range(1, len(rows) + 1):
        if end == len(rows) or numbers[end] != numbers[end - 1] + 1:
            columns = list(zip(*rows[start:end], strict=True))
            yield (
                numbers[start],
                pl.DataFrame({n: pl.Series(c, dtype=pl.String) for n, c in zip(names, columns, strict=True)}),
            )
            start = end


def _defect(row: list[str], width: int, encoding: str) -> str:
    if len(row) != width:
        return f"{len(row)} fields where the header has {width}"
    strange = [cell for cell in row if not cell.isascii()]
    if encoding == UTF8:
        return "not UTF-8" if any("\udc80" <= c <= "\udcff" for cell in strange for c in cell) else ""
    return f"not {encoding.upper()}" if any("\ufffd" in cell for cell in strange) else ""


def _tell(reject: Reject | None, error: RowError) -> None:
    if reject is not None:
        reject(error)
