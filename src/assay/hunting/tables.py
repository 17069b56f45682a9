"""The ledger as Parquet files, brought up to date by what came since: `DATA/hunting/`.

Files are only ever added; `tables.json` says which of them count, and is replaced as a whole, so that a crash leaves either the
old tables or the new ones, and a question that is being answered keeps the files it began with. All of it can be deleted at any
time: it is made from the ledger.
"""

from __future__ import annotations

import fcntl
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import msgspec

from assay.core.decision import OUTCOMES, Decisions
from assay.hunting.schema import MOMENT, NUMBER, TABLES, TEXT, WHOLE, WORDS
from assay.ledger.base import Record
from assay.ledger.derive import about, known_at
from assay.ledger.files import write_whole

if TYPE_CHECKING:
    import polars as pl

VERSION = 1
CHUNK, CHUNK_BYTES = 20_000, 64 << 20  # records, or bytes of their texts, that go into one set of files
MERGED, MERGED_BYTES = (
    1_000_000,
    32 << 20,
)  # rows, and bytes of a file, beyond which files are not put together any more
RETIRED = 900.0  # seconds that a file is kept after it counts no more: a question may be reading it
LONGEST = 65_536  # bytes of a JSON text; a longer one is left out
_encode = msgspec.json.Encoder().encode


class Part(msgspec.Struct, frozen=True, array_like=True):
    file: str
    rows: int


class Contents(msgspec.Struct, frozen=True):
    """What counts: the tables' files, and the last record that is in them."""

    version: int = VERSION
    ledger: str = ""
    seq: int = 0
    next: int = 1
    tables: dict[str, list[Part]] = {}
    retired: dict[str, float] = {}


class Replayed(Protocol):
    """A ledger, as far as tables are made of it."""

    @property
    def identity(self) -> str: ...
    def replay(self, after_seq: int = 0) -> Iterator[Record]: ...


class Tables:
    """The tables of a data folder."""

    def __init__(self, data: Path) -> None:
        self.folder = data.absolute() / "hunting"  # the process that reads them stands elsewhere
        self.files = self.folder / "tables"

    def contents(self) -> Contents:
        """What there is; nothing where the files are of another version, or damaged."""
        with suppress(OSError, msgspec.MsgspecError):
            kept = msgspec.json.decode((self.folder / "tables.json").read_bytes(), type=Contents)
            if kept.version == VERSION:
                return kept
        return Contents()

    def paths(self) -> dict[str, list[str]]:
        """Table -> its files, oldest first."""
        return {t: [str(self.files / part.file) for part in parts] for t, parts in self.contents().tables.items()}

    def refresh(
        self, ledger: Replayed, *, seconds: float = float("inf"), step: Callable[[int], None] = lambda _records: None
    ) -> Contents:
        """Takes in what came since, for at most so long. `step` hears how many records were taken in."""
        ends = time.monotonic() + seconds
        with self._alone():
            contents = self.contents()
            if contents.ledger != ledger.identity:
                contents = self._anew(ledger.identity)
            rows, first = _Rows(), contents.seq
            for record in ledger.replay(contents.seq):
                rows.take(record)
                last = record.seq + record.count - 1
                if last - first >= CHUNK or rows.size >= CHUNK_BYTES:
                    contents = self._add(contents, rows, last)
                    step(last - first)
                    rows, first = _Rows(), last
                    if time.monotonic() > ends:
                        return contents
            if rows.last or not (self.folder / "tables.json").exists():
                contents = self._add(contents, rows, max(rows.last, contents.seq))
                step(contents.seq - first)
            return contents

    def _add(self, contents: Contents, rows: _Rows, last: int) -> Contents:
        """One file more for each table that has rows; small ones are put together with the one before."""
        tables = {name: list(parts) for name, parts in contents.tables.items()}
        retired, number, now = dict(contents.retired), contents.next, time.time()
        for name, frame in rows.frames():
            parts = tables.setdefault(name, [])
            while parts and self._small(parts[-1], frame.height):
                frame = _joined(self.files / parts[-1].file, frame)
                retired[parts.pop().file] = now
            file = f"{name}-{number:08}.parquet"
            self._write(file, frame)
            parts.append(Part(file, frame.height))
            number += 1
        for file, since in list(retired.items()):
            if now - since > RETIRED:
                (self.files / file).unlink(missing_ok=True)
                del retired[file]
        made = msgspec.structs.replace(contents, seq=last, next=number, tables=tables, retired=retired)
        write_whole(self.folder / "tables.json", _encode(made), 0o600)
        return made

    def _small(self, part: Part, more: int) -> bool:
        """Is a file worth putting together with so many more rows? Then there are few files, and each is rewritten seldom."""
        fits = part.rows <= 2 * more and part.rows + more <= MERGED
        return fits and (self.files / part.file).stat().st_size <= MERGED_BYTES

    def _anew(self, ledger: str) -> Contents:
        """Nothing counts; what files there are go when nobody can be reading them any more."""
        old = [path.name for path in self.files.glob("*.parquet")]
        numbers = [int(name[-16:-8]) for name in old if name[-16:-8].isdecimal()]
        return Contents(ledger=ledger, next=max(numbers, default=0) + 1, retired=dict.fromkeys(old, time.time()))

    def _write(self, file: str, frame: pl.DataFrame) -> None:
        draft = self.files / f"{file}.tmp"
        frame.write_parquet(draft, compression="zstd")
        draft.chmod(0o600)
        draft.replace(self.files / file)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        self.files.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.folder.chmod(0o700)
        with (self.folder / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


def _joined(path: Path, frame: pl.DataFrame) -> pl.DataFrame:
    import polars

    return polars.concat([polars.read_parquet(path), frame])


class _Rows:
    """Rows of every table; `size`: about how many bytes of text are in them."""

    def __init__(self) -> None:
        self._tables: dict[str, list[tuple[Any, ...]]] = {name: [] for name in TABLES}
        self.last = self.size = 0

    def take(self, record: Record) -> None:
        self.last = record.seq + record.count - 1
        if record.decisions is not None:
            self._decided(record.decisions)
        for i, label in enumerate(record.labels):
            known = known_at(label, record.arrived)
            row = (record.seq + i, label.evidence, label.truth, label.source, label.note, known, record.arrived)
            self._tables["labels"].append(row)

    def _decided(self, decisions: Decisions) -> None:
        batch, observed = decisions.batch, decisions.batch.type.WEIGHT == "observation"
        kinds = [(kind, batch.entity(kind)) for kind in batch.entity_kinds()]
        probability, loss, rule = (
            decisions.probability.tolist(),
            decisions.expected_loss.tolist(),
            decisions.rule.tolist(),
        )
        tables, tag = self._tables, batch.type.tag()
        for i, (seq, id_) in enumerate(zip(decisions.seq.tolist(), batch.ids, strict=True)):
            detail = decisions.details.get(i)
            tables["decisions"].append((
                seq, id_, tag, int(batch.time[i]), decisions.decided, None if observed else OUTCOMES[decisions.outcome[i]],
                _number(probability[i]), _number(loss[i]), decisions.rules[rule[i]] if rule[i] >= 0 else None,
                decisions.policy or None, decisions.took_us, [r.code for r in detail.reasons] if detail else [], self._json(batch.row(i)),
            ))  # fmt: skip
            tables["entities"] += [(seq, -1, id_, kind, str(ids[i])) for kind, ids in kinds if ids[i]]
            if detail:
                self._found(decisions, i, seq)

    def _found(self, decisions: Decisions, i: int, seq: int) -> None:
        batch, tables = decisions.batch, self._tables
        id_, tag, time_ = batch.ids[i], batch.type.tag(), int(batch.time[i])
        for ordinal, finding in enumerate(decisions.details[i].findings):
            first = finding.reasons[0].code if finding.reasons else None
            tables["findings"].append((
                seq, ordinal, id_, tag, time_, decisions.decided, finding.detector, finding.version, finding.verdict,
                finding.severity, finding.probability, first, list(finding.techniques), self._json(finding.where),
            ))  # fmt: skip
            tables["reasons"] += [
                (seq, ordinal, r.code, float(r.weight), self._json(r.values)) for r in finding.reasons
            ]
            tables["entities"] += [(seq, ordinal, id_, entity.kind, entity.id) for entity in about(finding, ())]

    def _json(self, value: Any) -> str | None:
        """A value as JSON text; none where it is longer than anybody reads, or no JSON."""
        try:
            text = _encode(value).decode()
        except (TypeError, ValueError):
            return None
        if len(text) > LONGEST:
            return None
        self.size += len(text)
        return text

    def frames(self) -> Iterator[tuple[str, pl.DataFrame]]:
        import polars as pl

        types = {
            TEXT: pl.String(), NUMBER: pl.Float64(), WHOLE: pl.Int64(), MOMENT: pl.Datetime("us"), WORDS: pl.List(pl.String()),
        }  # fmt: skip
        for name, rows in self._tables.items():
            if rows:
                schema = {column.name: types[column.type] for column in TABLES[name]}
                yield name, pl.DataFrame(rows, schema=schema, orient="row")


def _number(value: float) -> float | None:
    return value if value == value else None
